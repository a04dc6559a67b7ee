"""A text that must not be seen: a full card number, track data, a password."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from opi_pos.model.errors import ConfigurationError


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


def read_secret(options: Mapping[str, Any], name: str, where: str = "") -> Secret | None:
    """What `{name}_file` (a file's first line) or `{name}_env` (an environment variable) holds;
    None when neither is given. Raises `ConfigurationError`, which names the key below `where`.
    """
    keys = [key for key in (f"{name}_file", f"{name}_env") if options.get(key)]
    if not keys:
        return None
    if len(keys) > 1:
        raise ConfigurationError(where + keys[1], f"stands beside {keys[0]}; one is enough")
    (key,) = keys
    place = str(options[key])
    from_environment = key.endswith("_env")
    text = os.environ.get(place, "") if from_environment else _first_line(place, where + key)
    if not text.strip():
        raise ConfigurationError(where + key, f"{place} holds nothing")
    return Secret(text.strip())


def _first_line(path: str, key: str) -> str:
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not text"
        raise ConfigurationError(key, f"{path}: {why}") from None
    return text.partition("\n")[0]
