"""URLs, keys and secrets of a terminal behind the cloud."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.secret import Secret
from opi_pos.wire.viva import Role
from terminal_bridge.drivers.viva import connect, options
from terminal_bridge.drivers.viva.address import parse
from terminal_bridge.drivers.viva.cloud import Credentials
from terminal_bridge.drivers.viva.connecting import over
from terminal_bridge.links.memory import MemoryLink
from terminal_bridge.links.web import MemoryWeb
from tests.terminal_bridge.drivers.nexo.settings import NoDoor, Settings

URL = "viva+https://demo-api.vivapayments.com/16008507"


def test_the_servers_belong_to_the_host_of_the_url() -> None:
    demo = parse(URL, "url")
    assert demo.terminal_id == "16008507"
    assert demo.servers == {
        Role.API: "https://demo-api.vivapayments.com",
        Role.ACCOUNTS: "https://demo-accounts.vivapayments.com",
        Role.WWW: "https://demo.vivapayments.com",
    }
    live = parse("viva+https://api.vivapayments.com", "url").servers
    assert live[Role.ACCOUNTS] == "https://accounts.vivapayments.com"
    own = parse("viva+http://127.0.0.1:8090/1", "url").servers
    assert set(own.values()) == {"http://127.0.0.1:8090"}


@pytest.mark.parametrize(
    "url",
    [
        "viva+tcp://host/1",
        "viva+https:///1",
        "viva+https://host:0/1",
        "viva+https://host:port/1",
        "viva+https://user:secret@host/1",
        "viva+https://host/1?secret=2",
        "viva+https://host/1#2",
        "viva+https://host/1/2",
        "viva+https://host/%2e%2e",
        "viva+http://192.0.2.1/1",
        "viva+http://example.com/1",
        "sim://other",
    ],
)
def test_a_url_that_cannot_be_used_is_named_without_what_stands_in_it(url: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        parse(url, "poi.front.url")
    assert wrong.value.key == "poi.front.url"
    assert "secret@" not in str(wrong.value)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (options.CLIENT_ID_ENV, options.CLIENT_SECRET_ENV):
        monkeypatch.delenv(name, raising=False)


def known(**keys: Any) -> Any:
    return options.credentials(options.read(Settings(url=URL, options=keys)))


def test_secrets_come_from_files_and_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    file.write_text("from-a-file\n")
    monkeypatch.setenv("SHOP_SECRET", "from-a-variable")
    by_file = known(client_id="c", client_secret_file=str(file))
    by_name = known(client_id="c", client_secret_env="SHOP_SECRET")
    monkeypatch.setenv(options.CLIENT_ID_ENV, "c")
    monkeypatch.setenv(options.CLIENT_SECRET_ENV, "from-the-usual-one")
    usual = known(merchant_id="m", api_key_file=str(file))
    secrets = [each.client_secret.reveal() for each in (by_file, by_name, usual)]
    assert secrets == ["from-a-file", "from-a-variable", "from-the-usual-one"]
    assert {by_file.client_id, by_name.client_id, usual.client_id} == {"c"}
    assert usual.api_key.reveal() == "from-a-file"
    assert not by_file.api_key.reveal()
    for each in (by_file, by_name, usual):
        assert "from-" not in repr(each)


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({}, "client_id"),
        ({"client_id": "c"}, "client_secret_file"),
        ({"client_id": "c", "client_secret_env": "NOBODY_SET_THIS"}, "client_secret_env"),
        ({"client_id": "c", "client_secret_file": "/nowhere"}, "client_secret_file"),
        (
            {"client_id": "c", "client_secret_file": "/nowhere", "client_secret_env": "X"},
            "client_secret_file",
        ),
        ({"client_secret": "in clear"}, "client_secret"),
        ({"deadline_s": 0}, "deadline_s"),
        ({"deadline_s": "soon"}, "deadline_s"),
        ({"accounts_url": "http://in.clear"}, "accounts_url"),
        ({"tls": {"verify": False}}, "tls.verify"),
    ],
)
def test_a_wrong_key_is_named_and_its_value_is_not(keys: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        known(**keys)
    assert wrong.value.key == f"poi.front.{key}"
    assert "in clear" not in str(wrong.value)


def test_other_servers_and_patience_can_be_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"accounts_url": "https://accounts.example/", "deadline_s": 60.0}
    given = options.read(Settings(url=URL, options=keys))

    async def nobody(data: bytes) -> Any:
        raise AssertionError("nothing is sent")

    credentials = Credentials(client_id="c", client_secret=Secret("s"))
    driver = over(MemoryWeb(MemoryLink(nobody)), parse(URL, "url"), credentials, given)
    assert driver.capabilities.silence_s == 120.0
    monkeypatch.setenv(options.CLIENT_ID_ENV, "client-1")
    monkeypatch.setenv(options.CLIENT_SECRET_ENV, "secret-1")
    made = connect(Settings(url=URL, options=keys), NoDoor())
    assert "secret-1" not in f"{made!r} {made.__dict__!r}"


def test_tls_needs_a_url_with_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(options.CLIENT_ID_ENV, "c")
    monkeypatch.setenv(options.CLIENT_SECRET_ENV, "s")
    keys = {"tls": {"pin": "sha256/x"}}
    with pytest.raises(ConfigurationError, match=r"^poi\.front\.tls: needs"):
        connect(Settings(url="viva+http://127.0.0.1:8090/1", options=keys), NoDoor())


def test_a_simulation_names_what_it_does_not_know() -> None:
    with pytest.raises(ConfigurationError, match="unknown parameter weather"):
        connect(Settings(url="sim://viva?weather=bad"), NoDoor())
    with pytest.raises(ConfigurationError, match="host"):
        connect(Settings(url="sim://viva?host=maybe"), NoDoor())
