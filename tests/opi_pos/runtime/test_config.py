"""Configuration errors name the key and the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opi_pos import ConfigurationError
from opi_pos.runtime.config import parse_listen, read_config, till_settings

FULL = """
journal = "till.db"
scope = "shop-12"
sale_id = "till-3"

[listen]
host = "127.0.0.1"
port = 11000
peers = ["192.0.2.15"]

[poi.front]
url = "nexo+http://192.0.2.15:11000?profile=swedbank"
poi_id = "A-POIID"
currency = "SEK"
integration = "full"
recovery_s = 90
while_in_doubt = "closed"
address = "auto"
tls = { ca = "terminal-ca.pem", name = "*.terminal.example" }
"""


def config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "till.toml"
    path.write_text(text)
    return path


def test_the_configuration_of_the_design_is_read(tmp_path: Path) -> None:
    settings = read_config(config(tmp_path, FULL))
    (front,) = settings.pois
    assert settings.sale_id == front.sale_id == "till-3"
    assert settings.listen is not None
    assert settings.listen.peers == ("192.0.2.15",)
    assert front.recovery_s == 90.0
    assert front.options == {"tls": {"ca": "terminal-ca.pem", "name": "*.terminal.example"}}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("jurnal = 'x'\n[poi.a]\nurl='sim://nexo'", "jurnal"),
        ("[poi.a]\n", "poi.a.url"),
        ("", "poi"),
        ("poi = 3", "poi"),
        ("[poi.a]\nurl='sim://nexo'\nrecovery_s='long'", "poi.a.recovery_s"),
        ("[poi.a]\nurl='sim://nexo'\nrecovery_s=0", "poi.a.recovery_s"),
        ("[poi.a]\nurl='sim://nexo'\nwhile_in_doubt='maybe'", "poi.a.while_in_doubt"),
        ("[poi.a]\nurl='sim://nexo'\nintegration='half'", "poi.a.integration"),
        ("[poi.a]\nurl='sim://nexo'\ncurrency='euro'", "poi.a.currency"),
        ("[listen]\nhots='x'\n[poi.a]\nurl='sim://nexo'", "listen.hots"),
        ("[listen]\nport=70000\n[poi.a]\nurl='sim://nexo'", "listen.port"),
        ("[listen]\npeers=['nowhere']\n[poi.a]\nurl='sim://nexo'", "listen.peers"),
        ("journal = 3\n[poi.a]\nurl='sim://nexo'", "journal"),
    ],
)
def test_an_error_names_its_key(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_config(config(tmp_path, text))
    assert caught.value.key == key


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    path = config(tmp_path, "= 3")
    with pytest.raises(ConfigurationError, match="is not TOML"):
        read_config(path)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_config(tmp_path / "missing.toml")


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:11000", "127.0.0.1", 11000),
        (":0", "127.0.0.1", 0),
        ("[::1]:8080", "::1", 8080),
    ],
)
def test_listen_addresses(text: str, host: str, port: int) -> None:
    settings = parse_listen(text)
    assert (settings.host, settings.port) == (host, port)


@pytest.mark.parametrize("text", ["11000", "host", "host:port", "host:99999"])
def test_bad_listen_addresses_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="listen"):
        parse_listen(text)


@pytest.mark.parametrize(
    ("url", "more", "expected"),
    [
        ("zvt+tcp://192.0.2.1", {}, "full"),
        ("sim://zvt", {}, "full"),
        ("nexo+http://192.0.2.1", {}, "light"),
        ("nexo+http://192.0.2.1", {"listen": {}}, "full"),
        ("zvt+tcp://192.0.2.1", {"face": {"keycard": {"poi": "back"}}}, "light"),
        ("zvt+tcp://192.0.2.1", {"face": {}}, "light"),
    ],
    ids=range(6),
)
def test_what_a_terminal_behind_a_face_shows_is_wanted_where_it_can_be_heard(
    url: str, more: dict[str, Any], expected: str
) -> None:
    table: dict[str, Any] = {"poi": {"front": {"url": url}}, "face": {"keycard": {}}, **more}
    assert till_settings(table).pois[0].integration.value == expected
    table["poi"]["front"]["integration"] = "light"
    assert till_settings(table).pois[0].integration.value == "light"
