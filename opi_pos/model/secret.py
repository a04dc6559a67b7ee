"""A text that must not be seen: a full card number, track data, a password."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Holds a text and never shows it by accident.

    `repr`, `str` and `format` give `Secret(***)`; `reveal()` gives the text and stands only where
    the bytes for the wire are made. It cannot be pickled or copied into JSON by mistake.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the wire and for nothing else."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(("Secret", self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")
