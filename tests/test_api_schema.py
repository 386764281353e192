"""The served application keeps to its own OpenAPI description, whatever a generator of requests thinks of."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import served

OPTIONS = """
--checks all --phases examples,coverage,fuzzing,stateful --mode all --max-examples 15
--generation-deterministic --no-shrink --request-timeout 30 --continue-on-failure
--warnings off --no-color
""".split()
# No schema tells which topics the library has, or that a target comes after its start: these are refused with 422.
ACCEPTED = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 404, 413, 422]
"""


@pytest.mark.slow
def test_every_answer_is_as_described(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(ACCEPTED, encoding="utf-8")
    with served(data_dir, requests_per_minute=1_000_000) as address:
        ran = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json", *OPTIONS],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-5_000:]
    assert "Selected: 9/9" in ran.stdout
    assert "Tested: 9" in ran.stdout
