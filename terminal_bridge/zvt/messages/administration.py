"""End of day, turnover, receipts and configuration, till to terminal."""

from __future__ import annotations

from typing import Annotated, ClassVar

from terminal_bridge.zvt.fields import tag, untagged
from terminal_bridge.zvt.messages import members as m
from terminal_bridge.zvt.messages.base import Message, Split
from terminal_bridge.zvt.messages.split import container_at


class EndOfDay(Message, frozen=True, kw_only=True):
    """06 50."""

    CONTROL: ClassVar[int] = 0x0650
    password: m.Password = None
    mode: Annotated[int | None, tag("1F26")] = None
    """00 normal, 01 forced, 02 automatic."""


class SendTurnoverTotals(Message, frozen=True, kw_only=True):
    """06 10."""

    CONTROL: ClassVar[int] = 0x0610
    password: m.Password = None


class ReprintReceipts(Message, frozen=True, kw_only=True):
    """06 12: from a receipt number, to another."""

    CONTROL: ClassVar[int] = 0x0612
    password: m.Password = None
    from_receipt: Annotated[str | None, untagged(2, "nibbles", required=True)] = None
    to_receipt: Annotated[str | None, untagged(2, "nibbles")] = None

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """The second number is optional; a container that fills the rest is none."""
        del pending
        sizes = (3, 2) if container_at(data, 5) else (3, 2, 2)
        parts: list[bytes | None] = []
        at = 0
        for size in sizes:
            part = data[at : at + size]
            parts.append(part if len(part) == size else None)
            at += size
        return Split((*parts, None)[:3], min(at, len(data)))


class PrintConfiguration(Message, frozen=True, kw_only=True):
    """06 1A."""

    CONTROL: ClassVar[int] = 0x061A


class SendOfflineTransactions(Message, frozen=True, kw_only=True):
    """06 51."""

    CONTROL: ClassVar[int] = 0x0651
    password: m.Password = None


class StartOpt(Message, frozen=True, kw_only=True):
    """08 20: online personalisation of the terminal."""

    CONTROL: ClassVar[int] = 0x0820


class SetOptTime(Message, frozen=True, kw_only=True):
    """08 21."""

    CONTROL: ClassVar[int] = 0x0821
    password: m.Password = None
    date: m.FullDate = None
    time: m.Time = None


class PrepareOpt(Message, frozen=True, kw_only=True):
    """08 22."""

    CONTROL: ClassVar[int] = 0x0822


class OutputOptData(Message, frozen=True, kw_only=True):
    """08 23."""

    CONTROL: ClassVar[int] = 0x0823
    password: m.Password = None


class OptOutOfOrder(Message, frozen=True, kw_only=True):
    """08 24."""

    CONTROL: ClassVar[int] = 0x0824
