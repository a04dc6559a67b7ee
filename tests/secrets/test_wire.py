"""The codec: whatever is read, neither a `repr` nor an exception shows a card number."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from tests.secrets.cards import PAN, SHAPES, card_numbers_in
from tests.secrets.planting import garbage, messages

Attempt = tuple[nexo.Message | None, str]


def attempt(decode: Callable[[], nexo.Message]) -> Attempt:
    """The message, and all that a log or a crash report could have of it or of the failure."""
    try:
        message = decode()
    except ProtocolError as error:
        return None, "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    return message, f"{message!r} {message.body!s} {message.header} {message.received!r}"


SOME = ("PaymentResponse", "DisplayRequest", "CardReaderInitResponse", "EventNotification")


@pytest.mark.parametrize("name", nexo.BODIES)
def test_no_body_shows_a_card_number(name: str) -> None:
    look_into_messages(PAN, [name])


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_no_message_shows_a_card_number_of_any_shape(text: str) -> None:
    look_into_messages(text, SOME)


def look_into_messages(text: str, names: Collection[str]) -> None:
    read = 0
    for what, encoding, data in messages(text, names):
        message, told = attempt(lambda data=data: nexo.decode(data))  # type: ignore[misc]
        assert not card_numbers_in(told), what
        if message is None:
            continue
        read += bool(card_numbers_in(data))
        for other in nexo.Encoding:
            strict = other is not encoding
            _, told = attempt(lambda: _again(message, other, strict=strict))  # noqa: B023
            assert not card_numbers_in(told), what
    assert read >= 4 * len(names)


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_no_error_repeats_what_is_no_message(text: str) -> None:
    for data in garbage(text):
        _, told = attempt(lambda data=data: nexo.decode(data))  # type: ignore[misc]
        assert not card_numbers_in(told), data
        assert not card_numbers_in(repr(nexo.read_header(data))), data


def _again(message: nexo.Message, encoding: nexo.Encoding, *, strict: bool) -> nexo.Message:
    return nexo.decode(nexo.encode(message, encoding, strict=strict))
