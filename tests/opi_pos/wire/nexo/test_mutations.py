"""Broken bytes give a ProtocolError or a message, and nothing else."""

from __future__ import annotations

import random
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from tests.opi_pos.wire.nexo import vectors

SEEDS = {
    "xml": vectors.PAYMENT_RESPONSE_XML,
    "json": vectors.PAYMENT_RESPONSE_JSON,
    "request xml": vectors.payment_request_xml(),
    "request json": vectors.payment_request_json(),
}
SLICE_S = 0.5


def survives(data: bytes) -> bool:
    """Whether the bytes are still a message, which then can be written again."""
    try:
        message = nexo.decode(data)
    except ProtocolError:
        return False
    repr(message)
    for encoding in nexo.Encoding:
        try:
            nexo.encode(message, encoding)
        except ProtocolError:
            continue
    return True


@pytest.mark.parametrize("name", SEEDS)
def test_every_truncation(name: str) -> None:
    data = SEEDS[name].rstrip()
    assert survives(data)
    assert not any(survives(data[:length]) for length in range(len(data)))


@pytest.mark.parametrize("name", SEEDS)
def test_flipped_bits(name: str) -> None:
    chance = random.Random(f"flips of {name}")
    data = SEEDS[name]
    end = time.monotonic() + SLICE_S
    for _ in range(3000):
        broken = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        survives(bytes(broken))
        if time.monotonic() > end:
            break


TOKENS = [
    *(
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b"null",
        b"true",
        b"NaN",
        b"-",
        b"1e999",
        b"\\u0000",
        b"\\ud800",
    ),
    *(
        b"<",
        b">",
        b"</",
        b"/>",
        b"&",
        b"&#0;",
        b"&#55296;",
        b"&amp;",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
    ),
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"=", b"'", b"xmlns:a='b'", b"a:", b"9" * 50),
]


@pytest.mark.parametrize("name", SEEDS)
def test_inserted_doubled_and_removed_pieces(name: str) -> None:
    chance = random.Random(f"pieces of {name}")
    data = SEEDS[name]
    end = time.monotonic() + SLICE_S
    for _ in range(3000):
        start, stop = sorted(chance.randrange(len(data)) for _ in range(2))
        stop = min(stop, start + 80)
        middle = chance.choice([b"", data[start:stop] * 2, chance.choice(TOKENS)])
        survives(data[:start] + middle + data[stop:])
        if time.monotonic() > end:
            break


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_arbitrary_bytes(data: bytes) -> None:
    assert not survives(data)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


PLACES = (b'"SEK"', b"38.00", b'{"Result": "Success"}', b'["ICC"]', b'"877001"', b"true", b"2")


@settings(max_examples=50, deadline=None)
@given(JSON_VALUES)
def test_any_value_in_the_place_of_any_other(value: object) -> None:
    text = msgspec.json.encode(value)
    for place in (
        b'"SEK"',
        b"38.00",
        b'{"Result": "Success"}',
        b'["ICC"]',
        b'"877001"',
        b"true",
        b"2",
    ):
        survives(vectors.PAYMENT_RESPONSE_JSON.replace(place, text, 1))
