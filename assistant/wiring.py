"""The composition root: the one place where concrete classes are named and put together."""

import contextlib
import logging
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.calibration import Calibration, shipped_calibration
from assistant.chain import AnswerChain
from assistant.chat_clients import ChatOptions
from assistant.chat_model import Chat, ChatModel
from assistant.citations import considered
from assistant.currency import Currency, look_at_index
from assistant.generate import Writer
from assistant.proof import Prover, library_words
from assistant.records import Question
from assistant.rerank import CrossEncoderReranker
from assistant.retrieval import Legs, Reranker, Retriever
from assistant.rewrite import Rewriter
from assistant.settings import Settings
from assistant.stop import Stop
from assistant.understand import Steps, Understander
from assistant.vocabulary import read_vocabulary
from assistant.workers import Workers
from ingest.build import Built, Progress, build, is_current, quiet
from ingest.document_sentences import with_document_sentences
from ingest.encoder import Encoder, SentenceEncoder
from ingest.errors import IndexStateError, RoadmapError
from ingest.index import Index, open_index
from ingest.manifest import REBUILD, check_files, read_manifest
from ingest.split import SPLITTER_VERSION
from ingest.workspace import BusyError, Workspace

if TYPE_CHECKING:
    from assistant.runnable import RunnableChain
    from ingest.corpus import Library
    from ingest.documents import Report, Summary

logger = logging.getLogger(__name__)


def make_encoder(settings: Settings) -> SentenceEncoder:
    """The configured embedding model, not yet loaded."""
    return SentenceEncoder(settings.embedding_model, settings.allow_download, settings.data_dir)


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


def chat_options(settings: Settings) -> ChatOptions | None:
    """What the settings say of the chat model; None without one."""
    if settings.chat_model is None:
        return None
    return ChatOptions(
        settings.chat_model, settings.chat_base_url, settings.chat_api_key, settings.chat_timeout_seconds
    )


def make_chat(settings: Settings) -> ChatPart | None:
    """The configured chat model, not yet made; None without one. Raises ChatModelError when it cannot be made."""
    options = chat_options(settings)
    if options is None:
        return None
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
) -> "RunnableChain":
    """The whole chain over an opened index; parts can be left out for ablations. Without `chat`: extractive."""
    from assistant.runnable import RunnableChain

    return RunnableChain(*_pieces(index, encoder, steps, legs, chat, reranker))


def _pieces(
    index: Index,
    encoder: Encoder,
    steps: Steps | None,
    legs: Legs | None,
    chat: ChatPart | None,
    reranker: Reranker | None,
) -> tuple[Index, Understander, Retriever, Calibration, Writer | None]:
    index = with_document_sentences(index, encoder)
    rewriter = Rewriter(chat.chat, chat.rewrite_seconds) if chat else None
    prover = Prover(index, encoder, library_words(index)) if chat else None
    return (
        index,
        Understander(read_vocabulary(index), steps or Steps(), rewriter),
        Retriever(index, encoder, legs or Legs(), reranker),
        shipped_calibration(),
        Writer(index, chat.chat, prover, chat.answer_seconds) if chat and prover else None,
    )


def read_library(settings: Settings) -> "Library":
    """The shipped pages, then the documents that the user added."""
    from ingest.corpus import load
    from ingest.document_store import DocumentStore

    library = load(settings.corpus_dir)
    documents = DocumentStore(Workspace(settings.data_dir).documents).all()
    return replace(library, sources=(*library.sources, *documents))


def add_documents(settings: Settings, paths: Sequence[Path], report: "Report", progress: Progress = quiet) -> "Summary":
    """Read files and folders of the user's into the library; what was read before and has not changed, is not."""
    from ingest.document_store import DocumentStore
    from ingest.documents import ingest_documents

    workspace = Workspace(settings.data_dir)
    with workspace.writer():
        return ingest_documents(paths, DocumentStore(workspace.documents), report, progress=progress)


def build_index(settings: Settings, progress: Progress = quiet, force: bool = False) -> Built:
    """Bring the current index up to date with the library, and export the model that embeds its questions."""
    workspace = Workspace(settings.data_dir)
    encoder = make_encoder(settings)
    with workspace.writer():
        built = build(workspace, read_library(settings), encoder, progress, force)
        _export(encoder, progress)
    return built


def _export(encoder: SentenceEncoder, progress: Progress) -> None:
    done = progress("exporting the model", 1)
    try:
        provenance = encoder.export()
    except OSError as error:
        raise RoadmapError(f"cannot write the exported model ({error.strerror}): free space or permissions") from error
    if provenance and provenance.fault:
        logger.warning("questions start slowly with the model %s: %s", encoder.model_name, provenance.fault)
    done(1)


