"""The report is one page that needs nothing else and trusts nothing; README quotes the newest results."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from evals import plots, readme, report
from evals.plots import Bar, DotRow, Marker
from evals.report_differences import differences
from evals.report_views import failures
from evals.results import (
    DatasetInfo,
    Result,
    ResultError,
    SystemResult,
    project_folder,
    results_folder,
    write_result,
)

EVIL = "<script>alert('1')</script>\"><img src=x onerror=y>&amp;"
DATASET = DatasetInfo("questions.jsonl", "0" * 64, "test", 3)
VOID = {"meta", "br", "img", "link", "input", "hr"}


def detail(question: str, question_type: str = "fact", answerable: bool = True) -> dict[str, object]:
    return {
        "question": question,
        "type": question_type,
        "answerable": answerable,
        "understood": question,
        "abstained": False,
        "chance": 0.7,
        "answer": "Learn **Python** at [a site](https://example.org). [1]\n\n- Then Git. [2]",
        "retrieved": ["one#a", "one#b"],
        "judged": {"one#a": 3, "two#c": 2},
        "answer_ms": 21.5,
    }


def answers_result(commit: str = "aaaaaaa", passed: float = 0.0, question: str = "how long?") -> Result:
    rows = {
        "q1": {"pass": passed, "nuggets_in_evidence": passed, "citation_precision": 0.5, "false_refusal": 0.0},
        "q2": {"pass": 1.0, "nuggets_in_evidence": 1.0, "citation_precision": 1.0, "false_refusal": 0.0},
        "q3": {"pass": 0.0, "false_answer": 1.0},
    }
    system = SystemResult(
        measures={
            "pass": (1 + passed) / 3,
            "nuggets_in_evidence": 0.5,
            "words_median": 80.0,
            "p50_ms": 20.0,
            "p95_ms": 40.0,
            "false_answer": 1.0,
        },
        intervals={"pass": (0.1, 0.9)},
        by_type={"fact": {"pass": 0.5}, "negative": {"pass": 0.0}},
        per_question=rows,
        details={"q1": detail(question), "q2": detail("two?"), "q3": detail("three?", "negative", answerable=False)},
    )
    notes = {
        "by_turns": {"0": {"pass": 0.5}, "10": {"pass": 0.1}, "2": {"pass": 0.4}},
        "risk_coverage": [
            {"coverage": 0.5, "risk": 0.0, "chance": 0.9},
            {"coverage": 0.75, "risk": 0.2, "chance": 0.6},
            {"coverage": 1.0, "risk": 0.4, "chance": 0.2},
        ],
        "threshold": 0.5,
    }
    return Result("answers", commit, "2026-01-01T00:00:00+00:00", DATASET, {"product": system}, notes)


def retrieval_result(kind: str = "retrieval") -> Result:
    def system(value: float) -> SystemResult:
        rows = {"q1": {"nDCG@10": value}, "q2": {"nDCG@10": value / 2}}
        details = {"q1": detail("how long?"), "q2": detail("two?")}
        by_type = {"fact": {"nDCG@10": value}}
        return SystemResult({"nDCG@10": value, "Recall@10": value}, {"nDCG@10": (0.1, 0.9)}, by_type, rows, details)

    systems = {"product": system(0.8), "without aliases": system(0.7), "baseline: BM25": system(0.5)}
    return Result(kind, "aaaaaaa", "2026-01-01T00:00:00+00:00", DATASET, systems)


def robustness_result() -> Result:
    systems = {
        "clean": SystemResult({"pass": 0.8, "nDCG@10": 0.9}),
        "typos": SystemResult({"pass": 0.6, "nDCG@10": 0.9, "drop pass": 0.25, "drop nDCG@10": -0.00001}),
    }
    return Result("robustness", "aaaaaaa", "2026-01-01T00:00:00+00:00", DATASET, systems)


def all_results(question: str = "how long?") -> dict[str, Result]:
    found = [answers_result(question=question), retrieval_result(), retrieval_result("ablate"), robustness_result()]
    return {result.kind: result for result in found}


class Reader(HTMLParser):
    """Notes every tag and its attributes, and that tags are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_has_every_section_and_is_well_formed() -> None:
    page = report.render(all_results(), differences(answers_result("bbbbbbb"), answers_result(passed=1.0)))
    reader = Reader(page)
    assert reader.open == []
    headings = re.findall(r"<h2>(.*?)</h2>", page)
    assert headings == [
        "By type of question",
        "Against baselines, and part by part",
        "Risk and coverage",
        "Latency",
        "Follow-ups, by turns before the question",
        "Robustness",
        "The worst questions",
        "Differences",
    ]
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 5
    for drawing in drawings:
        assert ElementTree.fromstring(drawing).get("aria-label")


