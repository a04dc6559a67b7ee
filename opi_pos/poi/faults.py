"""Faults of a terminal and its link, as data: which message they strike, how, and how often."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from opi_pos.model.errors import ConfigurationError

LONGEST_S: Final = 600.0


class Strike(enum.StrEnum):
    """What goes wrong."""

    # The link, for a message of the till and its answer.
    DROP_BEFORE = "drop_before"
    """The request is lost: never carried out; after `seconds` the connection ends."""
    DROP_AFTER = "drop_after"
    """The request is carried out and its answer is lost."""
    DELAY = "delay"
    """The request arrives `seconds` late."""
    LATE = "late"
    """The answer comes `seconds` late."""
    DOUBLE = "double"
    """The request arrives twice."""
    REORDER = "reorder"
    """The message is held back until the next one has passed, at most `seconds`."""
    RESET = "reset"
    """The connection is reset and nothing is carried out."""
    TRUNCATE = "truncate"
    """Half of the answer arrives."""
    GARBAGE = "garbage"
    """The answer is no message."""
    HTTP_500 = "http_500"
    """An HTTP error; nothing is carried out."""
    LOSE = "lose"
    """The message (or byte) is lost and nobody sees why."""
    FLIP = "flip"
    """One bit of the message (or byte) is wrong."""
    SILENCE = "silence"
    """From here on nothing passes either way, for `seconds` (0: until the terminal starts anew)."""
    UNREACHABLE = "unreachable"
    """Of a device request: the till's door cannot be reached."""
    SEGMENTS = "segments"
    """The message comes in segments of one byte."""
    GLUED = "glued"
    """The message comes twice in one segment."""
    WRONG_LENGTH = "wrong_length"
    """The length in front of the message is wrong."""
    WRONG_ENCODING = "wrong_encoding"
    """The message declares another encoding than it has."""
    # The terminal.
    BUSY = "busy"
    """It refuses as busy."""
    LOGGED_OUT = "logged_out"
    """It refuses as if nobody had logged in."""
    NOT_PRINTED = "not_printed"
    """It refuses because the last slip was not printed."""
    UNKNOWN_RESULT = "unknown_result"
    """Its answer has a result that nobody knows."""
    WRONG_SERVICE_ID = "wrong_service_id"
    """Its answer bears another ServiceID."""
    WRONG_SALE_TRANSACTION = "wrong_sale_transaction"
    """Its answer echoes another SaleTransactionID."""
    WRONG_LAST = "wrong_last"
    """A transaction status repeats another transaction than the one asked for."""
    NOT_FOUND = "not_found"
    """A transaction status says NotFound though the transaction is known."""
    IN_PROGRESS = "in_progress"
    """A transaction status says that it still runs though it ended."""
    REBOOT = "reboot"
    """Its power is cut at this message (or byte)."""
    REBOOT_BEFORE_AUTHORISATION = "reboot_before_authorisation"
    REBOOT_AFTER_AUTHORISATION = "reboot_after_authorisation"
    APPROVED_AFTER_ABORT = "approved_after_abort"
    """An abort comes too late."""
    FALSE_DECLINE = "false_decline"
    """It says that it was declined, and `seconds` later that it was approved."""
    UNAUTHORISED = "unauthorised"
    """It no longer accepts the token; nothing is carried out."""
    PRINTER_OUT = "printer_out"
    MAINTENANCE = "maintenance"
    """After this message the terminal asks for maintenance."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One fault. It strikes the `nth` to the `nth + times - 1`-th message that it is about.

    Messages are told apart by `category` (that of the request: a fault of category `Payment`
    strikes a PaymentRequest or its answer; `Display`, `Input`, `Print` and `Event` are the
    terminal's own messages to the till) and, if given, by `reference`, the SaleTransactionID.
    """

    strike: Strike
    category: str = "Payment"
    nth: int = 1
    times: int = 1
    reference: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.nth < 1 or self.times < 1:
            raise ValueError("nth and times must be at least 1")
        if not 0 <= self.seconds <= LONGEST_S:
            raise ValueError(f"seconds must be from 0 to {LONGEST_S:g}")


class Struck(Sequence[Fault]):
    """The faults that strike one message."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = tuple(faults)

    def __len__(self) -> int:
        return len(self._faults)

    def __getitem__(self, index: Any) -> Any:
        return self._faults[index]

    def by(self, strike: Strike) -> bool:
        """Whether this kind is among them."""
        return any(fault.strike is strike for fault in self._faults)

    def seconds(self, strike: Strike) -> float:
        """The seconds of this kind; 0 when it is not among them."""
        return next((f.seconds for f in self._faults if f.strike is strike), 0.0)


class FaultPlan:
    """Counts messages and says which faults strike each."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = tuple(faults)
        self._counts = [0] * len(self._faults)

    def strike(self, category: str, reference: str = "") -> Struck:
        """The faults that strike a message now; every call counts one message."""
        struck = []
        for index, fault in enumerate(self._faults):
            if fault.category != category or fault.reference not in ("", reference):
                continue
            self._counts[index] += 1
            if fault.nth <= self._counts[index] < fault.nth + fault.times:
                struck.append(fault)
        return Struck(struck)


def faults_from(document: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Faults of a JSON or TOML document: a table `faults` of `strike`, `category`, `nth`, ….

    Raises `ConfigurationError` that names the entry.
    """
    unknown = sorted(set(document) - {"faults"})
    if unknown:
        raise ConfigurationError(unknown[0], "unknown key; a fault file has one list, `faults`")
    entries = document.get("faults", [])
    if not isinstance(entries, list):
        raise ConfigurationError("faults", "must be a list")
    faults = []
    for index, entry in enumerate(entries):
        try:
            faults.append(msgspec.convert(entry, Fault))
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"faults[{index}]", str(error)) from None
    return tuple(faults)
