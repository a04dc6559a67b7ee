"""`listen`: the POS-side listener alone, to see what a terminal sends and to answer it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from opi_pos.bus.local import LocalBus
from opi_pos.cli.cashier import AbsentCashier, AskingCashier
from opi_pos.cli.failures import show_log
from opi_pos.cli.grammar import Option
from opi_pos.cli.interrupts import until_interrupted
from opi_pos.cli.keyboard import someone_is_there
from opi_pos.cli.options import Journal, Json
from opi_pos.cli.screen import Screen
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.model.devices import DeviceAnswer, DeviceRequest, Event
from opi_pos.model.facts import Fact
from opi_pos.model.ids import POIID, ExchangeID, ServiceID
from opi_pos.ports import Clock
from opi_pos.ports import Journal as JournalPort
from opi_pos.runtime.clock import SystemClock
from opi_pos.runtime.config import ListenSettings, check_listen
from opi_pos.runtime.desk import Desk
from opi_pos.runtime.drivers import find_listener
from opi_pos.runtime.listening import listen_config
from opi_pos.runtime.places import default_journal


def listen(  # noqa: PLR0913 - options of a command line
    host: Annotated[str, Option(help="Beyond loopback, name --peer or --poi-id.")] = "127.0.0.1",
    port: Annotated[int, Option(help="0 takes a free one.")] = 11000,
    journal: Journal = None,
    profile: Annotated[
        list[str] | None, Option("--profile", help="A dialect whose path is served; repeatable.")
    ] = None,
    peer: Annotated[
        list[str] | None, Option("--peer", help="An address or network to let in; repeatable.")
    ] = None,
    poi_id: Annotated[
        list[str] | None, Option("--poi-id", help="A terminal to answer; by default any.")
    ] = None,
    *,
    json: Json = False,
) -> int:
    """Answer a terminal's displays, questions, prints and events, without a payment of ours."""
    settings = check_listen(
        ListenSettings(host=host, port=port, peers=tuple(peer or ()), profiles=tuple(profile or ()))
    )
    known = frozenset(POIID(each) for each in poi_id or ())
    return asyncio.run(_listen(settings, journal, known, Screen(json=json)))


async def _listen(
    settings: ListenSettings, path: Path | None, known: frozenset[POIID], screen: Screen
) -> int:
    show_log()
    journal = await SqliteJournal.open(path or default_journal())
    someone = AskingCashier if someone_is_there() else AbsentCashier
    cashier = someone(screen, live=True)
    clock = SystemClock()
    desk = Desk(cashier=cashier, journal=journal, bus=LocalBus(), clock=clock)
    try:
        door = _AnyTerminal(desk, journal, clock, known)
        listener = await find_listener()(door, listen_config(settings, ()))
        try:
            screen.object({"event": "ready", "url": listener.url, "port": listener.port})
            screen.line(f"ready; listening on {listener.url}", "bold")
            await until_interrupted()
        finally:
            await listener.close()
    finally:
        await desk.close()
        await journal.close()
    screen.object({"event": "closed"})
    return 0


class _AnyTerminal:
    """Implements the port `DeviceDoor` for terminals that nobody configured."""

    def __init__(
        self, desk: Desk, journal: JournalPort, clock: Clock, known: frozenset[POIID]
    ) -> None:
        self._desk = desk
        self._journal = journal
        self._clock = clock
        self._known = known

    def knows(self, poi_id: POIID) -> bool:
        """Everybody whom the listener let in, unless some are named."""
        return not self._known or poi_id in self._known

    async def device_request(self, request: DeviceRequest) -> DeviceAnswer | None:
        """At the desk; there is no exchange of ours that it could belong to."""
        return await self._desk.serve(request, _NO_EXCHANGES)

    async def announce(self, poi_id: POIID, host: str, port: int, peer: str) -> bool:
        """Recorded, and of no use here: we call nobody."""
        data = {"host": host, "port": port, "peer": peer, "believed": False}
        fact = Fact(kind="address_announced", poi_id=poi_id, at=self._clock.wall(), data=data)
        await self._journal.commit(facts=(fact,))
        return False


class _NoExchanges:
    """Implements `desk.Exchanges`: this process has begun nothing."""

    def seen(self, request: DeviceRequest) -> None:
        """Proof of an exchange that is not ours."""

    def happened(self, event: Event) -> None:
        """Shown by the desk; nothing depends on it."""

    def signed(self, service_id: ServiceID, *, accepted: bool) -> None:
        """Whoever runs the payment gets it from the terminal."""

    def exchange_of(self, service_id: ServiceID) -> ExchangeID | None:
        """None is ours."""


_NO_EXCHANGES = _NoExchanges()
