"""What a TransactionStatusResponse says about the exchange that was asked about. Pure."""

from __future__ import annotations

from collections.abc import Collection

from opi_pos.model.ids import POIID, SaleID, ServiceID
from opi_pos.model.news import (
    Answer,
    Ended,
    News,
    NoAnswer,
    NoSession,
    NotKnown,
    Running,
    Verdict,
)
from opi_pos.model.orders import AskStatus
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo.answers import money_answer, runs
from terminal_bridge.drivers.nexo.requests import REVERSALS
from terminal_bridge.drivers.nexo.texts import sentence


def status_news(
    body: nexo.TransactionStatusResponse, order: AskStatus, running: Collection[str]
) -> News:
    """One piece of news. `running`: the conditions by which this terminal says that it runs."""
    response = body.response
    if response.result in {nexo.Result.SUCCESS, nexo.Result.PARTIAL}:
        return _repeated(body.repeated_message_response, order)
    message = sentence(response.additional_response)
    condition = response.error_condition or ""
    if condition in running:
        return Running(message=message)
    match condition:
        case nexo.ErrorCondition.NOT_FOUND:
            return NotKnown()
        case nexo.ErrorCondition.LOGGED_OUT:
            return NoSession(certain=True)
        case nexo.ErrorCondition.NOT_ALLOWED:
            return NoSession(certain=False)
        case _:
            told = message or condition or response.result
            return NoAnswer(written=True, problem=f"the status was not told: {told}")


def _repeated(repeated: nexo.RepeatedMessageResponse | None, order: AskStatus) -> News:
    if repeated is None:
        return Ended(answer=_empty(order.service_id))
    header = repeated.message_header
    reverses = order.order.operation in REVERSALS
    body = repeated.reversal_response if reverses else repeated.payment_response
    if body is None:
        return Ended(answer=_of_another_kind(header))
    if runs(body.response):
        return Running(message=sentence(body.response.additional_response))
    return Ended(answer=money_answer(header, body, order.order))


def _empty(asked: ServiceID) -> Answer:
    """It answers our question without saying anything: that proves nothing, either way."""
    message = "The terminal found the transaction and did not repeat its result."
    return Answer(verdict=Verdict.UNCLEAR, service_id=asked, message=message)


def _of_another_kind(header: nexo.MessageHeader) -> Answer:
    return Answer(
        verdict=Verdict.UNCLEAR,
        service_id=ServiceID(header.service_id) if header.service_id else None,
        sale_id=SaleID(header.sale_id) if header.sale_id else None,
        poi_id=POIID(header.poi_id) if header.poi_id else None,
        message=f"The terminal repeated a {header.message_category or 'message without a kind'}.",
    )
