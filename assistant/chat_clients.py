"""Make LangChain chat models, and the HTTP clients that they ask with. Knows no question."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from assistant.proxies import is_this_machine, named_proxies, without_proxies
from ingest.errors import RoadmapError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MAX_TOKENS = 700  # an answer is asked to have six sentences; untuned
MAX_RETRIES = 2
CONNECT_SECONDS = 5.0
EXTRAS = {"openai": "langchain_openai", "ollama": "langchain_ollama", "anthropic": "langchain_anthropic"}
# Where a provider's package looks for an address that no setting of ours names.
ADDRESS_VARIABLES = {
    "openai": ("OPENAI_API_BASE", "OPENAI_BASE_URL"),
    "ollama": ("OLLAMA_HOST",),
    "anthropic": ("ANTHROPIC_API_URL", "ANTHROPIC_BASE_URL"),
}
DEFAULT_ADDRESSES = {"ollama": "127.0.0.1"}  # the others are asked at home
ONE_REQUEST = {"Connection": "close"}  # an idle connection that the other side has dropped would fail the next question
STREAM_END = b"\ndata: [DONE]"

log = logging.getLogger("roadmap")


class ChatModelError(RoadmapError):
    """The chat model's settings cannot work, or its package is missing."""


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """`model` is `provider:model`; `silence_seconds` is the longest wait for the next piece of a reply."""

    model: str
    base_url: str | None = None
    api_key: SecretStr | None = None
    silence_seconds: float = 60.0


@dataclass(slots=True)
class Ending:
    """Whether the server said that its stream is whole, by `[DONE]`, which no chunk of LangChain's tells."""

    is_told: bool = False


_ending: ContextVar[Ending | None] = ContextVar("ending", default=None)


@contextmanager
def watched() -> Iterator[Ending]:
    """Note in the ending that is yielded how the streams end that this task reads meanwhile."""
    ending = Ending()
    before = _ending.set(ending)
    try:
        yield ending
    finally:
        _ending.reset(before)


def check(model: str) -> None:
    """Raise ChatModelError when the provider is unknown or its package is not installed."""
    provider, _, name = model.partition(":")
    if not provider or not name:
        raise ChatModelError(f"ROADMAP_CHAT_MODEL is {model!r}: write provider:model, such as openai:gpt-5-mini")
    if provider not in EXTRAS:
        raise ChatModelError(f"unknown chat provider {provider!r}: ROADMAP_CHAT_MODEL may name {', '.join(EXTRAS)}")
    if find_spec(EXTRAS[provider]) is None:
        raise ChatModelError(
            f"the chat model {model!r} needs a package that is not installed: run "
            f"\"pip install 'roadmap-assistant[{provider}]'\", or unset ROADMAP_CHAT_MODEL"
        )


def make(options: ChatOptions) -> "BaseChatModel":
    """Make the model. Raises ChatModelError when its package refuses the settings."""
    from langchain.chat_models import init_chat_model

    provider, _, name = options.model.partition(":")
    key = options.api_key.get_secret_value() if options.api_key else None
    keywords: dict[str, Any] = {"base_url": options.base_url} if options.base_url else {}
    if provider == "ollama":
        headers = {"Authorization": f"Bearer {key}", **ONE_REQUEST} if key else dict(ONE_REQUEST)
        keywords |= {
            "num_predict": MAX_TOKENS,
            "client_kwargs": {"timeout": options.silence_seconds, "headers": headers},
        }
    else:
        keywords |= {"max_tokens": MAX_TOKENS, "max_retries": MAX_RETRIES, "timeout": _timeout(provider, options)}
        keywords["default_headers"] = dict(ONE_REQUEST)
        if key or options.base_url:  # a key of the environment is meant for the provider, not for another address
            keywords["api_key"] = key or "none"
    direct = is_direct(options)
    try:
        with without_proxies() if direct else nullcontext():
            if provider == "openai":
                # Without options of its own LangChain's client leaves sockets, and a warning about proxies, alone.
                keywords |= {"http_async_client": _openai_client(), "http_socket_options": ()}
            model: BaseChatModel = init_chat_model(name, model_provider=provider, **keywords)
            getattr(model, "_async_client", None)  # Anthropic's is made when it is first asked for: let that be now
    except Exception as error:
        what = "ROADMAP_CHAT_MODEL and its key"
        if proxies := None if direct else named_proxies():
            what += f", and the proxy that {proxies} names (socks5 needs the package socksio)"
        log.warning("the chat model cannot be made (%s): check %s", type(error).__name__, what)
        raise ChatModelError(f"the chat model cannot be made: check {what}") from error
    return model


def is_direct(options: ChatOptions) -> bool:
    """Whether the model is asked without any proxy: at an address that our setting names, and on this machine."""
    if options.base_url:
        return True
    provider = options.model.partition(":")[0]
    named = (os.environ.get(variable) for variable in ADDRESS_VARIABLES[provider])
    address = next(filter(None, named), DEFAULT_ADDRESSES.get(provider))
    return address is not None and is_this_machine(address)


def _openai_client() -> Any:
    from openai import DefaultAsyncHttpxClient

    return DefaultAsyncHttpxClient(event_hooks={"response": [_watch]})


async def _watch(response: Any) -> None:
    """Let the reading of a response note its `[DONE]`."""
    ending, read = _ending.get(), response.aiter_bytes
    if ending is None:
        return

    async def noting(*sizes: int) -> AsyncIterator[bytes]:
        seen = b"\n"
        async for part in read(*sizes):
            seen = seen[-len(STREAM_END) :] + part
            ending.is_told = ending.is_told or STREAM_END in seen.replace(b"data:[", b"data: [")
            yield part

    response.aiter_bytes = noting


def _timeout(provider: str, options: ChatOptions) -> Any:
    if provider != "openai":
        return options.silence_seconds
    from openai import Timeout

    return Timeout(options.silence_seconds, connect=min(CONNECT_SECONDS, options.silence_seconds))
