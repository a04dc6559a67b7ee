"""One at a time of each kind."""

from __future__ import annotations

import asyncio

import pytest

from opi_pos.aio import virtual
from opi_pos.aio.one_by_one import OneByOne


def test_equal_keys_wait_in_order_and_others_do_not() -> None:
    async def main() -> None:
        one_by_one, seen = OneByOne(), []

        async def work(key: str, number: int) -> None:
            async with one_by_one.of(key):
                await asyncio.sleep(10)
                seen.append((asyncio.get_running_loop().time(), number))

        await asyncio.gather(work("a", 1), work("a", 2), work("b", 3), work("a", 4))
        assert seen == [(10, 1), (10, 3), (20, 2), (30, 4)]
        assert len(one_by_one) == 0

    virtual.run(main())


def test_who_fails_or_is_cancelled_lets_the_next_one_in() -> None:
    async def main() -> None:
        one_by_one = OneByOne()

        async def fail() -> None:
            async with one_by_one.of("a"):
                await asyncio.sleep(5)
                raise ValueError

        async def wait(within_s: float) -> float:
            async with asyncio.timeout(within_s), one_by_one.of("a"):
                return asyncio.get_running_loop().time()

        outcomes = await asyncio.gather(fail(), wait(1), wait(9), return_exceptions=True)
        assert [type(each) for each in outcomes] == [ValueError, TimeoutError, float]
        assert outcomes[2] == pytest.approx(5)
        assert len(one_by_one) == 0

    virtual.run(main())
