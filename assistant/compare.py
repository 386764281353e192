"""Lay the roadmaps side by side on one topic, from what the library states as data, each datum quoted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from assistant.citations import Citations, Quote
from assistant.durations import duration_text
from assistant.proofs import proofs_of
from assistant.records import Citation
from assistant.topics import broader, find_roadmap, narrower, recommendations
from ingest.corpus_models import Roadmap, Stage, Stance, Topic, Verdict
from ingest.index import Index

SILENT = "silent"
RELATED = 3  # stances on narrower topics that are shown of a roadmap without its own on the topic
LIST_NAME = re.compile(r"(Action plan|Module|Step|Part|Week)\b")


@dataclass(frozen=True, slots=True)
class Holding:
    """What a roadmap holds: `verdict` and `note` on the topic named `on`; `is_direct` when it is the one asked."""

    verdict: str
    note: str
    on: str
    is_direct: bool
    citation: int


@dataclass(frozen=True, slots=True)
class Place:
    """Stage `number` of `count` in a roadmap's list; `duration` is None when the roadmap gives none."""

    stage: str
    number: int
    count: int
    necessity: str
    duration: str | None
    on: str
    citation: int
    duration_citation: int | None


@dataclass(frozen=True, slots=True)
class Recommended:
    """A resource that a roadmap recommends for the topic."""

    resource_id: str
    title: str
    url: str
    purpose: str
    citation: int


