"""Where a foreign till may be called back. A URL out of a request is hostile input.

It is resolved once, every address that comes out is checked, and the connection goes to a checked
address and nowhere else (see `posting`). Allowed is the caller itself, and what the configuration
lists by scheme, host and port.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from opi_pos.model.errors import ConfigurationError, OpiPosError

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host. Raises `OSError`."""

RESOLVE_S: Final = 5.0
URL_LIMIT: Final = 2048
ADDRESSES_AT_MOST: Final = 8

# Narrower than the standard: what different parsers read differently (backslashes, users, spaces,
# letters beyond ASCII) has no place in it.
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<rest>/[A-Za-z0-9\-._~!$&'()*+,;=:@/%?]*)?",
    re.ASCII,
)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class TargetRefusedError(OpiPosError):
    """A callback must not go there. The text does not repeat the URL."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL with the checked addresses of its host, the likeliest first."""

    url: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What is listed: scheme, host and port."""

    scheme: str
    host: str
    port: int


class Targets:
    """Checks URLs for one face."""

    def __init__(
        self, listed: Iterable[str] = (), *, key: str = "", resolve: Resolve | None = None
    ) -> None:
        """`listed`: URLs of which scheme, host and port count. `key` is named in the error."""
        self._listed = {_place_of(url, key) for url in listed}
        self._resolve = resolve or _system_resolve

    async def checked(self, url: str, peer: str) -> Target:
        """Where `url` leads. `TargetRefusedError` unless that is the caller itself, or listed."""
        place = parse(url)
        try:
            async with asyncio.timeout(RESOLVE_S):
                found = await self._resolve(place.host, place.port)
            addresses = tuple(dict.fromkeys(plain(ip_address(text)) for text in found))
        except (OSError, TimeoutError, ValueError):
            raise TargetRefusedError("its host cannot be resolved") from None
        if not 0 < len(addresses) <= ADDRESSES_AT_MOST:
            raise TargetRefusedError("its host has no address, or too many")
        own = _peer(peer)
        for address in addresses:
            self._check(address, place, own)
        # The caller's own address first: its server listens where the caller came from.
        ordered = sorted(addresses, key=lambda address: address != own)
        return Target(url=url, addresses=tuple(str(address) for address in ordered))

    def _check(self, address: Address, place: Place, own: Address | None) -> None:
        if address.is_multicast or address.is_unspecified:
            raise TargetRefusedError("its address is nobody's")
        if own is not None and _is_same_machine(address, own):
            return
        if address.is_link_local or place not in self._listed:
            raise TargetRefusedError("it is neither the caller's own address nor listed")


def parse(url: str) -> Place:
    """Scheme, host and port of a URL. Raises `TargetRefusedError`."""
    match = _URL.fullmatch(url) if len(url) <= URL_LIMIT else None
    if match is None:
        raise TargetRefusedError("it is no plain http:// or https:// URL")
    port = int(match["port"] or _DEFAULT_PORTS[match["scheme"]])
    if not 0 < port < 65_536:
        raise TargetRefusedError("it has no usable port")
    return Place(match["scheme"], match["host"].strip("[]").lower(), port)


def plain(address: Address) -> Address:
    """An IPv4 address in the disguise of an IPv6 one is what it is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_same_machine(address: Address, own: Address) -> bool:
    return address == own or (address.is_loopback and own.is_loopback)


def _peer(text: str) -> Address | None:
    try:
        return plain(ip_address(text.partition("%")[0]))
    except ValueError:
        return None


def _place_of(url: str, key: str) -> Place:
    try:
        return parse(url)
    except TargetRefusedError as error:
        raise ConfigurationError(key, f"{url!r} cannot be used: {error}") from None


async def _system_resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]).partition("%")[0] for *_, address in found]
