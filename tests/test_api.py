"""The API over a real server: answers, their proof, and every way to be refused."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.serving import Stuck, served

WEEKS = {"question": "How many weeks does the ML fundamentals module take?"}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def client(data_dir: Path) -> Iterator[httpx.Client]:
    """A client of a server over the shipped library."""
    with served(data_dir) as address, httpx.Client(base_url=address, timeout=120) as found:
        yield found


def problem_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that a response tells, after checking its form."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    found: dict[str, Any] = response.json()
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    assert "Traceback" not in response.text
    return found


def events_of(response: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    """The server-sent events of a response, by the format's own rules."""
    assert response.headers["content-type"].startswith("text/event-stream")
    events = []
    for block in response.content.decode("utf-8").split("\n\n")[:-1]:
        name, data = block.split("\n")
        events.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "timings_ms"}


def test_an_answer_has_every_field_and_each_quote_can_be_checked_by_a_stranger(client: httpx.Client) -> None:
    answer = client.post("/v1/answer", json=WEEKS).json()
    assert set(answer) == {
        "answer", "citations", "abstained", "reason", "mode", "question", "considered", "follow_ups", "timings_ms",
    }  # fmt: skip
    assert not answer["abstained"]
    assert answer["citations"][0]["source_id"] == "mrcloudchase"
    for citation in answer["citations"]:
        assert set(citation) == {
            "number", "passage_id", "source_id", "kind", "title", "section", "url", "recommended_by", "quote", "start",
            "end",
        }  # fmt: skip
        assert f"[{citation['number']}]" in answer["answer"]
        source = client.get(f"/v1/sources/{citation['source_id']}").json()
        assert source["text"][citation["start"] : citation["end"]] == citation["quote"] != ""


def test_an_abstention_cites_nothing_and_says_why(client: httpx.Client) -> None:
    answer = client.post("/v1/answer", json={"question": "what's the weather in Oslo?"}).json()
    assert answer["abstained"]
    assert answer["citations"] == []
    assert answer["reason"]


@pytest.mark.parametrize("question", [WEEKS["question"], "what's the weather in Oslo?", "where do I start?"])
def test_the_events_of_a_stream_join_to_the_same_answer(client: httpx.Client, question: str) -> None:
    whole = client.post("/v1/answer", json={"question": question}).json()
    *pieces, (last, done) = events_of(client.post("/v1/answer", json={"question": question, "stream": True}))
    assert last == "done"
    assert timeless(done) == timeless(whole)
    assert "".join(data["text"] for name, data in pieces if name == "token") == whole["answer"]
    assert [data for name, data in pieces if name == "citation"] == whole["citations"]
    assert {name for name, _ in pieces} <= {"token", "citation"}


def test_line_separators_in_a_question_do_not_break_the_stream(client: httpx.Client) -> None:
    question = "what is\u2028machine\u2029learning?\u0085\r\n\r\nevent: done"
    response = client.post("/v1/answer", json={"question": question, "stream": True})
    assert events_of(response)[-1][0] == "done"
    assert not {"\u2028", "\u2029", "\u0085", "\r"} & set(response.text)


def test_history_sources_and_kinds_are_heeded(client: httpx.Client) -> None:
    history = [{"role": "user", "content": "How many weeks is module 1 of mrcloudchase?"}]
    followed = client.post("/v1/answer", json={"question": "and the second one?", "history": history}).json()
    assert "module 2" in followed["question"].lower()
    request = {"question": "how do I learn deep learning?", "sources": ["noyan"], "kinds": ["roadmap"]}
    narrow = client.post("/v1/answer", json=request).json()
    assert {c["source_id"] for c in narrow["citations"] + narrow["considered"]} == {"noyan"}
    assert client.post("/v1/answer", json={**WEEKS, "sources": []}).json()["abstained"]


def test_many_at_once_are_told_the_same(client: httpx.Client) -> None:
    questions = [WEEKS["question"], "which linear algebra course should I do?", "what is MLOps?"] * 4

    def ask(question: str) -> dict[str, Any]:
        return timeless(client.post("/v1/answer", json={"question": question}).json())

    with ThreadPoolExecutor(len(questions)) as pool:
        answers = list(pool.map(ask, questions))
    assert answers[:3] == answers[3:6] == answers[6:9] == answers[9:]


def test_the_library_is_listed_and_each_source_has_its_text_and_sections(client: httpx.Client) -> None:
    sources = client.get("/v1/sources").json()
    assert {"thorneloe", "mrcloudchase", "noyan", "careerten", "mynter"} <= {s["source_id"] for s in sources}
    assert all("text" not in source for source in sources)
    found = client.get("/v1/sources/noyan").json()
    assert found["kind"] == "roadmap"
    for section in found["sections"]:
        assert section["section_id"].startswith("noyan#")
        assert found["text"][section["start"] : section["end"]].strip()


