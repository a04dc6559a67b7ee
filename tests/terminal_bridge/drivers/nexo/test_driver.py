"""The driver against a scripted terminal in memory, on virtual time: a whole talk per test."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from opi_pos.aio import virtual
from opi_pos.model.errors import LinkError
from opi_pos.model.ids import Reference, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import AbortLost, Ended, NoAnswer, Verdict, Written
from opi_pos.model.orders import (
    AskCustomer,
    AskStatus,
    Converse,
    Diagnose,
    Integration,
    Login,
    Logout,
    MoneyOrder,
    Order,
    Original,
    SaleItem,
    ShowCustomer,
    StopExchange,
)
from opi_pos.model.results import Operation, TransactionID
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo.dialect import Dialect, capabilities_of
from terminal_bridge.drivers.nexo.driver import ABORT_S, REMEMBERED, NexoDriver
from terminal_bridge.drivers.nexo.requests import Till
from terminal_bridge.links.conversation import LONGEST_S
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import FairWeather, Loss, MemoryLink, Passage
from tests.terminal_bridge.drivers.nexo.scripted import Http, Play, Wishing, in_memory, told
from tests.terminal_bridge.drivers.nexo.wire import (
    answer_to,
    command,
    failed,
    paid,
    payment,
    response,
    status,
)

ORIGINAL = Original(
    reference=Reference("order-1"),
    service_id=ServiceID("40"),
    transaction=TransactionID(id="8778880185", time="2026-03-01T08:30:20.498Z"),
)
MORNING = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class Till3:
    """A driver on a scripted terminal, and every message that reached the terminal."""

    def __init__(self, play: Play, *, profile: str = "swedbank", weather: Any = None) -> None:
        self.got: list[nexo.Message] = []
        self._play = play
        dialect = Dialect(profile=nexo.profile(profile))
        self.link = MemoryLink(partial(in_memory, self._take), weather=weather)
        self.driver = NexoDriver(
            link=self.link,
            dialect=dialect,
            capabilities=capabilities_of(dialect.profile, Integration.LIGHT),
            till=Till(
                software=nexo.SaleSoftware(
                    provider_identification="Shop",
                    application_name="Till",
                    software_version="7",
                ),
                profile=dialect.profile,
            ),
            now=lambda: MORNING,
        )

    async def _take(self, data: bytes) -> bytes | Http | None:
        self.got.append(nexo.decode(data))
        return await self._play(data)


Scene = Callable[[], Coroutine[Any, Any, None]]


def played(scene: Scene) -> None:
    virtual.run(scene())


def always(body: nexo.Element) -> Play:
    async def play(data: bytes) -> bytes:
        return answer_to(data, body)

    return play


async def kinds(news: Awaitable[list[Any]]) -> list[str]:
    return [type(one).__name__ for one in await news]


# --- one order, one answer ---


def test_a_payment_is_written_and_then_ends() -> None:
    async def scene() -> None:
        till = Till3(always(paid()))
        news = await told(till.driver, command(payment()))
        assert [type(one) for one in news] == [Written, Ended]
        header = till.got[0].header
        assert (header.message_class, header.message_category) == ("Service", "Payment")
        assert (header.service_id, header.sale_id, header.poi_id) == ("41", "till-3", "A-POIID")
        assert header.device_id is None
        await till.driver.close()

    played(scene)


def test_written_is_told_before_anything_comes_back() -> None:
    async def scene() -> None:
        answer_now = asyncio.Event()

        async def play(data: bytes) -> bytes:
            await answer_now.wait()
            return answer_to(data, paid())

        till = Till3(play)
        talk = till.driver.carry_out(command(payment()), Wishing())
        assert await anext(talk) == Written()
        answer_now.set()
        assert isinstance(await anext(talk), Ended)
        with pytest.raises(StopAsyncIteration):
            await anext(talk)
        await till.driver.close()

    played(scene)


@pytest.mark.parametrize(
    ("order", "version"),
    [
        (Login(integration=Integration.LIGHT), "3.1"),
        (Diagnose(), "3.1"),
        (payment(), None),
        (Logout(), None),
    ],
)
def test_the_profile_says_which_messages_carry_the_version(
    order: Order, version: str | None
) -> None:
    async def scene() -> None:
        till = Till3(always(nexo.LogoutResponse(response=response())))
        await told(till.driver, command(order))
        assert till.got[0].header.protocol_version == version
        await till.driver.close()

    played(scene)


def test_a_dialogue_with_the_customer_has_a_device_id() -> None:
    async def scene() -> None:
        till = Till3(always(nexo.LogoutResponse(response=response())))
        await told(till.driver, command(ShowCustomer(lines=("Hello",))))
        header = till.got[0].header
        assert (header.message_class, header.device_id, header.service_id) == ("Device", "41", "41")
        await till.driver.close()

    played(scene)


@pytest.mark.parametrize(
    ("profile", "first"),
    [("swedbank", b"<"), ("westpay", b"{"), ("plain-json", b"{"), ("framed-xml", b"<")],
)
def test_the_profile_decides_the_encoding(profile: str, first: bytes) -> None:
    async def scene() -> None:
        starts: list[bytes] = []

        async def play(data: bytes) -> bytes:
            starts.append(data.lstrip()[:1])
            return answer_to(data, paid())

        till = Till3(play, profile=profile)
        news = await told(till.driver, command(payment()))
        assert isinstance(news[-1], Ended)
        assert starts == [first]
        await till.driver.close()

    played(scene)


def test_busy_is_a_running_exchange_where_the_profile_says_so() -> None:
    async def scene() -> None:
        order = AskStatus(service_id=ServiceID("40"), order=payment())
        busy = always(status(response("Failure", "Busy")))
        for profile, last in (("swedbank", "Running"), ("westpay", "NoAnswer")):
            till = Till3(busy, profile=profile)
            assert (await kinds(told(till.driver, command(order))))[-1] == last
            await till.driver.close()

    played(scene)


def test_any_message_can_be_carried_and_its_own_ids_are_the_commands() -> None:
    async def scene() -> None:
        own = nexo.Message(
            header=nexo.header_for(nexo.AdminRequest, sale_id="x", poi_id="y", service_id="1"),
            body=nexo.AdminRequest(service_identification="OM02"),
        )
        till = Till3(always(nexo.AdminResponse(response=response())))
        news = await told(till.driver, command(Converse(message=own)))
        assert isinstance(news[-1], Ended)
        assert isinstance(news[-1].answer.payload, nexo.Message)
        header = till.got[0].header
        assert (header.service_id, header.sale_id, header.poi_id) == ("41", "till-3", "A-POIID")
        await till.driver.close()

    played(scene)


# --- what is never sent ---


@pytest.mark.parametrize(
    ("order", "named"),
    [
        (payment(Operation.TIP_ADJUSTMENT), "tip_adjustment"),
        (payment(allow_partial=True), "partial_approval"),
        (payment(Operation.REVERSAL), "original"),
        (payment(amount=None), "amount"),
        (payment(amount=Amount(minor=10**11, currency="SEK")), "RequestedAmount"),
        (
            payment(items=(SaleItem(product_code="A", amount=Amount(minor=1, currency="SEK")),)),
            "ProductCode",
        ),
        (payment(language="Svenska"), "CustomerLanguage"),
        (AskCustomer(kind="iris", lines=()), "kind"),
        (Converse(message="<xml/>"), "message"),
    ],
)
def test_what_cannot_be_said_is_not_sent_and_the_problem_is_named(order: Order, named: str) -> None:
    async def scene() -> None:
        till = Till3(always(paid()))
        (news,) = await told(till.driver, command(order))
        assert isinstance(news, NoAnswer)
        assert news.written is False
        assert named in news.problem
        assert till.got == []
        await till.driver.close()

    played(scene)


def test_a_terminal_without_sessions_is_never_logged_in() -> None:
    async def scene() -> None:
        till = Till3(always(paid()), profile="adyen-local")
        (news,) = await told(till.driver, command(Login(integration=Integration.LIGHT)))
        assert isinstance(news, NoAnswer)
        assert (news.written, "login" in news.problem) == (False, True)
        assert till.driver.capabilities.login is False
        await till.driver.close()

    played(scene)


# --- links that fail ---


class Weather(FairWeather):
    """One passage for every request."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage

    def request(self, data: bytes) -> Passage:
        return self._passage


