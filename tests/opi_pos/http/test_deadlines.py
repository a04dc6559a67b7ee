"""One timer for many connections: never late, seldom early, never forgotten."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from opi_pos.aio.virtual import run
from opi_pos.http.deadlines import NEVER, Deadlines


@dataclass(eq=False)
class Connection:
    """Writes down when its deadline passed; may ask for another one then."""

    deadline: float = NEVER
    passed: list[float] = field(default_factory=list)
    again_s: list[float] = field(default_factory=list)

    def deadline_passed(self) -> None:
        now = asyncio.get_running_loop().time()
        self.passed.append(now)
        self.deadline = now + self.again_s.pop(0) if self.again_s else NEVER


@pytest.mark.parametrize("seed", range(20))
def test_every_deadline_is_met_up_to_a_fiftieth_early_and_never_late(seed: int) -> None:
    chance = random.Random(seed)
    asked: list[tuple[Connection, float]] = []

    async def main() -> None:
        connections: set[Connection] = set()
        deadlines = Deadlines(asyncio.get_running_loop(), connections, shortest_s=10)
        for _ in range(50):
            connection = Connection(asyncio.get_running_loop().time() + chance.choice([10, 30]))
            asked.append((connection, connection.deadline))
            connections.add(connection)
            if connection.deadline < deadlines.nearest:
                deadlines.note(connection.deadline)
            await asyncio.sleep(chance.random() * 5)
        await asyncio.sleep(60)

    run(main())
    for connection, deadline in asked:
        [passed] = connection.passed
        assert deadline - 0.2 - 1e-6 <= passed <= deadline + 1e-6


def test_a_deadline_set_while_another_is_met_is_met_too() -> None:
    connection = Connection(5, again_s=[1, 7])

    async def main() -> None:
        Deadlines(asyncio.get_running_loop(), {connection}, shortest_s=1).note(5)
        await asyncio.sleep(100)

    run(main())
    assert connection.passed == pytest.approx([5, 6, 13])


def test_a_deadline_taken_back_is_not_met() -> None:
    connection = Connection(5)

    async def main() -> None:
        Deadlines(asyncio.get_running_loop(), {connection}, shortest_s=1).note(5)
        connection.deadline = NEVER
        await asyncio.sleep(100)

    run(main())
    assert connection.passed == []


def test_nothing_is_looked_at_when_there_is_nothing_to_meet() -> None:
    async def main() -> None:
        deadlines = Deadlines(asyncio.get_running_loop(), set(), shortest_s=1)
        deadlines.note(NEVER)
        deadlines.note(5)
        await asyncio.sleep(6)
        assert deadlines.nearest == NEVER

    run(main())
