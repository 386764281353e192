"""Read a question into a `Request`: what it names, its figures, what it tells of the learner, and what is asked."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from assistant.understanding.frames import Guess, features
from assistant.understanding.lexicon import Cue, Lexicon, lexicon
from assistant.understanding.naming import Namer, Naming
from assistant.understanding.phrases import Token, tokens_of
from assistant.understanding.quantities import UNITS, Read, quantities_in
from assistant.understanding.request import (
    Direction,
    Frame,
    Learner,
    Measure,
    Operation,
    Quantity,
    Request,
    Role,
    Things,
)
from ingest.corpus_models import Profile, Unit
from ingest.lexical import STOPWORDS

# What ends the reach of `except …` and `I know …`.
CLAUSE_ENDS = frozenset(",;:.?!()")
CLAUSE_WORDS = frozenset({"but", "so", "then", "what", "how", "which", "when", "should", "do", "can"})
# Where `skip` and `without` leave something out; elsewhere they ask whether that can be done.
EXCLUDING = frozenset({Frame.SUM, Frame.COUNT, Frame.COMPARE, Frame.PLAN, Frame.DURATION})
REACH = 12  # words behind such a cue that it may mean


class Reader:
    """Reads questions with the library's names and the lexicon; how the frame is chosen is handed in."""

    def __init__(self, namer: Namer, words: Lexicon | None = None) -> None:
        self._namer = namer
        self._lexicon = words or lexicon()

    def features(self, text: str) -> list[str]:
        """Return what the choice of a frame knows a question by."""
        tokens = tokens_of(text)
        return features(tokens, self._namer.known(text), self._lexicon.cues(tokens), quantities_in(text, tokens))

    def read(self, text: str, choose: Callable[[Sequence[str]], Guess]) -> Request:
        """Return the request that `text`, a question that stands alone, makes; `choose` gets its features."""
        tokens, known = tokens_of(text), self._namer.known(text)
        figures, cues = quantities_in(text, tokens), self._lexicon.cues(tokens)
        guess = choose(features(tokens, known, cues, figures))
        told = {p for cue in cues if cue.of == "profile" for p in range(cue.first, cue.last + 1)}
        figures = [read for read in figures if not told.issuperset(range(read.first, read.last + 1))]  # `from zero`
        naming = self._namer.find(text, tokens, figures, known).without_topics_in(told)
        asked = _Cues(cues)
        excluded = naming.things(p for cue in asked.of("exclusion") for p in _reach(text, tokens, cue.last))
        if guess.frame not in EXCLUDING:
            excluded = Things(roadmaps=excluded.roadmaps if asked.has("exclusion", "others") else ())
        knows = naming.things(p for cue in asked.of("known") for p in _reach(text, tokens, cue.last))
        return Request(
            frame=guess.frame,
            confidence=guess.confidence,
            named=_less(naming.things(), excluded, knows),
            excluded=excluded,
            operation=_operation(asked),
            quantities=_with_limits(tuple(read.quantity for read in figures), asked),
            learner=_learner(asked, knows),
            direction=_direction(asked, naming),
            ends=tuple(_measures(asked)),
            unit=_asked_unit(tokens),
            is_negated=bool(asked.of("negation")),
            asks_several=bool(asked.of("several") or excluded.roadmaps) or len(naming.things().roadmaps) > 1,
            asks_all=bool(asked.of("whole")),
            asks_order=bool(asked.of("order")),
            asks_necessity=bool(asked.of("necessity")),
            asks_time=bool(asked.of("time")),
            unread=self._unread(tokens, naming, figures, cues),
        )

    def _unread(
        self, tokens: Sequence[Token], naming: Naming, figures: Sequence[Read], cues: Sequence[Cue]
    ) -> tuple[str, ...]:
        """The stems of the content words that nothing took."""
        taken = {p for f in (*naming.topics, *naming.resources, *naming.roadmaps) for p in f.places}
        taken |= {p for f in naming.stages for p in f.places}
        taken |= {p for _, places in naming.lists for p in places}
        taken |= {p for read in figures for p in range(read.first, read.last + 1)}
        taken |= {p for cue in cues for p in range(cue.first, cue.last + 1)}
        left = (t for n, t in enumerate(tokens) if n not in taken)
        return tuple(
            dict.fromkeys(
                t.stem
                for t in left
                if t.word not in STOPWORDS and len(t.word) > 1 and t.stem not in self._lexicon.asking
            )
        )


