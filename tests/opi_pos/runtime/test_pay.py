"""Paying through the whole shell, on virtual time, with a scripted terminal."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from opi_pos import Outcome, Proof, QuietCashier, ReferenceUsedError, UsageError
from opi_pos.journal.lock import MemoryLocks
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.devices import Question
from opi_pos.model.news import Answer, Ended, NoAnswer, NotKnown, Refusal, Running, Verdict, Written
from opi_pos.model.orders import AskStatus, Login, Logout, MoneyOrder
from opi_pos.model.results import Operation
from tests.opi_pos.runtime.scripted import (
    ScriptedDriver,
    Step,
    approval,
    approves,
    approves_to_sign,
    status_approves,
)
from tests.opi_pos.runtime.tills import play, till

SILENT: list[Step] = [Written(), 10_000.0]


def test_a_payment_is_approved_with_two_commits() -> None:
    async def main() -> None:
        journal = MemoryJournal()
        driver = ScriptedDriver(approves)
        async with till(driver, journal=journal) as shop:
            await shop.login()
            before = journal.commits
            result = await shop.pay("12.50", reference="a-1")
            assert journal.commits - before == 2
        assert result.approved
        assert result.proof is Proof.RESPONSE
        assert str(result.authorized) == "12.50"
        assert len(driver.sent(Login)) == len(driver.sent(Logout)) == 1

    play(main())


def test_the_same_reference_gets_the_recorded_result_and_no_second_charge() -> None:
    async def main() -> None:
        driver = ScriptedDriver(approves)
        async with till(driver) as shop:
            first = await shop.pay("12.50", reference="a-1")
            again = await shop.pay("12.50", reference="a-1")
            assert again.replayed
            assert again.service_id == first.service_id
            with pytest.raises(ReferenceUsedError):
                await shop.pay("13.00", reference="a-1")
        assert len(driver.sent(MoneyOrder)) == 1

    play(main())


def test_two_calls_at_once_are_one_payment() -> None:
    async def main() -> None:
        driver = ScriptedDriver(approves)
        async with till(driver) as shop:
            one, two = await asyncio.gather(
                shop.pay("12.50", reference="a-1"), shop.pay("12.50", reference="a-1")
            )
        assert one == two
        assert len(driver.sent(MoneyOrder)) == 1

    play(main())


def test_a_lost_answer_is_asked_about() -> None:
    async def main() -> None:
        driver = ScriptedDriver(
            [Written(), NoAnswer(written=True, problem="reset")],
            status=[[Running()], status_approves],
        )
        async with till(driver) as shop:
            result = await shop.pay("12.50", reference="a-1")
        assert result.approved
        assert result.proof is Proof.STATUS
        assert len(driver.sent(AskStatus)) == 2

    play(main())


def test_silence_is_in_doubt_and_closes_the_terminal_until_a_person_decides() -> None:
    async def main() -> None:
        driver = ScriptedDriver(SILENT, approves)
        async with till(driver) as shop:
            result = await shop.pay("12.50", reference="a-1")
            assert result.outcome is Outcome.IN_DOUBT
            refused = await shop.pay("1.00", reference="a-2")
            assert refused.outcome is Outcome.NOT_STARTED
            assert "a-1" in refused.message
            decided = await shop.resolve("a-1", Outcome.NOT_STARTED, who="Ann", why="no slip")
            assert decided.proof is Proof.MANUAL
            assert (await shop.pay("1.00", reference="a-2")).approved

    play(main())


def test_a_doubt_resolves_itself_when_the_terminal_is_back() -> None:
    async def main() -> None:
        down = [[NoAnswer(written=False, problem="down")]] * 40
        driver = ScriptedDriver(
            [Written(), NoAnswer(written=True, problem="reset")],
            approves,
            status=[*down, status_approves],
        )
        async with till(driver) as shop:
            assert (await shop.pay("12.50", reference="a-1")).outcome is Outcome.IN_DOUBT
            await asyncio.sleep(200)
            found = await shop.status("a-1")
            assert found is not None
            assert found.approved
            assert (await shop.pay("1.00", reference="a-2")).approved

    play(main())


def test_not_found_stands_only_when_asked_again_after_the_longest_delay() -> None:
    async def main() -> None:
        driver = ScriptedDriver(
            [Written(), NoAnswer(written=True, problem="reset")],
            status=[[NotKnown()], [NotKnown()], [NotKnown()]],
        )
        async with till(driver, link_delay_s=8.0) as shop:
            began = asyncio.get_running_loop().time()
            result = await shop.pay("12.50", reference="a-1")
            assert result.outcome is Outcome.NOT_STARTED
            assert result.proof is Proof.STATUS
            assert asyncio.get_running_loop().time() - began >= 8.0

    play(main())


def test_busy_is_tried_again_with_a_new_service_id() -> None:
    busy = Answer(verdict=Verdict.REFUSED, refusal=Refusal.BUSY)

    async def main() -> None:
        driver = ScriptedDriver([Written(), Ended(answer=busy)], approves)
        async with till(driver) as shop:
            assert (await shop.pay("12.50", reference="a-1")).approved
        one, two = driver.sent(MoneyOrder)
        assert one.service_id != two.service_id

    play(main())


def test_no_byte_left_is_not_started() -> None:
    async def main() -> None:
        driver = ScriptedDriver([NoAnswer(written=False, problem="refused")])
        async with till(driver) as shop:
            result = await shop.pay("12.50", reference="a-1")
        assert result.outcome is Outcome.NOT_STARTED
        assert result.proof is Proof.LINK

    play(main())


def test_an_abort_is_a_wish() -> None:
    def late(command: Any) -> Any:
        return [Written(), "abort", 3.0, approval(command)]

    async def main() -> None:
        driver = ScriptedDriver(late)
        async with till(driver) as shop:
            paying = asyncio.gather(shop.pay("12.50", reference="a-1"))
            await asyncio.sleep(1)
            await shop.abort()
            (result,) = await paying
            assert result.approved
            facts = [stored.fact.kind for stored in await shop.facts("a-1")]
        assert len(driver.aborts) == 1
        assert "alarm" in facts

    play(main())


def test_a_payment_in_the_queue_that_is_aborted_was_never_sent() -> None:
    async def main() -> None:
        driver = ScriptedDriver(approves)
        async with till(driver) as shop:
            first = asyncio.gather(shop.pay("12.50", reference="a-1"))
            second = asyncio.gather(shop.pay("1.00", reference="a-2"))
            await asyncio.sleep(0.5)
            station = shop.station()
            ticket = station.driven().rules.queue[0]
            await station.abort(ticket.exchange_id)
            (result,) = await second
            assert result.outcome is Outcome.NOT_STARTED
            await first
        assert len(driver.sent(MoneyOrder)) == 1

    play(main())


class Signer(QuietCashier):
    def __init__(self, *, accepts: bool | None) -> None:
        self.accepts = accepts
        self.asked = 0

    async def confirm(self, poi: str, question: Question) -> bool | None:
        self.asked += 1
        assert question.signature
        return self.accepts


@pytest.mark.parametrize(
    ("accepts", "outcome"), [(True, Outcome.APPROVED), (False, Outcome.DECLINED)]
)
def test_a_signature_is_confirmed_or_the_payment_is_reversed(
    accepts: bool, outcome: Outcome
) -> None:
    async def main() -> None:
        driver = ScriptedDriver(approves_to_sign, approves)
        async with till(driver, cashier=Signer(accepts=accepts)) as shop:
            result = await shop.pay("12.50", reference="a-1")
        assert result.outcome is outcome
        assert result.signature_refused is not accepts
        assert result.signature_accepted is accepts
        kinds = [c.order.operation for c in driver.sent(MoneyOrder)]  # type: ignore[union-attr]
        assert (Operation.REVERSAL in kinds) is not accepts

    play(main())


def test_a_till_without_confirm_gets_it_approved_and_nothing_reversed() -> None:
    async def main() -> None:
        driver = ScriptedDriver(approves_to_sign)
        async with till(driver) as shop:
            result = await shop.pay("12.50", reference="a-1")
        assert result.approved
        assert result.signature_required

    play(main())


def test_a_restarted_till_asks_first_and_then_answers_the_same_call() -> None:
    async def main() -> None:
        journal = MemoryJournal()
        locks = MemoryLocks()
        driver = ScriptedDriver(SILENT)
        first = till(driver, journal=journal, locks=locks)
        await first.__aenter__()
        paying = asyncio.gather(first.pay("12.50", reference="a-1"), return_exceptions=True)
        await asyncio.sleep(5)
        await first.station().driven().close()
        locks.__init__()  # type: ignore[misc]  # the kernel lets the dead process's lock go
        await first.close()
        paying.cancel()
        reborn = ScriptedDriver(approves, status=[status_approves])
        async with till(reborn, journal=journal, locks=locks) as shop:
            result = await shop.pay("12.50", reference="a-1")
        assert result.approved
        assert not reborn.sent(MoneyOrder)

    play(main())


@pytest.mark.parametrize("amount", ["0", "1e2", "-1", "12.505", "12,50", "", "1 0"])
def test_bad_amounts_name_the_remedy(amount: str) -> None:
    async def main() -> None:
        async with till(ScriptedDriver()) as shop:
            with pytest.raises(UsageError, match=r"^amount: "):
                await shop.pay(amount)

    play(main())


def test_two_fresh_journals_at_one_terminal_share_no_service_id() -> None:
    async def main() -> None:
        used: list[set[str]] = []
        marks = iter((1, 2))
        for _ in range(2):  # virtual time: both begin in the same instant
            driver = ScriptedDriver(approves, approves)
            async with till(driver, draw=lambda below: next(marks) % below) as shop:
                await shop.pay("1.00")
                await shop.pay("2.00")
            used.append({command.service_id for command in driver.commands})
            await asyncio.sleep(0.5)
        assert not used[0] & used[1]
        assert all(len(service_id) <= 10 for ids in used for service_id in ids)

    play(main())
