"""A real proxy on this machine that counts what reaches it and lets nothing pass."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class CountingProxy:
    """Whatever it is spoken to in, HTTP or SOCKS, it keeps the first bytes and hangs up."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.heard: list[bytes] = []

    def serve(self) -> None:
        """Answer until `close`."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self.heard.append(connection.recv(4096))

    def close(self) -> None:
        """Stop listening."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def counting_proxy() -> Iterator[CountingProxy]:
    """Run a proxy on a free port."""
    proxy = CountingProxy()
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join(5)
