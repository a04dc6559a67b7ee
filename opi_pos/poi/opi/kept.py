"""What a terminal remembers over a reboot: the answers it gave, by workstation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from opi_pos.model.ids import SaleID
from opi_pos.poi.opi.answers import MoneyAnswer, Repeatable
from opi_pos.poi.opi.requests import Family, Header


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request and its answer."""

    header: Header
    answer: Repeatable


class Memory:
    """The last answers, newest last. Each workstation has its own last message [inferred]: with
    one for all, a second till's payment would hide what became of the first one's.
    """

    def __init__(
        self, kept: Iterable[Kept] = (), *, limit: int, keep: Callable[[Kept], None] | None = None
    ) -> None:
        self._limit = limit
        self._keep = keep
        self._kept: list[Kept] = list(kept)[-limit:]

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._kept)

    def keep(self, kept: Kept) -> None:
        """Remember an answer, durably."""
        self._kept.append(kept)
        del self._kept[: -self._limit]
        if self._keep is not None:
            self._keep(kept)

    def last(self, workstation_id: SaleID, family: Family) -> Kept | None:
        """The newest answer to a workstation's requests of that family."""
        fitting = (
            kept
            for kept in reversed(self._kept)
            if (kept.header.workstation_id, kept.header.family) == (workstation_id, family)
        )
        return next(fitting, None)

    def last_money(self, workstation_id: SaleID) -> Kept | None:
        """The newest answer to a workstation by which money moved."""
        fitting = (
            kept
            for kept in reversed(self._kept)
            if kept.header.workstation_id == workstation_id
            and isinstance(kept.answer, MoneyAnswer)
            and kept.answer.amount is not None
        )
        return next(fitting, None)

    def another(self, than: Kept | None) -> Kept | None:
        """Some other answer, for a terminal that repeats the wrong one."""
        return next((kept for kept in self._kept if kept is not than), None)
