"""Storage as operators meet it: mounted read-only, full, limited, or killed in the middle; on real file systems."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from ingest.build import build
from ingest.errors import RoadmapError
from ingest.manifest import MANIFEST_FILE
from ingest.private_copy import PREFIX, PrivateCopy
from ingest.remembered import file_sha256
from ingest.workspace import Workspace
from tests.fakes import WordsEncoder, library_of, numbered_pages

CHECKOUT = Path(__file__).parents[1]
ROADMAP = Path(sys.executable).with_name("roadmap")
UNSHARE = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
BUILD = """
import resource, sys
from pathlib import Path
from ingest.build import build
from ingest.errors import RoadmapError
from ingest.workspace import Workspace
from tests.fakes import WordsEncoder, library_of, numbered_pages
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
workspace = Workspace(Path(sys.argv[1]))
try:
    with workspace.writer():
        build(workspace, library_of(numbered_pages(400)), WordsEncoder())
except RoadmapError as error:
    print(error, file=sys.stderr)
    print(*sorted(p.relative_to(workspace.folder) for p in workspace.folder.rglob("*")))
    sys.exit(1)
"""


def in_mounts(script: str, *arguments: object, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run a shell script whose mounts only it sees, and which end with it; `$1` and so on are `arguments`."""
    command = [*UNSHARE, "sh", "-euc", script, "sh", *map(str, arguments)]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def _may_mount() -> None:
    if shutil.which("unshare") is None or in_mounts("mount -t tmpfs -o size=64k tmpfs /mnt").returncode:
        pytest.skip("this machine lets nobody mount")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def build_pages(folder: Path, count: int = 6) -> Workspace:
    workspace = Workspace(folder)
    with workspace.writer():
        build(workspace, library_of(numbered_pages(count)), WordsEncoder())
    return workspace


@pytest.mark.slow
@pytest.mark.usefixtures("_may_mount")
def test_a_good_index_on_a_read_only_mount_answers_and_is_found_well(data_dir: Path) -> None:
    read_only = 'mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"; if touch "$1/x" 2>&-; then exit 9; fi; '
    script = read_only + '"$2" doctor >&2; "$2" ask "how many weeks does the ML fundamentals module take?" --json'
    done = in_mounts(script, data_dir, ROADMAP, ROADMAP_DATA_DIR=str(data_dir))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["citations"]
    assert "read-only: answers" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("ok   index: "), "nothing more was said"


@pytest.mark.usefixtures("_may_mount")
@pytest.mark.parametrize("kilobytes", [300, 1300, 3000], ids=["records", "database", "graph"])
def test_a_full_disk_is_one_message_and_leaves_nothing(tmp_path: Path, kilobytes: int) -> None:
    script = f'mount -t tmpfs -o size={kilobytes}k tmpfs "$1"; exec "$2" -c "$3" "$1" 1000000000'
    done = in_mounts(script, tmp_path, sys.executable, BUILD)
    assert_refused_and_clean(done)


@pytest.mark.parametrize("limit_bytes", [20_000, 300_000, 700_000])
def test_a_file_that_may_not_grow_is_one_message_and_leaves_nothing(tmp_path: Path, limit_bytes: int) -> None:
    command = [sys.executable, "-c", BUILD, str(tmp_path), str(limit_bytes)]
    assert_refused_and_clean(subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False))


def assert_refused_and_clean(done: "subprocess.CompletedProcess[str]") -> None:
    assert done.returncode == 1, done
    (message,) = done.stderr.strip().splitlines()
    assert message.startswith(("cannot write to the data folder", "cannot write the index's vectors"))
    assert "free space" in message
    assert done.stdout.split() == ["indexes", "writer.lock"]


