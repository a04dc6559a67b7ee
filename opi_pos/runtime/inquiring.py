"""Asks the systems behind terminals about payments that rest in doubt: a pull is the proof."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from opi_pos.model.callbacks import Callback
from opi_pos.model.errors import JournalError, LinkError, ProtocolError
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import POIID, ExchangeID
from opi_pos.ports import Inquirer
from opi_pos.runtime.door import TillDoor
from opi_pos.runtime.letterboxes import digest_of
from opi_pos.runtime.poi import Shop

FIRST_S: Final = 5.0
"""How long after a payment came to be asked about the first inquiry leaves."""
LONGEST_S: Final = 600.0
"""Each inquiry in vain doubles the wait for the next, up to here."""

_log = logging.getLogger("opi_pos.inquiries")


class Inquiries:
    """Asks while this process drives the terminal; one question at a time."""

    def __init__(self, shop: Shop, door: TillDoor, inquirers: Mapping[POIID, Inquirer]) -> None:
        self._shop = shop
        self._door = door
        self._inquirers = inquirers
        self._waits: dict[ExchangeID, tuple[float, float]] = {}
        """When each is asked next, and how long was waited for it."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(FIRST_S)
            try:
                rows = await self._door.asked_about()
            except JournalError as error:
                _log.warning("the journal cannot be read: %s", error)
                continue
            known = {row.exchange_id for row in rows}
            self._waits = {each: wait for each, wait in self._waits.items() if each in known}
            for row in rows:
                if self._is_due(row.exchange_id):
                    await self._ask(row)

    def _is_due(self, exchange_id: ExchangeID) -> bool:
        now = self._shop.clock.now()
        due, waited_s = self._waits.get(exchange_id, (now, FIRST_S / 2))
        if now < due:
            return False
        wait_s = min(LONGEST_S, waited_s * 2)
        self._waits[exchange_id] = (now + wait_s, wait_s)
        return True

    async def _ask(self, row: Exchange) -> None:
        for poi_id, inquirer in self._inquirers.items():
            try:
                letter = await inquirer.ask(row)
                if letter is not None:
                    digest = digest_of(Callback(), letter)
                    await self._door.inboxes.filing.keep_stray(poi_id, letter, digest, asked=row)
            except (LinkError, ProtocolError, JournalError) as error:
                _log.warning("%s cannot be asked about %s: %s", poi_id, row.service_id, error)
