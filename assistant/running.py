"""Find a server that runs over the same data folder and settings, and let it answer: it has all of it loaded.

It listens on a socket in the data folder too. Who may open that may read the folder, so nobody else can pose as it.
"""

import errno
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from assistant.records import Answer, Citation, Considered
from assistant.settings import Settings

# Settings that have a say in what an answer is.
TELLING = ("corpus_dir", "embedding_model", "rerank_model", "chat_model", "chat_base_url")
CONNECT_SECONDS = 1
MAX_PATH_BYTES = 100  # of a socket's name; systems end at 104 or 108


class _LocalConnection(http.client.HTTPConnection):
    """HTTP over a socket of this machine's file system."""

    def __init__(self, path: Path, host: str, timeout_seconds: float) -> None:
        super().__init__(host, timeout=timeout_seconds)
        self._path = path

    def connect(self) -> None:
        """Open the socket. Raises OSError when nobody listens."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(CONNECT_SECONDS)
        self.sock.connect(str(self._path))
        self.sock.settimeout(self.timeout)


def socket_path(settings: Settings) -> Path:
    """Where a server with these settings listens, beside its port."""
    telling = [str(getattr(settings, name)) for name in TELLING]
    return settings.data_dir / f"server-{sha256(json.dumps(telling).encode()).hexdigest()[:8]}.sock"


@contextmanager
def local_socket(settings: Settings) -> Iterator[list[socket.socket]]:
    """Yield the socket to listen on as well; none where another server has it, or the system has no such sockets."""
    path = socket_path(settings)
    opened: list[socket.socket] = []
    if hasattr(socket, "AF_UNIX") and len(str(path).encode()) <= MAX_PATH_BYTES and not _is_alive(path):
        with suppress(OSError):  # a folder that cannot be written
            path.unlink(missing_ok=True)  # of a server that was killed
            opened.append(_listen(path))
    try:
        yield opened
    finally:
        for each in opened:
            each.close()
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(16)
    except OSError:
        listener.close()
        raise
    return listener


def ask_running(settings: Settings, question: dict[str, Any]) -> Answer | None:
    """Let a running server answer the body of `POST /v1/answer`; None when none runs, or it would rather not."""
    if not hasattr(socket, "AF_UNIX") or not socket_path(settings).exists():
        return None
    try:
        status, body = _post(settings, "/v1/answer", question)
        return _answer_from(json.loads(body)) if status == http.client.OK else None
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None


def _is_alive(path: Path) -> bool:
    """Whether somebody listens, even one who is still starting, or too busy to answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(CONNECT_SECONDS)
        return connection.connect_ex(str(path)) not in (errno.ENOENT, errno.ECONNREFUSED)


def _post(settings: Settings, route: str, body: dict[str, Any]) -> tuple[int, bytes]:
    connection = _LocalConnection(socket_path(settings), settings.host_in_addresses, settings.request_timeout_seconds)
    try:
        connection.request("POST", route, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _answer_from(value: dict[str, Any]) -> Answer:
    """The record that the JSON of an answer stands for. Raises KeyError or TypeError when it is none."""
    known = {field.name: value[field.name] for field in fields(Answer)}
    known["citations"] = tuple(
        Citation(**{**each, "recommended_by": tuple(each["recommended_by"])}) for each in value["citations"]
    )
    known["considered"] = tuple(Considered(**each) for each in value["considered"])
    known["follow_ups"] = tuple(value["follow_ups"])
    return Answer(**known)
