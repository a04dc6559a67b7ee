"""Every fault of the table strikes as it says, and the books tell the truth all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from opi_pos.aio.virtual import run
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.poi.faults import Fault, Strike
from opi_pos.wire import nexo
from terminal_bridge.simulator.dropped import LinkDroppedError
from terminal_bridge.simulator.nexo import SimulatedNexo
from tests.terminal_bridge.simulator.till import FULL, LIGHT, Till, abort, login, payment, status

Story = Callable[[Till, SimulatedNexo], Awaitable[None]]


def play(story: Story, *faults: Fault, full: bool = False) -> Till:
    """A till that is logged in, and a terminal with faults."""

    async def main() -> Till:
        till = Till()
        loop = asyncio.get_running_loop()
        async with SimulatedNexo(
            faults=faults, post=till.post, clock=lambda: 1.7e9 + loop.time()
        ) as terminal:
            till.receive = terminal.receive
            await till.send(login(FULL if full else LIGHT), "1")
            if full:
                await till.seen("< Display Welcome")
            till.lines.clear()
            await story(till, terminal)
        return till

    return run(main())


async def pay(
    till: Till, service_id: str = "2", reference: str = "order-1"
) -> nexo.PaymentResponse:
    return await till.ask(payment("38.00", reference), service_id, nexo.PaymentResponse)


async def ask(till: Till, service_id: str, about: str) -> nexo.TransactionStatusResponse:
    return await till.ask(status(about), service_id, nexo.TransactionStatusResponse)


@pytest.mark.parametrize("strike", [Strike.DROP_BEFORE, Strike.RESET])
def test_a_lost_request_is_never_carried_out(strike: Strike) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        with pytest.raises(LinkError) as lost:
            await pay(till)
        assert lost.value.written
        await asyncio.sleep(60)
        assert terminal.books.entries == []
        assert (await ask(till, "3", "2")).response.error_condition == "NotFound"
        assert (await pay(till, "4")).response.result == "Success"

    play(story, Fault(strike=strike))


def test_a_lost_answer_leaves_the_money_taken_and_the_result_known() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        with pytest.raises(LinkError):
            await pay(till)
        assert terminal.books.net() == {"SEK": 3800}
        assert (await ask(till, "3", "2")).repeated_message_response is not None

    play(story, Fault(strike=Strike.DROP_AFTER))


@pytest.mark.parametrize("strike", [Strike.LATE, Strike.DELAY])
def test_a_late_message_comes_late(strike: Strike) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        await pay(till)
        assert loop.time() - before >= 30

    play(story, Fault(strike=strike, seconds=30))


def test_a_delayed_payment_is_not_found_until_it_arrives() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        paying = asyncio.get_running_loop().create_task(pay(till))
        await asyncio.sleep(5)
        assert (await ask(till, "3", "2")).response.error_condition == "NotFound"
        assert (await paying).response.result == "Success"

    play(story, Fault(strike=Strike.DELAY, seconds=20))


def test_a_doubled_payment_charges_once() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        assert (await pay(till)).response.result == "Success"
        assert len(terminal.books.charges("order-1")) == 1

    play(story, Fault(strike=Strike.DOUBLE))


def test_a_reordered_payment_arrives_after_the_next_message() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        paying = asyncio.get_running_loop().create_task(pay(till))
        await asyncio.sleep(0)
        assert (await ask(till, "3", "2")).response.error_condition == "NotFound"
        assert (await paying).response.result == "Success"

    play(story, Fault(strike=Strike.REORDER))


def test_a_reordered_payment_that_nothing_passes_arrives_in_the_end() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        assert (await pay(till)).response.result == "Success"

    play(story, Fault(strike=Strike.REORDER, seconds=15))


def test_a_truncated_answer_breaks_off() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        with pytest.raises(LinkDroppedError) as broken:
            await pay(till)
        assert broken.value.partial.startswith(b"<?xml")
        assert b"</SaleToPOIResponse>" not in broken.value.partial
        assert terminal.books.net() == {"SEK": 3800}

    play(story, Fault(strike=Strike.TRUNCATE))


def test_a_garbled_answer_is_no_message() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        reply = await terminal.receive(till.request(payment("38.00"), "2"))
        with pytest.raises(ProtocolError):
            nexo.decode(reply.body)
        assert terminal.books.net() == {"SEK": 3800}

    play(story, Fault(strike=Strike.GARBAGE))


def test_an_http_error_carries_nothing_out() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        reply = await terminal.receive(till.request(payment("38.00"), "2"))
        assert (reply.status, reply.body) == (500, b"")
        assert terminal.books.entries == []

    play(story, Fault(strike=Strike.HTTP_500))


def test_busy_for_two_tries_then_ready() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        conditions = [
            (await pay(till, str(number))).response.error_condition for number in (2, 3, 4)
        ]
        assert conditions == ["Busy", "Busy", None]
        assert terminal.books.net() == {"SEK": 3800}

    play(story, Fault(strike=Strike.BUSY, times=2))


def test_a_wrong_service_id_stands_in_the_answer() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        reply = await terminal.receive(till.request(payment("38.00"), "2"))
        assert nexo.decode(reply.body).header.service_id != "2"

    play(story, Fault(strike=Strike.WRONG_SERVICE_ID))


def test_a_wrong_sale_transaction_stands_in_the_answer_and_in_the_repeated_one() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        answer = await pay(till)
        assert answer.sale_data.sale_transaction_id.transaction_id != "order-1"
        wrong = (await ask(till, "3", "2")).repeated_message_response
        right = (await ask(till, "4", "2")).repeated_message_response
        assert wrong is not None
        assert right is not None
        assert wrong.payment_response is not None
        assert right.payment_response is not None
        assert wrong.payment_response.sale_data.sale_transaction_id.transaction_id != "order-1"
        assert right.payment_response.sale_data.sale_transaction_id.transaction_id == "order-1"

    play(
        story,
        Fault(strike=Strike.WRONG_SALE_TRANSACTION),
        Fault(strike=Strike.WRONG_SALE_TRANSACTION, category="TransactionStatus"),
    )


def test_a_status_can_repeat_another_transaction() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await pay(till, "2", "order-1")
        await pay(till, "3", "order-2")
        repeated = (await ask(till, "4", "3")).repeated_message_response
        assert repeated is not None
        assert repeated.message_header.service_id == "2"

    play(story, Fault(strike=Strike.WRONG_LAST, category="TransactionStatus"))


@pytest.mark.parametrize(
    ("strike", "condition"),
    [(Strike.NOT_FOUND, "NotFound"), (Strike.IN_PROGRESS, "InProgress")],
)
def test_a_status_can_deny_for_a_while(strike: Strike, condition: str) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await pay(till)
        answers = [await ask(till, str(number), "2") for number in (3, 4, 5)]
        assert [a.response.error_condition for a in answers] == [condition, condition, None]
        assert answers[2].repeated_message_response is not None

    play(story, Fault(strike=strike, category="TransactionStatus", times=2))


@pytest.mark.parametrize(
    ("strike", "taken", "found"),
    [
        (Strike.REBOOT_BEFORE_AUTHORISATION, {}, False),
        (Strike.REBOOT_AFTER_AUTHORISATION, {"SEK": 3800}, True),
    ],
)
def test_a_reboot_in_mid_payment(strike: Strike, taken: dict[str, int], *, found: bool) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        with pytest.raises(LinkError):
            await pay(till)
        assert terminal.books.net() == taken
        with pytest.raises(LinkError):
            await ask(till, "3", "2")
        await asyncio.sleep(5)
        assert (await ask(till, "4", "2")).response.error_condition == "NotAllowed"
        await till.send(login(LIGHT), "5")
        answer = await ask(till, "6", "2")
        assert (answer.repeated_message_response is not None) is found

    play(story, Fault(strike=strike))


@pytest.mark.parametrize("category", ["Payment", "Abort"])
def test_approved_after_abort(category: str) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        async with asyncio.TaskGroup() as tasks:
            paying = tasks.create_task(pay(till))
            await till.seen("< Display Enter PIN")
            await till.send(abort("2"), "3")
        assert paying.result().response.result == "Success"

    play(story, Fault(strike=Strike.APPROVED_AFTER_ABORT, category=category), full=True)


def test_the_printer_is_out() -> None:
    content = nexo.OutputContent(output_format="Text", output_text=(nexo.OutputText(text="x"),))
    document = nexo.PrintRequest(
        print_output=nexo.PrintOutput(
            document_qualifier="SaleReceipt", response_mode="PrintEnd", output_content=content
        )
    )

    async def story(till: Till, terminal: SimulatedNexo) -> None:
        answer = await till.ask(document, "2", nexo.PrintResponse)
        assert answer.response.error_condition == "DeviceOut"

    play(story, Fault(strike=Strike.PRINTER_OUT, category="Print"))


def test_maintenance_is_asked_for_after_a_payment() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await pay(till)
        await till.seen("< Event SaleAdmin")

    play(story, Fault(strike=Strike.MAINTENANCE), full=True)


@pytest.mark.parametrize("strike", [Strike.UNREACHABLE, Strike.DROP_BEFORE, Strike.GARBAGE])
def test_a_display_that_does_not_arrive_does_not_stop_the_payment(strike: Strike) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        assert (await pay(till)).response.result == "Success"
        assert "< Display Present card" not in till.lines

    play(story, Fault(strike=strike, category="Display", nth=3), full=True)


def test_a_doubled_display_arrives_twice_with_the_same_ids() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        till.asked.clear()
        await pay(till)
        first, second = till.asked[:2]
        assert first == second

    play(story, Fault(strike=Strike.DOUBLE, category="Display", nth=3), full=True)


def test_a_display_can_bear_an_old_service_id() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        till.asked.clear()
        await pay(till)
        assert till.asked[0].header.service_id != "2"
        assert till.asked[1].header.service_id == "2"

    play(story, Fault(strike=Strike.WRONG_SERVICE_ID, category="Display", nth=3), full=True)


def test_a_lost_question_is_an_unconfirmed_signature() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        answer = await till.ask(payment("38.07"), "2", nexo.PaymentResponse)
        assert answer.response.error_condition == "Refusal"
        assert terminal.books.net() == {"SEK": 0}

    play(story, Fault(strike=Strike.DROP_AFTER, category="Input"), full=True)


def test_reordered_idle_displays_swap() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(FULL), "2")
        await till.seen("< Display Please wait")
        shown = [line for line in till.lines if line.startswith("< Display")]
        assert shown == ["< Display Welcome", "< Display Please wait"]

    play(story, Fault(strike=Strike.REORDER, category="Display"))


def test_a_fault_with_a_reference_strikes_that_sale_only() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        assert (await pay(till, "2", "order-1")).response.result == "Success"
        assert (await pay(till, "3", "order-2")).response.error_condition == "Busy"

    play(story, Fault(strike=Strike.BUSY, reference="order-2"))
