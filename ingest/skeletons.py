"""Begin a new page of the corpus: front matter with guidance in comments, and a body to fill in."""

from datetime import date
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ingest.corpus_models import Format, Slug, Verdict
from ingest.errors import RoadmapError
from ingest.front_matter import BLANK

RESOURCE = """---
# yaml-language-server: $schema=../schema/resource.json
id: {page_id}
# The resource's own name, the same as the heading of the body.
title: {blank}
# The address that a roadmap gives, or the official one where none does.
url: {blank}
# Who publishes it.
provider: {blank}
# One of: {formats}.
format: {blank}
# Remove the hash from a line below only where a roadmap or a reference says so.
# authors: [First Author, Second Author]
# level: beginner  (or intermediate, advanced, any)
# cost: Free
# length: 12 weeks
# What people type for it, and what a roadmap calls it. An alias leads to one page only.
aliases: []
# Ids of topics.yaml, the most telling first; prerequisites are what to know before.
topics: [{blank}]
prerequisites: []
# Every roadmap section that lists it. The section's text must name it.
recommended_by:
  - roadmap: {blank}
    section: {blank}
    purpose: {blank}
    # url: https://example.org/  (only where this roadmap's address differs from the one above)
# What became of the address: moved or dead, with a note, and the new address where there is one.
# status: {{state: moved, note: Why and since when., url: "https://example.org/"}}
# Where you learned each statement that no roadmap makes.
# references:
#   - url: https://example.org/
#     what: what that page shows
# What learners would type when this page is the answer: at least three, better five to eight.
questions:
  - "{blank}"
  - "{blank}"
  - "{blank}"
---
# {blank}

<!-- 80 to 200 words in paragraphs, with no further heading. Open with the name as a link to the address.
Say what it is, what it covers, for whom, what to know before, who recommends it for what, and when
a neighbor suits better. Each sentence stands alone: it names its subject and who says it. -->

{blank}
"""

ROADMAP = """---
# yaml-language-server: $schema=../schema/roadmap.json
id: {page_id}
# The roadmap's own title, the same as the heading of the body.
title: {blank}
author: {blank}
url: {blank}
# The day on which you read it.
retrieved: {today}
# What its author allows. Only facts carry over; every sentence below is your own.
licence: {blank}
# The readers it is written for, as it says itself.
audience: {blank}
# Its steps in order. A section is a heading of the body: lower-case words joined by hyphens.
stages:
  - name: {blank}
    section: first-step
    # Ids of topics.yaml.
    topics: [{blank}]
    # required or optional only where it says so
    necessity: unstated
    # duration: {{minimum: 8, maximum: 10, unit: weeks}}  (equal ends where it gives one figure)
    # Ids of resource pages; each must name this roadmap in its recommended_by.
    resources: []
# How long the whole takes one kind of reader. Profiles: beginner, mathematics, software engineer,
# data scientist, other.
# estimates:
#   - audience: Complete beginners
#     profile: beginner
#     duration: {{minimum: 12, maximum: 18, unit: months}}
#     conditions: part-time
#     section: first-step
# What it holds of a topic, once per topic. Verdicts: {verdicts}.
stances:
  - topic: {blank}
    verdict: {blank}
    section: first-step
    note: {blank}
# Any other figure of time.
# times:
#   - what: length of the first lecture
#     duration: {{minimum: 2, maximum: 2, unit: hours}}
#     section: first-step
# Its own pages, pictures and communities.
# links:
#   - href: https://example.org/
#     what: its community
#     section: overview
# For every section, what learners would type when it is the answer: at least three.
questions:
  overview:
    - "{blank}"
    - "{blank}"
    - "{blank}"
  first-step:
    - "{blank}"
    - "{blank}"
    - "{blank}"
---
# {blank}

<!-- The text under the title is the section "overview". Open with the title as a link to the address. -->

{blank}

## First step

<!-- One heading of this level per section, up to about 180 words each. Keep every figure, name, condition
and reason; write every sentence anew. Each sentence stands alone: it names who says it and about what. -->

{blank}
"""


class PageKind(StrEnum):
    """What a page of the corpus describes."""

    RESOURCE = "resource"
    ROADMAP = "roadmap"


def page_text(kind: PageKind, page_id: str, today: date) -> str:
    """Return a page that says `FILL IN` wherever its author has to write."""
    template = RESOURCE if kind is PageKind.RESOURCE else ROADMAP
    return template.format(
        page_id=page_id, today=today, blank=BLANK, formats=", ".join(Format), verdicts=", ".join(Verdict)
    )


def write_page(corpus: Path, kind: PageKind, page_id: str, today: date) -> Path:
    """Write the skeleton of a new page into `corpus` and return its path.

    Raises RoadmapError for an id that is malformed or taken, and when the file cannot be written.
    """
    try:
        TypeAdapter[str](Slug).validate_python(page_id)
    except ValidationError as error:
        raise RoadmapError(
            f"{page_id!r} is no id: use lower-case words joined by hyphens, at most 60 characters, such as my-course"
        ) from error
    for other in PageKind:
        if (corpus / f"{other}s" / f"{page_id}.md").exists():
            raise RoadmapError(f"{other}s/{page_id}.md exists already: edit that page, or choose another id")
    path = corpus / f"{kind}s" / f"{page_id}.md"
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(page_text(kind, page_id, today))
    except OSError as error:
        raise RoadmapError(
            f"cannot write {path} ({error.strerror}): give a corpus with --corpus that you may write to"
        ) from error
    return path
