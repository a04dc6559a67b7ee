"""`[face.NAME]`: the keys that every face has, and how a table is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from opi_pos.http.listen import ListenConfig
from opi_pos.http.tls import ServerTLS
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.keys import read_keys

T = TypeVar("T", bound="FaceSettings")


class FaceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a face listens and for whom."""

    kind: str = ""
    """`nexo` or `keycard`; by default the table's own name."""
    poi: str = ""
    """The terminal behind it, `front` of `[poi.front]`; needed when there is more than one."""
    host: str = "127.0.0.1"
    """Another address needs `peers` or `tokens_file`."""
    port: int = 0
    path: str = ""
    peers: tuple[str, ...] = ()
    tls: dict[str, str] = {}
    """`cert` and `key`: paths of PEM files."""
    tokens_file: str = ""
    """A file with one token a line; requests carry one, in the path or as a bearer token."""
    origins: tuple[str, ...] = ()
    """Web pages (`https://till.example`) that may use it; by default none."""
    callback_hosts: tuple[str, ...] = ()
    """URLs whose scheme, host and port a till may name to be called back, besides its own
    address.
    """


def read_table(kind: type[T], name: str, table: Mapping[str, Any]) -> T:
    """A face's settings. Raises `ConfigurationError` that names the key."""
    where = f"face.{name}"
    settings = read_keys(table, kind, f"{where}.")
    if not 0 <= settings.port < 65_536:
        raise ConfigurationError(f"{where}.port", "must be from 0 to 65535")
    if settings.path and not settings.path.startswith("/"):
        raise ConfigurationError(f"{where}.path", "must begin with a slash")
    return settings


def listen_config(settings: FaceSettings, name: str) -> ListenConfig:
    """Where it listens, in the terms of the HTTP door."""
    where = f"face.{name}."
    return ListenConfig(
        host=settings.host,
        port=settings.port,
        peers=settings.peers,
        tokens=_tokens(settings.tokens_file, where) if settings.tokens_file else (),
        tls=_server_tls(settings.tls, where) if settings.tls else None,
    )


def _tokens(path: str, where: str) -> tuple[str, ...]:
    try:
        lines = Path(path).read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(where + "tokens_file", f"cannot be read: {error}") from None
    if not lines:
        raise ConfigurationError(where + "tokens_file", "has no token")
    return tuple(lines)


def _server_tls(keys: Mapping[str, str], where: str) -> ServerTLS:
    if set(keys) != {"cert", "key"}:
        raise ConfigurationError(where + "tls", 'needs just "cert" and "key"')
    return ServerTLS(cert=Path(keys["cert"]), key=Path(keys["key"]))
