import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.citations import Quote, is_exact
from assistant.cli import app
from assistant.compare import Comparison, compare, place_in_list
from assistant.proofs import proofs_of
from assistant.topics import UnknownNameError, find_topic, narrower
from ingest.corpus_models import Duration
from ingest.figures import states
from ingest.index import LocalIndex

FOUNDERS = {"careerten", "mrcloudchase", "mynter", "noyan", "thorneloe"}
# Where the section that the data names has no sentence on it: to be mended in the corpus.
NO_SENTENCE_FOUND = {"mathematical-proofs before research-papers: mrcloudchase#months-2-and-3"}


def quoted(index: LocalIndex, quote: Quote) -> str:
    return index.sources[quote.passage.source_id].text[quote.start : quote.end]


def numbers_of(comparison: Comparison) -> list[int]:
    found = []
    for view in comparison.views:
        found += [h.citation for h in view.holdings]
        found += [n for p in view.places for n in (p.citation, p.duration_citation) if n]
        found += [r.citation for r in view.resources]
    return found


def test_every_stance_stage_time_and_recommendation_has_a_sentence_that_proves_it(built_index: LocalIndex) -> None:
    proofs, missing = proofs_of(built_index), set()
    for roadmap in built_index.structure.roadmaps.values():
        missing |= {f"{roadmap.id} on {s.topic}" for s in roadmap.stances if not proofs.stance(roadmap.id, s)}
        missing |= {f"{roadmap.id}: {s.name}" for s in roadmap.stages if not proofs.stage(roadmap.id, s)}
        missing |= {f"{roadmap.id}: order of {s.name}" for s in roadmap.stages if not proofs.order(roadmap.id, s)}
        timed = [s for s in roadmap.stages if s.duration]
        missing |= {f"{roadmap.id}: time of {s.name}" for s in timed if not proofs.stage_duration(roadmap.id, s)}
        missing |= {f"{roadmap.id}: {e.audience}" for e in roadmap.estimates if not proofs.estimate(roadmap.id, e)}
        missing |= {f"{roadmap.id}: {t.what}" for t in roadmap.times if not proofs.time(roadmap.id, t)}
    for resource in built_index.structure.resources.values():
        for said in resource.recommended_by:
            missing |= set() if proofs.recommendation(resource, said) else {f"{said.roadmap}: {resource.id}"}
    assert not missing, f"no sentence found: {sorted(missing)}"


def test_every_prerequisite_has_a_sentence_that_proves_it(built_index: LocalIndex) -> None:
    missing = {
        f"{p.topic} before {topic.id}: {p.roadmap}#{p.section}"
        for topic in built_index.structure.topics.values()
        for p in topic.prerequisites
        if not proofs_of(built_index).prerequisite(topic, p)
    }
    assert missing <= NO_SENTENCE_FOUND, f"no sentence found: {sorted(missing - NO_SENTENCE_FOUND)}"


def test_the_quote_of_a_time_gives_its_figures(built_index: LocalIndex) -> None:
    proofs = proofs_of(built_index)
    for roadmap in built_index.structure.roadmaps.values():
        for stage in roadmap.stages:
            quote = proofs.stage_duration(roadmap.id, stage)
            if stage.duration:
                assert quote is not None
                assert f"{stage.duration.minimum:g}-{stage.duration.maximum:g} {stage.duration.unit}" in quoted(
                    built_index, quote
                )


def test_the_length_of_every_resource_is_proved_by_a_sentence_of_its_page(built_index: LocalIndex) -> None:
    proofs = proofs_of(built_index)
    timed = [r for r in built_index.structure.resources.values() if r.duration]
    assert timed
    for resource in timed:
        quote = proofs.resource_duration(resource)
        assert quote is not None, resource.id
        assert quote.passage.source_id == resource.id
        assert resource.duration is not None
        assert states(quoted(built_index, quote), resource.duration)
    assert not any(proofs.resource_duration(r) for r in built_index.structure.resources.values() if not r.duration)


@pytest.mark.parametrize(
    ("text", "figures", "is_stated"),
    [
        ("takes 8-10 weeks", (8, 10, "weeks"), True),
        ("around six months after work", (6, 6, "months"), True),
        ("a couple of months", (2, 2, "months"), True),
        ("worth a month of work", (1, 1, "months"), True),
        ("takes 18-10 weeks", (8, 10, "weeks"), False),
        ("takes 8-10 months", (8, 10, "weeks"), False),
        ("a 34-page paper", (34, 34, "weeks"), False),
    ],
)
def test_a_sentence_states_a_time_only_with_figure_and_unit(
    text: str, figures: tuple[int, int, str], is_stated: bool
) -> None:
    minimum, maximum, unit = figures
    duration = Duration.model_validate({"minimum": minimum, "maximum": maximum, "unit": unit})
    assert states(text, duration) is is_stated


