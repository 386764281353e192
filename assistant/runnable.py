"""Chain, retriever and encoder behind LangChain's interfaces. Apart from them, since one question needs no LangChain."""

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable
from pydantic import ConfigDict

from assistant.chain import AnswerChain
from assistant.records import Answer, Question
from ingest.encoder import SentenceEncoder
from ingest.index import EVERYTHING, Scope
from ingest.records import Hit


class RunnableChain(AnswerChain, Runnable[Question | str, Answer]):
    """The chain as a Runnable: `invoke`, `batch`, `ainvoke` return an Answer; `events` streams."""


class EmbeddingsEncoder(SentenceEncoder, Embeddings):
    """The encoder as LangChain's embeddings: `embed_documents`, `embed_query` and their asynchronous kin."""


class RoadmapRetriever(BaseRetriever):
    """LangChain's interface to the retriever: one Document per hit, with where it stands in its source."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    understand: Any
    retriever: Any
    limit: int = 10
    scope: Scope = EVERYTHING

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[Document]:
        found = self.retriever.retrieve(self.understand(Question(query)), self.limit, self.scope)
        return [document_of(hit) for hit in found.hits]


def document_of(hit: Hit) -> Document:
    """Return a hit as a LangChain document."""
    passage = hit.passage
    return Document(
        page_content=passage.text,
        id=passage.passage_id,
        metadata={
            "passage_id": passage.passage_id,
            "source_id": passage.source_id,
            "section_id": passage.section_id,
            "kind": passage.kind.value,
            "heading_path": list(passage.heading_path),
            "start": passage.start,
            "end": passage.end,
            "rank": hit.rank,
            "score": hit.score,
            "dense_rank": hit.dense_rank,
            "lexical_rank": hit.lexical_rank,
            "rerank_rank": hit.rerank_rank,
        },
    )
