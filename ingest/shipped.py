"""Where the library is that is installed with this project. Light: settings ask at every start."""

from importlib.resources import files
from pathlib import Path


def default_corpus() -> Path:
    """The folder of the corpus that is installed with this project."""
    return Path(str(files("corpus")))
