"""Virtual time: leaps, order, deadlock, exact repetition."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time

import pytest

from opi_pos.aio.virtual import Deadlock, run


def test_a_day_of_waiting_takes_no_time_and_shows_on_the_clock() -> None:
    async def main() -> float:
        await asyncio.sleep(86_400 * 3)
        return asyncio.get_running_loop().time()

    began = time.perf_counter()
    assert run(main(), start=100.0) == 100.0 + 86_400 * 3
    assert time.perf_counter() - began < 1


def test_the_clock_stands_while_anything_is_ready() -> None:
    async def main() -> float:
        for _ in range(1000):
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    assert run(main()) == 0.0


def test_timers_fire_in_the_order_of_their_times_at_exactly_their_times() -> None:
    seen: list[tuple[str, float]] = []

    async def wake(name: str, after: float) -> None:
        await asyncio.sleep(after)
        seen.append((name, asyncio.get_running_loop().time()))

    async def main() -> None:
        await asyncio.gather(wake("c", 0.3), wake("a", 0.1), wake("b", 0.2))

    run(main())
    assert seen == [("a", 0.1), ("b", 0.2), ("c", 0.3)]


def test_a_timeout_ends_a_wait_at_its_virtual_time() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(90):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run(main()) == 90.0


def test_a_run_that_cannot_go_on_says_who_waits_where() -> None:
    async def waits_for_nobody() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(waits_for_nobody(), name="till")
            await asyncio.sleep(7)

    with pytest.raises(Deadlock, match=r"stuck at 7 s.*till in .*waits_for_nobody:\d+"):
        run(main())


def test_cancelled_timers_do_not_hide_a_deadlock() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_later(5, print).cancel()
        await asyncio.Event().wait()

    with pytest.raises(Deadlock, match="stuck at 0 s"):
        run(main())


def test_the_text_of_a_deadlock_names_a_bounded_number_of_tasks() -> None:
    async def main() -> None:
        await asyncio.gather(*(asyncio.Event().wait() for _ in range(30)))

    with pytest.raises(Deadlock, match="21 more"):
        run(main())


def test_tasks_left_over_are_cancelled_in_the_order_they_were_started() -> None:
    ended: list[int] = []

    async def linger(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        main.kept = [loop.create_task(linger(n)) for n in range(40)]  # type: ignore[attr-defined]
        await asyncio.sleep(0)

    run(main())
    assert ended == list(range(40))


def test_the_error_of_the_program_comes_out() -> None:
    async def main() -> None:
        raise ValueError("out")

    with pytest.raises(ValueError, match="out"):
        run(main())


def test_threads_are_refused() -> None:
    async def main() -> None:
        await asyncio.to_thread(print)

    with pytest.raises(RuntimeError, match="no threads"):
        run(main())


_SETS_OF_TASKS = """
import asyncio, random, sys
from opi_pos.aio.virtual import run

async def main():
    seen = []
    ballast = [bytearray(random.SystemRandom().randrange(5000)) for _ in range(500)]

    async def child(number):
        try:
            await asyncio.Event().wait()
        finally:
            seen.append(number)

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(60):
                group.create_task(child(number))
                ballast.append(bytearray(random.SystemRandom().randrange(5000)))
            await asyncio.sleep(1)
            raise ValueError
    except* ValueError:
        pass
    print(seen)

run(main())
"""


def test_two_processes_cancel_a_task_group_in_the_same_order() -> None:
    traces = {
        subprocess.run(
            [sys.executable, "-c", _SETS_OF_TASKS], check=True, capture_output=True, text=True
        ).stdout
        for _ in range(3)
    }
    assert len(traces) == 1


def test_a_tiny_run_costs_less_than_two_milliseconds() -> None:
    async def main() -> None:
        await asyncio.sleep(30)

    for _ in range(20):
        run(main())
    began = time.process_time()
    for _ in range(200):
        run(main())
    assert (time.process_time() - began) / 200 < 0.002
