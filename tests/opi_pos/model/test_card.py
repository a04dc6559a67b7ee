"""Rule 11: card data cannot leak by construction: numbers are masked wherever they come in."""

from __future__ import annotations

import itertools
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model import news, results
from opi_pos.model.card import Card, mask_pan, mask_print, mask_text

# Numbers that card schemes publish for tests.
PANS = [
    "4111111111111111",
    "4012888888881881",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "30569309025904",
    "3530111333300000",
    "6304000000000000",
    "6759649826438453",
    "4222222222222220004",
]


def spaced(pan: str, gap: str) -> str:
    """As embossed: groups of four, or 4-6-5 for fifteen digits."""
    cuts = [4, 10] if len(pan) == 15 else range(4, len(pan), 4)
    edges = [0, *cuts, len(pan)]
    return gap.join(pan[a:b] for a, b in itertools.pairwise(edges))


def hides(text: str, pan: str) -> bool:
    """Whether no eleven digits of it stand together any more, whatever stands between them."""
    plain = text.replace(" ", "").replace("-", "")
    return not any(pan[start : start + 11] in plain for start in range(len(pan) - 10))


@pytest.mark.parametrize("pan", [p for p in PANS if len(p) == 16][:1])
def test_the_first_six_and_the_last_four_stay(pan: str) -> None:
    assert mask_pan(pan) == "411111******1111"


@pytest.mark.parametrize("written", ["4111 1111 1111 1111", "4111-1111-1111-1111"])
def test_however_it_is_written(written: str) -> None:
    assert mask_pan(written) == "411111******1111"


@pytest.mark.parametrize("masked", ["411111******1111", "************1111", "", "XXXX-1111"])
def test_what_is_masked_stays_as_it_is(masked: str) -> None:
    assert mask_pan(masked) == masked.replace("-", "")


@given(st.text(alphabet="0123456789 -*X", max_size=40))
def test_no_more_than_ten_digits_are_left(text: str) -> None:
    assert sum(character.isdigit() for character in mask_pan(text)) <= 10


@pytest.mark.parametrize("gap", ["", " ", "-"])
@pytest.mark.parametrize("pan", PANS)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "Card {}, thank you",
        "{} 12/28",
        "{} 1228",
        "12 {}",
        "nr {} 123",
        "1 2 {} 3",
        "a\n{}\nb",
        "{{'pan': '{}'}}",
        ";{}=28121010000000000000?",
    ],
)
def test_a_card_number_in_a_text_is_masked(pan: str, gap: str, around: str) -> None:
    assert hides(mask_text(around.format(spaced(pan, gap))), pan)


@pytest.mark.parametrize("pan", PANS)
def test_track_data_without_a_separator_is_masked(pan: str) -> None:
    assert hides(mask_text(f"{pan}28121010000000000000"), pan)


@given(
    st.sampled_from([pan for pan in PANS if 14 <= len(pan) <= 16]),
    st.text(alphabet="0123456789", max_size=4),
    st.text(alphabet="0123456789", max_size=4),
)
def test_a_card_number_inside_a_longer_number_is_masked(pan: str, before: str, after: str) -> None:
    assert hides(mask_text(f"nr {before}{pan}{after}."), pan)


def test_what_stands_around_it_stays() -> None:
    assert mask_text("9411111111111111103") == "9411111******111103"
    assert mask_text("41111111111111119") == "411111******11119"


def test_few_other_numbers_of_that_length_are_taken_for_one() -> None:
    draw = random.Random(7)
    numbers = [str(draw.randrange(10**17, 10**19)) for _ in range(2000)]
    masked = sum(mask_text(number) != number for number in numbers)
    assert masked < 0.30 * len(numbers)
    assert sum(mask_print(number) != number for number in numbers) < 0.05 * len(numbers)


def test_two_numbers_in_one_line_are_both_masked() -> None:
    masked = mask_text(f"{PANS[0]} {PANS[2]}")
    assert masked == "411111******1111 555555******4444"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-05-05 10:00:00",
        "Terminal 1234567890",
        "38.00 SEK",
        "Org.nr 556677-8899",
        "4111111111111112",
        "12345 67890",
        "0000-00-00",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask_text(text) == text


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


@given(st.text(alphabet="0123456789 -=D", min_size=12))
def test_no_text_makes_it_fail_or_grow(text: str) -> None:
    assert len(mask_text(text)) <= len(text)


@pytest.mark.parametrize("pan", PANS)
def test_a_card_masks_its_number_on_the_way_in_and_shows_it_nowhere(pan: str) -> None:
    card = Card(masked_pan=pan, brand="Visa")
    assert hides(repr(card), pan)
    assert hides(msgspec.json.encode(card).decode(), pan)
    decoded = msgspec.json.decode(f'{{"masked_pan":"{pan}"}}'.encode(), type=Card)
    assert hides(decoded.masked_pan, pan)
    assert hides(msgspec.structs.replace(card, masked_pan=pan).masked_pan, pan)


def test_a_result_and_an_answer_have_no_field_for_card_data() -> None:
    forbidden = {"pan", "track", "track1", "track2", "cvv", "cvc", "pin", "expiry", "expiry_date"}
    for kind in (Card, results.Result, news.Answer):
        names = {field.name for field in msgspec.structs.fields(kind)}
        assert not names & forbidden
