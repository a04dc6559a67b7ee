"""The driver contract finds drivers that break it: each one here breaks one rule."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import msgspec
import pytest
import test_contract as example
from tinpay.driver import TinpayDriver

from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import Answer, Ended, Evidence, News, NoAnswer, Verdict, Written
from opi_pos.model.orders import AskStatus, Command, Converse, MoneyOrder, StopExchange, Totals
from opi_pos.model.results import Operation
from opi_pos.ports import Wishes
from opi_pos.testing.driver_contract import DriverContract
from opi_pos.testing.stand import Play, Stand, Wishing

PAN = "4111 1111 1111 1111"
Carried = AsyncGenerator[News, DeviceAnswer | None]


class Careless(TinpayDriver):
    """What every bad driver here does otherwise, one method each."""

    secret = "s3cret-of-the-till"

    async def carry_out(self, command: Command, wishes: Wishes) -> Carried:
        async with aclosing(super().carry_out(command, wishes)) as carried:
            async for news in carried:
                for other in self.instead(news, command):
                    yield other

    def instead(self, news: News, command: Command) -> list[News]:
        """What is told instead of one piece of news."""
        return [news]


class NeverWritten(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        return [] if isinstance(news, Written) else [news]


class TalksOn(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        return [news, news] if isinstance(news, Ended) else [news]


class NeverEnds(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        return [] if isinstance(news, Ended | NoAnswer) else [news]


class CallsSilenceUnsent(Careless):
    """The worst of all: the till would pay again."""

    def instead(self, news: News, command: Command) -> list[News]:
        if isinstance(news, NoAnswer):
            return [msgspec.structs.replace(news, written=False)]
        return [news]


class CallsSilenceDeclined(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        if isinstance(news, NoAnswer) and isinstance(command.order, MoneyOrder):
            return [_ended(Verdict.DECLINED)]
        return [news]


class CallsDeclineApproved(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        if isinstance(news, Ended) and news.answer.verdict is Verdict.DECLINED:
            order: Any = command.order
            answer = msgspec.structs.replace(
                news.answer, verdict=Verdict.APPROVED, authorized=order.amount
            )
            return [Ended(answer=answer)]
        return [news]


class ForgetsTheAmount(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        if isinstance(news, Ended):
            return [Ended(answer=msgspec.structs.replace(news.answer, authorized=None))]
        return [news]


class AnswersForAnother(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        if isinstance(news, Ended):
            return [Ended(answer=msgspec.structs.replace(news.answer, service_id="1"))]
        return [news]


class KeepsObjects(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        return [Evidence(data={"seen": {1, 2}}), news] if isinstance(news, Ended) else [news]


class TellsItsSecret(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        if isinstance(news, Ended):
            answer = msgspec.structs.replace(news.answer, message=self.secret)
            return [Ended(answer=answer)]
        return [news]


class ShowsItsSecret(Careless):
    def __repr__(self) -> str:
        return f"{type(self).__name__}(password={self.secret})"


class RefusesInSilence(Careless):
    """It refuses what it lacks, and does not say what that is."""

    def instead(self, news: News, command: Command) -> list[News]:
        if isinstance(news, NoAnswer) and not news.written:
            return [NoAnswer(written=False, problem="no")]
        return [news]


class HearsNoWish(Careless):
    async def carry_out(self, command: Command, wishes: Wishes) -> Carried:
        async with aclosing(super().carry_out(command, Wishing())) as carried:
            async for news in carried:
                yield news


class SwallowsCancellation(Careless):
    async def carry_out(self, command: Command, wishes: Wishes) -> Carried:
        async with aclosing(super().carry_out(command, wishes)) as carried:
            try:
                async for news in carried:
                    yield news
            except asyncio.CancelledError:
                yield NoAnswer(written=True, problem="cancelled")


class DeniesWhatRuns(Careless):
    """Asked beside a payment it says how that ended, though it runs."""

    def instead(self, news: News, command: Command) -> list[News]:
        return [_ended(Verdict.DECLINED)] if isinstance(command.order, AskStatus) else [news]


class ForgetsToStop(TinpayDriver):
    """It says that the wish was taken, and never carries it."""

    async def _stop(self, service_id: ServiceID) -> str:
        return ""


class SendsAnything(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        if isinstance(command.order, Converse):
            return [NoAnswer(written=True, problem="the terminal did not understand")]
        return [news]


class TriesWhatItLacks(TinpayDriver):
    """It leaves the refusing to the terminal."""

    async def carry_out(self, command: Command, wishes: Wishes) -> Carried:
        if isinstance(command.order, MoneyOrder):
            async with aclosing(self._pay(command, command.order, wishes)) as paid:
                async for news in paid:
                    yield news
        elif isinstance(command.order, AskStatus | StopExchange):
            async with aclosing(super().carry_out(command, wishes)) as carried:
                async for news in carried:
                    yield news
        else:
            yield NoAnswer(written=False, problem=str(command.order.__struct_config__.tag))


class PromisesTooMuch(TinpayDriver):
    """Its record has an operation that it does not carry out."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        more = self._capabilities.operations | {Operation.RESERVATION}
        self._capabilities = msgspec.structs.replace(self._capabilities, operations=more)

    async def carry_out(self, command: Command, wishes: Wishes) -> Carried:
        order = command.order
        if isinstance(order, MoneyOrder) and order.operation is Operation.RESERVATION:
            yield NoAnswer(written=False, problem="not yet")
            return
        async with aclosing(super().carry_out(command, wishes)) as carried:
            async for news in carried:
                yield news


