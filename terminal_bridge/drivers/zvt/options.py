"""The keys of `[poi.NAME]` that belong to this driver. An unknown or wrong one is named.

| Key | |
|---|---|
| `password`, `password_file` or `password_env` | six digits; `000000` by default |
| `printing` | `till` (by print commands), `fields` (the till builds receipts), `terminal` |
| `print_width` | columns of the till's printer |
| `wait_for_paper` | acknowledge a receipt only when the printer has it (or 84 CC) |
| `locked` | lock the terminal's own payment and administration menus; true by default |
| `signature` | `after`, `hold` or `menu`; the profile's by default |
| `housekeeping` | do the diagnosis, initialisation, end of day that it wants; true by default |
| `tippable` | ask for payments that take a tip later (`adjust_tip`); false by default |
| `set_clock` | set the terminal's clock at login; false by default |
| `charset` | to be agreed on at login, such as `utf-8`; the profile's by default |
| `language` | of texts for the cashier, two letters; `en` by default |
| `sequence_ids` | offer sequence ids (1F73); the profile's by default |
| `t3_s`, `t4_s` | timers, the profile's by default |
| `recovery` | table that replaces the profile's (`profile.Recovery`) |

The runtime adds what no file can hold (`wall`, `device_post`, `callback_url`).
"""

from __future__ import annotations

import enum
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.secret import Secret
from opi_pos.ports import DriverSettings
from terminal_bridge.drivers.zvt.profile import Recovery, Signature
from terminal_bridge.keys import keys_of, prefix_of
from terminal_bridge.zvt import charsets

NO_PASSWORD: Final = "000000"  # noqa: S105 - what terminals without one are sent


class Printing(enum.StrEnum):
    """Who prints receipts."""

    TILL = "till"
    FIELDS = "fields"
    TERMINAL = "terminal"


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys as they stand in the file."""

    password: str = ""
    password_file: str = ""
    password_env: str = ""
    printing: Printing = Printing.TILL
    print_width: int | None = None
    wait_for_paper: bool = False
    locked: bool = True
    signature: Signature | None = None
    housekeeping: bool = True
    tippable: bool = False
    set_clock: bool = False
    charset: str = ""
    language: str = "en"
    sequence_ids: bool | None = None
    t3_s: float | None = None
    t4_s: float | None = None
    recovery: Recovery | None = None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Options and what the runtime adds. `where` is the prefix of keys in errors."""

    where: str
    keys: Options
    password: Secret
    currency: str
    """The terminal's, for the registration."""
    clock: Callable[[], datetime]
    """The time of this place."""


def _clock(wall: Callable[[], float] | None) -> Callable[[], datetime]:
    if wall is None:
        return lambda: datetime.now().astimezone()
    return lambda: datetime.fromtimestamp(wall(), UTC).astimezone()


UNCHANGED: Final = Given(
    where="",
    keys=Options(),
    password=Secret(NO_PASSWORD),
    currency="EUR",
    clock=_clock(None),
)
"""Of a terminal about which the configuration says nothing but its URL."""


def read(settings: DriverSettings) -> Given:
    """Check all keys; raises `ConfigurationError`."""
    where = prefix_of(settings)
    keys = keys_of(settings, Options, "a ZVT terminal")
    _check(keys, where)
    return Given(
        where=where,
        keys=keys,
        password=_password(keys, where),
        currency=getattr(settings, "currency", "") or "EUR",
        clock=_clock(settings.options.get("wall")),
    )


def _check(keys: Options, where: str) -> None:
    if keys.charset and charsets.code_of(keys.charset) is None:
        raise ConfigurationError(where + "charset", f"{keys.charset} is none that ZVT can name")
    if keys.print_width is not None and not 16 <= keys.print_width <= 99:
        raise ConfigurationError(where + "print_width", "must be from 16 to 99 columns")
    for name in ("t3_s", "t4_s"):
        value = getattr(keys, name)
        if value is not None and not 0 < value <= 6000:
            raise ConfigurationError(where + name, "must be over 0 and at most 6000 seconds")


def _password(keys: Options, where: str) -> Secret:
    given = [name for name in ("password", "password_file", "password_env") if getattr(keys, name)]
    if len(given) > 1:
        raise ConfigurationError(where + given[1], f"stands beside {given[0]}; one is enough")
    if not given:
        return Secret(NO_PASSWORD)
    text = _text(given[0], getattr(keys, given[0]), where)
    if not (len(text) == 6 and text.isascii() and text.isdigit()):
        raise ConfigurationError(where + given[0], "must be six digits")
    return Secret(text)


def _text(key: str, value: str, where: str) -> str:
    if key == "password":
        return value
    if key == "password_env":
        return os.environ.get(value, "").strip()
    try:
        return Path(value).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not text"
        raise ConfigurationError(where + key, f"{value}: {why}") from None
