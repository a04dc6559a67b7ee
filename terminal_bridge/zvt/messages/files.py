"""Files and software: 08 10 to 08 14 from the till, 04 0C from the terminal; and dial-up."""

from __future__ import annotations

from typing import Annotated, ClassVar

from opi_pos.model.secret import Secret
from terminal_bridge.zvt.fields import tag, untagged
from terminal_bridge.zvt.messages import members as m
from terminal_bridge.zvt.messages.base import Message, TlvStruct


class FileBlock(TlvStruct, frozen=True, kw_only=True):
    """Tag 2D: a file or a part of it."""

    data: Annotated[bytes | None, tag("1C")] = None
    file_id: Annotated[bytes | None, tag("1D")] = None
    position: Annotated[int | None, tag("1E")] = None
    size: Annotated[int | None, tag("1F00")] = None
    name: Annotated[str | None, tag("1F7A", "1F80")] = None
    mime_type: Annotated[str | None, tag("1F7B", "1F81")] = None


Files = Annotated[tuple[FileBlock, ...], tag("2D", coding="objects", many=True)]


class SoftwareUpdate(Message, frozen=True, kw_only=True):
    """08 10."""

    CONTROL: ClassVar[int] = 0x0810
    assignment_no: Annotated[str | None, tag("0F")] = None


class ReadFile(Message, frozen=True, kw_only=True):
    """08 11: the files come in 04 0F."""

    CONTROL: ClassVar[int] = 0x0811
    files: Files = ()


class DeleteFile(Message, frozen=True, kw_only=True):
    """08 12."""

    CONTROL: ClassVar[int] = 0x0812
    file_id: Annotated[bytes | None, tag("1D")] = None


class ChangeConfiguration(Message, frozen=True, kw_only=True):
    """08 13."""

    CONTROL: ClassVar[int] = 0x0813
    files: Files = ()


class WriteFile(Message, frozen=True, kw_only=True):
    """08 14: the terminal fetches the blocks by 04 0C."""

    CONTROL: ClassVar[int] = 0x0814
    password: m.Password = None
    files: Files = ()


class FileDataRequest(Message, frozen=True, kw_only=True):
    """04 0C: the terminal wants a block of a file."""

    CONTROL: ClassVar[int] = 0x040C
    files: Files = ()


class DialUp(Message, frozen=True, kw_only=True):
    """06 D8: the terminal wants the till's modem; `number` is what to dial."""

    CONTROL: ClassVar[int] = 0x06D8
    number: Annotated[str | None, untagged(0, "ascii")] = None


class TransmitByDialUp(Message, frozen=True, kw_only=True):
    """06 D9."""

    CONTROL: ClassVar[int] = 0x06D9
    data: Annotated[Secret | None, untagged(0, "secret_bytes")] = None


class ReceiveByDialUp(Message, frozen=True, kw_only=True):
    """06 DA."""

    CONTROL: ClassVar[int] = 0x06DA


class HangUp(Message, frozen=True, kw_only=True):
    """06 DB."""

    CONTROL: ClassVar[int] = 0x06DB


class TransparentMode(Message, frozen=True, kw_only=True):
    """06 DD."""

    CONTROL: ClassVar[int] = 0x06DD
