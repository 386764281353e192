"""Write questions and answers as HTML. Pure functions: records in, inert HTML out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from assistant.records import Answer, Citation, Considered
from ui.markup import cited_markdown, escape, outside_link, web_address

KINDS = {"roadmap": "Roadmap", "resource": "Resource", "document": "Your document"}
MAX_NEAREST = 3
NEAREST = " The nearest it has:"
STEPS = {"understand": "understanding", "retrieve": "finding", "decide": "deciding", "answer": "writing"}
COLUMNS = ("Rank", "Passage", "By meaning", "By words", "Similarity")
EXAMPLES = (
    ("A course", "Which linear algebra course should I do?"),
    ("How long", "How long does it take to become a machine learning engineer?"),
    ("What first", "Which programming language should I learn first?"),
    ("Compare", "Noyan vs Mynter on deep learning"),
    ("A plan", "What should I do in my first week?"),
    ("A book", "Which book explains Python's inner workings?"),
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question as it was typed, and its answer."""

    question: str
    answer: Answer


def header_html() -> str:
    """The top of the page. A new chat is the page opened anew, which no late piece of an answer can reach."""
    return """<header class="top"><a class="brand" href="/">Roadmap Assistant</a>
<nav aria-label="Site"><a href="/docs">API</a><a href="/">New chat</a></nav></header>"""


def welcome_html() -> str:
    """What is shown before the first question."""
    examples = "".join(
        f'<li><button type="button" class="example" data-ask="{escape(question)}">'
        f'<span class="example-kind">{escape(kind)}</span>{escape(question)}</button></li>'
        for kind, question in EXAMPLES
    )
    return f"""<section class="welcome" aria-labelledby="welcome-title">
<h1 id="welcome-title">Find your way into machine learning engineering</h1>
<p>Five roadmaps and the resources they recommend, in one place. Every sentence of an answer is quoted
from its source: click a number to read it there.</p>
<ul class="examples" aria-label="Example questions">{examples}</ul>
</section>"""


def history_html(exchanges: Sequence[Exchange], names: Mapping[str, str]) -> str:
    """The exchanges before the current one, oldest first."""
    return "".join(exchange_html(e.question, e.answer, names, number) for number, e in enumerate(exchanges, 1))


def exchange_html(question: str, answer: Answer, names: Mapping[str, str], number: int) -> str:
    """One question with its whole answer; `number` counts from 1 in the conversation."""
    body = _abstention(answer, number) if answer.abstained else _answered(answer, names, number)
    heard = (
        "" if _is_same(question, answer.question) else f'<p class="heard">Understood as: {escape(answer.question)}</p>'
    )
    tail = f"{_chips(answer.follow_ups)}{_why(answer)}"
    return f'{_opened(question, number)}<div class="answer">{heard}{body}{tail}</div></section>'


def streaming_html(question: str, text: str, citations: Sequence[Citation], number: int) -> str:
    """A question with as much of its answer as there is."""
    links = {c.number: mark_html(c, number) for c in citations}
    body = f'<div class="prose">{cited_markdown(text, links)}</div>' if text else _looking()
    return f'{_opened(question, number, is_busy=True)}<div class="answer">{body}</div></section>'


def notice_html(message: str) -> str:
    """One message about what went wrong."""
    return f'<p class="notice" role="alert">{escape(message)}</p>' if message else ""


def mark_html(citation: Citation, exchange_number: int) -> str:
    """The mark `[n]` in an answer: a link to the passage."""
    label = f"Source {citation.number}: {citation.title}, {citation.section}"
    return (
        f'<a class="mark" data-source href="{viewer_link(citation)}" data-mark="{exchange_number}-{citation.number}" '
        f'aria-label="{escape(label)}" title="{escape(label)}">{citation.number}</a>'
    )


def viewer_link(place: Citation | Considered) -> str:
    """The viewer's address of a citation's span or of a considered passage, escaped for an attribute."""
    if isinstance(place, Citation):
        query = f"start={place.start}&end={place.end}"
    else:
        query = f"passage={quote(place.passage_id, safe='')}"
    return escape(f"/sources/{quote(place.source_id, safe='')}?{query}#quote")


def copy_text(answer: Answer) -> str:
    """What the copy button copies: the answer, then its sources, one per line."""
    lines = [answer.answer]
    if answer.citations:
        lines += ["", "Sources:"]
    for c in answer.citations:
        address = f" — {c.url}" if web_address(c.url) else ""
        lines.append(f"[{c.number}] {_place(c)}{address}")
    return "\n".join(lines)


def _opened(question: str, number: int, is_busy: bool = False) -> str:
    busy = ' data-busy="true"' if is_busy else ""
    return (
        f'<section class="exchange" data-exchange="{number}"{busy} aria-label="Question {number}">'
        f'<h2 class="asked">{escape(question)}</h2>'
    )


def _looking() -> str:
    return '<p class="looking">Looking through the library<span class="dots" aria-hidden="true"></span></p>'


