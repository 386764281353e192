"""Recognise what kind of answer a question asks for, from the words of asking. Knows no subject."""

import re

from assistant.records import Intent

_DURATION = re.compile(
    r"\bhow (?:much )?(?:long|time)\b|\bhow (?:many|much)\b.{0,40}\b(?:minutes?|hours?|hrs?|days?|weeks?|months?|years?)\b"
    r"|\b(?:duration|timeline|time ?frame|eta)\b|\b(?:takes?|need|in total)\b.{0,30}\b(?:weeks|months|years|hours)\b"
    r"|\bhow (?:soon|quick(?:ly)?|fast)\b|\b(?:weeks|months|years|hours) (?:does|do|will|would|is|are|to)\b",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\bvs?\b\.?|\bversus\b|\bdiffer(?:ence|ences|ent|s)?\b|\bcompar(?:e|ed|ing|ison|isons)\b|\b(?:dis)?agree(?:s|d|ment)?\b"
    r"|\bbetter\b.{0,60}\bor\b|\bwhich (?:one|of)\b|\brather than\b|\b(?:all|any|both|every|each|most|other)\b"
    r".{0,20}\b(?:roadmaps?|guides?|sources?|authors?)\b|\b(?:roadmaps|guides|authors|sources)\b|\bwho else\b|\bprefer\b",
    re.IGNORECASE,
)
_PLAN = re.compile(
    r"\b(?:what|which|in what|in which|right|best|learning) order\b|\broad ?map\b|\b(?:study|learning) (?:plan|path)\b"
    r"|\bwhere (?:do|should|would|can|to)\b.{0,12}\b(?:start|begin)\b|\b(?:how|where) (?:do|should|can|to)\b.{0,16}\bstart"
    r"|\b(?:what|which)\b.{0,30}\b(?:first|next|after|before|steps?|stages?|sequence)\b|\bbefore or after\b|\bstep by step\b"
    r"|\b(?:get|getting) (?:started|into)\b|\bbecom(?:e|ing)\b|\bbreak(?:ing)? in(?:to)?\b|\bplan\b",
    re.IGNORECASE,
)
_RESOURCE = re.compile(
    r"\b(?:courses?|books?|textbooks?|tutorials?|resources?|class(?:es)?|lectures?|videos?|moocs?|sites?|websites?|blogs?"
    r"|podcasts?|audiobooks?|docs|documentation|guides? (?:for|to|on)|links?|cert(?:s|ificates?|ifications?)?|repos?"
    r"|papers?|datasets?|material|reading|read|watch)\b|\brecommend(?:s|ed|ation|ations)?\b"
    r"|\bwhere (?:can|do|could|should|to)\b.{0,20}\b(?:learn|study|find|practi[cs]e|get)\b"
    r"|\b(?:best|good|great|any|decent|top) (?:place|way|tool|thing|intro)\b|\bwhich (?:tools?|librar(?:y|ies)|framework)\b",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"\b(?:what(?:'s|s| is| are| does)|define|meaning of|explain|eli5|definition)\b(?!.{0,40}\b(?:best|good|recommended|order)\b)",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\?|\b(?:what|how|which|who|why|when|where|should|do|does|is|are|can|could|would|will|i|my|me|tell|give|explain)\b",
    re.IGNORECASE,
)
KEYWORD_WORDS = 6

_IN_ORDER = (
    (Intent.DURATION, _DURATION),
    (Intent.COMPARISON, _COMPARISON),
    (Intent.RESOURCE, _RESOURCE),
    (Intent.PLAN, _PLAN),
    (Intent.DEFINITION, _DEFINITION),
)


def intent_of(question: str) -> Intent:
    """Return the intent of `question`; a bare noun phrase is a keyword, anything else a fact."""
    for intent, pattern in _IN_ORDER:
        if pattern.search(question):
            return intent
    if len(question.split()) <= KEYWORD_WORDS and not _ASKING.search(question):
        return Intent.KEYWORD
    return Intent.FACT
