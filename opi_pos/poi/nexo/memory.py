"""What a terminal remembers over a reboot: the answers it gave and the ServiceIDs it saw."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from opi_pos.model.ids import POIID, SaleID
from opi_pos.poi.nexo.answers import CardAcquisitionAnswer, Kept
from opi_pos.poi.nexo.requests import Header, Reference

MAX_SEEN: Final = 10_000
"""ServiceIDs kept to recognise a repeated message; the oldest are forgotten."""


class Memory:
    """The last answers by which a transaction status is answered, newest last."""

    def __init__(
        self, kept: Iterable[Kept] = (), *, limit: int, keep: Callable[[Kept], None] | None = None
    ) -> None:
        self._limit = limit
        self._keep = keep
        self._kept: list[Kept] = list(kept)[-limit:]
        self._seen: OrderedDict[tuple[SaleID, POIID, str], None] = OrderedDict()
        for one in self._kept:
            self.repeated(one.header)

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._kept)

    def repeated(self, header: Header) -> bool:
        """Whether this ServiceID (DeviceID) came before; it is remembered from now on."""
        own = f"device {header.device_id}" if header.device_id else header.service_id
        key = (header.sale_id, header.poi_id, own)
        if key in self._seen:
            return True
        self._seen[key] = None
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
        return False

    def forget(self, session: tuple[SaleID, POIID]) -> None:
        """A new session numbers its messages anew. Only for terminals that allow it."""
        for key in [key for key in self._seen if key[:2] == session]:
            del self._seen[key]

    def keep(self, kept: Kept) -> None:
        """Remember an answer, durably."""
        self._kept.append(kept)
        del self._kept[: -self._limit]
        if self._keep is not None:
            self._keep(kept)

    def find(self, reference: Reference) -> Kept | None:
        """The newest answer that a reference names."""
        return next((k for k in reversed(self._kept) if reference.names(k.header)), None)

    def last(self, session: tuple[SaleID, POIID]) -> Kept | None:
        """The newest answer of a session's till and terminal."""
        return next((k for k in reversed(self._kept) if k.header.session == session), None)

    def newest(self) -> Kept | None:
        """The newest answer to anybody."""
        return self._kept[-1] if self._kept else None

    def was_read(self, transaction_id: str) -> bool:
        """Whether a card acquisition of that number read a card."""
        answers = (kept.answer for kept in self._kept)
        return any(
            isinstance(answer, CardAcquisitionAnswer)
            and answer.response.success
            and answer.transaction.id == transaction_id
            for answer in answers
        )

    def another(self, than: Kept | None) -> Kept | None:
        """Some other answer, for a terminal that repeats the wrong one."""
        others = (k for k in self._kept if than is None or k.header != than.header)
        return next(others, None)
