"""The socket that the server listens on: claimed before anything slow is done, announced when it is answered."""

import errno
import os
import socket
from collections.abc import Callable

import uvicorn

from ingest.errors import RoadmapError

BACKLOG = 2048  # connections that may wait to be accepted; uvicorn's own number


class ListenError(RoadmapError):
    """The server cannot listen where it was told to, or not in the way that it was told to."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; connections wait in it until they are served. Port 0 picks a free one.

    Raises ListenError when the port is taken or may not be used, or when the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:
        raise ListenError(_remedy(host, port, error)) from error


def address_of(listener: socket.socket) -> str:
    """The web address that a socket answers."""
    host, port, *_ = listener.getsockname()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def refuse_several_workers() -> None:
    """Raise ListenError when the environment asks for several processes, which uvicorn would start."""
    workers = os.environ.get("WEB_CONCURRENCY") or "1"
    if workers != "1":
        raise ListenError(
            f"WEB_CONCURRENCY is {workers!r}, but a conversation lives in one process: unset it, and serve with one"
        )


class AnnouncedServer(uvicorn.Server):
    """A server that tells when it has begun to answer."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self.announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then tell."""
        await super().startup(sockets)
        self.announce()


def _remedy(host: str, port: int, error: Exception) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        return f"port {port} of {host} is in use: stop the program that uses it, or give another with --port"
    if code in (errno.EACCES, errno.EPERM):
        return f"port {port} of {host} may not be used by this user: give one above 1023 with --port"
    return f"{host!r} is no address of this machine ({error}): give one with --host, such as 127.0.0.1"
