"""The signature branch (`protocols/nexo.md` section 5.3), in full and light integration."""

from __future__ import annotations

import pytest

from opi_pos.poi.books import Movement
from opi_pos.poi.nexo.answers import Condition, PaymentAnswer
from tests.opi_pos.poi.nexo.playbook import Playbook, payment


def test_the_till_prints_and_confirms_before_the_payment_ends() -> None:
    play = Playbook()
    play.log_in()
    play.run(payment("38.07"))
    assert play.lines == [
        "> Payment 2",
        "< Display Present card",
        "< Display Authorizing",
        "$ charge 38.07",
        "< Print cashier",
        "< Input Signature OK?",
        "< Display Approved",
        "< Payment 2 Success",
        "< Display Welcome",
    ]


@pytest.mark.parametrize("confirm", [False, None])
def test_a_refused_or_unanswered_signature_fails_and_gives_the_money_back(
    confirm: bool | None,
) -> None:
    play = Playbook(confirm=confirm)
    play.log_in()
    answer = play.run(payment("38.07"))
    assert answer.response.condition is Condition.REFUSAL
    assert play.lines[4:] == [
        "< Print cashier",
        "< Input Signature OK?",
        "$ reversal 38.07",
        "< Display Disapproved",
        "< Payment 2 Failure Refusal",
        "< Display Welcome",
    ]
    assert isinstance(answer, PaymentAnswer)
    assert answer.authorized is None
    assert all("APPROVED" not in receipt.lines for receipt in answer.receipts)
    assert play.books.net() == {"SEK": 0}
    assert [e.automatic for e in play.books.entries if e.movement is Movement.REVERSAL] == [True]


def test_in_light_integration_the_receipt_tells_the_till_to_have_it_signed() -> None:
    play = Playbook()
    play.log_in(light=True)
    answer = play.run(payment("38.07"))
    assert isinstance(answer, PaymentAnswer)
    assert answer.response.success
    assert answer.authentication == "PaperSignature"
    cashier, customer = answer.receipts
    assert (cashier.signature_required, cashier.must_print) == (True, True)
    assert customer.must_print
    assert play.lines == ["> Payment 2", "$ charge 38.07", "< Payment 2 Success"]


def test_an_abort_while_the_signature_is_asked_changes_nothing() -> None:
    play = Playbook()
    play.log_in()
    header = play.ask(payment("38.07"))
    play.settle_until("< Input Signature OK?")
    play.abort(header)
    play.settle()
    answer = play.answer_to(header)
    assert answer is not None
    assert answer.response.success
