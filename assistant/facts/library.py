"""What a request's slots stand for in the library, within the scope, and what proves it."""

from collections.abc import Sequence

from assistant.citations import Quote
from assistant.facts.records import Facts
from assistant.proofs import proofs_of
from assistant.records import Citation
from assistant.topics import broader, recommendations
from assistant.understanding.request import Request
from ingest.corpus_models import Resource, Roadmap, Stage
from ingest.lexical import terms
from ingest.records import Kind
from ingest.text import plain

MAX_UNREAD = 2  # content words that no slot took; with more, something else is asked; untuned
# Topics that name the field, or the asking itself: what is asked about is something inside them.
GENERAL = frozenset(
    """learning-path prerequisites time-commitment career role-definition machine-learning-engineering learning-strategy
    job-titles communities self-study artificial-intelligence""".split()
)
FIELDS = frozenset({"machine-learning", "data-science"})  # what a topic is needed for, where another one is named


def is_read(request: Request, most_unread: int = MAX_UNREAD) -> bool:
    """Whether hardly a word of the question was left unread."""
    return len(request.unread) <= most_unread


def roadmaps_asked(request: Request, facts: Facts) -> list[Roadmap]:
    """The roadmaps that are named, else all; less those left out, and within the scope."""
    scope, structure = facts.scope, facts.index.structure
    if scope.kinds is not None and Kind.ROADMAP.value not in scope.kinds:
        return []
    asked = request.named.roadmaps or tuple(structure.roadmaps)
    return [
        roadmap
        for roadmap in structure.roadmaps.values()
        if roadmap.id in asked
        and roadmap.id not in request.excluded.roadmaps
        and (scope.sources is None or roadmap.id in scope.sources)
    ]


def subjects(request: Request, facts: Facts, without: frozenset[str] = frozenset()) -> list[str]:
    """The topics asked about: no general ones, none `without` beside others, none that another one is part of."""
    topics = [t for t in dict.fromkeys(request.named.topics) if t not in GENERAL]
    topics = [t for t in topics if t not in without] or topics
    above = {b for t in topics for b in broader(t, facts.index.structure.topics)}
    return [t for t in topics if t not in above]


def stages_of(things: Sequence[tuple[str, int]], roadmap: Roadmap) -> list[Stage]:
    """The stages of one roadmap among `things`, in the roadmap's order, each once."""
    places = sorted({place for name, place in things if name == roadmap.id and 0 <= place < len(roadmap.stages)})
    return [roadmap.stages[place] for place in places]


def resources_named(request: Request, facts: Facts) -> list[Resource]:
    """The resources that are named, in the question's order."""
    return [facts.index.structure.resources[r] for r in dict.fromkeys(request.named.resources)]


def within(quote: Quote | None, facts: Facts) -> Quote | None:
    """`quote` where the scope admits it, else None."""
    return quote if quote is not None and facts.scope.admits(quote.passage) else None


def recommendation(resource: Resource, roadmap: Roadmap, facts: Facts) -> Quote | None:
    """The sentence in which a roadmap points to a resource, None when it does not or out of the scope."""
    for one in recommendations(resource, facts.index.structure):
        if one.roadmap == roadmap.id:
            return within(proofs_of(facts.index).recommendation(resource, one), facts)
    return None


def quote_of(citation: Citation, facts: Facts) -> Quote:
    """The span that a citation of this index stands for."""
    return Quote(facts.index.passages[citation.passage_id], citation.start, citation.end)


def names_it(quote: Quote, name: str, facts: Facts) -> bool:
    """Whether the quoted sentence has every content word of `name`, and `name` has any."""
    words = set(terms(name))
    return bool(words) and words <= set(terms(plain(text_of(quote, facts))))


def text_of(quote: Quote, facts: Facts) -> str:
    """What a quote says."""
    return facts.index.sources[quote.passage.source_id].text[quote.start : quote.end]
