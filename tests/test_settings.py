"""Settings: the table in the docs is the class, wrong values are refused by name, keys stay secret."""

import json
import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from assistant.settings import Settings, SettingsError

TABLE = Path(__file__).parents[1] / "docs" / "settings.md"
ROW = re.compile(r"^\| `ROADMAP_(\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def rows() -> dict[str, tuple[str, str]]:
    return {name.lower(): (default, meaning) for name, default, meaning in ROW.findall(TABLE.read_text("utf-8"))}


def test_the_table_names_every_setting_in_order_and_no_other() -> None:
    assert list(rows()) == list(Settings.model_fields)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_table_tells_the_default_and_the_meaning(name: str) -> None:
    field = Settings.model_fields[name]
    default, meaning = rows()[name]
    assert meaning == field.description
    if field.default is None:
        assert default == "unset"
    elif field.default is PydanticUndefined:
        assert field.default_factory is not None, "made at the start, and told in words"
        assert not default.startswith("`/")
    else:
        value = list(field.default) if isinstance(field.default, tuple) else field.default
        assert default == f"`{value if isinstance(value, str) else json.dumps(value)}`"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "abc"),
        ("port", "70000"),
        ("port", "-1"),
        ("max_question_chars", "0"),
        ("max_concurrency", "0"),
        ("request_timeout_seconds", "0"),
        ("log_level", "loud"),
        ("allow_download", "perhaps"),
        ("allowed_hosts", '["a.example"'),
        ("allowed_hosts", '{"a.example": 1}'),
        ("allowed_hosts", '["a.example", 7]'),
        ("data_dir", "~nobody-of-this-name/roadmap"),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"ROADMAP_{name.upper()}", value)
    with pytest.raises(SettingsError, match=f"ROADMAP_{name.upper()}: .*correct or unset it"):
        Settings.load()


def test_all_wrong_values_are_told_at_once() -> None:
    with pytest.raises(SettingsError, match=r"ROADMAP_PORT: .*ROADMAP_LOG_LEVEL: "):
        Settings.load(port="abc", log_level="loud")


def test_settings_come_from_variables_and_before_them_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("ROADMAP_PORT=1234\nROADMAP_HOST=localhost\n")
    assert (Settings.load().port, Settings.load().host) == (1234, "localhost")
    monkeypatch.setenv("ROADMAP_PORT", "4321")
    assert Settings.load().port == 4321
    monkeypatch.setenv("ROADMAP_ALLOWED_HOSTS", '["roadmap.example.org"]')
    assert Settings.load().allowed_hosts == ("roadmap.example.org",)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('["a.example", "[::1]"]', ("a.example", "[::1]")),
        ("a.example", ("a.example",)),
        (" a.example , [::1],", ("a.example", "[::1]")),
        ("[::1]", ("[::1]",)),
        ("", ()),
        ("[]", ()),
    ],
)
def test_a_list_is_read_as_json_or_with_commas(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str, read: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ROADMAP_ALLOWED_HOSTS", written)
    assert Settings.load().allowed_hosts == read
    monkeypatch.delenv("ROADMAP_ALLOWED_HOSTS")
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text(f"ROADMAP_ALLOWED_HOSTS='{written}'\n")
    assert Settings.load().allowed_hosts == read


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ROADMAP_CHAT_MODLE", "no setting ROADMAP_CHAT_MODLE: did you mean ROADMAP_CHAT_MODEL?"),
        ("roadmap_datadir", "no setting ROADMAP_DATADIR: did you mean ROADMAP_DATA_DIR?"),
        ("ROADMAP_ZZZ", "no setting ROADMAP_ZZZ: unset it"),
    ],
)
@pytest.mark.parametrize("place", ["environment", "file"])
def test_a_name_that_no_setting_has_is_refused_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, told: str, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if place == "environment":
        monkeypatch.setenv(name, "x")
    else:
        Path(".env").write_text(f"OTHER_PROGRAMS_NAME=1\nexport {name}=x\n")
    with pytest.raises(SettingsError, match=re.escape(told)):
        Settings.load()


def test_a_name_in_the_code_that_no_setting_has_is_refused() -> None:
    with pytest.raises(SettingsError, match="did you mean ROADMAP_PORT"):
        Settings.load(prot=1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_is_read_whatever_editor_saved_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str
) -> None:
    monkeypatch.chdir(tmp_path)
    mark = "\ufeff" if encoding.startswith("utf-16-") else ""
    Path(".env").write_bytes(f"{mark}ROADMAP_PORT=1234\r\nROADMAP_CORPUS_DIR=/büro\r\n".encode(encoding))
    read = Settings.load()
    assert (read.port, read.corpus_dir) == (1234, Path("/büro"))


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("ROADMAP_CORPUS_DIR=/büro\n".encode("latin-1"), ".env is not UTF-8 text: save it as UTF-8"),
        ("ROADMAP_PORT=1\n".encode("utf-16-le"), ".env"),  # without a mark
        (b"# mine\nROADMAP_PORT: 9000\n", ".env, line 2: write ROADMAP_NAME=value"),
        (b"ROADMAP_PORT\n", ".env, line 1: write ROADMAP_NAME=value"),
        (b"ROADMAP_HOST='localhost\n", ".env, line 1: write ROADMAP_NAME=value"),
        (b"\xff\xfeR", ".env is not UTF-8 text: save it as UTF-8"),
    ],
    ids=["latin-1", "UTF-16 without a mark", "colon", "no value", "open quote", "half a letter"],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, raw: bytes, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_bytes(raw)
    with pytest.raises(SettingsError, match=re.escape(told)) as refused:
        Settings.load()
    assert len(str(refused.value).splitlines()) == 1


def test_a_folder_named_like_the_file_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").mkdir()
    assert Settings.load().port == 8000


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    Path(".env").write_text("ROADMAP_DATA_DIR=~/data\nROADMAP_EMBEDDING_MODEL=~/models/one\n")
    monkeypatch.setenv("ROADMAP_RERANK_MODEL", "~/models/two")
    read = Settings.load(corpus_dir=Path("~/pages"))
    home = "/home/somebody"
    assert (read.data_dir, read.corpus_dir) == (Path(f"{home}/data"), Path(f"{home}/pages"))
    assert (read.embedding_model, read.rerank_model) == (f"{home}/models/one", f"{home}/models/two")


def test_settings_do_not_change_once_they_are_read() -> None:
    settings = Settings.load()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADMAP_CHAT_API_KEY", "sk-very-secret")
    settings = Settings.load()
    assert settings.chat_api_key is not None
    assert settings.chat_api_key.get_secret_value() == "sk-very-secret"
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert "very-secret" not in shown


def test_a_key_is_not_told_when_another_setting_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROADMAP_CHAT_API_KEY", "sk-very-secret")
    monkeypatch.setenv("ROADMAP_PORT", "abc")
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    assert "very-secret" not in str(refused.value)
