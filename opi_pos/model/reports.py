"""What orders without money bring back: the payloads of `news.Answer`, the same for every protocol.

| Order | Payload |
|---|---|
| `Login` | `TerminalReport` |
| `Diagnose` | `DiagnosisReport` |
| `Totals`, `CloseDay` | `TotalsReport` |
| `ReadCard` | none; the answer's `card` and `terminal_transaction` |
| `AskCustomer` | `CustomerInput` |
| `Converse` | the driver's own message |
"""

from __future__ import annotations

import enum

import msgspec

from opi_pos.model.card import MaskedRepr, mask_lines, mask_text
from opi_pos.model.money import Amount


class _TerminalsWords(msgspec.Struct, frozen=True, kw_only=True):
    """Texts of the terminal's choosing: card numbers in them are masked on the way in."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            told = getattr(self, name)
            if type(told) is str:  # not one of the model's own words
                msgspec.structs.force_setattr(self, name, mask_text(told))
            elif isinstance(told, tuple) and told and isinstance(told[0], str):
                msgspec.structs.force_setattr(self, name, mask_lines(told))


class TerminalReport(_TerminalsWords, frozen=True, kw_only=True, omit_defaults=True):
    """Who answered the login. Empty where the terminal does not say."""

    vendor: str = ""
    application: str = ""
    version: str = ""
    serial_number: str = ""
    capabilities: tuple[str, ...] = ()
    """In the protocol's own words (nexo POICapabilities)."""
    time: str = ""
    """The terminal's clock, as it wrote it."""


class Condition(enum.StrEnum):
    """How the terminal as a whole is."""

    OK = "ok"
    BUSY = "busy"
    MAINTENANCE = "maintenance"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class HostReport(_TerminalsWords, frozen=True, kw_only=True):
    """Whether the terminal can reach one of its hosts."""

    acquirer: str
    reachable: bool


class DiagnosisReport(_TerminalsWords, frozen=True, kw_only=True, omit_defaults=True):
    """How a terminal and its parts are. None where it does not say."""

    condition: Condition = Condition.UNKNOWN
    logged_in: tuple[str, ...] = ()
    """The tills that have a session."""
    secure: bool | None = None
    pin_pad_ok: bool | None = None
    card_reader_ok: bool | None = None
    communication_ok: bool | None = None
    printer: str = ""
    """`ok`, `paper_low`, `no_paper`, `paper_jam`, `out_of_order`, or the terminal's own word."""
    hosts: tuple[HostReport, ...] = ()


class TotalLine(msgspec.Struct, frozen=True, kw_only=True):
    """Count and sum of one kind of transaction (nexo TransactionType in small letters)."""

    kind: str
    count: int
    amount: Amount | None
    """None when the terminal names no currency that we know."""


class TotalGroup(_TerminalsWords, frozen=True, kw_only=True, omit_defaults=True):
    """The lines of one brand, acquirer, till or whatever else the terminal tells apart."""

    lines: tuple[TotalLine, ...]
    brand: str = ""
    acquirer: str = ""
    sale_id: str = ""
    poi_id: str = ""
    operator: str = ""
    shift: str = ""
    problem: str = ""
    """Why this group did not balance, in the protocol's own word."""


class TotalsReport(_TerminalsWords, frozen=True, kw_only=True, omit_defaults=True):
    """The terminal's own books of a period."""

    groups: tuple[TotalGroup, ...] = ()
    period: str = ""
    """The terminal's number for the period."""
    closed: bool = False
    """True when the period ended with this report."""


class CustomerInput(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a customer answered on the terminal: one of the three, by the kind of question."""

    confirmed: bool | None = None
    text: str | None = None
    """Of `digits` and `text`; digits keep their leading zeros."""
    choice: int | None = None
    """Of `menu`, from 1."""
