"""What terminals of different makers do differently, as data (`protocols/zvt.md` section 1.18)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from terminal_bridge.zvt import charsets, limits

FUNCTION_NOT_POSSIBLE: Final = 0x83


class FinalAfter(enum.StrEnum):
    """When a transaction stands; what fails before is taken back by the terminal itself."""

    APPROVAL = "approval"
    """The host's word is enough: nothing is ever taken back (13.08 ch. 4)."""
    STATUS = "status"
    """The status information was acknowledged (Ingenico)."""
    PRINTS = "prints"
    """The status information and every print was acknowledged (13.08 ch. 2.2.8)."""


class Busy(enum.StrEnum):
    """What a second command meets while one runs."""

    BUSY = "busy"
    """84 A0."""
    WAIT = "wait"
    """84 9C."""
    SILENT = "silent"
    HANG_UP = "hang_up"
    """The connection is closed at once."""


class PtProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of terminal. The defaults are those of the standard, 13.08."""

    name: str
    terminal_id: str = "52500295"
    merchant_no: str = "100461763"
    software: str = "SIM1.0"
    device: str = "opi-pos ZVT simulator"
    final_after: FinalAfter = FinalAfter.PRINTS
    reversal_recorded: bool = False
    """Whether a reversal by the terminal itself leaves a transaction with BMP 37."""
    sync_tag: bool = False
    """Whether 1F1F is sent and obeyed."""
    sequence_ids: bool = True
    """Whether 1F73 is agreed to when the till asks."""
    closes_on_t3: bool = True
    stops_on_lost_link: bool = False
    """Whether a lost connection ends a payment that can still be stopped."""
    busy: Busy = Busy.BUSY
    password: str = ""
    """The one it insists on (84 37 for another); empty: any."""
    registration_needed: bool = False
    """Whether commands before 06 00 get 84 6B."""
    config_after_log_off: int = 0x86
    status_byte: int = 0x00
    """BMP 19 of the completion of 06 00, beside the bits of the locks."""
    currencies: tuple[str, ...] = ("0978",)
    """ISO 4217 numeric codes that it takes; the first is its own."""
    tlv_always: bool = False
    """Sends TLV though the till never did (hobex)."""
    lines: bool = True
    """Knows 06 D1."""
    blocks: bool = True
    """Knows 06 D3."""
    line_type: bool = False
    """Puts tag 1F07 behind the text of 06 D1."""
    printer_check: bool = False
    """Asks for the till's printer before a payment: 06 D1 01 00."""
    own_printer: bool = True
    narrowest: int = 0
    """A till's print width below this is refused with CC."""
    charsets: charsets.Charsets = charsets.DEFAULT
    charset_fixed: bool = False
    """Never negotiates."""
    flat_tags: bool = False
    """Puts 1F10, 1F12 and 43 at the top instead of inside 2F and 60."""
    tells_aborts: bool = False
    """Sends 04 0F before 06 1E for a payment that never reached the host, too."""
    abort: bool = True
    """Knows 06 B0 during a payment."""
    abort_late: int = FUNCTION_NOT_POSSIBLE
    """84 xx for an abort once the host was asked."""
    holds: int | None = None
    """How often 84 9C is obeyed when BMP 02 does not say; None: always."""
    last_only: bool = False
    """Reverses the last transaction only."""
    repeats_when_locked_only: bool = False
    """06 20 gives nothing while the terminal's own menus are free (config bits 10 and 20 off)."""
    day_prints_needed: bool = False
    """An end of day whose receipt was not acknowledged must be done again before any payment."""
    vendor_functions: bool = False
    """Knows 0F A1 (Feig)."""
    diagnosis_tags: tuple[int, ...] = ()
    """Tags of the completion of a diagnosis; what they hold is not known, and they hold 00."""
    day_ends_with: int = 0
    """BMP 27 of the completion of an end of day: E0 an update follows, FC a reboot."""
    diagnosis_ends_with: int = 0
    """BMP 27 of the completion of a diagnosis."""
    diagnosis_kind_needed: bool = False
    """06 70 without tag 1B is refused."""
    refused_tags: Mapping[int, int] = {}
    """Tags that a command may not hold, with the code it is refused with."""
    after_update: int = 0
    """84 1E with this code answers the first registration after a start (CCV)."""
    without: frozenset[int] = frozenset()
    """Commands of the standard that it does not know."""
    payment_types: frozenset[int] | None = None
    """Values of BMP 19 that it takes; None: all."""
    asks: frozenset[int] = frozenset({0x06D0})
    """What it asks in a payment of a till that lists it: 06 D0 for the signature, 04 0D for an
    input, 04 0E for a choice, 06 E4 for the till's block list.
    """
    late_receipts: bool = False
    """Completes first and prints after that, without the master rights."""
    goods_s: float | None = None
    """How long it waits for the answer to 04 0F when BMP 01 does not say; None: T3."""
    pin_digits: bool = False
    """Tells every digit of the PIN (04 FF 6A and 6B, since 13.13)."""
    status_minutes: int = 3
    """Second byte of 04 FF."""
    spares_simple_tills: bool = True
    """A till whose tag 26 lists print commands alone gets flat tags, and none that is optional:
    there are libraries in the field that fail at a container inside a container.
    """
    gap_s: float = 0.05
    """From an answer to the terminal's next own message."""
    t3_s: float = limits.T3_S
    host_reversal_s: float = 1.0
    """How long a reversal by the terminal itself keeps it busy."""


PROFILES: Final[Mapping[str, PtProfile]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            PtProfile(name="strict"),
            PtProfile(name="recording", reversal_recorded=True, tells_aborts=True),
            PtProfile(name="newest", pin_digits=True),
            PtProfile(name="sync", final_after=FinalAfter.APPROVAL, sync_tag=True),
            PtProfile(
                name="card-complete",
                password="000000",  # noqa: S106 - of a simulator
                config_after_log_off=0xBE,
                charsets=charsets.CARD_COMPLETE,
                charset_fixed=True,
                line_type=True,
                flat_tags=True,
                holds=3,
                day_prints_needed=True,
                diagnosis_kind_needed=True,
                without=frozenset({0x0693, 0x0612, 0x0691, 0x0850}),
            ),
            PtProfile(name="hobex", lines=False, tlv_always=True, terminal_id="00345678"),
            PtProfile(
                name="ingenico",
                final_after=FinalAfter.STATUS,
                closes_on_t3=False,
                narrowest=24,
                printer_check=True,
                refused_tags={0x1F01: 0x9A},
                diagnosis_ends_with=0xFF,
                diagnosis_tags=(0xDF01, 0xDF02, 0xDF03, 0xDF04),
                payment_types=frozenset({0x00, 0x10, 0x20, 0x30, 0x38, 0x40, 0x48}),
            ),
            PtProfile(name="ccv", after_update=0x7D),
            PtProfile(
                name="feig",
                status_byte=0x10,
                goods_s=30.0,
                own_printer=False,
                vendor_functions=True,
            ),
            PtProfile(
                name="global-payments", abort=False, last_only=True, repeats_when_locked_only=True
            ),
            PtProfile(name="clover", own_printer=False),
            PtProfile(
                name="asking",
                currencies=("0978", "0756", "0840"),
                asks=frozenset({0x06D0, 0x040D, 0x040E, 0x06E4}),
            ),
        )
    }
)
"""`strict`, `recording`, `newest`, `sync`, `asking` read the standard; the others are makers'."""


def profile_of(name: str) -> PtProfile:
    """The profile with that name; raises `KeyError`."""
    return PROFILES[name]
