"""The web chat as Gradio Blocks: hears a question, streams its answer. All HTML comes from `ui.render`."""

import logging
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr
from pydantic import ValidationError

from assistant.api import read_question
from assistant.api_models import MAX_TURN_CHARS, AnswerRequest, TurnModel
from assistant.chain import Cited, Done, Forgotten, Token
from assistant.problems import QuestionError, public_message
from assistant.records import Answer, Citation, Question
from assistant.stop import LateError, Stop
from assistant.wiring import Service
from ui.render import (
    KINDS,
    Exchange,
    exchange_html,
    header_html,
    history_html,
    notice_html,
    streaming_html,
    welcome_html,
)

log = logging.getLogger("roadmap")
Log = tuple[Exchange, ...]
KEEP = gr.skip()
MAX_EXCHANGES = 30  # of one conversation; the oldest are forgotten first
REMEMBERED_EXCHANGES = 6  # that follow-ups are resolved against
FRAME_SECONDS = 0.08  # the least time between two pictures of a growing answer
# Buttons inside our HTML say what they ask; the component tells the server.
ASK_ON_CLICK = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ask]");
  if (button) trigger("click", { question: button.dataset.ask });
});
"""


class Chat:
    """The handlers of the page, over one service; what a visitor said lives in the page's own state."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def hear(
        self, typed: str, kinds: list[str], roadmaps: list[str], said: Log, event: gr.EventData, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """Answer the question of the button that was clicked, or else what was typed.

        Its deadline began when the request came, before it waited in the queue.
        """
        clicked = event._data.get("question") if isinstance(event._data, dict) else None
        yield from self.ask(str(clicked or typed), kinds, roadmaps, said, request.state.stop)

    def ask(
        self, question: str, kinds: list[str], roadmaps: list[str], said: Log, stop: Stop
    ) -> Iterator[tuple[Any, ...]]:
        """Answer a question; yields values of (box, notice, past, live, said)."""
        try:
            stop.check()
            asked = self._read(question, kinds, roadmaps, said)
            yield _show(
                box="",
                notice="",
                past=history_html(said, self.names()),
                live=streaming_html(question, "", [], len(said) + 1),
            )
            yield from self._stream(question, asked, said, stop)
        except ValidationError:
            yield _show(box=question, notice=notice_html("The question or the options cannot be read: change them."))
        except Exception as error:  # whatever it is: the visitor gets one message, the log the cause
            if not isinstance(error, QuestionError | LateError):
                log.error("the chat could not answer: %s", error, exc_info=error)
            yield _show(box=question, notice=notice_html(_sentence(public_message(error))), live="")

    def roadmaps(self) -> Any:
        """The roadmaps that an answer can be limited to; none while the library is not available."""
        try:
            names = self.names()
        except Exception as error:  # noqa: BLE001 - the first question tells the visitor why
            log.warning("no library to choose from: %s", error)
            names = {}
        return gr.update(choices=[(name, source_id) for source_id, name in names.items()])

    def names(self) -> dict[str, str]:
        """The name of each roadmap's author by the roadmap's id."""
        sources = self.service.chain.index.sources.values()
        return {s.source_id: s.author or s.title for s in sources if s.kind == "roadmap"}

    def _stream(self, typed: str, asked: Question, said: Log, stop: Stop) -> Iterator[tuple[Any, ...]]:
        text, cited, shown_at, number = "", list[Citation](), 0.0, len(said) + 1
        call, wait = partial(self.service.workers.call, stop), partial(self.service.writers.call, stop)
        for event in self.service.chain.events(asked, stop, call, wait):
            if isinstance(event, Done):
                live = exchange_html(typed, event.answer, self.names(), number)
                yield _show(live=live, said=(*said, Exchange(typed, event.answer))[-MAX_EXCHANGES:])
            elif isinstance(event, Forgotten):
                text, cited, shown_at = "", [], 0.0
                yield _show(live=streaming_html(typed, text, cited, number))
            elif isinstance(event, Cited):
                cited.append(event.citation)
            elif isinstance(event, Token):
                text += event.text
                if time.monotonic() - shown_at >= FRAME_SECONDS:
                    yield _show(live=streaming_html(typed, text, cited, number))
                    shown_at = time.monotonic()

    def _read(self, question: str, kinds: list[str], roadmaps: list[str], said: Log) -> Question:
        """The same checks as the API's."""
        request = AnswerRequest.model_validate(
            {
                "question": question,
                "history": [turn for exchange in said[-REMEMBERED_EXCHANGES:] for turn in _turns(exchange)],
                "sources": self._limited_to(roadmaps),
                "kinds": kinds or None,
            }
        )
        return read_question(request, self.service)

    def _limited_to(self, roadmaps: list[str]) -> list[str] | None:
        """Ids of the chosen roadmaps and of what they recommend; None for the whole library."""
        if not roadmaps:
            return None
        sources = self.service.chain.index.sources.values()
        return [s.source_id for s in sources if s.source_id in roadmaps or set(s.recommended_by) & set(roadmaps)]


def build_blocks(chat: Chat) -> gr.Blocks:
    """Return the page."""
    # No file comes in; should one, it is deleted after a minute.
    with gr.Blocks(title="Roadmap Assistant", analytics_enabled=False, delete_cache=(60, 60)) as blocks:
        gr.HTML(header_html(), elem_id="top", apply_default_css=False, js_on_load=None)
        past = gr.HTML(welcome_html(), elem_id="past", apply_default_css=False, js_on_load=ASK_ON_CLICK)
        live = gr.HTML("", elem_id="live", apply_default_css=False, js_on_load=ASK_ON_CLICK)
        with gr.Column(elem_id="composer"):
            notice = gr.HTML("", elem_id="notice", apply_default_css=False, js_on_load=None)
            box = _question_box()
            kinds, roadmaps = _options()
        said = gr.State(())
        shown = [box, notice, past, live, said]
        plain: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        # One listener: while it answers, a further question waits in the box instead of mixing with this one.
        gr.on([box.submit, past.click, live.click], chat.hear, [box, kinds, roadmaps, said], shown, **plain)
        blocks.load(chat.roadmaps, None, roadmaps, **plain)
    return blocks


def _question_box() -> Any:
    return gr.Textbox(
        label="Your question",
        show_label=False,
        placeholder="What do you want to know?",
        elem_id="question",
        container=False,
        autofocus=True,
        lines=1,
        max_lines=6,
        submit_btn=True,
        html_attributes=gr.InputHTMLAttributes(autocomplete="off", enterkeyhint="send"),
    )


def _options() -> tuple[Any, Any]:
    with gr.Accordion("Options", open=False, elem_id="options"):
        kinds = gr.CheckboxGroup(
            [(name, kind) for kind, name in KINDS.items()],
            label="Answer only from",
            info="Nothing chosen: everything",
            elem_id="kinds",
        )
        roadmaps = gr.CheckboxGroup(
            [], label="Only roadmaps by", info="And what they recommend. Nothing chosen: all", elem_id="roadmaps"
        )
    return kinds, roadmaps


def _turns(exchange: Exchange) -> tuple[TurnModel, TurnModel]:
    answer: Answer = exchange.answer
    return (
        TurnModel(role="user", content=exchange.question[:MAX_TURN_CHARS]),
        TurnModel(role="assistant", content=answer.answer[:MAX_TURN_CHARS]),
    )


def _show(box: Any = KEEP, notice: Any = KEEP, past: Any = KEEP, live: Any = KEEP, said: Any = KEEP) -> tuple[Any, ...]:
    return box, notice, past, live, said


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
