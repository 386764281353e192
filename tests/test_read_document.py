"""A file as a source: its title and id, whatever kind it is, and what its reader may see of this machine."""

from pathlib import Path

import pytest

from ingest.parse_child import parse
from ingest.parse_contract import Limits, Parsed
from ingest.parsers import source_of
from ingest.records import Kind
from tests.made_files import docx_of, pdf, put, read_document

LIMITS = Limits()


@pytest.mark.parametrize(
    ("name", "content", "title"),
    [
        ("a.html", "<title>Of the page</title><h2>Sub</h2><h1>Top <b>heading</b></h1>", "Top heading"),
        ("a.html", "<title>Of the page</title><p>words", "Of the page"),
        ("a.md", "---\ntitle: Of the front\n---\nwords", "Of the front"),
        ("a.pdf", pdf([(10, 700, "words")], title="Of the file"), "Of the file"),
        ("My Notes.txt", "words", "My Notes"),
        ("evil\u202etxt.md", "words", "eviltxt"),
    ],
)
def test_the_title_is_the_top_heading_else_that_of_the_metadata_else_the_name(
    name: str, content: str | bytes, title: str
) -> None:
    data = content.encode() if isinstance(content, str) else content
    assert source_of(Path(name), parse(data, Path(name).suffix, LIMITS)).title == title


@pytest.mark.parametrize(
    ("name", "source_id"),
    [
        ("Study Plan (2).md", "doc-study-plan-2"),
        ("Résumé.md", "doc-resume"),
        ("学习.md", "doc-untitled"),
        ("a" * 200 + ".md", "doc-" + "a" * 60),
        ("../../etc/passwd.txt", "doc-passwd"),
    ],
)
def test_the_id_is_made_of_the_name(name: str, source_id: str) -> None:
    assert source_of(Path(name), Parsed("words")).source_id == source_id


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", b"# Title\n\nSome words of a learner."),
        ("a.MARKDOWN", b"# Title\n\nSome words of a learner."),
        ("a.txt", b"# Title\n\nSome words of a learner."),
        ("a.htm", b"<h1>Title</h1>Some words of a learner."),
        ("a.pdf", pdf([(20, 740, "Title"), (10, 700, "Some words of a learner.")])),
        ("a.docx", docx_of(lambda d: (d.add_heading("Title", 1), d.add_paragraph("Some words of a learner.")))),
    ],
)
def test_every_kind_of_file_becomes_a_document(tmp_path: Path, name: str, content: bytes) -> None:
    source = read_document(put(tmp_path, name, content))
    assert (source.source_id, source.kind, source.title, source.text) == (
        "doc-a",
        Kind.DOCUMENT,
        "Title",
        "# Title\n\nSome words of a learner.\n",
    )
    assert (source.url, source.licence, [s.section_id for s in source.sections]) == (None, None, ["doc-a#overview"])
    assert all(not section.questions for section in source.sections)


def test_a_module_in_the_users_folder_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "bs4.py", "open('run', 'w')")
    put(tmp_path, "json.py", "open('run', 'w')")
    monkeypatch.chdir(tmp_path)
    assert read_document(put(tmp_path, "a.html", "<p>words")).text == "words\n"
    assert not (tmp_path / "run").exists()


def test_keys_in_the_environment_do_not_reach_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "sitecustomize.py", f"import os; open(r'{tmp_path}/seen', 'w').write(str(dict(os.environ)))")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SOME_API_KEY", "sk-123")
    read_document(put(tmp_path, "a.txt", "words"))
    assert "sk-123" not in (tmp_path / "seen").read_text()
