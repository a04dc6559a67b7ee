"""Rule 9: one process drives a terminal, the others leave mail."""

from __future__ import annotations

import asyncio

import pytest

from opi_pos import ReferenceUsedError, SaleSystem
from opi_pos.journal.lock import MemoryLocks
from opi_pos.journal.memory import MemoryJournal
from opi_pos.journal.storage import Storage
from opi_pos.model.news import Answer, Ended, Verdict, Written
from opi_pos.model.orders import MoneyOrder
from tests.opi_pos.runtime.scripted import ScriptedDriver, approval, approves, status_approves
from tests.opi_pos.runtime.tills import play, till


class Shop:
    """Two processes over one journal file and one lock."""

    def __init__(self, *drivers: ScriptedDriver) -> None:
        self.storage = Storage()
        self.locks = MemoryLocks()
        self.drivers = list(drivers)

    def process(self, number: int) -> SaleSystem:
        return till(
            self.drivers[number],
            journal=MemoryJournal(self.storage),
            locks=self.locks,
            look_for_mail_s=0.1,
        )


def test_a_guest_pays_through_the_owner() -> None:
    async def main() -> None:
        owner_driver, guest_driver = ScriptedDriver(approves), ScriptedDriver()
        shop = Shop(owner_driver, guest_driver)
        async with shop.process(0), shop.process(1) as guest:
            result = await guest.pay("5.00", reference="a")
        assert result.approved
        assert len(owner_driver.sent(MoneyOrder)) == 1
        assert not guest_driver.commands

    play(main())


def test_a_guest_joins_the_payment_that_runs() -> None:
    async def main() -> None:
        driver = ScriptedDriver(approves)
        shop = Shop(driver, ScriptedDriver())
        async with shop.process(0) as owner, shop.process(1) as guest:
            one, two = await asyncio.gather(
                owner.pay("5.00", reference="a"), guest.pay("5.00", reference="a")
            )
        assert one.service_id == two.service_id
        assert len(driver.sent(MoneyOrder)) == 1

    play(main())


def test_a_guests_abort_is_heard() -> None:
    def stops(command: object) -> list[object]:
        aborted = Answer(verdict=Verdict.ABORTED)
        return [Written(), "abort", Ended(answer=aborted)]

    async def main() -> None:
        driver = ScriptedDriver(stops)  # type: ignore[arg-type]
        shop = Shop(driver, ScriptedDriver())
        async with shop.process(0) as owner, shop.process(1) as guest:
            paying = asyncio.gather(owner.pay("5.00", reference="a"))
            await asyncio.sleep(1)
            await guest.abort()
            (result,) = await paying
        assert result.outcome == "aborted"

    play(main())


def test_errors_travel_with_their_kind() -> None:
    async def main() -> None:
        shop = Shop(ScriptedDriver(approves), ScriptedDriver())
        async with shop.process(0) as owner, shop.process(1) as guest:
            await owner.pay("5.00", reference="a")
            with pytest.raises(ReferenceUsedError, match=r"^reference 'a': already stands"):
                await guest.pay("6.00", reference="a")

    play(main())


def test_the_guest_takes_over_when_the_owner_is_gone_and_nothing_is_sent_twice() -> None:
    async def main() -> None:
        slow = ScriptedDriver([Written(), 10_000.0])
        heir = ScriptedDriver(status=[status_approves])
        shop = Shop(slow, heir)
        owner = shop.process(0)
        await owner.__aenter__()
        async with shop.process(1) as guest:
            paying = asyncio.gather(guest.pay("5.00", reference="a"))
            await asyncio.sleep(2)
            # The owner dies: its tasks end and the kernel lets its lock go.
            await owner.station().driven().close()
            await owner.station()._tasks.aclose()
            owner.station().house.ownership.release(owner.station().settings.poi_id)
            (result,) = await paying
            assert result.approved
            assert result.proof == "status"
        assert not heir.sent(MoneyOrder)
        await owner._tasks.aclose()

    play(main())


def test_an_order_whose_sender_is_gone_is_never_sent() -> None:
    def long(command: object) -> list[object]:
        return [Written(), 30.0, approval(command)]  # type: ignore[arg-type]

    async def main() -> None:
        driver = ScriptedDriver(long)  # type: ignore[arg-type]
        shop = Shop(driver, ScriptedDriver())
        guest = shop.process(1)
        async with shop.process(0) as owner:
            await guest.__aenter__()
            journal = owner.shop.journal
            waiting = asyncio.gather(guest.pay("7.00", reference="late"), return_exceptions=True)
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
            assert (await journal.take_mail(owner.station().settings.poi_id, 1.8e9)) == []
        await guest.close()
        assert not driver.sent(MoneyOrder)

    play(main())
