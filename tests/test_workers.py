"""Work is bounded, stops between its steps, and is dropped when it is late or nobody waits."""

import asyncio
import gc
import threading
import time
from collections.abc import Callable, Iterator

import pytest

import assistant.chain
from assistant.chain import AnswerChain
from assistant.stop import LateError, Stop
from assistant.workers import Workers


@pytest.fixture
def one() -> Iterator[Workers]:
    """A single worker."""
    workers = Workers(1)
    yield workers
    workers.close()


def occupied(workers: Workers) -> threading.Event:
    """Keep the worker busy until the event is set."""
    begun, released = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        released.wait(30)

    threading.Thread(target=workers.call, args=(Stop(), wait), daemon=True).start()
    assert begun.wait(10)
    return released


def test_what_waits_past_its_time_is_never_begun(one: Workers) -> None:
    released, done = occupied(one), list[str]()
    with pytest.raises(LateError, match=r"no answer within 0.05 seconds"):
        one.call(Stop(0.05), done.append, "called")
    with pytest.raises(LateError):
        asyncio.run(one.run(Stop(0.05), done.append, "awaited"))
    released.set()
    one.call(Stop(), done.append, "in time")
    assert done == ["in time"]


def test_what_nobody_awaits_any_more_is_never_begun_and_told_to_stop(one: Workers) -> None:
    released, done, stop = occupied(one), list[str](), Stop()

    async def leave() -> None:
        waiting = asyncio.ensure_future(one.run(stop, done.append, "awaited"))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})

    asyncio.run(leave())
    released.set()
    one.call(Stop(), done.append, "in time")
    assert stop.is_set()
    assert done == ["in time"]


@pytest.mark.parametrize("has_left", [True, False], ids=["left", "late"])
def test_what_fails_after_its_time_fails_in_silence(
    one: Workers, has_left: bool, caplog: pytest.LogCaptureFixture
) -> None:
    stop, begun = Stop() if has_left else Stop(0.05), threading.Event()

    def work() -> None:
        begun.set()
        assert threading.Event.wait(stop, 10)
        stop.check()

    async def ask() -> None:
        asked = asyncio.ensure_future(one.run(stop, work))
        await asyncio.to_thread(begun.wait, 10)
        if has_left:
            asked.cancel()
        await asyncio.wait({asked})
        assert asked.cancelled() if has_left else isinstance(asked.exception(), LateError)
        await asyncio.to_thread(one.call, Stop(), time.sleep, 0)  # the work has ended

    asyncio.run(ask())
    gc.collect()
    assert caplog.text == ""


def test_errors_of_the_work_are_its_own(one: Workers) -> None:
    def fails() -> None:
        raise TimeoutError("of a chat model")

    with pytest.raises(TimeoutError, match="of a chat model"):
        one.call(Stop(), fails)
    with pytest.raises(TimeoutError, match="of a chat model"):
        asyncio.run(one.run(Stop(), fails))


def test_no_more_threads_than_workers() -> None:
    workers, at_once, most = Workers(3), 0, 0
    lock = threading.Lock()

    def count() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.005)
        with lock:
            at_once -= 1

    async def ask() -> None:
        await asyncio.gather(*(workers.run(Stop(), count) for _ in range(40)))

    asyncio.run(ask())
    workers.close()
    assert most <= 3


STEPS = ("understand", "score_sentences", "decide", "compose")


@pytest.mark.parametrize("last", STEPS)
def test_a_chain_goes_no_further_than_the_step_in_which_it_is_stopped(
    chain: AnswerChain, last: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, done = Stop(), list[str]()

    def watched(name: str, step: Callable[..., object]) -> Callable[..., object]:
        def taken(*arguments: object, **named: object) -> object:
            done.append(name)
            if name == last:
                stop.set()
            return step(*arguments, **named)

        return taken

    monkeypatch.setattr(chain, "understand", Watched(chain.understand, watched("understand", chain.understand)))
    for name in STEPS[1:]:
        monkeypatch.setattr(f"assistant.chain.{name}", watched(name, getattr(assistant.chain, name)))
    with pytest.raises(LateError):
        chain.invoke("which linear algebra course should I do?", stop=stop)
    assert list(dict.fromkeys(done)) == list(STEPS[: STEPS.index(last) + 1])


class Watched:
    """Stands for `inner`, but is called as `call`."""

    def __init__(self, inner: object, call: Callable[..., object]) -> None:
        self._inner = inner
        self._call = call

    def __call__(self, *arguments: object) -> object:
        return self._call(*arguments)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)
