"""Every row of the recovery table, as a comparison of what is shown with what was durable."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from opi_pos.model.ids import Reference, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder, Original
from opi_pos.model.results import Operation, TransactionID
from terminal_bridge.drivers.zvt.numbers import Numbers
from terminal_bridge.drivers.zvt.profile import Recovery
from terminal_bridge.drivers.zvt.recovery import (
    BEFORE,
    RECEIVED,
    Before,
    Evidence,
    Judgement,
    Received,
    judge,
    read_evidence,
    received_of,
)
from terminal_bridge.zvt.messages.status import StatusInformation

SEVEN = Before(known=True, numbers=Numbers(receipt="0007", trace="000041", turnover="000041"))
NONE = Before(known=True)
POLICY = Recovery()


def order(minor: int | None = 1200, currency: str = "EUR", **members: Any) -> MoneyOrder:
    amount = None if minor is None else Amount(minor=minor, currency=currency)
    fixed = {"operation": Operation.PAYMENT, "amount": amount, **members}
    return MoneyOrder(reference=Reference("r"), sale_time="2024-05-01T12:00:00Z", **fixed)


def shown(receipt: str = "0008", trace: str = "000042", **members: Any) -> StatusInformation:
    fixed: dict[str, Any] = {
        "result_code": 0,
        "amount": 1200,
        "currency": "EUR",
        "turnover_no": trace,
    }
    return StatusInformation(receipt_no=receipt, trace_no=trace, **{**fixed, **members})


def after(before: Before = SEVEN, received: StatusInformation | None = None) -> Evidence:
    told = None if received is None else received_of(received)
    return Evidence(written=True, before=before, received=told)


@pytest.mark.parametrize(
    ("evidence", "last", "judgement"),
    [
        # The same numbers as before: not executed, or taken back without a record.
        (after(), shown("0007", "000041"), Judgement.ABSENT),
        (after(), shown("0007", "000041", amount=500), Judgement.ABSENT),
        # New numbers, same amount, 27 00, no 37.
        (after(), shown(), Judgement.EXECUTED),
        (after(), shown(currency=None), Judgement.EXECUTED),
        # A reversal was booked.
        (after(), shown("0009", "000043", original_trace_no="000042"), Judgement.UNDONE),
        # The reversal of the transaction before ours says nothing of ours.
        (after(), shown(original_trace_no="000041"), Judgement.UNKNOWN),
        (after(), shown(result_code=5), Judgement.DECLINED),
        (after(), shown(result_code=5, amount=None), Judgement.DECLINED),
        (after(), shown(result_code=5, amount=99), Judgement.UNKNOWN),
        # Somebody else's.
        (after(), shown(amount=1300), Judgement.UNKNOWN),
        (after(), shown(amount=None), Judgement.UNKNOWN),
        (after(), shown(currency="CHF"), Judgement.UNKNOWN),
        # Older than before: what was the last is gone, and nothing newer came.
        (after(), shown("0006", "000040"), Judgement.UNKNOWN),
        # An end of day began the receipts anew, and the trace went on: they contradict.
        (after(), shown("0001", "000042"), Judgement.UNKNOWN),
        # Nothing was known before.
        (after(Before()), shown(), Judgement.UNKNOWN),
        (after(Before()), None, Judgement.UNKNOWN),
        # There was none before.
        (after(NONE), shown(), Judgement.EXECUTED),
        (after(NONE), None, Judgement.UNKNOWN),
        (after(Before(known=True, showed=True)), None, Judgement.ABSENT),
        (after(Before(known=True, showed=True), shown()), None, Judgement.ABSENT),
        (after(NONE, shown()), None, Judgement.UNKNOWN),
        (after(), None, Judgement.UNKNOWN),
        # Numbers wrap.
        (after(Before(known=True, numbers=Numbers(receipt="9999"))), shown("0001"), "executed"),
        # The received one is recognised by its own numbers, whatever was before.
        (after(Before(), shown()), shown(), Judgement.EXECUTED),
        (after(Before(), shown()), shown(original_trace_no="000042"), Judgement.UNDONE),
        (
            after(Before(), shown()),
            shown("0009", "000043", original_trace_no="000042"),
            Judgement.UNDONE,
        ),
        (after(SEVEN, shown()), shown("0007", "000041"), Judgement.ABSENT),
        (after(SEVEN, shown(result_code=5)), shown(result_code=5, amount=1), Judgement.DECLINED),
        # card complete shows only the low digits of a longer number in BMP 87.
        (after(Before(known=True, numbers=Numbers(receipt="120007"))), shown("0007"), "absent"),
    ],
)
def test_the_last_transaction_says_what_became_of_a_payment(
    evidence: Evidence, last: StatusInformation | None, judgement: str
) -> None:
    assert judge(evidence, order(), last, POLICY) == judgement


def test_an_amount_with_a_tip_on_top_is_ours() -> None:
    typed = shown(amount=1320, tip=120)
    assert judge(after(), order(), typed, POLICY) is Judgement.EXECUTED
    asked = order(tip=Amount(minor=100, currency="EUR"))
    assert judge(after(), asked, shown(amount=1300), POLICY) is Judgement.EXECUTED
    assert judge(after(), asked, shown(amount=1250), POLICY) is Judgement.UNKNOWN


def test_less_is_ours_only_where_less_was_allowed() -> None:
    half = shown(amount=600)
    assert judge(after(), order(), half, POLICY) is Judgement.UNKNOWN
    assert judge(after(), order(allow_partial=True), half, POLICY) is Judgement.EXECUTED
    assert judge(after(), order(allow_partial=True), shown(amount=0), POLICY) is Judgement.UNKNOWN


def reversal(trace: str = "000041") -> MoneyOrder:
    original = Original(
        reference=Reference("p"),
        service_id=ServiceID("1"),
        transaction=TransactionID(id=f"0007-{trace}" if trace else "0007", time=""),
        amount=Amount(minor=1200, currency="EUR"),
    )
    return order(None, operation=Operation.REVERSAL, original=original)


@pytest.mark.parametrize(
    ("asked", "last", "judgement"),
    [
        (reversal(), shown(original_trace_no="000041"), Judgement.EXECUTED),
        (reversal(""), shown(original_trace_no="000041"), Judgement.EXECUTED),
        (reversal(), shown(original_trace_no="000039"), Judgement.UNKNOWN),
        # A payment of the same amount is no reversal.
        (reversal(), shown(), Judgement.UNKNOWN),
        (reversal(), shown("0007", "000041"), Judgement.ABSENT),
        (reversal(), shown(original_trace_no="000041", amount=700), Judgement.UNKNOWN),
    ],
)
def test_a_reversal_is_known_by_what_it_reversed(
    asked: MoneyOrder, last: StatusInformation, judgement: Judgement
) -> None:
    assert judge(after(), asked, last, POLICY) is judgement


def test_a_profile_may_doubt_what_it_cannot_have_acknowledged() -> None:
    careful = msgspec.structs.replace(POLICY, unacknowledged=False)
    assert judge(after(SEVEN, shown()), order(), shown(), careful) is Judgement.UNKNOWN
    assert judge(after(SEVEN), order(), shown(), careful) is Judgement.EXECUTED


def test_a_profile_may_believe_an_empty_store() -> None:
    believing = msgspec.structs.replace(POLICY, empty_is_absent=True)
    assert judge(after(NONE), order(), None, believing) is Judgement.ABSENT
    assert judge(after(SEVEN), order(), None, believing) is Judgement.UNKNOWN
    assert judge(after(NONE, shown()), order(), None, believing) is Judgement.UNKNOWN


def test_evidence_comes_back_from_plain_json() -> None:
    data = {
        BEFORE: msgspec.to_builtins(SEVEN),
        RECEIVED: msgspec.to_builtins(received_of(shown())),
    }
    assert msgspec.json.decode(msgspec.json.encode(data)) == data
    evidence = read_evidence(data)
    assert evidence.written
    assert evidence.before == SEVEN
    assert evidence.received == Received(
        numbers=Numbers(receipt="0008", trace="000042", turnover="000042"),
        result=0,
        amount=1200,
        currency="EUR",
    )


def test_evidence_of_somebody_else_or_none_is_no_evidence() -> None:
    assert read_evidence({}) == Evidence(written=False)
    assert read_evidence({BEFORE: 7, RECEIVED: "x", "other": 1}) == Evidence(written=True)


def test_no_card_number_is_kept_as_evidence() -> None:
    told = received_of(shown(masked_pan="541333******0012", card_name="Mastercard"))
    assert "0012" not in str(msgspec.to_builtins(told))
