"""LangChain's own way to add a folder of Markdown: `python -m evals.bench_langchain FOLDER CHROMA_FOLDER`."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evals.baselines import CHUNK_CHARS, CHUNK_OVERLAP, SPLITTER
from ingest.weights import BUNDLED_MODEL, model_folder

BATCH = 5000  # Chroma takes at most 5,461 at once


def main(folder: Path, chroma_folder: Path) -> None:
    """Split, embed and store every file, all by default."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    import chromadb

    splitter = import_module(SPLITTER).RecursiveCharacterTextSplitter(
        chunk_size=CHUNK_CHARS, chunk_overlap=CHUNK_OVERLAP
    )
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))]
    chunks = [document.page_content for document in splitter.create_documents(texts)]
    vectors = embeddings(str(model_folder(BUNDLED_MODEL))).embed_documents(chunks)
    collection = chromadb.PersistentClient(str(chroma_folder)).create_collection("langchain", embedding_function=None)
    for begin in range(0, len(chunks), BATCH):
        part = range(begin, min(begin + BATCH, len(chunks)))
        collection.add(
            ids=[str(n) for n in part],
            embeddings=vectors[part.start : part.stop],
            documents=chunks[part.start : part.stop],
        )


def embeddings(model: str) -> Any:
    """LangChain's HuggingFaceEmbeddings, or where its package is not installed, the same few lines."""
    if find_spec("langchain_huggingface"):
        return import_module("langchain_huggingface").HuggingFaceEmbeddings(model_name=model)
    return _Embeddings(model)


class _Embeddings:
    """As `langchain_huggingface.HuggingFaceEmbeddings` with its defaults."""

    def __init__(self, model: str) -> None:
        from sentence_transformers import SentenceTransformer

        self._model = SentenceTransformer(model)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._model.encode(texts, show_progress_bar=False).tolist()  # type: ignore[no-any-return]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
