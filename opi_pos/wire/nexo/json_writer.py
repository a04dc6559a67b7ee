"""Writes JSON: msgspec does it alone unless something needs care.

Care is needed for unknown members, members that stand blank, the names of 3.0, and the level that
some vendors put around a repeated response.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.nexo.catalogue.control import RepeatedMessageResponse
from opi_pos.wire.nexo.checks import decimal_problem
from opi_pos.wire.nexo.foreign import Foreign
from opi_pos.wire.nexo.problems import INVALID_VALUE
from opi_pos.wire.nexo.rows import present
from opi_pos.wire.nexo.schema import Element, Version

REPEATED_BODY: Final = "RepeatedResponseMessageBody"
"""The level that Adyen and DataMesh put around a repeated response."""


class _NeedsCareError(Exception):
    """Something that msgspec would write wrongly by itself."""


def _plain(value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Foreign):
        raise _NeedsCareError
    raise NotImplementedError


_ENCODER: Final = msgspec.json.Encoder(decimal_format="number", enc_hook=_plain)


class JsonWriter:
    """Writes one message. `keep` writes unknown members back; `wrapped` adds the vendors' level."""

    def __init__(self, version: Version, *, keep: bool, wrapped: bool) -> None:
        self._version = version
        self._keep = keep
        self._wrapped = wrapped

    def document(
        self, root: str, children: Iterable[tuple[str, Element]], foreign: Foreign | None
    ) -> bytes:
        """The whole message; `foreign` stood beside the body."""
        children = list(children)
        kept = foreign.members if foreign and self._keep else ()
        care = self._keep or self._wrapped or self._version is not Version.V3_1
        if not care:
            try:
                return _encoded({root: dict(children)})
            except _NeedsCareError:
                pass
        inside: dict[str, object] = {name: self._object(name, item) for name, item in children}
        return _encoded({root: inside | _raw(kept)})

    def _object(self, path: str, struct: Element) -> dict[str, object]:
        found: dict[str, object] = {}
        for row, value in present(struct, self._version):
            found[row.wire] = self._value(f"{path}.{row.wire}", value)
        if self._wrapped and isinstance(struct, RepeatedMessageResponse):
            header = {"MessageHeader": found.pop("MessageHeader", None)}
            found = header | {REPEATED_BODY: found}
        if struct.foreign and self._keep:
            found |= _raw(struct.foreign.members)
        return found

    def _value(self, path: str, value: object) -> object:
        if isinstance(value, Element):
            return self._object(path, value)
        if isinstance(value, tuple | list):
            return [self._value(path, item) for item in value]
        if isinstance(value, Decimal) and (problem := decimal_problem(value)):
            raise ProtocolError(path, problem)
        return value


def _raw(members: tuple[tuple[str, bytes], ...]) -> dict[str, object]:
    return {name: msgspec.Raw(data) for name, data in members}


def _encoded(tree: object) -> bytes:
    try:
        return _ENCODER.encode(tree)
    except UnicodeEncodeError:
        raise ProtocolError("", f"{INVALID_VALUE}: a text that is not Unicode") from None
    except NotImplementedError:
        raise ProtocolError("", INVALID_VALUE) from None
