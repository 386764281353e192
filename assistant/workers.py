"""A bounded pool of threads for heavy work: what waits in it past its time, or for nobody, is dropped."""

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import ParamSpec, TypeVar

from assistant.stop import Stop

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """Does at most `count` pieces of work at once, first come, first served."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="roadmap-worker")

    async def run(self, stop: Stop, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns. Raises LateError when the time is over first.

        When the waiting task is cancelled, or late, `stop` is set and work that has not begun never begins.
        """
        waited = asyncio.wrap_future(self._submit(stop, function, *args, **kwargs))
        try:
            await asyncio.wait({waited}, timeout=_seconds(stop))
        finally:
            if not waited.done():
                stop.set()
                waited.cancel()  # and the work with it: of what it still raises nobody is to hear
        if waited.cancelled():
            raise stop.error()
        return waited.result()

    def call(self, stop: Stop, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run`, for a thread that can wait."""
        future = self._submit(stop, function, *args, **kwargs)
        wait({future}, _seconds(stop))
        if not future.done():
            stop.set()
            future.cancel()
            raise stop.error()
        return future.result()

    def close(self) -> None:
        """Take no more work and drop what waits."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _submit(self, stop: Stop, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        def work() -> T:
            stop.check()
            return function(*args, **kwargs)

        return self._pool.submit(work)


def _seconds(stop: Stop) -> float | None:
    seconds = stop.remaining_seconds()
    return None if seconds == math.inf else seconds
