"""The maintainers' commands that need no network: check, stats, new and schema."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
from typer.main import get_group
from typer.testing import CliRunner, Result

from assistant.corpus_cli import app
from ingest.corpus import default_corpus, load
from ingest.corpus_stats import measure
from ingest.errors import CorpusError, RoadmapError
from ingest.front_matter import parse_yaml, split_page
from ingest.schemas import schema_texts, stale_schemas
from ingest.skeletons import PageKind, write_page

TINY = Path(__file__).parent / "data" / "tiny_corpus"
TODAY = date(2026, 1, 31)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "corpus"))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# --- check ---


def test_check_counts_a_sound_corpus_in_one_line(corpus: Path) -> None:
    result = run("check", "--corpus", corpus)

    assert (result.exit_code, result.stdout) == (0, "2 roadmaps, 2 resources, 4 topics: no problems\n")
    assert result.stderr == ""


def test_check_prints_each_problem_on_a_line_of_standard_error_and_exits_with_1(corpus: Path) -> None:
    edit(corpus / "roadmaps" / "alpha.md", "author: Ada Alpha\n", "")
    edit(corpus / "resources" / "python-book.md", "format: book", "format: brick")

    result = run("check", "--corpus", corpus)

    assert (result.exit_code, result.stdout) == (1, "")
    first, second = result.stderr.splitlines()
    assert first == "roadmaps/alpha.md: key author: missing: add it"
    assert second.startswith("resources/python-book.md: key format: ")


def test_check_as_json_gives_counts_or_problems_to_programs(corpus: Path) -> None:
    sound = json.loads(run("check", "--json", "--corpus", corpus).stdout)
    assert sound == {"roadmaps": 2, "resources": 2, "topics": 4, "problems": []}

    edit(corpus / "topics.yaml", "[linalg]", "[py]")
    result = run("check", "--json", "--corpus", corpus)
    assert result.exit_code == 1
    (problem,) = json.loads(result.stdout)["problems"]
    assert problem.startswith("topics.yaml: topic python: alias 'py'")


def test_check_of_a_missing_folder_says_which_folder_to_give(tmp_path: Path) -> None:
    result = run("check", "--corpus", tmp_path / "nowhere")

    assert result.exit_code == 1
    assert "no such folder: give the folder that holds roadmaps/" in result.stderr


# --- stats ---


def test_statistics_agree_with_a_count_by_hand() -> None:
    library = load(TINY)

    statistics = measure(library.structure, library.sources)

    assert (statistics.roadmap_count, statistics.resource_count, statistics.topic_count) == (2, 2, 4)
    assert (statistics.section_count, statistics.question_count) == (7, 21)
    assert statistics.word_count == sum(len(source.text.split()) for source in library.sources)
    alpha, beta = statistics.coverage
    assert (alpha.stages, alpha.estimates, alpha.stances, alpha.times, alpha.resources) == (2, 1, 2, 1, 2)
    assert (beta.sections, beta.questions, beta.resources) == (2, 6, 1)
    assert {f.format: (f.total, dict(f.by_roadmap)) for f in statistics.formats} == {
        "book": (1, {"alpha": 1, "beta": 0}),
        "course": (1, {"alpha": 1, "beta": 1}),
    }
    assert [(t.topic_id, t.roadmaps) for t in statistics.topics] == [
        ("python", ("alpha", "beta")),
        ("linear-algebra", ("alpha",)),
    ]
    assert statistics.topics_without_stance == ("computing", "mathematics")


def test_sections_with_the_fewest_questions_come_first(corpus: Path) -> None:
    edit(corpus / "roadmaps" / "beta.md", "  python:\n", '  python:\n    - "one more way to ask"\n')
    library = load(corpus)

    sections = measure(library.structure, library.sources).sections

    assert [s.questions for s in sections] == [3] * 6 + [4]
    assert sections[-1].section_id == "beta#python"
    assert sections[0].section_id == "alpha#first-step"


def test_stats_show_the_same_numbers_as_tables_and_as_json(corpus: Path) -> None:
    table = run("stats", "--corpus", corpus)
    numbers = json.loads(run("stats", "--json", "--corpus", corpus).stdout)

    assert table.exit_code == 0
    assert "2 topics on which no roadmap holds a stance: computing, mathematics" in table.stdout
    assert re.search(r"stances\W+2\W+1\b", table.stdout)
    assert [row["stances"] for row in numbers["coverage"]] == [2, 1]
    assert numbers["question_count"] == 21


def test_stats_of_a_broken_corpus_list_its_problems(corpus: Path) -> None:
    edit(corpus / "roadmaps" / "alpha.md", "author: Ada Alpha\n", "")

    result = run("stats", "--corpus", corpus)

    assert result.exit_code == 1
    assert "key author: missing" in result.stderr


# --- new ---

FILLED = {
    "resource": {
        "title": "Snake Videos",
        "url": "https://snakes.example.org/",
        "provider": "Snake House",
        "format": "course",
        "topics": "[python]",
        "roadmap": "beta",
        "section": "python",
        "purpose": "learning Python",
    },
    "roadmap": {
        "title": "The Gamma Way",
        "author": "Gil Gamma",
        "url": "https://gamma.example.org/",
        "licence": "Facts are restated in our own words.",
        "audience": "Everyone",
        "name": "First step",
        "topics": "[python]",
        "topic": "python",
        "verdict": "recommends",
        "note": "The start of everything.",
    },
}


def fill(path: Path, values: dict[str, str]) -> None:
    """Do what the author of a new page does: write a value for each key, questions, a heading and text."""
    text = path.read_text(encoding="utf-8")
    for key, value in values.items():
        text, count = re.subn(rf"(?m)^(\s*(?:- )?{key}: )\[?FILL IN\]?$", rf"\g<1>{value}", text)
        assert count, key
    while '"FILL IN"' in text:
        text = text.replace('"FILL IN"', f'"question number {text.count("FILL IN")} of {path.stem}"', 1)
    text = text.replace("# FILL IN", f"# {values['title']}", 1)
    path.write_text(text.replace("\nFILL IN\n", f"\n[{values['title']}]({values['url']}) is good.\n"), encoding="utf-8")


@pytest.mark.parametrize("kind", ["resource", "roadmap"])
def test_a_new_page_passes_the_check_once_its_blanks_are_filled(kind: str, corpus: Path) -> None:
    result = run("new", kind, "snake-way", "--corpus", corpus)
    path = corpus / f"{kind}s" / "snake-way.md"
    edit(corpus / "roadmaps" / "beta.md", "points to the", "points to the Snake Videos and the")
    assert result.exit_code == 0
    assert f"{path}: write wherever it says FILL IN" in result.stdout

    fill(path, FILLED[kind])

    library = load(corpus)
    assert "snake-way" in {**library.structure.resources, **library.structure.roadmaps}
    assert not any("<!--" in source.text for source in library.sources)


@pytest.mark.parametrize("kind", list(PageKind))
def test_a_new_page_left_blank_is_refused_line_by_line(kind: PageKind, corpus: Path) -> None:
    write_page(corpus, kind, "snake-way", TODAY)

    with pytest.raises(CorpusError) as caught:
        load(corpus)

    keys = [problem.split(": ")[1] for problem in caught.value.problems]
    assert "key url" in keys
    assert all("still says 'FILL IN': write what belongs there" in problem for problem in caught.value.problems)


@pytest.mark.parametrize("kind", list(PageKind))
def test_a_blank_that_takes_any_text_is_refused_too(kind: PageKind, corpus: Path) -> None:
    path = write_page(corpus, kind, "snake-way", TODAY)
    edit(corpus / "roadmaps" / "beta.md", "points to the", "points to the Snake Videos and the")
    fill(path, FILLED[kind])
    edit(path, f"title: {FILLED[kind]['title']}", "title: FILL IN")

    with pytest.raises(CorpusError, match="key title: still says 'FILL IN'"):
        load(corpus)


@pytest.mark.parametrize("page_id", ["Snake", "snake way", "../snake", "snake_way", "-snake", "", "s" * 61])
def test_a_malformed_id_is_refused_with_the_form_to_use(page_id: str, corpus: Path) -> None:
    before = sorted(corpus.rglob("*"))

    with pytest.raises(RoadmapError, match="lower-case words joined by hyphens"):
        write_page(corpus, PageKind.RESOURCE, page_id, TODAY)

    assert sorted(corpus.rglob("*")) == before


@pytest.mark.parametrize("kind", ["resource", "roadmap"])
@pytest.mark.parametrize("taken", ["alpha", "python-book"])
def test_an_id_that_is_taken_is_refused_and_its_page_stays_as_it_was(kind: str, taken: str, corpus: Path) -> None:
    before = {path: path.read_bytes() for path in corpus.rglob("*.md")}

    result = run("new", kind, taken, "--corpus", corpus)

    assert result.exit_code == 1
    assert "exists already: edit that page, or choose another id" in result.stderr
    assert {path: path.read_bytes() for path in corpus.rglob("*.md")} == before


def test_a_page_for_a_folder_that_is_no_corpus_is_refused_with_the_option_to_use(tmp_path: Path) -> None:
    result = run("new", "resource", "snake-way", "--corpus", tmp_path / "nowhere")

    assert result.exit_code == 1
    assert "give a corpus with --corpus" in result.stderr


# --- schema ---


def test_the_committed_schemas_are_what_the_models_say() -> None:
    assert stale_schemas(default_corpus()) == [], "run 'roadmap corpus schema --write'"


def test_schema_tells_what_is_out_of_date_and_write_mends_it(corpus: Path) -> None:
    missing = run("schema", "--corpus", corpus)
    assert missing.exit_code == 1
    assert missing.stderr.count("run 'roadmap corpus schema --write'") == 3

    assert run("schema", "--write", "--corpus", corpus).exit_code == 0
    assert run("schema", "--corpus", corpus).stdout == "the schemas match the models\n"

    edit(corpus / "schema" / "topics.json", "Topic", "Tropic")
    assert run("schema", "--corpus", corpus).stderr.startswith("schema/topics.json: is not what the models say")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("roadmap.json", "roadmaps/*.md"), ("resource.json", "resources/*.md"), ("topics.json", "topics.yaml")],
)
def test_every_page_of_the_library_satisfies_the_schema_that_editors_use(name: str, pattern: str) -> None:
    validator = jsonschema.Draft7Validator(json.loads(schema_texts()[name]))
    paths = list(default_corpus().glob(pattern))
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        front = split_page(text)[0] if path.suffix == ".md" else text
        value = json.loads(json.dumps(parse_yaml(front), default=str))
        faults = [error.message for error in validator.iter_errors(value)]
        assert faults == [], path.name


def test_the_schema_refuses_a_key_that_the_models_do_not_know() -> None:
    validator = jsonschema.Draft7Validator(json.loads(schema_texts()["topics.json"]))

    assert validator.is_valid([{"id": "python", "name": "Python"}])
    assert not validator.is_valid([{"id": "python", "name": "Python", "colour": "blue"}])
    assert not validator.is_valid([{"id": "Python 3", "name": "Python"}])


# --- the page that teaches all this ---


def test_the_readme_of_the_corpus_lists_every_command_and_no_other() -> None:
    text = (default_corpus() / "README.md").read_text(encoding="utf-8")

    listed = set(re.findall(r"^\| `roadmap corpus (\w+)", text, re.MULTILINE))

    assert listed == set(get_group(app).commands)