def test_the_page_needs_no_other_file_and_runs_no_script() -> None:
    reader = Reader(report.render(all_results()))
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "image", "use", "a", "form"}
    for _, attributes in reader.tags:
        assert not any(name in attributes for name in ("src", "href", "srcset", "style"))
        assert not any(name.startswith("on") for name in attributes)
    policy = next(a["content"] for _, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert "url(" not in report.render(all_results())


def test_the_page_is_made_for_the_dark_and_for_paper() -> None:
    page = report.render(all_results())
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media print" in page


def test_whatever_a_result_holds_is_escaped() -> None:
    results = all_results(EVIL)
    answers = results["answers"]
    rows = {EVIL: answers.systems["product"].per_question["q1"]}
    evil = replace(
        answers.systems["product"],
        per_question=rows,
        details={EVIL: {**detail(EVIL, EVIL), "answer": EVIL, "retrieved": [EVIL], "judged": {EVIL: 1}}},
        by_type={EVIL: {"pass": 0.5}},
    )
    systems = {EVIL: SystemResult({"nDCG@10": 0.5}, {}, {}, {"q1": {"nDCG@10": 0.5}}), **results["ablate"].systems}
    results["answers"] = replace(answers, commit=EVIL, systems={"product": evil})
    results["ablate"] = replace(results["ablate"], systems=systems)
    page = report.render(results, differences(answers_result(EVIL, question=EVIL), answers_result(EVIL, 1.0, EVIL)))
    assert "<script" not in page
    assert "<img" not in page
    assert Reader(page).open == []
    assert page.count("&lt;script&gt;") >= 8


def test_sections_without_their_result_are_left_out() -> None:
    page = report.render({"retrieval": retrieval_result()})
    assert re.findall(r"<h2>(.*?)</h2>", page) == [
        "By type of question",
        "Against baselines, and part by part",
        "The worst questions",
    ]


def test_figures_stand_in_the_page_as_measured() -> None:
    text = re.sub(r"<[^>]+>", " ", report.render(all_results()))
    text = " ".join(text.split())
    assert "answers that pass 0.333 0.100 to 0.900" in text
    assert "typos 0.600 25.0% 0.900 0.0%" in text
    assert "as shipped: 0.20 of 75%" in text
    assert "answering all: 0.40" in text
    assert "without aliases −0.075 (−0.10 to −0.05)" in text
    assert re.search(r"0 0\.500 .* 2 0\.400 .* 10 0\.100", text)


def test_the_worst_questions_show_what_was_retrieved_with_its_grade() -> None:
    found = failures(answers_result())
    assert [(one.question_id, one.fault) for one in found] == [
        ("q1", "a nugget is missing"),
        ("q3", "answered, though the library does not say"),
    ]
    assert [(p.section, p.grade) for p in found[0].retrieved] == [("one#a", "3"), ("one#b", "–")]
    assert [(p.section, p.grade) for p in found[0].missed] == [("two#c", "2")]
    assert found[0].answer == "Learn Python at a site. [1]\nThen Git. [2]"


def test_differences_name_the_questions_that_changed_and_in_which_sense() -> None:
    found = differences(answers_result("old", passed=0.0), answers_result("new", passed=1.0))
    assert {(c.question_id, c.measure, c.before, c.after, c.is_better) for c in found.changes} == {
        ("q1", "answers that pass", "0.000", "1.000", True),
        ("q1", "nuggets in text or quotes", "0.000", "1.000", True),
    }
    assert found.rows[0].cells[:3] == ("0.333", "0.667", "+0.333")
    worse = differences(answers_result("old", passed=1.0), answers_result("new", passed=0.0))
    assert not any(change.is_better for change in worse.changes)


def test_the_page_is_written_from_the_newest_results_of_a_folder(tmp_path: Path) -> None:
    write_result(answers_result("0ld"), tmp_path)
    new = replace(answers_result("new1234"), created="2026-02-01T00:00:00+00:00")
    write_result(new, tmp_path)
    old = write_result(replace(answers_result("older"), created="2025-01-01T00:00:00+00:00"), tmp_path)
    page = report.write(tmp_path, against=old).read_text(encoding="utf-8")
    assert "At commit new1234" in page
    assert "answers: older of 2025-01-01 → new1234 of 2026-02-01" in page
    assert not [path.name for path in tmp_path.iterdir() if path.suffix not in (".json", ".html")]


def test_a_folder_without_results_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="holds no results"):
        report.write(tmp_path)
    write_result(answers_result(), tmp_path)
    with pytest.raises(ResultError, match=r"gone\.json: cannot be read"):
        report.write(tmp_path, against=tmp_path / "gone.json")
    other = write_result(robustness_result(), tmp_path / "other")
    with pytest.raises(ResultError, match="no result of kind 'robustness'"):
        report.write(tmp_path, against=other)
    assert not (tmp_path / report.PAGE).exists()


