"""The names of the library's things: what a roadmap calls a resource counts, what a user's document calls it does not."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.vocabulary import Names, read_vocabulary
from ingest.build import write_index
from ingest.corpus import load
from ingest.index import LocalIndex, open_index
from tests.fakes import WordsEncoder, source_of

TINY = Path(__file__).parent / "data" / "tiny_corpus"
BEGINNING = "Ada Alpha begins with linear algebra and the [Matrix Course](https://matrix.example.org/)"
LINKS = (
    "Ada Alpha begins with linear algebra and [Vectors for Everyone](https://matrix.example.org/), called [Arrows]"
    "(https://matrix.example.org/) or [these short videos](https://matrix.example.org/)"
)
NOTES = "# My notes\n\nThe [Grand Tour of Arrows](https://matrix.example.org/) is python for weeks.\n"


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Names:
    """Names of a small library whose first author is Max Vogel, beside a document of a user's."""
    folder = tmp_path_factory.mktemp("vocabulary")
    page = Path(shutil.copytree(TINY, folder / "corpus")) / "roadmaps" / "alpha.md"
    text = page.read_text(encoding="utf-8")
    assert BEGINNING in text
    page.write_text(text.replace(BEGINNING, LINKS).replace("Ada Alpha", "Max Vogel"), encoding="utf-8")
    library = load(folder / "corpus")
    library = replace(library, sources=(*library.sources, source_of("doc-notes", NOTES)))
    (folder / "index").mkdir()
    write_index(folder / "index", library, WordsEncoder())
    return read_vocabulary(open_index(folder / "index")).names


def named(names: Names, text: str) -> list[tuple[str, str]]:
    return [(found.kind, found.name_id) for found in names.find(text)]


@pytest.mark.parametrize(
    "text", ["is Vectors for Everyone free?", "matrix course", "the matrix videos", "MATRIX-COURSE"]
)
def test_a_resource_is_found_by_the_name_by_which_a_roadmap_links_it_too(names: Names, text: str) -> None:
    assert named(names, text) == [("resource", "matrix-course")]


@pytest.mark.parametrize("text", ["are arrows hard?", "where are these short videos?"])
def test_a_link_of_one_word_or_without_a_capital_is_no_name(names: Names, text: str) -> None:
    assert named(names, text) == []


def test_the_links_of_a_users_document_name_nothing(names: Names) -> None:
    assert named(names, "what is the Grand Tour of Arrows?") == []


@pytest.mark.parametrize(
    "text",
    [
        "how many weeks at max?",
        "max 10 hours a week",
        "min and max",
        "the max",
        "2 hours max.",
        "max length",
        "MAX OR MIN?",
    ],
)
def test_a_first_name_that_is_a_word_too_names_nobody(names: Names, text: str) -> None:
    assert named(names, text) == []


@pytest.mark.parametrize(
    "text",
    ["what does max say?", "max's take", "according to Max, how long?", "and max?", "what max reckons", "So Max is wrong?",
     "what does Vogel say?", "what does Max Vogel say?"],
)  # fmt: skip
def test_it_names_its_bearer_where_a_person_is_spoken_of(names: Names, text: str) -> None:
    assert named(names, text) == [("roadmap", "alpha")]
    assert named(names, "what does Bob say?") == [("roadmap", "beta")]


def test_a_shipped_roadmaps_names_for_resources_are_known_and_max_is_nobody(built_index: LocalIndex) -> None:
    shipped = read_vocabulary(built_index).names
    assert named(shipped, "Is Stanford's NLP Course hard?") == [("resource", "cs224n")]
    assert named(shipped, "who lists Quantitative Finance ML?") == [("resource", "ml-for-trading")]
    assert named(shipped, "two hours a day max") == []
    assert named(shipped, "does Mynter like books?") == [("roadmap", "mynter")]
