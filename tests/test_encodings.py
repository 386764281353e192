"""Output to a terminal or file whose encoding lacks letters: a replacement, whole JSON, never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

POOR = {"ascii": {"PYTHONIOENCODING": "ascii"}, "C": {"LC_ALL": "C", "PYTHONUTF8": "0"}}
QUESTION = "how long does it take a software engineer to switch to machine learning?"
PLAN = ["plan", "--hours", "10", "--json"]
COMMANDS = (
    ["--help"],
    ["ask", QUESTION, "--why"],
    ["ask", QUESTION, "--json"],
    ["ask", "für “was” ist 机器学习?", "--source", "nobody—é"],
    ["search", "naïve Bayes"],
    ["compare", "python"],
    ["compare", "python", "--json"],
    ["plan", "--hours", "10"],
    PLAN,
    ["plan", "--ics", "--start", "2026-01-05", "--hours", "10"],
    ["corpus", "stats"],
    ["doctor"],
    ["eval", "readme"],
)
# The commands one after the other in one process, each as the installed program runs it.
PROGRAM = """
import json, sys
from assistant.cli import main
for command in json.loads(sys.stdin.read()):
    sys.argv = ["roadmap", *command]
    print("\\x00", flush=True)
    try:
        main()
    except SystemExit as end:
        print("\\x01", end.code or 0, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("poor", POOR.values(), ids=POOR)
def test_every_command_ends_as_it_should(data_dir: Path, poor: dict[str, str]) -> None:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("ROADMAP_", "PYTHON", "LC_", "LANG"))}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(COMMANDS).encode(),
        env={**kept, "ROADMAP_DATA_DIR": str(data_dir), "COLUMNS": "120", **poor},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
    assert done.returncode == 0
    printed = done.stdout.decode("ascii").split("\x00")[1:]
    assert len(printed) == len(COMMANDS)
    for command, output in zip(COMMANDS, printed, strict=True):
        text, _, code = output.partition("\x01")
        assert int(code) == (1 if "nobody—é" in command else 0), (command, output)
        if "--json" in command:
            assert json.loads(text)
    assert "–" in str(json.loads(printed[COMMANDS.index(PLAN)].partition("\x01")[0]))  # nothing is lost
    assert b"unknown source 'nobody" in done.stderr
