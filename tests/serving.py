"""A real server of an application on a free loopback port, in a thread."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from assistant.api import create_api
from assistant.settings import Settings
from assistant.wiring import Service


@contextmanager
def served(data_dir: Path, **settings: object) -> Iterator[str]:
    """Serve the API over `data_dir` with these settings; yields its address."""
    api: Any = create_api(Service(Settings.load(data_dir=data_dir, **settings)))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        config = uvicorn.Config(api, log_level="critical", timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the server did not stop"
