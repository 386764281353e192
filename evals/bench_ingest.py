"""How fast a person's own files are added, beside LangChain's way with the same model, from command to end."""

import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from evals.bench_timing import Measured, Row, interleaved, seconds_of
from ingest.corpus import default_corpus, load
from ingest.text import plain

SEED = 15
MIN_WORDS, MAX_WORDS = 100, 300
MAX_SECTIONS = 3
LIST_SHARE = 0.3  # of the sections that are lists
LANGCHAIN = (sys.executable, "-P", "-m", "evals.bench_langchain")
ROADMAP = "from assistant.cli import main; main()"
# A processor without bfloat16, as the encoder sees it.
SINGLE_PRECISION = f"import torch; torch.cpu.get_capabilities = dict; {ROADMAP}"


def write_notes(folder: Path, files: int, seed: int = SEED) -> None:
    """Write short Markdown files, made of the library's own sentences in an order that no other file has."""
    rng = random.Random(seed)  # noqa: S311 - notes, no secrets
    sentences = _sentences()
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        path = folder / f"note-{number:04}.md"
        path.write_text(note(rng, sentences, number), encoding="utf-8")


def note(rng: random.Random, sentences: Sequence[str], number: int) -> str:
    """One file's Markdown: a title, one to three sections, and 100 to 300 words in all."""
    sections = rng.randint(1, MAX_SECTIONS)
    words = rng.randint(MIN_WORDS, MAX_WORDS)
    parts = [f"# Note {number}: {_heading(rng, sentences)}"]
    for _ in range(sections):
        if sections > 1:
            parts.append(f"## {_heading(rng, sentences)}")
        chosen: list[str] = []
        while len(" ".join(chosen).split()) < words // sections - 10:  # half a sentence less than it may have
            chosen.append(rng.choice(sentences))
        parts.append("\n".join(f"- {s}" for s in chosen) if rng.random() < LIST_SHARE else " ".join(chosen))
    return "\n\n".join(parts) + "\n"


def measure(files: int, repeats: int, is_single_precision: bool = False) -> list[Row]:
    """Return files a second, ours beside LangChain's, and the seconds that adding unchanged files again takes.

    Every time is that of a whole command: start, models and all. Raises BenchError when one fails.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        place = Path(folder)
        write_notes(place / "notes", files)
        code = SINGLE_PRECISION if is_single_precision else ROADMAP
        _roadmap(place / "library", [], code)
        again: list[float] = []

        def ours() -> float:
            shutil.rmtree(place / "data", ignore_errors=True)
            shutil.copytree(place / "library", place / "data")
            seconds = _roadmap(place / "data", [str(place / "notes")], code)
            again.append(_roadmap(place / "data", [str(place / "notes")], ROADMAP))
            return files / seconds

        def theirs() -> float:
            shutil.rmtree(place / "chroma", ignore_errors=True)
            return files / seconds_of([*LANGCHAIN, "build", str(place / "chroma"), str(place / "notes")])

        found = interleaved(repeats, {"roadmap ingest": ours, "LangChain": theirs})
    baseline = Measured("LangChain", "files/s", found["LangChain"])
    return [
        Row(Measured("roadmap ingest", "files/s", found["roadmap ingest"]), baseline),
        Row(Measured("the same again, unchanged", "s", tuple(again))),
    ]


def _roadmap(data_folder: Path, paths: Sequence[str], code: str) -> float:
    command = [sys.executable, "-P", "-c", code, "ingest", *paths]
    return seconds_of(command, {"ROADMAP_DATA_DIR": str(data_folder)})


def _sentences() -> list[str]:
    """Every sentence of the library as a reader hears it, in order, none twice."""
    from ingest.markdown import outline
    from ingest.split import sentences_of

    found: dict[str, None] = {}
    for source in load(default_corpus()).sources:
        for blocks in outline(source.text, source.source_id).blocks.values():
            for start, end in (span for block in blocks for span in sentences_of(source.text, block)):
                found.setdefault(plain(source.text[start:end]))
    return [sentence for sentence in found if len(sentence.split()) >= 5]


def _heading(rng: random.Random, sentences: Sequence[str]) -> str:
    return " ".join(rng.choice(sentences).split()[:4]).strip(".,;:")
