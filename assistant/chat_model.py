"""Ask a chat model through LangChain, with every wait and every size bounded. Knows nothing of the library."""

import asyncio
import contextlib
import logging
import queue
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from assistant.chat_clients import ChatModelError, ChatOptions, Ending, check, make, watched
from assistant.prompting import Prompt
from ingest.errors import RoadmapError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

MAX_CHARS = 8000  # for servers that ignore the limit of tokens
POLL_SECONDS = 0.1  # how soon a reader who has gone away is noticed
GOOD_ENDS = ("stop", "end_turn", "stop_sequence", "eos", "unload", "load")

log = logging.getLogger("roadmap")


class ChatFaultError(RoadmapError):
    """The chat model gave no whole reply; the message says why, in words for a reader."""


Pieces = queue.Queue[str | ChatFaultError | None]


class Chat(Protocol):
    """What writing needs of a model."""

    def stream(self, prompt: Prompt, deadline_seconds: float, stop: threading.Event | None = None) -> Iterator[str]:
        """Yield the reply piece by piece. Raises ChatFaultError when it is not whole, also after pieces."""

    def prepare(self) -> None:
        """Do what takes time before the first question, without asking anything."""


class ChatModel:
    """A chat model by LangChain's `init_chat_model`, made on first use.

    Raises ChatModelError at once when the provider is unknown or its package is not installed.
    """

    def __init__(self, options: ChatOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._model: BaseChatModel | None = None
        check(options.model)

    def stream(self, prompt: Prompt, deadline_seconds: float, stop: threading.Event | None = None) -> Iterator[str]:
        """Yield the reply piece by piece, `MAX_CHARS` at most, within the deadline.

        Raises ChatFaultError when the reply is not whole, also after pieces. Closing the iterator, or
        setting `stop`, ends the request.
        """
        try:
            model = self._made()
        except ChatModelError as error:
            raise ChatFaultError("the chat model cannot be used as it is configured") from error
        pieces: Pieces = queue.Queue()
        pump = self._pump(model, prompt, deadline_seconds, pieces)
        asked = asyncio.run_coroutine_threadsafe(pump, _event_loop())
        latest = time.monotonic() + deadline_seconds + 1
        try:
            while True:
                try:
                    piece = pieces.get(timeout=POLL_SECONDS)
                except queue.Empty:
                    if (stop and stop.is_set()) or time.monotonic() > latest:
                        raise ChatFaultError("the chat model was interrupted") from None
                    continue
                if piece is None:
                    return
                if isinstance(piece, ChatFaultError):
                    raise piece
                yield piece
        finally:
            asked.cancel()

    def prepare(self) -> None:
        """Make the model, so that the first question need not wait for it; nothing is asked."""
        with contextlib.suppress(ChatModelError):  # logged; each answer says that it cannot be used
            self._made()

    async def _pump(self, model: "BaseChatModel", prompt: Prompt, deadline_seconds: float, pieces: Pieces) -> None:
        """Put the pieces of the reply into `pieces`, then the fault if there is one, then None."""
        try:
            async with asyncio.timeout(deadline_seconds):
                await self._ask(model, prompt, pieces)
        except ChatFaultError as fault:
            pieces.put(fault)
        except TimeoutError:
            pieces.put(ChatFaultError("the chat model took too long"))
        except Exception as error:  # noqa: BLE001 - integrations raise anything; the reader gets an answer all the same
            reason = reason_of(error)
            log.warning("%s (%s)", reason, type(error).__name__)  # not its text: that may repeat the key
            pieces.put(ChatFaultError(reason))
        finally:
            pieces.put(None)

    async def _ask(self, model: "BaseChatModel", prompt: Prompt, pieces: Pieces) -> None:
        messages = [("system", prompt.system), ("human", prompt.user)]
        with watched() as ending:
            reply = _Reply(pieces, ending)
            try:
                async with contextlib.aclosing(model.astream(messages)) as stream:  # type: ignore[type-var]  # it is a generator
                    async for chunk in _in_time(stream, self._options.silence_seconds):
                        reply.take(chunk)
            except ValueError:  # nothing that LangChain takes for a stream
                if reply.size:
                    raise
        if not reply.size and not reply.ended:  # a server that does not stream answers the same request whole
            async with asyncio.timeout(self._options.silence_seconds):
                reply.take(await model.ainvoke(messages))
        reply.check()

    def _made(self) -> "BaseChatModel":
        with self._lock:
            if self._model is None:
                self._model = make(self._options)
            return self._model


async def _in_time(stream: AsyncIterator[Any], silence_seconds: float) -> AsyncIterator[Any]:
    """Yield the chunks; TimeoutError when the next one does not come."""
    while True:
        async with asyncio.timeout(silence_seconds):
            chunk = await anext(stream, None)
        if chunk is None:
            return
        yield chunk


class _Reply:
    """A reply as far as it came: its size in characters, and how it ended."""

    def __init__(self, pieces: Pieces, ending: Ending) -> None:
        self.size = 0
        self.ended = ""
        self._ending = ending
        self._pieces = pieces

    def take(self, message: Any) -> None:
        """Hand on the text of a message or chunk, up to `MAX_CHARS` in all."""
        text = str(message.text)
        self._pieces.put(text[: MAX_CHARS - self.size])
        self.size += len(text)
        told = message.response_metadata
        ended = told.get("finish_reason") or told.get("done_reason") or told.get("stop_reason")
        self.ended = str(ended or self.ended)
        if self.size > MAX_CHARS:
            raise ChatFaultError(f"the chat model wrote more than {MAX_CHARS} characters")

    def check(self) -> None:
        """Raise ChatFaultError unless the reply is whole."""
        if not self.size:
            raise ChatFaultError("the chat model's reply was empty")
        if not self.ended and not self._ending.is_told:
            raise ChatFaultError("the chat model's reply broke off")
        if self.ended and self.ended.lower() not in GOOD_ENDS:
            raise ChatFaultError("the chat model did not finish its reply")


def reason_of(error: BaseException) -> str:
    """Return what went wrong in words for a reader, never the error's own text."""
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    name = " ".join(kind.__name__ for kind in type(error).__mro__)
    if isinstance(status, int) and status >= 400:
        return _reason_of_status(status)
    if "Timeout" in name:
        return "the chat model took too long"
    if "Connection" in name or "Connect" in name or "Network" in name:
        return "the chat model could not be reached"
    if "RemoteProtocol" in name or "ReadError" in name:
        return "the chat model's reply broke off"
    return "the chat model's reply could not be read"


def _reason_of_status(status: int) -> str:
    known = {
        401: "the chat model's provider refused the key",
        403: "the chat model's provider refused the key",
        404: "the chat model's provider does not know the model",
        413: "the question was too long for the chat model",
        429: "the chat model's provider asks to slow down",
    }
    said = known.get(status) or ("the chat model failed" if status >= 500 else "the chat model refused the request")
    return f"{said} (HTTP {status})"


_loop: asyncio.AbstractEventLoop | None = None
_loop_lock = threading.Lock()


def _event_loop() -> asyncio.AbstractEventLoop:
    """One loop in a thread of its own for all requests: integrations keep connections, which belong to a loop."""
    global _loop
    with _loop_lock:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="chat-model", daemon=True).start()
        return _loop
