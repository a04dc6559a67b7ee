"""The payments of the seed's two diagrams, and everything that can end one, as playbooks."""

from __future__ import annotations

import msgspec
import pytest

from opi_pos.model.receipts import Copy
from opi_pos.poi.nexo.answers import Condition, PaymentAnswer
from opi_pos.poi.nexo.requests import Login, Logout
from opi_pos.poi.scenario import Entry, Scenario
from tests.opi_pos.poi.nexo.playbook import FULL, LIGHT, Playbook, payment

PIN = (
    "< Display Present card",
    "< Display Enter PIN",
    "< Display Enter PIN: *",
    "< Display Enter PIN: **",
    "< Display Enter PIN: ***",
    "< Display Enter PIN: ****",
)


def paid(answer: object) -> PaymentAnswer:
    assert isinstance(answer, PaymentAnswer)
    return answer


def test_a_full_day_shows_what_the_seed_shows_in_its_order() -> None:
    play = Playbook()
    for request in (Login(capabilities=FULL), payment("38.00"), Logout()):
        play.ask(request)
        play.settle()
    assert play.lines == [
        "> Login 1",
        "< Login 1 Success",
        "< Display Please wait",
        "< Display Welcome",
        "> Payment 2",
        *PIN,
        "< Display Authorizing",
        "$ charge 38.00",
        "< Display Approved",
        "< Payment 2 Success",
        "< Display Welcome",
        "> Logout 3",
        "< Logout 3 Success",
    ]


def test_a_light_day_sends_nothing_to_the_till() -> None:
    play = Playbook()
    for request in (Login(capabilities=LIGHT), payment("38.00"), Logout()):
        play.ask(request)
        play.settle()
    assert play.lines == [
        "> Login 1",
        "< Login 1 Success",
        "> Payment 2",
        "$ charge 38.00",
        "< Payment 2 Success",
        "> Logout 3",
        "< Logout 3 Success",
    ]


def test_a_till_that_cannot_be_reached_does_not_hold_up_the_payment() -> None:
    play = Playbook(reachable=False)
    play.log_in()
    answer = paid(play.run(payment("38.00")))
    assert answer.response.success
    shown = [line for line in play.lines if line.startswith("< Display")]
    assert shown == ["< Display Present card", "< Display Welcome"]


def test_card_events_are_sent_when_the_terminal_is_of_that_kind() -> None:
    profile = Playbook().profile

    play = Playbook(msgspec.structs.replace(profile, card_events=True))
    play.log_in()
    play.run(payment("38.00"))
    assert "< Event CardInserted" in play.lines
    assert play.lines.index("< Event CardRemoved") < play.lines.index("< Payment 2 Success")


@pytest.mark.parametrize(
    ("amount", "condition", "last_shown"),
    [
        ("38.02", Condition.WRONG_PIN, "Wrong PIN"),
        ("38.03", Condition.INVALID_CARD, "No card"),
        ("38.05", Condition.REFUSAL, "Declined"),
        ("38.06", Condition.CANCEL, "Cancelled"),
        ("38.11", Condition.UNREACHABLE_HOST, "No connection"),
        ("38.17", Condition.INVALID_CARD, "Invalid card"),
    ],
)
def test_a_payment_that_fails_says_why_and_moves_nothing(
    amount: str, condition: Condition, last_shown: str
) -> None:
    play = Playbook()
    play.log_in()
    answer = paid(play.run(payment(amount)))
    assert answer.response.condition is condition
    assert answer.authorized is None
    assert play.books.entries == []
    shown = [line for line in play.lines if line.startswith("< Display")]
    assert shown[-2:] == [f"< Display {last_shown}", "< Display Welcome"]


def test_approved_on_the_display_then_a_failure_leaves_no_money_taken() -> None:
    play = Playbook()
    play.log_in()
    answer = paid(play.run(payment("38.14")))
    assert "< Display Approved" in play.lines
    assert answer.response.condition is Condition.REFUSAL
    assert play.books.net() == {"SEK": 0}
    assert play.books.charges("order-1") == []


def test_half_is_approved_and_the_answer_says_partial() -> None:
    play = Playbook()
    play.log_in()
    answer = paid(play.run(payment("38.08")))
    assert answer.response.partial
    assert answer.response.condition is not None, "whatever is not Success carries a condition"
    assert str(answer.authorized) == "19.04"
    assert play.books.net() == {"SEK": 1904}


@pytest.mark.parametrize(
    ("amount", "total", "tip", "surcharge"),
    [("100.04", "110.04", "10.00", None), ("100.16", "102.16", None, "2.00")],
)
def test_tip_and_surcharge_come_on_top(
    amount: str, total: str, tip: str | None, surcharge: str | None
) -> None:
    play = Playbook()
    play.log_in()
    answer = paid(play.run(payment(amount)))
    assert str(answer.authorized) == total
    assert (answer.tip and str(answer.tip)) == tip
    assert (answer.surcharge and str(answer.surcharge)) == surcharge
    assert not answer.response.partial


def test_one_wrong_pin_asks_again() -> None:
    play = Playbook()
    play.log_in()
    answer = paid(play.run(payment("38.09")))
    assert answer.response.success
    assert play.lines.count("< Display Enter PIN") == 2
    assert play.lines.count("< Display Wrong PIN") == 1


def test_contactless_needs_no_pin() -> None:
    play = Playbook()
    play.log_in()
    answer = paid(play.run(payment("38.01")))
    assert answer.card is not None
    assert answer.card.entry_mode == "Contactless"
    assert [line for line in play.lines if "PIN" in line] == []


def test_the_answer_shows_a_masked_card_and_both_receipts() -> None:
    play = Playbook(scenario=Scenario(card="Visa", entry=Entry.CHIP))
    play.log_in()
    answer = paid(play.run(payment("38.00")))
    assert answer.card is not None
    assert answer.card.masked_pan == "476173******0010"
    assert [receipt.copy for receipt in answer.receipts] == [Copy.CASHIER, Copy.CUSTOMER]
    merchant, customer = answer.receipts
    assert "476173******0010" in merchant.lines
    assert "************0010" in customer.lines
    assert merchant.fields["Mandatory.Payment.TotalAmount"] == "38,00"
    assert not merchant.signature_required


def test_no_answer_holds_a_whole_card_number() -> None:
    for card, number in (("Visa", b"4761739001010010"), ("Mastercard", b"5413330089010012")):
        play = Playbook(scenario=Scenario(card=card))
        play.log_in()
        answer = play.run(payment("38.00"))

        assert number not in msgspec.json.encode(answer)
        assert number not in msgspec.json.encode(play.books.entries)


def test_a_declined_card_gets_its_receipts_and_a_missing_one_none() -> None:
    play = Playbook()
    play.log_in()
    declined = paid(play.run(payment("38.05")))
    assert [receipt.copy for receipt in declined.receipts] == [Copy.CASHIER, Copy.CUSTOMER]
    assert "DECLINED" in declined.receipts[0].lines
    assert paid(play.run(payment("38.03"))).receipts == ()
