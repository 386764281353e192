"""LangChain's own way, in a process of its own: `python -m evals.bench_langchain build STORE FOLDER | ask STORE QUESTION`."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ingest.weights import BUNDLED_MODEL, model_folder

BATCH = 5000  # Chroma takes at most 5,461 at once
NEAREST = 4  # passages that LangChain's tutorial retrieves


def build(store: Path, folder: Path) -> None:
    """Split, embed and store every Markdown file of `folder`, all by default."""
    from evals.baselines import CHUNK_CHARS, CHUNK_OVERLAP, SPLITTER

    splitter = import_module(SPLITTER).RecursiveCharacterTextSplitter(
        chunk_size=CHUNK_CHARS, chunk_overlap=CHUNK_OVERLAP
    )
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))]
    chunks = [document.page_content for document in splitter.create_documents(texts)]
    vectors = embeddings().embed_documents(chunks)
    collection = _client(store).create_collection("langchain", embedding_function=None)
    for begin in range(0, len(chunks), BATCH):
        part = range(begin, min(begin + BATCH, len(chunks)))
        collection.add(
            ids=[str(n) for n in part],
            embeddings=vectors[part.start : part.stop],
            documents=chunks[part.start : part.stop],
        )


def ask(store: Path, question: str) -> str:
    """Return the passages nearest to a question, as they stand."""
    collection = _client(store).get_collection("langchain", embedding_function=None)
    found = collection.query(query_embeddings=embeddings().embed_documents([question]), n_results=NEAREST)
    return "\n\n".join(found["documents"][0])


def _client(store: Path) -> Any:
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    import chromadb

    return chromadb.PersistentClient(str(store))


def embeddings() -> Any:
    """LangChain's HuggingFaceEmbeddings of the bundled model, or where its package is absent, the same few lines."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    model = str(model_folder(BUNDLED_MODEL))
    if find_spec("langchain_huggingface"):
        return import_module("langchain_huggingface").HuggingFaceEmbeddings(model_name=model)
    return _Embeddings(model)


class _Embeddings:
    """As `langchain_huggingface.HuggingFaceEmbeddings` with its defaults."""

    def __init__(self, model: str) -> None:
        import langchain_core.embeddings  # noqa: F401 - as that class does
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(model)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._model.encode(texts, show_progress_bar=False).tolist()  # type: ignore[no-any-return]


if __name__ == "__main__":
    what, place, about = sys.argv[1:]
    if what == "build":
        build(Path(place), Path(about))
    else:
        sys.stdout.write(ask(Path(place), about) + "\n")
