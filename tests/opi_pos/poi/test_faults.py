"""Faults are data: counted, matched, and read from documents with errors that name the entry."""

from __future__ import annotations

import pytest

from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.faults import LONGEST_S, Fault, FaultPlan, Strike, faults_from


def struck(plan: FaultPlan, category: str, reference: str = "") -> list[Strike]:
    return [fault.strike for fault in plan.strike(category, reference)]


def test_a_fault_strikes_from_its_nth_message_as_often_as_it_says() -> None:
    plan = FaultPlan([Fault(strike=Strike.BUSY, nth=2, times=2)])
    assert [struck(plan, "Payment") for _ in range(4)] == [[], [Strike.BUSY], [Strike.BUSY], []]


def test_other_categories_and_references_are_not_counted() -> None:
    plan = FaultPlan([Fault(strike=Strike.BUSY, reference="b")])
    assert struck(plan, "Login") == []
    assert struck(plan, "Payment", "a") == []
    assert struck(plan, "Payment", "b") == [Strike.BUSY]


def test_several_faults_can_strike_one_message() -> None:
    plan = FaultPlan([Fault(strike=Strike.LATE, seconds=3), Fault(strike=Strike.DOUBLE)])
    found = plan.strike("Payment")
    assert found.by(Strike.DOUBLE)
    assert found.seconds(Strike.LATE) == 3
    assert found.seconds(Strike.DELAY) == 0


def test_a_document_gives_faults() -> None:
    document = {
        "faults": [
            {"strike": "late", "category": "Payment", "nth": 2, "seconds": 7},
            {"strike": "not_found", "category": "TransactionStatus"},
        ]
    }
    assert faults_from(document) == (
        Fault(strike=Strike.LATE, nth=2, seconds=7.0),
        Fault(strike=Strike.NOT_FOUND, category="TransactionStatus"),
    )
    assert faults_from({}) == ()


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"faults": [{"strike": "late"}, {"strike": "meteor"}]}, "faults[1]"),
        ({"faults": [{"category": "Payment"}]}, "faults[0]"),
        ({"faults": [{"strike": "late", "after": 3}]}, "faults[0]"),
        ({"faults": [{"strike": "late", "nth": 0}]}, "faults[0]"),
        ({"faults": [{"strike": "late", "seconds": LONGEST_S + 1}]}, "faults[0]"),
        ({"faults": {"strike": "late"}}, "faults"),
        ({"fault": []}, "fault"),
    ],
)
def test_a_document_that_cannot_be_used_names_the_entry(
    document: dict[str, object], key: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        faults_from(document)
    assert refused.value.key == key


def test_the_longest_time_is_allowed() -> None:
    assert Fault(strike=Strike.LATE, seconds=LONGEST_S).seconds == LONGEST_S
