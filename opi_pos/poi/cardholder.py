"""The card side of a simulated terminal: cardholder, card and host play one scenario.

A play is a generator of steps; the terminal's rules carry each one out and send back a reaction.
It knows nothing of a protocol. From `Authorise` on the result wins over any wish to stop.
"""

from __future__ import annotations

import enum
from collections.abc import Generator
from typing import Final

import msgspec

from opi_pos.model.devices import Display, Progress
from opi_pos.model.money import Amount
from opi_pos.poi.scenario import Cancel, Entry, Host, Scenario, Verification

CARD_TIMEOUT_S: Final = 60.0
"""How long a terminal waits for a card."""
PIN_TRIES: Final = 3
PIN_LENGTH: Final = 4


class Show(msgspec.Struct, frozen=True):
    """Show a text to the cashier."""

    display: Display


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Let time pass: `seconds`, or one beat of the terminal's pace. A stop cuts it short."""

    seconds: float | None = None


class CardMoved(msgspec.Struct, frozen=True):
    """The card went in or out of the reader."""

    inserted: bool


class Authorise(msgspec.Struct, frozen=True):
    """The point of no return: the host is asked."""


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """The host approved: write the movement into the books."""

    amount: Amount
    tip: Amount | None = None
    surcharge: Amount | None = None


class Undo(msgspec.Struct, frozen=True):
    """The terminal takes its own charge back."""


class CheckSignature(msgspec.Struct, frozen=True):
    """Have the signature checked. `GO` means that the till does it by itself afterwards."""


Step = Show | Pause | CardMoved | Authorise | Charge | Undo | CheckSignature


class Reaction(enum.Enum):
    """What came of a step."""

    GO = "go"
    STOP = "stop"
    """Somebody wishes to stop."""
    YES = "yes"
    NO = "no"


