"""Totals come from the terminal's own books."""

from __future__ import annotations

from opi_pos.model.ids import SaleID
from opi_pos.poi.nexo.answers import TotalsAnswer
from opi_pos.poi.nexo.requests import GetTotals, Kind, Reconciliation, Reversal, TotalFilter
from tests.opi_pos.poi.nexo.playbook import Playbook, payment


def lines(answer: object) -> list[tuple[str, int, str]]:
    assert isinstance(answer, TotalsAnswer)
    return [
        (line.transaction_type, line.count, str(line.amount))
        for group in answer.groups
        for line in group.lines
    ]


def busy_day() -> Playbook:
    play = Playbook("westpay")
    play.log_in(light=True)
    play.run(payment("38.00", "a"))
    play.run(payment("20.00", "b"))
    play.run(Reversal(original=None))
    play.run(payment("5.00", "c", kind=Kind.REFUND))
    play.run(payment("10.05", "declined"))
    return play


EXPECTED = [("Credit", 1, "5.00"), ("Debit", 2, "58.00"), ("ReverseDebit", 1, "20.00")]


def test_totals_count_each_kind_and_leave_the_period_open() -> None:
    play = busy_day()
    assert lines(play.run(GetTotals())) == EXPECTED
    assert lines(play.run(GetTotals())) == EXPECTED


def test_a_reconciliation_closes_the_period_and_the_previous_one_can_be_asked_again() -> None:
    play = busy_day()
    closed = play.run(Reconciliation(kind="SaleReconciliation"))
    assert lines(closed) == EXPECTED
    assert lines(play.run(GetTotals())) == []
    play.run(payment("7.00", "d"))
    assert lines(play.run(GetTotals())) == [("Debit", 1, "7.00")]
    previous = play.run(Reconciliation(kind="PreviousReconciliation"))
    assert lines(previous) == EXPECTED
    assert isinstance(previous, TotalsAnswer)
    assert isinstance(closed, TotalsAnswer)
    assert previous.period == closed.period


def test_totals_can_be_filtered_and_split_by_till() -> None:
    play = Playbook("adyen-local")
    play.run(payment("38.00", "a"))
    play.sale_id = SaleID("till-2")
    play.run(payment("20.00", "b"))
    only = play.run(GetTotals(only=TotalFilter(sale_id=SaleID("till-2"))))
    assert lines(only) == [("Debit", 1, "20.00")]
    split = play.run(GetTotals(details=frozenset({"SaleID"})))
    assert isinstance(split, TotalsAnswer)
    assert [group.sale_id for group in split.groups] == ["till-1", "till-2"]
