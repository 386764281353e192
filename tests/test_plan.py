import csv
import io
import json
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from icalendar import Calendar
from typer.testing import CliRunner

from assistant.citations import is_exact
from assistant.cli import app
from assistant.plan import PlanError, plan
from assistant.plan_formats import PlanFormat, PlanFormatError, safe_cell, to_csv, to_ics, to_markdown, written
from assistant.plan_order import Group, Link, in_order
from assistant.plan_records import NO_TIME, Plan, PlanRequest
from assistant.topics import UnknownNameError
from ingest.corpus_models import Prerequisite, Profile
from ingest.index import LocalIndex

START = date(2027, 1, 4)


def numbers_of(made: Plan) -> set[int]:
    cited = [c for s in made.stages for c in (*s.what, *s.after, *s.other_times)]
    cited += [c for s in made.stages for r in s.resources for c in r.recommended_by]
    cited += [*made.comparison, *made.notes, *([made.target] if made.target else [])]
    weeks = [n for s in made.stages if s.weeks for n in s.weeks.citations]
    return {n for c in cited for n in c.citations} | set(weeks) | {e.citation for e in made.estimates}


def names(made: Plan) -> list[str]:
    return [s.name for s in made.stages]


@pytest.mark.parametrize("roadmap", [None, "careerten", "mrcloudchase", "mynter", "noyan", "thorneloe"])
def test_every_statement_of_a_plan_is_cited_and_every_quote_exact(built_index: LocalIndex, roadmap: str | None) -> None:
    made = plan(PlanRequest(roadmap=roadmap, start=START, target=date(2028, 1, 1)), built_index)
    assert all(is_exact(c, built_index) for c in made.citations)
    assert numbers_of(made) == {c.number for c in made.citations}
    for stage in made.stages:
        assert stage.what, f"{stage.name} says nothing"
        assert all(c.citations for c in (*stage.what, *stage.after, *stage.other_times))
        assert all(r.recommended_by for r in stage.resources)
        assert stage.weeks is None or stage.weeks.citations


def test_the_default_plan_merges_all_roadmaps_and_keeps_the_prerequisites(built_index: LocalIndex) -> None:
    made = plan(PlanRequest(), built_index)
    order = {t: s.number for s in made.stages for t in s.topics}
    assert order["Programming"] < order["Exploratory data analysis"] < order["Feature engineering"]
    assert order["Feature engineering"] < order["Machine learning"] < order["Deep learning"] < order["MLOps"]
    assert order["Linear algebra"] < order["Machine learning"]
    assert order["Model training"] < order["Model evaluation"]


def test_a_preferred_roadmap_keeps_its_own_order(built_index: LocalIndex) -> None:
    for roadmap in ("careerten", "mynter", "noyan", "thorneloe"):
        made = plan(PlanRequest(roadmap=roadmap), built_index)
        assert names(made) == [s.name for s in built_index.structure.roadmaps[roadmap].stages]


def test_a_stage_without_a_stated_time_says_so_and_gets_none(built_index: LocalIndex) -> None:
    made = plan(PlanRequest(roadmap="noyan", start=START), built_index)
    assert made.total is None
    assert made.untimed == len(made.stages)
    assert all(s.weeks is None and s.start is None for s in made.stages)
    assert to_markdown(made).count(f"Time: {NO_TIME}.") == len(made.stages)


def test_the_total_is_the_sum_of_the_cited_ranges_with_its_terms(built_index: LocalIndex) -> None:
    made = plan(PlanRequest(roadmap="mrcloudchase"), built_index)
    assert made.total is not None
    assert made.total.text == "8–10 + 6–8 + 10–12 + 6–8 + 10–14 = 40–52 weeks"
    assert (made.total.minimum, made.total.maximum) == (40, 52)
    quotes = {c.number: c.quote for c in made.citations}
    assert all("weeks" in quotes[n] for n in made.total.citations)


def test_what_is_known_is_skipped_and_said_so(built_index: LocalIndex) -> None:
    made = plan(PlanRequest(roadmap="thorneloe", known=("mathematics", "git", "github")), built_index)
    skipped = {s.name for s in made.stages if s.status == "already known"}
    assert skipped == {"Linear algebra", "Probability", "Git and GitHub"}
    assert to_markdown(made).count("skipped: already known") == 3


