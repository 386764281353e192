"""Make a study plan from what the roadmaps state: an order, cited times and resources, and nothing invented."""

from collections.abc import Iterable, Sequence

from assistant.citations import Citations, Quote
from assistant.durations import duration_text, hull, in_unit, sum_text, total
from assistant.plan_order import Group, Link, Member, groups_of, in_order, links_between, merged_groups
from assistant.plan_records import (
    MAX_HOURS,
    MIN_HOURS,
    Cited,
    OwnEstimate,
    Plan,
    PlanRequest,
    PlanResource,
    PlanStage,
    Weeks,
)
from assistant.plan_words import count_text, dated, described, judged, pace_of, span_text, sum_of_weeks
from assistant.proofs import proofs_of
from assistant.topics import find_roadmap, recommendations
from ingest.corpus_models import Duration, Profile, Resource
from ingest.errors import RoadmapError
from ingest.index import Index
from ingest.text import plain

MAY_KNOW: dict[Profile, tuple[str, ...]] = {
    Profile.MATHEMATICS: ("mathematics",),
    Profile.SOFTWARE_ENGINEER: ("programming", "software-engineering", "git"),
    Profile.DATA_SCIENTIST: ("programming", "exploratory-data-analysis", "feature-engineering"),
}


class PlanError(RoadmapError):
    """A plan cannot be made as wished; the message says what to change."""


def plan(request: PlanRequest, index: Index) -> Plan:
    """Return the plan. Raises PlanError for hours or dates out of range, UnknownNameError for an unknown roadmap."""
    _check(request)
    return _Planner(request, index).plan()


def _check(request: PlanRequest) -> None:
    if not MIN_HOURS <= request.hours_per_week <= MAX_HOURS:
        raise PlanError(f"{request.hours_per_week} hours a week: give {MIN_HOURS} to {MAX_HOURS}")
    for name, day in (("start", request.start), ("target", request.target)):
        if day is not None and not 1900 <= day.year <= 9000:
            raise PlanError(f"the {name} date {day} is out of range: give a year from 1900 to 9000")
    if request.start and request.target and request.target <= request.start:
        raise PlanError(f"the target date {request.target} is not after the start {request.start}: give a later one")


