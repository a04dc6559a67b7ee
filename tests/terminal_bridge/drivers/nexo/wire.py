"""nexo messages of a terminal, for tests: what it would put on the wire."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.orders import Command, MoneyOrder, Order
from opi_pos.model.results import Operation
from opi_pos.wire import nexo

SALE_TIME = "2026-03-01T09:30:00+01:00"
SEK_38 = Amount(minor=3800, currency="SEK")


def payment(operation: Operation = Operation.PAYMENT, **members: Any) -> MoneyOrder:
    """An order of 38 SEK."""
    members.setdefault("amount", SEK_38)
    return MoneyOrder(
        operation=operation, reference=Reference("order-2"), sale_time=SALE_TIME, **members
    )


def command(order: Order, service_id: str = "41") -> Command:
    """As the runtime would send it."""
    return Command(
        order=order,
        service_id=ServiceID(service_id),
        sale_id=SaleID("till-3"),
        poi_id=POIID("A-POIID"),
    )


def header(body: type[nexo.Element] | nexo.Element, **ids: str | None) -> nexo.MessageHeader:
    """Of the command's own exchange, unless `ids` say otherwise."""
    own: dict[str, Any] = {"service_id": "41", "sale_id": "till-3", "poi_id": "A-POIID"}
    return nexo.header_for(body, **(own | ids))


def response(
    result: str = "Success", condition: str | None = None, text: str | None = None
) -> nexo.Response:
    return nexo.Response(result=result, error_condition=condition, additional_response=text)


def amounts(authorized: str = "38.00", currency: str | None = "SEK", **rest: str) -> Any:
    parts: dict[str, Any] = {name: Decimal(value) for name, value in rest.items()}
    return nexo.AmountsResp(currency=currency, authorized_amount=Decimal(authorized), **parts)


def paid(
    said: nexo.Response | None = None,
    told: nexo.AmountsResp | None = None,
    *,
    reference: str = "order-2",
    sale_time: str = SALE_TIME,
    **members: Any,
) -> nexo.PaymentResponse:
    """A PaymentResponse: approved with 38 SEK, unless said otherwise."""
    result = nexo.PaymentResult(
        payment_type="Normal",
        amounts_resp=told if told is not None else amounts(),
        payment_instrument_data=nexo.PaymentInstrumentData(
            payment_instrument_type="Card",
            card_data=nexo.CardData(
                payment_brand="01,Mastercard Debit",
                masked_pan="516815******9659",
                entry_mode=("Contactless",),
                payment_token=nexo.PaymentToken(
                    token_requested_type="Customer",
                    token_value="6FD955",
                ),
            ),
        ),
        payment_acquirer_data=nexo.PaymentAcquirerData(
            merchant_id="10020001", acquirer_poi_id="877888", approval_code="611506"
        ),
    )
    members.setdefault("payment_result", result)
    return nexo.PaymentResponse(
        response=said or response(),
        sale_data=nexo.SaleData(
            sale_transaction_id=nexo.TransactionIdentification(
                transaction_id=reference, time_stamp=sale_time
            )
        ),
        poi_data=nexo.POIData(
            poi_transaction_id=nexo.TransactionIdentification(
                transaction_id="8778880185", time_stamp="2026-03-01T08:30:20.498Z"
            )
        ),
        **members,
    )


def failed(condition: str | None, text: str | None = None) -> nexo.PaymentResponse:
    """A PaymentResponse of class Failure."""
    return paid(response("Failure", condition, text), payment_result=None)


def reversed_(said: nexo.Response | None = None, amount: str | None = None) -> Any:
    return nexo.ReversalResponse(
        response=said or response(),
        reversed_amount=Decimal(amount) if amount is not None else None,
        poi_data=nexo.POIData(
            poi_transaction_id=nexo.TransactionIdentification(
                transaction_id="8778880186", time_stamp="2026-03-01T08:40:20.498Z"
            )
        ),
    )


def status(
    said: nexo.Response | None = None,
    repeated: nexo.Element | None = None,
    **ids: str | None,
) -> nexo.TransactionStatusResponse:
    """A TransactionStatusResponse; `ids` go into the header of the repeated response."""
    wrapped = None
    if repeated is not None:
        names = {
            nexo.PaymentResponse: "payment_response",
            nexo.ReversalResponse: "reversal_response",
            nexo.CardAcquisitionResponse: "card_acquisition_response",
        }
        member: dict[str, Any] = {names[type(repeated)]: repeated}
        wrapped = nexo.RepeatedMessageResponse(message_header=header(repeated, **ids), **member)
    return nexo.TransactionStatusResponse(
        response=said or response(), repeated_message_response=wrapped
    )


def answer_to(data: bytes, body: nexo.Element, **ids: str) -> bytes:
    """`body` as the answer to the message in `data`, in its encoding; `ids` override its own."""
    asked = nexo.decode(data)
    replied = msgspec.structs.replace(nexo.reply_header(asked.header), **ids)
    received = asked.received
    assert received is not None
    message = nexo.Message(header=replied, body=body)
    return nexo.encode(message, received.encoding, strict=False)
