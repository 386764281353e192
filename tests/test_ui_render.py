"""The HTML of answers and sources: exact marks, and nothing from a text that could run or load."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.api_models import SectionModel, SourceModel
from assistant.chain import AnswerChain
from assistant.records import Answer, Citation, Considered
from ui.markup import cited_markdown, escape, markdown, marked_markdown, outside_link, web_address
from ui.render import EXAMPLES, copy_text, exchange_html, notice_html, streaming_html, viewer_link, welcome_html
from ui.viewer import MAX_SHOWN_CHARS, read_span, source_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![beacon](https://evil.example/pixel.png)",
    "[click](javascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](JaVaScRiPt:alert(1))",
    "<javascript:alert(1)>",
    "[a]: https://evil.example\n\n[a]",
    "\"><svg onload=alert(1)><a href='",
    "</article></main><iframe src=//evil.example>",
    "<style>@import url(//evil.example)</style>",
    "${alert(1)} {{constructor.constructor('alert(1)')()}}",
    "`</code><b onclick=alert(1)>`",
    "```\n</pre><script>alert(1)</script>\n```",
    '[x](https://ok.example/"onmouseover=alert(1)//)',
    '<https://ok.example/"onmouseover=alert(1)>',
]
ALLOWED_TAGS = set(
    "a article button code details div em footer h1 h2 h3 h4 h5 h6 header hr li main mark ol p pre section span strong"
    " summary table tbody td th thead tr ul blockquote br".split()
)
ALLOWED_ATTRIBUTES = set(
    "aria-hidden aria-label aria-labelledby class data-ask data-busy data-copy data-copy-link data-exchange data-mark"
    " data-source hidden href id rel role scope start tabindex target title type".split()
)


class Seen(HTMLParser):
    """Collects the elements of some HTML and the text inside marks."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.marked = ""
        self._open_marks = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._open_marks += tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self._open_marks -= tag == "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        self.marked += data if self._open_marks else ""


def refuse_active(html: str) -> Seen:
    """Fail when the HTML holds an element, attribute or address that could run or load something."""
    seen = Seen(html)
    for tag, attributes in seen.tags:
        assert tag in ALLOWED_TAGS, tag
        assert set(attributes) <= ALLOWED_ATTRIBUTES, attributes
        address = attributes.get("href", "#")
        assert re.match(r"https?://|/sources/|#", address), address
        if address.startswith("http"):
            assert "noopener" in attributes["rel"]
            assert "noreferrer" in attributes["rel"]
    assert not set("${}`") & set(html)
    return seen


