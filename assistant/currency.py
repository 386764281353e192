"""Tell in milliseconds whether the current index holds the library as it is. Light: each question asks first."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ingest
from assistant.settings import Settings
from ingest.manifest import MANIFEST_FILE
from ingest.remembered import Look, Remembered, files_under, look_at
from ingest.weights import model_folder, weights_file
from ingest.workspace import Workspace

KEY = "current index"


@dataclass(frozen=True, slots=True)
class Currency:
    """The folder of the current index, if any, and how all that it depends on looked when this was made."""

    remembered: Remembered
    folder: Path | None
    look: Look

    @property
    def is_known(self) -> bool:
        """Whether the index was found to hold the library while everything looked as it does."""
        return self.folder is not None and self.remembered.recall(KEY, self.look) == self.folder.name

    def keep(self) -> None:
        """Remember that the index holds the library."""
        if self.folder is not None:
            self.remembered.keep(KEY, self.look, self.folder.name)


def look_at_index(settings: Settings) -> Currency:
    """Look at the current index and at all that it depends on. Raises ModelError when the model is not there."""
    folder = Workspace(settings.data_dir).current_folder()
    look = look_at(_depended_on(settings, folder), settings.embedding_model)
    return Currency(Remembered(settings.data_dir), folder, look)


def _depended_on(settings: Settings, folder: Path | None) -> Iterator[Path]:
    """The library's pages and documents, the model, the program that reads them, and what the index says it holds."""
    yield from files_under(settings.corpus_dir)
    yield from files_under(Workspace(settings.data_dir).documents)
    yield from files_under(Path(ingest.__file__).parent)
    model = model_folder(settings.embedding_model)
    if model and (weights := weights_file(model)):
        yield weights
    if folder:
        yield folder / MANIFEST_FILE
