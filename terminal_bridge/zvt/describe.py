"""One line of hexadecimal digits as a tree that a person or a program can read.

    >>> describe("06 0F 02 27 E0")["fields"][0]["text"]
    'remote maintenance activated'

A line may begin with `serial ` when the APDU is in its frame. Card numbers are masked, secrets are
`***`, and bytes that nobody knows are searched for card numbers before they are shown.
"""

from __future__ import annotations

import re
from typing import Any, Final

from opi_pos.model.card import mask_text
from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.bitmaps import RawBmp, cut_bitmaps
from terminal_bridge.zvt.charsets import CP437
from terminal_bridge.zvt.codec import decode
from terminal_bridge.zvt.codings import CODINGS, Coding, Totals, text_coding
from terminal_bridge.zvt.framing.frames import ACK, NAK, FrameReader, Heard
from terminal_bridge.zvt.limits import MAX_HEX_LINE, MAX_TLV_DEPTH
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.plan import plan_of
from terminal_bridge.zvt.tables.bmps import BMPS, CONTAINER
from terminal_bridge.zvt.tables.card_types import card_type_text
from terminal_bridge.zvt.tables.commands import COMMANDS, command_name
from terminal_bridge.zvt.tables.errors import error_text
from terminal_bridge.zvt.tables.intermediate_status import status_text
from terminal_bridge.zvt.tables.tags import TAGS
from terminal_bridge.zvt.tables.terminal_status import terminal_status
from terminal_bridge.zvt.tlv import Tlv, read_objects

Tree = dict[str, Any]
"""Only dicts, lists, texts and whole numbers: it is JSON as it stands."""

_SERIAL: Final = "serial "
_SHOWN_BYTES: Final = 256
_DIGIT_RUN: Final = re.compile(r"\d{13,}")
_CARD_NUMBER: Final = range(13, 20)
_FIRST_DIGITS: Final = "23456"
HIDDEN: Final = "***"


def describe(line: str, *, charset: str = CP437) -> Tree:
    """The message on a line; `{"error": …}` if there is none. Never raises."""
    try:
        return _describe(line, charset)
    except ProtocolError as problem:
        return {"error": str(problem)}


def _describe(line: str, charset: str) -> Tree:
    text = line.strip()
    serial = text[: len(_SERIAL)].lower() == _SERIAL
    raw = _bytes_of(text[len(_SERIAL) :] if serial else text)
    if not serial:
        return _apdu(Apdu.from_bytes(raw), charset)
    if raw in {bytes((ACK,)), bytes((NAK,))}:
        return {"framing": "serial", "name": "ACK" if raw[0] == ACK else "NAK"}
    return {"framing": "serial", **_apdu(Apdu.from_bytes(_unframed(raw)), charset)}


def _bytes_of(text: str) -> bytes:
    if len(text) > MAX_HEX_LINE:
        raise ProtocolError("", f"the line is longer than {MAX_HEX_LINE} characters")
    digits = re.sub(r"[\s:-]", "", text)
    if not digits:
        raise ProtocolError("", "the line is empty")
    if len(digits) % 2 or not re.fullmatch(r"[0-9a-fA-F]+", digits):
        raise ProtocolError("", "the line is not made of pairs of hexadecimal digits")
    return bytes.fromhex(digits)


def _unframed(raw: bytes) -> bytes:
    reader = FrameReader()
    for place, byte in enumerate(raw, start=1):
        heard = reader.hear(byte)
        if heard is Heard.FRAME:
            if place < len(raw):
                raise ProtocolError("", "bytes follow the frame")
            return reader.take_frame()
        if heard is not Heard.NOTHING:
            raise ProtocolError("", "this is no serial frame, or its checksum is wrong")
    raise ProtocolError("", "the frame is cut off")


def _apdu(apdu: Apdu, charset: str) -> Tree:
    control = f"{apdu.control >> 8:02X} {apdu.control & 0xFF:02X}"
    tree: Tree = {"control": control, "name": command_name(apdu.control)}
    known = COMMANDS.get(apdu.control)
    if known is not None:
        tree["direction"] = known.direction.value
    tree["length"] = len(apdu.data)
    if apdu.control >> 8 == 0x84 and apdu.control & 0xFF:
        tree["text"] = error_text(apdu.control & 0xFF).en
    message = decode(apdu)
    at = _untagged(message, apdu, tree)
    if at is None:
        tree["data"] = shown_bytes(apdu.data)
        return tree
    bitmaps, rest = cut_bitmaps(apdu.data, at)
    if bitmaps:
        tree["fields"] = [_bitmap(bitmap, charset) for bitmap in bitmaps]
    if rest:
        tree["unread"] = shown_bytes(rest)
    if message.problems:
        tree["problems"] = [f"{problem.path}: {problem.kind.value}" for problem in message.problems]
    return tree


