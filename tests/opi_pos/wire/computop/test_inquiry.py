"""The inquiry: what it says of itself and what of the payment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import computop
from opi_pos.wire.computop import Keys
from tests.opi_pos.wire.computop.making import KEYS

ANSWER = {
    "mid": "shop",
    "PayID": "0" * 31 + "1",
    "Status": "OK",
    "Description": "success",
    "Code": "00000000",
    "LastStatus": "CAPTURE_REQUEST",
    "AmountAuth": "1250",
    "AmountCap": "0",
    "AmountCred": "x",
    "MaskedPan": "541333XXXXXX0036",
    "CCNr": "5413330089600036",
}


def test_what_it_says_of_the_payment() -> None:
    told = computop.read_inquiry(computop.write_inquiry_answer(ANSWER, KEYS), KEYS)
    assert told.answered
    assert told.last_status == "CAPTURE_REQUEST"
    assert (told.authorized_minor, told.captured_minor, told.credited_minor) == (1250, 0, None)
    assert told.masked_pan == "541333******0036"
    assert told.warnings == ("AmountCred: is not n..10",)
    assert ANSWER["CCNr"] not in repr(told)


@pytest.mark.parametrize(
    "answer",
    [
        {**ANSWER, "Status": "FAILED", "Code": "21500041"},
        {**ANSWER, "Code": "21500041"},
        {"Status": "FAILED", "Description": "format error"},
    ],
)
def test_an_inquiry_that_failed_tells_nothing_of_the_payment(answer: dict[str, str]) -> None:
    plain = "&".join(f"{name}={value}" for name, value in answer.items()).encode()
    told = computop.read_inquiry(plain, KEYS)
    assert not told.answered
    assert told.last_status == ""


@pytest.mark.parametrize("ref_nr", ["", "a" * 31, "a b", "a&b", "a=b", "a%20", "a*b"])
def test_a_reference_that_it_cannot_carry_is_refused(ref_nr: str) -> None:
    with pytest.raises(ProtocolError, match="RefNr"):
        computop.write_inquiry("shop", ref_nr, KEYS)


def test_without_a_password_none_can_be_written() -> None:
    with pytest.raises(ConfigurationError, match="encryption"):
        computop.write_inquiry("shop", "order-1", Keys(mac=Secret("x")))


def test_a_forged_one_is_told() -> None:
    other = Keys(mac=Secret("another"), encryption=KEYS.encryption)
    with pytest.raises(computop.MacError):
        computop.read_inquiry_request(computop.write_inquiry("shop", "order-1", other), KEYS)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_protocol_error(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        computop.read_inquiry(body, KEYS)
