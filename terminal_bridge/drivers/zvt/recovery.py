"""Was it executed? The table of `protocols/zvt.md` section 1.17, as a comparison. Pure.

The terminal cannot be asked about one exchange: it repeats the last status information. That one
is ours if its numbers are those that we had received, or newer than those before our command, and
its amount and currency are what we asked for.
"""

from __future__ import annotations

import enum
from typing import Any, Final, TypeVar

import msgspec

from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation
from terminal_bridge.drivers.zvt.numbers import Numbers, compare, numbers_of, same
from terminal_bridge.drivers.zvt.profile import Recovery
from terminal_bridge.zvt.messages.status import StatusInformation

T = TypeVar("T", bound=msgspec.Struct)

BEFORE: Final = "before"
RECEIVED: Final = "received"

_UNDOING: Final = frozenset({Operation.REVERSAL, Operation.RELEASE})
"""Their own status information may name an original trace number."""


class Judgement(enum.StrEnum):
    """What the terminal's last transaction says about an exchange."""

    EXECUTED = "executed"
    ABSENT = "absent"
    """The last transaction is the one from before: nothing was taken, or nothing is left of it."""
    UNDONE = "undone"
    """A reversal of it was booked."""
    DECLINED = "declined"
    UNKNOWN = "unknown"


class Before(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last transaction before the command. `known` and no numbers: there was none."""

    known: bool = False
    numbers: Numbers = Numbers()
    showed: bool = False
    """The terminal had shown an earlier one, so that it has none now means that there is none."""


class Received(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A status information that came in, before it was acknowledged."""

    numbers: Numbers = Numbers()
    result: int | None = None
    amount: int | None = None
    currency: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What was durable when the exchange fell silent."""

    written: bool = False
    """Whether the command may have been written: what was before it is durable first."""
    before: Before = Before()
    received: Received | None = None


def received_of(status: StatusInformation) -> Received:
    """What is to be durable before a status information is acknowledged. No card data."""
    return Received(
        numbers=numbers_of(status),
        result=status.result_code,
        amount=status.amount,
        currency=status.currency or "",
    )


def read_evidence(data: dict[str, Any]) -> Evidence:
    """What `news.Evidence` had kept; what cannot be read counts as unknown."""
    before = _converted(data.get(BEFORE), Before)
    return Evidence(
        written=bool(data),
        before=before or Before(),
        received=_converted(data.get(RECEIVED), Received),
    )


def _converted(data: Any, kind: type[T]) -> T | None:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return None


def judge(
    evidence: Evidence, order: MoneyOrder, shown: StatusInformation | None, policy: Recovery
) -> Judgement:
    """`shown` is the last transaction by 06 20; None when the terminal said that it has none."""
    before = evidence.before
    if shown is None:
        empty = before.known and not before.numbers.named
        # What it told and then does not show was taken back: it does show what stands.
        believed = before.showed or (policy.empty_is_absent and evidence.received is None)
        return Judgement.ABSENT if empty and believed else Judgement.UNKNOWN
    numbers = numbers_of(shown)
    received = evidence.received
    if received is not None and received.numbers.named and same(received.numbers, numbers):
        return _ours(shown, order, policy, received)
    if not before.known:
        return _after_received(shown, received) or Judgement.UNKNOWN
    if before.numbers.named:
        way = compare(before.numbers, numbers)
        if way == 0:
            return Judgement.ABSENT
        if way != 1:
            return Judgement.UNKNOWN
    return _after_received(shown, received) or _newer(shown, order, policy, before.numbers)


def _after_received(shown: StatusInformation, received: Received | None) -> Judgement | None:
    """A reversal that names the transaction that we had received."""
    if received is None or not received.numbers.trace or not shown.original_trace_no:
        return None
    undone = Numbers(trace=shown.original_trace_no)
    return Judgement.UNDONE if same(undone, Numbers(trace=received.numbers.trace)) else None


def _newer(
    shown: StatusInformation, order: MoneyOrder, policy: Recovery, before: Numbers
) -> Judgement:
    if shown.original_trace_no and order.operation not in _UNDOING:
        original = Numbers(trace=shown.original_trace_no)
        of_ours = compare(Numbers(trace=before.trace), original) == 1 if before.trace else True
        same_amount = shown.amount is None or fits(shown, order)
        return Judgement.UNDONE if of_ours and same_amount else Judgement.UNKNOWN
    return _ours(shown, order, policy, None)


def _ours(
    shown: StatusInformation, order: MoneyOrder, policy: Recovery, received: Received | None
) -> Judgement:
    if shown.result_code not in {None, 0}:
        named = received is not None or shown.amount is None
        ours = named or fits(shown, order)
        return Judgement.DECLINED if ours else Judgement.UNKNOWN
    if shown.original_trace_no and order.operation not in _UNDOING:
        return Judgement.UNDONE
    if not fits(shown, order) or not _undoes_the_right_one(shown, order):
        return Judgement.UNKNOWN
    if received is not None and not policy.unacknowledged:
        return Judgement.UNKNOWN
    return Judgement.EXECUTED


def _undoes_the_right_one(shown: StatusInformation, order: MoneyOrder) -> bool:
    """A reversal names what it reversed; a payment of the same amount is no reversal."""
    if order.operation is not Operation.REVERSAL:
        return True
    if shown.original_trace_no is None:
        return False
    original = order.original.transaction if order.original is not None else None
    trace = original.id.partition("-")[2] if original is not None else ""
    return not trace or same(Numbers(trace=trace), Numbers(trace=shown.original_trace_no))


def fits(shown: StatusInformation, order: MoneyOrder) -> bool:
    """Amount and currency. A tip that was typed in comes on top; less only where it was allowed."""
    asked = order.amount
    if asked is None and order.original is not None:
        asked = order.original.amount
    if asked is None:
        return shown.amount is not None or order.operation in _UNDOING
    if shown.amount is None or (shown.currency or asked.currency) != asked.currency:
        return False
    due = asked.minor + (order.tip.minor if order.tip is not None else 0)
    taken = {shown.amount, shown.amount - (shown.tip or 0)}
    if due in taken or asked.minor in taken:
        return True
    return order.allow_partial and 0 < shown.amount < due


__all__ = [
    "BEFORE",
    "RECEIVED",
    "Before",
    "Evidence",
    "Judgement",
    "Received",
    "judge",
    "read_evidence",
    "received_of",
]
