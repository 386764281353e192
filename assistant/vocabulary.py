"""The words of the library: names of topics, resources and roadmaps, and how often each word occurs."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.ordinals import Numbered, numbered_in
from ingest.index import Index
from ingest.records import Kind
from ingest.text import plain

WORD = re.compile(r"[^\W\d_]+(?:\+\+|#)?", re.UNICODE)
TOKEN = re.compile(r"[^\W_]+(?:\+\+|#)?")
MAX_NAME_WORDS = 6
LINK = re.compile(r"\[([^\]\[]+)\]\((https?://[^)\s]+)\)")
LINK_WORDS = 2  # one word, such as `here`, may stand for anything
ORDINARY = frozenset({"max"})  # first names that are words too: here, short for maximum
# The words beside such a name by which it is a person's; the last before it only at the end of a clause.
_BEFORE_PERSON = frozenset("does did do would by per than like following follow trust ask vs versus".split())
_AFTER_PERSON = frozenset(
    """s says say said thinks think thought reckons reckon recommends recommend recommended suggests suggest likes like wants want
    advises advise calls call called mentions mention tells tell told believes believe means links link lists list gives give
    puts put points point sends send has had is was would writes write wrote estimates prefers prefer expects expect asks
    claims warns names agrees agree disagrees""".split()
)
_BEFORE_CLOSING_PERSON = frozenset("with to from as about and or".split())
_BEFORE_FIGURE = frozenset("the a an at min minimum of is in your my total".split())
_FIGURES = frozenset("time number length pooling depth hours weeks months".split())


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that a text names: `kind` is `topic`, `resource` or `roadmap`; the span is of the text."""

    kind: str
    name_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Names:
    """Every name of the library's things, as tuples of lower-case words."""

    table: dict[tuple[str, ...], tuple[str, str]]  # words -> (kind, id)

    def find(self, text: str) -> list[Named]:
        """Return the things that `text` names, longest name first at each place, in order, no overlap."""
        tokens = [(m.group().lower(), m.start(), m.end()) for m in TOKEN.finditer(text)]
        found: list[Named] = []
        place = 0
        while place < len(tokens):
            for size in range(min(MAX_NAME_WORDS, len(tokens) - place), 0, -1):
                words = tuple(t[0] for t in tokens[place : place + size])
                if size == 1 and words[0] in ORDINARY and not _is_person(text, tokens, place):
                    continue
                known = self.table.get(words) or self.table.get((*words[:-1], words[-1].removesuffix("s")))
                if known:
                    found.append(Named(*known, tokens[place][1], tokens[place + size - 1][2]))
                    place += size - 1
                    break
            place += 1
        return found


def _is_person(text: str, tokens: Sequence[tuple[str, int, int]], place: int) -> bool:
    """Whether an ordinary word stands where a person is spoken of: `does max say`, `Max's guide`, `according to Max`."""
    (_, start, end), following = tokens[place], tokens[place + 1 :]
    earlier = [word for word, _, _ in tokens[:place]]
    before, after = earlier[-1] if earlier else "", following[0][0] if following else ""
    if (
        after.isdigit()
        or {before, after} & _FIGURES
        or before in _BEFORE_FIGURE
        or any(w.startswith("min") for w in earlier[-2:])
    ):
        return False
    is_closing = not following or bool(re.match(r"\s*[,.;:?!]", text[end:]))
    if before in (_BEFORE_CLOSING_PERSON if is_closing else _BEFORE_PERSON) or before in _BEFORE_PERSON:
        return True
    if after in _AFTER_PERSON and not is_closing:
        return True
    return (
        text[start].isupper() and not text.isupper() and (place > 0 or after in ("and", "or")) and not before.isdigit()
    )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What understanding needs of the index; built once, when the index is opened.

    `topic_names` and `topic_aliases` are by topic id; `counts` has the lower-case words of all texts; a
    word that beside a library only the texts of users' documents hold counts 0. `numbered` is by roadmap id.
    """

    names: Names
    topic_names: dict[str, str]
    topic_aliases: dict[str, tuple[str, ...]]
    titles: dict[str, str]
    counts: Counter[str]
    numbered: dict[str, Numbered]


def words_of(text: str) -> tuple[str, ...]:
    """Lower-case words and numbers of `text`, in order; `C++` and `C#` are kept whole."""
    return tuple(m.group().lower() for m in TOKEN.finditer(text))


def read_vocabulary(index: Index) -> Vocabulary:
    """Collect the vocabulary of an opened index."""
    structure = index.structure
    table: dict[tuple[str, ...], tuple[str, str]] = {}
    for names, kind, name_id in _names(index):
        for name in names:
            table.setdefault(words_of(name), (kind, name_id))
    table.pop((), None)
    return Vocabulary(
        names=Names(table),
        topic_names={t.id: t.name for t in structure.topics.values()},
        topic_aliases={t.id: t.aliases for t in structure.topics.values()},
        titles={s.source_id: s.title for s in index.sources.values()},
        counts=_counts(index),
        numbered={r: numbered_in(plain(index.sources[r].text)) for r in structure.roadmaps if r in index.sources},
    )


def _names(index: Index) -> Iterator[tuple[Iterable[str], str, str]]:
    structure = index.structure
    for roadmap in structure.roadmaps.values():
        names = (roadmap.id, roadmap.author, *roadmap.aliases, *_surnames(roadmap.author), f"{roadmap.id} roadmap")
        yield names, "roadmap", roadmap.id
    for topic in structure.topics.values():
        yield topic.names, "topic", topic.id
    for resource in structure.resources.values():
        yield resource.names, "resource", resource.id
    yield from _linked_names(index)


def _linked_names(index: Index) -> Iterator[tuple[Iterable[str], str, str]]:
    """What the library's pages call a resource where they link it, such as `Stanford's NLP Course`."""
    by_url = {r.url: r.id for r in index.structure.resources.values()}
    by_url |= {c.url: r.id for r in index.structure.resources.values() for c in r.recommended_by if c.url}
    for source in index.sources.values():
        if source.kind is not Kind.DOCUMENT:
            for name, url in LINK.findall(source.text):
                if url in by_url and len(words_of(name)) >= LINK_WORDS and not name.islower():
                    yield (name,), "resource", by_url[url]


def _surnames(author: str) -> list[str]:
    """First and last names of a person, so that `Logan` and `Thorneloe` both name him."""
    parts = author.split()
    return parts if len(parts) == 2 else []


def _counts(index: Index) -> Counter[str]:
    counts: Counter[str] = Counter()
    added: Counter[str] = Counter()
    for source in index.sources.values():
        texts = [source.title, *source.aliases]
        texts += [question.text for section in source.sections for question in section.questions]
        for text in texts:
            counts.update(m.group().lower() for m in WORD.finditer(text))
        words = added if source.kind is Kind.DOCUMENT else counts
        words.update(m.group().lower() for m in WORD.finditer(plain(source.text)))
    for topic in index.structure.topics.values():
        for name in (topic.name, *topic.aliases):
            counts.update(m.group().lower() for m in WORD.finditer(name))
    has_library = any(source.kind is not Kind.DOCUMENT for source in index.sources.values())
    return Counter({**dict.fromkeys(added, 0), **counts}) if has_library else counts + added
