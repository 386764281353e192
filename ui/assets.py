"""The style sheet and the script of our pages: served by us, with addresses that change when they do."""

import hashlib
from functools import cached_property
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

FOLDER = Path(__file__).parent / "static"
PREFIX = "/ui"
NAMES = ("chat.css", "chat.js")


class Assets:
    """The files of the `static` folder."""

    @cached_property
    def version(self) -> str:
        """A short hash of all contents."""
        digest = hashlib.sha256()
        for name in NAMES:
            digest.update((FOLDER / name).read_bytes())
        return digest.hexdigest()[:10]

    @property
    def icon(self) -> Path:
        """The page's icon."""
        return FOLDER / "icon.png"

    def tags(self) -> str:
        """The HTML that loads both."""
        style, script = (f"{PREFIX}/{name}?v={self.version}" for name in NAMES)
        return f'<link rel="stylesheet" href="{style}">\n<script src="{script}" defer></script>'

    def mount(self, app: FastAPI) -> None:
        """Serve the files under `PREFIX`."""
        app.mount(PREFIX, StaticFiles(directory=FOLDER), name="ui")
