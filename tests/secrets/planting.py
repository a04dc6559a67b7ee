"""Messages in which a text stands wherever a text can stand, and in some places where none can."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from opi_pos.model.secret import Secret
from opi_pos.wire import nexo
from opi_pos.wire.nexo.schema import AnyElement, Element, Member, members

POI_ID = "POI-1"
XML, JSON = nexo.Encoding.XML, nexo.Encoding.JSON


class Planted(NamedTuple):
    """One message as bytes."""

    what: str
    encoding: nexo.Encoding
    data: bytes


def planted(kind: type[Element], text: str, *, words: bool) -> Element:
    """A struct with every member that it can have; every text is `text`. `words`: also where one of
    a few words should stand.
    """
    values = {
        member.name: _value(member, text, words=words)
        for member in members(kind)
        if member.exists_in(nexo.V3_1)
    }
    return kind(**values)


def _value(member: Member, text: str, *, words: bool) -> Any:
    value = _one(member, text, words=words)
    if member.listed:
        value = (value,)
    return (value,) if member.many else value


def _one(member: Member, text: str, *, words: bool) -> Any:
    if (kind := member.element()) is not None:
        return planted(kind, text, words=words)
    if member.base is Secret:
        return Secret(text)
    if member.base is str:
        known = list(member.enumeration or ())
        return str(known[0]) if known and not words else text
    return {bool: True, int: 7, Decimal: Decimal("38.00")}[member.base]


IDENTIFIERS = frozenset(
    {"service_id", "sale_id", "poi_id", "device_id", "transaction_id", "time_stamp", "currency"}
)
"""What names an exchange: it must come back as it was, or nobody believes the answer."""


def grafted(real: AnyElement, text: str) -> AnyElement:
    """A struct that a terminal sent, believable as before, with `text` in every other text."""
    values: dict[str, Any] = {}
    for member in members(type(real)):
        value = getattr(real, member.name)
        many = member.many or member.listed
        values[member.name] = (
            tuple(_grafted_one(member, item, text) for item in value)
            if many
            else _grafted_one(member, value, text)
        )
    return type(real)(**values)


def _grafted_one(member: Member, value: Any, text: str) -> Any:
    if member.name == "acquirer_transaction_id" and value is not None:
        return planted(type(value), text, words=True)
    if isinstance(value, Element):
        return grafted(value, text)
    free = member.base is str and member.enumeration is None and member.name not in IDENTIFIERS
    return text if free else value


def written(
    body: Element, encoding: nexo.Encoding, *, service_id: str = "7", device_id: str = "9"
) -> bytes:
    """The bytes of a message with this body, as a careless sender writes them."""
    header = nexo.header_for(
        body, sale_id="POS-1", poi_id=POI_ID, service_id=service_id, device_id=device_id
    )
    return nexo.encode(nexo.Message(header=header, body=body), encoding, strict=False)


def messages(text: str, names: Iterable[str] = nexo.BODIES) -> Iterator[Planted]:
    """These bodies in both encodings: as they should be, with unknown words, with unknown members,
    and damaged.
    """
    for name in names:
        kind = nexo.BODIES[name]
        for encoding in nexo.Encoding:
            for words in (False, True):
                data = written(planted(kind, text, words=words), encoding)
                what = f"{name} in {encoding.value}{', unknown words' if words else ''}"
                yield Planted(what, encoding, data)
                yield Planted(f"{what}, unknown members", encoding, _with_unknown(data, text))
                yield Planted(f"{what}, cut", encoding, data[: len(data) * 2 // 3])


def _with_unknown(data: bytes, text: str) -> bytes:
    quoted = json.dumps(text).encode()
    if data.lstrip().startswith(b"{"):
        member = b'{"Vendor":%s,%s:1,"Deep":{"Pan":[%s]},' % (quoted, quoted, quoted)
        head, _, rest = data.partition(b'Header":{')
        return head.replace(b"{", member, 1) + b'Header":' + member + rest
    value = text.replace("&", "&amp;").replace('"', "").replace("<", "").encode()
    head, _, rest = data.partition(b"MessageHeader ")
    return (
        head
        + b'MessageHeader vendor="%s" ' % value
        + rest.replace(b"</", b"<Pan x='%s'>%s</Pan><!--%s--></" % (value, value, value), 1)
    )


def garbage(text: str) -> Iterator[bytes]:
    """What is no message."""
    plain = text.encode()
    yield plain
    yield b"<%s/>" % plain
    yield b"<!DOCTYPE %s [<!ENTITY pan '%s'>]><SaleToPOIRequest>&pan;</SaleToPOIRequest>" % (
        b"x",
        plain.replace(b"%", b"").replace(b"&", b""),
    )
    yield b'{"%s": ' % plain
    yield json.dumps({text: text}).encode()
    yield json.dumps({"SaleToPOIRequest": text}).encode()
    yield json.dumps({"SaleToPOIRequest": {"MessageHeader": text, text: {text: text}}}).encode()
    yield json.dumps({"SaleToPOIRequest": {"MessageHeader": {"POIID": [text]}}}).encode()
    yield b"\xff\xfe" + text.encode("utf-16-le")
