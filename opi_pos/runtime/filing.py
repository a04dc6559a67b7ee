"""Where a letter is kept: with the open exchange that it is for, with the payment of the journal
that it speaks of, or with the dead letters, which a person looks at. Never guessed.

What decides is durable before the caller gets its answer: for some systems that is the commit.
"""

from __future__ import annotations

import logging
import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from opi_pos.model.callbacks import Letter, Statement
from opi_pos.model.devices import Event, EventKind
from opi_pos.model.errors import JournalError
from opi_pos.model.facts import DEAD_LETTER, Exchange, Fact
from opi_pos.model.ids import POIID, ExchangeID
from opi_pos.model.results import Outcome, Proof
from opi_pos.runtime.early import EarlyStatements
from opi_pos.runtime.letterboxes import Box
from opi_pos.runtime.poi import Shop
from opi_pos.session.statements import Stand, contradiction, held_against

DOUBLE_S: Final = 30.0
"""A letter without a name that equals one of another exchange is its double for so long
[inferred]. Its real owner then asks instead.
"""
OWED_S: Final = 300.0
"""How late a terminal's own response may come [inferred]."""
OWED_AMONG: Final = 20
"""Exchanges of the journal that are looked at."""
_WITHOUT_CALLBACK: Final = frozenset({Proof.STATUS, Proof.EVIDENCE, Proof.MANUAL})
REMEMBERED_AT_MOST: Final = 4096
"""Letters whose doubles are recognised without a look into the journal."""
DEAD_AT_MOST: Final = 60
"""Dead letters that one terminal may cause in a minute; more are not taken."""

_log = logging.getLogger("opi_pos.inbox")

Place = tuple[POIID, str]
"""Terminal, and service id and topic there; `_GRAVE` is where dead letters are."""
_GRAVE: Final = "dead"


def place_of(box: Box) -> Place:
    """Where the letters of a box are kept."""
    return box.poi_id, f"{box.service_id}/{box.topic}"


