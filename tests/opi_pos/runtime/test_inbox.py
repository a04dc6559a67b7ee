"""Where systems that call back reach a till."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from opi_pos.bus.local import LocalBus
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.callbacks import Callback, Letter
from opi_pos.model.errors import JournalError, ProtocolError
from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import POIID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation
from opi_pos.runtime.cashier import QuietCashier
from opi_pos.runtime.desk import Desk
from opi_pos.runtime.inbox import HELD_S, TillInboxes
from opi_pos.runtime.letterboxes import WAITING_AT_MOST, Box
from opi_pos.runtime.poi import Shop
from tests.opi_pos.runtime.tills import WallClock, play

POI = POIID("POI-1")
ONE = ServiceID("1")


class FullDisk(MemoryJournal):
    """Fails when it is told to."""

    fails = False

    async def commit(
        self, *, exchanges: Sequence[Exchange] = (), facts: Sequence[Fact] = ()
    ) -> None:
        if self.fails:
            raise JournalError("the disk is full")
        await super().commit(exchanges=exchanges, facts=facts)


def told_of(callback: Callback) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads(callback.body)
    except ValueError:
        raise ProtocolError("", "is no JSON") from None
    return told


async def read(callback: Callback) -> Letter:
    told = told_of(callback)
    return Letter(told=told, decides=bool(told.get("final")))


async def post(boxes: TillInboxes, path: str, body: bytes, method: str = "POST") -> int:
    token = path.rpartition("/")[2]
    return (await boxes.take(token, Callback(method=method, body=body))).status


def inboxes(journal: MemoryJournal) -> TillInboxes:
    clock, bus, cashier = WallClock(), LocalBus(), QuietCashier()
    desk = Desk(cashier=cashier, journal=journal, bus=bus, clock=clock)
    return TillInboxes(Shop(journal=journal, desk=desk, bus=bus, cashier=cashier, clock=clock))


def row() -> Exchange:
    order = MoneyOrder(
        operation=Operation.PAYMENT,
        reference=Reference("a-1"),
        sale_time="2026-11-22T10:00:00+00:00",
    )
    return Exchange(
        exchange_id=ExchangeID("e-1"),
        scope="",
        poi_id=POI,
        sale_id=SaleID("s"),
        service_id=ONE,
        state="running",
        order=order,
        begun_at=1.0,
        changed_at=1.0,
    )


async def opened(boxes: TillInboxes, topic: str = "") -> Box:
    return await boxes.of(POI).open(ONE, read, topic=topic)


def test_a_letterbox_takes_what_is_posted_to_its_own_path() -> None:
    async def main() -> None:
        boxes = inboxes(MemoryJournal())
        pay, cancel = await opened(boxes), await opened(boxes, "cancel")
        assert pay.path != cancel.path
        assert await post(boxes, cancel.path, b'{"n": 2, "final": true}') == 200
        assert await post(boxes, pay.path, b'{"n": 1}') == 200
        assert (await pay.next())["n"] == 1
        assert (await cancel.next())["n"] == 2
        assert await post(boxes, "x" * 32, b"{}") == 404

    play(main())


def test_the_address_is_the_same_after_a_restart_and_another_in_another_journal() -> None:
    async def main() -> None:
        journal = MemoryJournal()
        first = await opened(inboxes(journal))
        again = await opened(inboxes(journal))
        other = await opened(inboxes(MemoryJournal()))
        assert first.path == again.path != other.path

    play(main())


def test_what_decides_is_durable_and_told_again_after_a_restart() -> None:
    async def main() -> None:
        journal = MemoryJournal()
        await journal.commit(exchanges=(row(),))
        boxes = inboxes(journal)
        box = await opened(boxes)
        before = journal.commits
        assert await post(boxes, box.path, b'{"n": 1}') == 200
        assert journal.commits == before
        assert await post(boxes, box.path, b'{"n": 2, "final": true}') == 200
        assert journal.commits == before + 1
        reborn = await opened(inboxes(journal))
        assert (await reborn.next())["n"] == 2

    play(main())


def test_a_full_disk_takes_no_result() -> None:
    async def main() -> None:
        journal = FullDisk()
        boxes = inboxes(journal)
        box = await opened(boxes)
        journal.fails = True
        assert await post(boxes, box.path, b'{"final": true}') == 503
        assert box._waiting.empty()
        journal.fails = False
        assert await post(boxes, box.path, b'{"final": true}') == 200

    play(main())


def test_a_doubled_result_is_answered_alike_and_told_once() -> None:
    async def main() -> None:
        boxes = inboxes(MemoryJournal())
        box = await opened(boxes)
        for _ in range(2):
            assert await post(boxes, box.path, b'{"final": true}') == 200
        assert box._waiting.qsize() == 1

    play(main())


def test_what_nobody_can_read_is_refused() -> None:
    async def main() -> None:
        boxes = inboxes(MemoryJournal())
        box = await opened(boxes)
        assert await post(boxes, box.path, b"{") == 400

    play(main())


def test_a_callback_before_the_recovery_is_held_for_it() -> None:
    async def main() -> None:
        journal = MemoryJournal()
        await journal.commit(exchanges=(row(),))
        path = (await opened(inboxes(journal))).path
        reborn = inboxes(journal)
        await reborn.expect(POI)
        posting = asyncio.gather(post(reborn, path, b'{"n": 3, "final": true}'))
        await asyncio.sleep(1)
        box = await opened(reborn)
        (status,) = await posting
        assert status == 200
        assert (await box.next())["n"] == 3

    play(main())


def test_it_is_not_held_for_ever() -> None:
    async def main() -> None:
        journal = MemoryJournal()
        await journal.commit(exchanges=(row(),))
        path = (await opened(inboxes(journal))).path
        reborn = inboxes(journal)
        await reborn.expect(POI)
        began = asyncio.get_running_loop().time()
        assert await post(reborn, path, b'{"final": true}') == 503
        assert asyncio.get_running_loop().time() - began == pytest.approx(HELD_S)

    play(main())


def test_displays_past_the_limit_are_not_taken() -> None:
    async def main() -> None:
        boxes = inboxes(MemoryJournal())
        box = await opened(boxes)
        statuses = [
            await post(boxes, box.path, b'{"n": %d}' % n) for n in range(WAITING_AT_MOST + 1)
        ]
        assert statuses == [200] * WAITING_AT_MOST + [503]

    play(main())
