"""What stood in a received element that the schema does not know."""

from __future__ import annotations

from typing import NoReturn

from opi_pos.model.card import mask_text


class Foreign:
    """Unknown members of one element, kept to be written back in the encoding they came in.

    `attributes` and `elements` come from XML (an element as its XML text), `members` from JSON (a
    value as its JSON text), `text` is stray XML text between elements. `absent` names required
    members (Python names) that were missing and stand blank. The `repr` shows names only, masked,
    because an unknown member may hold card data; journal and logs refuse the rest.
    """

    __slots__ = ("absent", "attributes", "elements", "members", "text")

    def __init__(
        self,
        *,
        attributes: tuple[tuple[str, str], ...] = (),
        elements: tuple[tuple[str, str], ...] = (),
        members: tuple[tuple[str, bytes], ...] = (),
        text: str = "",
        absent: frozenset[str] = frozenset(),
    ) -> None:
        self.attributes = attributes
        self.elements = elements
        self.members = members
        self.text = text
        self.absent = absent

    def names(self) -> tuple[str, ...]:
        """The wire names of all unknown members, in the order they came."""
        return tuple(name for name, _ in (*self.attributes, *self.elements, *self.members))

    def get(self, name: str) -> str | None:
        """The text of an unknown member: an attribute's value, or XML or JSON text."""
        for known, value in (*self.attributes, *self.elements):
            if known == name:
                return value
        for known, data in self.members:
            if known == name:
                return data.decode()
        return None

    def _key(self) -> tuple[object, ...]:
        return (self.attributes, self.elements, self.members, self.text, self.absent)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Foreign) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"Foreign({mask_text(', '.join(self.names()))})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("unknown members may hold card data and cannot be pickled")