class Filing:
    """Keeps the letters of one till."""

    def __init__(self, shop: Shop, scope: str) -> None:
        self.decide: Callable[[Exchange, Statement], None] = lambda row, statement: None
        """Told of a statement about a payment without a result."""
        self._shop = shop
        self._scope = scope
        self._early = EarlyStatements(self._contradicted_later)
        shop.ended.append(self._early.ended)
        self._kept: OrderedDict[tuple[Place, str], float] = OrderedDict()
        self._dead: dict[POIID, list[float]] = {}

    def is_kept(self, place: Place, digest: str) -> bool:
        """Whether the very same letter is kept there already."""
        return (place, digest) in self._kept

    def is_double_of_another(self, place: Place, digest: str) -> bool:
        """Whether a nameless letter is rather the double of one that another exchange just got."""
        now = self._shop.clock.now()
        return any(
            known == digest and other[0] == place[0] and other != place and now - at <= DOUBLE_S
            for (other, known), at in self._kept.items()
        )

    def _age_s(self, place: Place, digest: str) -> float:
        at = self._kept.get((place, digest))
        return math.inf if at is None else self._shop.clock.now() - at

    async def keep(self, box: Box, letter: Letter, digest: str) -> bool:
        """Durable, with the exchange of its box. False when the journal failed."""
        named = {"service_id": box.service_id, "topic": box.topic}
        data = {**named, "told": letter.told, "digest": digest}
        fact = self._fact("callback", box.poi_id, box.exchange_id, data)
        return await self._commit(place_of(box), digest, fact)

    async def keep_stray(
        self, poi_id: POIID, letter: Letter, digest: str, *, asked: Exchange | None = None
    ) -> bool:
        """Durable, with the payment that it speaks of, else as a dead letter. False when it could
        not be kept. `asked`: what was asked about, and so what it speaks of, though another attempt
        may have begun since. Raises `JournalError`.
        """
        statement = letter.states
        if statement is None:
            text = "A callback came that fits no open payment of this terminal."
            return await self._bury(poi_id, letter, digest, text, alarm=DEAD_LETTER)
        scope = self._scope if asked is None else asked.scope
        rows = await self._shop.journal.find(scope, statement.reference)
        if asked is not None:
            rows = [row for row in rows if row.exchange_id == asked.exchange_id]
        stand, row = held_against(statement, rows)
        if row is not None:
            return await self._keep_beside(row, stand, statement, letter, digest)
        named = f"a {statement.operation.value} {statement.reference!r}"
        text = f"A callback speaks of {named}, which this journal does not know."
        alarm = "unknown_payment" if stand is Stand.REVEALS else ""
        return await self._bury(poi_id, letter, digest, text, alarm=alarm)

    def wake(self, row: Exchange) -> None:
        """A letter waits for whoever asks about this exchange next: that may be now."""
        waits = Statement(reference=row.order.reference, outcome=Outcome.IN_DOUBT)
        self.decide(row, waits)

    async def is_owed_to_another(self, box: Box) -> bool:
        """Whether an exchange of this terminal just ended without its own callback, by asking or by
        a person: what names nothing may be that one, late. Raises `JournalError`.
        """
        journal, since = self._shop.journal, self._shop.clock.wall() - OWED_S
        for row in await journal.exchanges(limit=OWED_AMONG):
            result, other = row.result, row.exchange_id != box.exchange_id
            if row.poi_id != box.poi_id or not other or result is None or row.changed_at < since:
                continue
            if result.proof in _WITHOUT_CALLBACK and not await self._has_called_back(row):
                return True
        return False

    async def _has_called_back(self, row: Exchange) -> bool:
        facts = await self._shop.journal.facts(row.exchange_id)
        return any(f.fact.kind == "callback" and not f.fact.data.get("topic") for f in facts)

    async def keep_ambiguous(self, poi_id: POIID, letter: Letter, digest: str) -> bool:
        """As a dead letter: the open exchange has its result by asking."""
        text = "A callback names nothing, and may be that of a payment that has just ended."
        return await self._bury(poi_id, letter, digest, text, alarm=DEAD_LETTER)

    async def _keep_beside(
        self, row: Exchange, stand: Stand, statement: Statement, letter: Letter, digest: str
    ) -> bool:
        place = (row.poi_id, f"{row.service_id}/{letter.topic}")
        if self.is_kept(place, digest) or await self._was_kept(row.exchange_id, digest):
            if stand is Stand.OPEN:
                self.decide(row, statement)  # it may not have been heard the first time
            return True
        data = {"topic": letter.topic, "told": letter.told, "digest": digest}
        said = {"states": statement.outcome.value, "stand": stand.value}
        facts = [self._fact("callback", row.poi_id, row.exchange_id, {**data, **said})]
        text = contradiction(statement, row) if stand is Stand.CONTRADICTS else ""
        if text:
            alarm = {"alarm": "callback_contradicts", "text": text}
            facts.append(self._fact("alarm", row.poi_id, row.exchange_id, alarm))
        if not await self._commit(place, digest, *facts):
            return False
        if text:
            self._alarm(row.poi_id, "callback_contradicts", text)
        if stand is Stand.OPEN:
            self._early.keep(row, statement)
            self.decide(row, statement)
        return True

    def _contradicted_later(self, row: Exchange, text: str) -> None:
        alarm = {"alarm": "callback_contradicts", "text": text}
        self._shop.journal.note(self._fact("alarm", row.poi_id, row.exchange_id, alarm))
        self._alarm(row.poi_id, "callback_contradicts", text)

    async def _was_kept(self, exchange_id: ExchangeID, digest: str) -> bool:
        """By an earlier process."""
        facts = await self._shop.journal.facts(exchange_id)
        return any(
            each.fact.kind == "callback" and each.fact.data.get("digest") == digest
            for each in facts
        )

    async def _bury(
        self, poi_id: POIID, letter: Letter, digest: str, text: str, *, alarm: str
    ) -> bool:
        place = (poi_id, _GRAVE)
        if self._age_s(place, digest) <= DOUBLE_S:
            return True
        if not self._may_bury(poi_id):
            _log.warning("more dead letters for %s than are taken in a minute", poi_id)
            return False
        data = {"told": letter.told, "digest": digest, "why": text}
        if not await self._commit(place, digest, self._fact(DEAD_LETTER, poi_id, None, data)):
            return False
        if alarm:
            self._alarm(poi_id, alarm, f"{text} Look at: opi-pos journal letters")
        return True

    def _may_bury(self, poi_id: POIID) -> bool:
        now = self._shop.clock.now()
        lately = [at for at in self._dead.get(poi_id, []) if now - at < 60]
        self._dead[poi_id] = lately
        if len(lately) >= DEAD_AT_MOST:
            return False
        lately.append(now)
        return True

    async def _commit(self, place: Place, digest: str, *facts: Fact) -> bool:
        try:
            await self._shop.journal.commit(facts=facts)
        except JournalError as error:
            _log.warning("a callback could not be kept and is not answered: %s", error)
            return False
        self._kept[place, digest] = self._shop.clock.now()
        if len(self._kept) > REMEMBERED_AT_MOST:
            self._kept.popitem(last=False)
        return True

    def _fact(
        self, kind: str, poi_id: POIID, exchange_id: ExchangeID | None, data: dict[str, Any]
    ) -> Fact:
        at = self._shop.clock.wall()
        return Fact(kind=kind, poi_id=poi_id, at=at, exchange_id=exchange_id, data=data)

    def _alarm(self, poi_id: POIID, kind: str, text: str) -> None:
        _log.warning("%s: %s", poi_id, kind)
        event = Event(kind=EventKind.OTHER, name=f"alarm.{kind}", details=text)
        self._shop.desk.show(poi_id, event)