# Plots


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-0.085, 0.022, [-0.08, -0.06, -0.04, -0.02, 0.0, 0.02]),
        (0.0, 130.0, [0.0, 50.0, 100.0]),
    ],
)
def test_ticks_are_round_and_inside(low: float, high: float, expected: list[float]) -> None:
    assert plots.ticks(low, high) == pytest.approx(expected)


def test_a_bar_is_as_long_as_its_value() -> None:
    drawing = ElementTree.fromstring(plots.bars([Bar("x", 1.0), Bar("y", 0.5, 0.4, 0.6)], "t"))
    lengths = [float(bar.get("width", "0")) for bar in drawing.iter("rect")]
    assert lengths[1] == pytest.approx(lengths[0] / 2, abs=0.1)


def test_plots_bear_odd_input() -> None:
    drawings = [
        plots.bars([Bar("only", 0.0)], "t"),
        plots.bars([Bar("loss", -0.2, -0.3, -0.1)], "t", is_difference=True),
        plots.dots([DotRow("none", (None, None)), DotRow("one", (0.5, None))], "t"),
        plots.curve([(1.0, 0.0)], [Marker("all", 1.0, 0.0)], "t", ("x", "y")),
        plots.histogram([0.0, 0.0], [], "t", "ms"),
        plots.histogram([3.0], [Marker("m", 3.0)], "t", "ms"),
    ]
    for drawing in drawings:
        assert "nan" not in ElementTree.tostring(ElementTree.fromstring(drawing)).decode().lower()


# README


def test_the_table_quotes_figures_questions_and_commit() -> None:
    text = readme.table(list(all_results().values()))
    assert "| this project | 0.800 | 0.800 |" in text
    assert "| BM25 | 0.500 | 0.500 |" in text
    assert (
        "| answers that pass: every nugget, an expected source cited; unanswerable: refused | 0.333 | 0.100–0.900 |"
        in text
    )
    assert "| median length in words | 80 |  |" in text
    assert "| typos | 0.600 | 0.900 |" in text
    assert "3 questions, test half, commit aaaaaaa" in text


def test_readme_is_brought_up_to_date_and_found_out_when_it_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- results -->\n<!-- /results -->\nafter\n", encoding="utf-8")
    write_result(answers_result(), tmp_path)
    assert not readme.update(write=False, readme=page, folder=tmp_path)
    assert "roadmap eval readme --write" in capsys.readouterr().out
    assert readme.update(write=True, readme=page, folder=tmp_path)
    assert readme.update(write=False, readme=page, folder=tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- results -->\nAnswers (3 questions")
    assert text.endswith("<!-- /results -->\nafter\n")
    page.write_text(text.replace("0.333", "0.999"), encoding="utf-8")
    assert not readme.update(write=False, readme=page, folder=tmp_path)


def test_readme_without_marks_or_results_is_told_apart(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    with pytest.raises(ResultError, match="cannot be read"):
        readme.quoted(page)
    page.write_text("nothing here", encoding="utf-8")
    with pytest.raises(ResultError, match="has no place for results"):
        readme.quoted(page)
    with pytest.raises(ResultError, match="no result to quote"):
        readme.table([])


def test_the_projects_readme_quotes_its_newest_results() -> None:
    page = project_folder() / "README.md"
    if not page.is_file() or readme.BEGIN not in page.read_text(encoding="utf-8"):
        pytest.skip("README.md has no place for results yet")
    assert readme.quoted(page) == readme.table(readme.newest(results_folder()))
