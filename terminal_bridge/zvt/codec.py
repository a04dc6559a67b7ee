"""Messages to APDUs and back: the one place to decode and encode."""

from __future__ import annotations

from typing import Final

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from terminal_bridge.zvt.apdu import NEGATIVE_CLASS, Apdu
from terminal_bridge.zvt.charsets import DEFAULT, Charsets, name_of
from terminal_bridge.zvt.messages import (
    administration,
    answers,
    dialogs,
    files,
    money,
    printing,
    session,
    status,
)
from terminal_bridge.zvt.messages.answers import POSITIVE, POSITIVE_TOO, Answer, Refusal
from terminal_bridge.zvt.messages.base import Message, Unknown
from terminal_bridge.zvt.messages.printing import PrintBlock
from terminal_bridge.zvt.reading import read_message
from terminal_bridge.zvt.writing import write_message

_MODULES: Final = (administration, answers, dialogs, files, money, printing, session, status)


def _collect() -> dict[int, type[Message]]:
    found: dict[int, type[Message]] = {}
    for module in _MODULES:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Message) and value.CONTROL:
                found[value.CONTROL] = value
    return found


MESSAGES: Final[dict[int, type[Message]]] = _collect()
"""The struct of every typed command and of the positive answer."""


def decode(apdu: Apdu, *, pending: int | None = None, charsets: Charsets = DEFAULT) -> Message:
    """The message in an APDU. Never raises: what cannot be read is told in `problems`.

    `pending` is the command that runs (or, for an answer, the one that is answered); with it a
    06 0F after a status enquiry and the answers that carry keys are read for certain.
    """
    control, data = apdu.control, apdu.data
    if apdu.is_answer:
        return _answer(control, data, pending, charsets)
    make = MESSAGES.get(control)
    if make is None:
        return Unknown(code=control, data=Secret(data.hex().upper()))
    charset: str = getattr(charsets, make.TEXTS)
    message = read_message(make, data, charset, pending)
    if isinstance(message, PrintBlock) and (named := _own_charset(message, charset)) != charset:
        return read_message(make, data, named, pending)
    return message


def _answer(
    control: int, data: bytes, pending: int | None, charsets: Charsets
) -> Answer | Refusal | Unknown:
    if control in {POSITIVE, POSITIVE_TOO}:
        return read_message(Answer, data, charsets.status, pending, {"code": control})
    if control >> 8 == NEGATIVE_CLASS:
        error = control & 0xFF
        return read_message(Refusal, data, charsets.fields, error, {"error": error})
    return Unknown(code=control, data=Secret(data.hex().upper()))


def _own_charset(block: PrintBlock, charset: str) -> str:
    """The set that a text block names, if it is a known one."""
    if block.character_set is None:
        return charset
    return name_of(block.character_set) or charset


def encode(message: Message, *, charsets: Charsets = DEFAULT) -> Apdu:
    """The APDU of a message; raises `ProtocolError` that names the member which does not fit."""
    if isinstance(message, Unknown):
        return Apdu(message.code, _from_hex(message.data))
    charset: str = getattr(charsets, message.TEXTS)
    if isinstance(message, PrintBlock):
        charset = _own_charset(message, charset)
    return Apdu(message.control, write_message(message, charset))


def _from_hex(data: Secret) -> bytes:
    try:
        return bytes.fromhex(data.reveal())
    except ValueError:
        raise ProtocolError("data", "must be hexadecimal digits") from None