def test_knowing_a_broad_topic_does_not_skip_what_no_stage_lists_under_it(built_index: LocalIndex) -> None:
    made = plan(PlanRequest(roadmap="mynter", known=("computer-science",)), built_index)
    assert [s.name for s in made.stages if s.status == "already known"] == [made.stages[0].name]


def test_knowing_a_part_keeps_the_stage_with_a_hint(built_index: LocalIndex) -> None:
    stage = next(s for s in plan(PlanRequest(known=("python",)), built_index).stages if "Python" in s.topics)
    assert stage.status == "to do"
    assert stage.hint == "already known of it: Python"


def test_a_background_hints_at_what_may_be_known_without_skipping_it(built_index: LocalIndex) -> None:
    made = plan(PlanRequest(background=Profile.SOFTWARE_ENGINEER), built_index)
    hinted = {s.topics[0] for s in made.stages if s.hint}
    assert hinted == {"Programming", "Software engineering", "Git"}
    assert not any(s.status == "already known" for s in made.stages)


@pytest.mark.parametrize(
    ("background", "estimates"),
    [
        (Profile.BEGINNER, {("mrcloudchase", "18–24 months"), ("mynter", "18 months")}),
        (Profile.MATHEMATICS, {("mrcloudchase", "12–16 months")}),
        (Profile.SOFTWARE_ENGINEER, {("mrcloudchase", "14–18 months"), ("mynter", "6 months")}),
        (Profile.DATA_SCIENTIST, {("mynter", "2 months")}),
        (Profile.OTHER, set()),
    ],
)
def test_the_roadmaps_own_estimates_for_the_background_stand_beside_the_sum(
    built_index: LocalIndex, background: Profile, estimates: set[tuple[str, str]]
) -> None:
    made = plan(PlanRequest(background=background), built_index)
    assert {(e.roadmap, e.text) for e in made.estimates} == estimates
    assert bool(estimates) is not any("No roadmap gives" in c.text for c in made.comparison)


def test_hours_scale_only_a_time_whose_source_states_its_pace(built_index: LocalIndex) -> None:
    made = plan(PlanRequest(hours_per_week=20), built_index)
    pace = {e.roadmap: e.pace for e in made.estimates}
    assert "taken as 40 hours a week, which the source does not say, 20 hours a week make 36 months" in pace["mynter"]
    assert "does not state hours a week" in pace["mrcloudchase"]
    assert made.total == plan(PlanRequest(hours_per_week=80), built_index).total
    engineer = plan(PlanRequest(background=Profile.SOFTWARE_ENGINEER), built_index)
    assert any("after work, without a number of hours" in e.pace for e in engineer.estimates)


