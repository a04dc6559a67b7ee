"""Refunds, reservations, completions and reversals: what may be moved, and only once."""

from __future__ import annotations

import pytest

from opi_pos.model.results import TransactionID
from opi_pos.poi.books import Movement
from opi_pos.poi.nexo.answers import Answer, Condition, PaymentAnswer, ReversalAnswer
from opi_pos.poi.nexo.requests import CardAcquisition, Kind, Payment, Reversal
from opi_pos.poi.scenario import Host, Scenario
from tests.opi_pos.poi.nexo.playbook import Playbook, payment, sale, sek


def transaction(answer: Answer) -> TransactionID:
    assert isinstance(answer, PaymentAnswer)
    return answer.transaction


def ready(profile: str = "westpay", scenario: Scenario | None = None) -> Playbook:
    play = Playbook(profile, scenario=scenario)
    play.log_in(light=True)
    return play


def test_a_refund_pays_back() -> None:
    play = ready()
    play.run(payment("38.00"))
    answer = play.run(payment("10.00", "refund-1", kind=Kind.REFUND))
    assert answer.response.success
    assert play.books.net() == {"SEK": 2800}


def test_a_refund_of_an_original_is_limited_to_what_is_left() -> None:
    play = ready()
    original = transaction(play.run(payment("38.00"))).id
    refund = {"kind": Kind.REFUND, "original": original}
    assert play.run(payment("30.00", "refund-1", **refund)).response.success
    too_much = play.run(payment("9.00", "refund-2", **refund))
    assert too_much.response.condition is Condition.REFUSAL
    assert play.run(payment("8.00", "refund-3", **refund)).response.success
    assert play.books.net() == {"SEK": 0}


def test_a_refund_of_an_unknown_original_is_not_found() -> None:
    answer = ready().run(payment("38.00", kind=Kind.REFUND, original="123"))
    assert answer.response.condition is Condition.NOT_FOUND


def test_a_reservation_holds_and_its_completion_takes_once() -> None:
    play = ready()
    held = transaction(play.run(payment("50.00", "stay-1", kind=Kind.FIRST_RESERVATION)))
    assert play.books.net() == {"SEK": 0}
    completion = {"kind": Kind.COMPLETION, "original": held.id}
    too_much = play.run(payment("60.00", "stay-2", **completion))
    assert too_much.response.condition is Condition.REFUSAL
    assert play.run(payment("45.00", "stay-3", **completion)).response.success
    assert play.books.net() == {"SEK": 4500}
    again = play.run(payment("5.00", "stay-4", **completion))
    assert again.response.condition is Condition.NOT_ALLOWED


def test_a_reservation_can_be_raised_and_then_completed() -> None:
    play = ready()
    held = transaction(play.run(payment("50.00", "stay-1", kind=Kind.FIRST_RESERVATION)))
    raised = payment("80.00", "stay-2", kind=Kind.UPDATE_RESERVATION, original=held.id)
    newer = transaction(play.run(raised))
    done = play.run(payment("70.00", "stay-3", kind=Kind.COMPLETION, original=newer.id))
    assert done.response.success
    assert play.books.net() == {"SEK": 7000}


def test_a_completion_needs_a_reservation() -> None:
    play = ready()
    charged = transaction(play.run(payment("38.00"))).id
    answer = play.run(payment("38.00", "x", kind=Kind.COMPLETION, original=charged))
    assert answer.response.condition is Condition.NOT_ALLOWED
    absent = play.run(payment("38.00", "y", kind=Kind.COMPLETION))
    assert absent.response.condition is Condition.NOT_FOUND


def test_only_a_one_time_reservation_may_leave_its_amount_open() -> None:
    play = ready()
    held = play.run(
        Payment(kind=Kind.ONE_TIME_RESERVATION, sale=sale("a"), currency="SEK", amount=None)
    )
    assert held.response.success
    assert play.books.entries[0].movement is Movement.RESERVATION
    open_payment = Payment(kind=Kind.NORMAL, sale=sale("b"), currency="SEK", amount=None)
    assert play.run(open_payment).response.condition is Condition.MESSAGE_FORMAT


def test_nothing_is_no_amount() -> None:
    nothing = Payment(
        kind=Kind.NORMAL, sale=sale("a"), currency="SEK", amount=sek("1.00").with_minor(0)
    )
    assert ready().run(nothing).response.condition is Condition.MESSAGE_FORMAT


@pytest.mark.parametrize("kind", ["Recurring", "Instalment", "PaidOut", "vendor:Special"])
def test_other_kinds_of_payment_are_not_available(kind: str) -> None:
    answer = ready().run(payment("38.00", kind=kind))
    assert answer.response.condition is Condition.UNAVAILABLE_SERVICE


