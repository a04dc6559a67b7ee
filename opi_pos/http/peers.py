"""Who may come in: addresses and networks, and how many connections each peer holds."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from opi_pos.model.errors import ConfigurationError

# Verdicts remembered, so that a connection per request does not parse the same address again.
_REMEMBERED: Final = 1024


class Peers:
    """Counts connections by peer and knows who is allowed; nobody listed means everybody."""

    __slots__ = ("_connections", "_limit", "_networks", "_verdicts")

    def __init__(self, allowed: Iterable[str], *, limit: int) -> None:
        """`allowed`: addresses and CIDR networks. `ConfigurationError` for anything else."""
        self._networks = [_network(text) for text in allowed]
        self._limit = limit
        self._connections: dict[str, int] = {}
        self._verdicts: dict[str, bool] = {}

    def admit(self, peer: str) -> int:
        """0 and one connection counted, or the status that turns the peer away: 403, 503."""
        held = self._connections.get(peer, 0)
        if held >= self._limit:
            return 503
        if self._networks and not self._allows(peer):
            return 403
        self._connections[peer] = held + 1
        return 0

    def release(self, peer: str) -> None:
        """One admitted connection of `peer` has gone."""
        held = self._connections[peer] - 1
        if held:
            self._connections[peer] = held
        else:
            del self._connections[peer]

    def _allows(self, peer: str) -> bool:
        verdict = self._verdicts.get(peer)
        if verdict is None:
            if len(self._verdicts) >= _REMEMBERED:
                self._verdicts.clear()
            verdict = self._verdicts[peer] = self._is_listed(peer)
        return verdict

    def _is_listed(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ConfigurationError("peers", f"{text!r} is no address or network: {error}") from None


def is_loopback(host: str) -> bool:
    """Whether a host, by name or address, is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
