"""What is different about the terminals of one maker: data, read from `profiles/NAME.toml`."""

from __future__ import annotations

import enum
import tomllib
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from terminal_bridge.zvt import Charsets, limits

_FOLDER: Final = Path(__file__).with_name("profiles")
DEFAULT: Final = "default"


class Signature(enum.StrEnum):
    """When the cashier is asked about a signature."""

    AFTER = "after"
    """After completion; a refused one is reversed."""
    HOLD = "hold"
    """While the terminal waits (84 9C); refused, the terminal reverses itself."""
    MENU = "menu"
    """When the terminal asks (06 D0)."""


class FinalAfter(enum.StrEnum):
    """Which step of a payment makes it final for the terminal, once it goes on behind it."""

    PRINTS = "prints"
    """04 0F and every print command acknowledged (13.08 ch. 2.2.8)."""
    STATUS = "status"
    """04 0F acknowledged (Ingenico)."""


class Snapshot(enum.StrEnum):
    """When the terminal's last numbers are read before a money command."""

    ALWAYS = "always"
    """Before each one: where other tills pay on the same terminal."""
    ONCE = "once"
    """When they are not known from what this connection saw."""
    NEVER = "never"
    """06 20 prints, or does nothing good."""


class Booking(enum.StrEnum):
    """By which command a reservation is completed."""

    TOTAL = "total"
    """06 24, with the amount that was used."""
    UNUSED = "unused"
    """06 23, with the amount that was not."""


class Reversal(enum.StrEnum):
    """Which payments can be reversed."""

    BY_RECEIPT = "by_receipt"
    LAST_ONLY = "last_only"


class Recovery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a lost payment is judged (`recovery`; `protocols/zvt.md` section 1.17)."""

    repeats: bool = True
    """Whether 06 20 with service byte 03 sends the last 04 0F again."""
    unacknowledged: bool = True
    """Whether a newer 04 0F with result 00 is believed although the terminal may have missed our
    acknowledgement. False: such a payment is in doubt.
    """
    empty_is_absent: bool = False
    """Whether "no last transaction" proves that nothing was taken, if there was none before."""
    settle_s: float = 4.0
    """How long a terminal that is free must go on showing nothing before that is believed."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of terminal. Times are seconds; the defaults are the standard's."""

    title: str
    name: str = ""
    port: int = 20007
    t3_s: float = limits.T3_S
    t4_s: float = limits.T4_S
    charsets: Charsets = Charsets()
    wished_charset: str = ""
    """Asked for in the registration; used for every kind of message when the terminal agrees."""
    abort: bool = True
    """Whether it knows 06 B0 during a payment."""
    always_abortable: bool = False
    signature: Signature = Signature.AFTER
    final_after: FinalAfter = FinalAfter.PRINTS
    snapshot: Snapshot = Snapshot.ONCE
    booking: Booking = Booking.TOTAL
    reversal: Reversal = Reversal.BY_RECEIPT
    recovery: Recovery = Recovery()
    currencies: tuple[str, ...] = ()
    """All that it takes; empty: any."""
    config_also: int = 0
    """Bits of the config byte that it wants besides."""
    always_locked: bool = False
    """It must be registered with its own menus locked."""
    terminal_prints: bool = True
    """Whether it has a printer."""
    print_lines: bool = True
    """Knows 06 D1."""
    print_blocks: bool = True
    """Knows 06 D3."""
    narrowest: int = 0
    """A print width below this is refused."""
    payment_type: int | None = None
    """BMP 19 of a payment; none: the terminal decides."""
    goods_s: int | None = None
    """BMP 01: how long it waits for the answer to 04 0F."""
    holds: int = 60
    """How often 84 9C may be answered."""
    diagnosis: int = 2
    """Tag 1B of 06 70."""
    busy_at_registration: tuple[int, ...] = ()
    """Codes behind 84 1E that mean: later."""
    sends_unknown: tuple[str, ...] = ()
    """Commands of the standard that it does not know."""
    sync_tag: bool = False
    """Whether 1F1F is understood."""
    sequence_ids: bool = False
    """Whether sequence ids (1F73) are offered."""
    partial_approval: bool = True
    tip: bool = True
    cashback: bool = True
    linger_s: float = 0.0
    """How long receipts may come after 06 0F."""

    def knows(self, control: int) -> bool:
        """Whether a command of the standard may be sent."""
        return f"{control:04X}" not in self.sends_unknown


@cache
def names() -> tuple[str, ...]:
    """Every profile, the default one first."""
    found = sorted(path.stem for path in _FOLDER.glob("*.toml"))
    return (DEFAULT, *(name for name in found if name != DEFAULT))


@cache
def profile_of(name: str) -> Profile:
    """The profile with that name; raises `KeyError`."""
    if name not in names():
        raise KeyError(name)
    table = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return msgspec.convert({**table, "name": name}, Profile)
