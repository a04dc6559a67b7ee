"""Which movements of money an O.P.I. terminal may make: originals, and what is left of them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from opi_pos.model.money import Amount
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.opi.answers import PlainAnswer, Result
from opi_pos.poi.opi.kept import Memory
from opi_pos.poi.opi.requests import Header, Kind, Original, Pay, Reverse

MOVEMENTS: Final = {
    Kind.PAYMENT: Movement.CHARGE,
    Kind.REFUND: Movement.REFUND,
    Kind.PRE_AUTHORISATION: Movement.RESERVATION,
    Kind.CAPTURE: Movement.COMPLETION,
}
_NOT_FOUND: Final = PlainAnswer(result=Result.FAILURE, text="original transaction not found")
_TOO_MUCH: Final = PlainAnswer(result=Result.FAILURE, text="more than is left of the original")
_IN_PARTS: Final = PlainAnswer(result=Result.FAILURE, text="a reversal is of the whole amount")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A movement that is allowed and not yet made."""

    movement: Movement
    amount: Amount
    original: Entry | None = None


def plan_payment(request: Pay, books: Books, terminal_id: str) -> Plan | PlainAnswer:
    """What a payment, refund, pre-authorisation or capture would move, or why it may not."""
    movement = MOVEMENTS[request.kind]
    if request.original is None and movement is not Movement.COMPLETION:
        return Plan(movement=movement, amount=request.amount)
    original = _find(request.original or Original(), books, terminal_id)
    if original is None or not _fits(movement, original):
        return _NOT_FOUND
    left = books.left(original)
    if left.currency != request.amount.currency or request.amount.minor > left.minor:
        return _TOO_MUCH
    return Plan(movement=movement, amount=request.amount, original=original)


def _fits(movement: Movement, original: Entry) -> bool:
    if movement is Movement.COMPLETION:
        return original.movement is Movement.RESERVATION
    return original.movement in {Movement.CHARGE, Movement.COMPLETION}


def plan_reversal(
    header: Header, request: Reverse, books: Books, memory: Memory, terminal_id: str
) -> Plan | PlainAnswer:
    """What a reversal would undo: all that is left of one movement, or why it may not."""
    wanted = request.original
    if wanted is None:
        last = memory.last_money(header.workstation_id)
        stan = getattr(last.answer, "stan", "") if last is not None else ""
        wanted = Original(stan=stan)
    entry = _find(wanted, books, terminal_id)
    if entry is None or entry.movement is Movement.REVERSAL:
        return _NOT_FOUND
    left = books.left(entry)
    if left.minor == 0:
        return _TOO_MUCH
    if request.amount is not None and request.amount != left:
        return _IN_PARTS
    return Plan(movement=Movement.REVERSAL, amount=left, original=entry)


def _find(wanted: Original, books: Books, terminal_id: str) -> Entry | None:
    """By STAN, whose leading zeros some tills lose."""
    if not wanted.stan or wanted.terminal_id not in {"", terminal_id}:
        return None
    number = wanted.stan.lstrip("0")
    entry = next((e for e in books.entries if e.transaction_id.lstrip("0") == number), None)
    return entry if entry is not None and _may_be(wanted.time, entry.time) else None


def _may_be(wanted: str, time: str) -> bool:
    """Whether a time that a till names can be that one; what has no offset can."""
    if not wanted:
        return True
    try:
        told, known = datetime.fromisoformat(wanted), datetime.fromisoformat(time)
    except ValueError:
        return True
    return told.tzinfo is None or told == known
