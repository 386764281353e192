"""Read from a question what a structured answer needs: roadmaps' views, a whole plan, sums, and who asks."""

import re

from assistant.derived import derived
from assistant.proofs import topic_names
from assistant.records import Understood
from assistant.topics import broader, topics_in
from assistant.vocabulary import words_of
from ingest.corpus_models import Profile, Resource, Structure
from ingest.lexical import terms

MAX_LEFTOVER = 3  # content words that no structured answer accounts for; more mean another question; untuned
# Topics that name the field or the asking itself; a comparison is about something inside it.
GENERAL = frozenset(
    """learning-path prerequisites time-commitment career role-definition machine-learning-engineering learning-strategy
    job-titles communities self-study artificial-intelligence""".split()
)
_NUMBERS = {w: n for n, w in enumerate("zero one two three four five six seven eight nine ten".split())}

_SPEAKING = (
    r"(?:recommends?|favou?rs?|prefers?|suggests?|advis\w+|says?|likes?|"
    r"mentions?|names?|lists?|insists?|wants?|covers?|tells?)"
)
SEVERAL = re.compile(
    r"\b(?:roadmaps|guides|sources|authors|writers|curricula)\b|\b(?:each|every|which|another|other|any|how many)\b.{0,12}"
    r"\b(?:roadmap|guide|source|author|plans?)\b|(?:^|[,.;:?!–-]\s*|\band |\bor )who (?:else )?(?:all )?(?:"
    rf"{_SPEAKING}|is for|is against|disagrees?)\b|\beveryone agree|\bconsensus\b|\bdepend\w* on (?:the author|whose)\b",
    re.IGNORECASE,
)
# Words that may stand for the roadmaps: they do where hardly anything else is asked about.
SEVERAL_PERHAPS = re.compile(
    r"\b(?:each|all|any|none|one|which|some|most|who|somebody|someone|both) (?:out )?of (?:them|these|those|you|yours|the five)\b"
    rf"|\b(?:everyone|everybody|anyone|anybody|they all|you all)\b.{{0,20}}\b(?:{_SPEAKING}|against|agrees?|accepts?)\b"
    rf"|\bdo (?:some|any|they)\b.{{0,20}}\b{_SPEAKING}\b",
    re.IGNORECASE,
)
BESIDES = re.compile(r"\b(?:besides|beside|other than|apart from|aside from|except|not just|not only)\b", re.IGNORECASE)
NECESSITY = re.compile(
    r"\b(?:have to|need\w*|must|requir\w+|optional|skip\w*|mandatory|necessary|without|insist\w*)\b", re.IGNORECASE
)
VIEWS = re.compile(
    r"\b(?:dis)?agree\w*|\bdiffer\w*|\brecommend\w*|\bfavou?r\w*|\bprefer\w*|\bsuggest\w*|\badvis\w+|\bopinions?\b|\bviews?\b"
    r"|\bstances?\b|\bsays?\b|\bthink\w*|\bconsensus\b|\bmention\w*|\bcomes? up\b|\bpoints?\b|\bsends?\b|\blists?\b|\bcompar\w+"
    r"|\bcover\w*|\binclud\w+|\bteach\w*|\bneed\w*|\brequir\w+|\bmust\b|\boptional\b|\bskip\w*|\bplace\w*|\bhow many\b|\bwants?\b"
    r"|\bverdicts?\b|\bvs\b|\bversus\b|\bunanim\w+|\bagainst\b|\bin favou?r\b|\binsist\w*|\bpush\w*|\bbother\w*|\btalks? about\b"
    r"|\bignor\w+|\btreats?\b|\bnames?\b|\bdepend\w* on\b|\btells?\b"
    r"|\bpart of\b|\bput (?:it )?off\b",
    re.IGNORECASE,
)
ORDER = re.compile(
    r"\b(?:first|last|early|earlier|late|later|when|order|place\w*|before|after|end|beginning|right away|start|stage)\b",
    re.I,
)
WHOLE_PLAN = re.compile(
    r"\b(?:make|create|build|give|draw|write|design|generate|draft|prepare|put together|suggest|propose|need|want|like|show|get)\b"
    r".{0,30}\b(?:study|learning|weekly|monthly|personal\w*|custom\w*|my|me an?|complete|full|whole|an?)\b.{0,14}"
    r"\b(?:plans?|schedules?|timetables?|curriculum)\b"
    r"|^\W*(?:an? |my )?(?:study|learning) (?:plan|schedule|timetable)\b"
    r"|\b(?:give|show|tell|outline|lay out)\b.{0,15}\b(?:whole|entire|full|complete)\b.{0,14}"
    r"\b(?:road|path|way|route|journey|sequence)\b"
    r"|\bplan (?:out )?(?:my|the whole|the entire)\b.{0,20}\b(?:stud\w+|learning|path|year|months|way|journey|route)\b",
    re.IGNORECASE,
)
NOT_A_PLAN = re.compile(
    r"^\W*(?:is|are|does|do|did|why|who|should i (?:follow|make|have|use)|what is|what's|how many|how long)\b|\baction plan\b"
    r"|\b(?:week|month|day|module|step)s? \d",
    re.IGNORECASE,
)
HOURS = re.compile(
    r"\b(\d{1,3})\s*(?:h|hrs?|hours?)\b\W{0,3}(?:of study\w* )?(?:a|per|each|every|/)?\s*w(?:ee)?k", re.IGNORECASE
)
KNOWN = re.compile(
    r"(?:(?<!to )(?<!not )(?<!n't )\bknow|\balready (?:can|did|done|learned)|\bcomfortable with|\bgood at|\bskip)\b"
    r"([^.;?!]{0,80})",
    re.IGNORECASE,
)
PROFILES: tuple[tuple[Profile, re.Pattern[str]], ...] = (
    (Profile.DATA_SCIENTIST, re.compile(r"\bdata scientists?\b|\bdata analysts?\b", re.IGNORECASE)),
    (
        Profile.SOFTWARE_ENGINEER,
        re.compile(
            r"\b(?:software|backend|frontend|web) (?:engineers?|dev\w*)\b|\b(?:developers?|programmers?|devs?|swe|coders?)\b"
            r"|\bcod(?:es?|ing) for (?:a|my) living\b|\b(?:i|who) (?:can )?already (?:code|program)\w*\b"
            r"|\bwho (?:can )?codes? already\b",
            re.IGNORECASE,
        ),
    ),
    (
        Profile.MATHEMATICS,
        re.compile(
            r"\bmathematicians?\b|\bstatisticians?\b"
            r"|\b(?:maths?|mathematics|statistics|stats)\b(?:/\w+)?(?: or \w+)?[ -](?:background|degree|people|person|guys?|nerds?"
            r"|grad(?:uate)?s?|majors?|students?)\b|\b(?:studied|majored in|degree in) (?:pure |applied )?(?:maths?|mathematics"
            r"|stat\w+)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Profile.BEGINNER,
        re.compile(
            r"\bbeginners?\b|\b(?:from|with) (?:scratch|zero|nothing)\b|\bat zero\b|\b(?:blank|clean) slate\b"
            r"|\bzero (?:knowledge|experience|coding|programming|background)\b|\bnewbies?\b|\bnoobs?\b"
            r"|\bnewcomers?\b|\bnever (?:coded|programmed|written (?:any )?code)\b|\bstarting out\b"
            r"|\bno (?:prior )?(?:experience|knowledge|background)\b|\bnovices?\b|\bknow nothing\b",
            re.IGNORECASE,
        ),
    ),
)
# The words of asking for a comparison, a plan or a sum; they leave no other subject.
_ASKING = frozenset(
    terms(
        """agree disagree differ different differently difference compare comparison roadmap roadmaps guide guides source
        sources author authors recommend favour favor prefer suggest advise advice opinion view stance say says think consensus
        mention come up point send list cover include teach need require required must optional skip place how many all any both
        every each most other one ones two three four five really honest honestly please tell give me make create build show
        learn learning study plan schedule start begin end first last early late later right away order before after stage
        want like know already hours hour week weeks month months year years day per together total sum altogether add adding
        up combined overall long longer longest short shorter shortest take taken takes time times much more less least minimum
        maximum at whole entire full complete step steps module modules estimate estimates background beginner developer
        developers programmer software engineer engineers scientist scientists data mathematics math maths someone somebody
        anybody everyone everybody people person scratch zero knowledge experience nothing save versus vs enough single half would
        could         machine ml engineer engineering become becoming language tool tools thing something whether matter actually
        just only
        see get go goes use using which them do does about there between among on in for from quickest fastest slowest
        path road way career job another else consecutively row back minus plus exactly even if stack same match compared
        min max case best worst scenario go make how many finish do done it that these those if
        average figure figures number ends end upper lower bound looking look thanks pathway pathways
        against compared block blocks chunk chunks gone straight version doable pls plz plan
        guess guesses remain remains remaining rest left leave out except without skip done finished quote quoted fill
        widest narrowest spread range ranges width midpoint halfway between tie reckon reckons amount
        plans count given duration durations length stages part parts learner learners"""
    )
)


def leftover(text: str, accounted: set[str]) -> set[str]:
    """The stemmed content words of `text` that are neither words of asking nor `accounted` for."""
    return {t for t in terms(text) if t not in _ASKING and t not in accounted and not t.isdigit()}


def unaccounted(question: Understood, structure: Structure, accounted: set[str]) -> set[str]:
    """The content words of a question beyond its topics, roadmaps, `accounted` and the words of asking."""
    known = set(accounted)
    for topic_id in {*question.topics, *topics_in(question.text, structure)}:
        known.update(t for name in topic_names(structure.topics[topic_id]) for t in terms(name))
    for roadmap_id in question.sources:
        roadmap = structure.roadmaps[roadmap_id]
        known.update(terms(f"{roadmap.id} {roadmap.author} {' '.join(roadmap.aliases)}"))
    return leftover(question.text, known)


def specific_topics(understood: Understood, structure: Structure, fields: frozenset[str] = frozenset()) -> list[str]:
    """The question's topics, without general ones, `fields` beside others, and those that another is part of."""
    topics = [t for t in topics_in(understood.text, structure) if t not in GENERAL]
    topics = [t for t in topics if t not in fields] or topics
    above = {b for t in topics for b in broader(t, structure.topics)}
    return [t for t in topics if t not in above]


def profiles_in(text: str) -> list[Profile]:
    """The kinds of learner that a text speaks of, each once."""
    return [profile for profile, pattern in PROFILES if pattern.search(text)]


def profile_words(text: str) -> set[str]:
    """The stemmed words by which a text speaks of kinds of learner."""
    return {t for _, pattern in PROFILES for found in pattern.finditer(text) for t in terms(found.group())}


def hours_in(text: str) -> int | None:
    """Hours a week that a text states."""
    found = HOURS.search(text)
    return int(found.group(1)) if found else None


def known_in(question: Understood, structure: Structure) -> tuple[str, ...]:
    """Topics of which the question says that they are known."""
    return topics_in(" . ".join(m.group(1) for m in KNOWN.finditer(question.text)), structure)


def resources_in(text: str, structure: Structure) -> list[Resource]:
    """Resources that a text names, those of the longest names first."""
    words = words_of(text)
    found: dict[str, int] = {}
    asked = set(words)
    for resource_id, name in _resource_names(structure):
        if name[0] in asked and _stands_in(name, words):
            found[resource_id] = max(found.get(resource_id, 0), len(" ".join(name)))
    return [structure.resources[r] for r in sorted(found, key=lambda r: -found[r])]


@derived
def _resource_names(structure: Structure) -> list[tuple[str, tuple[str, ...]]]:
    """Id of a resource and the words of one of its names, for every name."""
    names = (
        (resource.id, words_of(name))
        for resource in structure.resources.values()
        for name in (resource.title, *resource.aliases, resource.id.replace("-", " "))
    )
    return [(resource_id, words) for resource_id, words in names if words]


def number_in(word: str) -> int | None:
    """The value of a digit or of a number word up to ten."""
    return int(word) if word.isdigit() else _NUMBERS.get(word.lower())


def _stands_in(name: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return bool(name) and any(words[n : n + len(name)] == name for n in range(len(words)))
