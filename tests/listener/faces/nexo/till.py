"""A foreign nexo till for tests: plain messages over plain HTTP, and a door of its own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from opi_pos.http.asgi import Receive, Scope, Send, read_body, respond
from opi_pos.http.client import HttpClient, HttpReply
from opi_pos.http.door import Door, DoorConfig
from opi_pos.wire import nexo

T = TypeVar("T", bound=nexo.Element)
FULL = (
    "CashierStatus",
    "CashierError",
    "CashierDisplay",
    "POIReplication",
    "CashierInput",
    "PrinterReceipt",
)
LIGHT = ("PrinterReceipt",)
NOW = "2026-11-22T10:00:00+00:00"


class ForeignTill:
    """Speaks to a face."""

    def __init__(
        self,
        url: str,
        *,
        sale_id: str = "till-3",
        poi_id: str = "P1",
        encoding: nexo.Encoding = nexo.Encoding.XML,
    ) -> None:
        self.url = url
        self.sale_id, self.poi_id = sale_id, poi_id
        self.encoding = encoding
        self.headers: dict[str, str] = {}
        self._client = HttpClient()
        self._ids = itertools.count(101)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def post(self, data: bytes, **headers: str) -> HttpReply:
        return await self._client.post(
            self.url, data, headers={**self.headers, **headers}, timeout_s=20
        )

    def written(self, body: nexo.Element, service_id: str | None = None) -> bytes:
        header = nexo.header_for(
            body,
            sale_id=self.sale_id,
            poi_id=self.poi_id,
            service_id=service_id or str(next(self._ids)),
            protocol_version="3.1",
        )
        return nexo.encode(nexo.Message(header=header, body=body), self.encoding)

    async def say(self, body: nexo.Element, service_id: str | None = None) -> nexo.Message | None:
        reply = await self.post(self.written(body, service_id))
        assert reply.status in (200, 204), reply.status
        if reply.status == 204:
            assert not reply.body
            return None
        message = nexo.decode(reply.body)
        assert message.received is not None
        assert message.received.encoding is self.encoding
        return message

    async def ask(self, body: nexo.Element, kind: type[T], service_id: str | None = None) -> T:
        message = await self.say(body, service_id)
        assert message is not None
        assert isinstance(message.body, kind), message
        return message.body

    async def login(self, capabilities: tuple[str, ...] = LIGHT) -> nexo.LoginResponse:
        request = nexo.LoginRequest(
            operator_language="sv",
            date_time=NOW,
            sale_software=nexo.SaleSoftware(
                provider_identification="Test", application_name="Till", software_version="1"
            ),
            sale_terminal_data=nexo.SaleTerminalData(
                terminal_environment="Attended", sale_capabilities=capabilities
            ),
        )
        return await self.ask(request, nexo.LoginResponse)

    async def pay(
        self, amount: str = "38.00", service_id: str | None = None, **words: Any
    ) -> nexo.PaymentResponse:
        return await self.ask(payment(amount, **words), nexo.PaymentResponse, service_id)

    async def status(self, service_id: str | None = None) -> nexo.TransactionStatusResponse:
        reference = nexo.MessageReference(
            message_category="Payment",
            service_id=service_id,
            sale_id=self.sale_id,
            poi_id=self.poi_id,
        )
        request = nexo.TransactionStatusRequest(
            message_reference=reference if service_id is not None else None
        )
        return await self.ask(request, nexo.TransactionStatusResponse)

    async def abort(self, service_id: str) -> nexo.Message | None:
        return await self.say(
            nexo.AbortRequest(
                message_reference=nexo.MessageReference(
                    message_category="Payment",
                    service_id=service_id,
                    sale_id=self.sale_id,
                    poi_id=self.poi_id,
                ),
                abort_reason="MerchantAbort",
            )
        )

    async def reverse(
        self,
        answer: nexo.PaymentResponse,
        amount: str | None = None,
        service_id: str | None = None,
    ) -> nexo.ReversalResponse:
        request = nexo.ReversalRequest(
            reversal_reason="MerchantCancel",
            reversed_amount=Decimal(amount) if amount is not None else None,
            original_poi_transaction=nexo.OriginalPOITransaction(
                poi_transaction_id=answer.poi_data.poi_transaction_id
            ),
        )
        return await self.ask(request, nexo.ReversalResponse, service_id)


def payment(
    amount: str | None = "38.00",
    *,
    kind: str = "Normal",
    currency: str = "SEK",
    transaction: str = "order-1",
    time: str = NOW,
    original: nexo.PaymentResponse | None = None,
    **amounts: Any,
) -> nexo.PaymentRequest:
    return nexo.PaymentRequest(
        sale_data=nexo.SaleData(
            operator_id="Ann",
            sale_transaction_id=nexo.TransactionIdentification(
                transaction_id=transaction, time_stamp=time
            ),
        ),
        payment_transaction=nexo.PaymentTransaction(
            amounts_req=nexo.AmountsReq(
                currency=currency,
                requested_amount=None if amount is None else Decimal(amount),
                **amounts,
            ),
            original_poi_transaction=nexo.OriginalPOITransaction(
                poi_transaction_id=original.poi_data.poi_transaction_id
            )
            if original is not None
            else None,
        ),
        payment_data=nexo.PaymentData(payment_type=kind),
    )


Answering = Callable[[nexo.Message], Awaitable[nexo.Element | None]]


class TillDoor:
    """Where the face posts its device requests."""

    def __init__(self) -> None:
        self.messages: list[nexo.Message] = []
        self.answer: Answering | None = None
        self.says = True
        """To a signature."""
        self.may_answer = asyncio.Event()
        """A question waits for it."""
        self.may_answer.set()
        self.status = 0
        """What everything gets instead of an answer."""
        self.ids: dict[str, str] = {}
        """What stands in an answer's header instead of the request's own ids."""
        self.url = ""
        self._grew = asyncio.Event()

    @property
    def bodies(self) -> list[nexo.Element]:
        return [message.body for message in self.messages]

    def texts(self) -> list[str]:
        return [
            text.text
            for body in self.bodies
            if isinstance(body, nexo.DisplayRequest)
            for output in body.display_output
            for text in output.output_content.output_text
        ]

    def events(self) -> list[str]:
        return [
            body.event_to_notify for body in self.bodies if isinstance(body, nexo.EventNotification)
        ]

    async def until(self, reached: Callable[[TillDoor], bool]) -> None:
        async with asyncio.timeout(10):
            while not reached(self):
                self._grew.clear()
                await self._grew.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = nexo.decode(await read_body(scope, receive))
        self.messages.append(message)
        self._grew.set()
        body = await self.answer(message) if self.answer is not None else None
        if self.status:
            await respond(send, self.status)
            return
        if body is None:
            await respond(send, 204)
            return
        header = msgspec.structs.replace(nexo.reply_header(message.header), **self.ids)
        reply = nexo.Message(header=header, body=body)
        data = nexo.encode(reply, nexo.Encoding.XML, strict=False)
        await respond(send, 200, data, content_type=b"application/xml")


@asynccontextmanager
async def till_door() -> AsyncIterator[TillDoor]:
    app = TillDoor()
    async with Door(app, DoorConfig()) as door:
        app.url = door.url
        yield app


def confirmed(message: nexo.Message, yes: bool) -> nexo.InputResponse:
    assert isinstance(message.body, nexo.InputRequest)
    return nexo.InputResponse(
        input_result=nexo.InputResult(
            device="CashierInput",
            info_qualify="Input",
            response=nexo.Response(result="Success"),
            input=nexo.Input(input_command="GetConfirmation", confirmed_flag=yes),
        )
    )


@asynccontextmanager
async def foreign(url: str, **words: Any) -> AsyncIterator[ForeignTill]:
    till = ForeignTill(url, **words)
    try:
        yield till
    finally:
        await till.aclose()


def condition(body: Any) -> str:
    """ErrorCondition of a failure."""
    response = body.response
    assert response.result == "Failure", response
    return str(response.error_condition)


def text(body: Any) -> str:
    """AdditionalResponse."""
    return body.response.additional_response or ""
