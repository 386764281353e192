"""A chat model on this machine, or at an address that a setting names, is never asked through a proxy."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.chat_clients import ADDRESS_VARIABLES, ChatModelError, ChatOptions, is_direct, make
from assistant.chat_model import ChatFaultError, ChatModel
from assistant.prompting import Prompt
from assistant.proxies import is_this_machine, without_proxies
from tests.chat_servers import ChatServer, anthropic_says, ollama_says, says
from tests.counting_proxy import CountingProxy, counting_proxy
from tests.generating import ASKED, KEY

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
SCRIPTS = {"openai": says, "ollama": ollama_says, "anthropic": anthropic_says}
PROMPT = Prompt("Be brief.", "My secret question")
PROXIES = {
    "as most set them": {"HTTP_PROXY": "http://{0}", "HTTPS_PROXY": "http://{0}"},
    "for all": {"ALL_PROXY": "http://{0}"},
    "in lower case": {"http_proxy": "http://{0}", "https_proxy": "http://{0}", "all_proxy": "http://{0}"},
    "with exceptions of its own": {"HTTP_PROXY": "http://{0}", "NO_PROXY": "intern.example", "no_proxy": "a.example"},
    "socks5": {"ALL_PROXY": "socks5://{0}"},
    "socks, as desktops write it": {"all_proxy": "socks://{0}", "http_proxy": "http://{0}"},
    "no address": {"ALL_PROXY": "::not an address::"},
}


@pytest.fixture
def proxy() -> Iterator[CountingProxy]:
    with counting_proxy() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_proxies_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES + tuple(n for names in ADDRESS_VARIABLES.values() for n in names):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def set_proxies(monkeypatch: pytest.MonkeyPatch, proxies: dict[str, str], proxy: CountingProxy) -> None:
    for name, value in proxies.items():
        monkeypatch.setenv(name, value.format(proxy.address))


def address_of(server: ChatServer, provider: str) -> str:
    return server.base_url if provider == "openai" else server.base_url.removesuffix("/v1")


def asked(options: ChatOptions) -> str:
    return "".join(ChatModel(options).stream(PROMPT, 10.0))


@pytest.mark.parametrize("proxies", PROXIES.values(), ids=PROXIES)
@pytest.mark.parametrize("provider", SCRIPTS)
def test_an_address_that_a_setting_names_is_asked_directly(
    server: ChatServer,
    proxy: CountingProxy,
    provider: str,
    proxies: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pytest.importorskip(f"langchain_{provider}")
    set_proxies(monkeypatch, proxies, proxy)
    server.script = SCRIPTS[provider]("Here.")
    server.requests.clear()
    caplog.clear()
    assert asked(ChatOptions(f"{provider}:scripted", address_of(server, provider), SecretStr(KEY), 3.0)) == "Here."
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert proxy.heard == []
    assert len(server.requests) == 1
    assert {name: os.environ[name] for name in proxies} == {n: v.format(proxy.address) for n, v in proxies.items()}


@pytest.mark.parametrize("provider", SCRIPTS)
def test_this_machine_is_asked_directly_when_the_providers_own_variable_names_it(
    server: ChatServer, proxy: CountingProxy, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(f"langchain_{provider}")
    set_proxies(monkeypatch, PROXIES["as most set them"], proxy)
    monkeypatch.setenv(ADDRESS_VARIABLES[provider][-1], address_of(server, provider))
    server.script = SCRIPTS[provider]("Here.")
    assert asked(ChatOptions(f"{provider}:scripted", None, SecretStr(KEY), 3.0)) == "Here."
    assert proxy.heard == []


@pytest.mark.parametrize("provider", SCRIPTS)
def test_a_provider_beyond_this_machine_is_asked_through_the_proxy(
    proxy: CountingProxy, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(f"langchain_{provider}")
    set_proxies(monkeypatch, PROXIES["as most set them"], proxy)
    monkeypatch.setenv(ADDRESS_VARIABLES[provider][-1], "http://model.invalid")
    with pytest.raises(ChatFaultError):
        asked(ChatOptions(f"{provider}:scripted", None, SecretStr(KEY), 3.0))
    assert proxy.heard
    assert b"model.invalid" in proxy.heard[0]


def test_a_proxy_that_cannot_be_used_is_named_and_not_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks://127.0.0.1:9")
    with pytest.raises(ChatModelError, match="the proxy that ALL_PROXY names"):
        make(ChatOptions("openai:gpt-5-mini", None, SecretStr(KEY)))


def test_ollama_is_on_this_machine_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_direct(ChatOptions("ollama:llama3.2:3b"))
    assert not is_direct(ChatOptions("openai:gpt-5-mini"))
    monkeypatch.setenv("OLLAMA_HOST", "gpu.example:11434")
    assert not is_direct(ChatOptions("ollama:llama3.2:3b"))
    monkeypatch.setenv("OLLAMA_HOST", ":11434")
    assert is_direct(ChatOptions("ollama:llama3.2:3b"))


@pytest.mark.parametrize(
    "address",
    "http://127.0.0.1:8001/v1 http://localhost/ https://LOCALHOST./v1 http://llm.localhost:1 http://[::1]:8000 127.1 "
    "http://127.9.8.7 http://2130706433/ http://0x7f.1/ http://[::ffff:127.0.0.1]/ 0.0.0.0:11434 localhost:11434".split(),
)
def test_loopback_is_known_in_every_notation(address: str) -> None:
    assert is_this_machine(address)


@pytest.mark.parametrize(
    "address",
    "https://api.openai.com/v1 http://10.0.0.1 http://localhost.example.org http://127.0.0.1.example.org http://[::2] "
    "http://[::1 http://127.0.0.1@example.org/".split(),
)
def test_other_addresses_are_not_this_machine(address: str) -> None:
    assert not is_this_machine(address)


def test_the_environment_is_as_before_also_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intern.example")
    before = dict(os.environ)
    with pytest.raises(KeyError), without_proxies(), without_proxies():
        del os.environ["SET_NOWHERE"]
    assert dict(os.environ) == before


def run_python(program: str, data_dir: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    kept = {n: v for n, v in os.environ.items() if not n.upper().startswith("ROADMAP_")}
    environment = {**kept, "ROADMAP_DATA_DIR": str(data_dir), **variables}
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)


START = f"""
import json, sys
from fastapi.testclient import TestClient
from ui.app import create_app
with TestClient(create_app(), base_url="http://127.0.0.1") as client:
    answer = client.post("/v1/answer", json={{"question": "{ASKED}"}}).json()
    print(json.dumps([client.get("/").status_code, answer["mode"]]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["socks5", "socks", "http"])
def test_the_whole_application_starts_behind_any_proxy_and_keeps_to_this_machine(
    server: ChatServer, proxy: CountingProxy, data_dir: Path, scheme: str
) -> None:
    server.script = says("NO_ANSWER")
    server.requests.clear()
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"), f"{scheme}://{proxy.address}")
    chat: dict[str, Any] = {"ROADMAP_CHAT_MODEL": "openai:scripted", "ROADMAP_CHAT_BASE_URL": server.base_url}
    done = run_python(START, data_dir, **proxies, **chat)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [200, "generative"]
    assert len(server.requests) == 1
    assert proxy.heard == []
