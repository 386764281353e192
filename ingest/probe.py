"""Open an index and query both legs: `python -m ingest.probe FOLDER`. Run in a child process."""

import sys
from pathlib import Path

import numpy as np

from ingest.errors import IndexStateError, RoadmapError
from ingest.index import open_index

DAMAGED, NO_ROOM = 1, 2  # exit codes


def main(folder: Path) -> int:
    """Return 0 when the index in `folder` answers, else why not, with the reason on standard error."""
    try:
        index = open_index(folder)
        vector = np.full((1, index.manifest.dimension), index.manifest.dimension**-0.5, dtype=np.float32)
        index.dense_search(vector, 5)
        index.lexical_search(["machin"], 5)
    except RoadmapError as error:
        print(error, file=sys.stderr)
        return DAMAGED if isinstance(error, IndexStateError) else NO_ROOM
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
