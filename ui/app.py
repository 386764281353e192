"""The whole web application: the API, the source viewer, and the chat mounted at the root."""

import logging
import multiprocessing
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI

from assistant.api import create_api
from assistant.proxies import without_proxies
from assistant.settings import Settings
from assistant.wiring import Parts, Service
from ui.assets import Assets
from ui.door import Door
from ui.private_folder import give_private_folder
from ui.stubs import without_stubs
from ui.viewer import add_viewer

if TYPE_CHECKING:
    from gradio import Blocks

MAX_WAITING = 200  # questions that may queue; more are turned away
STARTUP_FAILURE = 3  # the exit code by which uvicorn and gunicorn know that another worker would fail as well
log = logging.getLogger("roadmap")


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application over the configured data folder; the index is opened at start-up.

    Ends the process where it would be one of several that answer the same port: a conversation lives in one.
    """
    _refuse_workers()
    service = Service(settings or Settings.load(), Parts(langchain=False))
    app = create_api(service)
    assets = Assets()
    assets.mount(app)
    add_viewer(app, service, assets)
    return _with_chat(app, service, assets)


def _refuse_workers() -> None:
    is_worker = multiprocessing.parent_process() or os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")
    if is_worker:
        log.error("a conversation lives in one process: start it with 'roadmap serve', without workers or reloading")
        sys.exit(STARTUP_FAILURE)


def _with_chat(app: FastAPI, service: Service, assets: Assets) -> FastAPI:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported
    give_private_folder()
    # Clients that it makes when it is imported, and never uses, fail on a socks5 proxy.
    with without_proxies(), without_stubs():
        import gradio as gr

        from ui.chat import Chat, build_blocks

    blocks = build_blocks(Chat(service))
    blocks.queue(max_size=MAX_WAITING, default_concurrency_limit=min(service.settings.max_concurrency, 16))
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        max_file_size=1,
        favicon_path=str(assets.icon),
        blocked_paths=[Path.cwd().anchor],  # all of them
        theme=_theme(),
        head=assets.tags(),
    )
    _shut(mounted, blocks)
    return mounted


def _shut(mounted: FastAPI, blocks: "Blocks") -> None:
    """Put the door before all of Gradio's routes, and let Gradio check paths itself as well."""
    blocks.has_launched = True  # until then, which is for ever where it is mounted, it takes any path for its own
    chat: FastAPI = mounted.router.routes[-1].app  # type: ignore[attr-defined]  # what was mounted last
    chat.add_middleware(Door, blocks=blocks)


def _theme() -> object:
    import gradio as gr

    fonts = [gr.themes.Font(name) for name in ("system-ui", "sans-serif")]
    mono = [gr.themes.Font(name) for name in ("ui-monospace", "monospace")]
    return gr.themes.Base(font=fonts, font_mono=mono)
