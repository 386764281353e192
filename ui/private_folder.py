"""Where Gradio keeps files: a folder of this process that no other user can read, gone when the server ends.

Nothing that passes the door is a file, so it stays empty; Gradio's own place would be one that all users share.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI


@cache
def private_folder() -> Path:
    """A new folder with mode 0700; one for the process, since Gradio reads its name when it is imported."""
    folder = Path(tempfile.mkdtemp(prefix="roadmap-chat-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def give_private_folder() -> None:
    """Let Gradio, which is not imported yet, use the folder."""
    private_folder().mkdir(mode=0o700, exist_ok=True)  # an application that ended has removed it
    os.environ["GRADIO_TEMP_DIR"] = str(private_folder())


def remove_at_end(app: FastAPI) -> None:
    """Remove the folder, with all that is in it, when `app` shuts down."""
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def removing(app: FastAPI) -> AsyncIterator[Any]:
        try:
            async with lifespan(app) as state:
                yield state
        finally:
            shutil.rmtree(private_folder(), ignore_errors=True)

    app.router.lifespan_context = removing
