"""Fan-out: a slow watcher loses displays, never more, and nobody waits for it."""

from __future__ import annotations

import asyncio

import pytest

from opi_pos.bus.local import KEPT_MAX, Delivery, LocalBus, Watcher, WatcherCutOffError


def is_display(_topic: str, news: object) -> bool:
    return str(news).startswith("display")


@pytest.fixture
def bus() -> LocalBus:
    return LocalBus(lossy=is_display, kept_max=5)


async def read(watcher: Watcher) -> list[Delivery]:
    """All that waits; the watcher is closed first, so that it ends."""
    watcher.close()
    return [delivery async for delivery in watcher]


async def test_a_watcher_gets_its_topics_in_order(bus: LocalBus) -> None:
    front, every = bus.subscribe(["front", "front"]), bus.subscribe()
    bus.publish("front", "outcome 1")
    bus.publish("counter", "outcome 2")
    bus.publish("front", "display 3")
    assert await read(front) == [
        Delivery(topic="front", news="outcome 1"),
        Delivery(topic="front", news="display 3"),
    ]
    assert [delivery.news for delivery in await read(every)] == [
        "outcome 1",
        "outcome 2",
        "display 3",
    ]


async def test_a_slow_watcher_loses_its_oldest_displays_and_is_told_how_many(
    bus: LocalBus,
) -> None:
    watcher = bus.subscribe(["front"], capacity=2)
    for number in range(4):
        bus.publish("front", f"display {number}")
        bus.publish("front", f"outcome {number}")
    deliveries = await read(watcher)
    assert [delivery.news for delivery in deliveries] == [
        "outcome 0", "outcome 1", "display 2", "outcome 2", "display 3", "outcome 3",
    ]  # fmt: skip
    assert [delivery.lost for delivery in deliveries] == [2, 0, 0, 0, 0, 0]


async def test_a_fast_watcher_loses_nothing_beside_a_slow_one(bus: LocalBus) -> None:
    slow, fast = bus.subscribe(["front"], capacity=1), bus.subscribe(["front"], capacity=1)
    got = []
    for number in range(3):
        bus.publish("front", f"display {number}")
        got.append(await anext(fast))
    assert [(delivery.news, delivery.lost) for delivery in got] == [
        ("display 0", 0),
        ("display 1", 0),
        ("display 2", 0),
    ]
    assert await read(slow) == [Delivery(topic="front", news="display 2", lost=2)]


async def test_capacity_is_met_exactly(bus: LocalBus) -> None:
    watcher = bus.subscribe(["front"], capacity=3)
    for number in range(3):
        bus.publish("front", f"display {number}")
    assert (await anext(watcher)).lost == 0
    bus.publish("front", "display 3")
    bus.publish("front", "display 4")
    assert await anext(watcher) == Delivery(topic="front", news="display 2", lost=1)


async def test_a_stalled_watcher_is_cut_off_one_past_the_limit(bus: LocalBus) -> None:
    watcher, other = bus.subscribe(), bus.subscribe()
    for number in range(5):
        bus.publish("front", f"outcome {number}")
    assert (await anext(other)).news == "outcome 0"
    bus.publish("front", "display")
    bus.publish("front", "outcome 5")
    with pytest.raises(WatcherCutOffError, match="let 5 news wait"):
        await anext(watcher)
    with pytest.raises(WatcherCutOffError):
        await anext(watcher)
    assert [delivery.news for delivery in await read(other)] == [
        "outcome 1", "outcome 2", "outcome 3", "outcome 4", "display", "outcome 5",
    ]  # fmt: skip


async def test_a_cut_off_watcher_costs_no_memory(bus: LocalBus) -> None:
    watcher = bus.subscribe(["front"])
    for number in range(1000):
        bus.publish("front", f"outcome {number}")
    assert bus._by_topic == {}
    assert not watcher._kept
    assert KEPT_MAX == 10_000


async def test_a_reader_is_woken_by_news_and_by_closing(bus: LocalBus) -> None:
    watcher = bus.subscribe(["front"])
    async with asyncio.TaskGroup() as group:
        first = group.create_task(anext(watcher, None))
        await asyncio.sleep(0)
        bus.publish("front", "outcome")
    assert first.result() == Delivery(topic="front", news="outcome")
    async with asyncio.TaskGroup() as group:
        last = group.create_task(anext(watcher, None))
        await asyncio.sleep(0)
        bus.close()
    assert last.result() is None


async def test_a_reader_that_was_cancelled_can_read_on(bus: LocalBus) -> None:
    watcher = bus.subscribe(["front"])
    async with asyncio.TaskGroup() as group:
        task = group.create_task(anext(watcher, None))
        await asyncio.sleep(0)
        task.cancel()
    bus.publish("front", "outcome")
    assert (await anext(watcher)).news == "outcome"


async def test_closing_ends_the_subscription_and_keeps_what_came(bus: LocalBus) -> None:
    with bus.subscribe(["front", "counter"]) as watcher:
        bus.publish("front", "outcome 1")
    bus.publish("front", "outcome 2")
    assert [delivery.news async for delivery in watcher] == ["outcome 1"]
    assert bus._by_topic == {}


def test_publishing_needs_neither_a_loop_nor_a_watcher() -> None:
    bus = LocalBus()
    bus.publish("front", "outcome")
    watcher = bus.subscribe()
    bus.publish("front", "outcome")
    assert asyncio.run(read(watcher)) == [Delivery(topic="front", news="outcome")]


async def test_a_broken_predicate_makes_news_precious_and_raises_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_topic: str, _news: object) -> bool:
        raise LookupError

    bus = LocalBus(lossy=broken)
    watcher = bus.subscribe(capacity=1)
    bus.publish("front", 1)
    bus.publish("front", 2)
    assert [delivery.news for delivery in await read(watcher)] == [1, 2]
    assert "may be lost" in caplog.text


def test_a_capacity_of_nothing_is_refused(bus: LocalBus) -> None:
    with pytest.raises(ValueError, match="capacity"):
        bus.subscribe(capacity=0)