def test_a_reversal_by_reference_undoes_once() -> None:
    play = ready()
    first = transaction(play.run(payment("38.00")))
    play.run(payment("20.00", "order-2"))
    answer = play.run(Reversal(original=first))
    assert isinstance(answer, ReversalAnswer)
    assert answer.original == first
    assert str(answer.amount) == "38.00"
    assert len(answer.receipts) == 2
    assert play.books.net() == {"SEK": 2000}
    again = play.run(Reversal(original=first))
    assert again.response.condition is Condition.NOT_ALLOWED
    assert play.books.net() == {"SEK": 2000}


def test_a_reversal_of_part_leaves_the_rest() -> None:
    play = ready()
    first = transaction(play.run(payment("38.00")))
    assert play.run(Reversal(original=first, amount="8.00")).response.success
    too_much = play.run(Reversal(original=first, amount="30.01"))
    assert too_much.response.condition is Condition.REFUSAL
    for bad in ("0", "0.001", "x"):
        answer = play.run(Reversal(original=first, amount=bad))
        assert answer.response.condition is Condition.MESSAGE_FORMAT
    assert play.run(Reversal(original=first)).response.success
    assert play.books.net() == {"SEK": 0}


def test_swedbanks_terminal_reverses_the_last_payment_only() -> None:
    play = ready("swedbank")
    first = transaction(play.run(payment("38.00")))
    last = transaction(play.run(payment("20.00", "order-2")))
    refused = play.run(Reversal(original=first))
    assert refused.response.condition is Condition.NOT_ALLOWED
    assert play.run(Reversal(original=last)).response.success
    assert play.books.net() == {"SEK": 3800}


def test_swedbanks_terminal_reverses_nothing_after_a_declined_payment() -> None:
    play = ready("swedbank")
    approved = transaction(play.run(payment("38.00")))
    play.run(payment("20.05", "order-2"))
    assert play.run(Reversal(original=approved)).response.condition is Condition.NOT_ALLOWED


def test_a_reversal_that_names_nothing_means_the_last_payment() -> None:
    play = ready()
    play.run(payment("38.00"))
    assert play.run(Reversal(original=None)).response.success
    assert play.books.net() == {"SEK": 0}


def test_a_reversal_must_name_id_and_time() -> None:
    play = ready()
    first = transaction(play.run(payment("38.00")))
    wrong = TransactionID(id=first.id, time="2020-01-01T00:00:00Z")
    assert play.run(Reversal(original=wrong)).response.condition is Condition.NOT_FOUND


def test_a_reversal_that_the_host_declines_moves_nothing() -> None:
    play = ready(scenario=Scenario(reversal=Host.DECLINE))
    first = transaction(play.run(payment("38.00")))
    answer = play.run(Reversal(original=first))
    assert answer.response.condition is Condition.REFUSAL
    assert play.books.net() == {"SEK": 3800}


def test_a_reservation_is_released_by_a_reversal() -> None:
    play = ready()
    held = transaction(play.run(payment("50.00", kind=Kind.FIRST_RESERVATION)))
    assert play.run(Reversal(original=held)).response.success
    late = play.run(payment("50.00", "x", kind=Kind.COMPLETION, original=held.id))
    assert late.response.condition is Condition.NOT_ALLOWED
    assert play.books.net() == {"SEK": 0}


def test_a_card_read_ahead_is_not_asked_for_again() -> None:
    play = Playbook()
    play.log_in()
    read = play.run(CardAcquisition(sale=sale("order-1")))
    assert read.response.success
    play.lines.clear()
    number = play.memory.newest()
    assert number is not None
    assert number.answer.transaction is not None
    pay = Payment(
        kind=Kind.NORMAL,
        sale=sale("order-1"),
        currency="SEK",
        amount=sek("38.00"),
        card_acquisition=number.answer.transaction.id,
    )
    assert play.run(pay).response.success
    assert "< Display Present card" not in play.lines
    unread = Payment(
        kind=Kind.NORMAL,
        sale=sale("order-2"),
        currency="SEK",
        amount=sek("38.00"),
        card_acquisition="999",
    )
    assert play.run(unread).response.condition is Condition.NOT_FOUND


def test_cashback_is_part_of_the_amount_and_of_the_entry() -> None:
    play = ready()
    answer = play.run(
        Payment(
            kind=Kind.NORMAL,
            sale=sale("a"),
            currency="SEK",
            amount=sek("138.00"),
            cashback=sek("100.00"),
        )
    )
    assert isinstance(answer, PaymentAnswer)
    assert (str(answer.authorized), str(answer.cashback)) == ("138.00", "100.00")
    assert play.books.entries[0].cashback == sek("100.00")


def test_a_tip_that_the_till_asks_for_is_part_of_the_amount() -> None:
    play = ready()
    answer = play.run(
        Payment(
            kind=Kind.NORMAL,
            sale=sale("a"),
            currency="SEK",
            amount=sek("42.00"),
            tip=sek("4.00"),
        )
    )
    assert isinstance(answer, PaymentAnswer)
    assert (str(answer.authorized), str(answer.tip)) == ("42.00", "4.00")
    assert answer.response.success
