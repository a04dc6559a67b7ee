"""Every fault strikes as it says, and the books tell the truth all the same."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.opi.kept import Memory
from opi_pos.wire import opi
from opi_pos.wire.opi import CardRequest
from terminal_bridge.simulator.dropped import LinkDroppedError
from terminal_bridge.simulator.opi.terminal import SimulatedOpi
from tests.terminal_bridge.simulator.opi.till import Till, euros, play, settle

PAYMENT = "CardPayment"
REPEAT = "RepeatLastMessage"


def fault(strike: Strike, category: str = PAYMENT, **more: Any) -> Fault:
    return Fault(strike=strike, category=category, **more)


async def repeated(till: Till) -> Any:
    return await till.ask(CardRequest.REPEAT_LAST_MESSAGE)


@pytest.mark.parametrize("strike", [Strike.DROP_BEFORE, Strike.RESET])
def test_a_lost_request_is_never_carried_out(strike: Strike) -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        await till.pay("5.00", request_id="1")
        with pytest.raises(LinkError):
            await till.pay("10.00", request_id="2")
        assert (await repeated(till)).original_header.request_id == "1"
        assert terminal.books.net() == {"EUR": 500}

    play(story, fault(strike, nth=2))


def test_a_lost_answer_leaves_the_money_taken_and_the_result_known() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        with pytest.raises(LinkDroppedError):
            await till.pay("10.00", request_id="2")
        told = await repeated(till)
        assert (told.original_header.request_id, told.original_header.overall_result) == (
            "2",
            "Success",
        )
        assert terminal.books.net() == {"EUR": 1000}

    play(story, fault(Strike.DROP_AFTER))


@pytest.mark.parametrize("strike", [Strike.LATE, Strike.DELAY])
def test_a_late_message_comes_late(strike: Strike) -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        before = asyncio.get_running_loop().time()
        await till.pay()
        assert asyncio.get_running_loop().time() - before >= 20

    play(story, fault(strike, seconds=20))


def test_a_doubled_request_charges_once() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert (await till.pay("10.00")).overall_result == "Success"
        await settle()
        assert terminal.books.net() == {"EUR": 1000}

    play(story, fault(Strike.DOUBLE))


def test_a_request_that_another_overtakes() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        held = asyncio.get_running_loop().create_task(till.pay("10.00"))
        await settle()
        await till.pay("20.00")
        assert (await held).overall_result == "Busy"  # it came while the other one ran
        assert terminal.books.net() == {"EUR": 2000}

    play(story, fault(Strike.REORDER))


@pytest.mark.parametrize(
    ("strike", "result"),
    [
        (Strike.BUSY, "Busy"),
        (Strike.LOGGED_OUT, "Loggedout"),
        (Strike.NOT_PRINTED, "PrintLastTicket"),
    ],
)
def test_a_refusal_carries_nothing_out(strike: Strike, result: str) -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert (await till.pay("10.00")).overall_result == result
        assert (await till.pay("10.00")).overall_result == result
        assert (await till.pay("10.00")).overall_result == "Success"
        assert terminal.books.net() == {"EUR": 1000}

    play(story, fault(strike, times=2))


@pytest.mark.parametrize("strike", [Strike.TRUNCATE, Strike.GARBAGE])
def test_half_an_answer_is_none(strike: Strike) -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        with pytest.raises((LinkDroppedError, ProtocolError)):
            await till.pay("10.00")
        assert terminal.books.net() == {"EUR": 1000}

    play(story, fault(strike))


def test_a_result_that_nobody_knows() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert opi.meaning_of(await till.pay("10.00")) is opi.Meaning.UNKNOWN
        assert terminal.books.net() == {"EUR": 1000}

    play(story, fault(Strike.UNKNOWN_RESULT))


def test_an_answer_with_another_request_id() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert (await till.pay("10.00", request_id="7")).request_id == "1"

    play(story, fault(Strike.WRONG_SERVICE_ID))


def test_a_wrong_encoding_is_read_all_the_same() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        reply = await terminal.receive(
            opi.encode(till.request(PAYMENT, total_amount=euros("1.00")))
        )
        reading = opi.read(reply.body)
        assert reading.message.application_sender == "Gerät"
        assert reading.note

    play(story, fault(Strike.WRONG_ENCODING), fault(Strike.WRONG_ENCODING, "Display"))


@pytest.mark.parametrize(
    ("strike", "result", "header"),
    [
        (Strike.NOT_FOUND, "Failure", None),
        (Strike.IN_PROGRESS, "Busy", None),
        (Strike.WRONG_LAST, "Success", "1"),
    ],
)
def test_a_repetition_that_does_not_tell_the_truth(
    strike: Strike, result: str, header: str | None
) -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        await till.pay("5.00", request_id="1")
        await till.pay("10.00", request_id="2")
        told = await repeated(till)
        assert told.overall_result == result
        assert (told.original_header.request_id if told.original_header else None) == header
        assert (await repeated(till)).original_header.request_id == "2"

    play(story, fault(strike, REPEAT))


@pytest.mark.parametrize(
    ("strike", "net", "known"),
    [
        (Strike.REBOOT_BEFORE_AUTHORISATION, 0, False),
        (Strike.REBOOT_AFTER_AUTHORISATION, 1000, True),
    ],
)
def test_a_power_cut_in_mid_payment(strike: Strike, net: int, *, known: bool) -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        with pytest.raises(LinkDroppedError):
            await till.pay("10.00", request_id="7")
        with pytest.raises(LinkDroppedError, match="starting"):
            await till.login()
        await asyncio.sleep(3)
        assert (await repeated(till)).overall_result == "Loggedout"
        await till.login()
        told = await repeated(till)
        assert terminal.books.net().get("EUR", 0) == net
        assert (told.overall_result == "Success") is known
        if known:
            assert told.original_header.overall_result == "Success"
        assert (await till.pay("2.00")).overall_result == "Success"

    play(story, fault(strike))


def test_an_abort_that_is_not_heard() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        loop = asyncio.get_running_loop()
        paying = loop.create_task(till.pay("10.03", request_id="7"))
        await settle()
        await till.ask(CardRequest.ABORT, reference_number="7")
        assert (await paying).overall_result == "Success"
        assert terminal.books.net() == {"EUR": 1003}

    play(story, fault(Strike.APPROVED_AFTER_ABORT))


@pytest.mark.parametrize(
    "strike",
    [
        Strike.UNREACHABLE,
        Strike.RESET,
        Strike.DROP_BEFORE,
        Strike.DROP_AFTER,
        Strike.TRUNCATE,
        Strike.GARBAGE,
        Strike.WRONG_ENCODING,
        Strike.DOUBLE,
        Strike.LATE,
        Strike.DELAY,
    ],
)
def test_no_trouble_on_channel_1_stops_a_payment(strike: Strike) -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert (await till.pay("10.00")).overall_result == "Success"
        assert terminal.books.net() == {"EUR": 1000}

    play(story, *(fault(strike, what, times=9, seconds=1) for what in ("Display", "Print")))


def test_a_question_whose_answer_is_lost_undoes_the_payment() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        assert (await till.pay("10.07")).overall_result == "Failure"
        assert terminal.books.net() == {"EUR": 0}

    play(story, fault(Strike.DROP_AFTER, "Input"))


def test_an_answer_lost_with_the_process_is_known_from_the_books() -> None:
    async def story(till: Till, terminal: SimulatedOpi) -> None:
        await till.pay("10.00", request_id="7")
        lost = Memory(limit=10)
        async with SimulatedOpi(books=terminal.books, memory=lost) as again:
            till.receive = again.receive
            await till.login()
            assert (await repeated(till)).original_header.request_id == "7"
            assert (await till.pay("1.00")).terminal.stan == "000002"

    play(story)
