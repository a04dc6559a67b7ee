"""Terminal URLs: `opi+tcp://host:4100?listen=4102&profile=nl`, `sim://opi?profile=de`.

| Parameter | |
|---|---|
| `profile` | `de` (default), `nl`, `ch` |
| `listen` | the till's port for channel 1, by default the profile's; `none`: it asks on our own |
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from opi_pos.model.errors import ConfigurationError
from opi_pos.wire import opi
from terminal_bridge.drivers.opi.capabilities import DEFAULT_PROFILE

_OWN: Final = frozenset({"profile", "listen"})


class Scheme(enum.StrEnum):
    TCP = "opi+tcp"
    SIMULATED = "sim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a terminal is. `listen` None: it has no connection of its own to the till."""

    scheme: Scheme
    profile: opi.Profile
    host: str = ""
    port: int = 0
    listen: int | None = None
    simulation: Mapping[str, str] = field(default_factory=dict)


def parse(url: str, key: str) -> Address:
    """Raises `ConfigurationError` that names `key`."""
    try:
        parts = urlsplit(url)
        scheme, host, port = Scheme(parts.scheme), parts.hostname or "", parts.port
    except ValueError:
        raise ConfigurationError(key, "must be opi+tcp://host:port") from None
    words = dict(parse_qsl(parts.query, keep_blank_values=True))
    profile = _profile(words.get("profile", DEFAULT_PROFILE), key)
    rest = {name: value for name, value in words.items() if name not in _OWN}
    if scheme is Scheme.SIMULATED:
        return Address(scheme=scheme, profile=profile, simulation=rest)
    if not host or port == 0 or parts.path not in ("", "/") or parts.username is not None:
        raise ConfigurationError(key, "must be opi+tcp://host:port, with nothing between")
    if rest:
        known = ", ".join(sorted(_OWN))
        raise ConfigurationError(key, f"unknown parameter {next(iter(rest))}; known: {known}")
    return Address(
        scheme=scheme,
        profile=profile,
        host=host,
        port=port or profile.channel_0_port,
        listen=_listen(words.get("listen"), profile, key),
    )


def _listen(word: str | None, profile: opi.Profile, key: str) -> int | None:
    if word is None:
        return profile.channel_1_port
    if word == "none":
        return None
    if word.isascii() and word.isdigit() and int(word) < 65_536:
        return int(word)
    raise ConfigurationError(key, "listen must be a port, or none")


def _profile(name: str, key: str) -> opi.Profile:
    try:
        return opi.profile(name)
    except KeyError:
        known = ", ".join(opi.profile_names())
        raise ConfigurationError(key, f"unknown profile {name}; known: {known}") from None
