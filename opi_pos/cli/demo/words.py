"""What a message says, in a few words beside its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo


def describe(data: bytes) -> str:
    """Such as `DisplayRequest "Present card"`; empty for an empty body."""
    if not data:
        return ""
    try:
        message = nexo.decode(data)
    except ProtocolError:
        return "(no message)"
    words = _WORDS.get(message.body_name)
    said = words(message.body) if words is not None else _result(message.body)
    return f"{message.body_name} {said}".rstrip()


def _result(body: object) -> str:
    response = getattr(body, "response", None)
    if not isinstance(response, nexo.Response):
        return ""
    return " ".join(word for word in (response.result, response.error_condition) if word)


def _payment(body: object) -> str:
    assert isinstance(body, nexo.PaymentRequest)
    amounts = body.payment_transaction.amounts_req
    if amounts.requested_amount is None:
        return ""
    return f"{_money(amounts.requested_amount)} {amounts.currency}"


def _paid(body: object) -> str:
    assert isinstance(body, nexo.PaymentResponse)
    result = body.payment_result
    amounts = result.amounts_resp if result is not None else None
    if amounts is None or body.response.result == nexo.Result.FAILURE:
        return _result(body)
    return f"{_result(body)} {_money(amounts.authorized_amount)} {amounts.currency or ''}"


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _status(body: object) -> str:
    assert isinstance(body, nexo.TransactionStatusResponse)
    repeated = body.repeated_message_response
    answer = None if repeated is None else repeated.payment_response
    return _result(body) if answer is None else f"it was {_paid(answer)}"


def _display(body: object) -> str:
    assert isinstance(body, nexo.DisplayRequest)
    return _quoted(body.display_output)


def _question(body: object) -> str:
    assert isinstance(body, nexo.InputRequest)
    command = body.input_data.input_command
    output = body.display_output
    return f"{command} {_quoted(() if output is None else (output,))}".rstrip()


def _answer(body: object) -> str:
    assert isinstance(body, nexo.InputResponse)
    given = body.input_result.input
    flag = given.confirmed_flag if given is not None else None
    return _result(body.input_result) if flag is None else f"confirmed: {'yes' if flag else 'no'}"


def _print(body: object) -> str:
    assert isinstance(body, nexo.PrintRequest)
    return body.print_output.document_qualifier


def _event(body: object) -> str:
    assert isinstance(body, nexo.EventNotification)
    return body.event_to_notify


def _quoted(outputs: Iterable[nexo.DisplayOutput]) -> str:
    texts = [text.text for output in outputs for text in output.output_content.output_text]
    return f'"{" / ".join(texts)}"' if texts else ""


_WORDS: dict[str, Callable[[object], str]] = {
    "PaymentRequest": _payment,
    "PaymentResponse": _paid,
    "TransactionStatusResponse": _status,
    "DisplayRequest": _display,
    "InputRequest": _question,
    "InputResponse": _answer,
    "PrintRequest": _print,
    "EventNotification": _event,
}
