"""Where systems that call back reach this till: paths that nobody can guess, one per exchange.

A callback that decides is durable before it is answered, whether or not its driver waits just now:
for some systems the answer is the commit. After a restart the same exchange has the same path.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
import string
from collections import OrderedDict
from typing import Any, Final

from opi_pos.model.errors import JournalError, ProtocolError
from opi_pos.model.facts import Fact
from opi_pos.model.ids import POIID, ExchangeID, ServiceID
from opi_pos.ports import ReadCallback
from opi_pos.runtime.poi import Shop

CALLBACK_PATH: Final = "/callback/"
BOXES_AT_MOST: Final = 512
"""Letterboxes that take callbacks; of the closed ones the oldest is forgotten first."""
WAITING_AT_MOST: Final = 256
"""Callbacks that wait for one driver; more are not taken."""
HELD_S: Final = 8.0
"""How long a callback is held that came before its exchange was recovered."""
_KEPT_AS: Final = "callbacks"
_LETTERS: Final = 32

_log = logging.getLogger("opi_pos.inbox")


class Box:
    """Implements the port `Letterbox`."""

    def __init__(self, poi_id: POIID, service_id: ServiceID, topic: str, token: str) -> None:
        self.poi_id = poi_id
        self.service_id = service_id
        self.topic = topic
        self.token = token
        self.read: ReadCallback | None = None
        self.exchange_id: ExchangeID | None = None
        self.is_open = False
        self.readable = asyncio.Event()
        """Set once somebody who can read its callbacks has opened it."""
        self.waiting: asyncio.Queue[dict[str, Any]] = asyncio.Queue(WAITING_AT_MOST)
        self.kept: set[bytes] = set()
        """Digests of what is durable: a doubled callback gets the same answer and tells no more."""

    @property
    def path(self) -> str:
        """See `Letterbox`."""
        return CALLBACK_PATH + self.token

    async def next(self) -> dict[str, Any]:
        """See `Letterbox`."""
        return await self.waiting.get()

    def close(self) -> None:
        """See `Letterbox`."""
        self.is_open = False


class TillInboxes:
    """The letterboxes of all terminals of one till."""

    def __init__(self, shop: Shop) -> None:
        self.url = ""
        """Of the listener; set when it listens."""
        self._shop = shop
        self._boxes: OrderedDict[str, Box] = OrderedDict()
        self._secrets: dict[POIID, str] = {}

    def of(self, poi_id: POIID) -> PoiInbox:
        """The inbox of one terminal."""
        return PoiInbox(self, poi_id)

    async def open(
        self, poi_id: POIID, service_id: ServiceID, read: ReadCallback, topic: str
    ) -> Box:
        """See `Inbox.open`."""
        token = _token(await self._secret(poi_id), service_id, topic)
        box = Box(poi_id, service_id, topic, token)
        box.read, box.is_open = read, True
        await self._recall(box)
        expected = self._boxes.get(token)
        self._boxes[token] = box
        self._boxes.move_to_end(token)
        self._forget_oldest()
        if expected is not None:
            expected.readable.set()
        return box

    async def expect(self, poi_id: POIID) -> None:
        """At start: callbacks for what an earlier process left open may come before its recovery
        has begun. They are held until somebody can read them.
        """
        secret = await self._shop.journal.recall(poi_id, _KEPT_AS)
        if secret is None:
            return
        for row in await self._shop.journal.open_exchanges(poi_id):
            token = _token(secret, row.service_id, "")
            self._boxes.setdefault(token, Box(poi_id, row.service_id, "", token))

    async def take(self, token: str, body: bytes) -> int:
        """One callback; the HTTP status of its answer."""
        box = await self._readable(token)
        if box is None:
            return 404
        if box.read is None:
            return 503
        try:
            told, decides = box.read(body)
        except ProtocolError as error:
            _log.warning("a callback for %s cannot be read: %s", box.service_id, error)
            return 400
        digest = hashlib.sha256(body).digest()
        if digest in box.kept:
            return 200
        if decides and not await self._keep(box, told):
            return 503
        if decides:
            box.kept.add(digest)
        return self._hand_over(box, told, decides=decides)

    async def _readable(self, token: str) -> Box | None:
        """The letterbox of a token, when somebody has opened it; not waited for for ever."""
        box = self._boxes.get(token)
        if box is None or box.read is not None:
            return box
        try:
            async with asyncio.timeout(HELD_S):
                await box.readable.wait()
        except TimeoutError:
            return box
        return self._boxes.get(token)

    def _hand_over(self, box: Box, told: dict[str, Any], *, decides: bool) -> int:
        # The letterbox may have been opened anew while the disk was being waited for.
        box = self._boxes.get(box.token, box)
        if not box.is_open:
            return 200
        try:
            box.waiting.put_nowait(told)
        except asyncio.QueueFull:
            return 200 if decides else 503
        return 200

    async def _keep(self, box: Box, told: dict[str, Any]) -> bool:
        data = {"service_id": box.service_id, "topic": box.topic, "told": told}
        fact = Fact(
            kind="callback",
            poi_id=box.poi_id,
            at=self._shop.clock.wall(),
            exchange_id=box.exchange_id,
            data=data,
        )
        try:
            await self._shop.journal.commit(facts=(fact,))
        except JournalError as error:
            _log.warning("a callback could not be kept and is not answered: %s", error)
            return False
        return True

    async def _recall(self, box: Box) -> None:
        """What an earlier process, or an earlier opening, took for this exchange."""
        for row in await self._shop.journal.open_exchanges(box.poi_id):
            if row.service_id == box.service_id:
                box.exchange_id = row.exchange_id
        if box.exchange_id is None:
            return
        for stored in await self._shop.journal.facts(box.exchange_id):
            data = stored.fact.data
            own = (data.get("service_id"), data.get("topic")) == (box.service_id, box.topic)
            if stored.fact.kind == "callback" and own and not box.waiting.full():
                box.waiting.put_nowait(data["told"])

    async def _secret(self, poi_id: POIID) -> str:
        """Letters only: the journal masks what could be a card number."""
        if poi_id not in self._secrets:
            journal = self._shop.journal
            secret = await journal.recall(poi_id, _KEPT_AS)
            if secret is None:
                secret = "".join(secrets.choice(string.ascii_lowercase) for _ in range(_LETTERS))
                await journal.remember(poi_id, _KEPT_AS, secret)
            self._secrets[poi_id] = secret
        return self._secrets[poi_id]

    def _forget_oldest(self) -> None:
        closed = (token for token, box in self._boxes.items() if not box.is_open)
        if len(self._boxes) > BOXES_AT_MOST:
            del self._boxes[next(closed, next(iter(self._boxes)))]


def _token(secret: str, service_id: ServiceID, topic: str) -> str:
    named = f"{service_id}/{topic}".encode()
    return hmac.new(secret.encode(), named, hashlib.sha256).hexdigest()[:_LETTERS]


class PoiInbox:
    """Implements the port `Inbox` for one terminal."""

    def __init__(self, inboxes: TillInboxes, poi_id: POIID) -> None:
        self._inboxes = inboxes
        self._poi_id = poi_id

    @property
    def url(self) -> str:
        """See `Inbox`."""
        return self._inboxes.url

    async def open(self, service_id: ServiceID, read: ReadCallback, *, topic: str = "") -> Box:
        """See `Inbox`."""
        return await self._inboxes.open(self._poi_id, service_id, read, topic)
