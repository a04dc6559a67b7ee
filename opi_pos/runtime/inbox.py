"""Where systems that call back reach this till: paths that nobody can guess.

A path belongs to one exchange, to one terminal (for systems that know only one address), or to a
system that is no terminal. After a restart it is the same again. What a letter means for the money
is not decided here: see `filing` for where it goes.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from opi_pos.aio.one_by_one import OneByOne
from opi_pos.model.callbacks import Callback, CallbackAnswer, Letter
from opi_pos.model.errors import ConfigurationError, JournalError, ProtocolError
from opi_pos.model.ids import POIID, ServiceID
from opi_pos.ports import ReadCallback, ReadForTerminal
from opi_pos.runtime.filing import Filing, place_of
from opi_pos.runtime.letterboxes import CALLBACK_PATH, Box, digest_of
from opi_pos.runtime.poi import Shop
from opi_pos.runtime.tokens import KEPT_AS, SHORTEST, is_token, own_token, secret_of, token_of

BOXES_AT_MOST: Final = 512
"""Letterboxes that take callbacks; of the closed ones the oldest is forgotten first."""
HELD_S: Final = 8.0
"""How long a callback is held that came before its exchange was recovered, and how long one may
take to be read.
"""

NOT_FOUND: Final = CallbackAnswer(status=404)
NOT_TAKEN: Final = CallbackAnswer(status=503)
"""Not kept: the caller may repeat it."""

_log = logging.getLogger("opi_pos.inbox")


@dataclass(slots=True)
class OwnPath:
    """The path of a terminal, or of a system that is none and so has no exchanges."""

    poi_id: POIID
    read: ReadForTerminal
    token: str
    methods: tuple[str, ...]


class TillInboxes:
    """The letterboxes of all terminals of one till."""

    def __init__(self, shop: Shop, scope: str = "") -> None:
        self.url = ""
        """Of the listener; set when it listens."""
        self.filing = Filing(shop, scope)
        self.settled = asyncio.Event()
        """Cleared while terminals are being opened: until then an unknown path may become known."""
        self.settled.set()
        self._shop = shop
        self._boxes: OrderedDict[str, Box] = OrderedDict()
        self._letters: dict[tuple[POIID, ServiceID, str], Box] = {}
        self._own: dict[POIID, OwnPath] = {}
        self._secrets: dict[POIID, str] = {}
        self._salt = secrets.token_bytes(32)
        self._doubles = OneByOne()

    def of(self, poi_id: POIID) -> PoiInbox:
        """The inbox of one terminal."""
        return PoiInbox(self, poi_id)

    # --- opening --------------------------------------------------------------------------------

    async def open(
        self, poi_id: POIID, service_id: ServiceID, read: ReadCallback, topic: str
    ) -> Box:
        """See `Inbox.open`."""
        token = token_of(await self._secret(poi_id), service_id, topic)
        box = Box(poi_id, service_id, topic, CALLBACK_PATH + token)
        box.read, box.is_open = read, True
        expected = self._boxes.get(self._hidden(token))
        self._boxes[self._hidden(token)] = box
        self._boxes.move_to_end(self._hidden(token))
        await box.recall(self._shop.journal)
        self._forget_oldest()
        if expected is not None:
            expected.readable.set()
        return box

    async def letters(
        self, poi_id: POIID, service_id: ServiceID, topic: str, *, fresh: bool
    ) -> Box:
        """See `Inbox.letters`."""
        box = Box(poi_id, service_id, topic, await self.path_of(poi_id))
        box.is_open = True
        for key in [key for key, each in self._letters.items() if not each.is_open]:
            del self._letters[key]
        self._letters[poi_id, service_id, topic] = box
        await box.recall(self._shop.journal, fresh=fresh)
        return box

    def receive(
        self, poi_id: POIID, read: ReadForTerminal, token: str, methods: tuple[str, ...]
    ) -> None:
        """See `Inbox.receive`."""
        if token and not is_token(token):
            problem = f"must hold {SHORTEST} letters, digits, - or _ at least"
            raise ConfigurationError("token_file", problem)
        self._own[poi_id] = OwnPath(poi_id, read, token, methods)

    async def path_of(self, poi_id: POIID) -> str:
        """See `Inbox.path`."""
        return CALLBACK_PATH + await self._own_token(poi_id)

    async def own_path(self, poi_id: POIID) -> str | None:
        """The path of a terminal that has one, else None."""
        return await self.path_of(poi_id) if poi_id in self._own else None

    async def expect(self, poi_id: POIID) -> None:
        """At start: callbacks for what an earlier process left open may come before its recovery
        has begun. They are held until somebody can read them.
        """
        self.settled.clear()
        secret = await self._shop.journal.recall(poi_id, KEPT_AS)
        if secret is None:
            return
        for row in await self._shop.journal.open_exchanges(poi_id):
            token = token_of(secret, row.service_id, "")
            box = Box(poi_id, row.service_id, "", CALLBACK_PATH + token)
            self._boxes.setdefault(self._hidden(token), box)

    # --- taking ---------------------------------------------------------------------------------

    async def take(self, token: str, callback: Callback) -> CallbackAnswer:
        """One callback, and its answer."""
        try:
            async with asyncio.timeout(HELD_S):
                place = await self._find(token)
        except TimeoutError:
            return NOT_TAKEN if self._hidden(token) in self._boxes else NOT_FOUND
        except JournalError:
            return NOT_TAKEN
        if place is None:
            return NOT_FOUND
        methods = ("POST",) if isinstance(place, Box) else place.methods
        if callback.method not in methods:
            return CallbackAnswer(status=405)
        return await self._take(place, callback)

    async def _take(self, place: Box | OwnPath, callback: Callback) -> CallbackAnswer:
        try:
            async with asyncio.timeout(HELD_S):
                letter, box = await self._read(place, callback)
        except ProtocolError as error:
            _log.warning("a callback for %s cannot be read: %s", place.poi_id, error)
            return CallbackAnswer(status=400)
        except (JournalError, TimeoutError) as error:
            _log.warning("a callback for %s could not be read: %r", place.poi_id, error)
            return NOT_TAKEN
        if letter.told is None:
            return letter.answer
        digest = digest_of(callback, letter)
        try:
            async with self._doubles.of(digest):
                taken = await self._file(place.poi_id, box, letter, digest)
        except JournalError as error:
            _log.warning("a callback could not be compared and is not answered: %s", error)
            taken = False
        return letter.answer if taken else NOT_TAKEN

    async def _find(self, token: str) -> Box | OwnPath | None:
        """Whose path it is; waits for a box that nobody has opened yet. Boxes are found by a keyed
        hash of their token and own paths by comparing all of them: time tells nothing.
        """
        box = self._boxes.get(self._hidden(token))
        if box is not None:
            if box.read is None:
                await box.readable.wait()
            return self._boxes.get(self._hidden(token))
        if (own := await self._own_path(token)) is not None or self.settled.is_set():
            return own
        await self.settled.wait()
        return await self._own_path(token)

    async def _own_path(self, token: str) -> OwnPath | None:
        found: OwnPath | None = None
        for own in list(self._own.values()):
            known = await self._own_token(own.poi_id)
            if hmac.compare_digest(token.encode(), known.encode()):
                found = own
        return found

    async def _read(self, place: Box | OwnPath, callback: Callback) -> tuple[Letter, Box | None]:
        """The letter, and a box of its exchange, if it has one."""
        if isinstance(place, Box):
            if place.read is None:
                raise TimeoutError
            return await place.read(callback), place
        rows = await self._shop.journal.open_exchanges(place.poi_id)
        letter = await place.read(callback, rows)
        if letter.whose is None:
            return letter, None
        row = next((row for row in rows if row.service_id == letter.whose), None)
        box = self._letters.get((place.poi_id, letter.whose, letter.topic))
        if row is None:  # it has ended, but its driver may be asking about it
            return letter, box if box is not None and box.is_open else None
        if box is None:
            box = Box(place.poi_id, letter.whose, letter.topic, "")
        box.row = row
        return letter, box

    async def _file(self, poi_id: POIID, box: Box | None, letter: Letter, digest: str) -> bool:
        if box is None:
            return await self.filing.keep_stray(poi_id, letter, digest)
        place = place_of(box)
        if letter.anonymous and self.filing.is_double_of_another(place, digest):
            _log.warning("a callback without a name is taken for the double of an earlier one")
            return True
        if letter.anonymous and await self.filing.is_owed_to_another(box):
            return await self.filing.keep_ambiguous(poi_id, letter, digest)
        if letter.decides and not self.filing.is_kept(place, digest):
            kept = await self.filing.keep(box, letter, digest)
            if not kept:
                return False
        return self._hand_over(box, letter, digest)

    def _hand_over(self, box: Box, letter: Letter, digest: str) -> bool:
        # It may have been opened anew while the disk was being waited for.
        if box.read is not None:
            box = self._boxes.get(self._hidden(box.path.rpartition("/")[2]), box)
        else:
            box = self._letters.get((box.poi_id, box.service_id, box.topic), box)
        if not box.is_open:
            if box.row is not None:
                self.filing.wake(box.row)
            return True
        told = box.put(letter.told or {}, digest, decides=letter.decides)
        return told or letter.decides

    # --- secrets --------------------------------------------------------------------------------

    def _hidden(self, token: str) -> str:
        return hmac.new(self._salt, token.encode(), hashlib.sha256).hexdigest()

    async def _own_token(self, poi_id: POIID) -> str:
        own = self._own.get(poi_id)
        if own is not None and own.token:
            return own.token
        return own_token(await self._secret(poi_id))

    async def _secret(self, poi_id: POIID) -> str:
        if poi_id not in self._secrets:
            self._secrets[poi_id] = await secret_of(self._shop.journal, poi_id)
        return self._secrets[poi_id]

    def _forget_oldest(self) -> None:
        closed = (token for token, box in self._boxes.items() if not box.is_open)
        if len(self._boxes) > BOXES_AT_MOST:
            del self._boxes[next(closed, next(iter(self._boxes)))]


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

    def receive(
        self, read: ReadForTerminal, *, token: str = "", methods: tuple[str, ...] = ("POST",)
    ) -> None:
        """See `Inbox`."""
        self._inboxes.receive(self._poi_id, read, token, methods)

    async def path(self) -> str:
        """See `Inbox`."""
        return await self._inboxes.path_of(self._poi_id)

    async def letters(self, service_id: ServiceID, *, topic: str = "", fresh: bool = False) -> Box:
        """See `Inbox`."""
        return await self._inboxes.letters(self._poi_id, service_id, topic, fresh=fresh)

    async def take(self, callback: Callback, *, path: str = "") -> CallbackAnswer:
        """See `Inbox`."""
        token = (path or await self.path()).rpartition("/")[2]
        return await self._inboxes.take(token, callback)
