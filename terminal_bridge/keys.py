"""The keys of `[poi.NAME]` that belong to a driver, and secrets in files. Whatever is wrong is
named by its key; no value is repeated.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import msgspec

from opi_pos.http.tls import ClientTLS
from opi_pos.model.errors import ConfigurationError
from opi_pos.ports import DriverSettings

T = TypeVar("T", bound=msgspec.Struct)

_ADDED: Final = ("device_post", "wall", "inbox")
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
    try:
        return msgspec.convert(plain, kind, strict=True)
    except msgspec.ValidationError as error:
        raise _wrong(error, kind, prefix_of(settings), whose) from None


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


def _wrong(
    error: msgspec.ValidationError, kind: type[msgspec.Struct], where: str, whose: str
) -> ConfigurationError:
    """msgspec says what is wrong, then ` - at `$.tls.ca``; or it names an unknown field."""
    problem, _, place = str(error).partition(" - at `$")
    path = place.rstrip("`").strip(".")
    if "unknown field `" not in problem:
        return ConfigurationError(where + path, problem[:1].lower() + problem[1:])
    unknown = problem.split("`")[1]
    known = ", ".join(_fields_of(kind, path))
    key = f"{path}.{unknown}" if path else unknown
    return ConfigurationError(where + key, f"is not a key of {whose}; keys: {known}")


def _fields_of(kind: Any, path: str) -> tuple[str, ...]:
    """The fields of a struct, or of the struct at a path inside it."""
    for name in filter(None, path.split(".")):
        types = {field.name: field.type for field in msgspec.structs.fields(kind)}
        inside = types.get(name)
        candidates = get_args(inside) or (inside,)
        kind = next((each for each in candidates if hasattr(each, "__struct_fields__")), kind)
    fields: tuple[str, ...] = kind.__struct_fields__
    return fields
