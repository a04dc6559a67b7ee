"""Results: the contract with programs. They go to JSON and come back as they were."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.card import Card
from opi_pos.model.facts import OPEN_STATES, Exchange
from opi_pos.model.ids import POIID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.model.results import (
    MONEY_MOVED,
    MONEY_STAYED,
    Confidence,
    Operation,
    Outcome,
    Proof,
    Result,
    TransactionID,
)
from opi_pos.session.states import ExchangeState

TEXTS = st.text(max_size=20)
AMOUNTS = st.none() | st.integers(0, 10**9).map(lambda n: Amount(minor=n, currency="SEK"))
RECEIPTS = st.builds(
    Receipt,
    copy=st.sampled_from(Copy),
    lines=st.lists(TEXTS, max_size=3).map(tuple),
    fields=st.dictionaries(TEXTS, TEXTS, max_size=3),
    must_print=st.booleans(),
)
RESULTS = st.builds(
    Result,
    outcome=st.sampled_from(Outcome),
    proof=st.sampled_from(Proof),
    confidence=st.sampled_from(Confidence),
    operation=st.sampled_from(Operation),
    reference=TEXTS.map(Reference),
    service_id=TEXTS.map(ServiceID),
    requested=AMOUNTS,
    authorized=AMOUNTS,
    tip=AMOUNTS,
    terminal_transaction=st.none() | st.builds(TransactionID, id=TEXTS, time=TEXTS),
    card=st.none() | st.builds(Card, masked_pan=st.just("411111******1111"), brand=TEXTS),
    receipts=st.lists(RECEIPTS, max_size=2).map(tuple),
    signature_required=st.booleans(),
    replayed=st.booleans(),
    message=TEXTS,
    ended_at=st.none() | st.floats(0, 2e9),
)


@given(RESULTS)
def test_a_result_goes_to_json_and_comes_back(result: Result) -> None:
    assert msgspec.json.decode(msgspec.json.encode(result), type=Result) == result
    assert msgspec.convert(msgspec.to_builtins(result), Result) == result


@given(RESULTS)
def test_approved_means_that_the_full_amount_is_taken_and_nothing_else(result: Result) -> None:
    assert result.approved == (result.outcome is Outcome.APPROVED)


def test_every_outcome_says_whether_money_moved_or_that_nobody_knows() -> None:
    assert MONEY_MOVED | MONEY_STAYED | {Outcome.IN_DOUBT} == set(Outcome)
    assert not MONEY_MOVED & MONEY_STAYED


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Outcome, "approved partially_approved declined aborted not_started in_doubt"),
        (Proof, "link response status evidence manual none"),
        (Confidence, "final provisional callback_only"),
    ],
)
def test_the_words_are_a_contract(kind: Any, values: str) -> None:
    assert {member.value for member in kind} == set(values.split())


def test_a_result_cannot_be_changed() -> None:
    result = Result(
        outcome=Outcome.DECLINED,
        proof=Proof.RESPONSE,
        operation=Operation.PAYMENT,
        reference=Reference("A"),
        service_id=ServiceID("1"),
    )
    with pytest.raises(AttributeError):
        result.outcome = Outcome.APPROVED  # type: ignore[misc]


def test_the_journals_open_states_are_those_of_the_table() -> None:
    states = {state.value for state in ExchangeState}
    assert states - OPEN_STATES == {"queued", "ended"}


@given(RESULTS, st.sampled_from(sorted(OPEN_STATES)))
def test_a_row_goes_to_json_and_comes_back(result: Result, state: str) -> None:
    row = Exchange(
        exchange_id=ExchangeID("front.1"),
        scope="shop",
        poi_id=POIID("front"),
        sale_id=SaleID("till"),
        service_id=ServiceID("1"),
        state=state,
        order=MoneyOrder(
            operation=Operation.PAYMENT,
            reference=Reference("A"),
            sale_time="2026-05-05T10:00:00+02:00",
            amount=Amount(minor=1, currency="SEK"),
        ),
        begun_at=1.0,
        changed_at=2.0,
        result=result,
    )
    assert msgspec.json.decode(msgspec.json.encode(row), type=Exchange) == row
    assert row.key.reference == "A"
    assert row.outcome is result.outcome
