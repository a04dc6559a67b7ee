"""A transaction status repeats the original answer, or says why it cannot."""

from __future__ import annotations

import msgspec
import pytest

from opi_pos.model.ids import SaleID, ServiceID
from opi_pos.poi.books import Books
from opi_pos.poi.nexo.answers import Condition, PaymentAnswer
from opi_pos.poi.nexo.cardside import Twist
from opi_pos.poi.nexo.memory import Memory
from opi_pos.poi.nexo.profile import profile_of
from opi_pos.poi.nexo.requests import CardAcquisition, Header, Login
from opi_pos.poi.nexo.run import PowerCut
from tests.opi_pos.poi.nexo.playbook import FULL, Playbook, payment, sale


def unknown(play: Playbook) -> Header:
    return Header(
        category="Payment",
        service_id=ServiceID("9999"),
        sale_id=play.sale_id,
        poi_id=play.poi_id,
    )


def test_it_wraps_the_original_answer_by_reference_and_the_last_one_without() -> None:
    play = Playbook()
    play.log_in()
    first = play.ask(payment("38.00", "order-1"))
    play.settle()
    second = play.ask(payment("39.05", "order-2"))
    play.settle()
    by_reference = play.status_of(first)
    assert by_reference.repeated is not None
    assert by_reference.repeated.header == first
    assert by_reference.repeated.answer == play.answer_to(first)
    last = play.status_of(None)
    assert last.repeated is not None
    assert last.repeated.header == second


@pytest.mark.parametrize(
    ("profile", "condition"),
    [("swedbank", Condition.BUSY), ("westpay", Condition.IN_PROGRESS)],
)
def test_while_the_payment_runs_it_says_so(profile: str, condition: Condition) -> None:
    play = Playbook(profile)
    play.log_in()
    header = play.ask(payment("38.00"))
    for asked in (header, None):
        answer = play.status_of(asked)
        assert answer.response.condition is condition
        assert answer.repeated is None
        assert answer.reference is not None
        assert answer.reference.service_id == header.service_id


def test_an_older_payment_can_be_asked_for_while_another_runs() -> None:
    play = Playbook()
    play.log_in()
    old = play.ask(payment("38.00"))
    play.settle()
    play.ask(payment("39.00", "order-2"))
    answer = play.status_of(old)
    assert answer.repeated is not None
    assert answer.repeated.header == old


def test_an_unknown_reference_is_not_found() -> None:
    play = Playbook()
    play.log_in()
    play.run(payment("38.00"))
    assert play.status_of(unknown(play)).response.condition is Condition.NOT_FOUND


def test_a_till_without_transactions_has_no_last_one() -> None:
    play = Playbook()
    play.log_in()
    play.run(payment("38.00"))
    play.sale_id = SaleID("till-2")
    play.log_in()
    assert play.status_of(None).response.condition is Condition.NOT_FOUND


def test_it_needs_a_session() -> None:
    play = Playbook()
    assert play.status_of(None).response.condition is Condition.NOT_ALLOWED


def test_a_payment_that_never_began_is_not_found() -> None:
    play = Playbook()
    refused = play.ask(payment("38.00"))
    play.log_in()
    assert play.status_of(refused).response.condition is Condition.NOT_FOUND


def test_a_card_acquisition_can_be_repeated_too() -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(CardAcquisition(sale=sale("order-1")))
    play.settle()
    answer = play.status_of(header)
    assert answer.repeated is not None
    assert answer.repeated.answer == play.answer_to(header)


def test_only_the_last_n_answers_are_kept() -> None:
    profile = msgspec.structs.replace(profile_of("swedbank"), kept_answers=2)
    play = Playbook(profile)
    play.log_in(light=True)
    headers = []
    for number in range(3):
        headers.append(play.ask(payment("38.00", f"order-{number}")))
        play.settle()
    found = [play.status_of(header).repeated is not None for header in headers]
    assert found == [False, True, True]


def test_a_reboot_forgets_the_session_and_not_the_answers() -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.00"))
    play.settle()
    play.reboot()
    assert play.status_of(header).response.condition is Condition.NOT_ALLOWED
    play.log_in()
    assert play.status_of(header).repeated is not None


def test_a_power_cut_before_authorisation_moves_nothing_and_leaves_no_answer() -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.00"), twist=Twist(power_cut=PowerCut.BEFORE_AUTHORISATION))
    play.settle()
    assert play.lines[-2:] == ["< Display Authorizing", "! power cut"]
    assert play.answer_to(header) is None
    play.log_in()
    assert play.status_of(header).response.condition is Condition.NOT_FOUND
    assert play.books.entries == []


def test_a_power_cut_after_authorisation_keeps_the_charge_and_its_answer() -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.00"), twist=Twist(power_cut=PowerCut.AFTER_AUTHORISATION))
    play.settle()
    assert play.lines[-2:] == ["$ charge 38.00", "! power cut"]
    play.log_in()
    repeated = play.status_of(header).repeated
    assert repeated is not None
    assert isinstance(repeated.answer, PaymentAnswer)
    assert repeated.answer.response.success
    assert str(repeated.answer.authorized) == "38.00"
    assert repeated.answer.sale == sale("order-1")


def test_a_terminal_that_starts_from_its_books_knows_the_answers_it_never_gave() -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.08"), twist=Twist(power_cut=PowerCut.AFTER_AUTHORISATION))
    play.settle()
    books = Books(play.books.entries)
    again = Playbook(books=books, memory=Memory(limit=50))
    again.ask(Login(capabilities=FULL))
    repeated = again.status_of(header).repeated
    assert repeated is not None
    assert repeated.answer.response.partial
    number = books.entries[0].transaction_id
    assert int(again.terminal.cards.new_transaction(0.0).id) > int(number)


def test_a_charge_that_the_terminal_took_back_is_told_as_a_failure_after_a_restart() -> None:
    play = Playbook(confirm=False)
    play.log_in()
    header = play.ask(payment("38.07"))
    play.settle()
    again = Playbook(books=Books(play.books.entries), memory=Memory(limit=50))
    again.ask(Login(capabilities=FULL))
    repeated = again.status_of(header).repeated
    assert repeated is not None
    assert repeated.answer.response.condition is Condition.REFUSAL
