"""Flip one byte of an index and ask it, at many places of every file: `python -m tests.flipped_indexes FOLDER`.

Each index is opened in a fork, so that a crash is seen and spreads no further. Prints JSON: how the forks ended, by file.
"""

import hashlib
import json
import os
import random
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import chromadb  # noqa: F401 - so that the forks need not

from ingest.errors import IndexStateError
from ingest.index import EVERYTHING, Scope
from ingest.lexical import terms
from ingest.workspace import Workspace
from tests.fakes import WordsEncoder
from tests.killed_builds import build_edition, fork, wait

PLACES = 10  # of each file, its first and last byte among them
DATABASE_PLACES = 40  # of Chroma's database, which it writes to whenever it opens it
SCOPES = (
    EVERYTHING,
    Scope(sources=("page-7", "page-70")),
    Scope(kinds=("document",)),
    Scope(("page-5",), ("roadmap",)),
)
SAME, REFUSED, OTHER, TRACEBACK = 0, 3, 4, 1
ENDS = {SAME: "same", REFUSED: "refused", OTHER: "other results", TRACEBACK: "traceback"}


def digest(workspace: Workspace) -> str:
    """A hash over everything that the current index holds, and what it finds within several scopes."""
    index = workspace.open_current()
    encoder = WordsEncoder()
    found: list[object] = [asdict(index.manifest), index.structure.model_dump(mode="json")]
    found += [asdict(source) for source in index.sources.values()]
    found += [asdict(passage) for passage in index.passages.values()]
    found += [asdict(entry) for entry in index.entries]
    found += [index.sentence_vectors(passage_id).tolist() for passage_id in index.passages]
    for scope in SCOPES:
        for text in ("step 7 takes 7 weeks of data", "a model"):
            everything = index.dense_search(encoder.encode([text]), len(index.entries), scope)
            found.append(sorted((e.entry_id, s) for e, s in everything))
            found.append(index.lexical_search(terms(text), 40, scope))
    return hashlib.sha256(json.dumps(found, default=str).encode()).hexdigest()


def note(workspace: Workspace, intact: Path) -> None:
    """Write the hash of the whole index to the file `intact`."""
    intact.write_text(digest(workspace))


def compare(workspace: Workspace, intact: Path) -> None:
    """End the process with how the index answers, against the hash in the file `intact`."""
    try:
        now = digest(workspace)
    except IndexStateError:
        os._exit(REFUSED)
    os._exit(SAME if now == intact.read_text() else OTHER)


def flips(path: Path, workspace: Workspace, intact: Path, rng: random.Random) -> Counter[str]:
    """How the index answers after each of several flips of the file `path`, which is whole again afterwards."""
    raw = path.read_bytes()
    count = DATABASE_PLACES if path.suffix == ".sqlite3" else PLACES
    places = {0, len(raw) - 1, *(rng.randrange(len(raw)) for _ in range(count - 2))}
    ends = Counter[str]()
    for place in sorted(places):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ rng.choice((0x01, 0x10, 0xFF))]) + raw[place + 1 :])
        code = wait(fork(lambda: compare(workspace, intact)))
        ends[ENDS.get(code, f"ended with {code}")] += 1
    path.write_bytes(raw)
    return ends


def main(folder: Path) -> None:
    """Build an index that is large enough for Chroma's graph, flip bytes of all its files, and print what happened."""
    workspace, intact = Workspace(folder / "data"), folder / "intact"
    rng = random.Random(7)
    wait(fork(lambda: build_edition(workspace, 0)))
    wait(fork(lambda: note(workspace, intact)))
    current = workspace.current_folder()
    assert current is not None, "the index was built"
    files = sorted(path for path in current.rglob("*") if path.is_file())
    ends = {str(p.relative_to(current)): flips(p, workspace, intact, rng) for p in files if p.stat().st_size}
    ends["current"] = flips(workspace.folder / "current", workspace, intact, rng)
    whole = wait(fork(lambda: compare(workspace, intact)))
    print(json.dumps({"ends": ends, "whole": ENDS.get(whole, str(whole))}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
