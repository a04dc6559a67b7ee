"""A small till for a simulated terminal: real messages in bytes, and a transcript of both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import TypeVar

from opi_pos.wire import nexo
from terminal_bridge.links.link import NOTHING, Reply

FULL = (
    "CashierStatus",
    "CashierError",
    "CashierDisplay",
    "POIReplication",
    "CustomerAssistance",
    "CashierInput",
    "PrinterReceipt",
)
LIGHT = ("PrinterReceipt",)
SALE_TIME = "2024-05-01T12:00:00+02:00"
SALE_ID = "till-1"
POI_ID = "POI-1"

Receive = Callable[[bytes], Awaitable[Reply]]
E = TypeVar("E", bound=nexo.Element)


def login(capabilities: tuple[str, ...] = FULL) -> nexo.LoginRequest:
    return nexo.LoginRequest(
        operator_language="sv",
        date_time=SALE_TIME,
        sale_software=nexo.SaleSoftware(
            provider_identification="tests", application_name="till", software_version="1"
        ),
        sale_terminal_data=nexo.SaleTerminalData(
            terminal_environment="Attended", sale_capabilities=capabilities
        ),
    )


def identification(transaction_id: str) -> nexo.TransactionIdentification:
    return nexo.TransactionIdentification(transaction_id=transaction_id, time_stamp=SALE_TIME)


def payment(amount: str, reference: str = "order-1", currency: str = "SEK") -> nexo.PaymentRequest:
    amounts = nexo.AmountsReq(currency=currency, requested_amount=Decimal(amount))
    return nexo.PaymentRequest(
        sale_data=nexo.SaleData(sale_transaction_id=identification(reference)),
        payment_transaction=nexo.PaymentTransaction(amounts_req=amounts),
    )


def abort(service_id: str) -> nexo.AbortRequest:
    reference = nexo.MessageReference(message_category="Payment", service_id=service_id)
    return nexo.AbortRequest(message_reference=reference, abort_reason="cashier")


def status(service_id: str) -> nexo.TransactionStatusRequest:
    reference = nexo.MessageReference(message_category="Payment", service_id=service_id)
    return nexo.TransactionStatusRequest(message_reference=reference)


class Till:
    """Sends requests to `receive`, takes what the terminal asks, and writes all of it down."""

    def __init__(self, encoding: nexo.Encoding = nexo.Encoding.XML) -> None:
        self.encoding = encoding
        self.lines: list[str] = []
        self.asked: list[nexo.Message] = []
        """What the terminal asked."""
        self.receive: Receive | None = None
        self.confirm = True
        self.acknowledge_then_post = False
        self._posting: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    # -- to the terminal ---------------------------------------------------------------------

    def request(
        self, body: nexo.Element, service_id: str, *, device_id: str | None = None
    ) -> bytes:
        """A request in bytes."""
        header = nexo.header_for(
            body,
            sale_id=SALE_ID,
            poi_id=POI_ID,
            service_id=service_id,
            protocol_version="3.1",
        )
        return nexo.encode(nexo.Message(header=header, body=body), self.encoding)

    async def send(self, body: nexo.Element, service_id: str) -> nexo.Message | None:
        """One exchange; None for 204."""
        assert self.receive is not None, "connected"
        name = type(body).__name__
        self._note(f"> {name}")
        reply = await self.receive(self.request(body, service_id))
        if reply.status == 204:
            assert reply.body == b""
            self._note("< 204")
            return None
        message = nexo.decode(reply.body)
        nexo.check(message)
        self._note(f"< {reply.status} {message.body_name}{_result(message.body)}")
        return message

    async def ask(self, body: nexo.Element, service_id: str, kind: type[E]) -> E:
        """One exchange whose answer must be of a kind."""
        message = await self.send(body, service_id)
        assert message is not None
        assert isinstance(message.body, kind), message.body_name
        return message.body

    # -- from the terminal -------------------------------------------------------------------

    async def post(self, data: bytes) -> Reply:
        """The till's door: takes a message of the terminal."""
        message = nexo.decode(data)
        nexo.check(message)
        self.asked.append(message)
        self._note(f"< {_asked(message.body)}")
        reply = self._answer(message)
        self._note(f"> {reply.status}")
        return reply

    def _answer(self, message: nexo.Message) -> Reply:
        body = message.body
        if isinstance(body, nexo.DisplayRequest):
            return self._answer_display(message, body)
        if not isinstance(body, nexo.InputRequest):
            return NOTHING
        answer = self._encode_answer(message, body)
        if not self.acknowledge_then_post:
            return Reply(status=200, body=answer)
        task = asyncio.get_running_loop().create_task(self._post_answer(answer))
        self._posting.add(task)
        return NOTHING

    def _answer_display(self, message: nexo.Message, body: nexo.DisplayRequest) -> Reply:
        results = tuple(
            nexo.OutputResult(
                device=output.device,
                info_qualify=output.info_qualify,
                response=nexo.Response(result="Success"),
            )
            for output in body.display_output
            if output.response_required_flag is not False
        )
        if not results:
            return NOTHING
        answer = nexo.DisplayResponse(output_result=results)
        header = nexo.reply_header(message.header)
        data = nexo.encode(nexo.Message(header=header, body=answer), self.encoding)
        return Reply(status=200, body=data)

    def _encode_answer(self, message: nexo.Message, body: nexo.InputRequest) -> bytes:
        data = body.input_data
        given = nexo.Input(input_command=data.input_command, confirmed_flag=self.confirm)
        result = nexo.InputResult(
            device=data.device,
            info_qualify=data.info_qualify,
            response=nexo.Response(result="Success"),
            input=given,
        )
        answer = nexo.InputResponse(input_result=result)
        header = nexo.reply_header(message.header)
        return nexo.encode(nexo.Message(header=header, body=answer), self.encoding)

    async def _post_answer(self, answer: bytes) -> None:
        assert self.receive is not None, "connected"
        self._note("> InputResponse")
        reply = await self.receive(answer)
        self._note(f"< {reply.status}")

    # -- transcript --------------------------------------------------------------------------

    def _note(self, line: str) -> None:
        self.lines.append(line)
        self._changed.set()

    async def seen(self, line: str, times: int = 1) -> None:
        """Wait until a line was written that often."""
        async with asyncio.timeout(10):
            while self.lines.count(line) < times:
                self._changed.clear()
                await self._changed.wait()


def _result(body: nexo.Element) -> str:
    response = getattr(body, "response", None)
    if not isinstance(response, nexo.Response):
        return ""
    return f" {response.result}" + (
        f" {response.error_condition}" if response.error_condition else ""
    )


def _asked(body: nexo.Element) -> str:
    match body:
        case nexo.DisplayRequest():
            return f"Display {body.display_output[0].output_content.output_text[0].text}"
        case nexo.PrintRequest():
            return f"Print {body.print_output.document_qualifier}"
        case nexo.InputRequest():
            return f"Input {body.input_data.input_command}"
        case nexo.EventNotification():
            return f"Event {body.event_to_notify}"
        case _:
            return type(body).__name__
