"""Terminal URLs of this driver, and where Viva's servers are.

viva+https://demo-api.vivapayments.com/16008507     the demo environment, one terminal
viva+https://api.vivapayments.com                   the only live terminal of the merchant
viva+http://127.0.0.1:8080/16008507                 a simulator on this machine
sim://viva                                          a simulator in this process
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from opi_pos.http.peers import is_loopback
from opi_pos.model.errors import ConfigurationError
from opi_pos.wire.viva import Role

_SCHEMES: Final = {"viva+https": "https", "viva+http": "http"}
_SIMULATED: Final = "viva"
_KNOWN: Final = {
    "api.vivapayments.com": ("accounts.vivapayments.com", "www.vivapayments.com"),
    "demo-api.vivapayments.com": ("demo-accounts.vivapayments.com", "demo.vivapayments.com"),
}
"""Of each API host the hosts of the accounts and of the older API."""
_TERMINAL_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to ask, and which terminal is meant."""

    servers: dict[Role, str]
    terminal_id: str = ""
    secure: bool = True
    simulation: dict[str, str] | None = field(default=None)
    """The parameters of a simulator in this process; None for any other."""


def parse(url: str, key: str) -> Address:
    """Read a URL; raises `ConfigurationError` under `key`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigurationError(key, f"cannot be read: {error}") from None
    if parts.scheme == "sim" and host == _SIMULATED:
        return _simulated(parts, key)
    if parts.scheme not in _SCHEMES or not host:
        raise ConfigurationError(key, "must be viva+https://HOST/TERMINAL-ID")
    if parts.username is not None or parts.query or parts.fragment or port == 0:
        raise ConfigurationError(key, "must not hold more than host, port and terminal id")
    scheme = _SCHEMES[parts.scheme]
    if scheme == "http" and not is_loopback(host):
        raise ConfigurationError(key, "must be viva+https://: secrets travel there")
    return Address(
        servers=_servers(scheme, host, parts.netloc),
        terminal_id=_terminal_id(parts.path, key),
        secure=scheme == "https",
    )


def _servers(scheme: str, host: str, place: str) -> dict[Role, str]:
    accounts, www = _KNOWN.get(host, (place, place))
    places = {Role.API: place, Role.ACCOUNTS: accounts, Role.WWW: www}
    return {role: f"{scheme}://{each}" for role, each in places.items()}


def _terminal_id(path: str, key: str) -> str:
    named = path.strip("/")
    if named and _TERMINAL_ID.fullmatch(named) is None:
        raise ConfigurationError(key, "has a path that is no terminal id")
    return named


def _simulated(parts: SplitResult, key: str) -> Address:
    place = "https://sim.invalid"
    words = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Address(
        servers=dict.fromkeys(Role, place),
        terminal_id=_terminal_id(parts.path, key),
        simulation=words,
    )
