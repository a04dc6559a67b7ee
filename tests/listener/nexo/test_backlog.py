"""What nobody waits for: in order, never lost to one that failed, bounded, one lane a terminal."""

from __future__ import annotations

import asyncio

import pytest

from listener.nexo.backlog import LANE_LIMIT, LANES_LIMIT, Backlog
from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceAnswer, DeviceRequest, Display, Event, EventKind
from opi_pos.model.ids import POIID
from tests.listener.till import PATIENCE_S


class SlowTill:
    """Takes requests when it is let; fails on lines that say so."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.taken: list[DeviceRequest] = []
        self.stuck: set[str] = set()
        self._came = asyncio.Event()

    def knows(self, poi_id: POIID) -> bool:
        return True

    async def announce(self, poi_id: POIID, host: str, port: int, peer: str) -> bool:
        return False

    async def device_request(self, request: DeviceRequest) -> DeviceAnswer | None:
        if request.poi_id in self.stuck:
            await self.open.wait()
            await asyncio.sleep(0)
        if isinstance(request.body, Display) and request.body.lines == ("fail",):
            raise OSError("the screen is gone")
        self.taken.append(request)
        self._came.set()
        return None

    async def took(self, count: int) -> None:
        """Wait until that many requests were taken, and what took them has ended."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.taken) < count:
                self._came.clear()
                await self._came.wait()
        await asyncio.sleep(0)

    def lines(self) -> list[str]:
        return [r.body.lines[0] for r in self.taken if isinstance(r.body, Display)]


def show(text: str, poi_id: str = "A") -> DeviceRequest:
    return DeviceRequest(poi_id=POIID(poi_id), body=Display(lines=(text,)))


def tell(kind: EventKind, poi_id: str = "A") -> DeviceRequest:
    return DeviceRequest(poi_id=POIID(poi_id), body=Event(kind=kind))


async def test_a_till_that_takes_them_at_once_costs_no_task() -> None:
    till = SlowTill()
    async with Tasks() as tasks:
        backlog = Backlog(till, tasks)
        for number in range(3):
            backlog.put(show(str(number)))
            assert len(tasks) == 0
        assert till.lines() == ["0", "1", "2"]


async def test_what_comes_while_one_waits_stays_in_order_behind_it() -> None:
    till = SlowTill()
    till.stuck.add("A")
    async with Tasks() as tasks:
        backlog = Backlog(till, tasks)
        for number in range(5):
            backlog.put(show(str(number)))
        assert till.taken == []
        till.open.set()
        await till.took(5)
        assert till.lines() == ["0", "1", "2", "3", "4"]
        assert len(tasks) == 0
        till.stuck.clear()
        backlog.put(show("5"))
        assert till.lines()[-1] == "5"


@pytest.mark.parametrize("stuck", [True, False], ids=["behind", "at once"])
async def test_one_that_fails_loses_only_itself(
    stuck: bool, caplog: pytest.LogCaptureFixture
) -> None:
    till = SlowTill()
    if stuck:
        till.stuck.add("A")
    async with Tasks() as tasks:
        backlog = Backlog(till, tasks)
        for text in ("fail", "1", "fail", "2"):
            backlog.put(show(text))
        till.open.set()
        await till.took(2)
        assert till.lines() == ["1", "2"]
    assert caplog.text.count("a Display was not taken") == 2


async def test_a_terminal_that_is_behind_holds_up_no_other() -> None:
    till = SlowTill()
    till.stuck.add("A")
    async with Tasks() as tasks:
        backlog = Backlog(till, tasks)
        backlog.put(show("waits"))
        backlog.put(show("passes", "B"))
        assert till.lines() == ["passes"]


@pytest.mark.parametrize("extra", [0, 1], ids=["limit", "one past it"])
async def test_past_the_limit_the_oldest_display_goes_and_no_event(extra: int) -> None:
    till = SlowTill()
    till.stuck.add("A")
    async with Tasks() as tasks:
        backlog = Backlog(till, tasks)
        backlog.put(show("being taken"))
        backlog.put(tell(EventKind.CARD_INSERTED))
        for number in range(LANE_LIMIT - 1 + extra):
            backlog.put(show(str(number)))
        assert backlog.dropped == extra
        till.open.set()
        await till.took(LANE_LIMIT + 1)
        assert till.lines() == [
            "being taken",
            *(str(number) for number in range(extra, LANE_LIMIT - 1 + extra)),
        ]
        assert any(isinstance(request.body, Event) for request in till.taken)


async def test_events_alone_past_the_limit_lose_the_oldest() -> None:
    till = SlowTill()
    till.stuck.add("A")
    async with Tasks() as tasks:
        backlog = Backlog(till, tasks)
        backlog.put(tell(EventKind.STARTED))
        backlog.put(tell(EventKind.CARD_INSERTED))
        for _ in range(LANE_LIMIT):
            backlog.put(tell(EventKind.CARD_REMOVED))
        till.open.set()
        await till.took(LANE_LIMIT + 1)
        kinds = [r.body.kind for r in till.taken if isinstance(r.body, Event)]
        assert kinds == [EventKind.STARTED] + [EventKind.CARD_REMOVED] * LANE_LIMIT


@pytest.mark.parametrize("extra", [0, 1], ids=["limit", "one past it"])
async def test_no_more_terminals_than_the_limit_are_waited_for(extra: int) -> None:
    till = SlowTill()
    names = [str(number) for number in range(LANES_LIMIT + extra)]
    till.stuck.update(names)
    async with Tasks() as tasks:
        backlog = Backlog(till, tasks)
        for name in names:
            backlog.put(show("x", name))
        assert (backlog.dropped, len(tasks)) == (extra, LANES_LIMIT)


async def test_closing_ends_what_waits() -> None:
    till = SlowTill()
    till.stuck.add("A")
    tasks = Tasks()
    backlog = Backlog(till, tasks)
    backlog.put(show("1"))
    backlog.put(show("2"))
    await tasks.aclose()
    assert till.taken == []
