"""Who may come in, and how often."""

from __future__ import annotations

import pytest

from opi_pos.http.peers import Peers
from opi_pos.model.errors import ConfigurationError


@pytest.mark.parametrize(
    ("peer", "status"),
    [
        ("192.0.2.15", 0),
        ("198.51.100.200", 0),
        ("2001:db8::7", 0),
        ("192.0.2.16", 403),
        ("198.51.101.1", 403),
        ("2001:db9::7", 403),
        ("", 403),
        ("not an address", 403),
    ],
)
def test_addresses_and_networks_are_let_in_and_nobody_else(peer: str, status: int) -> None:
    peers = Peers(["192.0.2.15", "198.51.100.0/24", "2001:db8::/32"], limit=10)
    assert [peers.admit(peer) for _ in range(2)] == [status] * 2


def test_with_nobody_listed_everybody_is_let_in() -> None:
    assert Peers([], limit=1).admit("192.0.2.1") == 0


def test_each_peer_has_its_own_count_and_gets_its_place_back() -> None:
    peers = Peers([], limit=2)
    assert [peers.admit("192.0.2.1") for _ in range(3)] == [0, 0, 503]
    assert peers.admit("192.0.2.2") == 0
    peers.release("192.0.2.1")
    assert [peers.admit("192.0.2.1") for _ in range(2)] == [0, 503]


def test_what_is_remembered_of_strangers_is_bounded() -> None:
    peers = Peers(["192.0.2.15"], limit=1)
    for number in range(5000):
        assert peers.admit(f"10.0.{number // 250}.{number % 250}") == 403
    assert len(peers._verdicts) <= 1024
    assert peers.admit("192.0.2.15") == 0


@pytest.mark.parametrize("text", ["", "terminal.local", "192.0.2.1/24", "192.0.2.300", "::/129"])
def test_what_is_no_address_or_network_is_named(text: str) -> None:
    with pytest.raises(ConfigurationError, match="peers: "):
        Peers([text], limit=1)
