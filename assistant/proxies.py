"""Keep what must not pass the environment's proxies from them. Knows no chat model."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies

NO_PROXY = ("NO_PROXY", "no_proxy")
_lock = threading.RLock()


@contextmanager
def without_proxies() -> Iterator[None]:
    """Let HTTP clients that are made meanwhile use no proxy of the environment, nor fail on one that they do not know.

    They read the environment when they are made. It is that of the whole process: keep what is done meanwhile short.
    """
    with _lock:
        before = {name: os.environ.get(name) for name in NO_PROXY}
        os.environ.update(dict.fromkeys(NO_PROXY, "*"))
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


def named_proxies() -> str:
    """Return the names of the variables that name proxies, such as `HTTP_PROXY and ALL_PROXY`; empty without any."""
    found = getproxies()
    return " and ".join(f"{scheme.upper()}_PROXY" for scheme in ("http", "https", "all") if found.get(scheme))


def is_this_machine(address: str) -> bool:
    """Whether an address, with or without a scheme, is a loopback one, in any notation; nothing is looked up."""
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname or "localhost"  # such as :11434
        if host.rstrip(".") == "localhost" or host.rstrip(".").endswith(".localhost"):
            return True
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (ValueError, OSError):
        return False
    return all(_is_loopback(str(place[4][0])) for place in found)


def _is_loopback(numeric: str) -> bool:
    found = ip_address(numeric.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or found
    return bool(inner.is_loopback or inner.is_unspecified)  # a client that connects to 0.0.0.0 reaches this machine
