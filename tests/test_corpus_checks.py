"""A sound corpus loads; each planted fault is named with its file, its key or line, and the remedy."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.corpus import load
from ingest.errors import CorpusError

TINY = Path(__file__).parent / "data" / "tiny_corpus"

ALPHA = "roadmaps/alpha.md"
BETA = "roadmaps/beta.md"
COURSE = "resources/matrix-course.md"
BOOK = "resources/python-book.md"
TOPICS = "topics.yaml"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "corpus"))


def problems_of(corpus: Path) -> list[str]:
    with pytest.raises(CorpusError) as caught:
        load(corpus)
    return caught.value.problems


@dataclass(frozen=True)
class Fault:
    """Replace `old` by `new` in `file`; then one problem begins with `blamed` and holds each of `words`."""

    file: str
    old: str
    new: str
    words: tuple[str, ...]
    blamed: str = ""

    def plant(self, corpus: Path) -> None:
        path = corpus / self.file
        text = path.read_text(encoding="utf-8")
        assert self.old in text, f"{self.file} has no {self.old!r} to replace"
        path.write_text(text.replace(self.old, self.new, 1), encoding="utf-8")


FAULTS = {
    # The form of a file
    "bad YAML": Fault(ALPHA, "title: The Alpha Path", "title: [The", ("line", "YAML", "check indentation")),
    "bad YAML in topics": Fault(TOPICS, "aliases: [maths, math]", "aliases: [maths", ("line 4", "YAML", "check indentation")),
    "a key twice": Fault(COURSE, "level: beginner", "level: any\nlevel: any", ("line 8", "'level'", "twice", "check")),
    "an impossible day": Fault(ALPHA, "2026-01-31", "2026-13-31", ("YAML", "month", "correct it")),
    "a control character": Fault(BETA, "author: Bob Beta", "author: Bob\x00", ("line 4", "control", "remove it")),
    "brackets without end": Fault(ALPHA, "[python]\n", "[" * 20_000 + "\n", ("line 18", "levels deep", "close")),
    "unclosed front matter": Fault(COURSE, "---\n# Matrix", "# Matrix", ("line 1", "not closed", "three hyphens")),
    "no front matter": Fault(COURSE, "---\nid", "id", ("line 1", "no front matter", "three hyphens")),
    "front matter without keys": Fault(BETA, "---\n", "---\n# nothing\n---\n", ("no keys", "key: value")),
    "a topic without keys": Fault(TOPICS, "- id: computing", "-\n- id: computing", ("entry 3", "no keys", "write")),
    "missing H1": Fault(COURSE, "\n# Matrix Course\n", "\n", ("no title", "# Title")),
    "two H1": Fault(ALPHA, "## First", "# Another\n\n## First", ("body", "more than one '# Title'", "keep one")),
    "H1 unlike the title": Fault(ALPHA, "\n# The Alpha", "\n# An Alpha", ("key title", "An Alpha", "make them one")),
    "no body": Fault(
        COURSE,
        "\n\n[Matrix Course](https://matrix.example.org/) is a series of lectures on linear algebra by"
        " Example University.",
        "",
        ("no text", "write"),
    ),
    "a section without text": Fault(
        BETA, "## Python", "## Python\n\n## Rust", ("body", "'python'", "no text", "remove its heading")
    ),
    "headings in a resource page": Fault(
        COURSE, "[Matrix Course](", "## What it is\n\n[Matrix Course](", ("headings below the title", "paragraphs")
    ),
    # One key at a time
    "unknown key": Fault(COURSE, "level:", "lvel:", ("key lvel", "unknown key", "spelling")),
    "missing key": Fault(COURSE, "provider: Example University\n", "", ("key provider", "missing", "add it")),
    "wrong id": Fault(COURSE, "id: matrix-course", "id: matrices", ("key id", "file's name", "rename")),
    "id with capitals": Fault(TOPICS, "id: python", "id: Python", ("topic Python", "key id", "joined by hyphens")),
    "unknown format": Fault(COURSE, "format: course", "format: lectures", ("key format", "'course'", "use one of")),
    "unknown verdict": Fault(ALPHA, "verdict: defers", "verdict: hates", ("key stances.1.verdict", "use one of")),
    "a number for a title": Fault(BETA, "title: Beta Steps", "title: 1984", ("key title", "1984", "quotes")),
    "text for a list": Fault(COURSE, "topics: [linear-algebra, mathematics]", "topics: maths", ("key topics", "list")),
    "swapped duration": Fault(ALPHA, "minimum: 2, maximum: 3", "minimum: 3, maximum: 2", ("key stages.0", "swap")),
    "unknown unit": Fault(ALPHA, "unit: weeks", "unit: sprints", ("key stages.0.duration.unit", "'weeks'", "use one")),
    "an address without scheme": Fault(BOOK, "url: https://books", "url: books", ("key url", "begin with https://")),
    "too few questions on a resource": Fault(BOOK, '  - "loops and functions on paper"\n', "", ("questions", "more")),
    "a blank left": Fault(COURSE, "purpose: learning", "purpose: FILL IN", ("key recommended_by.0.purpose", "write")),
    "a blank in the body": Fault(COURSE, "is a series", "is FILL IN", ("body", "FILL IN", "write what")),
    "a blank that has a form": Fault(COURSE, "format: course", "format: FILL IN", ("key format", "still says")),
    # Topics among themselves
    "duplicate alias": Fault(TOPICS, "[py, python3]", "[py, Maths]", ("python", "'maths'", "mathematics", "one place")),
    "alias that is another's id": Fault(TOPICS, "[linalg]", "[computing]", ("'computing'", "one place")),
    "topic twice": Fault(TOPICS, "- id: computing", "- id: python", ("topic python", "twice", "merge")),
    "parents cycle": Fault(
        TOPICS, "  aliases: [maths, math]", "  parents: [linear-algebra]", ("parents", "circle", "remove")
    ),
    "own parent": Fault(TOPICS, "parents: [mathematics]", "parents: [linear-algebra]", ("parents", "circle", "remove")),
    "unknown parent": Fault(TOPICS, "parents: [computing]", "parents: [gardens]", ("parents", "'gardens'", "correct")),
    "prerequisites cycle": Fault(
        TOPICS,
        "  parents: [mathematics]\n",
        "  prerequisites:\n    - {topic: python, roadmap: beta, section: python}\n",
        ("prerequisites", "circle", "remove"),
    ),
    "unknown prerequisite of a topic": Fault(
        TOPICS, "{topic: linear-algebra", "{topic: geometry", ("topic python", "prerequisites", "'geometry'", "add")
    ),
    "prerequisite stated by no section": Fault(
        TOPICS, "section: second-step", "section: last-step", ("topic python", "prerequisites", "second-step")
    ),
    "prerequisite stated by a resource": Fault(
        TOPICS, "roadmap: alpha", "roadmap: python-book", ("prerequisites", "'python-book'", "use one of alpha, beta")
    ),
    # Roadmaps against the rest
    "unknown topic": Fault(ALPHA, "topics: [python]", "topics: [pyton]", ("key stages.1.topics", "'pyton'", "add")),
    "unknown topic of a stance": Fault(ALPHA, "topic: python", "topic: perl", ("key stances.1.topic", "perl", "add")),
    "stance twice": Fault(ALPHA, "topic: python", "topic: linear-algebra", ("key stances.1.topic", "stance 0", "keep")),
    "unknown resource": Fault(
        ALPHA, "resources: [python-book]", "resources: [perl-book]", ("key stages.1.resources", "perl-book", "add")
    ),
    "stage resource without recommended_by": Fault(
        BETA,
        "topics: [python]",
        "topics: [python]\n    resources: [python-book]",
        ("key stages.0.resources", "python-book", "recommended_by", "add it to resources/python-book.md"),
    ),
    "unknown section of a stage": Fault(
        ALPHA, "section: second-step\n    topics", "section: third\n    topics", ("key stages.1.section", "use one of")
    ),
    "too few questions": Fault(ALPHA, '    - "weeks needed for linalg"\n', "", ("key questions.first-step", "least 3")),
    "section without questions": Fault(ALPHA, "  second-step:\n", "  other-step:\n", ("'second-step'", "at least 3")),
    "questions for no section": Fault(
        ALPHA, "  second-step:\n", "  other-step:\n", ("key questions.other-step", "no section", "use one of")
    ),
    "link that is no web page": Fault(
        ALPHA, "href: pictures/path.png", 'href: "javascript:alert(1)"', ("key links.1.href", "write https://")
    ),
    "unknown section of a list": Fault(
        ALPHA, "section: first-step\n    items", "section: third\n    items", ("key lists.0.section", "use one of")
    ),
    "list twice": Fault(ALPHA, "name: things to do", "name: Steps", ("key lists.1.name", "list 0", "rename")),
    "list without items or parts": Fault(
        ALPHA, "    part_of: things to do\n", "", ("key lists.1.items", "'things to do'", "items or parts")
    ),
    "list with items and parts": Fault(
        ALPHA, "  - name: things to do\n", "  - name: things to do\n    items: [weeks of work]\n",
        ("key lists.1.items", "one of the two"),
    ),
    "part of an unknown list": Fault(
        ALPHA, "part_of: things to do", "part_of: things", ("key lists.0.part_of", "'things'", "add it")
    ),
    "item twice": Fault(ALPHA, "[linear algebra, w", "[weeks of work, w", ("lists.0.items", "'weeks of work'", "keep one")),
    "item that no sentence names": Fault(
        ALPHA, "items: [linear algebra", "items: [geometry", ("key lists.0.items", "'first-step'", "'geometry'", "correct")
    ),
    # Resources against the rest
    "dangling recommended_by roadmap": Fault(
        COURSE, "roadmap: alpha", "roadmap: gamma", ("key recommended_by.0.roadmap", "'gamma'", "use one of alpha, beta")
    ),
    "dangling recommended_by section": Fault(
        COURSE, "section: first-step", "section: no-step", ("key recommended_by.0", "'no-step'", "first-step")
    ),
    "recommended twice by one section": Fault(
        COURSE,
        "  - roadmap: beta\n    section: python",
        "  - roadmap: alpha\n    section: first-step",
        ("key recommended_by.1", "alpha#first-step", "merge"),
    ),
    "recommended where it is not named": Fault(
        COURSE, "section: first-step", "section: overview", ("key recommended_by.0", "'overview'", "add to aliases")
    ),
    "named there in other words only": Fault(
        BOOK, "aliases: [snake book]", "aliases: [nake book]", ("key recommended_by.0", "nowhere", "add to aliases")
    ),
    "duration that no sentence states": Fault(
        COURSE, "level: beginner", "level: beginner\nduration: {minimum: 6, maximum: 8, unit: weeks}",
        ("key duration", "no sentence", "6 to 8 weeks", "write one", "correct the key"),
    ),
    "one figure that no sentence states": Fault(
        COURSE, "level: beginner", "level: beginner\nduration: {minimum: 12, maximum: 12, unit: hours}",
        ("key duration", "states 12 hours:"),
    ),
    "unknown topic of a resource": Fault(BOOK, "topics: [python]", "topics: [perl]", ("key topics", "'perl'", "add")),
    "unknown prerequisite": Fault(BOOK, "[linear-algebra]", "[algebra]", ("key prerequisites", "'algebra'", "add")),
    "duplicate url": Fault(
        BOOK, "url: https://books.example.org/python", "url: https://Matrix.example.org", ("key url", "merge")
    ),
    "duplicate alias of resources": Fault(
        BOOK, "[snake book]", "[snake book, matrix course]", ("key aliases", "matrix-course", "one place")
    ),
    "body lacks address": Fault(
        COURSE, "url: https://matrix.example.org/", "url: https://example.org/m", ("body", "lacks", "first sentence")
    ),
    "body has only a longer address": Fault(
        BOOK, "[Programming with Python](https://books.example.org/python)", "https://books.example.org/python-2",
        ("body", "lacks", "first sentence"),
    ),
    "roadmap's body lacks its address": Fault(BETA, "](https://beta.example.org/)", "](/)", ("body", "lacks", "link")),
    "malformed host in the body": Fault(
        COURSE, "by Example University", "by [them](https://exa_mple..org/x)", ("body", "exa_mple", "correct it")
    ),
    "malformed host in the front matter": Fault(
        COURSE, "https://catalogue.example.org", "https://catalogue", ("key references.0.url", "proper host")
    ),
    "moved without saying where": Fault(
        BOOK, "  url: https://shop.example.org/python\n", "", ("key status.url", "moved", "give the new one")
    ),
    "dead without a note": Fault(
        BOOK, "  note: The publisher closed its old shop in 2025.\n", "", ("key status.note", "what became of it")
    ),
    # Questions
    "question on two sections": Fault(
        ALPHA, "good videos about matrices", "How long does all of it take?", ("alpha#overview", "reword")
    ),
    "question on two pages": Fault(
        BETA, "what is the beta guide", "matrices from zero, with videos", ("matrix-course", "reword"), blamed=COURSE
    ),
}  # fmt: skip


def test_a_small_sound_corpus_loads_with_all_its_pages(corpus: Path) -> None:
    library = load(corpus)

    assert list(library.structure.roadmaps) == ["alpha", "beta"]
    assert list(library.structure.resources) == ["matrix-course", "python-book"]
    assert [source.source_id for source in library.sources] == ["alpha", "beta", "matrix-course", "python-book"]
    assert library.structure.resources["matrix-course"].recommended_by[1].roadmap == "beta"


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named_with_file_place_and_remedy(name: str, corpus: Path) -> None:
    fault = FAULTS[name]
    fault.plant(corpus)

    problems = problems_of(corpus)

    named = [p for p in problems if p.startswith(fault.blamed or fault.file) and all(w in p for w in fault.words)]
    assert len(named) == 1, problems


def test_every_problem_of_every_page_is_listed_at_once(corpus: Path) -> None:
    FAULTS["unknown key"].plant(corpus)
    FAULTS["an impossible day"].plant(corpus)
    FAULTS["unknown verdict"].plant(corpus)
    FAULTS["id with capitals"].plant(corpus)

    files = {problem.partition(":")[0] for problem in problems_of(corpus)}

    assert files == {COURSE, ALPHA, TOPICS}


def _replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


UNREADABLE: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "not UTF-8": (lambda path: path.write_bytes(b"---\nid: caf\xe9\n---\n"), ("is not UTF-8", "byte 11", "save it")),
    "UTF-16": (lambda path: path.write_text("---\nid: x\n---\n", encoding="utf-16"), ("is not UTF-8", "save it")),
    "unreadable": (_replace_by_folder, ("cannot be read", "check that it exists and is readable")),
    "empty": (lambda path: path.write_bytes(b""), ("is empty", "delete the file")),
    "blank": (lambda path: path.write_bytes(b" \n\t\n"), ("is empty", "delete the file")),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_file_that_cannot_be_read_is_named_and_hides_no_other_problem(kind: str, corpus: Path) -> None:
    spoil, words = UNREADABLE[kind]
    spoil(corpus / COURSE)
    FAULTS["unknown verdict"].plant(corpus)

    problems = problems_of(corpus)

    assert [p for p in problems if p.startswith(f"{COURSE}: ") and all(word in p for word in words)]
    assert [p for p in problems if p.startswith(ALPHA)]


def test_a_byte_order_mark_and_windows_line_ends_are_welcome(corpus: Path) -> None:
    text = (corpus / COURSE).read_text(encoding="utf-8")
    (corpus / COURSE).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())

    assert "matrix-course" in load(corpus).structure.resources


def test_missing_or_misshapen_topics_and_missing_folders_are_named_with_the_remedy(corpus: Path) -> None:
    (corpus / TOPICS).unlink()
    assert any(p.startswith("topics.yaml: cannot be read") and "check that it exists" in p for p in problems_of(corpus))

    (corpus / TOPICS).write_text("id: python\n", encoding="utf-8")
    assert problems_of(corpus) == ["topics.yaml: is not a list: begin each topic with '- id:'"]

    (nowhere,) = problems_of(corpus / "nowhere")
    assert "no such folder" in nowhere
    assert "give the folder that holds roadmaps/" in nowhere


def test_a_corpus_without_roadmaps_is_refused(corpus: Path) -> None:
    shutil.rmtree(corpus / "roadmaps")
    (problem,) = problems_of(corpus)
    assert "no roadmap" in problem
    assert "add at least one page" in problem


def test_a_resource_may_not_take_the_id_of_a_roadmap(corpus: Path) -> None:
    text = (corpus / COURSE).read_text(encoding="utf-8")
    (corpus / "resources" / "beta.md").write_text(text.replace("id: matrix-course", "id: beta"), encoding="utf-8")

    assert any(p.startswith("resources/beta.md: key id:") and "choose another" in p for p in problems_of(corpus))


def test_a_title_in_emphasis_and_over_two_lines_still_names_its_resource(corpus: Path) -> None:
    fault = Fault(ALPHA, "[Matrix Course](https://matrix.example.org/)", "*matrix\ncourse*", ())
    fault.plant(corpus)

    assert load(corpus)


@pytest.mark.parametrize(
    ("duration", "sentence"),
    [
        ("{minimum: 6, maximum: 8, unit: weeks}", "It takes six to eight weeks."),
        ("{minimum: 6, maximum: 8, unit: weeks}", "- a book\n- *6-8* weeks of lectures"),
        ("{minimum: 10, maximum: 10, unit: weeks}", "It is a 10-week course."),
        ("{minimum: 1, maximum: 1, unit: months}", "It takes a month."),
        ("{minimum: 1.5, maximum: 1.5, unit: hours}", "It lasts 1.5 hours."),
    ],
)
def test_a_duration_that_a_sentence_of_the_page_states_is_sound(duration: str, sentence: str, corpus: Path) -> None:
    Fault(COURSE, "level: beginner", f"level: beginner\nduration: {duration}", ()).plant(corpus)
    Fault(COURSE, "by Example University.", f"by Example University.\n\n{sentence}", ()).plant(corpus)

    assert load(corpus).structure.resources["matrix-course"].duration


def test_figures_of_two_sentences_or_with_another_unit_state_no_duration(corpus: Path) -> None:
    Fault(COURSE, "level: beginner", "level: beginner\nduration: {minimum: 6, maximum: 6, unit: weeks}", ()).plant(
        corpus
    )
    said = "It has 6. Weeks go by. It takes 6 months, or 16 weeks, or 6-8 weeks.\n\n- Part 6\n- Weeks of work"
    Fault(COURSE, "by Example University.", f"by Example University.\n\n{said}", ()).plant(corpus)

    (problem,) = problems_of(corpus)

    assert problem.startswith(f"{COURSE}: key duration: no sentence of the body states 6 weeks")


def test_the_error_counts_its_problems_and_lists_each_on_a_line(corpus: Path) -> None:
    FAULTS["unknown key"].plant(corpus)
    FAULTS["missing key"].plant(corpus)

    with pytest.raises(CorpusError) as caught:
        load(corpus)

    first, *lines = str(caught.value).splitlines()
    assert first == "the corpus has 2 problems:"
    assert sorted(line.split(":")[1] for line in lines) == [" key lvel", " key provider"]
