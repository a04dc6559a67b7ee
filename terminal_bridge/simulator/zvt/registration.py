"""What a till registered for (06 00): who prints, what is sent, in which characters."""

from __future__ import annotations

from typing import Final

import msgspec

from opi_pos.model.errors import ProtocolError
from terminal_bridge.simulator.zvt.fields import NO_FIELDS, Fields, read_fields
from terminal_bridge.zvt import charsets
from terminal_bridge.zvt.limits import MAX_DATA
from terminal_bridge.zvt.tables import bmps
from terminal_bridge.zvt.tlv import Tlv, read_length

PAYMENT_RECEIPTS: Final = 0x02
ADMIN_RECEIPTS: Final = 0x04
INTERMEDIATE_STATUS: Final = 0x08
AMOUNT_LOCKED: Final = 0x10
ADMIN_LOCKED: Final = 0x20
PRINT_COMMANDS: Final = 0x80

_PASSWORD_BYTES: Final = 3
_WITH_CURRENCY: Final = 6
_SERVICE: Final = 0x03
_SERVICES: Final = 0x0F
"""The bits that a service byte may have, and room for more."""
_COMMANDS: Final = 0x26
_COMMAND: Final = 0x0A
_CHARSETS: Final = 0x27
_CHARSET: Final = 0x14
_WIDTH: Final = 0x12
_SEQUENCE: Final = 0x1F73
_MAX_SIZE: Final = 0x1A
_LANGUAGES: Final = 0x28
_LANGUAGE: Final = 0x15


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A registration as the till sent it. Odd config bytes are taken as they are."""

    password: str
    config: int
    currency: str
    """Four digits; empty when the till named none."""
    fields: Fields


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What holds until log-off. The default is that of a terminal nobody registered with."""

    config: int = 0
    currency: str = ""
    tlv: bool = False
    commands: frozenset[int] | None = None
    """Commands of the terminal that the till takes; None: it did not say."""
    charset: str = ""
    """Agreed on by name; empty: the terminal's own."""
    width: int | None = None
    max_data: int = MAX_DATA
    """Bytes of data that the till takes in one message (tag 1A)."""
    sequence: bool = False
    wishes: int = 0
    """First byte of tag 1F04."""
    language: str = "de"

    @property
    def intermediate(self) -> bool:
        """Whether 04 FF is wanted."""
        return bool(self.config & INTERMEDIATE_STATUS)

    def lists(self, control: int) -> bool:
        """Whether the till named this command of the terminal's as one it knows."""
        return self.commands is not None and control in self.commands


def read_registration(data: bytes) -> Asked:
    """Take 06 00 apart; raises `ProtocolError`. The currency may be missing, and with it the rest.

    A till that sends TLV but no currency is understood, too, though the standard forbids it; so is
    one that sends no config byte, as if it wished for nothing [inferred].
    """
    if len(data) < _PASSWORD_BYTES:
        raise ProtocolError("", "no password")
    if len(data) == _PASSWORD_BYTES:
        return Asked(password=data.hex(), config=0, currency="", fields=NO_FIELDS)
    rest = data[_PASSWORD_BYTES + 1 :]
    currency = ""
    if len(data) >= _WITH_CURRENCY and not (_is_container(rest) or _is_service_byte(rest)):
        currency, rest = rest[:2].hex(), rest[2:]
    return Asked(
        password=data[:_PASSWORD_BYTES].hex(),
        config=data[_PASSWORD_BYTES],
        currency=currency,
        fields=read_fields(rest) if rest else NO_FIELDS,
    )


def _is_service_byte(rest: bytes) -> bool:
    """Not a currency: none of ISO 4217 is 0300 to 030F."""
    return rest[0] == _SERVICE and rest[1] <= _SERVICES and rest[2:3] in {b"", b"\x06"}


def _is_container(rest: bytes) -> bool:
    if rest[0] != bmps.CONTAINER:
        return False
    try:
        size, at = read_length(rest, 1)
    except ProtocolError:
        return False
    return at + size == len(rest)


def registration_of(asked: Asked, *, charset_fixed: bool, sequence_ids: bool) -> Registration:
    """What the terminal agrees to."""
    fields = asked.fields
    width = fields.packed_tag(_WIDTH)
    wishes = fields.tag(0x1F04)
    return Registration(
        config=asked.config,
        currency=asked.currency,
        tlv=fields.tlv is not None,
        commands=_commands(fields),
        charset="" if charset_fixed else _charset(fields),
        width=width,
        max_data=int.from_bytes(fields.tag(_MAX_SIZE) or b"", "big") or MAX_DATA,
        sequence=sequence_ids and fields.tag(_SEQUENCE) is not None,
        wishes=wishes[0] if wishes else 0,
        language=_language(fields),
    )


def _children(fields: Fields, tag: int) -> tuple[Tlv, ...]:
    found = next((item for item in fields.tlv or () if item.tag == tag), None)
    return (found.children() or ()) if found is not None else ()


def _commands(fields: Fields) -> frozenset[int] | None:
    if fields.tag(_COMMANDS) is None:
        return None
    named = (item.value for item in _children(fields, _COMMANDS) if item.tag == _COMMAND)
    return frozenset(int.from_bytes(value, "big") for value in named)


def _charset(fields: Fields) -> str:
    """One single known set is agreed to; of several, or of an unknown one, nothing is."""
    named = [item.value for item in _children(fields, _CHARSETS) if item.tag == _CHARSET]
    named += [item.value for item in fields.tlv or () if item.tag == _CHARSET]
    if len(named) != 1 or len(named[0]) != 1:
        return ""
    return charsets.name_of(named[0][0]) or ""


def _language(fields: Fields) -> str:
    named = [item.value for item in _children(fields, _LANGUAGES) if item.tag == _LANGUAGE]
    return named[0].decode("ascii", "replace") if named else "de"
