"""Letterboxes: where the callbacks of one exchange wait for its driver."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, Final

from opi_pos.model.callbacks import Callback, Letter
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import POIID, ExchangeID, ServiceID
from opi_pos.ports import Journal, ReadCallback

CALLBACK_PATH: Final = "/callback/"
WAITING_AT_MOST: Final = 256
"""Callbacks that wait for one driver; more are not taken."""

_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")


def digest_of(callback: Callback, letter: Letter) -> str:
    """What two doubles have in common, as letters: the journal masks what may be a card number."""
    sent = (callback.method.encode(), callback.query.encode(), callback.body)
    whole = letter.identity.encode() or b"\n".join(sent)
    return hashlib.sha256(whole).hexdigest().translate(_LETTERS)


class Box:
    """Implements the port `Letterbox`."""

    def __init__(self, poi_id: POIID, service_id: ServiceID, topic: str, path: str) -> None:
        self.poi_id = poi_id
        self.service_id = service_id
        self.topic = topic
        self.path = path
        self.read: ReadCallback | None = None
        """Of a box with a path of its own; None while nobody has opened it."""
        self.row: Exchange | None = None
        """Its exchange as the journal had it last, while it is open."""
        self.is_open = False
        self.readable = asyncio.Event()
        self._waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue(WAITING_AT_MOST)
        self._decided: set[str] = set()
        """Digests of results that were told: a double tells no more."""

    @property
    def exchange_id(self) -> ExchangeID | None:
        """Of its exchange, if that is open."""
        return self.row.exchange_id if self.row is not None else None

    async def next(self) -> dict[str, Any]:
        """See `Letterbox`."""
        return await self._waiting.get()

    def close(self) -> None:
        """See `Letterbox`."""
        self.is_open = False

    def put(self, told: dict[str, Any], digest: str, *, decides: bool) -> bool:
        """Tell it to the driver; False when too much waits already."""
        if digest in self._decided:
            return True
        try:
            self._waiting.put_nowait(told)
        except asyncio.QueueFull:
            return False
        if decides:
            self._decided.add(digest)
        return True

    async def recall(self, journal: Journal, *, fresh: bool = False) -> None:
        """Find its exchange, and what an earlier process or an earlier opening took for it."""
        for row in await journal.open_exchanges(self.poi_id):
            if row.service_id == self.service_id:
                self.row = row
        if self.exchange_id is None or fresh:
            return
        for stored in await journal.facts(self.exchange_id):
            data = stored.fact.data
            own = (data.get("service_id"), data.get("topic")) == (self.service_id, self.topic)
            if stored.fact.kind == "callback" and own:
                self.put(data["told"], str(data.get("digest")), decides=True)
