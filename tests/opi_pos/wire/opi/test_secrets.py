"""Whatever is read, neither a `repr` nor an exception shows a card number."""

from __future__ import annotations

import traceback
from decimal import Decimal
from typing import Any

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import opi
from opi_pos.wire.opi.node import Node
from opi_pos.wire.opi.schema import Element, Member, Others, members
from tests.opi_pos.wire.opi.samples import OWN
from tests.secrets.cards import PAN, SHAPES, card_numbers_in

DEEP = 4


def planted(kind: type[Element], text: str, depth: int = 0) -> Element:
    """A struct with every member that it can have; every text is `text`."""
    made: dict[str, Any] = {}
    for row in members(kind):
        if row.element() is None or depth < DEEP:
            value = _one(row, text, depth)
            made[row.name] = (value,) if row.many else value
    node = Node("New", (("a", text),), (text,))
    return kind(**made, others=Others((("new", text),), (node,)))


def _one(row: Member, text: str, depth: int) -> Any:
    kind = row.element()
    if kind is not None:
        return planted(kind, text, depth + 1)
    if row.base is Node:
        return Node(row.wire, (("x", text),), (text,))
    return {str: text, Secret: Secret(text), bool: True, int: 7, Decimal: Decimal("1.00")}[row.base]


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", opi.MESSAGES)
def test_no_message_shows_a_card_number(name: str, text: str) -> None:
    message = planted(opi.MESSAGES[name], text)
    seen = f"{message!r} {message}"
    for form in opi.Form:
        written = opi.encode(message, form)  # type: ignore[arg-type]
        reading = opi.read(written)
        seen += f"{reading!r} {reading.message.others!r}"
    assert not card_numbers_in(seen)


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_no_error_repeats_what_is_no_message(text: str) -> None:
    bad = [
        text,
        f"<{text}/>",
        f"<ServiceRequest x='{text}'>",
        f"<ServiceRequest y='{text}'/>",
        f'{{"{text}": 1}}',
        f'{{"RequestType": "Login", "a {text}": "1"}}',
        f'{{"RequestType": "CardPayment", "TotalAmount": "x {text}"}}',
    ]
    for data in bad:
        error = problem_with(data.encode())
        told = "".join(traceback.format_exception(error)) + repr(vars(error))
        assert not card_numbers_in(told)


def problem_with(data: bytes) -> ProtocolError:
    try:
        for form in opi.Form:
            opi.convert(data, form)
    except ProtocolError as error:
        return error
    pytest.fail("bad bytes were taken")


def test_a_full_number_is_a_secret_that_the_wire_still_gets() -> None:
    asked = OWN["payment response"].replace(b"672667######3214", PAN.encode())
    message = opi.decode(asked)
    assert isinstance(message, opi.CardServiceResponse)
    assert message.tender is not None
    assert message.tender.authorisation is not None
    assert message.tender.authorisation.card_pan == Secret(PAN)
    assert message.tender.authorisation.masked_pan == "411111******1111"
    assert PAN.encode() in opi.encode(message, strict=False)
    assert PAN not in repr(message)