class _Cues:
    """The cues of one text, by group."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        self._by_group: dict[str, list[Cue]] = {}
        for cue in _apart(cues):
            self._by_group.setdefault(cue.of, []).append(cue)

    def of(self, group: str) -> list[Cue]:
        return self._by_group.get(group, [])

    def has(self, group: str, value: str) -> bool:
        return any(cue.value == value for cue in self.of(group))

    def values(self, group: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cue.value for cue in self.of(group)))


def _apart(cues: Iterable[Cue]) -> list[Cue]:
    """The cues without directions inside another phrase: `one after the other` asks for nothing that comes after."""
    known = list(cues)
    taken = {p for cue in known if cue.of == "operation" for p in range(cue.first, cue.last + 1)}
    return [cue for cue in known if cue.of != "direction" or not taken.issuperset(range(cue.first, cue.last + 1))]


def _reach(text: str, tokens: Sequence[Token], last: int) -> Iterable[int]:
    """The places behind a cue up to the end of its clause."""
    for place in range(last + 1, min(len(tokens), last + 1 + REACH)):
        between = text[tokens[place - 1].end : tokens[place].start]
        if CLAUSE_ENDS & set(between) or tokens[place].word in CLAUSE_WORDS:
            return
        yield place


def _less(things: Things, *gone: Things) -> Things:
    kept = [n for n, t in enumerate(things.topics) if all(t not in g.topics for g in gone)]
    return Things(
        topics=tuple(things.topics[n] for n in kept),
        topic_names=tuple(things.topic_names[n] for n in kept),
        resources=tuple(r for r in things.resources if all(r not in g.resources for g in gone)),
        roadmaps=tuple(r for r in things.roadmaps if all(r not in g.roadmaps for g in gone[:1])),
        stages=tuple(s for s in things.stages if all(s not in g.stages for g in gone)),
        lists=tuple(x for x in things.lists if all(x not in g.lists for g in gone[:1])),
    )


def _operation(asked: _Cues) -> Operation | None:
    """What is to be computed: where several are told, the first in the order of how much each one says."""
    told = {Operation(value) for value in asked.values("operation")}
    order = (
        Operation.SPREAD,
        Operation.MIDPOINT,
        Operation.REMAINING,
        Operation.DIFFERENCE,
        Operation.SUM,
        Operation.LEAST,
        Operation.MOST,
    )
    if {Operation.LEAST, Operation.MOST} <= told and Operation.SUM not in told:
        return Operation.DIFFERENCE if Operation.DIFFERENCE in told else Operation.SPREAD
    return next((operation for operation in order if operation in told), None)


def _direction(asked: _Cues, naming: Naming) -> Direction | None:
    """On which side of what is named something is looked for: what stands behind the word is what is named."""
    cues = asked.of("direction")
    if not cues:
        return None
    named = [*(f.first for f in (*naming.topics, *naming.resources)), *(f.first for f in naming.stages)]
    near = [cue for cue in cues if any(first > cue.last for first in named)] or cues
    return "before" if near[0].value == "before" else "after"


def _measures(asked: _Cues) -> Iterable[Measure]:
    told = {*asked.values("end")}
    if "least" in told:
        yield "least"
    if "most" in told:
        yield "most"


def _asked_unit(tokens: Sequence[Token]) -> Unit | None:
    """The unit of `how many months` or `in weeks`."""
    for before, token in pairwise(tokens):
        if before.word in ("many", "in") and len(token.word) > 2 and token.word in UNITS:
            return UNITS[token.word]
    return None


def _with_limits(quantities: tuple[Quantity, ...], asked: _Cues) -> tuple[Quantity, ...]:
    """A time that nothing else claims is a limit where the question asks whether it is enough."""
    if not asked.of("limit"):
        return quantities
    return tuple(
        Quantity(q.minimum, q.maximum, q.unit, Role.LIMIT, q.noun)
        if q.unit and q.role in (Role.AMOUNT, Role.CLAIM)
        else q
        for q in quantities
    )


def _learner(asked: _Cues, knows: Things) -> Learner:
    profiles = tuple(Profile(value) for value in asked.values("profile"))
    return Learner(
        background=profiles,
        knows=knows.topics,
        constraints=asked.values("constraint"),
    )