def test_without_a_connection_no_byte_left() -> None:
    async def scene() -> None:
        till = Till3(always(paid()), weather=Weather(Passage(loss=Loss.REFUSED)))
        (news,) = await told(till.driver, command(payment()))
        assert isinstance(news, NoAnswer)
        assert news.written is False
        await till.driver.close()

    played(scene)


def test_a_connection_that_breaks_leaves_the_outcome_open() -> None:
    async def scene() -> None:
        till = Till3(always(paid()), weather=Weather(Passage(loss=Loss.BROKEN)))
        news = await told(till.driver, command(payment()))
        assert news[0] == Written()
        assert isinstance(news[1], NoAnswer)
        assert news[1].written is True
        await till.driver.close()

    played(scene)


def test_a_link_that_denies_what_it_told_is_not_believed() -> None:
    class Liar:
        async def exchange(self, data: bytes, *, on_written: Callable[[], None]) -> Reply:
            on_written()
            raise LinkError("never mind", written=False)

        async def close(self) -> None:
            pass

    async def scene() -> None:
        till = Till3(always(paid()))
        till.driver._link = Liar()
        news = await told(till.driver, command(payment()))
        assert news == [Written(), NoAnswer(written=True, problem="never mind")]

    played(scene)


def test_nobody_waits_for_ever_on_a_dead_connection() -> None:
    async def scene() -> None:
        till = Till3(always(paid()), weather=Weather(Passage(copies_s=())))
        news = await told(till.driver, command(payment()))
        assert isinstance(news[-1], NoAnswer)
        assert news[-1].written is True
        assert asyncio.get_running_loop().time() == LONGEST_S
        await till.driver.close()

    played(scene)


