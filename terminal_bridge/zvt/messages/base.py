"""What all messages have in common."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Annotated, ClassVar, NamedTuple

import msgspec

from opi_pos.model.card import mask_text
from opi_pos.model.secret import Secret
from terminal_bridge.zvt.bitmaps import RawBmp
from terminal_bridge.zvt.fields import tag
from terminal_bridge.zvt.tlv import Tlv


class ProblemKind(enum.StrEnum):
    """What was wrong with a part of a message."""

    UNKNOWN = "unknown"
    """A bitmap that nobody knows; the rest of the message is in `trailing`."""
    CUT_OFF = "cut off"
    MALFORMED = "malformed"
    """The bytes are kept in `extra` or `tlv`."""
    REPEATED = "repeated"
    """The first readable one counts; the others are kept."""
    MISSING = "missing"


class Problem(NamedTuple):
    """`path` is `BMP 04`, `TLV 2F` or a member's name; it never holds what stood there."""

    path: str
    kind: ProblemKind


class TextKind(enum.StrEnum):
    """Which of `Charsets` a message's texts are in."""

    STATUS = "status"
    PRINT_LINE = "print_line"
    PRINT_BLOCK = "print_block"
    DISPLAY = "display"
    FIELDS = "fields"


class Split(NamedTuple):
    """The bytes of the untagged members (None: not there), and where the bitmaps begin."""

    parts: Sequence[bytes | None]
    end: int


class TlvStruct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A constructed data object. `rest` are the objects that have no member here."""

    rest: tuple[Tlv, ...] = ()


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One command, of either direction. Members that are None or empty are not in the message.

    What no member holds is kept: bitmaps in `extra`, data objects in `tlv` (None: no container at
    all, which is not the same as an empty one), and what could not be read in `trailing`, as hex.
    """

    CONTROL: ClassVar[int] = 0
    TEXTS: ClassVar[TextKind] = TextKind.FIELDS

    sequence_id: Annotated[str | None, tag("1F73")] = None
    tlv: tuple[Tlv, ...] | None = None
    extra: tuple[RawBmp, ...] = ()
    trailing: Secret | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def control(self) -> int:
        """Class and instruction."""
        return self.CONTROL

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split | None:
        """Cut the untagged members off, where their sizes alone do not say how; else None.

        `pending` is the command that this message follows, if the caller knows.
        """
        del data, pending
        return None

    def __repr__(self) -> str:
        return mask_text(_shown(self))


def _shown(message: Message) -> str:
    members = (
        f"{name}={value!r}"
        for name, value, default in zip(
            message.__struct_fields__,
            msgspec.structs.astuple(message),
            message.__struct_defaults__,
            strict=True,
        )
        if value != default
    )
    return f"{type(message).__name__}({', '.join(members)})"


class Unknown(Message, frozen=True, kw_only=True):
    """A command that has no struct. All of its data is in `data`, as hex."""

    code: int
    data: Secret

    @property
    def control(self) -> int:
        """Class and instruction."""
        return self.code
