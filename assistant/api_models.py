"""The JSON of the API: what requests may say, with their limits, and what answers look like."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.records import AskedMode

MAX_TURNS = 50
MAX_TURN_CHARS = 20_000
MAX_SOURCES = 500
MAX_NAME_CHARS = 200

KindName = Literal["roadmap", "resource", "document"]
Name = Annotated[str, Field(max_length=MAX_NAME_CHARS)]
SourceId = Name


class ApiModel(BaseModel):
    """Refuses fields that it does not know, so that a misspelt one is not ignored."""

    model_config = ConfigDict(extra="forbid")


class TurnModel(ApiModel):
    """One earlier message."""

    role: Literal["user", "assistant"]
    content: str = Field(max_length=MAX_TURN_CHARS)


class AnswerRequest(ApiModel):
    """`POST /v1/answer`."""

    question: str = Field(description="what is asked; up to the configured number of characters")
    history: list[TurnModel] = Field(default_factory=list, max_length=MAX_TURNS, description="oldest first")
    sources: list[SourceId] | None = Field(
        None, max_length=MAX_SOURCES, description="answer from these source ids alone"
    )
    kinds: list[KindName] | None = Field(None, max_length=3)
    mode: AskedMode = "auto"
    stream: bool = Field(
        False, strict=True, description="answer as server-sent events: token, citation, forgotten, done, error"
    )


class CitationModel(BaseModel):
    """The proof of one statement: `text[start:end] == quote` of `GET /v1/sources/{source_id}`."""

    number: int
    passage_id: str
    source_id: str
    kind: str
    title: str
    section: str
    url: str | None
    recommended_by: list[str]
    quote: str
    start: int
    end: int


class ConsideredModel(BaseModel):
    """A passage that was found but not used."""

    passage_id: str
    source_id: str
    kind: str
    title: str
    section: str
    url: str | None
    text: str
    rank: int
    score: float
    similarity: float
    dense_rank: int | None
    lexical_rank: int | None
    rerank_rank: int | None


class AnswerModel(BaseModel):
    """The Answer: Markdown with `[n]` marks, and the citations that it uses."""

    answer: str
    citations: list[CitationModel]
    abstained: bool
    reason: str | None
    mode: Literal["extractive", "generative"]
    question: str
    considered: list[ConsideredModel]
    follow_ups: list[str]
    timings_ms: dict[str, float]


class SourceSummary(BaseModel):
    """One line of `GET /v1/sources`."""

    source_id: str
    kind: str
    title: str
    author: str | None
    url: str | None
    licence: str | None
    recommended_by: list[str]


class SectionModel(BaseModel):
    """A heading path and its span of the source's text."""

    section_id: str
    heading_path: list[str]
    start: int
    end: int


class SourceModel(SourceSummary):
    """`GET /v1/sources/{source_id}`: the whole text, so that a stranger can check any citation."""

    text: str
    sections: list[SectionModel]


class SearchResult(ConsideredModel):
    """One hit of `GET /v1/search`."""

    start: int
    end: int


class SearchModel(BaseModel):
    """`GET /v1/search`."""

    question: str
    results: list[SearchResult]


class ReadyModel(BaseModel):
    """`GET /readyz`."""

    status: Literal["ready"]
    sources: int
    passages: int
    entries: int
    model: str