def _answered(answer: Answer, names: Mapping[str, str], number: int) -> str:
    links = {c.number: mark_html(c, number) for c in answer.citations}
    copied = escape(copy_text(answer))
    note = f'<p class="heard">{escape(answer.reason)}</p>' if answer.reason else ""
    return (
        f'<div class="prose">{cited_markdown(answer.answer, links)}</div>{note}'
        f'<div class="tools"><button type="button" class="tool" data-copy="{copied}">Copy answer</button></div>'
        f"{_sources(answer.citations, names, number)}"
    )


def _abstention(answer: Answer, number: int) -> str:
    items = "".join(
        f'<li><a data-source href="{viewer_link(c)}" data-mark="{number}-near-{c.rank}">{escape(c.section)}</a>'
        f'<span class="meta">{escape(KINDS.get(c.kind, c.kind))}{_of_title(c)}</span></li>'
        for c in _nearest(answer)
    )
    nearest = f'<h3>The nearest it has</h3><ul class="nearest">{items}</ul>' if items else ""
    lead = escape(answer.answer.partition(NEAREST)[0])  # the nearest follow as links
    reason = f'<p class="meta">{escape(_sentence(answer.reason))}</p>' if answer.reason else ""
    return f'<div class="abstained" role="note"><p class="lead">{lead}</p>{reason}{nearest}</div>'


def _nearest(answer: Answer) -> list[Considered]:
    """The first passages of different sections."""
    by_section: dict[tuple[str, str], Considered] = {}
    for passage in answer.considered:
        by_section.setdefault((passage.source_id, passage.section), passage)
    return list(by_section.values())[:MAX_NEAREST]


def _sources(citations: Sequence[Citation], names: Mapping[str, str], number: int) -> str:
    """The citations, gathered by source in order of first use."""
    by_source: dict[str, list[Citation]] = {}
    for citation in citations:
        by_source.setdefault(citation.source_id, []).append(citation)
    items = "".join(_source(cited, names, number) for cited in by_source.values())
    return f'<section class="sources"><h3>Sources</h3><ul>{items}</ul></section>' if items else ""


def _source(cited: Sequence[Citation], names: Mapping[str, str], number: int) -> str:
    first = cited[0]
    by = ", ".join(names.get(i, i) for i in first.recommended_by)
    author = f" by {escape(names[first.source_id])}" if first.source_id in names else ""
    recommended = f" · recommended by {escape(by)}" if by else ""
    places = _places(cited, number)
    address = outside_link(first.url, _host(first.url)) if first.url and web_address(first.url) else ""
    return (
        f'<li class="source-entry"><p class="source-title">{escape(first.title)}</p>'
        f'<p class="meta"><span class="kind kind-{escape(first.kind)}">{escape(KINDS.get(first.kind, first.kind))}</span>'
        f'{author}{recommended}{" · " if address else ""}{address}</p><ul class="places">{places}</ul></li>'
    )


def _places(cited: Sequence[Citation], number: int) -> str:
    """The numbers of each section of one source; a source as a whole needs no name again."""
    by_section: dict[str, list[Citation]] = {}
    for citation in cited:
        by_section.setdefault(citation.section, []).append(citation)
    return "".join(
        f"<li>{'' if section == cited[0].title else escape(section) + ' '}"
        f"{' '.join(mark_html(c, number) for c in in_section)}</li>"
        for section, in_section in by_section.items()
    )


def _chips(questions: Sequence[str]) -> str:
    if not questions:
        return ""
    items = "".join(
        f'<li><button type="button" class="chip" data-ask="{escape(q)}">{escape(q)}</button></li>' for q in questions
    )
    return f'<div class="next"><h3>You could ask next</h3><ul class="chips">{items}</ul></div>'


def _why(answer: Answer) -> str:
    rows = "".join(
        f'<tr><td>{c.rank}</td><td><a data-source href="{viewer_link(c)}">{escape(_place(c))}</a></td>'
        f"<td>{c.dense_rank or '–'}</td><td>{c.lexical_rank or '–'}</td><td>{c.similarity:.2f}</td></tr>"
        for c in answer.considered
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    table = f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    cited = f" Ranks that are missing belong to the {_count(answer)} cited above." if answer.citations else ""
    times = ", ".join(f"{STEPS.get(k, k)} {v:.0f} ms" for k, v in answer.timings_ms.items())
    return (
        '<details class="why"><summary>Why this answer?</summary>'
        f"<p><strong>Question as understood:</strong> {escape(answer.question)}</p>"
        f"<p><strong>Passages considered but not used.</strong>{cited}</p>{table}"
        f"<p><strong>Mode:</strong> {escape(answer.mode)} · <strong>Time:</strong> {escape(times)}</p></details>"
    )


def _count(answer: Answer) -> str:
    count = len({c.passage_id for c in answer.citations})
    return f"{count} passage{'s' * (count != 1)}"


def _place(place: Citation | Considered) -> str:
    return place.title if place.section == place.title else f"{place.title} › {place.section}"


def _of_title(place: Considered) -> str:
    return "" if place.section == place.title else f" · {escape(place.title)}"


def _host(url: str) -> str:
    return url.split("//", 1)[1].split("/", 1)[0].removeprefix("www.") + " ↗"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _is_same(asked: str, understood: str) -> bool:
    return " ".join(asked.split()).casefold() == " ".join(understood.split()).casefold()
