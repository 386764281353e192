"""Build an index and be killed at random, again and again: `python -m tests.killed_builds FOLDER KILLS`.

Works in forks of one process, because the imports alone would take longer than a build. Prints JSON.
"""

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import chromadb  # noqa: F401 - so that the forks need not

from ingest.build import build, write_index
from ingest.private_copy import PrivateCopy
from ingest.workspace import Workspace
from tests.fakes import WordsEncoder, library_of, numbered_pages

PAGES = 200  # two passages each
SEED = 20_26


def fork(work: Callable[[], None]) -> int:
    """Start a process, in a group of its own, that does `work` and ends with 0, or with 1 after an error."""
    pid = os.fork()
    if pid:
        return pid
    os.setpgid(0, 0)
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def wait(pid: int) -> int:
    """The exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def pages(edition: int) -> dict[str, str]:
    return numbered_pages(PAGES, f"{edition}th")


def build_edition(workspace: Workspace, edition: int) -> None:
    with workspace.writer():
        build(workspace, library_of(pages(edition)), WordsEncoder())


def write_alone(folder: Path) -> None:
    write_index(folder, library_of(pages(0)), WordsEncoder())


def check_edition(workspace: Workspace, edition: int) -> None:
    """Start, and fail unless the current index opens, answers, and holds that edition, whole and once."""
    workspace.tidy()
    index = workspace.open_current()
    library = library_of(pages(edition))
    if [s.text for s in index.sources.values()] != [s.text for s in library.sources]:
        raise ValueError("another edition, or part of one")
    if len(index.passages) != 2 * PAGES:
        raise ValueError("passages are lost or doubled")
    if len({entry.entry_id for entry in index.entries}) != len(index.entries):
        raise ValueError("entries are doubled")
    vector = WordsEncoder().encode(["step 7 takes 7 weeks of data"])
    found = index.dense_search(vector, 200)
    if len({entry.entry_id for entry, _ in found}) != 200 or not index.lexical_search(["step"], 5):
        raise ValueError("a search finds less than there is, or something twice")


def holds(workspace: Workspace, edition: int) -> bool:
    return wait(fork(lambda: check_edition(workspace, edition))) == 0


def build_and_kill(workspace: Workspace, edition: int, after_seconds: float) -> int:
    """Start to build `edition`, and kill the builder and its probe; returns the builder's exit code."""
    pid = fork(lambda: build_edition(workspace, edition))
    with suppress(PermissionError):  # it is in its own group by now
        os.setpgid(pid, pid)
    time.sleep(after_seconds)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    return wait(pid)


def size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(folder: Path, kills: int) -> None:
    """Kill that many builds, check after each, and print what happened."""
    rng = random.Random(SEED)
    temporary = folder / "temporary"
    temporary.mkdir()
    tempfile.tempdir = os.environ["TMPDIR"] = str(temporary)
    workspace = Workspace(folder / "data")
    began = time.monotonic()
    built = wait(fork(lambda: build_edition(workspace, 0))) == 0
    whole_seconds = time.monotonic() - began
    (folder / "alone").mkdir()
    began = time.monotonic()
    wait(fork(lambda: write_alone(folder / "alone")))
    writing_seconds = time.monotonic() - began
    one = size_bytes(workspace.folder)
    current, ends, lost, largest = 0, Counter[int](), 0, 0
    for kill in range(kills):
        # Most while files are written; every fourth also while the new index is probed and swapped in.
        latest = whole_seconds if kill % 4 == 3 else writing_seconds
        ends[build_and_kill(workspace, current + 1, rng.uniform(0, 1.1 * latest))] += 1
        if holds(workspace, current + 1):
            current += 1
        elif not holds(workspace, current):
            lost += 1
        largest = max(largest, size_bytes(workspace.folder) + size_bytes(temporary))
    mended = wait(fork(lambda: build_edition(workspace, current + 1))) == 0 and holds(workspace, current + 1)
    names = [path.name for path in (workspace.folder / "indexes").iterdir()]
    report = {"built": built, "killed": ends[-signal.SIGKILL], "ends": dict(ends), "lost": lost, "mended": mended}
    report |= {"indexes": len(names), "unfinished": sum(n.startswith(".") for n in names)}
    PrivateCopy(folder, {}).remove()
    copies = [path.name for path in temporary.iterdir()]
    print(json.dumps({**report, "copies": copies, "growth": largest / one}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
