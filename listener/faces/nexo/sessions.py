"""The foreign tills of one face: a session for each pair of SaleID and POIID."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final

from listener.faces.nexo.session import TillSession
from opi_pos.model.ids import POIID, SaleID
from opi_pos.poi.nexo.memory import Memory
from opi_pos.poi.nexo.profile import PoiProfile
from opi_pos.poi.nexo.requests import Header
from opi_pos.poi.nexo.terminal import Terminal

TILLS_AT_MOST: Final = 64
"""Sessions kept; the one that was used longest ago, and runs nothing, is forgotten first."""

Pair = tuple[SaleID, POIID]


class Sessions:
    """Finds and makes sessions."""

    def __init__(self, profile: PoiProfile, memory: Memory, *, started: float) -> None:
        self._profile = profile
        self._memory = memory
        self._started = started
        self._known: OrderedDict[Pair, TillSession] = OrderedDict()
        self._login = asyncio.Event()

    def __iter__(self) -> Iterator[TillSession]:
        return iter(self._known.values())

    def of(self, header: Header) -> TillSession:
        """The session of a message's pair; a new one is logged out. Only `keep` remembers it."""
        session = self._known.get(header.session)
        if session is not None:
            self._known.move_to_end(header.session)
            return session
        rules = Terminal(self._profile, self._memory)
        rules.reboot(now=self._started)
        session = TillSession(rules)
        if not self._profile.login_needed:
            self.keep(header, session)
        return session

    def find(self, header: Header) -> TillSession | None:
        """The session of a pair that is logged in (or needs no login)."""
        session = self._known.get(header.session)
        if session is None or (self._profile.login_needed and not session.rules.logged_in):
            return None
        return session

    def keep(self, header: Header, session: TillSession) -> None:
        """Remember a session."""
        self._known[header.session] = session
        if len(self._known) > TILLS_AT_MOST:
            idle = (pair for pair, each in self._known.items() if each.service is None)
            del self._known[next(idle, next(iter(self._known)))]

    def logged_in(self) -> tuple[SaleID, ...]:
        """SaleIDs with a session, for LoggedSaleID."""
        sales = {sale for each in self._known.values() for sale in each.rules.logged_in}
        return tuple(sorted(sales))

    def announce_login(self) -> None:
        """Somebody logged in; who waits for a till looks again."""
        self._login.set()
        self._login.clear()

    async def next_login(self) -> None:
        """Wait until somebody logs in."""
        await self._login.wait()
