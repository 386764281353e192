"""Leave out of a question what asks for nothing: greetings, thanks, hesitation, and the tags of forums."""

import re

_KNOWS = r"(?:know|have\ (?:any\ |an\ )?(?:idea|clue)|tell|help)"
_ASKED = r"(?=\W+(?:how|what|where|which|when|who|whose|why|if|whether|of|about|any)\b)"
_OPENING = re.compile(
    rf"""^\W*(?:
    (?:hi+|hello+|hey+|hiya|yo|greetings|good\ (?:morning|evening|afternoon|day)|howdy)
      (?:\ (?:there|all|everyone|everybody|guys|folks|again|team|reddit|you\ all))?(?=\W|$)
    |(?:u+m+|u+h+|er+m*|h+m+|ok(?:ay)?(?=[,.…\s]+so\b))\b(?:[,.…\s]+so\b)?(?=\W+\w)
    |(?:just\ )?(?:a\ |one\ )?(?:quick|short|dumb|stupid|silly|noob|newbie|simple|random|genuine|serious)\ (?:question|q)\b
      (?:\ (?:here|though|but))?
    |sorry\ if\ (?:this|it|that)(?:\ is|'s|\ was)\ (?:a\ )?\w+(?:\ \w+)?\ but\b
    |(?:maybe\ |probably\ |might\ be\ )?a\ (?:dumb|stupid|silly|noob)\ question\ but\b
    |(?:sorry|excuse\ me|pardon)\ (?:but|for\ (?:the|a|my)\ [\w\ ]{{3,20}}?\bbut)\b
    |(?:i\ was\ |i\ am\ |i'm\ |am\ |was\ )?(?:just\ )?(?:wondering|curious)\b(?:\ (?:if|whether|about)\b)?
    |(?:i\ )?(?:just\ )?(?:want(?:ed)?\ to|would\ like\ to|wanna)\ (?:know|ask)\b(?:\ (?:if|whether|about)\b)?
    |(?:does|do|can|has)\ (?:(?:anyone|anybody|someone|somebody|any\ of\ you|(?:yo)?u\ guys)
      \ (?:here\ |else\ |please\ )?{_KNOWS}\b(?=\W+\w)
      |(?:yo)?u\ (?:happen\ to\ )?know\b{_ASKED})(?:\ me)?(?:\ (?:of|if|whether|about))?
    |(?:please\ |pls\ |plz\ )?(?:can|could|would)\ (?:you|u|someone|somebody|anyone)\ (?:please\ |pls\ |plz\ )?(?:tell|help)\ me\b
      (?:\ (?:if|whether|out|understand))?(?=\W+\w)
    |(?:please|pls|plz)\b(?:\ (?:help|tell\ me)\b)?
    |\[[\w\ ]{{1,12}}\](?=\s)
    )[\s,.:;!…-]*""",
    re.IGNORECASE | re.VERBOSE,
)
_ENDING = re.compile(
    r"""(?:[\s,.!;…-]+(?:
    thanks?(?:\ (?:you|u|a\ lot|so\ much|guys|all|everyone))?|thx|tnx|ty|tia|cheers
    |(?:thanks|thx|ty)?\ ?in\ advance|please|pls|plz|plss|lol|lmao|haha+|hehe|xd|sorry
    |any\ (?:ideas?|thoughts|help|advice|tips|pointers)
    |any\ help\ (?:is|would\ be)\ appreciated|idk|tbh|help)\b)+(?P<mark>[\s.!?]*)$""",
    re.IGNORECASE | re.VERBOSE,
)
_WITHIN = re.compile(
    r"""\s+,?\s*(?:basically|actually|literally|honestly|tbh|imo|imho|u+m+|u+h+|er+m*)(?=[\s,?!.]|$),?
    |,\s*(?:like|you\ know|i\ mean|kind\ of|sort\ of)\s*,
    |(?<!what)(?<!which)(?<!any)(?<!this)(?<!that)(?<!a)(?<!some)(?<!same)(?<!one)(?<!the)(?<!every)(?<!right)(?<!best)
      \s+(?:kind|sort)\ of(?=\s)""",
    re.IGNORECASE | re.VERBOSE,
)


def without_courtesies(text: str) -> str:
    """Return `text` without them; `text` itself when nothing but courtesies would be left out."""
    bare = text
    while (shorter := _OPENING.sub("", bare, count=1)) != bare:
        bare = shorter
    bare = _ENDING.sub(_mark, _WITHIN.sub("", bare)).strip()
    if not re.search(r"\w", bare):
        return text
    return bare[0].upper() + bare[1:] if text[0].isupper() else bare


def _mark(ending: re.Match[str]) -> str:
    """The mark at the very end, where what stays has none of its own."""
    return "" if ending.string[: ending.start()].endswith(("?", "!", ".")) else ending["mark"].strip()
