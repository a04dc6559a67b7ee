"""From the bytes that came back to news for the rules. Pure.

Whatever is not plainly the answer to our message is no answer, and the rules then ask what became
of the exchange. Another exchange's money answer is handed on under its own identity: the rules
call it stray.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from opi_pos.model.errors import ProtocolError
from opi_pos.model.news import Answer, Ended, News, NoAnswer, Running, Verdict
from opi_pos.model.orders import AskStatus, Converse, MoneyOrder, Order
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo.answers import money_answer, runs
from terminal_bridge.drivers.nexo.services import own_answer, service_answer
from terminal_bridge.drivers.nexo.status import status_news
from terminal_bridge.drivers.nexo.texts import sentence
from terminal_bridge.links.link import Reply

_OK: Final = range(200, 300)
_TAKEN: Final = frozenset({"ok", '"ok"', "[accepted]"})
"""Plain texts by which Adyen's terminals and clouds take an abort."""


_WORDLESS: Final = (
    nexo.DisplayRequest,
    nexo.AbortRequest,
    nexo.InputUpdate,
    nexo.EventNotification,
)


def news_of(
    reply: Reply, sent: nexo.Message, order: Order, running: Collection[str]
) -> tuple[News, ...]:
    """What a reply to `sent` tells. `running`: see `status.status_news`."""
    if reply.status not in _OK:
        return (_nothing(f"the terminal answered with HTTP status {reply.status}"),)
    if not reply.body.strip():
        return _empty_news(sent)
    try:
        message = nexo.decode(reply.body)
    except ProtocolError as error:
        return (_nothing(f"the answer is no nexo message: {error}"),)
    return _message_news(message, sent, order, running)


def abort_problem(reply: Reply) -> str:
    """Why an abort came to nothing, as far as its own reply tells; empty when it was taken.

    204 is the rule. A terminal may answer an abort of an exchange that it does not know with an
    event Reject in the body.
    """
    if reply.status not in _OK:
        return f"the terminal answered the abort with HTTP status {reply.status}"
    if not reply.body.strip() or reply.body.strip().lower().decode("ascii", "replace") in _TAKEN:
        return ""
    try:
        body = nexo.decode(reply.body).body
    except ProtocolError:
        return ""  # it was taken, whatever was said about it
    if isinstance(body, nexo.EventNotification) and body.event_to_notify == "Reject":
        return f"the terminal rejected the abort: {sentence(body.event_details)}"
    return ""


def _nothing(problem: str) -> NoAnswer:
    return NoAnswer(written=True, problem=problem)


def _empty_news(sent: nexo.Message) -> tuple[News, ...]:
    """Only a display, and what has no response at all, may be taken without a word."""
    if isinstance(sent.body, _WORDLESS):
        return (Ended(answer=Answer(verdict=Verdict.APPROVED)),)
    return (_nothing("the answer is empty"),)


def _message_news(
    message: nexo.Message, sent: nexo.Message, order: Order, running: Collection[str]
) -> tuple[News, ...]:
    body, header = message.body, message.header
    if isinstance(body, nexo.EventNotification):
        # Not even a Reject proves that nothing began: a doubled message is rejected, too. To ask
        # costs seconds, and settles it.
        details = sentence(body.event_details) or body.event_to_notify
        return (_nothing(f"the terminal sent an event instead of an answer: {details}"),)
    if type(body).__name__ != _response_name(sent):
        return (_nothing(f"a {type(body).__name__} is no answer to a {sent.body_name}"),)
    if isinstance(order, MoneyOrder):
        return _money_news(header, body, order)
    if not _belongs(header, sent.header):
        return (_nothing("the answer belongs to another message"),)
    return (_service_news(message, order, running),)


def _service_news(message: nexo.Message, order: Order, running: Collection[str]) -> News:
    if isinstance(order, AskStatus) and isinstance(message.body, nexo.TransactionStatusResponse):
        return status_news(message.body, order, running)
    if isinstance(order, Converse):
        return Ended(answer=own_answer(message))
    return Ended(answer=service_answer(message.header, message.body))


def _money_news(
    header: nexo.MessageHeader, body: nexo.Element, order: MoneyOrder
) -> tuple[News, ...]:
    if not isinstance(body, nexo.PaymentResponse | nexo.ReversalResponse):
        return (_nothing(f"a {type(body).__name__} says nothing about money"),)
    answer = money_answer(header, body, order)
    if runs(body.response):
        return Running(message=answer.message), _nothing("the terminal says that it still runs")
    return (Ended(answer=answer),)


def _response_name(sent: nexo.Message) -> str:
    return f"{sent.header.message_category}Response"


def _belongs(header: nexo.MessageHeader, sent: nexo.MessageHeader) -> bool:
    """What a header leaves out does not contradict; the connection says whose answer it is."""
    return (
        header.service_id in {None, "", sent.service_id}
        and header.sale_id in {"", sent.sale_id}
        and header.poi_id in {"", sent.poi_id}
    )
