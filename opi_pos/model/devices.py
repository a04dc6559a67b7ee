"""What a terminal asks of the till, and the till's answers (nexo class Device, and events)."""

from __future__ import annotations

import enum

import msgspec

from opi_pos.model.card import MaskedRepr, mask_lines
from opi_pos.model.ids import POIID, DeviceID, ServiceID
from opi_pos.model.receipts import Receipt


class Progress(enum.StrEnum):
    """Where a payment stands, the same word for every protocol."""

    TERMINAL_BUSY = "terminal_busy"
    IDLE = "idle"
    STARTED = "started"
    WAIT_CARD = "wait_card"
    WAIT_PIN = "wait_pin"
    PIN_PROGRESS = "pin_progress"
    AUTHORISING = "authorising"
    WAIT_SIGNATURE = "wait_signature"
    RESULT_SHOWN = "result_shown"
    """The terminal shows a result. It is a text, not a result."""
    REMOVE_CARD = "remove_card"
    OTHER = "other"


class Display(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="display"):
    """Show lines to the cashier. `transient` displays (PIN stars) are shown and never stored.

    Card numbers in what a terminal shows, asks or reports are masked on the way in.
    """

    lines: tuple[str, ...]
    progress: Progress = Progress.OTHER
    target: str = "cashier"
    kind: str = ""
    transient: bool = False

    def __post_init__(self) -> None:
        _mask(self, "lines")


class QuestionKind(enum.StrEnum):
    """What kind of answer a question wants (nexo InputCommand)."""

    CONFIRM = "confirm"
    TEXT = "text"
    DIGITS = "digits"
    DECIMAL = "decimal"
    FUNCTION_KEY = "function_key"
    MENU = "menu"
    ANY_KEY = "any_key"
    PASSWORD = "password"  # noqa: S105 - the kind of a question


class Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="question"):
    """Ask the cashier. Withdrawn at `max_s`, at the end of the exchange, or by a newer one."""

    kind: QuestionKind
    lines: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    signature: bool = False
    """True when the question is whether the signature on the receipt is right."""
    max_s: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    default: str = ""
    masked: bool = False

    def __post_init__(self) -> None:
        _mask(self, "lines")
        _mask(self, "choices")
        _mask_text(self, "default")


class PrintJob(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="print"):
    """Print a receipt. `wait` when the terminal wants to know that paper came out."""

    receipt: Receipt
    wait: bool = False


class EventKind(enum.StrEnum):
    """What a terminal reports (nexo EventToNotify)."""

    CARD_INSERTED = "card_inserted"
    CARD_REMOVED = "card_removed"
    MAINTENANCE_REQUIRED = "maintenance_required"
    MAINTENANCE_BEGUN = "maintenance_begun"
    MAINTENANCE_ENDED = "maintenance_ended"
    ABORT_UNKNOWN = "abort_unknown"
    """The terminal rejects an abort: it does not know the exchange (yet)."""
    REJECTED = "rejected"
    SHUT_DOWN = "shut_down"
    STARTED = "started"
    OUT_OF_ORDER = "out_of_order"
    SALE_WAKE_UP = "sale_wake_up"
    COMPLETED = "completed"
    OTHER = "other"


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="event"):
    """Something happened on the terminal; no answer is wanted."""

    kind: EventKind
    name: str = ""
    """The protocol's own word."""
    details: str = ""

    def __post_init__(self) -> None:
        _mask_text(self, "name")
        _mask_text(self, "details")


def _mask(shown: Display | Question, name: str) -> None:
    lines: tuple[str, ...] = getattr(shown, name)
    masked = mask_lines(lines)
    if masked is not lines:
        msgspec.structs.force_setattr(shown, name, masked)


def _mask_text(shown: Question | Event, name: str) -> None:
    text: str = getattr(shown, name)
    (masked,) = mask_lines((text,))
    if masked is not text:
        msgspec.structs.force_setattr(shown, name, masked)


class AbortInput(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True, tag="abort_input"):
    """The terminal withdraws the question named by `device_id`."""

    device_id: DeviceID


DeviceBody = Display | Question | PrintJob | Event | AbortInput


class DeviceRequest(MaskedRepr, msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request of a terminal. Two are the same one if all four agree (rule 10)."""

    poi_id: POIID
    body: DeviceBody
    service_id: ServiceID = ServiceID("")
    device_id: DeviceID = DeviceID("")


class DeviceOutcome(enum.StrEnum):
    """What became of a device request."""

    DONE = "done"
    REFUSED = "refused"
    """Nobody answered in time, or the cashier gave no answer."""
    WITHDRAWN = "withdrawn"
    """The exchange ended, or a newer question took its place."""
    UNAVAILABLE = "unavailable"
    """This till has no such device (no printer, no cashier)."""


class DeviceAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The till's answer. Of a question: `confirmed`, `text` or `choice` (from 1) by its kind. The
    text may be a password or a card number: the `repr` hides it.
    """

    outcome: DeviceOutcome
    confirmed: bool | None = None
    text: str | None = None
    choice: int | None = None

    def __repr__(self) -> str:
        text = None if self.text is None else "***"
        return (
            f"DeviceAnswer(outcome={self.outcome!r}, confirmed={self.confirmed!r}, text={text!r}, "
            f"choice={self.choice!r})"
        )
