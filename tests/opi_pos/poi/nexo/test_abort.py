"""An abort is a wish: it gets no response, and the aborted request has its own."""

from __future__ import annotations

import pytest

from opi_pos.model.ids import ServiceID
from opi_pos.poi.nexo.answers import Condition, InputAnswer
from opi_pos.poi.nexo.cardside import Twist
from opi_pos.poi.nexo.effects import Wait
from opi_pos.poi.nexo.requests import Abort, AskCustomer, Reference
from tests.opi_pos.poi.nexo.playbook import Playbook, payment


@pytest.mark.parametrize("shown", ["Present card", "Enter PIN", "Enter PIN: ***"])
def test_before_the_host_is_asked_the_payment_ends_aborted(shown: str) -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.00"))
    play.settle_until(f"< Display {shown}")
    play.abort(header)
    assert "< Abort 3 204" in play.lines
    play.settle()
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.condition is Condition.ABORTED
    assert "cashier" in answer.response.text
    assert play.books.entries == []
    assert play.lines[-2:] == ["< Payment 2 Failure Aborted", "< Display Welcome"]


@pytest.mark.parametrize("shown", ["Authorizing", "Approved"])
def test_once_the_host_is_asked_the_result_wins(shown: str) -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.00"))
    play.settle_until(f"< Display {shown}")
    play.step()
    if play.answer_to(header) is None:
        play.abort(header)
    play.settle()
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.success
    assert play.books.net() == {"SEK": 3800}


def test_an_abort_cuts_the_wait_for_a_card_short() -> None:
    play = Playbook()
    play.log_in(light=True)
    header = play.ask(payment("38.03"))
    play.abort(header)
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.condition is Condition.ABORTED
    play.settle()
    assert len([line for line in play.lines if line.startswith("< Payment")]) == 1


def test_a_terminal_that_is_deaf_approves_after_the_abort() -> None:
    play = Playbook()
    play.log_in(light=True)
    header = play.ask(payment("38.13"))
    play.abort(header)
    play.settle()
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.success
    assert play.books.net() == {"SEK": 3813}


def test_a_fault_makes_any_payment_deaf() -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.00"), twist=Twist(deaf_to_abort=True))
    play.abort(header)
    play.settle()
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.success


def test_an_abort_of_an_unknown_message_is_rejected_by_an_event() -> None:
    play = Playbook()
    play.log_in()
    play.run(payment("38.00"))
    play.ask(Abort(reference=Reference(category="Payment", service_id=ServiceID("99"))))
    assert play.lines[-1] == ("< Reject to the till: Message not found, last Payment has id 2")


def test_in_light_integration_the_rejection_is_the_body_of_the_exchange() -> None:
    play = Playbook()
    play.log_in(light=True)
    play.ask(Abort(reference=Reference(category="Payment", service_id=ServiceID("99"))))
    assert play.lines[-1].startswith("< Reject in the body: Message not found")


def test_an_abort_of_a_finished_payment_is_told_that_it_is_completed() -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.00"))
    play.settle()
    play.abort(header)
    assert play.lines[-2:] == ["< Abort 3 204", "< Event Completed"]


def test_an_abort_ends_a_question_to_the_customer() -> None:
    play = Playbook()
    play.log_in()
    asked = AskCustomer(device="CustomerInput", kind="Input", command="GetConfirmation")
    header = play.ask(asked, device_id="7")
    play.ask(Abort(reference=Reference(category="Input", device_id=header.device_id)))
    answer = play.answer_to(header)
    assert isinstance(answer, InputAnswer)
    assert answer.response.condition is Condition.ABORTED
    assert answer.confirmed is None
    play.settle()
    assert len([line for line in play.lines if line.startswith("< Input")]) == 1


def test_a_pause_that_an_abort_cut_short_does_not_end_a_later_one() -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.13"))
    play.settle_until("< Display Present card")
    play.step()
    old = play.pending.popleft()
    assert isinstance(old, Wait)
    play.abort(header)
    play.settle_until("< Display Authorizing")
    play.step()
    before = list(play.lines)
    play.carry_out(play.terminal.elapsed(old.token))
    assert play.lines == before, "the host's answer came early"


def test_an_abort_does_not_hurry_the_host() -> None:
    play = Playbook()
    play.log_in(light=True)
    header = play.ask(payment("38.12"))
    while play.terminal.rules.stoppable:
        play.step()
    play.abort(header)
    assert play.answer_to(header) is None
    play.settle()
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.success