def test_every_topic_can_be_compared_and_every_quote_is_exact(built_index: LocalIndex) -> None:
    for topic_id in built_index.structure.topics:
        found = compare(topic_id, built_index)
        assert {v.roadmap for v in found.views} == FOUNDERS
        assert all(is_exact(c, built_index) for c in found.citations)
        assert sorted(set(numbers_of(found))) == [c.number for c in found.citations]
        assert sum(t.count for t in found.tallies) == len(FOUNDERS)


def test_verdicts_that_differ_are_counted_apart(built_index: LocalIndex) -> None:
    found = compare("neural-networks", built_index)
    verdicts = {v.roadmap: v.verdict for v in found.views}
    assert verdicts == {
        "careerten": "recommends",
        "mrcloudchase": "recommends",
        "mynter": "defers",
        "noyan": "finds overkill",
        "thorneloe": "silent",
    }
    assert {t.verdict: t.count for t in found.tallies} == {
        "recommends": 2,
        "defers": 1,
        "finds overkill": 1,
        "silent": 1,
    }
    assert "those that speak of it differ" in found.agreement


def test_silence_is_not_disagreement(built_index: LocalIndex) -> None:
    found = compare("cpp", built_index)
    assert [(t.verdict, t.count) for t in found.tallies] == [("recommends", 1), ("silent", 4)]
    assert "only one speaks of it" in found.agreement


def test_what_a_silent_roadmap_holds_of_a_narrower_or_broader_topic_is_marked(built_index: LocalIndex) -> None:
    views = {v.roadmap: v for v in compare("deep-learning", built_index).views}
    assert views["noyan"].verdict == "silent"
    assert {h.on for h in views["noyan"].holdings} == {"TensorFlow", "PyTorch"}
    assert not any(h.is_direct for h in views["noyan"].holdings)
    assert [h.on for h in views["thorneloe"].holdings] == ["Machine learning"]


def test_tells_place_and_time_in_the_roadmaps_own_list(built_index: LocalIndex) -> None:
    view = next(v for v in compare("data-engineering", built_index).views if v.roadmap == "mrcloudchase")
    place = view.places[0]
    assert (place.number, place.count, place.duration) == (2, 5, "6–8 weeks")
    roadmap = built_index.structure.roadmaps["mrcloudchase"]
    assert place_in_list(roadmap, roadmap.stages[5]) == (1, 3), "the action plan is a list of its own"


def test_a_resource_that_its_roadmap_advises_against_is_not_recommended(built_index: LocalIndex) -> None:
    view = next(v for v in compare("matlab", built_index).views if v.roadmap == "noyan")
    assert view.verdict == "advises against"
    assert not view.resources


def test_compares_only_the_roadmaps_asked_for(built_index: LocalIndex) -> None:
    found = compare("python", built_index, ["noyan", "mynter"])
    assert [v.roadmap for v in found.views] == ["noyan", "mynter"]
    with pytest.raises(UnknownNameError, match="unknown roadmap 'nobody': use one of careerten"):
        compare("python", built_index, ["nobody"])


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("DL", "deep-learning"),
        ("maths", "mathematics"),
        ("Neural Nets", "neural-networks"),
        ("wandb", "weights-and-biases"),
    ],
)
def test_a_topic_is_found_by_the_names_people_type(built_index: LocalIndex, name: str, topic: str) -> None:
    assert find_topic(name, built_index.structure).id == topic


@pytest.mark.parametrize("name", ["", "   ", "?!", "\x00", "x" * 5000])
def test_an_unknown_topic_is_refused_in_few_words(built_index: LocalIndex, name: str) -> None:
    with pytest.raises(UnknownNameError, match="unknown topic") as error:
        find_topic(name, built_index.structure)
    assert len(str(error.value)) < 300


def test_an_unknown_topic_is_answered_with_the_nearest_names(built_index: LocalIndex) -> None:
    with pytest.raises(UnknownNameError, match="did you mean Machine learning"):
        find_topic("machin learning", built_index.structure)


def test_narrower_topics_come_nearest_first(built_index: LocalIndex) -> None:
    below = narrower("machine-learning", built_index.structure.topics)
    assert below.index("deep-learning") < below.index("lstm")


def test_the_command_prints_a_table_or_json_and_fails_for_an_unknown_topic(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROADMAP_DATA_DIR", str(data_dir))
    runner = CliRunner()
    table = runner.invoke(app, ["compare", "neural nets"])
    assert table.exit_code == 0
    assert "1 finds it" in table.output
    assert "Merve Noyan" in table.output
    found = json.loads(runner.invoke(app, ["compare", "python", "--json", "--source", "noyan"]).output)
    assert [v["roadmap"] for v in found["views"]] == ["noyan"]
    unknown = runner.invoke(app, ["compare", "machin learning"])
    assert unknown.exit_code == 1
    assert "did you mean Machine learning" in str(unknown.exception)
