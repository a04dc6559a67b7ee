"""Amounts call up scenarios, and the table that says so is complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.money import Amount
from opi_pos.poi.scenario import (
    CARDS,
    TRIGGERS,
    Scenario,
    always,
    by_amount,
    describe_triggers,
)


@pytest.mark.parametrize("digits", sorted(TRIGGERS))
def test_the_last_two_digits_call_up_the_scenario(digits: int) -> None:
    amount = Amount(minor=12_300 + digits, currency="EUR")
    assert by_amount(amount) == TRIGGERS[digits].scenario


@pytest.mark.parametrize("minor", [3800, 1250, 999, 4999, 10_095, 2525])
def test_common_amounts_are_approved_by_chip_and_pin(minor: int) -> None:
    assert by_amount(Amount(minor=minor, currency="EUR")) == Scenario()


def test_a_card_that_is_only_read_takes_the_default() -> None:
    assert by_amount(None) == Scenario()


def test_an_embedding_program_gives_its_own() -> None:
    scenario = Scenario(tip_percent=5)
    assert always(scenario)(Amount(minor=5, currency="EUR")) is scenario


def test_the_description_names_every_trigger() -> None:
    lines = describe_triggers().splitlines()
    assert len(lines) == len(TRIGGERS)
    assert "x.05  declined by the host" in lines


def test_the_manual_has_the_same_table() -> None:
    manual = Path(__file__).parents[3] / "docs" / "simulator.md"
    text = manual.read_text("utf-8")
    for digits, trigger in TRIGGERS.items():
        assert f"| x.{digits:02d} | {trigger.what} |" in text


def test_test_cards_are_valid_numbers_and_never_shown() -> None:
    for card in CARDS.values():
        number = card.number.reveal()
        digits = [int(character) for character in reversed(number)]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
        assert (sum(digits[0::2]) + sum(doubled)) % 10 == 0
        assert number not in repr(vars(card))
        assert card.masked_pan[:6] == number[:6]


@pytest.mark.parametrize(
    "wrong",
    [
        {"card": "Diners"},
        {"host_s": 601.0},
        {"host_s": -1.0},
        {"wrong_pins": -1},
        {"tip_percent": 101},
        {"surcharge_percent": -1},
    ],
)
def test_a_scenario_that_cannot_be_played_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).split("_")[0]):
        Scenario(**wrong)
