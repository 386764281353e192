"""The errors of this project: one root, and every message gives the cause and the remedy."""


class RoadmapError(Exception):
    """Root of all errors that a user can act on; `str(error)` is shown as it is."""


class CorpusError(RoadmapError):
    """The library cannot be read or contradicts itself; `problems` has one line per fault."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        count = len(problems)
        super().__init__("\n".join([f"the corpus has {count} problem{'s' * (count != 1)}:", *problems]))


class DocumentError(RoadmapError):
    """A file that a user gave cannot be read."""


class IndexStateError(RoadmapError):
    """The index is missing, unreadable, or was made by another model or version."""


class ModelError(RoadmapError):
    """A model that search needs is missing, cannot be loaded, or is not the expected one."""