@dataclass(frozen=True, slots=True)
class View:
    """One roadmap's part: `verdict` is its own on the topic, or `silent`; `holdings` prove it or tell what is near."""

    roadmap: str
    title: str
    author: str
    verdict: str
    holdings: tuple[Holding, ...]
    places: tuple[Place, ...]
    resources: tuple[Recommended, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many roadmaps hold one verdict of their own, and which."""

    verdict: str
    count: int
    roadmaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All roadmaps on one topic; the numbers of the parts are those of `citations`."""

    topic: str
    name: str
    views: tuple[View, ...]
    tallies: tuple[Tally, ...]
    agreement: str
    citations: tuple[Citation, ...]


def compare(topic_id: str, index: Index, roadmaps: Sequence[str] | None = None) -> Comparison:
    """Return what each roadmap (of those named, else all) holds of a topic.

    A datum without a sentence that proves it is left out. Raises KeyError for an unknown topic id and
    UnknownNameError for an unknown roadmap.
    """
    structure = index.structure
    topic = structure.topics[topic_id]
    ids = [find_roadmap(r, structure) for r in roadmaps] if roadmaps else list(structure.roadmaps)
    writer = _Writer(index, topic)
    views = tuple(writer.view(structure.roadmaps[i]) for i in dict.fromkeys(ids))
    tallies = _tallies(views)
    return Comparison(
        topic.id, topic.name, views, tallies, _agreement(topic, tallies, len(views)), writer.citations.proved()
    )


def place_in_list(roadmap: Roadmap, stage: Stage) -> tuple[int, int]:
    """Return a stage's number and the length of its list: modules, say, apart from a plan by weeks."""
    same = [s for s in roadmap.stages if list_name(s) == list_name(stage)]
    return same.index(stage) + 1, len(same)


def list_name(stage: Stage) -> str:
    """The word by which the stages of one list are called, such as `Module`; empty when there is none."""
    match = LIST_NAME.match(stage.name)
    return match.group(1) if match else ""


class _Writer:
    """Collects the views on one topic and the citations that prove them."""

    def __init__(self, index: Index, topic: Topic) -> None:
        self.citations = Citations(index)
        self._proofs = proofs_of(index)
        self._structure = index.structure
        self._topic = topic
        self._below = narrower(topic.id, index.structure.topics)
        self._above = broader(topic.id, index.structure.topics)[: len(topic.parents)]

    def view(self, roadmap: Roadmap) -> View:
        holdings = self._holdings(roadmap)
        verdict = holdings[0].verdict if holdings and holdings[0].is_direct else SILENT
        places, resources = self._places(roadmap), self._resources(roadmap)
        return View(roadmap.id, roadmap.title, roadmap.author, verdict, holdings, places, resources)

    def _holdings(self, roadmap: Roadmap) -> tuple[Holding, ...]:
        stances = {s.topic: s for s in roadmap.stances}
        direct = self._holding(roadmap, stances.get(self._topic.id))
        if direct:
            return (direct,)
        for near in (self._below, self._above):
            found = (h for t in near if (h := self._holding(roadmap, stances.get(t))))
            if first := tuple(islice(found, RELATED)):  # no more are cited than are shown
                return first
        return ()

    def _holding(self, roadmap: Roadmap, stance: Stance | None) -> Holding | None:
        number = self._cite(self._proofs.stance(roadmap.id, stance)) if stance else None
        if stance is None or number is None:
            return None
        name = self._structure.topics[stance.topic].name
        return Holding(stance.verdict.value, stance.note, name, stance.topic == self._topic.id, number)

    def _places(self, roadmap: Roadmap) -> tuple[Place, ...]:
        exact = [(self._topic.id, s) for s in roadmap.stages if self._topic.id in s.topics]
        below = ((t, s) for t in self._below for s in roadmap.stages if t in s.topics)
        places = (self._place(roadmap, stage, on) for on, stage in exact or list(below)[:1])
        return tuple(p for p in places if p)

    def _place(self, roadmap: Roadmap, stage: Stage, on: str) -> Place | None:
        citation = self._cite(self._proofs.order(roadmap.id, stage))
        if citation is None:
            return None
        proof = self._cite(self._proofs.stage_duration(roadmap.id, stage))
        duration = duration_text(stage.duration) if stage.duration and proof else None
        number, count = place_in_list(roadmap, stage)
        name = self._structure.topics[on].name
        return Place(stage.name, number, count, stage.necessity.value, duration, name, citation, proof)

    def _resources(self, roadmap: Roadmap) -> tuple[Recommended, ...]:
        found = []
        for resource in self._structure.resources.values():
            if self._topic.id not in resource.topics:
                continue
            for recommendation in recommendations(resource, self._structure):
                if recommendation.roadmap != roadmap.id:
                    continue
                number = self._cite(self._proofs.recommendation(resource, recommendation))
                if number:
                    about = (resource.id, resource.title, resource.url, recommendation.purpose, number)
                    found.append((resource.topics.index(self._topic.id), Recommended(*about)))
                    break
        return tuple(r for _, r in sorted(found, key=lambda pair: pair[0]))

    def _cite(self, quote: Quote | None) -> int | None:
        return self.citations.cite(quote).number if quote else None


def _tallies(views: Sequence[View]) -> tuple[Tally, ...]:
    by_verdict: dict[str, list[str]] = {}
    for view in views:
        by_verdict.setdefault(view.verdict, []).append(view.roadmap)
    silent = by_verdict.pop(SILENT, [])
    tallies = [Tally(v, len(r), tuple(r)) for v, r in sorted(by_verdict.items(), key=lambda item: -len(item[1]))]
    return (*tallies, Tally(SILENT, len(silent), tuple(silent))) if silent else tuple(tallies)


# A verdict as the end of a sentence about one roadmap and about several, with what it is about.
_SAYINGS = {
    Verdict.RECOMMENDS: ("recommends {}", "recommend {}"),
    Verdict.OPTIONAL: ("finds {} optional", "find {} optional"),
    Verdict.ADVISES_AGAINST: ("advises against {}", "advise against {}"),
    Verdict.DEFERS: ("leaves {} for later", "leave {} for later"),
    Verdict.OVERKILL: ("finds {} overkill", "find {} overkill"),
    SILENT: ("is silent on {}", "are silent on {}"),
}


def saying(verdict: str, count: int, name: str = "it") -> str:
    """A verdict on `name` as the end of a sentence about `count` roadmaps."""
    return _SAYINGS[verdict][0 if count == 1 else 1].format(name)


def _agreement(topic: Topic, tallies: Sequence[Tally], size: int) -> str:
    parts = [f"{t.count} {saying(t.verdict, t.count)}" for t in tallies]
    spoken = [t for t in tallies if t.verdict != SILENT]
    if not spoken:
        verdict = "none speaks of it itself"
    elif len(spoken) == 1:
        verdict = "all that speak of it agree" if spoken[0].count > 1 else "only one speaks of it"
    else:
        verdict = "those that speak of it differ"
    return f"{topic.name}: of {size} roadmaps, {', '.join(parts)}; {verdict}."