def test_a_search_finds_passages_with_their_places(client: httpx.Client) -> None:
    found = client.get("/v1/search", params={"q": "linear algebra", "k": 7}).json()
    assert len(found["results"]) == 7
    assert [r["rank"] for r in found["results"]] == list(range(1, 8))
    for result in found["results"]:
        text = client.get(f"/v1/sources/{result['source_id']}").json()["text"]
        assert text[result["start"] : result["end"]] == result["text"]


def test_a_search_is_filtered_by_source_and_kind(client: httpx.Client) -> None:
    by_source = client.get("/v1/search", params={"q": "python", "sources": ["noyan", "mynter"]}).json()["results"]
    assert {r["source_id"] for r in by_source} <= {"noyan", "mynter"}
    assert by_source
    by_kind = client.get("/v1/search", params={"q": "python", "kinds": "resource"}).json()["results"]
    assert {r["kind"] for r in by_kind} == {"resource"}


@pytest.mark.parametrize("k", ["0", "51", "-1", "many", "1e9", ""])
def test_a_search_for_an_odd_number_of_passages_is_refused(client: httpx.Client, k: str) -> None:
    assert "k" in problem_of(client.get("/v1/search", params={"q": "python", "k": k}), 422)["detail"]


@pytest.mark.parametrize("k", [1, 50])
def test_a_search_takes_the_bounds_themselves(client: httpx.Client, k: int) -> None:
    assert len(client.get("/v1/search", params={"q": "python", "k": k}).json()["results"]) == k


def test_alive_and_ready_are_told_apart(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.headers["cache-control"] == "no-store"
    found = ready.json()
    assert found["status"] == "ready"
    assert found["sources"] == len(client.get("/v1/sources").json())
    assert found["model"] == "all-MiniLM-L6-v2"


REFUSED: dict[str, tuple[Any, int, str]] = {
    "blank": ({"question": " \u200b\n"}, 422, "empty"),
    "too long": ({"question": "x" * 100_000}, 413, "2000"),
    "just too long": ({"question": "x" * 2001}, 413, "2000"),
    "no question": ({}, 422, "question"),
    "a number": ({"question": 3}, 422, "question"),
    "unknown field": ({**WEEKS, "sorces": []}, 422, "sorces"),
    "unknown source": ({**WEEKS, "sources": ["nobody"]}, 422, "unknown source 'nobody'"),
    "unknown kind": ({**WEEKS, "kinds": ["book"]}, 422, "kinds"),
    "unknown mode": ({**WEEKS, "mode": "loud"}, 422, "mode"),
    "unknown role": ({**WEEKS, "history": [{"role": "system", "content": "x"}]}, 422, "role"),
    "too many turns": ({**WEEKS, "history": [{"role": "user", "content": "x"}] * 51}, 422, "history"),
    "a list": ([], 422, "body"),
    "null": (None, 422, "body"),
}


@pytest.mark.parametrize(("body", "status", "told"), REFUSED.values(), ids=REFUSED.keys())
def test_a_request_that_cannot_be_answered_is_refused_with_the_reason(
    client: httpx.Client, body: Any, status: int, told: str
) -> None:
    response = client.post("/v1/answer", content=json.dumps(body), headers={"content-type": "application/json"})
    assert told in problem_of(response, status)["detail"]


@pytest.mark.parametrize("stream", [True, False])
def test_a_refusal_comes_before_a_stream_begins(client: httpx.Client, stream: bool) -> None:
    problem_of(client.post("/v1/answer", json={"question": "  ", "stream": stream}), 422)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b'{"question": "what is ML?"', "application/json"),
        (b"question=what", "application/x-www-form-urlencoded"),
        (b'{"question": "what is ML?"}', "text/plain"),
        (b"\xff\xfe\x00", "application/json"),
        (b"", "application/json"),
        (b'{"question": ' + b"[" * 50_000, "application/json"),
        (b"NaN", "application/json"),
    ],
    ids=["cut", "a form", "wrong type", "not utf-8", "nothing", "deep", "not a number"],
)
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, content: bytes, content_type: str) -> None:
    response = client.post("/v1/answer", content=content, headers={"content-type": content_type})
    assert 400 <= response.status_code < 500, response.text
    problem_of(response, response.status_code)


@pytest.mark.parametrize("question", ["what is \x00 ML?", "🙂" * 500, "[" * 2000, "a" + "\u0301" * 1999, "\u202egnp"])
def test_an_odd_question_is_answered_or_refused_in_valid_json(client: httpx.Client, question: str) -> None:
    response = client.post("/v1/answer", json={"question": question})
    assert response.status_code in (200, 422)
    assert response.json()


