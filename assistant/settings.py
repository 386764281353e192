"""The settings: read once from ROADMAP_* variables and a `.env` file, frozen, handed down as plain values."""

from pathlib import Path
from typing import Literal, Self

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingest.corpus import default_corpus
from ingest.errors import RoadmapError
from ingest.weights import BUNDLED_MODEL


class SettingsError(RoadmapError):
    """A setting has a value that it cannot have."""


def default_data_folder() -> Path:
    """`.roadmap` in a source checkout, else the user's data folder."""
    checkout = default_corpus().parent
    return checkout / ".roadmap" if (checkout / "pyproject.toml").is_file() else user_data_path("roadmap-assistant")


class Settings(BaseSettings):
    """Every setting, with its default; `docs/settings.md` has the same table."""

    model_config = SettingsConfigDict(env_prefix="ROADMAP_", env_file=".env", extra="ignore", frozen=True)

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

    @classmethod
    def load(cls, **overrides: object) -> Self:
        """Read the settings. Raises SettingsError, naming each wrong variable."""
        try:
            return cls(**overrides)  # type: ignore[arg-type]  # pydantic checks them
        except ValidationError as error:
            lines = [f"ROADMAP_{'_'.join(str(p) for p in e['loc']).upper()}: {e['msg']}" for e in error.errors()]
            raise SettingsError("; ".join(lines) + ": correct or unset it") from error