@pytest.mark.usefixtures("_may_mount")
def test_a_full_folder_for_temporary_files_is_told_with_the_remedy_and_called_no_damage(
    tmp_path: Path, temporary: Path
) -> None:
    data = build_pages(tmp_path / "data").folder
    script = 'mount -t tmpfs -o size=64k tmpfs "$1"; exec "$2" -m ingest.probe "$3"'
    done = in_mounts(script, temporary, sys.executable, Workspace(data).current_folder(), TMPDIR=str(temporary))
    assert done.returncode == 2
    assert "No space left on device): free space" in done.stderr
    assert "TMPDIR" in done.stderr
    assert "damaged" not in done.stderr


def test_a_copy_is_private_whole_and_goes_with_what_opened_it(tmp_path: Path, temporary: Path) -> None:
    workspace = build_pages(tmp_path / "data")
    assert list(temporary.iterdir()) == [], "the build and its probe left nothing"
    current = workspace.current_folder()
    assert current is not None
    before = {path: file_sha256(path) for path in current.rglob("*") if path.is_file()}
    index = workspace.open_current()
    (copy,) = (path for path in temporary.iterdir() if path.is_dir())
    assert copy.stat().st_mode & 0o777 == 0o700
    assert index.dense_search(WordsEncoder().encode(["weeks"]), 3)
    assert {path: file_sha256(path) for path in before} == before, "what was built is never written to"
    del index
    assert list(temporary.iterdir()) == []


def test_copies_in_use_stay_and_those_of_killed_processes_go(tmp_path: Path, temporary: Path) -> None:
    current = build_pages(tmp_path / "data").current_folder()
    hold = "import sys; from pathlib import Path; from ingest.index import open_index; "
    hold += "index = open_index(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(current)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        (held,) = temporary.glob(f"{PREFIX}*[!k]")
        PrivateCopy(tmp_path, {}).remove()
        assert held.is_dir()
        process.kill()
    assert held.is_dir(), "its process had no time to remove it"
    PrivateCopy(tmp_path, {}).remove()
    assert list(temporary.iterdir()) == []


def test_what_killed_builds_left_is_removed_by_the_next_start_though_nothing_is_built(
    tmp_path: Path, temporary: Path
) -> None:
    workspace = build_pages(tmp_path / "data")
    current = workspace.current_folder()
    assert current is not None
    indexes = current.parent
    for n in range(15):
        shutil.copytree(current, indexes / f".building-{n}")
        shutil.copytree(current, indexes / f"neverpointedto{n}")
        os.utime(indexes / f"neverpointedto{n}", (n, n))
    workspace.documents.mkdir()
    drafts = [workspace.folder / "current.new", workspace.documents / "notes.json.new"]
    for draft in drafts:
        draft.write_text("half")
    with workspace.writer():
        build_again = Workspace(workspace.folder)
        for n in range(2):
            (indexes / f".building-now{n}").mkdir()
        build_again.tidy()
        assert len(list(indexes.glob(".building-now*"))) == 2, "what another writer builds is left to it"
    workspace.tidy()
    assert {path.name for path in indexes.iterdir()} == {current.name, "neverpointedto14"}
    assert not any(draft.exists() for draft in drafts)
    assert workspace.open_current().manifest.source_count == 6


def test_an_index_that_could_not_become_the_current_one_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = build_pages(tmp_path / "data")
    current = workspace.current_folder()
    (workspace.folder / "current.new").mkdir()  # so that the pointer cannot be written
    monkeypatch.setattr(Workspace, "_sweep", lambda _self: None)
    with pytest.raises(RoadmapError, match="cannot write to the data folder"):
        build_pages(workspace.folder, 7)
    assert current is not None
    assert list(current.parent.iterdir()) == [current]


def test_an_index_that_has_just_become_current_stays_when_the_build_is_broken_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, replaced = Workspace(tmp_path), Path.replace

    def broken_off(self: Path, target: Path) -> Path:
        replaced(self, target)
        raise KeyboardInterrupt

    with workspace.writer(), ExitStack() as opened:
        (opened.enter_context(workspace.new_index()) / MANIFEST_FILE).touch()
        monkeypatch.setattr(Path, "replace", broken_off)
        with pytest.raises(KeyboardInterrupt):
            opened.close()
    monkeypatch.undo()
    assert workspace.current_folder() is not None
