"""Writes XML in schema order, straight into text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.nexo.checks import decimal_problem
from opi_pos.wire.nexo.foreign import Foreign
from opi_pos.wire.nexo.problems import INVALID_VALUE
from opi_pos.wire.nexo.rows import present
from opi_pos.wire.nexo.schema import Element, Place, Version
from opi_pos.wire.xml_text import IN_ATTRIBUTE, IN_TEXT, illegal

_SPECIAL: Final = re.compile('[\0-\x1f&<>"\ud800-\udfff\ufffe\uffff]').search


class XmlWriter:
    """Collects the text of one message. `keep` writes unknown members back where they were."""

    def __init__(self, version: Version, *, keep: bool) -> None:
        self._version = version
        self._keep = keep
        self._parts: list[str] = []

    def document(
        self, root: str, children: Iterable[tuple[str, Element]], foreign: Foreign | None
    ) -> bytes:
        """The whole message; `foreign` stood beside the body."""
        parts = self._parts
        parts.append(f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}')
        kept = foreign if self._keep else None
        if kept:
            parts += _attributes(kept)
        parts.append(">")
        for name, struct in children:
            self._element(name, struct)
        if kept:
            parts += [xml for _, xml in kept.elements]
        parts.append(f"</{root}>")
        return "".join(parts).encode()

    def _element(self, tag: str, struct: Element) -> None:
        try:
            self._open(tag, struct)
        except ProtocolError as error:
            inner = f"{tag}.{error.path}" if error.path else tag
            raise ProtocolError(inner, error.problem) from None

    def _open(self, tag: str, struct: Element) -> None:
        kept = struct.foreign if self._keep else None
        parts = self._parts
        parts.append(f"<{tag}")
        text = ""
        inside: list[tuple[str, object]] = []
        for row, value in present(struct, self._version):
            if row.place is Place.ATTRIBUTE:
                parts.append(f' {row.wire}="{_escaped(row.wire, value, IN_ATTRIBUTE)}"')
            elif row.place is Place.TEXT:
                text = _escaped(row.wire, value, IN_TEXT)
            elif row.many:
                inside += [(row.wire, item) for item in value]
            else:
                inside.append((row.wire, value))
        if kept:
            parts += _attributes(kept)
            text += _escaped("", kept.text, IN_TEXT)
        self._close(tag, text, inside, kept.elements if kept else ())

    def _close(
        self,
        tag: str,
        text: str,
        inside: list[tuple[str, object]],
        kept: tuple[tuple[str, str], ...],
    ) -> None:
        parts = self._parts
        if not (text or inside or kept):
            parts.append("/>")
            return
        parts.append(f">{text}")
        for name, value in inside:
            if isinstance(value, Element):
                self._element(name, value)
            else:
                parts.append(f"<{name}>{_escaped(name, value, IN_TEXT)}</{name}>")
        parts += [xml for _, xml in kept]
        parts.append(f"</{tag}>")


def _attributes(kept: Foreign) -> list[str]:
    own_name = dict(kept.attributes)  # two namespaces may have had the same one
    return [f' {name}="{_escaped(name, text, IN_ATTRIBUTE)}"' for name, text in own_name.items()]


def _escaped(name: str, value: object, table: dict[int, str]) -> str:
    text = value if isinstance(value, str) else _lexical(name, value)
    if _SPECIAL(text):
        if illegal(text):
            raise ProtocolError(name, f"{INVALID_VALUE}: a character that XML cannot carry")
        text = text.translate(table)
    return text


def _lexical(name: str, value: object) -> str:
    match value:
        case Secret():
            return value.reveal()
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            if problem := decimal_problem(value):
                raise ProtocolError(name, problem)
            return format(value, "f")
        case tuple() | list():
            return " ".join(value)
        case _:
            raise ProtocolError(name, INVALID_VALUE)
