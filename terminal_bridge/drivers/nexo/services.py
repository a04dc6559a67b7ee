"""What the terminal's responses to orders without money say. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from opi_pos.model.ids import Reference
from opi_pos.model.news import Answer
from opi_pos.model.results import TransactionID
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo.answers import card_of, plain_answer
from terminal_bridge.drivers.nexo.reports import (
    customer_input,
    diagnosis_report,
    terminal_report,
    totals_report,
)

_SUCCESS = nexo.Response(result=nexo.Result.SUCCESS)


def service_answer(header: nexo.MessageHeader, body: nexo.Element) -> Answer:
    """The class of the response, and what was asked for as `payload`."""
    answer = plain_answer(header, _response(body))
    match body:
        case nexo.CardAcquisitionResponse():
            return _card_read(answer, body)
        case _:
            return msgspec.structs.replace(answer, payload=_payload(body))


def own_answer(message: nexo.Message) -> Answer:
    """Of a conversation in nexo itself: the whole message as `payload`."""
    answer = plain_answer(message.header, _response(message.body))
    return msgspec.structs.replace(answer, payload=message)


def _response(body: nexo.Element) -> nexo.Response:
    """The Result that counts. A display has one for each output: the first that failed."""
    match body:
        case nexo.DisplayResponse():
            shown = [output.response for output in body.output_result]
            failed = (one for one in shown if one.result != nexo.Result.SUCCESS)
            return next(failed, _SUCCESS)
        case nexo.InputResponse():
            return body.input_result.response
        case _:
            response: Any = getattr(body, "response", None)
            return response if isinstance(response, nexo.Response) else _SUCCESS


def _payload(body: nexo.Element) -> Any:
    match body:
        case nexo.LoginResponse():
            return terminal_report(body)
        case nexo.DiagnosisResponse():
            return diagnosis_report(body)
        case nexo.GetTotalsResponse() | nexo.ReconciliationResponse():
            return totals_report(body)
        case nexo.InputResponse():
            return customer_input(body)
        case _:
            return None


def _card_read(answer: Answer, body: nexo.CardAcquisitionResponse) -> Answer:
    sale = body.sale_data.sale_transaction_id
    named = body.poi_data.poi_transaction_id
    return msgspec.structs.replace(
        answer,
        card=card_of(body.payment_instrument_data),
        reference=Reference(sale.transaction_id) if sale.transaction_id else None,
        sale_time=sale.time_stamp or None,
        terminal_transaction=(
            TransactionID(id=named.transaction_id, time=named.time_stamp)
            if named.transaction_id
            else None
        ),
    )
