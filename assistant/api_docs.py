"""The API's documentation as one plain page from its OpenAPI description; it loads nothing from elsewhere."""

import json
from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
details { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: .5rem; margin: .6rem 0; }
summary { padding: .6rem .8rem; cursor: pointer; }
details > :not(summary) { margin: .4rem .8rem .8rem; }
code, pre { font: .875rem/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; padding: .6rem; background: color-mix(in srgb, currentColor 8%, transparent); border-radius: .4rem; }
.method { display: inline-block; min-width: 3.2rem; font-weight: 600; }
"""


def add_docs(app: FastAPI) -> None:
    """Serve the page at `/docs`."""

    @app.get("/docs", include_in_schema=False, response_class=HTMLResponse)
    async def docs() -> str:
        return page(app.openapi())


def page(description: dict[str, Any]) -> str:
    """Return the HTML page of an OpenAPI description."""
    info = description["info"]
    routes = "".join(
        _route(method, path, operation)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    )
    schemas = "".join(
        f"<details id='{escape(name)}'><summary><code>{escape(name)}</code></summary>{_json(schema)}</details>"
        for name, schema in description.get("components", {}).get("schemas", {}).items()
    )
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in info.get("description", "").split("\n\n"))
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{escape(info['title'])}: API</title>"
        f"<meta name='viewport' content='width=device-width'><style>{STYLE}</style>"
        f"<h1>{escape(info['title'])}: API</h1>{paragraphs}<p>As data: <a href='/openapi.json'>openapi.json</a></p>"
        f"<h2>Routes</h2>{routes}<h2>Schemas</h2>{schemas}</html>"
    )


def _route(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = "".join(
        f"<li><code>{escape(p['name'])}</code> ({escape(p['in'])}{', required' if p.get('required') else ''}) "
        f"{escape(p.get('description', ''))}</li>"
        for p in operation.get("parameters", [])
    )
    body = _json(operation["requestBody"]["content"]) if "requestBody" in operation else ""
    answers = _json({status: response.get("content", {}) for status, response in operation["responses"].items()})
    return (
        f"<details><summary><span class='method'>{escape(method.upper())}</span> <code>{escape(path)}</code> "
        f"{escape(operation.get('summary', ''))}</summary>"
        f"{f'<ul>{parameters}</ul>' if parameters else ''}{f'<p>Body</p>{body}' if body else ''}<p>Responses</p>{answers}"
        "</details>"
    )


def _json(value: Any) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2))}</pre>"
