"""Say in words and dates what cited times mean for a plan: pace, sums, and whether a target can be kept."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from assistant.durations import duration_text, number_text, sum_text, total
from assistant.plan_records import Cited, OwnEstimate, PlanRequest, PlanStage, Weeks
from ingest.corpus_models import Duration, Estimate, Profile

FULL_TIME_HOURS = 40  # our reading of "full-time", said wherever it is used
FULL_TIME = re.compile(r"\bfull[- ]time\b", re.IGNORECASE)
HOURS_A_WEEK = re.compile(r"\b\d+(?:\s*[-–]\s*\d+)?\s+hours?\s+(?:a|per|each|every)\s+week\b", re.IGNORECASE)
AFTER_WORK = re.compile(r"\bafter work\b", re.IGNORECASE)


def pace_of(sentence: str, estimate: Estimate, hours: int) -> str:
    """How a source's time relates to hours a week: scaled only where the source states its pace."""
    said = f"{sentence} {estimate.conditions or ''}"
    if FULL_TIME.search(said):
        factor = FULL_TIME_HOURS / hours
        duration = estimate.duration
        scaled = Duration(minimum=duration.minimum * factor, maximum=duration.maximum * factor, unit=duration.unit)
        return (
            f"It means full-time study: with full time taken as {FULL_TIME_HOURS} hours a week, which the source does "
            f"not say, {hours} hours a week make {duration_text(scaled)}."
        )
    stated = HOURS_A_WEEK.search(said)
    if stated:
        return f"It counts {stated.group()}."
    if AFTER_WORK.search(said):
        return "It means study after work, without a number of hours, so it is not scaled."
    return "It does not state hours a week, so it is not scaled."


def dated(stages: Sequence[PlanStage], start: date | None) -> list[PlanStage]:
    """Give dates, one stage after another, to the stages that have cited weeks."""
    if start is None:
        return list(stages)
    with_dates = []
    day = start
    for stage in stages:
        if stage.weeks is None:
            with_dates.append(stage)
            continue
        after = day + timedelta(days=math.ceil(stage.weeks.maximum * 7))
        with_dates.append(replace(stage, start=day, end=after - timedelta(days=1)))
        day = after
    return with_dates


def sum_of_weeks(weeks: Sequence[Weeks]) -> Weeks | None:
    """Return the sum of cited ranges with its terms; None for none."""
    if not weeks:
        return None
    spans = [Duration(minimum=w.minimum, maximum=w.maximum, unit="weeks") for w in weeks]
    whole = total(spans)
    return Weeks(
        whole.minimum, whole.maximum, sum_text(spans), tuple(dict.fromkeys(n for w in weeks for n in w.citations))
    )


def judged(request: PlanRequest, weeks: Weeks | None, untimed: int, estimates: Sequence[OwnEstimate]) -> Cited | None:
    """Say whether the target date can be kept, as far as cited times tell."""
    if request.target is None:
        return None
    if request.start is None:
        return Cited("Whether the target date can be kept cannot be judged without a start date.")
    available = (request.target - request.start).days / 7
    until = f"The target date {request.target} is {number_text(available)} weeks after the start"
    if weeks and available < weeks.minimum:
        least = f"the cited stages alone take at least {number_text(weeks.minimum)} weeks"
        return Cited(f"{until}, which is too early: {least}.", weeks.citations)
    shortest = min(estimates, key=lambda e: e.minimum_weeks, default=None)
    if shortest and available < shortest.minimum_weeks:
        text = (
            f"{until}, earlier than the shortest estimate for your background, {shortest.text} by {shortest.roadmap}."
        )
        return Cited(text, (shortest.citation,))
    if untimed or weeks is None:
        fits = f" The cited times, {span_text(weeks)}, would fit." if weeks else ""
        text = (
            f"{until}. Whether it can be kept cannot be judged: {count_text(untimed, 'stage')} of no cited time.{fits}"
        )
        return Cited(text, weeks.citations if weeks else ())
    if available < weeks.maximum:
        return Cited(f"{until}, within the cited range of {span_text(weeks)}: possible, not sure.", weeks.citations)
    return Cited(f"{until}, later than the longest cited time, {span_text(weeks)}.", weeks.citations)


def span_text(weeks: Weeks) -> str:
    """Return a cited range as figures and unit: `40–52 weeks`."""
    return duration_text(Duration(minimum=weeks.minimum, maximum=weeks.maximum, unit="weeks"))


def count_text(number: int, noun: str) -> str:
    """Return `1 stage` or `2 stages`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def described(profile: Profile) -> str:
    """Return a background as a person."""
    return {
        Profile.BEGINNER: "a beginner",
        Profile.MATHEMATICS: "someone with a mathematics background",
        Profile.SOFTWARE_ENGINEER: "a software engineer",
        Profile.DATA_SCIENTIST: "a data scientist",
        Profile.OTHER: "another background",
    }[profile]
