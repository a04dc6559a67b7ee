"""Terminal URLs of this driver: `zvt+tcp://host:20007`, `zvt+serial:///dev/ttyUSB0?baud=9600`,
`zvt+serial://COM3`, `sim://zvt`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from opi_pos.model.errors import ConfigurationError

BAUDS: Final = (9600, 19200, 38400, 57600, 115200)


class Scheme(enum.StrEnum):
    """How the bytes travel."""

    TCP = "zvt+tcp"
    SERIAL = "zvt+serial"
    SIMULATED = "sim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URL, taken apart. `port` None means the profile's own, `profile` empty the default."""

    scheme: Scheme
    host: str = ""
    port: int | None = None
    device: str = ""
    baud: int = 9600
    stop_bits: int = 2
    profile: str = ""
    simulation: Mapping[str, str] = field(default_factory=dict)
    """Parameters of `sim://zvt`; empty otherwise."""


def parse(url: str, key: str) -> Address:
    """Take a URL apart; `ConfigurationError` under `key` names the part that is wrong."""
    name, _, rest = url.partition("://")
    try:
        scheme = Scheme(name)
    except ValueError:
        known = ", ".join(f"{scheme}://" for scheme in Scheme)
        raise ConfigurationError(key, f"{name}:// is not one of {known}") from None
    place, _, query = rest.partition("?")
    words = _words(query, key)
    profile = words.pop("profile", "")
    match scheme:
        case Scheme.TCP:
            return _tcp(url, words, profile, key)
        case Scheme.SERIAL:
            return _serial(place, words, profile, key)
        case Scheme.SIMULATED:
            if place.strip("/") != "zvt":
                raise ConfigurationError(key, f"sim://{place} is not a ZVT terminal")
            return Address(scheme=scheme, profile=profile, simulation=words)


def _words(query: str, key: str) -> dict[str, str]:
    if "#" in query:
        raise ConfigurationError(key, f"#{query.partition('#')[2]} means nothing here")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise ConfigurationError(key, "the part after ? must be name=value&…") from None
    words: dict[str, str] = {}
    for name, value in pairs:
        if name in words:
            raise ConfigurationError(key, f"{name} stands there twice")
        words[name] = value
    return words


def _tcp(url: str, words: Mapping[str, str], profile: str, key: str) -> Address:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigurationError(key, f"cannot be read: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(key, "must not hold a user or password; see password_file")
    if not host:
        raise ConfigurationError(key, "needs a host, such as zvt+tcp://192.0.2.15:20007")
    if parts.path not in {"", "/"}:
        raise ConfigurationError(key, f"{parts.path}: a TCP connection has no path")
    _known_only(words, ("profile",), key)
    return Address(scheme=Scheme.TCP, host=host, port=port, profile=profile)


def _serial(place: str, words: Mapping[str, str], profile: str, key: str) -> Address:
    device = unquote(place)
    if not device or device == "/":
        raise ConfigurationError(
            key, "needs a device, such as zvt+serial:///dev/ttyUSB0 or zvt+serial://COM3"
        )
    if "/" in device and not device.startswith("/"):
        raise ConfigurationError(
            key, f"{device}: write three slashes, as in zvt+serial:///{device}"
        )
    _known_only(words, ("profile", "baud", "stopbits"), key)
    return Address(
        scheme=Scheme.SERIAL,
        device=device,
        baud=_one_of("baud", words.get("baud", "9600"), BAUDS, key),
        stop_bits=_one_of("stopbits", words.get("stopbits", "2"), (1, 2), key),
        profile=profile,
    )


def _known_only(words: Mapping[str, str], known: tuple[str, ...], key: str) -> None:
    for name in words:
        if name not in known:
            raise ConfigurationError(key, f"unknown parameter {name}; known: {', '.join(known)}")


def _one_of(name: str, text: str, choices: tuple[int, ...], key: str) -> int:
    if text not in {str(choice) for choice in choices}:
        listed = ", ".join(str(choice) for choice in choices)
        raise ConfigurationError(key, f"{name} must be one of {listed}")
    return int(text)
