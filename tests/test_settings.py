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
