"""Terminal URLs: their parts, and errors that name the part."""

from __future__ import annotations

import pytest

from opi_pos.model.errors import ConfigurationError
from terminal_bridge.drivers.nexo.address import Scheme, parse


def test_a_plain_url_takes_port_path_and_profile_by_default() -> None:
    address = parse("nexo+http://192.0.2.15:11000", "url")
    assert (address.scheme, address.host, address.port) == (Scheme.HTTP, "192.0.2.15", 11000)
    assert (address.path, address.profile) == ("", "")
    assert address.http_url(80, "/EPASSaleToPOI/3.1") == "http://192.0.2.15:11000/EPASSaleToPOI/3.1"


def test_its_own_path_and_profile_win() -> None:
    address = parse("nexo+https://till.example/x/nexo?profile=westpay", "url")
    assert (address.port, address.profile) == (None, "westpay")
    assert address.http_url(8443, "/nexo") == "https://till.example:8443/x/nexo"


def test_an_ipv6_host_keeps_its_brackets() -> None:
    assert parse("nexo+http://[2001:db8::1]:8080", "url").http_url(1, "/") == (
        "http://[2001:db8::1]:8080/"
    )


def test_a_tcp_url_has_host_and_port() -> None:
    address = parse("nexo+tcp://192.0.2.15:4000?profile=plain-json", "url")
    assert (address.scheme, address.port, address.profile) == (Scheme.TCP, 4000, "plain-json")


def test_a_simulated_terminal_takes_parameters() -> None:
    address = parse("sim://nexo?profile=westpay&seed=7&pace=0", "url")
    assert (address.profile, address.simulation) == ("westpay", {"seed": "7", "pace": "0"})


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("http://192.0.2.15", "http://"),
        ("nexo+http://", "host"),
        ("nexo+http://192.0.2.15:port", "port"),
        ("nexo+http://192.0.2.15:99999", "range"),
        ("nexo+http://me:secret@192.0.2.15", "password"),
        ("nexo+http://192.0.2.15#top", "#top"),
        ("nexo+http://192.0.2.15?profil=westpay", "profil;"),
        ("nexo+http://192.0.2.15?profile=a&profile=b", "profile stands there twice"),
        ("nexo+http://192.0.2.15?profile", "name=value"),
        ("nexo+http://192.0.2.15?seed=7", "seed"),
        ("nexo+tcp://192.0.2.15:4000/nexo", "/nexo"),
        ("sim://zvt", "zvt"),
        ("sim://nexo:80", "port"),
    ],
)
def test_a_wrong_part_is_named(url: str, named: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(url, "poi.front.url")
    assert caught.value.key == "poi.front.url"
    assert named in caught.value.problem


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse("nexo+http://me:secret@192.0.2.15", "url")
    assert "secret" not in str(caught.value)
