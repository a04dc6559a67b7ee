"""Tasks have an owner: none is lost, none fails in silence."""

from __future__ import annotations

import asyncio
import logging

import pytest

from opi_pos.aio.tasks import Tasks
from opi_pos.aio.virtual import run


async def _forever(seen: list[str], name: str) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.sleep(1)
        seen.append(name)


def test_leaving_cancels_every_task_and_waits_for_its_last_step() -> None:
    seen: list[str] = []

    async def main() -> None:
        async with Tasks() as tasks:
            for name in "abc":
                tasks.spawn(_forever(seen, name), name=name)
            await asyncio.sleep(1)
            assert len(tasks) == 3
        assert len(tasks) == 0

    run(main())
    assert seen == ["a", "b", "c"]


def test_a_failure_is_reported_and_leaves_the_siblings_running() -> None:
    reports: list[tuple[str, str]] = []

    async def fail() -> None:
        raise ValueError("broken")

    async def main() -> str:
        async with Tasks(report=lambda name, error: reports.append((name, str(error)))) as tasks:
            sibling = tasks.spawn(asyncio.sleep(5, "done"), name="sibling")
            tasks.spawn(fail(), name="faulty")
            return await sibling

    assert run(main()) == "done"
    assert reports == [("faulty", "broken")]


def test_a_failure_nobody_asked_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ValueError("broken")

    async def main() -> None:
        async with Tasks() as tasks:
            tasks.spawn(fail(), name="faulty")
            await asyncio.sleep(1)

    with caplog.at_level(logging.ERROR, logger="opi_pos.aio"):
        run(main())
    assert "background task faulty failed" in caplog.text
    assert "broken" in caplog.text


def test_a_failure_while_being_cancelled_is_reported_too() -> None:
    reports: list[str] = []

    async def stumble() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("on the way out")

    async def main() -> None:
        async with Tasks(report=lambda name, error: reports.append(f"{name}: {error}")) as tasks:
            tasks.spawn(stumble(), name="stumbler")
            await asyncio.sleep(1)

    run(main())
    assert reports == ["stumbler: on the way out"]


def test_a_task_started_by_a_dying_task_is_refused_and_its_coroutine_closed() -> None:
    async def main() -> None:
        tasks = Tasks()
        await tasks.aclose()
        with pytest.raises(RuntimeError, match="cannot start 'late'"):
            tasks.spawn(asyncio.sleep(1), name="late")

    run(main())


def test_a_task_may_close_its_own_owner() -> None:
    seen: list[str] = []

    async def main() -> None:
        tasks = Tasks()

        async def close_all() -> None:
            await tasks.aclose()
            seen.append("closed")

        tasks.spawn(_forever(seen, "other"), name="other")
        closer = tasks.spawn(close_all(), name="closer")
        await closer

    run(main())
    assert seen == ["other", "closed"]
