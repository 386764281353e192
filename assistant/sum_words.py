"""Read from a question which figures are to be added, compared or held against a limit, and of which stages."""

import re

from assistant.asked import hours_in, number_in
from assistant.compare import list_name
from assistant.vocabulary import words_of
from ingest.corpus_models import Roadmap, Stage

NUMBER = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
TIME = re.compile(
    r"\b(?:how long|how many (?:weeks|months|years)|time|times|durations?|lengths?|totals?|weeks?|months?|years?|takes?"
    r"|long|longe[rs]t?|short\w*|estimates?|quick\w*|fast\w*|slow\w*|hours?|hrs?|sooner|earlier|later|reckons?"
    r"|min\w* and max\w*|add(?:s|ed|ing)? up|sums?)\b",
    re.IGNORECASE,
)
UNITS = re.compile(r"\b(?:weeks?|months?|years?)\b", re.IGNORECASE)
SUM = re.compile(
    r"\b(?:together|total|totals|add|adds|adding|added|sum|sums|altogether|combined|in all|one after (?:the other|another)|overall"
    r"|consecutively|in a row|back to back|straight after|enough|plus|all|every|entire|whole|both|first|last|min\w* and max\w*"
    r"|at (?:the )?(?:very )?(?:least|most|minimum|maximum))\b",
    re.IGNORECASE,
)
ADDED = re.compile(
    r"\b(?:together|totals?|add(?:s|ed|ing)? up|sums?|altogether|combined|in all|overall|back to back|in a row|consecutively"
    r"|one after (?:the other|another)|(?:best|worst|shortest|longest|quickest|fastest|slowest) (?:case|total|scenario|sum))\b",
    re.IGNORECASE,
)
SHORTEST = re.compile(r"\b(?:shortest|quickest|fastest|least time|least long|takes? the least)\b", re.IGNORECASE)
LONGEST = re.compile(r"\b(?:longest|slowest|most time|takes? the most)\b", re.IGNORECASE)
DIFFERENCE = re.compile(
    r"\b(?:differ\w*|save[sd]?|saving|longer|shorter|faster|quicker|sooner|earlier|later|less|more|versus|vs|compar\w+|extra|gap"
    r"|apart|by how (?:much|many)"
    r"|minus|beats?|short of|against)\b",
    re.IGNORECASE,
)
MATCHING = re.compile(
    r"\b(?:match\w*|agree\w*|differ\w*|compar\w+|same|versus|vs|disagree\w*|fills?|tally|add up to|correspond\w*|consistent"
    r"|stacks? up|lines? up)\b",
    re.IGNORECASE,
)
PART = r"(?:modules?|steps?|stages?|blocks?|parts?|phases?|chunks?)"
ALL_OF = re.compile(
    rf"\b(?:all|every|each|whole|entire|the(?! (?:whole|entire))|{NUMBER})\b[^.?!]{{0,30}}(?<!\d-)(?<!five-)\b(?P<part>{PART})\b"
    r"|\bmodule series\b",
    re.IGNORECASE,
)
NAMED_NUMBERS = re.compile(
    rf"\b(?:modules?|steps?|stages?|blocks?)\s+((?:\b(?:{NUMBER}|and|to|through|plus)\b|[,\s&–+-])+)", re.IGNORECASE
)
NUMBER_RANGE = re.compile(rf"\b({NUMBER})\s*(?:to|through|-|–)\s*({NUMBER})\b", re.IGNORECASE)
LATER_NUMBERS = re.compile(
    r"(?<![\d.–-])\b(\d{1,2})\b(?!\s*(?:h\b|hrs?\b|hours?|days?|weeks?|months?|years?|[.]\d|%))", re.IGNORECASE
)  # figures only: `which one`, `the two`
PLACES = ("1st|first", "2nd|second", "3rd|third", "4th|fourth", "5th|fifth", "6th|sixth", "7th|seventh")
EDGE = re.compile(
    rf"\b(first|last|final|middle|next|following|other|remaining)\s+(?:[\w-]+\s+)??({NUMBER}\b|(?:module|step|stage|block|part|phase|chunk)\b)",
    re.IGNORECASE,
)  # `first module`: one of them
REST = re.compile(
    r"\b(?:the rest|the remainder|what(?:['’]?s| is) left|the (?:others|remaining)|what remains|remain\w*|left over|left to do"
    r"|still (?:to do|to come|ahead|missing)|to go)\b",
    re.IGNORECASE,
)
WITHOUT = re.compile(
    r"\b(?:except|excluding|without|leav(?:e|ing) out|apart from|other than|skip\w*(?! (?:straight|ahead|directly|right|to)\b)"
    r"|drop\w*|but not|not counting|ignoring"
    r"|omit\w*)\b([^,.;:?]*)",
    re.IGNORECASE,
)
SPREAD = re.compile(
    r"\b(?:spread|widest|width|narrowest|(?:between|from) (?:the )?min\w*"
    r" (?:and|to) (?:the )?max\w*)\b|\b(?:widest|biggest|largest|smallest|tightest)\b.{0,20}\b(?:range|span|gap|interval)\b",
    re.IGNORECASE,
)
REACHING = re.compile(
    r"\b(?:before|until|till) (?:(?:i|you|we|one) )?(?:can )?(?:reach\w*|get\w* to|start\w*|begin\w*|hit|arriv\w+ at)\b([^,.;:?]*)",
    re.IGNORECASE,
)
NARROW = re.compile(r"narrow|small|tight|least", re.IGNORECASE)
BACKGROUNDS = re.compile(
    r"\b(?:backgrounds?|pathways?|profiles?|audiences?|starting points?|(?:kinds?|types?) of (?:person|people|learners?|readers?))\b",
    re.IGNORECASE,
)
HALFWAY = re.compile(r"\b(?:midpoint|mid-point|half ?way|average|mean|in the middle)\b", re.IGNORECASE)
WHICH = re.compile(r"\b(?:which|shortest|longest|quickest|slowest) modules?\b", re.IGNORECASE)
HOW_LONG = re.compile(r"\bhow (?:long|many (?:weeks|months|years)|much time)\b", re.IGNORECASE)
JOINED = r"(?:and|plus|then|\+|,|&)"
LIMIT = re.compile(
    rf"(?<!hours )(?<!hour )(?<!hrs )(?<!h )(?<!times )(?<!days )(?<!nights )(?<!evenings )"
    r"(?<!once )(?<!twice )(?<!study )(?<!studying )(?<!work )\b"
    rf"(?:(half a|a|an|{NUMBER})\s+(?:single |whole |full )?|single )(weeks?|months?|years?)\b",
    re.IGNORECASE,
)
LEAST = re.compile(r"\b(?:min|minimum|least|shortest|lowe\w+|best case|quick\w*|fast\w*|earliest)\b", re.IGNORECASE)
MOST = re.compile(r"\b(?:max|maximum|most|longest|upper|highest|worst case|slow\w*|latest)\b", re.IGNORECASE)
ENOUGH = re.compile(
    rf"\b(?:enough|within|fits?|suffice|make it|manage|finish|doable|short (?:by|of)|am i short|until|possible|realistic"
    rf"|in\s+(?:about |under |only |just )?(?:half a|an?|one single|{NUMBER})\s+(?:weeks?|months?|years?))\b",
    re.IGNORECASE,
)
SAVING = re.compile(r"\b(?:sav\w+|already|head ?start|advantage)\b", re.IGNORECASE)
ASKED_UNIT = re.compile(r"\b(?:in|how many) (month|year)s\b", re.IGNORECASE)
EXTREMES = (SHORTEST, LONGEST, SPREAD)
OPERATIONS = (SUM, SHORTEST, LONGEST, DIFFERENCE, REST, WITHOUT, SPREAD, HALFWAY)


