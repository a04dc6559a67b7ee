"""Messages from the till to the customer: display, question, print."""

from __future__ import annotations

import pytest

from opi_pos.poi.nexo.answers import Condition, DisplayAnswer, InputAnswer, PrintAnswer
from opi_pos.poi.nexo.cardside import Twist
from opi_pos.poi.nexo.customer import Customer
from opi_pos.poi.nexo.effects import Wait
from opi_pos.poi.nexo.requests import AskCustomer, Output, PrintDocument, ShowOutputs
from tests.opi_pos.poi.nexo.playbook import Playbook, payment

SHOWN = Output(device="CustomerDisplay", kind="Display", lines=("Hello",))


def ask(play: Playbook, command: str) -> InputAnswer:
    request = AskCustomer(device="CustomerInput", kind="Input", command=command, output=SHOWN)
    answer = play.run(request)
    assert isinstance(answer, InputAnswer)
    return answer


@pytest.mark.parametrize(
    ("command", "member", "value"),
    [
        ("GetConfirmation", "confirmed", False),
        ("DigitString", "text", "42"),
        ("TextString", "text", "abc"),
        ("GetMenuEntry", "choice", 3),
    ],
)
def test_the_customer_answers_by_the_kind_of_question(
    command: str, member: str, value: object
) -> None:
    play = Playbook(customer=Customer(confirms=False, digits="42", text="abc", choice=3))
    play.log_in()
    answer = ask(play, command)
    assert answer.response.success
    assert getattr(answer, member) == value


def test_any_key_has_no_value() -> None:
    play = Playbook()
    play.log_in()
    answer = ask(play, "GetAnyKey")
    assert (answer.confirmed, answer.text, answer.choice) == (None, None, None)


def test_a_display_is_answered_for_the_outputs_that_want_it() -> None:
    play = Playbook()
    play.log_in()
    quiet = Output(device="CustomerDisplay", kind="Status", lines=("psst",), answer=False)
    answer = play.run(ShowOutputs(outputs=(SHOWN, quiet)))
    assert isinstance(answer, DisplayAnswer)
    assert answer.outputs == (SHOWN,)
    assert play.terminal.customer_display == ("Hello", "psst")


def test_a_display_that_wants_no_answer_gets_none() -> None:
    play = Playbook()
    play.log_in()
    quiet = Output(device="CustomerDisplay", kind="Status", lines=("psst",), answer=False)
    header = play.ask(ShowOutputs(outputs=(quiet,)))
    assert play.replies[-1] == (header, None)


def test_a_document_is_printed_or_the_printer_is_out() -> None:
    play = Playbook()
    play.log_in()
    document = PrintDocument(document="SaleReceipt", lines=("Coffee 38.00",))
    answer = play.run(document)
    assert isinstance(answer, PrintAnswer)
    assert answer.response.success
    failed = play.run(document, twist=Twist(printer_out=True))
    assert failed.response.condition is Condition.DEVICE_OUT
    assert play.terminal.printed == [("Coffee 38.00",)]


def test_the_customer_is_asked_only_when_nothing_else_runs() -> None:
    play = Playbook()
    play.log_in()
    running = play.ask(payment("38.00"))
    request = AskCustomer(device="CustomerInput", kind="Input", command="GetConfirmation")
    header = play.ask(request, device_id="1")
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.condition is Condition.BUSY
    play.settle()
    paid = play.answer_to(running)
    assert paid is not None
    assert paid.response.success


def test_only_a_session_may_ask() -> None:
    play = Playbook()
    request = AskCustomer(device="CustomerInput", kind="Input", command="GetConfirmation")
    answer = play.run(request)
    assert answer.response.condition is Condition.NOT_ALLOWED


def test_two_device_requests_of_one_service_are_two_by_their_device_ids() -> None:
    play = Playbook()
    play.log_in()
    document = PrintDocument(document="SaleReceipt", lines=("x",))
    for device_id in ("1", "2", "2"):
        play.ask(document, "50", device_id=device_id)
    conditions = []
    for _, answer in play.replies[-3:]:
        assert answer is not None
        conditions.append(answer.response.condition)
    assert conditions == [None, None, Condition.MESSAGE_FORMAT]


def test_a_slow_customer_is_not_waited_for_beyond_the_time_given() -> None:
    play = Playbook(customer=Customer(seconds=90.0))
    play.log_in()
    request = AskCustomer(
        device="CustomerInput", kind="Input", command="GetConfirmation", max_s=30.0
    )
    header = play.ask(request)
    wait = play.pending[0]
    assert isinstance(wait, Wait)
    assert wait.seconds == 30.0
    play.settle()
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.condition is Condition.CANCEL
