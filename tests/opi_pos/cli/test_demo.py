"""The demonstration shows the whole day of the issue, and its exit code is the books' verdict."""

from __future__ import annotations

import pytest

from opi_pos.cli.demo.books import Line
from tests.opi_pos.cli.running import InProcess


@pytest.fixture
def told(opi_pos: InProcess) -> str:
    ran = opi_pos("demo", "--fast")
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def test_the_day_has_all_that_a_newcomer_should_see(told: str) -> None:
    for words in (
        "POST LoginRequest",
        'POST DisplayRequest "Enter PIN: ****"',
        "200 PaymentResponse Success 38.00 SEK",
        "200 PaymentResponse Failure Refusal",
        "POST AbortRequest",
        "200 PaymentResponse Failure Aborted",
        "the answer is lost on its way",
        "200 TransactionStatusResponse it was Success 250.00 SEK",
        "200 InputResponse confirmed: yes",
        "200 InputResponse confirmed: no",
        "POST EventNotification BeginMaintenance",
        "POST EventNotification EndMaintenance",
        "200 LogoutResponse Success",
        "The three books agree.",
    ):
        assert words in told


def test_the_evening_bridges_from_a_nexo_till_to_a_zvt_terminal(told: str) -> None:
    evening = told.partition("10. The bridge")[2]
    arrows = [
        "06 00 registration",
        "POST PaymentRequest 42.00 SEK",
        "06 01 pay 42.00",
        "04 FF Karte einstecken",
        "04 0F result 42.00",
        "06 0F completion",
        "200 PaymentResponse Success 42.00 SEK",
        "06 01 pay 60.07",
        "POST PrintRequest CashierReceipt",
        "200 InputResponse confirmed: no",
        "06 30 reversal 60.07",
        "200 PaymentResponse Failure Refusal",
        "06 50 end of day",
        "200 ReconciliationResponse Success",
        "12-bridged-signature",
    ]
    at = 0
    for words in arrows:
        at = evening.index(words, at)
    assert 'POST DisplayRequest "Karte einstecken"' in evening
    assert max(len(line) for line in told.splitlines()) <= 80


def test_displays_are_answered_with_204(told: str) -> None:
    arrows = [line for line in told.splitlines() if "DisplayRequest" in line]
    asked = [line for line in arrows if "POST" in line]
    assert len(asked) == len([line for line in arrows if "204" in line])


@pytest.mark.parametrize(
    ("till", "till_minor", "journal_minor", "terminal_minor", "agrees"),
    [
        ("approved", 500, 500, 500, True),
        ("approved", 500, 500, 0, False),
        ("declined", 0, 0, 500, False),
        ("in_doubt", 0, 0, 0, False),
        ("approved", 500, 0, 500, False),
    ],
)
def test_books_agree_only_if_outcome_and_money_are_the_same(
    till: str, till_minor: int, journal_minor: int, terminal_minor: int, agrees: bool
) -> None:
    line = Line(
        reference="r",
        till=till,
        till_minor=till_minor,
        journal="approved" if journal_minor else "declined" if till == "declined" else "approved",
        journal_minor=journal_minor,
        terminal_minor=terminal_minor,
    )
    assert line.agrees is agrees