class ContradictsItself(TinpayDriver):
    """Sessions, and no login."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self._capabilities = msgspec.structs.replace(self._capabilities, login=True)


class ClosesOnce(TinpayDriver):
    closed = False

    async def close(self) -> None:
        assert not self.closed, "closed twice"
        self.closed = True


class LeavesConnectionsOpen(TinpayDriver):
    """It closes them when it is closed itself."""

    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        self._left: list[Callable[[], None]] = []

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await super()._connected()
        self._left.append(writer.close)
        writer.close = lambda: None  # type: ignore[method-assign]
        return reader, writer

    async def close(self) -> None:
        for close in self._left:
            close()


class TellsACardNumber(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        return [Evidence(data={"card": PAN}), news] if isinstance(news, Ended) else [news]


class ForgetsWhy(Careless):
    """A refusal without its reason."""

    def instead(self, news: News, command: Command) -> list[News]:
        if isinstance(news, Ended) and news.answer.verdict is Verdict.REFUSED:
            return [_ended(Verdict.REFUSED)]
        return [news]


class AlwaysAsksInVain(Careless):
    """It declares that it can ask by id, and never learns anything."""

    def instead(self, news: News, command: Command) -> list[News]:
        if isinstance(command.order, AskStatus):
            return [NoAnswer(written=True, problem="no idea")]
        return [news]


class SaysWrittenTooSoon(Careless):
    def instead(self, news: News, command: Command) -> list[News]:
        return [Written(), news] if isinstance(news, NoAnswer) else [news]


class PromisesServices(TinpayDriver):
    def __init__(self, *words: Any) -> None:
        super().__init__(*words)
        more = self._capabilities.services | {"totals"}
        self._capabilities = msgspec.structs.replace(self._capabilities, services=more)

    async def carry_out(self, command: Command, wishes: Wishes) -> Carried:
        if isinstance(command.order, Totals):
            yield NoAnswer(written=True, problem="not yet")
            return
        async with aclosing(super().carry_out(command, wishes)) as carried:
            async for news in carried:
                yield news


def _ended(verdict: Verdict) -> Ended:
    return Ended(answer=Answer(verdict=verdict))


class Contract(example.TestTinpay):
    """The example's own stand, with another driver on it."""

    patience_s = 0.5
    """A driver that hangs is found by it; none of the tests here should pass."""

    def __init__(self, kind: type[TinpayDriver]) -> None:
        self._kind = kind

    @asynccontextmanager
    async def stand(self, play: Play) -> AsyncIterator[Stand]:
        async with super().stand(play) as stand:
            good = stand.driver
            assert isinstance(good, TinpayDriver)
            stand.driver = self._kind(good._address, good.capabilities)
            stand.secrets = (Careless.secret,)
            yield stand


