"""A real HTTP server that speaks the chat-completions protocol as a script tells it, faults included."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[["Handler", dict[str, Any]], None]


class ChatServer(ThreadingHTTPServer):
    """Answers every request by its script and keeps the requests' bodies."""

    daemon_threads = True
    block_on_close = False  # a script that hangs must not hold up the end of a test

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: Script = says("NO_ANSWER")
        self.requests: list[dict[str, Any]] = []
        self.hang_ups = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.hang_ups += 1  # the client closed the connection, as it should in some tests


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: ChatServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append({**body, "authorization": self.headers.get("Authorization")})
        self.close_connection = True
        self.server.script(self, body)

    def begin(self, status: int = 200, media_type: str = "text/event-stream", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()

    def put(self, data: str) -> None:
        raw = data.encode()
        self.wfile.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
        self.wfile.flush()

    def put_event(self, delta: dict[str, str], finish_reason: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        self.put(f"data: {json.dumps({**_FRAME, 'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n")

    def finish(self, finish_reason: str = "stop") -> None:
        self.put_event({}, finish_reason)
        self.put("data: [DONE]\n\n")
        self.end()

    def end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def reply(self, status: int, text: str, media_type: str = "application/json") -> None:
        raw = text.encode()
        self.begin(status, media_type, len(raw))
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass


_FRAME = {"id": "chatcmpl-1", "created": 1, "model": "scripted"}


def says(text: str, size: int = 7, finish_reason: str = "stop") -> Script:
    """Stream `text` in pieces of `size` characters."""

    def script(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        for start in range(0, len(text), size):
            handler.put_event({"content": text[start : start + size]})
        handler.finish(finish_reason)

    return script


def says_at_once(text: str) -> Script:
    """Answer with one JSON body, whether a stream was asked for or not."""

    def script(handler: Handler, body: dict[str, Any]) -> None:
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        handler.reply(200, json.dumps({**_FRAME, "object": "chat.completion", "choices": [choice]}))

    return script


def ends_with_done(text: str, size: int = 7) -> Script:
    """Stream `text` and `[DONE]`, and never a reason why it ends."""

    def script(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        for start in range(0, len(text), size):
            handler.put_event({"content": text[start : start + size]})
        handler.put("data: [DO")
        handler.put("NE]\n\n")
        handler.end()

    return script


def ollama_says(text: str, size: int = 7) -> Script:
    """Stream `text` as Ollama does, one JSON object a line."""

    def script(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin(media_type="application/x-ndjson")
        frame = {"model": "scripted", "created_at": "2026-01-01T00:00:00Z"}
        for start in range(0, len(text), size):
            message = {"role": "assistant", "content": text[start : start + size]}
            handler.put(json.dumps({**frame, "message": message, "done": False}) + "\n")
        last = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
        handler.put(json.dumps({**frame, **last}) + "\n")
        handler.end()

    return script


def anthropic_says(text: str, size: int = 7, thinking: str = "") -> Script:
    """Stream `text` as Anthropic does, after a block of `thinking`."""

    def script(handler: Handler, body: dict[str, Any]) -> None:
        def put(kind: str, **values: object) -> None:
            handler.put(f"event: {kind}\ndata: {json.dumps({'type': kind, **values})}\n\n")

        handler.begin()
        usage = {"input_tokens": 1, "output_tokens": 1}
        opening = {"id": "msg_1", "type": "message", "role": "assistant", "model": "scripted", "content": []}
        put("message_start", message={**opening, "stop_reason": None, "stop_sequence": None, "usage": usage})
        blocks = [("thinking", thinking)] if thinking else []
        for index, (kind, said) in enumerate([*blocks, ("text", text)]):
            put("content_block_start", index=index, content_block={"type": kind, kind: ""})
            for start in range(0, len(said), size):
                delta = {"type": f"{kind}_delta", kind: said[start : start + size]}
                put("content_block_delta", index=index, delta=delta)
            put("content_block_stop", index=index)
        put("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": 9})
        put("message_stop")
        handler.end()

    return script


REPEATS_KEY = '{"error": {"message": "the key sk-test-1234 is bad"}}'


def fails(status: int, text: str = REPEATS_KEY, media_type: str = "application/json") -> Script:
    """Answer with an error status."""

    def script(handler: Handler, body: dict[str, Any]) -> None:
        handler.reply(status, text, media_type)

    return script


def hangs(before: str = "", seconds: float = 30) -> Script:
    """Say `before`, then nothing; without it not even a status."""

    def script(handler: Handler, body: dict[str, Any]) -> None:
        if before:
            handler.begin()
            handler.put_event({"content": before})
        time.sleep(seconds)

    return script


def drips(text: str, seconds: float) -> Script:
    """Send an endless reply, one character each `seconds`."""

    def script(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        while True:
            for character in text:
                handler.put_event({"content": character})
                time.sleep(seconds)

    return script


def raw_stream(*lines: str, is_whole: bool = True) -> Script:
    """Send these lines as the body of a stream; not whole: the connection breaks in the middle of it."""

    def script(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin()
        for line in lines:
            handler.put(line)
        if is_whole:
            handler.end()

    return script


@contextlib.contextmanager
def serving() -> Iterator[ChatServer]:
    """Run a server on a free port of this machine."""
    server = ChatServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
