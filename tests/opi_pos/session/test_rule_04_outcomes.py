"""Rule 4: outcomes are results. The class of an answer decides; an unknown class is in doubt."""

from __future__ import annotations

from typing import Any

import pytest

from opi_pos.model.ids import Reference, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Ended, Refusal, Verdict
from opi_pos.model.orders import Original
from opi_pos.model.results import Operation, Outcome, Proof
from opi_pos.session.verdicts import more_than_asked, outcome_of, result_of
from opi_pos.testing.playbook import told, told_status, when_due
from tests.opi_pos.session.values import (
    TEN,
    UNCLEAR,
    answer,
    approved,
    declined,
    order,
    querying,
    refused,
    running,
)

ONE = ServiceID("1")


def euro(minor: int) -> Amount:
    return Amount(minor=minor, currency="EUR")


@pytest.mark.parametrize(
    ("authorized", "outcome"),
    [
        (None, Outcome.APPROVED),
        (euro(1000), Outcome.APPROVED),
        (euro(1100), Outcome.APPROVED),
        (euro(999), Outcome.PARTIALLY_APPROVED),
        (euro(1), Outcome.PARTIALLY_APPROVED),
        (euro(0), Outcome.IN_DOUBT),
        (Amount(minor=1000, currency="SEK"), Outcome.IN_DOUBT),
    ],
)
def test_an_approval_means_what_its_amount_says(
    authorized: Amount | None, outcome: Outcome
) -> None:
    assert outcome_of(answer(Verdict.APPROVED, authorized=authorized), order()) is outcome


def test_a_rebate_counts_as_paid() -> None:
    rebated = answer(Verdict.APPROVED, authorized=euro(900), rebate=euro(100))
    assert outcome_of(rebated, order()) is Outcome.APPROVED


def test_an_approval_in_another_currency_is_in_doubt_and_says_why() -> None:
    foreign = answer(Verdict.APPROVED, foreign_currency="USD")
    result = result_of(foreign, order(), ONE, Proof.RESPONSE)
    assert result.outcome is Outcome.IN_DOUBT
    assert "USD" in result.message


def test_a_reversal_without_an_amount_is_approved_as_a_whole() -> None:
    reversal = order(operation=Operation.REVERSAL, amount=None)
    assert outcome_of(answer(Verdict.APPROVED, authorized=TEN), reversal) is Outcome.APPROVED


@pytest.mark.parametrize(
    ("authorized", "outcome"),
    [
        (TEN, Outcome.APPROVED),
        (euro(1), Outcome.PARTIALLY_APPROVED),
        (euro(0), Outcome.IN_DOUBT),
        (None, Outcome.APPROVED),
    ],
)
def test_a_reversal_of_the_whole_is_measured_by_its_original(
    authorized: Amount | None, outcome: Outcome
) -> None:
    original = Original(reference=Reference("a"), service_id=ONE, amount=TEN)
    reversal = order(operation=Operation.REVERSAL, amount=None, original=original)
    assert outcome_of(answer(Verdict.APPROVED, authorized=authorized), reversal) is outcome


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (Verdict.DECLINED, Outcome.DECLINED),
        (Verdict.ABORTED, Outcome.ABORTED),
        (Verdict.REFUSED, Outcome.NOT_STARTED),
        (Verdict.UNCLEAR, Outcome.IN_DOUBT),
    ],
)
@pytest.mark.parametrize("condition", ["", "Refusal", "Success", "SomethingNew"])
def test_the_class_decides_and_the_code_only_explains(
    verdict: Verdict, outcome: Outcome, condition: str
) -> None:
    given = answer(verdict, condition=condition)
    result = result_of(given, order(), ONE, Proof.RESPONSE)
    assert result.outcome is outcome
    assert result.condition == condition
    assert result.authorized is None


def test_an_answer_of_unknown_class_is_asked_about_and_never_taken_as_declined() -> None:
    with running() as play:
        play >> told("A", "1", UNCLEAR) << "note A silence" << "send query #2 about #1"
        play >> told_status("A", UNCLEAR) << "note A unclear_answer"
        play >> when_due() << "send query #3 about #1"
        play >> told_status("A", UNCLEAR)
        play >> when_due() << "send query #4 about #1"
        play >> told_status("A", declined()) << "record A ended: ended"
        play << "finish A declined by status"


def test_an_answer_that_is_understood_but_explains_no_money_rests_in_doubt() -> None:
    with running() as play:
        play >> told("A", "1", approved(authorized=euro(0))) << "record A in_doubt: in_doubt"
        play << "finish A in_doubt by response" << "alarm A in_doubt"
        play >> when_due() << "send query #2 about #1"
        play >> told_status("A", approved(authorized=euro(0)))
        assert play.session.doubts()


def test_such_a_status_rests_in_doubt_too() -> None:
    with querying() as play:
        play >> told_status("A", approved(authorized=euro(0))) << "record A in_doubt: in_doubt"
        play << "finish A in_doubt by status" << "alarm A in_doubt"


@pytest.mark.parametrize("refusal", [Refusal.MALFORMED, Refusal.UNAVAILABLE, None])
def test_what_the_terminal_refuses_to_begin_has_not_started(refusal: Refusal | None) -> None:
    said = refused(refusal) if refusal else Ended(answer=Answer(verdict=Verdict.REFUSED))
    with running() as play:
        play >> told("A", "1", said) << "record A ended: ended"
        play << "finish A not_started by response"


def test_more_than_was_asked_raises_an_alarm() -> None:
    with running() as play:
        play >> told("A", "1", approved(authorized=euro(1234))) << "record A ended: ended"
        play << "finish A approved by response"
        play << "record alarm more_than_asked" << "alarm A more_than_asked"


@pytest.mark.parametrize("part", ["tip", "surcharge"])
def test_a_tip_or_a_surcharge_explains_more_than_was_asked(part: str) -> None:
    parts: dict[str, Any] = {"authorized": euro(1234), part: euro(234)}
    given = answer(Verdict.APPROVED, **parts)
    result = result_of(given, order(), ONE, Proof.RESPONSE)
    assert more_than_asked(result) is None