def ensure_index(settings: Settings, progress: Progress = quiet) -> None:
    """Build the index when there is none, or when the library, the model or the format changed since.

    So it does, with a warning, when a file of it is damaged. While another process builds one, the current index, if
    any, serves on. Raises IndexStateError when a damaged index cannot be built again.
    """
    workspace = Workspace(settings.data_dir)
    workspace.tidy()
    currency = look_at_index(settings)
    folder = currency.folder
    damage = _damage(folder) if folder else None
    if folder and damage is None and _holds_the_library(settings, currency, progress):
        return
    if damage:
        logger.warning("%s: it is built again now", damage)
    try:
        build_index(settings, progress)
    except BusyError:
        if folder is None or damage:
            raise
    except RoadmapError as error:
        if damage is None:
            raise
        raise IndexStateError(f"{damage}, and it cannot be built again: {error}") from error
    _holds_the_library(settings, look_at_index(settings), progress)  # so that it is known from now on


def is_up_to_date(settings: Settings) -> bool:
    """Whether the current index is known to hold the library, and whole. Raises ModelError without the model."""
    currency = look_at_index(settings)
    return currency.folder is not None and currency.is_known and _damage(currency.folder) is None


def _holds_the_library(settings: Settings, currency: Currency, progress: Progress) -> bool:
    """Whether the current index is up to date; if so, the model that embeds its questions is exported too."""
    if currency.is_known:
        return True
    encoder = make_encoder(settings)
    if currency.folder is None or not is_current(currency.folder, read_library(settings), encoder):
        return False
    if encoder.can_export:
        with contextlib.suppress(RoadmapError), Workspace(settings.data_dir).writer():  # a read-only one does without
            _export(encoder, progress)
    if not encoder.can_export:  # else it is tried again: what is known is not looked at
        currency.keep()
    return True


def _damage(folder: Path) -> str | None:
    """What is wrong with the files of the index in `folder`; None when they are as they were written."""
    try:
        check_files(folder, read_manifest(folder).files)
    except IndexStateError as error:
        return str(error).removesuffix(f": {REBUILD}")
    return None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process opens beside what every question needs.

    `chroma` searches many vectors sooner, but takes half a second to load; without it each vector is compared with the
    question's. `langchain` makes the chain a Runnable.
    """

    chroma: bool = True
    langchain: bool = True


FOR_ONE_QUESTION = Parts(chroma=False, langchain=False)


class Service:
    """The opened library: one chain over the current index, exchanged when a new index becomes current."""

    def __init__(self, settings: Settings, parts: Parts = Parts()) -> None:
        self.settings = settings
        self._opened_parts = parts
        self.workspace = Workspace(settings.data_dir)
        self.encoder = make_encoder(settings)
        self.workers = Workers(settings.workers)
        self.writers = Workers(settings.max_concurrency)  # they wait for the chat model, and work little
        self._reranker = make_reranker(settings)
        self._chat = make_chat(settings)
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._chain: AnswerChain | None = None

    @property
    def chain(self) -> AnswerChain:
        """The chain over the current index. Raises RoadmapError when there is none that opens.

        When a newer index does not open, the one that is open keeps serving.
        """
        folder = self.workspace.current_folder()
        with self._lock:
            if self._chain is not None and folder in (self._folder, None):
                return self._chain
            try:
                self._chain = self._open(folder)
                self._folder = folder
            except RoadmapError as error:
                if self._chain is None:
                    raise
                logger.warning("the index before serves on: %s", error)
                if isinstance(error, IndexStateError):  # its files do not mend: the next build has another name
                    self._folder = folder
            return self._chain

    def _open(self, folder: Path | None) -> AnswerChain:
        if folder is None:
            raise IndexStateError(f"there is no index in {self.workspace.folder}: run 'roadmap ingest' to build it")
        index = open_index(folder, with_chroma=self._opened_parts.chroma)
        index.manifest.refuse_unlike(self.encoder.model_name, self.encoder.weight_hash, SPLITTER_VERSION)
        if not self._opened_parts.langchain:
            return AnswerChain(*_pieces(index, self.encoder, None, None, self._chat, self._reranker))
        return make_chain(index, self.encoder, chat=self._chat, reranker=self._reranker)

    def ready(self) -> Index:
        """The opened index, once the models are loaded too. Raises RoadmapError where one does not open."""
        chain = self.chain
        self.encoder.encode(["ready?"])
        if self._reranker:
            self._reranker.load()
        return chain.index

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
        # The chat model is not asked.
        self.chain.invoke(Question("what is machine learning?", mode="extractive"))
        # Only a question with a slip needs it, and it takes as long as opening the index.
        threading.Thread(target=self.chain.understand.prepare, name="speller", daemon=True).start()
        if self._chat:
            self._chat.chat.prepare()

    def close(self) -> None:
        """Take no more work."""
        self.workers.close()
        self.writers.close()
