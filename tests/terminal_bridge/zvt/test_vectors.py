"""The sample vectors in the shared folder, each as it expects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from opi_pos.model.currencies import NUMBERS
from terminal_bridge.zvt import Apdu, Message, SerialFraming, TcpFraming, decode, encode
from terminal_bridge.zvt.bitmaps import variable_size
from terminal_bridge.zvt.charsets import CARD_COMPLETE, DEFAULT
from terminal_bridge.zvt.codings import read_amount
from terminal_bridge.zvt.framing.framing import ApduReceived
from terminal_bridge.zvt.messages.answers import Answer, Refusal
from terminal_bridge.zvt.messages.status import AbortByTerminal
from terminal_bridge.zvt.tables.bmps import LL, LLL
from tests.terminal_bridge.zvt.shared import REASON, VECTORS, load

pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason=REASON)

ALL: list[dict[str, Any]] = load(VECTORS)


def of(framing: str) -> list[Any]:
    found = [vector for vector in ALL if vector["framing"] == framing]
    return [pytest.param(vector, id=vector["id"]) for vector in found]


def apdus_in(vector: dict[str, Any]) -> list[Apdu]:
    framing = TcpFraming()
    raw = bytes.fromhex(vector["hex"])
    for byte in raw:
        framing.receive_data(bytes((byte,)), 0.0)
    return [event.apdu for event in framing.events() if isinstance(event, ApduReceived)]


def message_in(vector: dict[str, Any]) -> Message:
    charsets = CARD_COMPLETE if vector.get("charset") == "latin-1" else DEFAULT
    return decode(apdus_in(vector)[0], charsets=charsets)


def hexadecimal(name: str) -> Callable[[Any], str]:
    return lambda message: f"{getattr(message, name):02X}"


def error_of(message: Any) -> Any:
    if isinstance(message, AbortByTerminal):
        return f"{message.result_code:02X}"
    return message.reason if isinstance(message, Refusal) else message.result_code


def currency_of(message: Any) -> int:
    code = message.terminal_currency if isinstance(message, Refusal) else message.currency
    return int(NUMBERS[str(code)])


TELLS: dict[str, Callable[[Any], Any]] = {
    "ack": lambda message: isinstance(message, Answer),
    "amount_minor": lambda message: message.amount,
    "approved": lambda message: message.result_code == 0,
    "attribute": hexadecimal("attribute"),
    "card_name": lambda message: message.card_name,
    "config": hexadecimal("config"),
    "currency": currency_of,
    "end_of_receipt": lambda message: message.ends_receipt,
    "error": error_of,
    "password": lambda message: message.password.reveal(),
    "receipt_no": lambda message: message.receipt_no,
    "receipt_type": lambda message: {1: "merchant", 2: "customer"}[message.receipt_type],
    "result_code": error_of,
    "seq": lambda message: int(message.sequence_id),
    "sequence_ids": lambda message: message.sequence_id is not None,
    "status": hexadecimal("status"),
    "terminal_id": lambda message: message.terminal_id,
    "text": lambda message: message.text or "",
    "texts": lambda message: list(message.texts),
    "tlv_enabled": lambda message: message.tlv is not None,
    "trace_no": lambda message: message.trace_no,
    "unparsed": lambda message: message.trailing.reveal(),
}
"""What a message says about an expectation, in the vectors' own words."""


def alike(told: Any, wanted: Any) -> bool:
    """Numbers are digits here; some vectors have them as numbers."""
    if isinstance(wanted, int) and isinstance(told, str):
        return int(told) == wanted
    return bool(told == wanted)


@pytest.mark.parametrize("vector", of("apdu"))
def test_an_apdu_is_read_as_expected(vector: dict[str, Any]) -> None:
    expect = vector["expect"]
    if expect.get("incomplete") or expect.get("wait_for_more_until_last"):
        return
    message = message_in(vector)
    for name, wanted in expect.items():
        if name in TELLS:
            assert alike(TELLS[name](message), wanted), name


@pytest.mark.parametrize("vector", of("apdu"))
def test_an_apdu_is_written_and_read_again(vector: dict[str, Any]) -> None:
    for apdu in apdus_in(vector):
        message = decode(apdu)
        if any(problem.kind == "missing" for problem in message.problems):
            continue
        again = decode(encode(message), charsets=DEFAULT)
        assert again == message


@pytest.mark.parametrize("vector", of("apdu"))
def test_its_pieces_come_to_the_number_of_apdus_that_are_in_it(vector: dict[str, Any]) -> None:
    expect = vector["expect"]
    apdus = apdus_in(vector)
    if expect.get("incomplete"):
        assert apdus == []
    elif "controls" in expect:
        assert [f"{apdu.control:04X}" for apdu in apdus] == expect["controls"]
    else:
        assert apdus


@pytest.mark.parametrize("vector", of("serial"))
def test_a_frame_is_read_and_written_byte_for_byte(vector: dict[str, Any]) -> None:
    line = SerialFraming()
    line.receive_data(bytes.fromhex(vector["hex"]), 0.0)
    (event,) = line.events()
    assert isinstance(event, ApduReceived)
    assert event.apdu.to_bytes().hex().upper() == vector["expect"]["apdu"]
    line.data_to_send()
    line.send(event.apdu, 0.0)
    assert line.data_to_send().hex().upper() == vector["hex"]


@pytest.mark.parametrize("vector", of("length-prefix"))
def test_a_length_is_read(vector: dict[str, Any]) -> None:
    raw = bytes.fromhex(vector["hex"])
    kind = LL if len(raw) == 2 else LLL
    assert variable_size(raw, 0, kind) == (vector["expect"]["length"], len(raw))


@pytest.mark.parametrize("vector", of("bcd-amount"))
def test_an_amount_is_read(vector: dict[str, Any]) -> None:
    expect = vector["expect"]
    minor = read_amount(bytes.fromhex(vector["hex"]))
    assert minor == expect.get("amount_minor", round(expect.get("amount", 0) * 100))
