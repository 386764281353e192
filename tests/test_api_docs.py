"""The documentation page shows every route and loads nothing."""

import re

from assistant.api import create_api
from assistant.api_docs import page
from assistant.settings import Settings
from assistant.wiring import Service


def test_page_has_every_route_and_asks_for_nothing_elsewhere() -> None:
    description = create_api(Service(Settings.load())).openapi()
    html = page(description)
    for path in description["paths"]:
        assert f"<code>{path}</code>" in html
    assert "/v1/answer" in html
    assert not re.search(r"<(?:script|link|img|iframe)\b|(?:src|href)='https?:", html)


def test_page_escapes_what_it_shows() -> None:
    info = {"title": "<b>x</b>", "description": "<script>alert(1)</script>"}
    operation = {"summary": "<i>", "parameters": [{"name": "<p>", "in": "query"}], "responses": {}}
    html = page({"info": info, "paths": {"/<a>": {"get": operation}}})
    assert "<b>x" not in html
    assert "<script>" not in html
    assert "<i>" not in html
    assert "<p>'" not in html
    assert "/<a>" not in html
