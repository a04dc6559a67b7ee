"""However a terminal changes hands, no driver is left open and no lock is left held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import pytest

from opi_pos import SaleSystem
from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.errors import JournalError, OpiPosError
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import POIID
from opi_pos.model.news import News
from opi_pos.model.orders import Command, Logout
from opi_pos.ports import DeviceDoor, DriverSettings, Wishes
from opi_pos.runtime.config import DEFAULT_POI_ID
from tests.opi_pos.runtime.scripted import ScriptedDriver, approves
from tests.opi_pos.runtime.tills import play, till

EVER = 1e9


class Drivers:
    """Makes a driver for every connection, and knows which are open."""

    def __init__(self) -> None:
        self.made: list[OneDriver] = []

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> OneDriver:
        self.made.append(OneDriver(settings.url))
        return self.made[-1]

    @property
    def open(self) -> list[str]:
        return [driver.url for driver in self.made if not driver.closed]


class OneDriver(ScriptedDriver):
    def __init__(self, url: str) -> None:
        super().__init__(approves, approves)
        self.url = url
        self.closed = False

    async def close(self) -> None:
        self.closed = True

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        if isinstance(command.order, Logout):
            await asyncio.sleep(EVER)
        async with aclosing(super().carry_out(command, wishes)) as played:
            async for news in played:
                yield news


class BadDisk(MemoryJournal):
    """Fails when the terminal's task begins, perhaps after a long while."""

    def __init__(self, wait_s: float) -> None:
        super().__init__()
        self.wait_s = wait_s

    async def open_exchanges(self, poi_id: POIID | None = None) -> Sequence[Exchange]:
        await asyncio.sleep(self.wait_s)
        raise JournalError("the disk is gone")


class Place:
    def __init__(self, journal: MemoryJournal | None = None) -> None:
        self.drivers = Drivers()
        self.locks = MemoryLocks()
        self.journal = journal or MemoryJournal()

    def till(self) -> SaleSystem:
        return till(self.drivers, journal=self.journal, locks=self.locks, address="auto")

    def is_free(self) -> bool:
        return MemoryOwnership(self.locks).acquire(DEFAULT_POI_ID)


@pytest.mark.parametrize(
    ("hangs_s", "expected"), [(0.0, JournalError), (EVER, TimeoutError)], ids=["fails", "cancelled"]
)
def test_a_start_that_comes_to_nothing_leaves_nothing_open(
    hangs_s: float, expected: type[Exception]
) -> None:
    async def main() -> None:
        place = Place(BadDisk(hangs_s))
        with pytest.raises(expected):
            async with asyncio.timeout(1), place.till():
                pass
        assert place.drivers.made
        assert not place.drivers.open
        assert place.is_free()

    play(main())


def test_an_end_that_is_cut_short_leaves_nothing_open() -> None:
    async def main() -> None:
        place = Place()

        async def life() -> None:
            async with place.till() as shop:
                assert (await shop.pay("1.00")).approved

        living = asyncio.gather(life())
        await asyncio.sleep(5)  # the logout hangs
        living.cancel()
        with pytest.raises(asyncio.CancelledError):
            await living
        assert not place.drivers.open
        assert place.is_free()

    play(main())


def test_a_terminal_that_moved_is_left_behind_and_closed() -> None:
    async def main() -> None:
        place = Place()
        async with place.till() as shop:
            await shop.station().move("test://elsewhere")
            assert place.drivers.open == ["test://elsewhere"]
            assert (await shop.pay("1.00")).approved
        assert not place.drivers.open

    play(main())


def test_a_move_that_comes_while_the_till_closes_opens_nothing() -> None:
    async def main() -> None:
        place = Place()
        async with place.till() as shop:
            station = shop.station()
        await station.move("test://elsewhere")
        assert [driver.url for driver in place.drivers.made] == ["test://"]
        with pytest.raises(OpiPosError, match="is closed"):
            await station.take_over()

    play(main())


def test_an_heir_that_is_closed_while_it_takes_over_closes_what_it_opened() -> None:
    async def main() -> None:
        place, heir_journal = Place(), MemoryJournal()
        heir = till(place.drivers, journal=heir_journal, locks=place.locks)
        async with place.till() as owner, heir:
            station = heir.station()
            assert station.poi is None
            await owner.close()
            taking = asyncio.gather(station.take_over())
            await station.close()
            await asyncio.wait([taking])
        assert not place.drivers.open
        assert place.is_free()

    play(main())
