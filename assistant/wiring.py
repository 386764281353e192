"""The composition root: the one place where concrete classes are named and put together."""

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from assistant.calibration import shipped_calibration
from assistant.chain import AnswerChain
from assistant.chat_model import Chat, ChatModel, ChatOptions
from assistant.citations import considered
from assistant.generate import Writer
from assistant.proof import Prover, library_words
from assistant.records import Answer, Question
from assistant.rerank import CrossEncoderReranker
from assistant.retrieval import Legs, Reranker, Retriever
from assistant.rewrite import Rewriter
from assistant.settings import Settings
from assistant.stop import Stop
from assistant.understand import Steps, Understander
from assistant.vocabulary import read_vocabulary
from assistant.workers import Workers
from ingest.build import Built, Progress, build, is_current, quiet
from ingest.corpus import Library, load
from ingest.documents import DocumentStore, Report, ingest_documents
from ingest.encoder import Encoder, SentenceEncoder
from ingest.errors import IndexStateError
from ingest.index import Index, open_index
from ingest.split import SPLITTER_VERSION
from ingest.workspace import BusyError, Workspace


def make_encoder(settings: Settings) -> SentenceEncoder:
    """The configured embedding model, not yet loaded."""
    return SentenceEncoder(settings.embedding_model, settings.allow_download)


def make_reranker(settings: Settings) -> CrossEncoderReranker | None:
    """The configured cross-encoder, not yet loaded; None without one."""
    if not settings.rerank_model:
        return None
    return CrossEncoderReranker(settings.rerank_model, settings.allow_download)


@dataclass(frozen=True, slots=True)
class ChatPart:
    """A chat model, and the most seconds that it gets for an answer and for a follow-up's rewriting."""

    chat: Chat
    answer_seconds: float
    rewrite_seconds: float


def make_chat(settings: Settings) -> ChatPart | None:
    """The configured chat model, not yet made; None without one. Raises ChatModelError when it cannot be made."""
    if settings.chat_model is None:
        return None
    options = ChatOptions(
        settings.chat_model, settings.chat_base_url, settings.chat_api_key, settings.chat_timeout_seconds
    )
    # Together nine tenths of a request's time: what is left is for the answer that needs no model.
    whole = settings.request_timeout_seconds
    return ChatPart(ChatModel(options), answer_seconds=0.75 * whole, rewrite_seconds=0.15 * whole)


def make_chain(
    index: Index,
    encoder: Encoder,
    steps: Steps | None = None,
    legs: Legs | None = None,
    chat: ChatPart | None = None,
    reranker: Reranker | None = None,
) -> AnswerChain:
    """The whole chain over an opened index; parts can be left out for ablations. Without `chat`: extractive."""
    rewriter = Rewriter(chat.chat, chat.rewrite_seconds) if chat else None
    prover = Prover(index, encoder, library_words(index)) if chat else None
    return AnswerChain(
        index,
        Understander(read_vocabulary(index), steps or Steps(), rewriter),
        Retriever(index, encoder, legs or Legs(), reranker),
        shipped_calibration(),
        Writer(index, chat.chat, prover, chat.answer_seconds) if chat and prover else None,
    )


def read_library(settings: Settings) -> Library:
    """The shipped pages, then the documents that the user added."""
    library = load(settings.corpus_dir)
    documents = DocumentStore(Workspace(settings.data_dir).documents).all()
    return replace(library, sources=(*library.sources, *documents))


def add_documents(settings: Settings, paths: Sequence[Path], report: Report) -> tuple[tuple[Path, str], ...]:
    """Read files and folders of the user's into the library; return those left out, each with its reason."""
    workspace = Workspace(settings.data_dir)
    with workspace.writer():
        return ingest_documents(paths, DocumentStore(workspace.documents), report).failed


def build_index(settings: Settings, progress: Progress = quiet, force: bool = False) -> Built:
    """Bring the current index up to date with the library."""
    workspace = Workspace(settings.data_dir)
    with workspace.writer():
        return build(workspace, read_library(settings), make_encoder(settings), progress, force)


def ensure_index(settings: Settings, progress: Progress = quiet) -> None:
    """Build the index when there is none, or when the library, the model or the format changed since.

    While another process builds one, the current index, if any, serves on.
    """
    workspace = Workspace(settings.data_dir)
    folder = workspace.current_folder()
    encoder = make_encoder(settings)
    if folder is not None and is_current(folder, read_library(settings), encoder):
        return
    try:
        build_index(settings, progress)
    except BusyError:
        if folder is None:
            raise


class Service:
    """The opened library: one chain over the current index, exchanged when a new index becomes current."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workspace = Workspace(settings.data_dir)
        self.encoder = make_encoder(settings)
        self.workers = Workers(settings.workers)
        self._reranker = make_reranker(settings)
        self._chat = make_chat(settings)
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._chain: AnswerChain | None = None

    @property
    def chain(self) -> AnswerChain:
        """The chain over the current index. Raises IndexStateError when there is none that opens.

        When a newer index does not open, the one that is open keeps serving.
        """
        folder = self.workspace.current_folder()
        with self._lock:
            if self._chain is not None and folder in (self._folder, None):
                return self._chain
            try:
                self._chain = self._open(folder)
                self._folder = folder
            except IndexStateError:
                if self._chain is None:
                    raise
            return self._chain

    def _open(self, folder: Path | None) -> AnswerChain:
        if folder is None:
            raise IndexStateError(f"there is no index in {self.workspace.folder}: run 'roadmap ingest' to build it")
        index = open_index(folder)
        index.manifest.refuse_unlike(self.encoder.model_name, self.encoder.weight_hash, SPLITTER_VERSION)
        return make_chain(index, self.encoder, chat=self._chat, reranker=self._reranker)

    def ready(self) -> Index:
        """The opened index, once the models are loaded too. Raises IndexStateError or ModelError."""
        chain = self.chain
        self.encoder.encode(["ready?"])
        if self._reranker:
            self._reranker.load()
        return chain.index

    def answer(self, question: Question, stop: Stop) -> Answer:
        """Answer over the current index. Raises LateError when `stop` is set between two steps."""
        return self.chain.invoke(question, stop=stop)

    def search(self, question: Question, limit: int, stop: Stop | None = None) -> dict[str, Any]:
        """Return the question as understood and up to `limit` passages, as JSON values; heed `stop` between steps."""
        chain = self.chain
        trace = chain.trace(question, limit, stop)
        understood, found = trace.understood, trace.found
        spans = [{"start": hit.passage.start, "end": hit.passage.end} for hit in found.hits]
        hits = [asdict(c) for c in considered(found.hits, (), chain.index)]
        return {"question": understood.text, "results": [{**h, **s} for h, s in zip(hits, spans, strict=True)]}

    def warm_up(self) -> None:
        """Load the models and open the index, so that the first question is as fast as the next."""
        self.chain.invoke(Question("what is machine learning?", mode="extractive"))  # the chat model is not asked
        if self._chat:
            self._chat.chat.prepare()
