"""Where terminals' requests enter this till, from its listener or from a driver."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit, urlunsplit

from opi_pos.model.callbacks import Statement
from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, DeviceRequest, Display, Event
from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import POIID
from opi_pos.model.news import Ended
from opi_pos.runtime.desk import Desk
from opi_pos.runtime.inbox import PoiInbox, TillInboxes
from opi_pos.runtime.poi import Shop
from opi_pos.runtime.station import Station
from opi_pos.session.statements import evidence_of

log = logging.getLogger("opi_pos.door")

ASKED_ABOUT = frozenset({"querying", "in_doubt"})
"""States of an exchange whose own conversation has brought no result."""


class TillDoor:
    """Implements the ports `DeviceDoor` and `InboxDoor` for the terminals of one till."""

    def __init__(self, shop: Shop, stations: Mapping[str, Station], scope: str = "") -> None:
        self._shop = shop
        self._stations = stations
        self.inboxes = TillInboxes(shop, scope)
        self.inboxes.filing.decide = self._decide
        self._by_poi_id: dict[POIID, Station] = {}

    def inbox(self, poi_id: POIID) -> PoiInbox:
        """Where the system behind a terminal calls back."""
        return self.inboxes.of(poi_id)

    def knows(self, poi_id: POIID) -> bool:
        """Whether a terminal of this till has that id."""
        return self._station(poi_id) is not None

    async def device_request(self, request: DeviceRequest) -> DeviceAnswer | None:
        """Serve one request; see `ports.DeviceDoor`."""
        station = self._station(request.poi_id)
        if station is not None and station.poi is not None:
            return await self._desk.serve(request, station.poi)
        if isinstance(request.body, (Display, Event)):
            self._desk.show(request.poi_id, request.body)
            return DeviceAnswer(outcome=DeviceOutcome.DONE)
        return DeviceAnswer(outcome=DeviceOutcome.UNAVAILABLE)

    async def announce(self, poi_id: POIID, host: str, port: int, peer: str) -> bool:
        """Believed only from the peer whose address is announced, for a terminal with
        `address = "auto"` and nothing open (design: section 5); recorded in any case.
        """
        station = self._station(poi_id)
        believed = (
            station is not None
            and station.settings.address == "auto"
            and host == peer
            and station.poi is not None
            and not station.poi.rules.exchanges
        )
        fact = Fact(
            kind="address_announced",
            poi_id=poi_id,
            at=self._shop.clock.wall(),
            data={"host": host, "port": port, "peer": peer, "believed": believed},
        )
        await self._shop.journal.commit(facts=(fact,))
        if believed and station is not None:
            await station.move(_moved(station.settings.url, host, port))
        return believed

    async def asked_about(self) -> Sequence[Exchange]:
        """Payments at terminals that this process drives, whose own conversation brought no
        result. Raises `JournalError`.
        """
        driven = {s.settings.poi_id for s in self._stations.values() if s.poi is not None}
        rows = await self._shop.journal.open_exchanges()
        return [row for row in rows if row.state in ASKED_ABOUT and row.poi_id in driven]

    def _decide(self, row: Exchange, statement: Statement) -> None:
        """Somebody else knows of a payment that has no result here: if that is proved it decides
        what is being asked about; else the terminal is asked once more.
        """
        station = self._station(row.poi_id)
        poi = station.poi if station is not None else None
        if poi is None or row.state not in ASKED_ABOUT:
            return
        if statement.proved:
            ended = Ended(answer=evidence_of(statement, row))
            poi.tell(lambda at: poi.rules.told_status(row.exchange_id, ended, at))
        else:
            poi.tell(lambda at: poi.rules.ask(row.exchange_id, at))

    @property
    def _desk(self) -> Desk:
        return self._shop.desk

    def _station(self, poi_id: POIID) -> Station | None:
        if len(self._by_poi_id) != len(self._stations):
            self._by_poi_id = {s.settings.poi_id: s for s in self._stations.values()}
        return self._by_poi_id.get(poi_id)


def _moved(url: str, host: str, port: int) -> str:
    parts = urlsplit(url)
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return urlunsplit(parts._replace(netloc=place))