def _untagged(message: Message, apdu: Apdu, tree: Tree) -> int | None:
    """Put the untagged members into the tree; gives where bitmaps begin, None if they do not."""
    make = type(message)
    if not make.CONTROL and not hasattr(message, "error"):
        return None
    plan = plan_of(make, CP437)
    for step in plan.untagged:
        value = getattr(message, step.name)
        if value is None:
            continue
        tree[step.name] = _plain(value)
        text = _meaning(step.name, value)
        if text:
            tree[f"{step.name}_text"] = text
    pending = apdu.control & 0xFF if hasattr(message, "error") else None
    split = make.split(apdu.data, pending)
    if split is not None:
        return split.end
    sizes = (step.size or len(apdu.data) for step in plan.untagged if _has(message, step.name))
    return sum(sizes)


def _has(message: Message, name: str) -> bool:
    return getattr(message, name) is not None


def _bitmap(bitmap: RawBmp, charset: str) -> Tree:
    known = BMPS[bitmap.bmp]
    tree: Tree = {"bmp": f"{bitmap.bmp:02X}", "name": known.name}
    if bitmap.bmp == CONTAINER:
        return tree | _objects(bitmap.content, charset, 1, 0)
    return tree | _value(known.name, known.coding, bitmap.content, charset)


def _objects(content: bytes, charset: str, depth: int, inside: int) -> Tree:
    try:
        objects = read_objects(content, inside)
    except ProtocolError:
        return {"unread": shown_bytes(content)}
    if depth > MAX_TLV_DEPTH:
        return {"unread": shown_bytes(content)}
    return {"objects": [_object(item, charset, depth) for item in objects]}


def _object(item: Tlv, charset: str, depth: int) -> Tree:
    known = TAGS.get(item.tag)
    tree: Tree = {"tag": f"{item.tag:02X}", "name": known.name if known else "unknown"}
    if item.constructed:
        return tree | _objects(item.value, charset, depth + 1, item.tag)
    if known is None:
        return tree | {"hex": shown_bytes(item.value)}
    return tree | _value(known.name, known.coding, item.value, charset)


def _value(name: str, coding_name: str, content: bytes, charset: str) -> Tree:
    coding: Coding | None
    coding = text_coding(charset) if coding_name == "text" else CODINGS.get(coding_name)
    if coding is None:
        return {"hex": shown_bytes(content)}
    try:
        value = coding.read(content)
    except ValueError:
        return {"hex": HIDDEN if coding.secret else shown_bytes(content), "malformed": True}
    tree: Tree = {"value": _plain(value)}
    text = _meaning(name, value)
    return tree | {"text": text} if text else tree


def _meaning(name: str, value: object) -> str:
    if not isinstance(value, int):
        return ""
    if name in {"result_code", "detail"}:
        return error_text(value).en
    if name == "terminal_status":
        return terminal_status(value).text.en
    texts = {"status": status_text, "card_type": card_type_text, "card_type_id": card_type_text}
    text = texts[name](value) if name in texts else None
    return text.en if text else ""


def _plain(value: Any) -> Any:
    match value:
        case Secret():
            return HIDDEN
        case bytes():
            return shown_bytes(value)
        case str():
            return mask_text(value)
        case tuple():
            return [_plain(item) for item in value]
        case Totals():
            return _totals(value)
        case _:
            return value


def _totals(totals: Totals) -> Tree:
    tree: Tree = {}
    for name in totals.__struct_fields__:
        value = getattr(totals, name)
        tree[name] = value if isinstance(value, str) else [value.count, value.amount]
    return tree


def shown_bytes(data: bytes) -> str:
    """Hexadecimal digits, without card numbers, whether packed or as text; cut after 256 bytes."""
    shown = data[:_SHOWN_BYTES]
    text = shown.decode("latin-1")
    if mask_text(text) != text or _hide_numbers(text) != text:
        return HIDDEN
    more = "…" if len(data) > _SHOWN_BYTES else ""
    return _hide_numbers(shown.hex().upper()) + more


def _hide_numbers(text: str) -> str:
    return _DIGIT_RUN.sub(lambda run: _hide_in_run(run[0]), text)


def _hide_in_run(run: str) -> str:
    for start, first in enumerate(run):
        if first not in _FIRST_DIGITS:
            continue
        for size in _CARD_NUMBER:
            number = run[start : start + size]
            if len(number) == size and _luhn(number):
                hidden = number[:6] + "*" * (size - 10) + number[-4:]
                return run[:start] + hidden + _hide_in_run(run[start + size :])
    return run


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
