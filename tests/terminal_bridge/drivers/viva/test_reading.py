"""What a session means for the money: `success` decides, the event id explains."""

from __future__ import annotations

from typing import Any

import pytest

from opi_pos.model.ids import Reference, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Refusal, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Confidence, Operation, Outcome
from opi_pos.session.verdicts import outcome_of, proves
from opi_pos.wire import viva
from terminal_bridge.drivers.viva.reading import answer_of, is_running
from tests.opi_pos.wire.viva.samples import SESSION_ID, failed, session

ORDER = MoneyOrder(
    operation=Operation.PAYMENT,
    reference=Reference("order-4711"),
    sale_time="2026-03-01T09:30:00+01:00",
    amount=Amount(minor=3800, currency="EUR"),
)


def read(data: bytes, order: MoneyOrder = ORDER) -> Answer:
    return answer_of(viva.read_session(data), order, ServiceID("41"))


def test_an_approval_says_all_that_is_known() -> None:
    answer = read(session())
    assert outcome_of(answer, ORDER) is Outcome.APPROVED
    assert answer.confidence is Confidence.FINAL
    assert proves(answer, ORDER)
    assert answer.authorized == ORDER.amount
    assert answer.approval_code == "654321"
    assert answer.card is not None
    assert (answer.card.masked_pan, answer.card.brand, answer.card.entry_mode) == (
        "541333******0012",
        "Mastercard",
        "Contactless",
    )
    assert answer.terminal_transaction is not None
    assert answer.terminal_transaction.id == SESSION_ID


@pytest.mark.parametrize(
    ("event_id", "verdict"),
    [
        (1000, Verdict.ABORTED),
        (1003, Verdict.ABORTED),
        (1016, Verdict.ABORTED),
        (1004, Verdict.DECLINED),
        (1006, Verdict.DECLINED),
        (1007, Verdict.DECLINED),
        (1010, Verdict.DECLINED),
        (1020, Verdict.DECLINED),
        (1076, Verdict.DECLINED),
        (1099, Verdict.DECLINED),
        (6000, Verdict.REFUSED),
        (1005, Verdict.UNCLEAR),
        (99999, Verdict.UNCLEAR),
        (None, Verdict.UNCLEAR),
        (0, Verdict.UNCLEAR),
    ],
)
def test_a_failure_is_read_by_its_event(event_id: int | None, verdict: Verdict) -> None:
    answer = read(failed(event_id))
    assert answer.verdict is verdict
    stands = verdict in {Verdict.REFUSED, Verdict.UNCLEAR}
    assert answer.confidence is (Confidence.FINAL if stands else Confidence.PROVISIONAL)
    assert answer.refusal is (Refusal.MALFORMED if verdict is Verdict.REFUSED else None)
    assert not answer.receipts


@pytest.mark.parametrize(
    ("members", "outcome"),
    [
        ({"abortOperation": True, "abortSuccess": False}, Outcome.APPROVED),
        ({"eventId": None}, Outcome.APPROVED),
        ({"eventId": 77}, Outcome.APPROVED),
        ({"eventId": 1006}, Outcome.IN_DOUBT),
        ({"eventId": 1016, "abortSuccess": True}, Outcome.IN_DOUBT),
        ({"amount": 3799}, Outcome.PARTIALLY_APPROVED),
        ({"amount": 4000, "tipAmount": 200}, Outcome.APPROVED),
        ({"amount": 0}, Outcome.IN_DOUBT),
        ({"amount": None}, Outcome.IN_DOUBT),
        ({"amount": "38,00"}, Outcome.IN_DOUBT),
        ({"amount": -3800}, Outcome.IN_DOUBT),
        ({"currencyCode": "752"}, Outcome.IN_DOUBT),
        ({"currencyCode": "EUR"}, Outcome.APPROVED),
        ({"currencyCode": None}, Outcome.APPROVED),
        ({"success": None}, Outcome.IN_DOUBT),
        ({"success": "true", "amount": "3800", "eventId": "0"}, Outcome.APPROVED),
    ],
)
def test_a_success_counts_with_the_amount_that_was_taken(
    members: dict[str, Any], outcome: Outcome
) -> None:
    assert outcome_of(read(session(**members)), ORDER) is outcome


def test_a_refund_may_be_told_with_either_sign() -> None:
    refund = MoneyOrder(
        operation=Operation.REFUND,
        reference=Reference("r"),
        sale_time=ORDER.sale_time,
        amount=ORDER.amount,
    )
    for amount in (3800, -3800):
        assert outcome_of(read(session(amount=amount), refund), refund) is Outcome.APPROVED


def test_a_session_that_runs_has_not_ended_whatever_the_status() -> None:
    assert is_running(viva.read_session(failed(1100)))
    assert is_running(viva.read_session(session(success=None, eventId=None)))
    assert not is_running(viva.read_session(failed(77)))
    assert not is_running(viva.read_session(session(eventId=None)))


@pytest.mark.parametrize("method", ["SIGNATURE", "signature", "Pin and Signature"])
def test_a_signature_is_wanted_where_one_was_taken(method: str) -> None:
    answer = read(session(verificationMethod=method))
    assert answer.signature_required
    assert answer.receipts[0].signature_required
    assert not read(session(verificationMethod="PIN")).signature_required
    assert not read(failed(1006, verificationMethod=method)).signature_required
