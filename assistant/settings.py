"""The settings: read once from ROADMAP_* variables and a `.env` file, frozen, handed down as plain values."""

import json
import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self, get_origin

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from assistant.dotenv_file import encoding_of, names_in
from ingest.errors import RoadmapError
from ingest.shipped import default_corpus
from ingest.weights import BUNDLED_MODEL

PREFIX = "ROADMAP_"
DOTENV = Path(".env")  # in the folder where the program runs


class SettingsError(RoadmapError):
    """A setting has a value that it cannot have, or there is no such setting."""


def default_data_folder() -> Path:
    """`.roadmap` in a source checkout, else the user's data folder."""
    checkout = default_corpus().parent
    return checkout / ".roadmap" if (checkout / "pyproject.toml").is_file() else user_data_path("roadmap-assistant")


class Settings(BaseSettings):
    """Every setting, with its default; `docs/settings.md` has the same table."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=DOTENV, extra="ignore", frozen=True, enable_decoding=False
    )

    data_dir: Path = Field(default_factory=default_data_folder, description="where the index and added documents live")
    corpus_dir: Path = Field(default_factory=default_corpus, description="the library's pages")
    embedding_model: str = Field(BUNDLED_MODEL, description="bundled name, folder, or hub name of the encoder")
    rerank_model: str | None = Field(
        None, description="folder or hub name of a cross-encoder that orders the first 20 passages again; unset: none"
    )
    allow_download: bool = Field(False, description="whether a model may be fetched from the hub by name")
    host: str = Field("127.0.0.1", description="address that the server binds")
    port: int = Field(8000, ge=0, le=65535, description="port that the server binds; 0 picks a free one")
    allowed_hosts: tuple[str, ...] = Field(
        ("127.0.0.1", "localhost", "[::1]"), description="Host headers that are served, besides `host` itself"
    )
    max_question_chars: int = Field(2000, ge=10, description="longest question that is accepted")
    max_body_bytes: int = Field(262_144, ge=1000, description="largest request body")
    max_concurrency: int = Field(64, ge=1, description="requests under way at once; more get 503 with Retry-After")
    workers: int = Field(8, ge=1, description="threads that search and write answers; further requests wait their turn")
    request_timeout_seconds: float = Field(
        60, gt=0, description="deadline of one request, from its first byte to the last of its answer"
    )
    requests_per_minute: int = Field(6000, ge=1, description="requests of one client a minute; more get 429")
    trusted_proxies: tuple[str, ...] = Field(
        (), description="addresses or networks of proxies whose X-Forwarded-For and -Proto count"
    )
    chat_model: str | None = Field(
        None, description="`provider:model` for LangChain's init_chat_model; unset: extractive"
    )
    chat_base_url: str | None = Field(None, description="address of an OpenAI-compatible server")
    chat_api_key: SecretStr | None = Field(None, description="key of the chat model's provider")
    chat_timeout_seconds: float = Field(60, gt=0, description="longest silence of the chat model")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")

    @property
    def host_in_addresses(self) -> str:
        """The host as web addresses and Host headers have it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @classmethod
    def load(cls, **overrides: object) -> Self:
        """Read the settings. Raises SettingsError, naming each wrong or unknown variable."""
        try:
            cls._refuse_unknown((*os.environ, *names_in(DOTENV, PREFIX), *(PREFIX + name for name in overrides)))
            return cls(_env_file_encoding=encoding_of(DOTENV), **overrides)  # type: ignore[arg-type]  # pydantic checks
        except ValidationError as error:
            lines = [f"{_variable(*e['loc'][:1])}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
            raise SettingsError("; ".join(lines) + ": correct or unset it") from error
        except OSError as error:
            raise SettingsError(f"{DOTENV} cannot be read ({type(error).__name__}): give permission") from error
        except ValueError as error:  # of the file's text
            raise SettingsError(str(error)) from error

    @classmethod
    def _refuse_unknown(cls, names: Iterable[str]) -> None:
        known = [_variable(name) for name in cls.model_fields]
        told = []
        for name in sorted({name.upper() for name in names if name.upper().startswith(PREFIX)} - set(known)):
            near = get_close_matches(
                name.removeprefix(PREFIX), [setting.removeprefix(PREFIX) for setting in known], n=1
            )
            told.append(f"there is no setting {name}: " + (f"did you mean {PREFIX}{near[0]}?" if near else "unset it"))
        if told:
            raise SettingsError("; ".join(told) + " (all of them: docs/settings.md)")

    @field_validator("*", mode="before")
    @classmethod
    def _listed(cls, value: Any, info: ValidationInfo) -> Any:
        """Read a list that is written as JSON, or with commas."""
        if not isinstance(value, str) or get_origin(cls.model_fields[str(info.field_name)].annotation) is not tuple:
            return value
        try:
            found = json.loads(value)
        except ValueError as error:
            if '"' in value:
                raise ValueError('write names with commas between them, or a JSON list: ["a.example"]') from error
            found = None
        if isinstance(found, list | dict):
            return found
        return tuple(part for item in value.split(",") if (part := item.strip()))

    @field_validator("data_dir", "corpus_dir", "embedding_model", "rerank_model", mode="after")
    @classmethod
    def _at_home(cls, value: Path | str | None) -> Path | str | None:
        """Expand `~`, which no shell expands in a `.env` file."""
        if value is None or not str(value).startswith("~"):
            return value
        try:
            return type(value)(os.fspath(Path(value).expanduser()))
        except RuntimeError as error:
            raise ValueError(f"{value} names nobody's home folder") from error


def _variable(*name: object) -> str:
    return PREFIX + "".join(str(part) for part in name).upper()