APPROVAL = "test_an_approval_is_told_with_what_was_taken"
CAUGHT: dict[type[TinpayDriver], str] = {
    NeverWritten: APPROVAL,
    TalksOn: APPROVAL,
    NeverEnds: APPROVAL,
    ForgetsTheAmount: APPROVAL,
    KeepsObjects: APPROVAL,
    TellsItsSecret: APPROVAL,
    TellsACardNumber: APPROVAL,
    ForgetsWhy: "test_two_payments_at_a_time_are_served_in_turn_or_one_is_refused",
    CallsSilenceUnsent: "test_a_command_that_was_carried_out_is_not_called_unsent",
    CallsSilenceDeclined: "test_a_command_that_was_carried_out_is_not_called_unsent",
    AlwaysAsksInVain: "test_a_command_that_was_carried_out_is_not_called_unsent",
    CallsDeclineApproved: "test_a_refusal_by_the_host_takes_nothing",
    AnswersForAnother: "test_an_answer_bears_the_identity_of_its_command",
    SaysWrittenTooSoon: "test_where_nothing_can_be_connected_to_no_byte_has_left",
    ShowsItsSecret: "test_no_secret_is_in_the_drivers_repr",
    RefusesInSilence: "test_what_is_not_declared_is_refused_before_anything_is_sent",
    TriesWhatItLacks: "test_what_is_not_declared_is_refused_before_anything_is_sent",
    PromisesTooMuch: "test_every_declared_operation_works",
    PromisesServices: "test_every_declared_service_is_answered",
    ContradictsItself: "test_the_capabilities_agree_with_each_other",
    HearsNoWish: "test_an_abort_is_a_wish_and_the_payments_own_end_tells",
    DeniesWhatRuns: "test_a_status_may_be_asked_beside_a_payment_and_disturbs_nothing",
    SwallowsCancellation: "test_a_cancelled_till_leaves_a_driver_that_still_pays",
    LeavesConnectionsOpen: "test_closing_the_generator_closes_its_connection",
    ForgetsToStop: "test_a_payment_of_a_till_that_died_can_be_stopped",
    SendsAnything: "test_a_message_of_another_language_is_not_sent",
    ClosesOnce: "test_close_may_be_called_again_and_without_a_command",
}
"""Each bad driver, and the test that finds it."""
TESTS = sorted(name for name in dir(DriverContract) if name.startswith("test_"))


@pytest.mark.parametrize("kind", CAUGHT)
def test_a_driver_that_breaks_a_rule_is_found(kind: type[TinpayDriver]) -> None:
    with pytest.raises((AssertionError, TimeoutError, ExceptionGroup)):
        getattr(Contract(kind), CAUGHT[kind])()


@pytest.mark.parametrize("name", TESTS)
def test_a_driver_that_keeps_them_is_not(name: str) -> None:
    contract = Contract(TinpayDriver)
    contract.patience_s = DriverContract.patience_s
    getattr(contract, name)()


def test_every_test_but_the_commits_has_a_driver_that_it_finds() -> None:
    """A Tinpay terminal has no commit and no sessions; what was never read is no news to it."""
    others = {
        "test_the_terminals_commit_waits_until_the_news_are_durable",
        "test_a_command_that_was_never_read_is_not_called_approved",
        "test_a_login_may_reset_what_runs_and_the_terminal_pays_again",
    }
    assert set(TESTS) - others == set(CAUGHT.values())