def test_closing_the_driver_ends_a_payment_as_written() -> None:
    async def scene() -> None:
        till = Till3(always(paid()), weather=Weather(Passage(copies_s=())))
        talk = till.driver.carry_out(command(payment()), Wishing())
        assert await anext(talk) == Written()
        await till.driver.close()
        last = await anext(talk)
        assert isinstance(last, NoAnswer)
        assert last.written is True
        await talk.aclose()

    played(scene)


def test_closing_the_talk_leaves_no_task_behind() -> None:
    async def scene() -> None:
        till = Till3(always(paid()), weather=Weather(Passage(copies_s=())))
        before = asyncio.all_tasks()
        talk = till.driver.carry_out(command(payment()), Wishing())
        await anext(talk)
        assert len(asyncio.all_tasks()) > len(before)
        await talk.aclose()
        assert asyncio.all_tasks() == before
        await till.driver.close()

    played(scene)


def test_cancelling_whoever_waits_is_not_swallowed() -> None:
    async def scene() -> None:
        till = Till3(always(paid()), weather=Weather(Passage(copies_s=())))
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(told(till.driver, command(payment())))
            await asyncio.sleep(1)
            waiting.cancel()
        assert waiting.cancelled()
        await till.driver.close()

    played(scene)


# --- aborts ---


class Stoppable:
    """A terminal whose payment ends when it is aborted; `answer` is what the abort gets."""

    def __init__(self, *, answer: bytes | Http | None = None) -> None:
        self.stopped = asyncio.Event()
        self._answer = answer

    async def play(self, data: bytes) -> bytes | Http | None:
        if isinstance(nexo.decode(data).body, nexo.AbortRequest):
            self.stopped.set()
            return self._answer
        await self.stopped.wait()
        return answer_to(data, failed("Aborted"))


def test_an_abort_passes_the_open_payment_and_the_payments_own_answer_decides() -> None:
    async def scene() -> None:
        terminal, wishes = Stoppable(), Wishing()
        till = Till3(terminal.play)
        talk = till.driver.carry_out(command(payment()), wishes)
        assert await anext(talk) == Written()
        wishes.wish("42")
        last = await anext(talk)
        assert isinstance(last, Ended)
        assert last.answer.verdict is Verdict.ABORTED
        abort = till.got[1]
        assert isinstance(abort.body, nexo.AbortRequest)
        named = abort.body.message_reference
        assert (abort.header.service_id, abort.header.message_category) == ("42", "Abort")
        assert (named.message_category, named.service_id) == ("Payment", "41")
        assert (named.sale_id, named.poi_id) == ("till-3", "A-POIID")
        await talk.aclose()
        await till.driver.close()

    played(scene)


def test_every_wish_is_sent() -> None:
    async def scene() -> None:
        aborts: list[str | None] = []
        enough = asyncio.Event()

        async def play(data: bytes) -> bytes | None:
            message = nexo.decode(data)
            if isinstance(message.body, nexo.AbortRequest):
                aborts.append(message.header.service_id)
                if len(aborts) == 3:
                    enough.set()
                return None
            await enough.wait()
            return answer_to(data, paid())

        till, wishes = Till3(play), Wishing()
        for service_id in ("42", "43", "44"):
            wishes.wish(service_id)
        news = await told(till.driver, command(payment()), wishes)
        assert aborts == ["42", "43", "44"]
        assert isinstance(news[-1], Ended)
        assert news[-1].answer.verdict is Verdict.APPROVED
        await till.driver.close()

    played(scene)


@pytest.mark.parametrize("answer", [Http(200, b"ok"), Http(202), None])
def test_an_abort_that_is_taken_makes_no_news(answer: Http | None) -> None:
    async def scene() -> None:
        terminal, wishes = Stoppable(answer=answer), Wishing()
        till = Till3(terminal.play)
        wishes.wish("42")
        assert await kinds(told(till.driver, command(payment()), wishes)) == ["Written", "Ended"]
        await till.driver.close()

    played(scene)


