"""A command whose outcome became known by another way is not carried on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from opi_pos import Outcome, Proof
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.news import News, NotKnown, Verdict, Written
from opi_pos.model.orders import Command, MoneyOrder
from opi_pos.ports import Wishes
from tests.opi_pos.runtime.scripted import ScriptedDriver, Step, approval, approves, status_approves
from tests.opi_pos.runtime.tills import play, till

SILENT: list[Step] = [Written(), 10_000.0]


class Watched(ScriptedDriver):
    """Tells which commands are open."""

    open: set[str]

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        self.open = getattr(self, "open", set())
        is_money = isinstance(command.order, MoneyOrder)
        if is_money:
            self.open.add(command.service_id)
        try:
            async with aclosing(super().carry_out(command, wishes)) as played:
                async for news in played:
                    yield news
        finally:
            if is_money:
                self.open.discard(command.service_id)


def test_a_persons_decision_ends_the_command_that_is_still_open() -> None:
    async def main() -> None:
        driver = Watched(SILENT, approves)
        async with till(driver) as shop:
            assert (await shop.pay("1.00", reference="a")).outcome is Outcome.IN_DOUBT
            assert driver.open
            await shop.resolve("a", Outcome.DECLINED, who="Ann", why="no slip")
            await asyncio.sleep(0)
            assert not driver.open
            assert (await shop.pay("1.00", reference="b")).approved

    play(main())


def test_so_does_a_status_that_proves_the_outcome() -> None:
    async def main() -> None:
        driver = Watched(SILENT, status=[status_approves])
        async with till(driver) as shop:
            result = await shop.pay("1.00", reference="a")
            assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.STATUS)
            await asyncio.sleep(0)
            assert not driver.open

    play(main())


def test_the_commands_own_end_is_heard_to_the_end() -> None:
    async def main() -> None:
        driver = Watched(approves)
        async with till(driver) as shop:
            result = await shop.pay("1.00", reference="a")
            assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.RESPONSE)
            await asyncio.sleep(0)
            assert not driver.open

    play(main())


def test_what_the_terminal_denied_is_still_listened_to() -> None:
    def approves_late(command: Command) -> list[Step]:
        return [Written(), 100.0, approval(command)]

    async def main() -> None:
        driver = Watched(approves_late, status=[[NotKnown()], [NotKnown()]])
        async with till(driver) as shop:
            result = await shop.pay("1.00", reference="a")
            assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.STATUS)
            assert driver.open
            await asyncio.sleep(60)
            facts = [stored.fact for stored in await shop.facts("a")]
            (alarm,) = [fact for fact in facts if fact.kind == "alarm"]
            assert alarm.data["alarm"] == "late_answer_disagrees"
            assert Verdict.APPROVED.value in alarm.data["text"]
            assert not driver.open

    play(main())
