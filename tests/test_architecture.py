"""The direction of imports, and what every module is called and says."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
# What each package may import of its siblings.
ALLOWED: dict[str, frozenset[str]] = {
    "corpus": frozenset(),
    "ingest": frozenset(),
    "assistant": frozenset({"ingest"}),
    "ui": frozenset({"assistant"}),
    "evals": frozenset({"ingest", "assistant"}),
}
MODULES = sorted(path for package in ALLOWED for path in (CHECKOUT / package).rglob("*.py"))


def imported(path: Path, package: str) -> Iterator[str]:
    """Every module that the file names in an import, wherever in the file, as an absolute name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def file_of(root: Path, module: str) -> Path:
    """The file of the longest part of `module` that is one."""
    parts = module.split(".")
    for size in range(len(parts), 0, -1):
        place = root.joinpath(*parts[:size])
        for candidate in (place.with_suffix(".py"), place / "__init__.py"):
            if candidate.is_file():
                return candidate.relative_to(root)
    return Path(parts[0])


def broken_arrows(root: Path) -> list[str]:
    """One line per import that goes against the direction, with the names of both files."""
    broken = []
    for package, allowed in ALLOWED.items():
        for path in sorted((root / package).rglob("*.py")):
            for module in imported(path, package):
                sibling = module.split(".")[0]
                if sibling in ALLOWED and sibling != package and sibling not in allowed:
                    broken.append(f"{path.relative_to(root).as_posix()} imports {file_of(root, module).as_posix()}")
    return sorted(set(broken))


def test_no_import_goes_against_the_direction() -> None:
    assert broken_arrows(CHECKOUT) == []


@pytest.mark.parametrize(
    ("package", "line"),
    [
        ("ingest", "from assistant.chain import X"),
        ("ingest", "import assistant.chain as chain"),
        ("assistant", "def f():\n    from ui import app"),
        ("assistant", "import evals.gate"),
        ("ui", "if True:\n    from ingest import text"),
        ("ui", "import evals"),
        ("evals", "from ui.app import create_app"),
        ("corpus", "import ingest.text"),
    ],
)
def test_a_broken_arrow_is_told_with_both_files(tmp_path: Path, package: str, line: str) -> None:
    modules = {"assistant": "chain", "ui": "app", "evals": "gate", "ingest": "text", "corpus": "pages"}
    for name, module in modules.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('"""."""\n')
        (tmp_path / name / f"{module}.py").write_text('"""."""\n')
    (tmp_path / package / "wrong.py").write_text(f'"""."""\n{line}\n')
    [told] = broken_arrows(tmp_path)
    assert told.startswith(f"{package}/wrong.py imports ")
    assert (tmp_path / told.split(" imports ")[1]).is_file()


def test_allowed_and_outside_imports_are_no_broken_arrows(tmp_path: Path) -> None:
    for name in ALLOWED:
        (tmp_path / name).mkdir()
    (tmp_path / "assistant" / "fine.py").write_text(
        "import ingest.text\nfrom . import chain\nfrom numpy import array\n"
    )
    (tmp_path / "evals" / "fine.py").write_text("from ingest import text\nfrom assistant.chain import X\n")
    assert broken_arrows(tmp_path) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_every_module_says_what_it_is_for(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.split("\n")[0].rstrip().endswith((".", "`")), "the first line is a sentence"


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    names = {path: path.parent.name if path.stem == "__init__" else path.stem for path in MODULES}
    clashes = [path.relative_to(CHECKOUT).as_posix() for path, name in names.items() if name in sys.stdlib_module_names]
    assert clashes == []


def test_the_package_list_is_the_folders_that_are_here() -> None:
    import tomllib

    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = {path.parent.relative_to(CHECKOUT).as_posix().replace("/", ".") for path in MODULES}
    assert project["tool"]["setuptools"]["packages"] == sorted(folders | set(ALLOWED))
