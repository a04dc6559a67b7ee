"""O.P.I. messages in which a text stands wherever a text can stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import opi
from opi_pos.wire.opi.schema import AnyElement, Member, members

KEPT = frozenset(
    {"request_type", "workstation_id", "request_id", "overall_result", "currency", "time_stamp"}
    | {"out_device_target", "in_device_target", "out_result", "in_result", "pos_time_stamp"}
    | {"command", "sequence_id", "category", "stan", "reference_number", "popid"}
)
"""What names an exchange, says how it ended, or asks for a device: it must come as it was."""
DEEPEST = 4
"""Elements inside each other that are made where none were."""


def grafted(real: AnyElement, text: str, depth: int = 0) -> AnyElement:
    """The same message, believable as before: the text in every other text, in elements that were
    not there, and in members that nobody knows.
    """
    values = {
        row.name: _value(row, getattr(real, row.name), text, depth) for row in members(type(real))
    }
    return type(real)(**values, others=unknown(text))


def unknown(text: str) -> opi.Others:
    """Members that the language does not know."""
    inside = opi.Node("Deep", (("Pan", text),), (text,))
    return opi.Others((("VendorPan", text),), (opi.Node("VendorData", (), (inside, text)),))


def _value(row: Member, value: Any, text: str, depth: int) -> Any:
    kind = row.element()
    if kind is not None:
        return _elements(row, kind, value, text, depth)
    if row.base is opi.Node:
        made = opi.Node(row.wire, (("Pan", text),), (text,))
        return (made,) if row.many else made
    if row.base not in {str, Secret} or row.name in KEPT:
        return value
    planted = Secret(text) if row.base is Secret else text
    return (planted,) if row.many else planted


def _elements(row: Member, kind: type[opi.Element], value: Any, text: str, depth: int) -> Any:
    there = value if row.many else (value,) if value is not None else ()
    if there:
        planted = tuple(grafted(each, text, depth) for each in there)
    elif depth < DEEPEST and row.name not in {"output", "input", "event", "original_header"}:
        planted = (grafted(kind(), text, depth + 1),)
    else:
        return value
    return planted if row.many else planted[0]


def planted_in(data: bytes, text: str) -> bytes:
    """The bytes of a message with the text in it, in its own form; what is no message stays."""
    try:
        read = opi.read(data)
    except ProtocolError:
        return data
    return opi.encode(grafted(read.message, text), read.form, charset=read.charset, strict=False)


def garbage(text: str) -> Iterator[bytes]:
    """What is no message, or one that lacks what it must have."""
    quoted = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    plain = text.encode()
    yield plain
    yield f"<{quoted}/>".encode()
    yield f'<CardServiceResponse RequestType="{quoted}" TotalAmount="{quoted}"/>'.encode()
    yield f"<CardServiceResponse><Tender><TotalAmount>{quoted}</TotalAmount></Tender>".encode()
    yield (
        f'<CardServiceResponse RequestType="CardPayment" RequestID="1" OverallResult="Success">'
        f"<Tender><TotalAmount>{quoted}</TotalAmount></Tender></CardServiceResponse>"
    ).encode()
    yield f'<ServiceRequest xmlns="{quoted}"><{quoted}></ServiceRequest>'.encode()
    yield f'{{"Message": "{quoted}", "RequestType": {{"{quoted}": 1}}'.encode()
    yield f'{{"RequestType": "CardPayment", "TotalAmount": {{"text": "{quoted}"}}}}'.encode()
    yield b"\xff\xfe" + text.encode("utf-16-le")
