"""The simulated terminal in process, on virtual time, in real messages of both encodings."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from opi_pos.aio.virtual import run
from opi_pos.model.errors import LinkError
from opi_pos.model.secret import Secret
from opi_pos.poi.nexo.profile import PoiProfile, profile_of
from opi_pos.poi.scenario import Cancel, Scenario
from opi_pos.wire import nexo
from opi_pos.wire.nexo.crypto import NexoCrypto, SharedKey
from terminal_bridge.simulator.dialect import Dialect
from terminal_bridge.simulator.nexo import SimulatedNexo
from tests.terminal_bridge.simulator.till import (
    FULL,
    LIGHT,
    Till,
    abort,
    identification,
    login,
    payment,
    status,
)

EPOCH = 1_714_500_000.0
ENCODINGS = [nexo.Encoding.XML, nexo.Encoding.JSON]


def play(
    story: Callable[[Till, SimulatedNexo], Awaitable[None]],
    *,
    encoding: nexo.Encoding = nexo.Encoding.XML,
    profile: str | PoiProfile = "swedbank",
    **settings: Any,
) -> Till:
    """Let a till and a terminal play a story on virtual time."""

    async def main() -> Till:
        till = Till(encoding)
        loop = asyncio.get_running_loop()
        settings.setdefault("post", till.post)
        async with SimulatedNexo(
            profile, clock=lambda: EPOCH + loop.time(), **settings
        ) as terminal:
            till.receive = terminal.receive
            await story(till, terminal)
        return till

    return run(main())


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_full_day_is_the_seeds_diagram(encoding: nexo.Encoding) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(FULL), "1")
        await till.seen("< Display Welcome")
        await till.send(payment("38.00"), "2")
        await till.seen("< Display Welcome", 2)
        await till.send(nexo.LogoutRequest(), "3")

    till = play(story, encoding=encoding)
    shown = [
        line
        for text in (
            "Present card",
            "Enter PIN",
            "Enter PIN: *",
            "Enter PIN: **",
            "Enter PIN: ***",
            "Enter PIN: ****",
            "Authorizing",
            "Approved",
        )
        for line in (f"< Display {text}", "> 204")
    ]
    assert till.lines == [
        "> LoginRequest",
        "< 200 LoginResponse Success",
        "< Display Please wait",
        "> 204",
        "< Display Welcome",
        "> 204",
        "> PaymentRequest",
        *shown,
        "< 200 PaymentResponse Success",
        "< Display Welcome",
        "> 204",
        "> LogoutRequest",
        "< 200 LogoutResponse Success",
    ]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_headers_of_device_requests_are_those_of_the_payment(encoding: nexo.Encoding) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(), "1")
        await till.seen("< Display Welcome")
        till.asked.clear()
        await till.send(payment("38.00"), "2")

    till = play(story, encoding=encoding)
    headers = [message.header for message in till.asked[:8]]
    assert {(h.message_class, h.message_category, h.service_id) for h in headers} == {
        ("Device", "Display", "2")
    }
    assert len({h.device_id for h in headers}) == len(headers)
    assert {(h.sale_id, h.poi_id) for h in headers} == {("till-1", "POI-1")}
    flags = {
        output.response_required_flag
        for message in till.asked
        if isinstance(message.body, nexo.DisplayRequest)
        for output in message.body.display_output
    }
    assert flags == {False}


@pytest.mark.parametrize(("confirm", "shown"), [(True, "Approved"), (False, "Disapproved")])
@pytest.mark.parametrize("profile", ["swedbank", "plain-json"])
def test_the_signature_is_asked_in_the_flow(profile: str, *, confirm: bool, shown: str) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        till.confirm = confirm
        till.acknowledge_then_post = profile == "plain-json"
        await till.send(login(), "1")
        await till.seen("< Display Welcome")
        till.lines.clear()
        await till.send(payment("38.07"), "2")

    encoding = nexo.Encoding.JSON if profile == "plain-json" else nexo.Encoding.XML
    till = play(story, encoding=encoding, profile=profile)
    answered = ["> 204", "> InputResponse", "< 204"] if profile == "plain-json" else ["> 200"]
    assert till.lines == [
        "> PaymentRequest",
        "< Display Present card",
        "> 204",
        "< Display Authorizing",
        "> 204",
        "< Print CashierReceipt",
        "> 204",
        "< Input GetConfirmation",
        *answered,
        f"< Display {shown}",
        "> 204",
        f"< 200 PaymentResponse {'Success' if confirm else 'Failure Refusal'}",
    ]


def test_swedbanks_receipts_are_json_in_base64() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(LIGHT), "1")
        answer = await till.ask(payment("38.07"), "2", nexo.PaymentResponse)
        trees = []
        for receipt in answer.payment_receipt:
            (text,) = receipt.output_content.output_text
            trees.append(json.loads(base64.b64decode(text.text)))
        merchant, cardholder = trees
        assert merchant["Merchant"]["Mandatory"]["Payment"]["SignatureBlock"] is True
        assert merchant["Merchant"]["Mandatory"]["Payment"]["TotalAmount"] == "38,07"
        lines = merchant["Merchant"]["Optional"]["ReceiptString"]
        assert "541333******0012" in lines
        assert "************0012" in cardholder["Cardholder"]["Optional"]["ReceiptString"]
        assert [r.document_qualifier for r in answer.payment_receipt] == [
            "CashierReceipt",
            "CustomerReceipt",
        ]

    play(story)


def test_plain_receipts_are_lines() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(LIGHT), "1")
        answer = await till.ask(payment("38.00"), "2", nexo.PaymentResponse)
        texts = [text.text for text in answer.payment_receipt[0].output_content.output_text]
        assert "APPROVED" in texts

    play(story, encoding=nexo.Encoding.JSON, profile="plain-json")


def test_no_message_of_the_terminal_holds_a_whole_card_number() -> None:
    sent: list[bytes] = []

    async def story(till: Till, terminal: SimulatedNexo) -> None:
        async def receive(data: bytes) -> Any:
            reply = await terminal.receive(data)
            sent.append(reply.body)
            return reply

        till.receive = receive
        await till.send(login(LIGHT), "1")
        await till.send(payment("38.00"), "2")
        await till.send(status("2"), "3")

    play(story)
    whole = b"".join(sent)
    decoded = b"".join(
        base64.b64decode(part.split(b"<")[0]) for part in whole.split(b"<OutputText>")[1:]
    )
    assert decoded
    assert b"5413330089010012" not in whole + decoded


def test_an_abort_on_a_second_connection_ends_the_payment_aborted() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(), "1")
        async with asyncio.TaskGroup() as tasks:
            paying = tasks.create_task(till.send(payment("38.03"), "2"))
            await till.seen("< Display Present card")
            await till.send(abort("2"), "3")
        answer = paying.result()
        assert answer is not None
        assert isinstance(answer.body, nexo.PaymentResponse)
        assert answer.body.response.error_condition == "Aborted"

    till = play(story)
    assert till.lines.index("< 204") < till.lines.index("< 200 PaymentResponse Failure Aborted")


def test_a_till_that_hangs_up_finds_its_result_by_status() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(LIGHT), "1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await till.send(payment("38.12"), "2")
        running = await till.ask(status("2"), "3", nexo.TransactionStatusResponse)
        assert running.response.error_condition == "Busy"
        await asyncio.sleep(30)
        ended = await till.ask(status("2"), "4", nexo.TransactionStatusResponse)
        repeated = ended.repeated_message_response
        assert repeated is not None
        assert repeated.message_header.service_id == "2"
        assert repeated.payment_response is not None
        result = repeated.payment_response.payment_result
        assert result is not None
        assert result.amounts_resp is not None
        assert result.amounts_resp.authorized_amount == Decimal("38.12")

    till = play(story)
    assert till.lines.count("> PaymentRequest") == 1


def test_a_pace_lets_a_person_follow() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(LIGHT), "1")
        loop = asyncio.get_running_loop()
        before = loop.time()
        await till.send(payment("38.00"), "2")
        assert 3.0 < loop.time() - before < 6.0

    play(story, pace_s=0.6)


def test_a_silent_till_delays_the_payment_by_one_deadline_only() -> None:
    async def deaf(_: bytes) -> Any:
        await asyncio.sleep(1000)

    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(), "1")
        await asyncio.sleep(60)
        loop = asyncio.get_running_loop()
        before = loop.time()
        answer = await till.ask(payment("38.00"), "2", nexo.PaymentResponse)
        assert answer.response.result == "Success"
        assert loop.time() - before == pytest.approx(10.0, abs=0.5)

    play(story, post=deaf)


def test_a_till_without_a_door_can_still_pay_in_full_integration() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(), "1")
        answer = await till.ask(payment("38.07"), "2", nexo.PaymentResponse)
        assert answer.response.error_condition == "Refusal", "nobody confirmed the signature"
        assert terminal.books.net() == {"SEK": 0}

    play(story, post=None)


def test_unreadable_bytes_get_the_event_with_their_base64() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        broken = b"<SaleToPOIRequest>"
        reply = await terminal.receive(broken)
        assert reply.status == 200
        message = nexo.decode(reply.body)
        assert isinstance(message.body, nexo.EventNotification)
        assert message.body.event_to_notify == "Reject"
        assert base64.b64decode(message.body.rejected_message or "") == broken
        await till.send(login(), "1")
        again = await terminal.receive(b"\x00")
        assert again.status == 204
        await till.seen("< Event Reject")

    play(story)


def test_an_amount_that_the_currency_does_not_have_is_a_broken_format() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(LIGHT), "1")
        for bad in (payment("38.001"), payment("38.00", currency="XXX")):
            reply = await terminal.receive(till.request(bad, "2"))
            answer = nexo.decode(reply.body).body
            assert isinstance(answer, nexo.PaymentResponse)
            assert answer.response.error_condition == "MessageFormat"
            where = "PaymentRequest.PaymentTransaction.AmountsReq"
            assert where in (answer.response.additional_response or "")
        assert terminal.books.entries == []

    play(story)


@pytest.mark.parametrize(
    ("category", "body"),
    [
        ("Batch", nexo.BatchRequest()),
        ("BalanceInquiry", nexo.BalanceInquiryRequest()),
        ("CardReaderPowerOff", nexo.CardReaderPowerOffRequest()),
        ("PIN", nexo.PINRequest(pin_request_type="PINEnter")),
    ],
)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_services_it_lacks_are_refused_in_their_own_response(
    category: str, body: nexo.Element, encoding: nexo.Encoding
) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(LIGHT), "1")
        answer = await till.send(body, "2")
        assert answer is not None
        assert answer.body_name == f"{category}Response"
        assert till.lines[-1].endswith("Failure UnavailableService")

    play(story, encoding=encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_other_service_answers_in_schema(encoding: nexo.Encoding) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(LIGHT), "1")
        paid = await till.ask(payment("38.00"), "2", nexo.PaymentResponse)
        original = nexo.OriginalPOITransaction(poi_transaction_id=paid.poi_data.poi_transaction_id)
        reversal = nexo.ReversalRequest(
            reversal_reason="MerchantCancel", original_poi_transaction=original
        )
        undone = await till.ask(reversal, "3", nexo.ReversalResponse)
        assert undone.reversed_amount == Decimal("38.00")
        card = nexo.CardAcquisitionRequest(
            sale_data=nexo.SaleData(sale_transaction_id=identification("order-2")),
            card_acquisition_transaction=nexo.CardAcquisitionTransaction(),
        )
        assert (await till.ask(card, "4", nexo.CardAcquisitionResponse)).payment_instrument_data
        totals = await till.ask(nexo.GetTotalsRequest(), "5", nexo.GetTotalsResponse)
        kinds = [t.transaction_type for t in totals.transaction_totals[0].payment_totals]
        assert kinds == ["Debit", "ReverseDebit"]
        closing = nexo.ReconciliationRequest(reconciliation_type="SaleReconciliation")
        assert (await till.ask(closing, "6", nexo.ReconciliationResponse)).transaction_totals
        diagnosis = nexo.DiagnosisRequest(host_diagnosis_flag=True)
        health = await till.ask(diagnosis, "7", nexo.DiagnosisResponse)
        assert health.logged_sale_id == ("till-1",)
        assert [host.is_reachable_flag for host in health.host_status] == [True]
        admin = nexo.AdminRequest(service_identification="OM02")
        await till.ask(admin, "8", nexo.AdminResponse)
        for repeated in ("3", "4"):
            asked = nexo.TransactionStatusRequest(
                message_reference=nexo.MessageReference(service_id=repeated)
            )
            answer = await till.ask(asked, f"9{repeated}", nexo.TransactionStatusResponse)
            assert answer.repeated_message_response is not None

    play(story, encoding=encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_messages_to_the_customer_are_answered(encoding: nexo.Encoding) -> None:
    content = nexo.OutputContent(
        output_format="Text", output_text=(nexo.OutputText(text="Is this a good day?"),)
    )
    output = nexo.DisplayOutput(
        device="CustomerDisplay", info_qualify="Display", output_content=content
    )
    question = nexo.InputRequest(
        display_output=output,
        input_data=nexo.InputData(
            device="CustomerInput", info_qualify="Input", input_command="DigitString"
        ),
    )
    document = nexo.PrintRequest(
        print_output=nexo.PrintOutput(
            document_qualifier="SaleReceipt", response_mode="PrintEnd", output_content=content
        )
    )

    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(LIGHT), "1")
        shown = await till.ask(
            nexo.DisplayRequest(display_output=(output,)), "2", nexo.DisplayResponse
        )
        assert [result.response.result for result in shown.output_result] == ["Success"]
        assert terminal.terminal.customer_display == ("Is this a good day?",)
        answer = await till.ask(question, "3", nexo.InputResponse)
        assert answer.input_result.input is not None
        assert answer.input_result.input.digit_input == "0701234567"
        printed = await till.ask(document, "4", nexo.PrintResponse)
        assert printed.response.result == "Success"

    play(story, encoding=encoding)


def test_maintenance_is_asked_allowed_begun_and_ended() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(), "1")
        await till.seen("< Display Welcome")
        till.lines.clear()
        terminal.require_maintenance()
        await till.seen("< Event SaleAdmin")
        await till.send(nexo.LogoutRequest(maintenance_allowed=True), "2")
        await till.seen("< Event EndMaintenance")
        events = [
            message.body
            for message in till.asked
            if isinstance(message.body, nexo.EventNotification)
        ]
        assert events[0].maintenance_required_flag is True
        assert events[0].event_details == "Maintenance Required"
        await till.send(login(), "3")

    till = play(story)
    assert till.lines == [
        "< Event SaleAdmin",
        "> 204",
        "> LogoutRequest",
        "< 200 LogoutResponse Success",
        "< Event BeginMaintenance",
        "> 204",
        "< Event EndMaintenance",
        "> 204",
        "> LoginRequest",
        "< 200 LoginResponse Success",
    ]


def test_a_reboot_drops_the_exchange_and_answers_nobody_until_it_is_up() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(), "1")
        paying = asyncio.get_running_loop().create_task(till.send(payment("38.03"), "2"))
        await till.seen("< Display Present card")
        terminal.reboot()
        with pytest.raises(LinkError):
            await paying
        with pytest.raises(LinkError) as refused:
            await till.send(login(), "3")
        assert not refused.value.written
        await asyncio.sleep(3)
        await till.send(login(), "4")

    play(story)


def test_an_explicit_scenario_wins_over_the_amount() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(LIGHT), "1")
        answer = await till.ask(payment("38.05"), "2", nexo.PaymentResponse)
        assert answer.response.error_condition == "Cancel"

    play(story, scenario=Scenario(cancel=Cancel.AT_CARD))


def test_equal_seeds_give_equal_bytes() -> None:
    def day() -> list[bytes]:
        sent: list[bytes] = []

        async def story(till: Till, terminal: SimulatedNexo) -> None:
            async def receive(data: bytes) -> Any:
                reply = await terminal.receive(data)
                sent.append(reply.body)
                return reply

            till.receive = receive
            await till.send(login(), "1")
            await till.send(payment("38.04"), "2")

        play(story, seed=7)
        return sent

    assert day() == day()


@pytest.mark.parametrize("flag", [None, True])
def test_displays_can_ask_for_an_answer(flag: bool | None) -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        await till.send(login(), "1")
        answer = await till.ask(payment("38.00"), "2", nexo.PaymentResponse)
        assert answer.response.result == "Success"
        assert loop.time() - before < 1

    profile = msgspec.structs.replace(profile_of("swedbank"), display_flag=flag)
    till = play(story, profile=profile)
    display = till.asked[0].body
    assert isinstance(display, nexo.DisplayRequest)
    assert display.display_output[0].response_required_flag is flag
    assert till.lines[till.lines.index("< Display Present card") + 1] == "> 200"


def test_displays_can_bear_text_ids() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        await till.send(login(), "1")
        await till.send(payment("38.00"), "2")

    till = play(story, profile=msgspec.structs.replace(profile_of("swedbank"), text_ids=True))
    assert '< Display 202,"Approved"' in till.lines


def test_a_terminal_announces_its_address() -> None:
    async def story(till: Till, terminal: SimulatedNexo) -> None:
        terminal.announce("POI-1", "192.0.2.15", 11000)
        await till.seen("< TransmitRequest")

    till = play(story)
    message = till.asked[0]
    assert isinstance(message.body, nexo.TransmitRequest)
    assert (message.header.sale_id, message.header.poi_id) == ("", "POI-1")
    told = json.loads(base64.b64decode(message.body.message))
    end_point = told["saleTerminalconfiguration"]["ipEndPoint"]
    assert end_point == {"ipV4Address": "192.0.2.15", "ipPort": "11000"}


def test_adyens_terminal_needs_no_login_and_speaks_nexo_crypto() -> None:
    key = SharedKey(identifier="key", version=1, passphrase=Secret("a passphrase for tests"))
    crypto = NexoCrypto(key)

    async def main() -> None:
        till = Till(nexo.Encoding.JSON)
        dialect = Dialect(nexo.profile("adyen-local"), crypto)
        async with SimulatedNexo("adyen-local", dialect=dialect) as terminal:
            data = crypto.protect(till.request(payment("38.00"), "2"))
            reply = await terminal.receive(data)
            answer = crypto.decode(reply.body)
            assert isinstance(answer.body, nexo.PaymentResponse)
            assert answer.body.response.result == "Success"
            line = answer.body.payment_receipt[0].output_content.output_text[0].text
            assert line.startswith("name=")
            clear = await terminal.receive(till.request(payment("38.00"), "3"))
            assert b"NexoBlob" in clear.body
            refused = crypto.decode(clear.body)
            assert isinstance(refused.body, nexo.EventNotification)
            assert terminal.books.net() == {"SEK": 3800}

    asyncio.run(main())