def chosen_stages(text: str, roadmap: Roadmap) -> list[Stage]:
    """The stages of known length that the question means: by number, by place, by name, or all; less those left out."""
    timed = [s for s in roadmap.stages if s.duration]
    left_out = WITHOUT.search(text)
    out = mentioned_stages(left_out.group(1), timed, least=1) if left_out else []
    if left_out and out and len(out) < len(timed):
        rest = f"{text[: left_out.start()]} {text[left_out.end() :]}"
        base = mentioned_stages(rest, timed)
        return [s for s in (base if len(base) > len(out) else timed) if s not in out]
    reached = REACHING.search(text)
    goal = mentioned_stages(reached.group(1), timed, least=1) if reached else []
    if reached and goal:
        before = timed[: timed.index(goal[0])]
        return mentioned_stages(text[: reached.start()], before) or before
    mentioned = mentioned_stages(text, timed, least=1 if hours_in(text) else 2)
    return mentioned or (timed if _asks_all(text, timed) else [])


def _asks_all(text: str, timed: list[Stage]) -> bool:
    """Whether the text means all of them, not one by its name; `steps` are those of a roadmap that calls them so."""
    every = ALL_OF.search(text)
    part = ((every and every["part"]) or "").lower()
    is_other = part.startswith("step") and list_name(timed[0]) != "Step"
    is_one = every is not None and not part.endswith("s") and every.group().lower().startswith(("the ", "one "))
    return bool(WHICH.search(text) or (every and not is_other and not is_one))


