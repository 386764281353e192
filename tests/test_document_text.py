"""What is read of pages, Markdown and plain texts: what they show, in order, and nothing that they hide."""

from pathlib import Path

import pytest

from ingest.parse_child import parse
from ingest.parse_contract import Limits, Parsed
from ingest.parsers import source_of
from tests.made_files import docx_of

LIMITS = Limits()


def words_of(content: str | bytes, suffix: str) -> str:
    return parse(content.encode() if isinstance(content, str) else content, suffix, LIMITS).text


PAGE = """<!DOCTYPE html><html><head><title>Study  notes</title><meta name="author" content="Ann Lee">
<style>p { color: red }</style><script>alert("script")</script></head><body>
<h1>Learning plan</h1><p>First <b>bold</b> words, <a href="https://example.org/a b(c)">a link</a>,
<a href="javascript:alert(1)">a trap</a> and <a href="mailto:x@y">a letter</a>.</p>
<h2>Steps</h2><ol start="3"><li>Algebra<ul><li>vectors</ul><li><p>Statistics</p><p>with care</p></ol>
<table><tr><th>Week</th><th>Topic | part</th></tr><tr><td>1</td><td><p>Sums</p></td></tr></table>
<table><tr><td><h3>Side</h3><p>A box.</p></td></tr></table>
<pre><code># no heading
  x = 1</code></pre><p># no heading either<br>second line<br>-----</p>last words</body></html>"""

PAGE_TEXT = """# Learning plan

First bold words, [a link](https://example.org/a%20b%28c%29), a trap and a letter.

## Steps

3. Algebra
   - vectors
4. Statistics

   with care

| Week | Topic \\| part |
| --- | --- |
| 1 | Sums |

### Side

A box.

```
# no heading
  x = 1
```

\\# no heading either
second line

last words
"""


def test_a_page_becomes_markdown_with_headings_lists_tables_code_and_web_links() -> None:
    parsed = parse(PAGE.encode(), ".html", LIMITS)
    assert parsed == Parsed(PAGE_TEXT, "Study notes", "Ann Lee")


@pytest.mark.parametrize(
    "hiding",
    [
        '<span style="color:red; display : none">secret</span>',
        '<div style="DISPLAY:/* x */none !important"><p>secret</p></div>',
        '<span style="visibility:hidden">secret</span>',
        '<span style="font-size:0">secret</span>',
        '<span style="font-size: 0.0em;">secret</span>',
        '<span style="opacity:.0">secret</span>',
        "<p hidden>secret</p>",
        '<p aria-hidden="TRUE">secret</p>',
        "<!-- secret -->",
        "<!-- never closed secret",
        "<template>secret</template>",
        "<noscript>secret</noscript>",
        "<script>secret</script>",
        "<style>secret</style>",
        "<svg><text>secret</text></svg>",
        '<img src="https://secret.example/beacon.gif" alt="secret">',
        '<iframe srcdoc="secret">secret</iframe>',
        "<select><option>secret</option></select>",
        "<dialog>secret</dialog>",
    ],
)
def test_what_a_page_hides_is_not_read(hiding: str) -> None:
    assert words_of(f"<p>before</p>{hiding}", ".html") == "before\n"
    markdown = words_of(f"before\n\n{hiding}\n", ".md")
    assert "secret" not in markdown
    assert "before" in markdown


@pytest.mark.parametrize(
    "style", ["font-size:0.5em", "font-size:10px", "display:block", "opacity:0.9", "x-display:none", "font-size:00.1px"]
)
def test_what_a_style_shows_is_read(style: str) -> None:
    assert words_of(f'<p style="{style}">shown</p>', ".html") == "shown\n"


def test_a_page_in_another_encoding_is_read_by_its_own_word() -> None:
    page = '<meta charset="windows-1251"><p>Линейная алгебра</p>'
    assert words_of(page.encode("cp1251"), ".html") == "Линейная алгебра\n"


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("[x](javascript:alert(1))", "[x\\](javascript:alert(1))"),
        ("![x](https://beacon.example/a.gif)", "\\![x](https://beacon.example/a.gif)"),
        ("[x]: javascript:alert(1)", "[x]\\: javascript:alert(1)"),
        ("call f[x](y, z) now", "call f[x](y, z) now"),
        ("[x](https://example.org/)", "[x](https://example.org/)"),
        ("Wow![1] and a[0]", "Wow![1] and a[0]"),
    ],
)
def test_words_that_look_like_a_foreign_link_or_a_picture_are_made_inert(literal: str, expected: str) -> None:
    assert words_of(literal, ".txt") == expected + "\n"
    assert words_of(f"<p>{literal}</p>", ".html") == expected + "\n"
    assert words_of(docx_of(lambda d: d.add_paragraph(literal)), ".docx") == expected + "\n"


