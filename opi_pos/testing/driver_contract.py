"""What every driver must do. Subclass it in a test module and say how to make a stand:

    class TestMyDriver(DriverContract):
        @asynccontextmanager
        async def stand(self, play: Play) -> AsyncIterator[Stand]:
            async with serve_my_simulator() as simulator:
                async with Gate(play, simulator.port, lambda data: b"Sale" in data) as gate:
                    yield MyStand(my_driver(gate.port), simulator, gate)

The suite needs no test framework, and no plug-in: every test is a plain method. A stand whose
terminal lives in memory overrides `run` by `opi_pos.aio.virtual.run` and waits for nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any

from opi_pos.model.capabilities import RefundScope, ReversalScope, StatusQuery
from opi_pos.model.news import Ended, News, NoAnswer, Verdict, Written
from opi_pos.model.orders import AskStatus, Converse, Integration, Login, MoneyOrder
from opi_pos.model.results import Operation
from opi_pos.testing.scenes import (
    aborted,
    can_end,
    carry_out,
    lacking,
    services,
    stop,
    until_written,
)
from opi_pos.testing.stand import Play, Stand
from opi_pos.testing.stories import (
    Till,
    check_truth,
    end_of,
    is_refused_unsent,
    told,
)

Scene = Callable[[Till], Awaitable[None]]


class Played:
    """What all parts of the contract have in common."""

    waits_after: frozenset[Play] = frozenset()
    """Plays after which the driver waits on for what may still come, by the nature of its system
    (a callback), instead of ending at once.
    """
    patience_s: float = 60.0
    """After that a test that hangs has failed."""

    def stand(self, play: Play) -> AbstractAsyncContextManager[Stand]:
        """A fresh driver at a fresh terminal that does `play` to the first money command."""
        raise NotImplementedError

    def run(self, scene: Coroutine[Any, Any, None]) -> None:
        """Run one test."""
        asyncio.run(scene)

    def play(self, play: Play, scene: Scene, *, begin: bool = True) -> None:
        """Run `scene` at a stand of its own. `begin`: a session is open before it."""

        async def played() -> None:
            async with asyncio.timeout(self.patience_s), self.stand(play) as stand:
                till = Till(stand)
                try:
                    if begin:
                        await till.begin()
                    await scene(till)
                finally:
                    await stand.driver.close()

        self.run(played())


class StoryContract(Played):
    """One command, from its first byte to its end, whatever happens to it."""

    def test_an_approval_is_told_with_what_was_taken(self) -> None:
        async def scene(till: Till) -> None:
            amount = till.stand.amount(Play.APPROVE)
            news = await till.told(till.sale(amount))
            assert end_of(news).verdict is Verdict.APPROVED, news[-1]
            check_truth(till.stand, news[-1], amount)

        self.play(Play.APPROVE, scene)

    def test_a_refusal_by_the_host_takes_nothing(self) -> None:
        async def scene(till: Till) -> None:
            amount = till.stand.amount(Play.DECLINE)
            news = await till.told(till.sale(amount))
            assert end_of(news).verdict is Verdict.DECLINED, news[-1]
            check_truth(till.stand, news[-1], amount)

        self.play(Play.DECLINE, scene)

    def test_an_answer_bears_the_identity_of_its_command(self) -> None:
        async def scene(till: Till) -> None:
            sent = till.command(till.sale(till.stand.amount(Play.APPROVE)))
            answer = end_of(await told(till.stand, sent))
            assert isinstance(sent.order, MoneyOrder)
            assert answer.service_id in {None, sent.service_id}
            assert answer.reference in {None, sent.order.reference}
            assert answer.poi_id in {None, sent.poi_id}

        self.play(Play.APPROVE, scene)

    def test_where_nothing_can_be_connected_to_no_byte_has_left(self) -> None:
        async def scene(till: Till) -> None:
            news = await till.told(till.sale(till.stand.amount(Play.UNREACHABLE)))
            assert isinstance(news[-1], NoAnswer), news[-1]
            assert not news[-1].written
            assert till.stand.taken == 0
            assert till.stand.heard == 0

        self.play(Play.UNREACHABLE, scene, begin=False)

    def test_a_command_that_was_never_read_is_not_called_approved(self) -> None:
        async def scene(till: Till) -> None:
            await self._cut(till, Play.CUT_BEFORE)

        self.play(Play.CUT_BEFORE, scene)

    def test_a_command_that_was_carried_out_is_not_called_unsent(self) -> None:
        async def scene(till: Till) -> None:
            last = await self._cut(till, Play.CUT_AFTER)
            assert last is None or not isinstance(last, NoAnswer) or last.written

        self.play(Play.CUT_AFTER, scene)

    async def _cut(self, till: Till, play: Play) -> News | None:
        """Pay over a connection that is cut, then ask; None when nothing has ended yet."""
        stand = till.stand
        amount = stand.amount(play)
        sent = till.command(till.sale(amount))
        if play in self.waits_after:
            await until_written(till, sent.order)
            return None
        news = await told(stand, sent)
        check_truth(stand, news[-1], amount)
        if stand.driver.capabilities.status is not StatusQuery.NONE:
            last = await till.ask(sent, news)
            check_truth(stand, last, amount)
            by_id = stand.driver.capabilities.status is StatusQuery.BY_ID
            assert not by_id or not stand.taken or isinstance(last, Ended), last
        return news[-1]

    def test_the_terminals_commit_waits_until_the_news_are_durable(self) -> None:
        """Resuming the generator after a `yield` is what lets an acknowledgement leave."""

        async def scene(till: Till) -> None:
            stand = till.stand

            async def look(_: News) -> None:
                before = stand.committed
                await stand.breathe()
                assert stand.committed == before, "acknowledged before it was durable"

            if stand.committed is None:
                return
            news = await till.told(till.sale(stand.amount(Play.APPROVE)), look)
            assert end_of(news).verdict is Verdict.APPROVED
            assert stand.committed, "the stand never saw a commit"

        self.play(Play.APPROVE, scene)


class StopContract(Played):
    """Aborts, cancellation, closing, and what may run beside."""

    def test_an_abort_is_a_wish_and_the_payments_own_end_tells(self) -> None:
        async def scene(till: Till) -> None:
            if not can_end(till):
                return
            amount = till.stand.amount(Play.WAIT)
            news = await aborted(till, till.command(till.sale(amount)))
            assert end_of(news).verdict is Verdict.ABORTED, news
            check_truth(till.stand, news[-1], amount)

        self.play(Play.WAIT, scene)

    def test_closing_the_generator_closes_its_connection(self) -> None:
        async def scene(till: Till) -> None:
            await until_written(till, till.sale(till.stand.amount(Play.SILENT)))
            await till.stand.hung_up()

        self.play(Play.SILENT, scene)

    def test_a_cancelled_till_leaves_a_driver_that_still_pays(self) -> None:
        async def scene(till: Till) -> None:
            written = asyncio.Event()

            async def look(one: News) -> None:
                if isinstance(one, Written):
                    written.set()

            async with asyncio.TaskGroup() as group:
                order = till.sale(till.stand.amount(Play.SILENT))
                paying = group.create_task(till.told(order, look))
                await written.wait()
                await till.stand.breathe()
                paying.cancel()
            assert paying.cancelled(), "a cancellation was swallowed"
            await till.stand.hung_up()
            amount = till.stand.amount(Play.APPROVE)
            news = await till.told(till.sale(amount))
            assert end_of(news).verdict is Verdict.APPROVED, news

        self.play(Play.SILENT, scene)

    def test_a_status_may_be_asked_beside_a_payment_and_disturbs_nothing(self) -> None:
        async def scene(till: Till) -> None:
            if not can_end(till):
                return
            asked: list[News] = []
            sent = till.command(till.sale(till.stand.amount(Play.WAIT)))
            assert isinstance(sent.order, MoneyOrder)
            order = AskStatus(service_id=sent.service_id, order=sent.order)

            async def look(one: News) -> None:
                if isinstance(one, Written):
                    asked.extend(await till.told(order))

            news = await aborted(till, sent, look)
            assert end_of(news).verdict is Verdict.ABORTED, news
            assert not isinstance(asked[-1], Ended), f"it still runs, but: {asked[-1]}"

        self.play(Play.WAIT, scene)

    def test_a_login_may_reset_what_runs_and_the_terminal_pays_again(self) -> None:
        async def scene(till: Till) -> None:
            stand = till.stand
            if not (can_end(till) and stand.driver.capabilities.login):
                return
            sent = till.command(till.sale(stand.amount(Play.WAIT)))
            async with asyncio.TaskGroup() as group:
                logins: list[asyncio.Task[list[News]]] = []

                async def look(_: News) -> None:
                    login = till.told(Login(integration=Integration.LIGHT))
                    logins.append(group.create_task(login))

                news = await aborted(till, sent, look)
            assert not _is_approved(news[-1])
            assert len(logins) == 1
            if not isinstance(news[-1], Ended):
                await stop(till, sent)  # the line was reset, and the terminal may still wait
            await till.begin()
            await till.approved(till.sale(stand.amount(Play.APPROVE)))
            assert stand.taken == stand.amount(Play.APPROVE).minor

        self.play(Play.WAIT, scene)

    def test_two_payments_at_a_time_are_served_in_turn_or_one_is_refused(self) -> None:
        async def scene(till: Till) -> None:
            if not can_end(till):
                return
            amount = till.stand.amount(Play.WAIT)
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(aborted(till, till.command(till.sale(amount))))
                    for _ in range(2)
                ]
            for task in tasks:
                last = task.result()[-1]
                assert not _is_approved(last)
            assert till.stand.taken == 0

        self.play(Play.WAIT, scene)

    def test_a_payment_of_a_till_that_died_can_be_stopped(self) -> None:
        """By its service id alone; then the terminal is free again."""

        async def scene(till: Till) -> None:
            stand = till.stand
            if not stand.driver.capabilities.abort:
                return
            amount = stand.amount(Play.WAIT)
            sent, news = await until_written(till, till.sale(amount))
            assert isinstance(sent.order, MoneyOrder)
            await stop(till, sent)
            last = await till.ask(sent, news)
            assert not _is_approved(last)
            await till.approved(till.sale(stand.amount(Play.APPROVE)))
            assert stand.taken == stand.amount(Play.APPROVE).minor

        self.play(Play.WAIT, scene)

    def test_close_may_be_called_again_and_without_a_command(self) -> None:
        async def scene(till: Till) -> None:
            await till.stand.driver.close()
            await till.stand.driver.close()

        self.play(Play.APPROVE, scene, begin=False)
        self.play(Play.APPROVE, scene)


class CapabilityContract(Played):
    """What is declared works, and what is not is refused before anything is sent (rule 13)."""

    def test_the_capabilities_agree_with_each_other(self) -> None:
        async def scene(till: Till) -> None:
            can = till.stand.driver.capabilities
            assert Operation.PAYMENT in can.operations
            assert (Operation.REVERSAL in can.operations) is (can.reversal != ReversalScope.NONE)
            offline = {RefundScope.NONE, RefundScope.BACK_OFFICE}
            assert (Operation.REFUND in can.operations) is (can.refund not in offline)
            assert can.login is ("login" in can.services)
            assert can.status is StatusQuery.NONE or "ask_status" in can.services
            assert not can.abort or "stop_exchange" in can.services
            assert can.result_delivery
            assert min(can.silence_s, can.query_every_s, can.running_s) > 0
            assert can == till.stand.driver.capabilities, "capabilities never change"

        self.play(Play.APPROVE, scene, begin=False)

    def test_what_is_not_declared_is_refused_before_anything_is_sent(self) -> None:
        async def scene(till: Till) -> None:
            for capability, order in lacking(till):
                news = await till.told(order)
                assert is_refused_unsent(news, capability), f"{capability}: {news}"
            assert till.stand.heard == 0, "something was sent"
            assert till.stand.taken == 0

        self.play(Play.APPROVE, scene, begin=False)

    def test_every_declared_operation_works(self) -> None:
        async def scene(till: Till) -> None:
            for operation in sorted(till.stand.driver.capabilities.operations):
                before = till.stand.taken
                moved = await carry_out(till, operation)
                assert till.stand.taken - before == moved, operation

        self.play(Play.APPROVE, scene)

    def test_every_declared_service_is_answered(self) -> None:
        async def scene(till: Till) -> None:
            can = till.stand.driver.capabilities
            for tag, order in services(till).items():
                if tag in can.services:
                    news = await till.told(order)
                    assert isinstance(news[-1], Ended), f"{tag}: {news[-1]}"

        self.play(Play.APPROVE, scene)

    def test_a_message_of_another_language_is_not_sent(self) -> None:
        async def scene(till: Till) -> None:
            news = await till.told(Converse(message=object()))
            assert isinstance(news[-1], NoAnswer), news
            assert not news[-1].written

        self.play(Play.APPROVE, scene)

    def test_no_secret_is_in_the_drivers_repr(self) -> None:
        async def scene(till: Till) -> None:
            shown = f"{till.stand.driver!r} {till.stand.driver.capabilities!r}"
            for secret in till.stand.secrets:
                assert secret not in shown

        self.play(Play.APPROVE, scene, begin=False)


class DriverContract(StoryContract, StopContract, CapabilityContract):
    """The whole contract."""


def _is_approved(last: News) -> bool:
    return isinstance(last, Ended) and last.answer.verdict is Verdict.APPROVED
