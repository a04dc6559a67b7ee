"""An element as it stands in a message, whatever it means: what XML and the JSON form share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from opi_pos.model.card import mask_text

Attribute: TypeAlias = tuple[str, str]
"""Name and value."""


class Node(msgspec.Struct, frozen=True, gc=False):
    """One element: name, attributes in order, and texts and elements in order.

    A name is the local one; one of a foreign namespace stands as `{uri}Name`. The white space
    between elements is not kept. Anything here may be card data, so the `repr` shows names only.
    """

    name: str
    attributes: tuple[Attribute, ...] = ()
    content: tuple[str | Node, ...] = ()

    @property
    def children(self) -> tuple[Node, ...]:
        """The elements inside."""
        return tuple(item for item in self.content if isinstance(item, Node))

    @property
    def text(self) -> str:
        """The text inside, without that of inner elements."""
        return "".join(item for item in self.content if isinstance(item, str))

    @property
    def is_plain(self) -> bool:
        """Whether there is at most text in it: no attribute, no element."""
        return not self.attributes and all(isinstance(item, str) for item in self.content)

    @property
    def is_mixed(self) -> bool:
        """Whether text stands beside elements, so that their order matters."""
        return len(self.content) > 1 and any(isinstance(item, str) for item in self.content)

    def get(self, name: str) -> str | None:
        """An attribute, else the text of an inner element, of that name; capitals do not matter."""
        folded = name.casefold()
        for known, value in self.attributes:
            if known.casefold() == folded:
                return value
        found = self.find(name)
        return None if found is None else found.text

    def find(self, name: str) -> Node | None:
        """The first inner element of that name, however deep; capitals do not matter."""
        folded = name.casefold()
        return next((node for node in self.walk() if node.name.casefold() == folded), None)

    def walk(self) -> Iterator[Node]:
        """All inner elements, outer ones first."""
        for child in self.children:
            yield child
            yield from child.walk()

    def __repr__(self) -> str:
        inside = ", ".join(child.name for child in self.children)
        return f"Node({mask_text(self.name)}{f': {mask_text(inside)}' if inside else ''})"
