import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from tests.serving import served


@pytest.fixture(scope="module")
def client(data_dir: Path) -> Iterator[httpx.Client]:
    """A client of a real server over the shipped library."""
    with served(data_dir) as address, httpx.Client(base_url=address, timeout=60) as found:
        yield found


def test_compares_and_every_quote_can_be_checked_by_a_stranger(client: httpx.Client) -> None:
    response = client.post("/v1/compare", json={"topic": "neural nets"})
    assert response.status_code == 200
    found = response.json()
    assert found["topic"] == "neural-networks"
    assert {v["roadmap"]: v["verdict"] for v in found["views"]}["noyan"] == "finds overkill"
    for citation in found["citations"][:5]:
        text = client.get(f"/v1/sources/{citation['source_id']}").json()["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_compares_only_the_sources_asked_for(client: httpx.Client) -> None:
    found = client.post("/v1/compare", json={"topic": "python", "sources": ["mynter"]}).json()
    assert [v["roadmap"] for v in found["views"]] == ["mynter"]


@pytest.mark.parametrize(
    ("route", "body", "says"),
    [
        ("/v1/compare", {"topic": "machin learning"}, "did you mean Machine learning"),
        ("/v1/compare", {"topic": "python", "sources": ["nobody"]}, "unknown roadmap"),
        ("/v1/compare", {"topic": ""}, "topic"),
        ("/v1/compare", {"topic": "x" * 1000}, "topic"),
        ("/v1/compare", {}, "topic"),
        ("/v1/compare", {"topic": "python", "colour": "red"}, "colour"),
        ("/v1/plan", {"hours_per_week": 0}, "hours_per_week"),
        ("/v1/plan", {"hours_per_week": 81}, "hours_per_week"),
        ("/v1/plan", {"background": "wizard"}, "background"),
        ("/v1/plan", {"roadmap": "nobody"}, "unknown roadmap"),
        ("/v1/plan", {"known": ["machin learning"]}, "did you mean"),
        ("/v1/plan", {"start": "2027-01-02", "target": "2027-01-01"}, "not after the start"),
        ("/v1/plan", {"start": "9999-12-31"}, "out of range"),
        ("/v1/plan", {"start": "soon"}, "start"),
        ("/v1/plan", {"format": "pdf"}, "format"),
        ("/v1/plan", {"format": "ics", "roadmap": "noyan"}, "its calendar would be empty"),
    ],
)
def test_what_cannot_be_done_is_a_problem_that_says_why(
    client: httpx.Client, route: str, body: dict[str, Any], says: str
) -> None:
    response = client.post(route, json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert says in response.json()["detail"]


def test_plans_in_every_format_with_its_media_type(client: httpx.Client) -> None:
    as_json = client.post("/v1/plan", json={})
    assert as_json.headers["content-type"] == "application/json"
    assert as_json.json()["total"]["text"].endswith("= 40–52 weeks")

    as_markdown = client.post("/v1/plan", json={"format": "markdown"})
    assert as_markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert as_markdown.text.startswith("# Study plan")

    as_csv = client.post("/v1/plan", json={"format": "csv"})
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert len(list(csv.DictReader(io.StringIO(as_csv.text)))) == len(as_json.json()["stages"])

    as_ics = client.post("/v1/plan", json={"format": "ics"})
    assert as_ics.headers["content-type"] == "text/calendar; charset=utf-8"
    assert len(Calendar.from_ical(as_ics.content).walk("VEVENT")) == 5


def test_a_plan_follows_the_wishes(client: httpx.Client) -> None:
    wishes = {"background": "software engineer", "hours_per_week": 5, "known": ["maths"], "roadmap": "thorneloe"}
    made = client.post("/v1/plan", json=wishes).json()
    assert made["request"]["hours_per_week"] == 5
    assert [s["name"] for s in made["stages"] if s["status"] == "already known"] == ["Linear algebra", "Probability"]


def test_both_routes_stand_in_the_description(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths["/v1/plan"]["post"]["responses"]["200"]["content"]) >= {
        "text/csv",
        "text/calendar",
        "text/markdown",
    }
    assert "/v1/compare" in paths
