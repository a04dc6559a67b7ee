"""What a callback means: plain JSON for the inbox, then news."""

from __future__ import annotations

from typing import Any, Final

from opi_pos.model.callbacks import Callback, Letter
from opi_pos.model.card import mask_print, mask_text
from opi_pos.model.devices import DeviceRequest, Display
from opi_pos.model.ids import POIID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, DeviceAsked, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.model.results import Confidence, Operation, TransactionID
from opi_pos.wire import keycard

UNCONFIRMED: Final = "Approved. The server confirms no amount: it is taken as asked."

Told = dict[str, Any]
"""A callback as the inbox keeps it: `command`, `final`, `success`, `text`, `number`, `lines`."""


async def read(request: Callback) -> Letter:
    """A callback as plain JSON, card numbers masked; an end message decides, a display does not."""
    callback = keycard.read_callback(request.body)
    told = {
        "command": callback.command,
        "final": not callback.intermediate,
        "success": callback.success,
        "text": mask_text(callback.text),
        "number": callback.receipt_number,
        "lines": [mask_print(line) for line in callback.receipt_lines],
    }
    return Letter(told=told, decides=not callback.intermediate)


def display_of(told: Told, poi_id: POIID, service_id: ServiceID) -> DeviceAsked:
    """What the terminal shows. The API has no code for it; "Approved" here is a text."""
    lines = tuple(str(told["text"]).splitlines())
    return DeviceAsked(
        request=DeviceRequest(poi_id=poi_id, service_id=service_id, body=Display(lines=lines))
    )


def answer_of(told: Told, order: MoneyOrder, service_id: ServiceID, *, cancelled: bool) -> Answer:
    """What an end message says. It came to an address that only this exchange was given, so it has
    this exchange's identity.
    """
    success, text = bool(told["success"]), str(told["text"])
    verdict = Verdict.APPROVED if success else Verdict.DECLINED
    if cancelled and not success:
        verdict = Verdict.ABORTED
    number, lines = int(told["number"]), tuple(told["lines"])
    receipt = Receipt(copy=Copy.OTHER, lines=lines, must_print=True)
    return Answer(
        verdict=verdict,
        service_id=service_id,
        reference=order.reference,
        sale_time=order.sale_time,
        confidence=Confidence.CALLBACK_ONLY,
        message=text or (UNCONFIRMED if success else "Not successful"),
        authorized=_taken(order) if success else None,
        terminal_transaction=TransactionID(id=str(number), time="") if number >= 0 else None,
        receipts=(receipt,) if lines else (),
    )


def _taken(order: MoneyOrder) -> Amount | None:
    """A reversal undoes the whole of its original; nothing says so but the documentation."""
    if order.operation is Operation.REVERSAL and order.original is not None:
        return order.original.amount
    return order.amount


def service_answer(told: Told) -> Answer:
    """The end message of a command without money."""
    lines = tuple(told["lines"])
    return Answer(
        verdict=Verdict.APPROVED if told["success"] else Verdict.DECLINED,
        message=str(told["text"]),
        receipts=(Receipt(copy=Copy.OTHER, lines=lines),) if lines else (),
    )
