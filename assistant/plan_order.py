"""Group the stages of the roadmaps and put them in an order that keeps the stated prerequisites."""

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from assistant.compare import list_name, place_in_list
from assistant.topics import broader
from assistant.vocabulary import words_of
from ingest.corpus_models import Prerequisite, Roadmap, Stage, Structure

SIDE_LIST_LEAD = 0.01  # less than the distance of two stages
MERGED_SHARE = 0.5  # of a topic's stages that must list a narrower one for both to be one group; untuned


@dataclass(frozen=True, slots=True)
class Member:
    """A stage of one roadmap inside a group."""

    roadmap: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class Group:
    """Stages that are studied together; `topics` are its subjects, the one that names it first.

    `position`, 0 (first) to 1 (last), is where the roadmaps place the stages on average.
    """

    name: str
    topics: tuple[str, ...]
    members: tuple[Member, ...]
    position: float


@dataclass(frozen=True, slots=True)
class Link:
    """Group `before` comes before group `after`, since `prerequisite` is one of `topic`."""

    before: int
    after: int
    topic: str
    prerequisite: Prerequisite


def groups_of(roadmap: Roadmap, structure: Structure) -> list[Group]:
    """Each stage of one roadmap as a group, in the roadmap's own order."""
    main = list_name(roadmap.stages[0])
    groups = []
    for stage in roadmap.stages:
        member = Member(roadmap.id, stage)
        # A list beside the main one runs in parallel with it, and opens first.
        position = _position((member,), structure) - (SIDE_LIST_LEAD if list_name(stage) != main else 0)
        groups.append(Group(stage.name, subjects(stage, structure), (member,), position))
    return groups


def merged_groups(structure: Structure) -> list[Group]:
    """The stages of all roadmaps, grouped by their first topic; a narrower topic joins a broader one that lists it."""
    members: dict[str, list[Member]] = {}
    for roadmap in structure.roadmaps.values():
        for stage in roadmap.stages:
            if stage.topics:
                members.setdefault(stage.topics[0], []).append(Member(roadmap.id, stage))
    heads: dict[str, list[str]] = {}
    for topic_id in members:
        heads.setdefault(_head(topic_id, members, structure), []).append(topic_id)
    groups = []
    for head, topics in heads.items():
        ordered = sorted(topics, key=lambda t: t != head)
        own = [m for t in ordered for m in members[t]]
        groups.append(Group(_name(ordered, own, structure), tuple(ordered), tuple(own), _position(own, structure)))
    return groups


def subjects(stage: Stage, structure: Structure) -> tuple[str, ...]:
    """The topics of a stage that its name speaks of; its first topic when there is none."""
    words = words_of(stage.name)
    named = (t for t in stage.topics if any(_holds(words, words_of(n)) for n in structure.topics[t].names))
    return tuple(named) or stage.topics[:1]


def links_between(groups: Sequence[Group], structure: Structure, said_by: str | None) -> list[Link]:
    """The prerequisites among groups that the roadmaps (or one alone, `said_by`) state."""
    links: dict[tuple[int, int, str, str], Link] = {}
    for after, group in enumerate(groups):
        for topic_id in group.topics:
            for prerequisite in structure.topics[topic_id].prerequisites:
                before = _provider(prerequisite.topic, groups, structure)
                if before in (None, after) or said_by not in (None, prerequisite.roadmap):
                    continue
                key = (before, after, prerequisite.topic, prerequisite.roadmap)
                links.setdefault(key, Link(before, after, topic_id, prerequisite))
    return list(links.values())


def in_order(groups: Sequence[Group], links: Sequence[Link]) -> tuple[list[int], list[Link]]:
    """Return the places of the groups in an order that keeps the links, and the links that contradict others.

    Ties go by position. Of links that form a circle, the one most against the positions is given up.
    """
    kept, dropped = list(links), list[Link]()
    while True:
        sorter: TopologicalSorter[int] = TopologicalSorter({n: set() for n in range(len(groups))})
        for link in kept:
            sorter.add(link.after, link.before)
        try:
            sorter.prepare()
        except CycleError as error:
            circle = error.args[1]
            worst = max(
                itertools.pairwise(circle),
                key=lambda pair: groups[pair[0]].position - groups[pair[1]].position,
            )
            dropped += [link for link in kept if (link.before, link.after) == worst]
            kept = [link for link in kept if (link.before, link.after) != worst]
            continue
        return _drained(sorter, groups), dropped


def _drained(sorter: TopologicalSorter[int], groups: Sequence[Group]) -> list[int]:
    order: list[int] = []
    ready: list[tuple[float, int]] = []
    while sorter.is_active():
        for place in sorter.get_ready():
            heapq.heappush(ready, (groups[place].position, place))
        _, first = heapq.heappop(ready)
        order.append(first)
        sorter.done(first)
    return order


def _provider(topic_id: str, groups: Sequence[Group], structure: Structure) -> int | None:
    """The group that teaches a topic: as its subject, else among its stages' topics, else a broader subject."""
    by_position = sorted(range(len(groups)), key=lambda n: groups[n].position)
    for n in by_position:
        if topic_id in groups[n].topics:
            return n
    for n in by_position:
        if any(topic_id in m.stage.topics for m in groups[n].members):
            return n
    for parent in broader(topic_id, structure.topics):
        for n in by_position:
            if parent in groups[n].topics:
                return n
    return None


def _head(topic_id: str, members: dict[str, list[Member]], structure: Structure) -> str:
    for parent in structure.topics[topic_id].parents:
        if parent not in members:
            continue
        lists_child = [topic_id in m.stage.topics for m in members[parent]]
        lists_parent = [parent in m.stage.topics for m in members[topic_id]]
        if any(sum(found) >= MERGED_SHARE * len(found) for found in (lists_child, lists_parent)):
            return _head(parent, members, structure)
    return topic_id


def _position(members: Sequence[Member], structure: Structure) -> float:
    places = [place_in_list(structure.roadmaps[m.roadmap], m.stage) for m in members]
    return sum((number - 1) / max(1, count - 1) for number, count in places) / len(places)


def _name(topics: Sequence[str], members: Sequence[Member], structure: Structure) -> str:
    """The topics' names; where one roadmap alone has such a stage, its own words for it."""
    if len(members) > 1:
        *names, last = (structure.topics[t].name for t in topics)
        return f"{', '.join(names)} and {last}" if names else last
    stage = members[0].stage
    name = stage.name.split(": ", 1)[-1] if list_name(stage) else stage.name
    return name[:1].upper() + name[1:]


def _holds(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    return bool(name) and any(words[n : n + len(name)] == name for n in range(len(words)))
