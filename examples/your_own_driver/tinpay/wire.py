"""Tinpay's lines of JSON: strict in what is sent, forgiving in what is read."""

from __future__ import annotations

import msgspec

from opi_pos.model.errors import ProtocolError

LONGEST = 4096
"""Bytes of a line."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the terminal's. Members that we do not know are passed over."""

    show: str = ""
    """A text for the cashier."""
    end: str = ""
    """How it ended: `approved`, `declined`, `stopped`, `busy`."""
    id: str = ""
    amount: int | None = None
    """Minor units that were taken."""
    number: int | None = None
    running: bool = False
    known: bool = True
    """False: the terminal never saw that id."""
    stopping: bool = False
    """The wish to stop was taken."""


def pay(service_id: str, amount: int, currency: str) -> bytes:
    """Take money."""
    return _line({"do": "pay", "id": service_id, "amount": amount, "currency": currency})


def ask(service_id: str) -> bytes:
    """Ask what became of a payment."""
    return _line({"do": "ask", "id": service_id})


def stop(service_id: str) -> bytes:
    """Wish that a payment stops."""
    return _line({"do": "stop", "id": service_id})


def read(line: bytes) -> Said:
    """A line of the terminal's. Raises `ProtocolError`, which repeats nothing of the line."""
    try:
        return msgspec.json.decode(line, type=Said)
    except msgspec.DecodeError:
        raise ProtocolError("", "this is no line of a Tinpay terminal") from None


def _line(members: dict[str, object]) -> bytes:
    return msgspec.json.encode(members) + b"\n"
