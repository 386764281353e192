"""What a start costs: heavy libraries are loaded where they are used, never before."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

HEAVY = (
    "torch sentence_transformers transformers chromadb gradio tokenizers onnxruntime scipy sklearn langchain "
    "langchain_core langchain_openai numpy bm25s symspellpy fastapi uvicorn starlette pypdf docx bs4 requests"
).split()
ROADMAP = Path(sys.executable).with_name("roadmap")
HELP = """
import sys
sys.argv = ["roadmap", "--help"]
from assistant.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
# The least that a command line with typer and rich costs.
BARE = """
import sys, typer
app = typer.Typer(rich_markup_mode="markdown")
for name in "abcdefgh":
    app.command(name=name, help="Do *something*.")(lambda: None)
sys.argv = ["bare", "--help"]
app()
"""


def loaded_by(code: str) -> list[str]:
    """Which of the heavy libraries a fresh process has loaded after `code`."""
    tell = f"\nimport json, sys\nsys.stderr.write(json.dumps([m for m in {HEAVY} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code + tell], capture_output=True, text=True, check=True)
    return list(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("code", ["import assistant", "import ingest", "import ui", "import evals", "import corpus"])
def test_importing_a_package_loads_nothing_heavy(code: str) -> None:
    assert loaded_by(code) == []


def test_asking_for_help_loads_nothing_heavy() -> None:
    assert loaded_by(HELP) == []


def test_a_heavy_import_is_seen() -> None:
    assert loaded_by("import numpy") == ["numpy"]


@pytest.mark.parametrize("module", ["ingest.index", "ingest.encoder", "ingest.vectors", "assistant.wiring"])
def test_the_owners_of_models_and_stores_load_them_on_use_only(module: str) -> None:
    owned = {"torch", "sentence_transformers", "transformers", "chromadb", "gradio"}
    assert not owned & set(loaded_by(f"import {module}"))


def test_help_costs_little_more_than_a_bare_command_line() -> None:
    def best(command: list[str]) -> float:
        seconds = []
        for _ in range(3):
            begin = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            seconds.append(time.perf_counter() - begin)
        return min(seconds)

    bare = best([sys.executable, "-c", BARE])
    assert best([str(ROADMAP), "--help"]) < 4 * bare