def citation(number: int = 1, **changes: object) -> Citation:
    """A citation of a small source."""
    quote = "Start with Python."
    made = Citation(
        number, "guide#start@1", "guide", "roadmap", "A Guide", "Start", "https://guide.example/a", (), quote, 9, 27
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def considered(rank: int, section: str = "Later", **changes: object) -> Considered:
    """A passage that was found but not used."""
    made = Considered(
        f"guide#later@{rank}", "guide", "roadmap", "A Guide", section, None, "Text.", rank, 0.5, 0.4, rank, None, None
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def answer(**changes: object) -> Answer:
    """An answer of one sentence."""
    made = Answer(
        "Start with Python. [1]",
        (citation(),),
        False,
        None,
        "extractive",
        "Where do I start?",
        (considered(2),),
        ("What next?",),
        {"retrieve": 12.4, "total": 15.0},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def source(text: str, **changes: object) -> SourceModel:
    """A source of one section."""
    fields = {
        "source_id": "guide",
        "kind": "roadmap",
        "title": "A Guide",
        "author": "Ada",
        "url": "https://guide.example/a",
        "licence": "CC0",
        "recommended_by": [],
        "text": text,
        "sections": [SectionModel(section_id="guide#overview", heading_path=["A Guide"], start=0, end=len(text))],
    }
    return SourceModel.model_validate({**fields, **changes})


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text_wherever_it_is_shown(hostile: str) -> None:
    cited = citation(title=hostile, section=hostile, url=hostile, quote=hostile, recommended_by=(hostile,))
    near = considered(2, title=hostile, section=hostile, url=hostile, text=hostile, source_id=hostile)
    told = answer(
        answer=f"{hostile} [1]", citations=(cited,), considered=(near,), follow_ups=(hostile,), question=hostile
    )
    refuse_active(exchange_html(hostile, told, {hostile: hostile}, 1))
    refuse_active(exchange_html(hostile, replace(told, abstained=True, citations=(), reason=hostile), {}, 1))
    refuse_active(streaming_html(hostile, hostile, [cited], 1))
    refuse_active(notice_html(hostile))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_sources_stay_text_in_the_viewer_marked_or_not(hostile: str) -> None:
    text = f"# Guide\n\nBefore {hostile} after\n\n{hostile}\n"
    shown = source(text, title=hostile, author=hostile, licence=hostile, url=hostile, recommended_by=[hostile])
    refuse_active(source_html(shown, {hostile: hostile}, None))
    for start in range(0, len(text), 3):
        seen = refuse_active(source_html(shown, {}, (start, min(start + 20, len(text)))))
        assert any(tag == "mark" for tag, _ in seen.tags) or not text[start : start + 20].strip()


def test_a_mark_holds_exactly_the_quote() -> None:
    text = "# T\n\nOne. Two **bold** [link](https://x.example) three. Four.\n"
    start = text.index("Two")
    end = text.index(" Four")
    seen = Seen(marked_markdown(text, (start, end), {}))
    assert seen.marked == "Two bold link three."
    assert [a["id"] for t, a in seen.tags if t == "mark" and "id" in a] == ["quote"]


def test_a_quote_over_several_list_items_is_marked_in_each() -> None:
    text = "- first item\n- second item\n- third item\n"
    html = marked_markdown(text, (text.index("item"), text.index("third") - 3), {})
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == ["item", "second item"]


def test_a_span_that_cuts_markup_is_shown_exactly_in_plain_text() -> None:
    text = "See [the link](https://x.example/path) now.\n"
    start, end = text.index("example"), text.index(" now")
    seen = Seen(marked_markdown(text, (start, end), {}))
    assert seen.marked == text[start:end]
    assert not any(tag == "a" for tag, _ in seen.tags)


def test_a_span_that_ends_where_nothing_is_shown_does_not_mark_the_rest() -> None:
    text = "See this.\n\n```python\ncode\n```\n\nafter\n"
    start, end = text.index("this"), text.index("hon")
    assert Seen(marked_markdown(text, (start, end), {})).marked == text[start:end]


def test_links_elsewhere_tell_that_place_nothing() -> None:
    shown = exchange_html("q", answer(answer="[Guide](https://guide.example/b) [1]"), {}, 1)
    page = source_html(source("See [b](https://guide.example/b).\n"), {}, (0, 3))
    addresses = [
        a["href"] for html in (shown, page) for _, a in refuse_active(html).tags if a.get("href", "")[:4] == "http"
    ]
    assert addresses == [f"https://guide.example/{name}" for name in "baab"]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab *_`[]()#-\n>1.<&\\~|!:/", max_size=80), st.data())
def test_any_span_of_any_markdown_is_marked_exactly_or_not_rendered(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    html = marked_markdown(text, (start, end), {})
    unmarked = re.sub(r"</?mark[^>]*>", "", html)
    is_plain = unmarked == f'<div class="as-written">{escape(text)}</div>'
    assert is_plain or unmarked == markdown(text)
    if is_plain:
        assert Seen(html).marked == text[start:end].replace("\r", "\n")


def test_every_citable_sentence_of_the_library_is_marked_within_rendered_text(chain: AnswerChain) -> None:
    fallen_back = []
    for passage in list(chain.index.passages.values())[::20]:
        text = chain.index.sources[passage.source_id].text
        for span in passage.sentences:
            html = marked_markdown(text, span, {})
            if 'class="as-written"' in html:
                fallen_back.append((passage.passage_id, span))
            else:
                assert " ".join(Seen(html).marked.split()) == " ".join(
                    Seen(markdown(text[span[0] : span[1]])).text.split()
                )
    assert fallen_back == []


def test_marks_become_links_to_the_quoted_span_and_unknown_numbers_stay_text() -> None:
    html = exchange_html("q", answer(answer="Start with Python. [1] And [7]."), {}, 3)
    assert 'href="/sources/guide?start=9&amp;end=27#quote" data-mark="3-1"' in html
    assert "[7]" in html
    assert "[1]" not in Seen(html).text


def test_marks_inside_addresses_are_left_alone() -> None:
    html = cited_markdown("[site](https://x.example/?q=%5B1%5D&r=[1]) [1]", {1: "<b>1</b>"})
    assert html.count("<b>1</b>") == 1


def test_sources_are_gathered_by_source_with_kind_and_recommendation_and_address() -> None:
    cited = (citation(1), citation(2, section="End"), citation(3, source_id="book", title="A Book", kind="resource"))
    cited = (*cited[:2], replace(cited[2], recommended_by=("guide",)))
    text = Seen(exchange_html("q", answer(citations=cited), {"guide": "Ada"}, 1)).text
    assert text.count("A Guide") == 2, "once as source, once among the considered"
    assert "Roadmap by Ada · guide.example ↗" in text
    assert "Resource · recommended by Ada · guide.example ↗" in text


def test_an_abstention_shows_no_sources_but_links_the_nearest_sections_once() -> None:
    near = (considered(1), considered(2), considered(3, "Other"))
    told = answer(
        answer="Not here. The nearest it has: x.", abstained=True, citations=(), considered=near, reason="no passage"
    )
    html = exchange_html("q", told, {}, 1)
    nearest = html.split('class="nearest"')[1].split("</ul>")[0]
    assert 'class="abstained"' in html
    assert 'class="sources"' not in html
    assert nearest.count("<li>") == 2
    assert viewer_link(near[0]) in nearest
    assert "The nearest it has: x" not in html


def test_the_question_as_understood_is_shown_when_it_differs() -> None:
    assert "Understood as" not in exchange_html("where do I  START?", answer(), {}, 1)
    assert "Understood as: Where do I start?" in exchange_html("and where?", answer(), {}, 1)


def test_why_shows_ranks_of_each_leg_and_times() -> None:
    row = Seen(exchange_html("q", answer(considered=(considered(2, dense_rank=5),)), {}, 1).split("<tbody>")[1]).text
    assert row.startswith("2A Guide › Later5–0.40")
    assert "finding 12 ms" in row


def test_copied_text_has_the_answer_and_numbered_sources() -> None:
    assert copy_text(answer()) == ("Start with Python. [1]\n\nSources:\n[1] A Guide › Start — https://guide.example/a")


def test_the_welcome_has_six_questions_that_the_library_answers(chain: AnswerChain) -> None:
    asked = [a["data-ask"] for _, a in Seen(welcome_html()).tags if "data-ask" in a]
    assert asked == [question for _, question in EXAMPLES]
    assert len(set(asked)) == 6
    assert [q for q in asked if chain.invoke(q).abstained] == []


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//x.example", "ftp://x.example", "https://", "", None])
def test_only_web_addresses_become_links(address: str | None) -> None:
    assert web_address(address) is None
    assert outside_link(address or "", "a <label>") == "a &lt;label&gt;"


@pytest.mark.parametrize(
    ("start", "end", "span"),
    [
        ("0", "5", (0, 5)),
        ("5", "5", None),
        ("6", "2", None),
        ("0", "11", None),
        ("-1", "5", None),
        ("", "", None),
        ("a", "5", None),
        ("٣", "5", None),
        ("0", "9" * 5000, None),
    ],
)
def test_a_span_of_an_address_counts_only_inside_the_text(start: str, end: str, span: tuple[int, int] | None) -> None:
    assert read_span(start, end, 10) == span


def test_of_a_long_source_the_part_around_the_quote_is_shown() -> None:
    text = "filler line\n" * 20_000 + "the quote\n" + "filler line\n" * 20_000
    start = text.index("the quote")
    html = source_html(source(text), {}, (start, start + 9))
    assert Seen(html).marked == "the quote"
    assert len(html) < 2 * MAX_SHOWN_CHARS
    assert "the part around the quotation is shown" in html


def test_sections_are_listed_and_lead_to_their_headings() -> None:
    text = "# A Guide\n\nIntro.\n\n## Start\n\nBegin.\n\n## End\n\nStop.\n"
    places = [("Start", text.index("\nBegin")), ("End", text.index("\nStop"))]
    sections = [
        {"section_id": f"guide#{name.lower()}", "heading_path": ["A Guide", name], "start": start, "end": start + 8}
        for name, start in places
    ]
    first = {"section_id": "guide#overview", "heading_path": ["A Guide"], "start": 9, "end": 18}
    html = source_html(source(text, sections=[first, *sections]), {}, (text.index("Stop"), text.index("Stop") + 5))
    assert '<a href="#section-start">Start</a>' in html
    assert '<h3 id="section-end">End</h3>' in html
    assert "Jump to the quoted passage</a> in End" in html


def test_style_and_script_load_nothing_from_elsewhere() -> None:
    for file in sorted((Path(__file__).parent.parent / "ui" / "static").glob("chat.*")):
        content = file.read_text(encoding="utf-8")
        assert not re.search(r"https?://\w|@import|url\(|eval\(|innerHTML", content), file.name
