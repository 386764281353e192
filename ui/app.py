"""The whole web application: the API, the source viewer, and the chat mounted at the root."""

import os

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.api import create_api
from assistant.problems import problem
from assistant.settings import Settings
from assistant.wiring import Service
from ui.assets import Assets
from ui.viewer import add_viewer

MAX_WAITING = 200  # questions that may queue; more are turned away
GRADIO_API = "/gradio_api/"
# What the page asks for. Uploads, files, proxies, streams of media and editing tools stay shut.
NEEDED = ("queue/join", "queue/data", "heartbeat/", "startup-events", "theme.css", "cancel", "reset")
SHUT = ("/monitoring", "/login", "/logout", "/svelte", "/pwa_icon", "/custom_component")


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application over the configured data folder; the index is opened at start-up."""
    service = Service(settings or Settings.load())
    app = create_api(service, inside=[Middleware(OnlyNeeded)])
    assets = Assets()
    assets.mount(app)
    add_viewer(app, service, assets)
    return _with_chat(app, service, assets)


class OnlyNeeded:
    """Answers 404 for the routes that Gradio brings and this page has no use for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] == "http" and _is_shut(scope["path"]):
            await problem(404, "Not Found")(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_shut(path: str) -> bool:
    if path.startswith(GRADIO_API):
        return not path.removeprefix(GRADIO_API).startswith(NEEDED)
    return path.startswith(SHUT)


def _with_chat(app: FastAPI, service: Service, assets: Assets) -> FastAPI:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when Gradio is imported
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
        theme=_theme(),
        head=assets.tags(),
    )
    return mounted


def _theme() -> object:
    import gradio as gr

    fonts = [gr.themes.Font(name) for name in ("system-ui", "sans-serif")]
    mono = [gr.themes.Font(name) for name in ("ui-monospace", "monospace")]
    return gr.themes.Base(font=fonts, font_mono=mono)
