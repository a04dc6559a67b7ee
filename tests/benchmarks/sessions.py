"""What ten thousand terminals cost in one process: memory of each, and how long the loop stalls.

    python -m tests.benchmarks.sessions [--sessions 10000] [--seconds 20] [--rate 200]

Everything is real but the terminals: each has a driver of its own that approves at once, so that
what is measured is ours. All log in, then `rate` payments a second are spread over them, each with
its durable commits. Goals: at most 20 KiB a session, the loop never later than 50 ms, its 99th
percentile at most 10 ms idle and 15 ms at work.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Coroutine, Sequence
from pathlib import Path

import msgspec

from opi_pos import SaleSystem
from opi_pos.aio.tasks import Tasks
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.news import Answer, Ended, News, Verdict, Written
from opi_pos.model.orders import Command, MoneyOrder
from opi_pos.model.results import TransactionID
from opi_pos.ports import DeviceDoor, DriverSettings, Wishes
from opi_pos.runtime.config import PoiSettings, TillSettings
from opi_pos.runtime.sale_system import Parts
from terminal_bridge.drivers.nexo import connect as connect_nexo

TICK_S = 0.005
AT_A_TIME = 200


class Approving:
    """A driver without a terminal."""

    def __init__(self, capabilities: Capabilities) -> None:
        self.capabilities = capabilities

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """Approve."""
        yield Written()
        order = command.order
        if not isinstance(order, MoneyOrder):
            yield Ended(answer=Answer(verdict=Verdict.APPROVED, service_id=command.service_id))
            return
        yield Ended(
            answer=Answer(
                verdict=Verdict.APPROVED,
                service_id=command.service_id,
                sale_id=command.sale_id,
                poi_id=command.poi_id,
                reference=order.reference,
                authorized=order.amount,
                terminal_transaction=TransactionID(id="1", time="2026-01-01T00:00:00Z"),
            )
        )

    async def close(self) -> None:
        """Nothing is open."""


class Lag:
    """How late the loop calls back, in milliseconds."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_S)
            self.taken.append((time.perf_counter() - began - TICK_S) * 1e3)

    def told(self) -> tuple[float, float]:
        """99th percentile and worst."""
        return statistics.quantiles(self.taken, n=100)[98], max(self.taken)


def resident_kib() -> int:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


async def measure(sessions: int, seconds: float, rate: float, folder: Path) -> bool:
    one = PoiSettings(name="x", url="nexo+http://127.0.0.1:9", currency="EUR")
    names = [f"t{number}" for number in range(sessions)]
    pois = tuple(msgspec.structs.replace(one, name=name, poi_id=name) for name in names)
    settings = TillSettings(journal=str(folder / "till.db"), pois=pois)

    def connect(settings: DriverSettings, door: DeviceDoor) -> Approving:
        return Approving(capabilities)

    capabilities = connect_nexo(one, None).capabilities  # type: ignore[arg-type]
    before = resident_kib()
    till = SaleSystem.open(config=settings, parts=Parts(connect=connect))
    async with till:
        for first in range(0, sessions, AT_A_TIME):
            some = names[first : first + AT_A_TIME]
            await asyncio.gather(*(till.login(poi=name) for name in some))
        gc.collect()
        each = (resident_kib() - before) / sessions
        idle = await lag_during(asyncio.sleep(seconds))
        busy = await lag_during(pay(till, names, seconds, rate))
    return report(each, idle, busy)


async def lag_during(work: Coroutine[None, None, None]) -> tuple[float, float]:
    """99th percentile and worst lateness of the loop while something is done, in ms."""
    lag = Lag()
    async with Tasks() as tasks:
        tasks.spawn(lag.run(), name="lag")
        await work
    return lag.told()


async def pay(till: SaleSystem, names: Sequence[str], seconds: float, rate: float) -> None:
    """`rate` payments a second, each on the next terminal; none waits for another."""
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as payments:
        for number in range(int(seconds * rate)):
            payments.create_task(_pay(till, names[number % len(names)], number))
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))


async def _pay(till: SaleSystem, name: str, number: int) -> None:
    result = await till.pay("38.00", poi=name, reference=f"order-{number}")
    assert result.approved, result


def report(each_kib: float, idle: tuple[float, float], busy: tuple[float, float]) -> bool:
    """Print the figures; True when all goals are met."""
    figures = (
        ("memory of a session, KiB", each_kib, 20.0),
        ("idle: loop late, p99 ms", idle[0], 10.0),
        ("idle: loop late, worst ms", idle[1], 50.0),
        ("at work: loop late, p99 ms", busy[0], 15.0),
        ("at work: loop late, worst ms", busy[1], 50.0),
    )
    for name, figure, goal in figures:
        print(f"{name}: {figure:.1f}, goal {goal:g}, ratio {figure / goal:.2f}")
    return all(figure <= goal for _, figure, goal in figures)


def main() -> int:
    """Exit 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sessions")
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=float, default=200.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
        met = asyncio.run(measure(given.sessions, given.seconds, given.rate, Path(made)))
    print("met" if met else "MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