def test_a_lone_surrogate_is_dropped_and_the_rest_answered(client: httpx.Client) -> None:
    body = b'{"question": "\\ud800 what is ML?"}'
    response = client.post("/v1/answer", content=body, headers={"content-type": "application/json"})
    assert response.json()["question"] == "what is ML?"


def test_a_body_that_is_too_large_is_refused_with_or_without_its_length(client: httpx.Client) -> None:
    large = json.dumps({**WEEKS, "history": [{"role": "user", "content": "x" * 19_000}] * 20}).encode()
    headers = {"content-type": "application/json"}
    assert "larger than" in problem_of(client.post("/v1/answer", content=large, headers=headers), 413)["detail"]

    def pieces() -> Iterator[bytes]:
        yield from (large[begin : begin + 10_000] for begin in range(0, len(large), 10_000))

    assert "larger than" in problem_of(client.post("/v1/answer", content=pieces(), headers=headers), 413)["detail"]


@pytest.mark.parametrize("source_id", ["nobody", "NOYAN", "%00", "noyan%20", "🙂", "%ff"])
def test_an_unknown_source_is_not_found(client: httpx.Client, source_id: str) -> None:
    problem_of(client.get(f"/v1/sources/{source_id}"), 404)


def raw(client: httpx.Client, request: str) -> tuple[int, str]:
    """Send these very bytes; returns the status and the whole response."""
    place = urlsplit(str(client.base_url))
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=60) as connection:
        connection.sendall(request.encode())
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    response = received.decode("utf-8", "replace")
    return int(response.split(" ", 2)[1]), response


@pytest.mark.parametrize(
    "path",
    [
        "/v1/sources/..%2f..%2fetc%2fpasswd",
        "/v1/sources/../../etc/passwd",
        "/v1/sources/..%5c..%5cetc%5cpasswd",
        "/v1/sources/%2e%2e/%2e%2e/etc/passwd",
        "/v1/sources//etc/passwd",
        "/v1/sources/%2fetc%2fpasswd",
        "/v1/sources/noyan/../../../pyproject.toml",
        "/v1/sources/noyan.md",
    ],
)
def test_no_path_leads_to_a_file(client: httpx.Client, path: str) -> None:
    status, response = raw(client, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert status == 404
    assert "root:" not in response
    assert "[project]" not in response


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", ""])
def test_another_host_name_is_refused(client: httpx.Client, host: str) -> None:
    status, response = raw(client, f"GET /v1/sources HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    assert status == 400
    assert "thorneloe" not in response


@pytest.mark.parametrize("path", ["/v1/sources", "/healthz", "/v1/absent", "/docs"])
def test_every_response_has_the_headers_that_keep_pages_apart(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "object-src 'none'" in headers["content-security-policy"]
    assert "access-control-allow-origin" not in headers


def test_a_page_of_another_origin_may_not_ask(client: httpx.Client) -> None:
    asked = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    assert "access-control-allow-origin" not in client.options("/v1/answer", headers=asked).headers


def test_without_an_index_it_is_alive_but_not_ready_and_no_path_is_told(tmp_path: Path) -> None:
    with served(tmp_path / "hidden-place") as address, httpx.Client(base_url=address, timeout=60) as client:
        assert client.get("/healthz").status_code == 200
        for response in (client.get("/readyz"), client.post("/v1/answer", json=WEEKS), client.get("/v1/sources")):
            assert "roadmap ingest" in problem_of(response, 503)["detail"]
            assert "hidden-place" not in response.text
            assert str(tmp_path) not in response.text


def test_a_client_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    with served(tmp_path, requests_per_minute=3) as address, httpx.Client(base_url=address, timeout=60) as client:
        statuses = [client.get("/v1/sources").status_code for _ in range(5)]
        refused = client.get("/v1/sources")
        assert statuses[:3] == [503, 503, 503]
        assert "3 requests a minute" in problem_of(refused, 429)["detail"]
        assert int(refused.headers["retry-after"]) >= 1
        assert client.get("/healthz").status_code == 200, "a check of health is not counted"


def test_past_the_limit_of_requests_at_once_others_are_told_to_come_back(tmp_path: Path) -> None:
    stuck = Stuck()
    with served(tmp_path, stuck, max_concurrency=1) as address, httpx.Client(base_url=address, timeout=60) as client:
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(client.post, "/v1/answer", json=WEEKS) for _ in range(2)]
            first = next(as_completed(both)).result()
            assert "at once" in problem_of(first, 503)["detail"]
            assert int(first.headers["retry-after"]) >= 1
            assert client.get("/healthz").status_code == 200
            stuck.released.set()
        assert client.post("/v1/answer", json=WEEKS).headers.get("retry-after") is None
