"""Markdown documents for property tests: every construct that the splitter reads, and odd characters."""

from hypothesis import strategies as st

ODD = "é ñ ß Ω 中文 日本語 עברית العربية 🙂 👩🏽‍💻 ﬁ Å e\u0301 \u200b \u202e \ufeff \u00a0 \u2028 \x00 \x1b \ud800 \u3000 \U000e0041"
PLAIN = (
    "learn linear algebra first e.g. with Khan Academy. takes 8-10 weeks! why? Dr. Ng says so... v2.0 C++ C# "
    "`x = 1.` **bold** _soft_ [a link](https://example.org/a.b?c=d) ![image](x.png) <b>html</b> <!-- note --> "
    "a|b \\* 1. - # > $5 i.e. Weeks 1–4; (see above). “Quoted.” it's"
)
words = st.sampled_from(PLAIN.split() + ODD.split(" "))
lines = st.lists(words, min_size=1, max_size=14).map(" ".join)
headings = st.builds(lambda level, text: "#" * level + " " + text, st.integers(1, 4), lines)
paragraphs = st.lists(lines, min_size=1, max_size=3).map("\n".join)
bullets = st.sampled_from(["- ", "* ", "+ ", "1. ", "10) "])
indents = st.sampled_from(["", "", "  ", "    ", "      "])
items = st.builds(lambda indent, bullet, line: indent + bullet + line, indents, bullets, lines)
lists = st.lists(items, min_size=1, max_size=5).map("\n".join)
tables = st.lists(st.tuples(words, words), min_size=1, max_size=3).map(
    lambda rows: "| a | b |\n|---|---|\n" + "\n".join(f"| {a} | {b} |" for a, b in rows)
)
codes = st.builds(lambda fence, body: f"{fence}python\n{body}\n{fence}", st.sampled_from(["```", "~~~~"]), paragraphs)
quotations = paragraphs.map(lambda text: "> " + text.replace("\n", "\n> "))
others = st.sampled_from(["---", "Title\n=====", "Sub\n---", "[ref]: https://example.org", "```\nopen", "    code", ""])
blocks = st.one_of(headings, paragraphs, lists, tables, codes, quotations, others)
line_ends = st.sampled_from(["\n", "\n", "\r\n", "\r"])
markdown_documents = st.builds(
    lambda parts, gap, line_end: gap.join(parts).replace("\n", line_end),
    st.lists(blocks, max_size=10),
    st.sampled_from(["\n\n", "\n", "\n\n\n"]),
    line_ends,
)
