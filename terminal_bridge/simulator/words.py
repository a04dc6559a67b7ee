"""The parameters of a `sim://` URL: some of the simulator's own, all others the scenario's.

Without any of the latter the amount's last two digits choose what happens (see
`opi_pos.poi.scenario.TRIGGERS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.scenario import Scenario

T = TypeVar("T", bound=msgspec.Struct)


class Pacing(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of the simulator's own: `pace` in seconds per step of the terminal; `seed`."""

    pace: float = 0.0
    seed: int = 0


def read_words(
    words: Mapping[str, str], own: type[T], key: str, *, also: tuple[str, ...] = ()
) -> tuple[T, Scenario | None]:
    """`own`: the struct of the simulator's own parameters; `also` names what the URL may hold
    besides, for people. Raises `ConfigurationError` at `key`.
    """
    owned = own.__struct_fields__
    rest = {name: value for name, value in words.items() if name not in owned}
    known = Scenario.__struct_fields__
    for name in rest:
        if name not in known:
            every = ", ".join((*also, *owned, *known))
            raise ConfigurationError(key, f"unknown parameter {name}; known: {every}")
    mine = {name: value for name, value in words.items() if name in owned}
    return _converted(mine, own, key), _converted(rest, Scenario, key) if rest else None


def _converted(words: Mapping[str, str], kind: type[T], key: str) -> T:
    try:
        return msgspec.convert(words, kind, strict=False)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$.")
        raise ConfigurationError(key, f"{place.rstrip('`')}: {problem}") from None