def mentioned_stages(text: str, timed: list[Stage], least: int = 2) -> list[Stage]:
    """The stages that the text names, if by name at least `least`; those that it does not, where it asks for the rest."""
    placed = _by_place(text, timed) if re.search(rf"\b{PART}\b", text, re.IGNORECASE) else []
    if placed:
        return placed
    numbers = _numbers(text)
    if numbers:
        found = [s for s in timed if _own_number(s) in numbers] if len(numbers) <= len(timed) else []
    else:
        found = [s for s in timed if _holds(text, s) or _is_called(text, s, timed)]
    if found and REST.search(text):
        return [s for s in timed if s not in found]
    return found if numbers or len(found) >= least else []


def _by_place(text: str, timed: list[Stage]) -> list[Stage]:
    """The first, the last, the middle ones, or what comes after the first; empty where the text names no such places."""
    counts = {match.group(1).lower(): number_in(match.group(2)) or 1 for match in EDGE.finditer(text)}
    done = counts.pop("first", 0)
    if done and REST.search(text):
        return timed[done:]
    for word, count in counts.items():
        if word in ("last", "final"):
            return timed[:done] + timed[max(done, len(timed) - count) :]
        if word == "middle":
            start = max(0, len(timed) - count) // 2
            return timed[start : start + count]
        return timed[done : done + count] if done else []
    return timed[:done]


def _numbers(text: str) -> set[int]:
    found: set[int] = set()
    for match in NAMED_NUMBERS.finditer(text):
        found.update(n for w in re.findall(NUMBER, match.group(1), re.IGNORECASE) if (n := number_in(w)))
        for ends in NUMBER_RANGE.findall(match.group(1)):
            low, high = sorted(number_in(end) or 0 for end in ends)
            found.update(range(low, high + 1))
    if found:  # `module 3, and do 4 and 5`
        rest = text[NAMED_NUMBERS.search(text).end() :]  # type: ignore[union-attr]  # it was found
        found.update(n for m in LATER_NUMBERS.finditer(rest) if (n := number_in(m.group(1))))
    placed = {n for n, words in enumerate(PLACES, start=1) if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)}
    return found or (placed if len(placed) > 1 else set())


def _own_number(stage: Stage) -> int | None:
    match = re.match(r"\D*(\d+)\b", stage.name)
    return int(match.group(1)) if match and list_name(stage) else None


def _holds(text: str, stage: Stage) -> bool:
    """Whether the text has one of the stage's names, without `Module 2:`."""
    words = words_of(text)
    names = [words_of(name) for name in (stage.name.split(": ", 1)[-1], *stage.aliases)]
    return any(words[n : n + len(name)] == name for name in names for n in range(len(words)))


def _is_called(text: str, stage: Stage, others: list[Stage]) -> bool:
    """Whether the text has a word of the stage's name that no other has, as a name: `the data block`, `data plus …`."""
    own = set(words_of(stage.name.split(": ", 1)[-1]))
    for other in others:
        own -= set(words_of(other.name)) if other is not stage else set()
    words = "|".join(re.escape(word) for word in sorted(own))
    named = rf"\b(?:{words})\b(?:\s+\w+)?\s+{PART}\b|\b(?:{words})\b\s*{JOINED}\s|{JOINED}\s+(?:the\s+)?(?:{words})\b"
    has_part = re.search(rf"\b{PART}\b", text, re.IGNORECASE)
    return bool(own and has_part and re.search(named, text, re.IGNORECASE))