@pytest.mark.parametrize(
    ("target", "roadmap", "says"),
    [
        (date(2027, 6, 1), None, "too early: the cited stages alone take at least 40 weeks"),
        (date(2027, 12, 6), None, "earlier than the shortest estimate for your background"),
        (date(2029, 12, 6), None, "cannot be judged"),
        (date(2029, 12, 6), "noyan", "cannot be judged"),
    ],
)
def test_a_target_date_is_judged_as_far_as_cited_times_tell(
    built_index: LocalIndex, target: date, roadmap: str | None, says: str
) -> None:
    made = plan(PlanRequest(start=START, target=target, roadmap=roadmap), built_index)
    assert made.target is not None
    assert says in made.target.text


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (PlanRequest(hours_per_week=0), "0 hours a week: give 1 to 80"),
        (PlanRequest(hours_per_week=81), "give 1 to 80"),
        (PlanRequest(start=START, target=START), "is not after the start"),
        (PlanRequest(start=date(9999, 12, 31)), "out of range"),
    ],
)
def test_impossible_wishes_are_refused(built_index: LocalIndex, request_: PlanRequest, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        plan(request_, built_index)


def test_an_unknown_roadmap_is_refused(built_index: LocalIndex) -> None:
    with pytest.raises(UnknownNameError, match="unknown roadmap"):
        plan(PlanRequest(roadmap="nobody"), built_index)


def test_a_circle_of_prerequisites_is_opened_where_it_contradicts_the_positions_most() -> None:
    def link(before: int, after: int) -> Link:
        return Link(before, after, "t", Prerequisite(topic="t", roadmap="r", section="s"))

    groups = [Group(name, (), (), position) for name, position in (("a", 0.0), ("b", 0.5), ("c", 1.0))]
    order, dropped = in_order(groups, [link(0, 1), link(1, 2), link(2, 0)])
    assert order == [0, 1, 2]
    assert [(k.before, k.after) for k in dropped] == [(2, 0)]
    assert in_order(groups, [link(2, 0)]) == ([1, 2, 0], [])


def test_the_calendar_reads_back_as_one_all_day_event_per_dated_stage(built_index: LocalIndex) -> None:
    made = plan(PlanRequest(start=START), built_index)
    content = to_ics(made)
    events = Calendar.from_ical(content).walk("VEVENT")
    assert len(events) == 5
    first = events[0]
    assert first["DTSTART"].dt == START
    assert (first["DTEND"].dt - START).days == 70
    assert first["DTSTART"].params["VALUE"] == "DATE"
    assert len({e["UID"] for e in events}) == 5
    assert all(a["DTEND"].dt == b["DTSTART"].dt for a, b in pairwise(events))
    assert content == to_ics(made), "the same plan gives the same file"


def test_a_plan_without_dates_has_no_calendar(built_index: LocalIndex) -> None:
    for request in (PlanRequest(), PlanRequest(roadmap="noyan", start=START)):
        with pytest.raises(PlanFormatError, match="its calendar would be empty"):
            to_ics(plan(request, built_index))


def test_the_csv_has_a_row_per_stage_and_the_quotes(built_index: LocalIndex) -> None:
    made = plan(PlanRequest(start=START), built_index)
    rows = list(csv.DictReader(io.StringIO(to_csv(made))))
    assert [r["name"] for r in rows] == names(made)
    timed = next(r for r in rows if r["name"] == "Machine learning")
    assert (timed["minimum weeks"], timed["maximum weeks"], timed["start"]) == ("8", "10", "2027-01-04")
    assert "8-10 weeks" in timed["sources"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "  =1", "＝1"])
def test_no_cell_starts_a_formula(built_index: LocalIndex, cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"
    assert safe_cell("8–10 weeks") == "8–10 weeks"
    made = plan(PlanRequest(roadmap="noyan"), built_index)
    stage = replace(made.stages[0], name=cell)
    rows = list(csv.reader(io.StringIO(to_csv(replace(made, stages=(stage,))), newline="")))
    assert rows[1][1] == f"'{cell}"


def test_json_holds_the_whole_plan(built_index: LocalIndex) -> None:
    made = plan(PlanRequest(start=START), built_index)
    read = json.loads(written(made, PlanFormat.JSON))
    assert read["request"]["start"] == "2027-01-04"
    assert read["total"]["minimum"] == 40
    assert len(read["citations"]) == len(made.citations)


def test_the_command_makes_a_sensible_plan_without_any_option(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADMAP_DATA_DIR", str(data_dir))
    result = CliRunner().invoke(app, ["plan"])
    assert result.exit_code == 0
    assert "# Study plan merged from 5 roadmaps" in result.output
    assert "40–52 weeks" in result.output


def test_the_command_writes_files_and_names_what_is_wrong(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROADMAP_DATA_DIR", str(data_dir))
    runner = CliRunner()
    target = tmp_path / "plan.ics"
    assert runner.invoke(app, ["plan", "--ics", "--start", "2027-01-04", "--output", str(target)]).exit_code == 0
    assert len(Calendar.from_ical(target.read_bytes()).walk("VEVENT")) == 5
    options = ["plan", "--background", "software engineer", "--know", "maths", "--roadmap", "thorneloe", "--json"]
    made = json.loads(runner.invoke(app, options).output)
    assert [s["name"] for s in made["stages"] if s["status"] == "already known"] == ["Linear algebra", "Probability"]
    for options, says in (
        (["--csv", "--ics"], "more than one format"),
        (["--hours", "0"], "give 1 to 80"),
        (["--know", "machin learning"], "did you mean Machine learning"),
        (["--output", str(tmp_path / "none" / "plan.md")], "No such file or directory"),
    ):
        failed = runner.invoke(app, ["plan", *options])
        assert failed.exit_code == 1
        assert says in str(failed.exception)
