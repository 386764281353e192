"""A real server of an application on a free loopback port, in a thread."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from assistant.server import options
from assistant.settings import Settings
from assistant.stop import Stop
from assistant.wiring import Service
from ui.app import create_app
from ui.door import JOIN, STREAM

ASK, LOAD = 0, 1  # the events of the chat page


@contextmanager
def served(
    data_dir: Path,
    prepare: Callable[[FastAPI], object] | None = None,
    beside: Sequence[socket.socket] = (),
    **settings: object,
) -> Iterator[str]:
    """Serve the application over `data_dir` as `roadmap serve` does, once it is prepared; yields its address."""
    told = Settings.load(data_dir=data_dir, **settings)

    def made() -> FastAPI:
        app = create_app(told)
        if prepare:
            prepare(app)
        return app

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        wished = {**options(told), "log_level": "critical", "timeout_graceful_shutdown": 5}
        config = uvicorn.Config(made, factory=True, **wished)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener, *beside]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
        assert not thread.is_alive(), "the server did not stop"


class Stuck:
    """Keeps every worker of an application busy until it is released; given to `served` as `prepare`."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def __call__(self, app: FastAPI) -> None:
        """Give each worker something that does not end."""
        service: Service = app.state.service
        for _ in range(service.settings.workers):
            threading.Thread(target=service.workers.call, args=(Stop(), self.released.wait, 60), daemon=True).start()


def typed(text: Any = "what is machine learning?", **changed: Any) -> dict[str, Any]:
    """What the chat page sends when a question is typed."""
    return {"data": [text, [], [], None], "fn_index": ASK, "trigger_id": None, "session_hash": "typed", **changed}


def chat_says(client: httpx.Client, question: str) -> str:
    """Ask as the chat page does; returns all that the page is sent."""
    assert client.post(JOIN, json=typed(question)).status_code == 200
    return client.get(STREAM, params={"session_hash": "typed"}).text
