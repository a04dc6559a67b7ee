"""Terminal URLs of this driver: `nexo+http://host:11000/path?profile=NAME` and its siblings."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from opi_pos.model.errors import ConfigurationError


class Scheme(enum.StrEnum):
    """How the bytes travel."""

    HTTP = "nexo+http"
    HTTPS = "nexo+https"
    TCP = "nexo+tcp"
    """4-byte length; over TLS when `tls` is configured."""
    SIMULATED = "sim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A URL, taken apart. `port` None and `path` empty mean the profile's own, `profile` empty the
    default.
    """

    scheme: Scheme
    host: str
    port: int | None
    path: str
    profile: str
    simulation: Mapping[str, str]
    """Parameters of `sim://nexo`; empty otherwise."""

    def http_url(self, port: int, path: str) -> str:
        """The URL to post to, with the profile's port and path where this one names none."""
        scheme = "https" if self.scheme is Scheme.HTTPS else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port or port}{self.path or path}"


def parse(url: str, key: str) -> Address:
    """Take a URL apart; `ConfigurationError` under `key` names the part that is wrong."""
    scheme = _scheme(url, key)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigurationError(key, f"cannot be read: {error}") from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(key, "must not hold a user or password")
    if parts.fragment:
        raise ConfigurationError(key, f"#{parts.fragment} means nothing here")
    words = _words(parts.query, key)
    profile = words.pop("profile", "")
    if scheme is Scheme.SIMULATED:
        _check_simulated(host, port, parts.path, key)
    else:
        _check_real(scheme, host, parts.path, words, key)
    path = "" if parts.path == "/" and scheme is Scheme.TCP else parts.path
    return Address(
        scheme=scheme, host=host, port=port, path=path, profile=profile, simulation=words
    )


def _scheme(url: str, key: str) -> Scheme:
    name = url.partition("://")[0]
    try:
        return Scheme(name)
    except ValueError:
        known = ", ".join(f"{scheme}://" for scheme in Scheme)
        raise ConfigurationError(key, f"{name}:// is not one of {known}") from None


def _words(query: str, key: str) -> dict[str, str]:
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


def _check_real(scheme: Scheme, host: str, path: str, words: Mapping[str, str], key: str) -> None:
    if not host:
        raise ConfigurationError(key, f"needs a host, such as {scheme}://192.0.2.15:11000")
    for name in words:
        raise ConfigurationError(key, f"unknown parameter {name}; known: profile")
    if scheme is Scheme.TCP and path not in {"", "/"}:
        raise ConfigurationError(key, f"{path}: a TCP connection has no path")


def _check_simulated(host: str, port: int | None, path: str, key: str) -> None:
    if host != "nexo":
        raise ConfigurationError(key, f"sim://{host} is not a nexo terminal")
    if port is not None or path not in {"", "/"}:
        raise ConfigurationError(key, "a simulated terminal has no port and no path")
