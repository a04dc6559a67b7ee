"""Key & Card drivers with one classic mistake each. The world must find every one of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import Any
from unittest.mock import patch

import msgspec

from opi_pos.model.ids import ServiceID
from opi_pos.model.news import Answer, Ended, News, NoAnswer, Verdict
from opi_pos.model.orders import Command, MoneyOrder
from opi_pos.ports import Letterbox
from opi_pos.wire import keycard
from terminal_bridge.drivers.keycard import driver, reading
from terminal_bridge.drivers.keycard.calling import (
    Accepted,
    CalledBack,
    Happening,
    Refused,
    Server,
    Unanswered,
)
from terminal_bridge.drivers.keycard.driver import KeycardDriver
from terminal_bridge.drivers.keycard.reading import Told
from tests.world.mutants import Mutant, method

_ANSWER_OF = reading.answer_of
_SEND = Server.send
_NEWS = KeycardDriver._news
_ASK = KeycardDriver._ask
_ADDRESSED = KeycardDriver._addressed
_TOLD = KeycardDriver._told

Sent = Refused | Accepted | Unanswered


def _ended(success: bool, order: MoneyOrder, service_id: ServiceID) -> Ended:
    """An end that nobody told."""
    told: Told = {"success": success, "text": "", "number": keycard.NO_RECEIPT, "lines": []}
    return Ended(answer=_ANSWER_OF(told, order, service_id, cancelled=False))


def _news(mistaken: Callable[[Happening, MoneyOrder, Command], News | None]) -> list[Any]:
    """What happened to a payment, understood otherwise; None: as it is."""

    def news(self: KeycardDriver, happening: Happening, command: Command) -> News | None:
        order = command.order
        wrong = mistaken(happening, order, command) if isinstance(order, MoneyOrder) else None
        return wrong or _NEWS(self, happening, command)

    return [method(KeycardDriver, "_news", news)]


def _proceed_is_approved() -> list[Any]:
    """`Proceed` taken for a result."""

    def mistaken(happening: Happening, order: MoneyOrder, command: Command) -> News | None:
        began = isinstance(happening, Accepted)
        return _ended(True, order, command.service_id) if began else None

    return _news(mistaken)


def _a_display_is_the_end() -> list[Any]:
    """An intermediate state, which always says success, taken for the end."""

    def mistaken(happening: Happening, order: MoneyOrder, command: Command) -> News | None:
        if not isinstance(happening, CalledBack) or happening.told["final"]:
            return None
        return _ended(happening.told["success"], order, command.service_id)

    return _news(mistaken)


def _unanswered_is_refused() -> list[Any]:
    """A command without an answer did not begin."""

    async def send(self: Server, request: keycard.Request, on_written: Any) -> Sent:
        sent = await _SEND(self, request, on_written)
        return Refused(sent.problem) if isinstance(sent, Unanswered) else sent

    return [method(Server, "send", send)]


def _sent_again() -> list[Any]:
    """A command without an answer is sent again."""

    async def send(self: Server, request: keycard.Request, on_written: Any) -> Sent:
        sent = await _SEND(self, request, on_written)
        return await _SEND(self, request, on_written) if isinstance(sent, Unanswered) else sent

    return [method(Server, "send", send)]


def _idle_is_declined() -> list[Any]:
    """A server that is idle has ended the payment, and nobody was told of a success."""

    async def ask(self: KeycardDriver, asked: Any, command: Command) -> Any:
        async with aclosing(_ASK(self, asked, command)) as said:
            async for news in said:
                known = _ended(False, asked.order, asked.service_id)
                yield known if isinstance(news, NoAnswer) else news

    return [method(KeycardDriver, "_ask", ask)]


def _a_cancel_that_was_taken_is_the_end() -> list[Any]:
    """Whatever was cancelled was aborted, though it was approved in the end."""

    def answer_of(
        told: Told, order: MoneyOrder, service_id: ServiceID, *, cancelled: bool
    ) -> Answer:
        answer = _ANSWER_OF(told, order, service_id, cancelled=cancelled)
        if not cancelled:
            return answer
        return msgspec.structs.replace(answer, verdict=Verdict.ABORTED, authorized=None)

    return [patch.object(driver, "answer_of", answer_of)]


def _a_cancels_end_is_the_payments() -> list[Any]:
    """The cancel is told to the payment's address, and any end there is the payment's."""

    payments: dict[KeycardDriver, str] = {}

    def addressed(self: KeycardDriver, request: keycard.Request, box: Letterbox) -> keycard.Request:
        right = _ADDRESSED(self, request, box)
        if right.command == keycard.Command.AUTHORISATION:
            payments[self] = right.callback_url
        if right.command != keycard.Command.CANCEL_TRANSACTION:
            return right
        wrong = payments.get(self, right.callback_url)
        return keycard.Request(command=right.command, callback_url=wrong)

    def told_by_anybody(self: KeycardDriver, told: Told, command: Command) -> News | None:
        return _TOLD(self, {**told, "command": ""}, command)

    return [
        method(KeycardDriver, "_addressed", addressed),
        method(KeycardDriver, "_told", told_by_anybody),
    ]


KEYCARD = (
    Mutant(name="Proceed taken as approved", patches=_proceed_is_approved, found_by=8),
    Mutant(name="a display taken as the end", patches=_a_display_is_the_end, found_by=2),
    Mutant(name="an unanswered command is refused", patches=_unanswered_is_refused, found_by=65),
    Mutant(name="an unanswered command sent again", patches=_sent_again, found_by=56),
    Mutant(name="an idle server taken as declined", patches=_idle_is_declined, found_by=9),
    Mutant(name="a cancel taken as the end", patches=_a_cancel_that_was_taken_is_the_end),
    Mutant(name="a cancel's end taken as the payment's", patches=_a_cancels_end_is_the_payments),
)
