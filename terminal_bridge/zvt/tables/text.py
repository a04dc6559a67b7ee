"""One label in two languages."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """`text("de")` is the German one; every other language reads English."""

    en: str
    de: str

    def __call__(self, language: str = "en") -> str:
        """The label in the language whose ISO 639-1 code begins `language`."""
        return self.de if language[:2].lower() == "de" else self.en
