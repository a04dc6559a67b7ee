"""Amounts: minor units of an ISO 4217 currency, from plain text and from messages, never floats."""

from __future__ import annotations

from decimal import Decimal, localcontext

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.errors import UsageError
from opi_pos.model.money import EXPONENTS, MAX_MINOR, Amount, exponent_of

CURRENCIES = st.sampled_from(sorted(EXPONENTS))
AMOUNTS = st.builds(
    lambda minor, currency: Amount(minor=minor, currency=currency),
    st.integers(0, MAX_MINOR - 1),
    CURRENCIES,
)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("38", "SEK", 3800),
        ("38.00", "SEK", 3800),
        ("38.5", "SEK", 3850),
        ("0.01", "EUR", 1),
        ("007.10", "EUR", 710),
        ("1500", "JPY", 1500),
        ("1.234", "BHD", 1234),
        ("9999999999.99", "EUR", MAX_MINOR - 1),
    ],
)
def test_plain_digits_with_a_dot_are_an_amount(text: str, currency: str, minor: int) -> None:
    assert Amount.parse(text, currency) == Amount(minor=minor, currency=currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 38",
        "38 ",
        "+38",
        "-38",
        "38,00",
        "3 800",
        "38.",
        ".5",
        "1e3",
        "0x10",
        "1_000",
        "NaN",
        "Infinity",
        "٣٨",
        "38\n",
        "38.00.00",
        "9" * 14,
    ],
)
def test_anything_else_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(UsageError, match=r"amount: .*38\.00"):
        Amount.parse(text, "EUR")


@pytest.mark.parametrize(
    ("text", "currency"), [("0", "EUR"), ("0.00", "EUR"), ("0", "JPY"), ("0.000", "KWD")]
)
def test_nothing_is_no_amount_to_ask_for(text: str, currency: str) -> None:
    with pytest.raises(UsageError, match="greater than zero"):
        Amount.parse(text, currency)


@pytest.mark.parametrize(
    ("text", "currency"), [("38.005", "SEK"), ("38.0", "JPY"), ("1.2345", "KWD"), ("1.000", "EUR")]
)
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    with pytest.raises(UsageError, match=f"{currency} has {EXPONENTS[currency]} decimals"):
        Amount.parse(text, currency)


@pytest.mark.parametrize("currency", ["eur", "EURO", "", "XXX", "XAU", "€", "DEM"])
def test_a_currency_must_be_an_active_code_in_capitals(currency: str) -> None:
    with pytest.raises(UsageError, match="ISO 4217"):
        Amount.parse("1", currency)
    with pytest.raises(UsageError, match="ISO 4217"):
        Amount(minor=1, currency=currency)


def test_the_limit_is_the_limit() -> None:
    assert Amount(minor=MAX_MINOR - 1, currency="EUR").minor == MAX_MINOR - 1
    for minor in (MAX_MINOR, -1):
        with pytest.raises(UsageError, match="minor units"):
            Amount(minor=minor, currency="EUR")
    with pytest.raises(UsageError, match="minor units"):
        Amount.parse("10000000000.00", "EUR")


@pytest.mark.parametrize(
    ("currency", "exponent"),
    [("JPY", 0), ("KRW", 0), ("ISK", 0), ("SEK", 2), ("EUR", 2), ("CHF", 2), ("KWD", 3)],
)
def test_decimals_are_those_of_iso_4217(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


def test_no_code_stands_twice_and_every_code_is_a_code() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)
    assert set(EXPONENTS.values()) == {0, 2, 3}
    assert len(EXPONENTS) > 150


@given(AMOUNTS)
def test_text_and_decimal_lead_back_to_the_same_amount(amount: Amount) -> None:
    if amount.minor:
        assert Amount.parse(str(amount), amount.currency) == amount
    assert Amount.from_decimal(amount.to_decimal(), amount.currency) == amount
    assert Amount.from_decimal(Decimal(str(amount)), amount.currency) == amount
    assert msgspec.json.decode(msgspec.json.encode(amount), type=Amount) == amount


@given(AMOUNTS)
def test_the_text_has_all_of_the_currencys_decimals(amount: Amount) -> None:
    _, _, decimals = str(amount).partition(".")
    assert len(decimals) == EXPONENTS[amount.currency]


@given(AMOUNTS, st.integers(0, 12))
def test_trailing_zeros_of_a_message_change_nothing(amount: Amount, zeros: int) -> None:
    text = str(amount) + ("" if "." in str(amount) else ".") + "0" * (zeros + 1)
    assert Amount.from_decimal(Decimal(text), amount.currency) == amount


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("38", "SEK", 3800),
        ("3.8E+1", "SEK", 3800),
        ("1E3", "JPY", 1000),
        ("0", "EUR", 0),
        ("-0.00", "EUR", 0),
        ("0E-400", "EUR", 0),
        ("0E+9", "EUR", 0),
    ],
)
def test_a_decimal_of_a_message_may_be_written_in_any_way(
    text: str, currency: str, minor: int
) -> None:
    assert Amount.from_decimal(Decimal(text), currency).minor == minor


@pytest.mark.parametrize(
    "text",
    [
        "0.001",
        "1.0000000000000000000000000000000000000000001",
        "0.5E-2",
        "1E-999999",
    ],
)
def test_a_decimal_with_more_decimals_is_refused_and_not_rounded(text: str) -> None:
    with pytest.raises(UsageError, match="more decimals"):
        Amount.from_decimal(Decimal(text), "EUR")


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_a_decimal_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="finite"):
        Amount.from_decimal(Decimal(text), "EUR")


@pytest.mark.parametrize("text", ["-0.01", "1E+13", "1E+999999", "9" * 40, "0E+999999999"])
def test_a_decimal_out_of_range_is_refused_at_once(text: str) -> None:
    with pytest.raises(UsageError, match="minor units"):
        Amount.from_decimal(Decimal(text), "EUR")


def test_the_callers_decimal_context_does_not_matter() -> None:
    with localcontext() as context:
        context.prec = 3
        assert Amount.from_decimal(Decimal("123456.78"), "EUR").minor == 12_345_678
        assert str(Amount(minor=12_345_678, currency="EUR")) == "123456.78"


def test_another_amount_has_the_same_currency() -> None:
    assert Amount(minor=1, currency="NOK").with_minor(5) == Amount(minor=5, currency="NOK")