class End(enum.StrEnum):
    """How a play ended."""

    APPROVED = "approved"
    PARTIAL = "partial"
    DECLINED = "declined"
    ABORTED = "aborted"
    CANCELLED = "cancelled"
    NO_CARD = "no_card"
    INVALID_CARD = "invalid_card"
    WRONG_PIN = "wrong_pin"
    UNREACHABLE = "unreachable"
    SIGNATURE_REFUSED = "signature_refused"
    FAILED = "failed"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a play."""

    end: End
    authorized: Amount | None = None
    """All that is taken, with tip and surcharge; None when nothing is."""
    tip: Amount | None = None
    surcharge: Amount | None = None
    card_read: bool = True
    signature: bool = False
    """True when the receipt must be signed and the till checks it."""


Play = Generator[Step, Reaction, Verdict]


class _EndedError(Exception):
    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.end)
        self.verdict = verdict


def text(line: str, progress: Progress, *, kind: str = "Status", transient: bool = False) -> Show:
    """A display of one line; `kind` is the nexo InfoQualify [inferred]."""
    return Show(Display(lines=(line,), progress=progress, kind=kind, transient=transient))


def pay(amount: Amount, scenario: Scenario, *, card_read: bool = False) -> Play:
    """Take `amount`, or hold it, or refund it: the card side is the same.

    `card_read`: the card was read before (nexo CardAcquisition).
    """
    try:
        if not card_read:
            yield from _present_card(scenario)
        yield from _verify(scenario)
        return (yield from _authorise(amount, scenario))
    except _EndedError as ended:
        return ended.verdict


def read_card(scenario: Scenario) -> Play:
    """Read a card and take nothing."""
    try:
        yield from _present_card(scenario)
    except _EndedError as ended:
        return ended.verdict
    return Verdict(end=End.APPROVED)


def without_card(amount: Amount, scenario: Scenario, answer: Host) -> Play:
    """Ask the host alone, as for a reversal or the completion of a reservation."""
    yield text("Authorizing", Progress.AUTHORISING)
    yield Authorise()
    yield Pause(seconds=scenario.host_s or None)
    if answer is not Host.APPROVE:
        yield from _show_refusal(answer)
        return Verdict(end=_REFUSALS[answer])
    yield Charge(amount=amount)
    yield text("Approved", Progress.RESULT_SHOWN)
    return Verdict(end=End.APPROVED, authorized=amount)


def _present_card(scenario: Scenario) -> Generator[Step, Reaction, None]:
    yield from _do(text("Present card", Progress.WAIT_CARD), scenario)
    if not scenario.presented:
        yield from _wait_for_nobody(scenario)
    else:
        yield from _do(Pause(), scenario)
    yield CardMoved(inserted=True)
    if scenario.cancel is Cancel.AT_CARD:
        yield from _end(End.CANCELLED, "Cancelled", card_read=False)
    if not scenario.readable:
        yield from _end(End.INVALID_CARD, "Invalid card")


def _wait_for_nobody(scenario: Scenario) -> Generator[Step, Reaction, None]:
    if (yield Pause(seconds=CARD_TIMEOUT_S)) is not Reaction.STOP:
        yield from _end(End.NO_CARD, "No card", card_read=False)
    elif not scenario.deaf_to_abort:
        yield from _end(End.ABORTED, "Aborted", card_read=False)


def _verify(scenario: Scenario) -> Generator[Step, Reaction, None]:
    if scenario.verification is not Verification.PIN:
        return
    for attempt in range(scenario.wrong_pins + 1):
        if scenario.cancel is Cancel.AT_PIN:
            yield from _do(text("Enter PIN", Progress.WAIT_PIN, kind="POIReplication"), scenario)
            yield from _end(End.CANCELLED, "Cancelled")
        yield from _enter_pin(scenario)
        if attempt + 1 == PIN_TRIES and scenario.wrong_pins >= PIN_TRIES:
            yield from _end(End.WRONG_PIN, "Wrong PIN")
        if attempt < scenario.wrong_pins:
            yield from _do(text("Wrong PIN", Progress.WAIT_PIN), scenario)


def _enter_pin(scenario: Scenario) -> Generator[Step, Reaction, None]:
    yield from _do(text("Enter PIN", Progress.WAIT_PIN, kind="POIReplication"), scenario)
    for typed in range(1, PIN_LENGTH + 1):
        yield from _do(Pause(), scenario)
        stars = text(
            f"Enter PIN: {'*' * typed}",
            Progress.PIN_PROGRESS,
            kind="POIReplication",
            transient=True,
        )
        yield from _do(stars, scenario)


_REFUSALS: Final = {
    Host.DECLINE: End.DECLINED,
    Host.UNREACHABLE: End.UNREACHABLE,
}


def _authorise(amount: Amount, scenario: Scenario) -> Generator[Step, Reaction, Verdict]:
    yield from _do(Pause(), scenario)
    yield text("Authorizing", Progress.AUTHORISING)
    yield Authorise()
    yield Pause(seconds=scenario.host_s or None)
    if scenario.host in _REFUSALS:
        yield from _show_refusal(scenario.host)
        yield CardMoved(inserted=False)
        return Verdict(end=_REFUSALS[scenario.host])
    verdict = _approval(amount, scenario)
    assert verdict.authorized is not None
    yield Charge(amount=verdict.authorized, tip=verdict.tip, surcharge=verdict.surcharge)
    return (yield from _after_approval(verdict, scenario))


def _approval(amount: Amount, scenario: Scenario) -> Verdict:
    half = scenario.host is Host.APPROVE_HALF
    granted = amount.with_minor((amount.minor + 1) // 2) if half else amount
    tip = _share(amount, scenario.tip_percent)
    surcharge = _share(amount, scenario.surcharge_percent)
    extra = sum(part.minor for part in (tip, surcharge) if part is not None)
    return Verdict(
        end=End.PARTIAL if half else End.APPROVED,
        authorized=granted.with_minor(granted.minor + extra),
        tip=tip,
        surcharge=surcharge,
        signature=scenario.verification is Verification.SIGNATURE,
    )


def _share(amount: Amount, percent: int) -> Amount | None:
    return amount.with_minor(amount.minor * percent // 100) if percent else None


def _after_approval(verdict: Verdict, scenario: Scenario) -> Generator[Step, Reaction, Verdict]:
    if verdict.signature and (yield CheckSignature()) is Reaction.NO:
        yield Undo()
        yield text("Disapproved", Progress.RESULT_SHOWN)
        yield CardMoved(inserted=False)
        return Verdict(end=End.SIGNATURE_REFUSED)
    yield text("Approved", Progress.RESULT_SHOWN)
    if scenario.fails_after_approved:
        yield Undo()
        verdict = Verdict(end=End.FAILED)
    if scenario.entry is not Entry.CONTACTLESS:
        yield CardMoved(inserted=False)
    return verdict


def _show_refusal(answer: Host) -> Generator[Step, Reaction, None]:
    yield text("No connection" if answer is Host.UNREACHABLE else "Declined", Progress.RESULT_SHOWN)


def _do(step: Step, scenario: Scenario) -> Generator[Step, Reaction, None]:
    """One step before the host is asked: a wish to stop ends the play here."""
    if (yield step) is Reaction.STOP and not scenario.deaf_to_abort:
        yield from _end(End.ABORTED, "Aborted", card_read=False)


def _end(end: End, shown: str, *, card_read: bool = True) -> Generator[Step, Reaction, None]:
    yield text(shown, Progress.RESULT_SHOWN)
    if card_read:
        yield CardMoved(inserted=False)
    raise _EndedError(Verdict(end=end, card_read=card_read))
