"""When work should stop: its time is over, or whoever asked has gone. Knows no server and no pool of threads."""

import math
import threading
import time

from ingest.errors import RoadmapError


class LateError(RoadmapError):
    """The time for an answer is over, or nobody waits for it any more."""


class Stop(threading.Event):
    """Set when whoever asked has gone, and by itself once `seconds` have passed since it was made."""

    def __init__(self, seconds: float = math.inf) -> None:
        super().__init__()
        self.seconds = seconds
        self._latest = time.monotonic() + seconds

    def remaining_seconds(self) -> float:
        """The time that is left; 0 when it is over."""
        return max(0.0, self._latest - time.monotonic())

    def is_set(self) -> bool:
        """Whether to stop."""
        return super().is_set() or time.monotonic() >= self._latest

    def check(self) -> None:
        """Raise LateError when it is time to stop; called between the steps of long work."""
        if self.is_set():
            raise self.error()

    def error(self) -> LateError:
        """What to tell whoever still waits."""
        return LateError(f"no answer within {self.seconds:g} seconds: ask a shorter question, or try again later")
