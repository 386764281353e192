"""Import Gradio in half the time: it writes type stubs for each of its components whenever it is imported."""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def without_stubs() -> Iterator[None]:
    """Keep Gradio, imported within, from parsing its own sources and writing stubs beside them.

    It leaves out a class whose file cannot be found, so none of its classes has one meanwhile. Where another version
    goes about it otherwise, the import takes as long as it takes.
    """
    found = inspect.getfile

    def getfile(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError("no stubs are wanted")
        return found(thing)

    inspect.getfile = getfile  # type: ignore[assignment]  # its parameter has another name
    try:
        yield
    finally:
        inspect.getfile = found