class _Planner:
    """Writes one plan and collects its citations."""

    def __init__(self, request: PlanRequest, index: Index) -> None:
        self._request = request
        self._structure = index.structure
        self._proofs = proofs_of(index)
        self._citations = Citations(index)

    def _known(self, group: Group) -> list[str]:
        """The subjects of a group that are known: by name, or by a broader topic that its own stages list."""
        listed = {*group.topics, *(t for m in group.members for t in m.stage.topics)}
        known = set(self._request.known)
        while more := {t for t in listed - known if known & listed & set(self._structure.topics[t].parents)}:
            known |= more
        return [t for t in group.topics if t in known]

    def plan(self) -> Plan:
        groups, order, links, dropped = self._ordered()
        stages = [self._stage(n, groups[place], [k for k in links if k.after == place], groups) for n, place in
                  enumerate(order, start=1)]  # fmt: skip
        stages = dated(stages, self._request.start)
        to_do = [s for s in stages if s.status == "to do"]
        weeks = sum_of_weeks([s.weeks for s in to_do if s.weeks])
        estimates = tuple(self._estimates())
        untimed = sum(s.weeks is None for s in to_do)
        return Plan(
            title=self._title(),
            request=self._request,
            stages=tuple(stages),
            total=weeks,
            untimed=untimed,
            estimates=estimates,
            comparison=tuple(self._comparison(weeks, untimed, estimates)),
            target=judged(self._request, weeks, untimed, estimates),
            notes=tuple(self._notes(stages, dropped, groups)),
            citations=self._citations.proved(),
        )

    def _title(self) -> str:
        if self._request.roadmap is None:
            return f"Study plan merged from {len(self._structure.roadmaps)} roadmaps"
        return f"Study plan after {self._structure.roadmaps[self._request.roadmap].title} ({self._request.roadmap})"

    def _ordered(self) -> tuple[list[Group], list[int], list[Link], list[Link]]:
        chosen = self._request.roadmap
        if chosen is None:
            groups = merged_groups(self._structure)
        else:
            groups = groups_of(self._structure.roadmaps[find_roadmap(chosen, self._structure)], self._structure)
        # What no sentence proves must not move a stage.
        stated = (k for k in links_between(groups, self._structure, chosen) if self._proof(k))
        links = list(stated)
        order, dropped = in_order(groups, links)
        return groups, order, [k for k in links if k not in dropped], dropped

    def _proof(self, link: Link) -> Quote | None:
        return self._proofs.prerequisite(self._structure.topics[link.topic], link.prerequisite)

    def _stage(self, number: int, group: Group, links: Sequence[Link], groups: Sequence[Group]) -> PlanStage:
        names = self._names(group.topics)
        if self._known(group) == list(group.topics):
            return PlanStage(number, group.name, names, "already known", (), (), None, (), ())
        return PlanStage(
            number=number,
            name=group.name,
            topics=names,
            status="to do",
            weeks=self._weeks(group),
            what=tuple(self._what(group)),
            after=tuple(self._after(links, groups)),
            other_times=tuple(self._other_times(group)),
            resources=tuple(self._resources(group)),
            hint=self._hint(group),
        )

    def _names(self, topics: Iterable[str]) -> tuple[str, ...]:
        return tuple(self._structure.topics[t].name for t in topics)

    def _what(self, group: Group) -> Iterable[Cited]:
        seen: set[int] = set()
        for member in group.members:
            quote = self._proofs.stage(member.roadmap, member.stage)
            number = self._cite(quote)
            if quote and number and number not in seen:
                seen.add(number)
                yield Cited(_sentence(quote), (number,))

    def _after(self, links: Sequence[Link], groups: Sequence[Group]) -> Iterable[Cited]:
        """One statement for each earlier stage, with one citation for each roadmap that states it."""
        for before in dict.fromkeys(link.before for link in links):
            numbers: dict[str, int] = {}
            for link in links:
                roadmap = link.prerequisite.roadmap
                if link.before != before or roadmap in numbers:
                    continue
                number = self._cite(self._proof(link))
                if number:
                    numbers[roadmap] = number
            if numbers:
                yield Cited(
                    f"{groups[before].name} (says {', '.join(numbers)})", tuple(dict.fromkeys(numbers.values()))
                )

    def _weeks(self, group: Group) -> Weeks | None:
        by_roadmap: dict[str, list[tuple[Duration, int]]] = {}
        for member in group.members:
            number = self._cite(self._proofs.stage_duration(member.roadmap, member.stage))
            if member.stage.duration and number:
                by_roadmap.setdefault(member.roadmap, []).append((member.stage.duration, number))
        if not by_roadmap:
            return None
        sums = [in_unit(total([d for d, _ in found]), "weeks") for found in by_roadmap.values()]
        texts = [f"{sum_text([d for d, _ in found])} ({roadmap})" for roadmap, found in by_roadmap.items()]
        span = hull(sums)
        numbers = tuple(n for found in by_roadmap.values() for _, n in found)
        return Weeks(span.minimum, span.maximum, "; ".join(texts), numbers)

    def _other_times(self, group: Group) -> Iterable[Cited]:
        for member in group.members:
            for time in self._structure.roadmaps[member.roadmap].times:
                number = self._cite(self._proofs.time(member.roadmap, time)) if _is_of(time.section, member) else None
                if number:
                    yield Cited(f"{member.roadmap}: {time.what}", (number,))

    def _resources(self, group: Group) -> Iterable[PlanResource]:
        sections = {(m.roadmap, m.stage.section) for m in group.members}
        for resource_id in dict.fromkeys(r for m in group.members for r in m.stage.resources):
            resource = self._structure.resources[resource_id]
            by = tuple(self._recommended(resource, sections))
            if by:
                yield PlanResource(resource.id, resource.title, resource.url, by)

    def _recommended(self, resource: Resource, sections: set[tuple[str, str]]) -> Iterable[Cited]:
        """Who recommends a resource, once for each roadmap; what is said in the stages' own sections goes first."""
        said = sorted(recommendations(resource, self._structure), key=lambda r: (r.roadmap, r.section) not in sections)
        seen: set[str] = set()
        for recommendation in said:
            if recommendation.roadmap in seen or self._request.roadmap not in (None, recommendation.roadmap):
                continue
            number = self._cite(self._proofs.recommendation(resource, recommendation))
            if number:
                seen.add(recommendation.roadmap)
                yield Cited(f"{recommendation.roadmap}, for {recommendation.purpose}", (number,))

    def _hint(self, group: Group) -> str | None:
        known = self._known(group)
        if known:
            return f"already known of it: {', '.join(self._names(known))}"
        may_know = MAY_KNOW.get(self._request.background, ())
        likely = [t for t in group.topics if t in may_know]
        if not likely:
            return None
        return f"you may know this as {described(self._request.background)}; name it as known and it is skipped"

    def _estimates(self) -> Iterable[OwnEstimate]:
        """The estimates for the background, those of the preferred roadmap first."""
        roadmaps = sorted(self._structure.roadmaps.values(), key=lambda r: r.id != self._request.roadmap)
        for roadmap in roadmaps:
            for estimate in roadmap.estimates:
                quote = self._proofs.estimate(roadmap.id, estimate)
                number = self._cite(quote) if estimate.profile is self._request.background else None
                if quote and number:
                    weeks = in_unit(estimate.duration, "weeks")
                    text = duration_text(estimate.duration)
                    pace = pace_of(_sentence(quote), estimate, self._request.hours_per_week)
                    ends = (weeks.minimum, weeks.maximum)
                    yield OwnEstimate(roadmap.id, estimate.audience, text, *ends, pace, number)

    def _comparison(self, weeks: Weeks | None, untimed: int, estimates: Sequence[OwnEstimate]) -> Iterable[Cited]:
        if not estimates:
            yield Cited(f"No roadmap gives its own estimate for {described(self._request.background)}.")
        for own in estimates:
            span = Duration(minimum=own.minimum_weeks, maximum=own.maximum_weeks, unit="weeks")
            text = f"{own.roadmap} itself estimates {own.text} ({duration_text(span)}) for: {own.audience}."
            if weeks and not untimed:
                text += f" The stages here take {span_text(weeks)}."
            elif weeks:
                rest = f"{count_text(untimed, 'stage')} without a cited time come on top"
                text += f" The cited times here are {span_text(weeks)}; {rest}."
            yield Cited(f"{text} {own.pace}", (own.citation, *(weeks.citations if weeks else ())))

    def _notes(self, stages: Sequence[PlanStage], dropped: Sequence[Link], groups: Sequence[Group]) -> Iterable[Cited]:
        for link in dropped:
            text = f"{link.prerequisite.roadmap} puts {groups[link.before].name} before {groups[link.after].name}"
            yield Cited(f"{text}; other roadmaps say otherwise.", (self._cite(self._proof(link)) or 0,))
        cited = {n for s in stages if s.weeks for n in s.weeks.citations}
        for roadmap in sorted({c.source_id for c in self._citations.all() if c.number in cited}):
            yield Cited(
                f"{roadmap} does not state hours a week for its stages, so its weeks are shown as they are, "
                f"whatever your {self._request.hours_per_week} hours a week."
            )
        if any(s.start for s in stages):
            yield Cited("Dates count the longest cited time; stages of no cited time have none and come on top.")
        if self._request.start is None and any(s.weeks for s in stages):
            yield Cited("Give a start date to see dates.")

    def _cite(self, quote: Quote | None) -> int | None:
        return self._citations.cite(quote).number if quote else None


def _is_of(section: str, member: Member) -> bool:
    return section == member.stage.section and member.stage.duration is None


def _sentence(quote: Quote) -> str:
    passage = quote.passage
    return plain(passage.text[quote.start - passage.start : quote.end - passage.start])
