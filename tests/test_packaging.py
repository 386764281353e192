"""The wheel: what is in it, and that it answers where nothing of this checkout is at hand."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PACKAGES = ("assistant", "corpus", "evals", "ingest", "ui")
FILES = ("pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel that was built of a copy of this tree."""
    folder = tmp_path_factory.mktemp("tree")
    for name in PACKAGES:
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(CHECKOUT / name, folder / name)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder / "out"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [found] = (folder / "out").glob("*.whl")
    return found


def test_the_wheel_brings_exactly_our_packages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert len(tops) == len(PACKAGES) + 1


def test_every_file_that_the_program_reads_rides_along(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    kept = (
        ".py",
        ".md",
        ".yaml",
        ".json",
        ".jsonl",
        ".toml",
        ".typed",
        ".css",
        ".js",
        ".svg",
        ".html",
        ".png",
        ".woff2",
    )
    here = {
        path.relative_to(CHECKOUT).as_posix()
        for package in PACKAGES
        for path in (CHECKOUT / package).rglob("*")
        if path.is_file() and path.suffix in kept and not {"README.md", "__pycache__", "results"} & set(path.parts)
    }
    assert len([name for name in here if name.startswith("corpus/resources/")]) > 50
    assert sorted(here - names) == []
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment that holds the wheel, and sees only third parties of the present one."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([*command, "--quiet", "--disable-pip-version-check"], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    # Added to the path as it is, so that the .pth file of our editable install there is not read.
    (packages / "third-parties.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(python: Path, folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ROADMAP_", "PYTHON"))}
    environment = {**kept, "ROADMAP_DATA_DIR": str(folder / "data")}
    return subprocess.run(
        [str(python.with_name(command[0])), *command[1:]],
        env=environment, cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_installed_program_answers_alone(python: Path, tmp_path: Path, data_dir: Path) -> None:
    told = run(
        python,
        tmp_path,
        "python",
        "-c",
        f"import {', '.join(PACKAGES)}; print(*[m.__file__ for m in ({', '.join(PACKAGES)})])",
    )
    assert told.returncode == 0, told.stderr
    assert all(place.startswith(str(python.parents[1])) for place in told.stdout.split()), "not this checkout"
    shutil.copytree(data_dir, tmp_path / "data")  # the same library: its index serves
    done = run(python, tmp_path, "roadmap", "ask", "--json", "How many weeks does the ML fundamentals module take?")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert not answer["abstained"]
    assert answer["citations"][0]["source_id"] == "mrcloudchase"


def test_the_installed_program_has_all_commands(python: Path, tmp_path: Path) -> None:
    done = run(python, tmp_path, "roadmap", "--help")
    assert done.returncode == 0, done.stderr
    for command in ("ask", "search", "ingest", "serve", "doctor", "corpus"):
        assert f"{command} " in done.stdout
    assert run(python, tmp_path, "roadmap", "corpus", "check").returncode == 0