def test_an_abort_that_is_refused_is_told_and_the_payment_goes_on() -> None:
    async def scene() -> None:
        go_on, wishes = asyncio.Event(), Wishing()

        async def play(data: bytes) -> bytes | Http:
            if isinstance(nexo.decode(data).body, nexo.AbortRequest):
                return Http(500)
            await go_on.wait()
            return answer_to(data, paid())

        till = Till3(play)
        talk = till.driver.carry_out(command(payment()), wishes)
        assert await anext(talk) == Written()
        wishes.wish("42")
        lost = await anext(talk)
        assert isinstance(lost, AbortLost)
        go_on.set()
        assert isinstance(await anext(talk), Ended)
        await talk.aclose()
        await till.driver.close()

    played(scene)


def test_an_abort_that_nobody_answers_is_lost_after_a_while() -> None:
    async def scene() -> None:
        async def play(data: bytes) -> bytes:
            await asyncio.sleep(60)
            return answer_to(data, paid())

        till, wishes = Till3(play), Wishing()
        wishes.wish("42")
        talk = till.driver.carry_out(command(payment()), wishes)
        assert await anext(talk) == Written()
        lost = await anext(talk)
        assert isinstance(lost, AbortLost)
        assert asyncio.get_running_loop().time() == ABORT_S
        await talk.aclose()
        await till.driver.close()

    played(scene)


def test_an_exchange_whose_command_is_gone_is_stopped_by_its_id() -> None:
    async def scene() -> None:
        till = Till3(always(paid()))
        reversal = payment(
            Operation.REVERSAL,
            amount=None,
            original=ORIGINAL,
        )
        await told(till.driver, command(reversal, "50"))
        till._play = _taken
        assert await told(till.driver, command(StopExchange(target=ServiceID("50")), "51")) == []
        named = till.got[-1].body
        assert isinstance(named, nexo.AbortRequest)
        assert named.message_reference.message_category == "Reversal"
        await till.driver.close()

    played(scene)


def test_of_an_exchange_from_before_a_restart_a_payment_is_assumed() -> None:
    async def scene() -> None:
        till = Till3(_taken)
        assert await told(till.driver, command(StopExchange(target=ServiceID("7")))) == []
        named = till.got[-1].body
        assert isinstance(named, nexo.AbortRequest)
        assert named.message_reference.message_category == "Payment"
        assert named.message_reference.service_id == "7"
        await till.driver.close()

    played(scene)


def test_a_stop_that_does_not_arrive_is_told() -> None:
    async def scene() -> None:
        till = Till3(_taken, weather=Weather(Passage(loss=Loss.REFUSED)))
        news = await told(till.driver, command(StopExchange(target=ServiceID("7"))))
        assert [type(one) for one in news] == [AbortLost]
        await till.driver.close()

    played(scene)


@pytest.mark.parametrize("order", [Login(integration=Integration.LIGHT), Diagnose()])
def test_what_nexo_cannot_abort_is_not_aborted(order: Order) -> None:
    async def scene() -> None:
        async def play(data: bytes) -> bytes:
            await asyncio.sleep(30)
            return answer_to(data, nexo.LoginResponse(response=response()))

        till, wishes = Till3(play), Wishing()
        wishes.wish("42")
        await told(till.driver, command(order), wishes)
        assert len(till.got) == 1
        await till.driver.close()

    played(scene)


def test_a_status_passes_an_open_payment() -> None:
    async def scene() -> None:
        async def play(data: bytes) -> bytes:
            if isinstance(nexo.decode(data).body, nexo.TransactionStatusRequest):
                return answer_to(data, status(response("Failure", "InProgress")))
            await asyncio.sleep(30)
            return answer_to(data, paid())

        till = Till3(play)
        async with asyncio.TaskGroup() as group:
            paying = group.create_task(told(till.driver, command(payment())))
            await asyncio.sleep(1)
            asked = AskStatus(service_id=ServiceID("41"), order=payment())
            assert (await kinds(told(till.driver, command(asked, "42"))))[-1] == "Running"
            assert isinstance((await paying)[-1], Ended)
        await till.driver.close()

    played(scene)


@pytest.mark.parametrize("beyond", [0, 1])
def test_only_so_many_exchanges_are_remembered(beyond: int) -> None:
    async def scene() -> None:
        till = Till3(always(paid()))
        order: MoneyOrder = payment(Operation.REVERSAL, amount=None, original=ORIGINAL)
        await told(till.driver, command(order, "1"))
        for number in range(2, REMEMBERED + 1 + beyond):
            till.driver._remember(ServiceID(str(number)), "Payment")
        till._play = _taken
        await told(till.driver, command(StopExchange(target=ServiceID("1"))))
        named = till.got[-1].body
        assert isinstance(named, nexo.AbortRequest)
        known = named.message_reference.message_category
        assert known == ("Payment" if beyond else "Reversal")
        await till.driver.close()

    played(scene)


async def _taken(data: bytes) -> None:
    return None