def test_a_comment_that_a_page_shows_does_not_swallow_the_rest() -> None:
    assert words_of("<p>write &lt;!-- to begin</p><p>the rest</p>", ".html") == "write <\\!-- to begin\n\nthe rest\n"


MARKDOWN = """---
title: "From the front"
author: Bob
---
Words *with* stress, [a trap](javascript:alert(1)) and [a page](https://example.org/p).
![a picture](https://beacon.example/x.png)<span hidden>secret</span>

<div style="display:none">

# Secret heading

</div>

# Top

- [ ] task
  1. step

Under
-----

| a | b |
|---|---|
| 1 | `f[x](y)` |

~~~python
# code
~~~

[named]

[named]: https://example.org/named
"""


def test_markdown_keeps_its_structure_without_raw_html_pictures_and_front_matter() -> None:
    assert words_of(MARKDOWN, ".md") == (
        "Words with stress, a trap and [a page](https://example.org/p).\n\n# Top\n\n- [ ] task\n  1. step\n\n"
        "## Under\n\n| a | b |\n| --- | --- |\n| 1 | `f[x](y)` |\n\n```\n# code\n```\n\n"
        "[named](https://example.org/named)\n"
    )


def test_the_front_matter_of_markdown_gives_title_and_author() -> None:
    parsed = parse(b"---\ntitle: 'A title'\nAuthor: Bob\n---\nwords\n", ".md", LIMITS)
    assert (parsed.title, parsed.author, parsed.text) == ("A title", "Bob", "words\n")
    assert parse(b"---\r\ntitle: A title\r\n---\r\nwords\r\n", ".md", LIMITS) == Parsed("words\n", "A title")
    assert words_of("---\nno front matter\n---\nwords\n", ".md") == "## no front matter\n\nwords\n"


def test_a_plain_text_stays_as_it_is() -> None:
    text = "Notes\n=====\n\n- one\n- two\n\n    indented\nCRLF\r\nline"
    assert words_of(text, ".txt") == "Notes\n=====\n\n- one\n- two\n\n    indented\nCRLF\nline\n"


def test_a_ruled_line_below_a_paragraph_of_plain_text_makes_no_heading_of_it() -> None:
    text = "one line\nanother line\n------\nmore\n\n# " + "long " * 60
    source = source_of(Path("a.txt"), parse(text.encode(), ".txt", LIMITS))
    assert [s.heading_path for s in source.sections] == [("Overview",)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("naïve café".encode(), "naïve café"),
        (b"\xef\xbb\xbf" + "naïve".encode(), "naïve"),
        ("naïve 中文".encode("utf-16"), "naïve 中文"),
        (b"\xfe\xff" + "naïve".encode("utf-16-be"), "naïve"),
        ("naïve".encode("utf-32"), "naïve"),
        ("“naïve” café – £5".encode("cp1252"), "“naïve” café – £5"),
        ("naïve café".encode("latin-1"), "naïve café"),
        ("ünïcödé tèxt ïs hérè".encode() * 3 + b"\xff!", "ünïcödé tèxt ïs hérè" * 3 + "\ufffd!"),
        ("“naïve” café’s".encode().decode("latin-1").encode(), "“naïve” café’s"),
        ("naïve – café €".encode().decode("cp1252").encode(), "naïve – café €"),
        ("Ã is a letter, Â too".encode(), "Ã is a letter, Â too"),
        (b"nul\x00 and \x1b[1mescape", "nul and [1mescape"),
        ("over\u202eride \u200bzero\ufeff".encode(), "override zero"),
        (b"old\rmac\r\nlines", "old\nmac\nlines"),
    ],
)
def test_the_encoding_is_found_and_wrong_decoding_repaired(data: bytes, expected: str) -> None:
    assert words_of(data, ".txt") == expected + "\n"
