"""Hand files to child processes that read one after the other, and that can neither hang, nor grow, nor crash this one."""

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from itertools import islice
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Self, TypeVar

from ingest.errors import DocumentError
from ingest.parse_contract import LENGTH_BYTES, MEMORY_EXIT, Limits, Parsed, Request
from ingest.text import one_line

SAVE_AGAIN = "save it again, or in another form"
MAX_NOISE_BYTES = 2**16
MAX_REASON_CHARS = 200
MAX_CHILDREN = 8
LOOK_AHEAD = 8  # files per child that are read before the first of them is taken: bounds memory
T = TypeVar("T")
R = TypeVar("R")
# Where Python, its packages and a temporary file are found; keys and tokens are not handed on.
KEPT_VARIABLES = (
    *("HOME", "APPDATA", "PYTHONHOME", "PYTHONPATH", "PYTHONUSERBASE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("SYSTEMROOT", "TMPDIR", "TEMP", "TMP"),
)


class Parser:
    """A child process that reads files; it is started when a file comes, and again after it has failed or ended."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._noise: IO[bytes] | None = None
        self._files = 0
        self._is_closed = False
        self._starting = threading.Lock()  # so that `kill` finds every child there is

    def read(self, data: bytes, suffix: str, name: str) -> Parsed:
        """Return what the file `name`, of the bytes `data`, says, in at most `limits.timeout_seconds`.

        Raises DocumentError, which names the file, the cause and the remedy.
        """
        if len(data) > self._limits.max_input_bytes:
            raise DocumentError(f"{name} {self._limits.too_large}")
        try:
            is_used = self._start()
            answer, code = self._ask(data, suffix)
            if answer is None and code == MEMORY_EXIT and is_used:  # what files before it left may have been in its way
                self._start()
                answer, code = self._ask(data, suffix)
        except OSError as error:
            self._clear()
            raise DocumentError(f"{name} could not be read ({error.strerror}): free memory and disk space") from error
        if answer is None:
            raise DocumentError(f"{name} {self._reason(code)}")
        return _parsed(answer, name)

    def kill(self) -> None:
        """End the child process at once and for good; whoever waits for its answer gets none."""
        with self._starting:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the child process, if there is one, and forget what it printed; no other is started."""
        self.kill()
        self._clear()

    def _clear(self) -> None:
        if self._process is not None:
            self._process.kill()
        self._wait()
        if self._noise is not None:
            self._noise.close()
            self._noise = None

    def _start(self) -> bool:
        """See to it that there is a child; return whether it has read a file before."""
        if self._process is not None and self._process.poll() is None:
            return self._files > 0
        self._clear()
        self._files = 0
        with self._starting:
            if self._is_closed:
                raise OSError(errno.ECANCELED, "it was given up")
            self._noise = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `_clear`
            # -P: a module in the folder that the user works in must not be taken for a library.
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-P", "-m", "ingest.parse_child", json.dumps(asdict(self._limits))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._noise,
                env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            )
        return False

    def _ask(self, data: bytes, suffix: str) -> tuple[dict[str, object] | None, int | None]:
        """Return the child's answer; None, with its exit code (None: it took too long), when there is none.

        A child that gave none, or that says that it ends, is gone afterwards.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise RuntimeError("there is no child to ask")
        is_late = threading.Event()

        def give_up() -> None:
            is_late.set()
            process.kill()

        watch = threading.Timer(self._limits.timeout_seconds, give_up)
        watch.daemon = True
        watch.start()
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(asdict(Request(suffix, len(data)))).encode() + b"\n")
                process.stdin.write(data)
                process.stdin.flush()
            answer = self._received(process.stdout)
            self._files += 1
            if answer is not None and not answer.pop("is_last", True):
                return answer, 0
            code = self._wait()
        finally:
            watch.cancel()
        return answer, None if is_late.is_set() else code

    def _received(self, answers: IO[bytes]) -> dict[str, object] | None:
        length = int.from_bytes(answers.read(LENGTH_BYTES))
        content = answers.read(length) if length <= self._limits.max_answer_bytes else b""
        if len(content) < length or not content:
            return None
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            return None
        return answer if isinstance(answer, dict) else None

    def _wait(self) -> int:
        """Let the child end, which its closed input makes it do, and return its exit code."""
        if self._process is None:
            return 0
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was not written yet is written on closing
                if pipe is not None:
                    pipe.close()
        code = self._process.wait()
        self._process = None
        return code

    def _reason(self, code: int | None) -> str:
        if code is None or code == -getattr(signal, "SIGXCPU", 0):
            seconds = f"{self._limits.timeout_seconds:g} seconds"
            return f"takes more than {seconds} to read: split it, or save it in a simpler form"
        if code in (MEMORY_EXIT, -getattr(signal, "SIGKILL", 0)):
            return f"needs more than {self._limits.max_memory_bytes / 2**20:,.0f} MiB of memory to read: split it"
        lines = ""
        if self._noise is not None:
            self._noise.seek(0)
            lines = one_line(self._noise.read(MAX_NOISE_BYTES).decode(errors="replace").strip().rpartition("\n")[2])
        return f"crashed its parser ({lines[:MAX_REASON_CHARS] or code}): {SAVE_AGAIN}"


class ParserPool:
    """As many parsers as there are cores, which read files side by side; use it in a `with` block."""

    def __init__(self, limits: Limits, size: int | None = None) -> None:
        self._parsers = [Parser(limits) for _ in range(size or min(os.cpu_count() or 1, MAX_CHILDREN))]
        self._free: SimpleQueue[Parser] = SimpleQueue()
        for parser in self._parsers:
            self._free.put(parser)
        self._threads = ThreadPoolExecutor(len(self._parsers), thread_name_prefix="parser")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for parser in self._parsers:
            parser.kill()
        self._threads.shutdown()
        for parser in self._parsers:
            parser.close()

    def in_order(self, work: Callable[[T, Parser], R], items: Iterable[T]) -> Iterator[tuple[T, R | DocumentError]]:
        """Yield each item with what `work` returns for it and a parser of its own, or the DocumentError that it raises."""
        rest = iter(items)
        waiting = deque((item, self._begin(work, item)) for item in islice(rest, LOOK_AHEAD * len(self._parsers)))
        while waiting:
            item, future = waiting.popleft()
            try:
                done: R | DocumentError = future.result()
            except DocumentError as error:
                done = error
            waiting.extend((other, self._begin(work, other)) for other in islice(rest, 1))
            yield item, done

    def _begin(self, work: Callable[[T, Parser], R], item: T) -> Future[R]:
        def run() -> R:
            parser = self._free.get()
            try:
                return work(item, parser)
            finally:
                self._free.put(parser)

        return self._threads.submit(run)


def _parsed(answer: dict[str, object], name: str) -> Parsed:
    reason = answer.pop("error", None)
    if reason:
        raise DocumentError(f"{name} {one_line(str(reason))}")
    text, title, author = (answer.get(part) for part in ("text", "title", "author"))
    if isinstance(text, str) and isinstance(title, str | None) and isinstance(author, str | None):
        return Parsed(text, title, author)
    raise DocumentError(f"{name} crashed its parser: {SAVE_AGAIN}")
