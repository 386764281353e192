"""What strangers send is not kept: a million new words leave the memory of a process as it was."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
MAX_GROWTH_BYTES = 20_000_000  # a million kept words take 160 MB
SEND = """
import os
from pathlib import Path
from ingest.lexical import LexicalIndex, terms

index = LexicalIndex.build(["linear algebra", "statistics"])

def memory():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def send(first):
    for n in range(first, first + 10_000):
        found = terms(" ".join(f"zq{n}x{i}ing" for i in range(100)))
        assert len(found) == 100
        index.scores(found)
        index.document_share(found[0])

send(0)
before = memory()
send(10_000)
print(memory() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads its memory from /proc")
def test_a_million_new_words_are_not_kept_by_the_lexical_leg() -> None:
    command = [sys.executable, "-c", SEND]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < MAX_GROWTH_BYTES
