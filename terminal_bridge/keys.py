"""The keys of `[poi.NAME]` that belong to a driver, and secrets in files. Whatever is wrong is
named by its key: see `opi_pos.model.keys`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeVar

import msgspec

from opi_pos.http.tls import ClientTLS
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.keys import read_keys
from opi_pos.ports import DriverSettings

T = TypeVar("T", bound=msgspec.Struct)

_ADDED: Final = ("can_print", "device_post", "wall", "inbox")
"""What the runtime adds to the options."""


class TlsOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table `tls`; see `opi_pos.http.tls.ClientTLS`."""

    ca: str | None = None
    name: str | None = None
    pin: str | None = None


def client_tls(keys: TlsOptions | None) -> ClientTLS:
    """How the other side's certificate is checked; by default against the system's authorities."""
    return ClientTLS(ca=keys.ca, name=keys.name, pin=keys.pin) if keys else ClientTLS()


def prefix_of(settings: DriverSettings) -> str:
    """`poi.front.` for the terminal named `front`; empty where settings have no name."""
    name = getattr(settings, "name", "")
    return f"poi.{name}." if name else ""


def keys_of(settings: DriverSettings, kind: type[T], whose: str) -> T:
    """The options as `kind`, which forbids unknown fields; `whose` names the system in errors, such
    as `a Viva terminal`. Raises `ConfigurationError`.
    """
    plain = {key: value for key, value in settings.options.items() if key not in _ADDED}
    return read_keys(plain, kind, prefix_of(settings), whose)


def text_in(path: str, key: str) -> str:
    """What a file holds, without white space around it. Raises `ConfigurationError` under `key`."""
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not text"
        raise ConfigurationError(key, f"{path}: {why}") from None
    if not text:
        raise ConfigurationError(key, f"{path} holds nothing")
    return text
