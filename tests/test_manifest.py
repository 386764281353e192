"""What an index says of itself, and when it is refused."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from ingest.errors import IndexStateError
from ingest.manifest import (
    FORMAT_VERSION,
    MANIFEST_FILE,
    Manifest,
    check_files,
    read_manifest,
    write_manifest,
)
from ingest.remembered import file_sha256

MANIFEST = Manifest(
    format_version=FORMAT_VERSION,
    splitter_version=3,
    model_name="words",
    model_hash="0123",
    dimension=13,
    library_hash="4567",
    source_count=1,
    passage_count=2,
    entry_count=3,
    files={},
)
REMEDY = "run 'roadmap ingest' to build it"


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    write_manifest(tmp_path, replace(MANIFEST, files={"a/b.npy": "89ab"}))
    assert read_manifest(tmp_path) == replace(MANIFEST, files={"a/b.npy": "89ab"})


def test_a_folder_without_one_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(IndexStateError, match=f"no index yet: {REMEDY}"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("field", sorted(asdict(MANIFEST)))
def test_a_manifest_that_lacks_a_field_is_refused(tmp_path: Path, field: str) -> None:
    value = asdict(MANIFEST)
    del value[field]
    (tmp_path / MANIFEST_FILE).write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(IndexStateError, match=f"unreadable: {REMEDY}"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"3", b"\xff\xfe", b'{"format_version": 1}'])
def test_a_manifest_that_makes_no_sense_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / MANIFEST_FILE).write_bytes(raw)
    with pytest.raises(IndexStateError, match=f"unreadable: {REMEDY}"):
        read_manifest(tmp_path)


def test_the_same_model_and_versions_are_accepted() -> None:
    MANIFEST.refuse_unlike("another name of it", "0123", 3)


def test_another_model_is_refused_with_both_names_and_both_remedies() -> None:
    with pytest.raises(IndexStateError) as refused:
        MANIFEST.refuse_unlike("other", "ffff", 3)
    for part in ("'words'", "'other'", REMEDY, "ROADMAP_EMBEDDING_MODEL"):
        assert part in str(refused.value)


@pytest.mark.parametrize(
    "manifest", [replace(MANIFEST, format_version=FORMAT_VERSION + 1), replace(MANIFEST, splitter_version=2)]
)
def test_another_version_is_refused_with_the_remedy(manifest: Manifest) -> None:
    with pytest.raises(IndexStateError, match=f"another version of this program: {REMEDY}"):
        manifest.refuse_unlike("words", "0123", 3)


def test_files_are_checked_by_their_hash(tmp_path: Path) -> None:
    path = tmp_path / "data.npy"
    path.write_bytes(b"data")
    manifest = replace(MANIFEST, files={"data.npy": file_sha256(path)})
    check_files(tmp_path, manifest.files)
    for damage in (b"dataa", b"dat", b"", b"dbta"):
        path.write_bytes(damage)
        with pytest.raises(IndexStateError, match=rf"file data\.npy is missing or damaged: {REMEDY}"):
            check_files(tmp_path, manifest.files)
    path.unlink()
    with pytest.raises(IndexStateError, match="missing or damaged"):
        check_files(tmp_path, manifest.files)
