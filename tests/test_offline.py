"""No network: a fresh process builds, answers and makes the whole web application without one look-up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
# Every way out that Python offers is recorded and refused; what stays on this machine is let through.
GUARD = """
import json, os, socket, sys
from pathlib import Path
tried = []
def beyond(address):
    host = address[0] if isinstance(address, tuple) else None
    return host is not None and not str(host).startswith(("127.", "::1", "localhost", "0.0.0.0"))
def guard(name, place):
    original = getattr(place, name)
    def guarded(*arguments, **options):
        address = next((a for a in arguments if isinstance(a, tuple)), None)
        if name.startswith("get"):
            address = (str(arguments[0]),) if arguments and arguments[0] is not None else None
        if address is not None and beyond(address):
            tried.append([name, str(address[0])])
            raise OSError(f"refused: {name} {address[0]}")
        return original(*arguments, **options)
    setattr(place, name, guarded)
for name in ("connect", "connect_ex", "sendto"):
    guard(name, socket.socket)
for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
    guard(name, socket)
"""
TELL = "\nsys.stderr.write('\\n' + json.dumps({'tried': tried, 'told': told}))\n"
TINY = """
from ingest.build import build
from ingest.workspace import Workspace
from assistant.settings import Settings
from assistant.wiring import make_chain, make_encoder
from tests.fakes import library_of
settings = Settings.load()
workspace = Workspace(settings.data_dir)
encoder = make_encoder(settings)
pages = {"page": "# Learning\\n\\nStatistics takes eight weeks with a good course.\\n"}
with workspace.writer():
    build(workspace, library_of(pages), encoder)
answer = make_chain(workspace.open_current(), encoder).invoke("How many weeks does statistics take?")
told = {"answer": answer.answer, "telemetry": os.environ.get("ANONYMIZED_TELEMETRY"),
        "hub": os.environ.get("HF_HUB_DISABLE_TELEMETRY"), "offline": os.environ.get("HF_HUB_OFFLINE")}
"""
WEB = """
from ui.app import create_app
from starlette.testclient import TestClient
app = create_app()
with TestClient(app, base_url="http://127.0.0.1") as client:
    page = client.get("/")
    answer = client.post("/v1/answer", json={"question": "which linear algebra course should I do?"})
import gradio, gradio.analytics, time
time.sleep(1)  # what threads would send at the start
told = {"page": page.status_code, "answer": answer.status_code, "analytics": gradio.analytics.analytics_enabled(),
        "hub": os.environ.get("HF_HUB_DISABLE_TELEMETRY")}
"""


def without_a_network(code: str, data_dir: Path) -> dict[str, object]:
    """What the code told at its end, in a process of its own, after checking that it tried to reach nobody."""
    quiet = ("ANONYMIZED_TELEMETRY", "GRADIO_ANALYTICS_ENABLED", "HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY")
    kept = {name: value for name, value in os.environ.items() if name not in quiet}
    environment = {**kept, "ROADMAP_DATA_DIR": str(data_dir)}
    done = subprocess.run(
        [sys.executable, "-c", GUARD + code + TELL],
        env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stderr.splitlines()[-1])
    assert found["tried"] == []
    told: dict[str, object] = found["told"]
    return told


def test_building_and_answering_reach_nobody_and_telemetry_is_off(tmp_path: Path) -> None:
    told = without_a_network(TINY, tmp_path)
    assert told.pop("answer")
    assert told == {"telemetry": "False", "hub": "1", "offline": "1"}


def test_the_whole_web_application_reaches_nobody_and_analytics_are_off(data_dir: Path) -> None:
    pytest.importorskip("ui.app", reason="there is no web application")
    told = without_a_network(WEB, data_dir)
    assert told.pop("hub") in {"1", "True"}  # ours where the model itself is loaded, else Gradio's
    assert told == {"page": 200, "answer": 200, "analytics": False}


@pytest.mark.parametrize(
    "code",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.getaddrinfo('example.org', 443)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    ],
)
def test_an_attempt_is_seen(tmp_path: Path, code: str) -> None:
    attempt = f"\ntry:\n    {code}\nexcept OSError:\n    pass\ntold = {{}}\n"
    with pytest.raises(AssertionError, match=r"192\.0\.2\.1|example\.org"):
        without_a_network(attempt, tmp_path)


RUNTIME = """
import sys
from pathlib import Path
from ingest.encoder import SentenceEncoder
encoder = SentenceEncoder(data_folder=Path(sys.argv[1]))
assert encoder.encode(["where do I start?"]).shape == (1, 384)
assert encoder.runtime is not None and "onnxruntime" in sys.modules
"""


@pytest.mark.parametrize("opt_out", [{}, {"ORT_DISABLE_TELEMETRY": "0"}], ids=["as it is", "turned on"])
def test_embedding_a_question_leaves_no_trace_for_telemetry(
    data_dir: Path, tmp_path: Path, opt_out: dict[str, str]
) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    places = {name: str(tmp_path) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    subprocess.run(
        [sys.executable, "-c", RUNTIME, str(data_dir)], env={**kept, **places, **opt_out}, cwd=CHECKOUT, check=True
    )
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()] == []
