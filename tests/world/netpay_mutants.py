"""NetPay drivers with one classic mistake each. The world must find every one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import msgspec

from opi_pos.model.ids import ServiceID
from opi_pos.model.news import Answer, Ended, News, NotKnown, Verdict
from opi_pos.model.orders import AskStatus, MoneyOrder
from opi_pos.runtime.filing import Filing
from opi_pos.wire.netpay.push import Request
from terminal_bridge.drivers.netpay import asking, driver, reading
from terminal_bridge.drivers.netpay.asking import Asking
from terminal_bridge.drivers.netpay.cloud import Answer as Push
from terminal_bridge.drivers.netpay.cloud import Cloud, Refused, Unclear
from terminal_bridge.drivers.netpay.matching import Match
from terminal_bridge.drivers.netpay.reading import Told
from tests.world.mutants import Mutant, method

_true_answer_of = reading.answer_of
_true_push = Cloud.push
_true_meaning = Asking._meaning


def _answers(mistaken: Callable[[Told, MoneyOrder, ServiceID], Answer]) -> list[Any]:
    return [
        patch.object(driver, "answer_of", mistaken),
        patch.object(asking, "answer_of", mistaken),
    ]


def _pushed_is_approved() -> list[Any]:
    """`00` of the cloud taken for a result."""
    nothing: Told = {"reprint": False, "void": False, "transaction": {"id": "", "time": ""}}

    async def pay(self: Any, order: MoneyOrder, service_id: ServiceID) -> Any:
        await self._cloud.push(self._store.make(order, service_id), lambda: None)
        yield Ended(answer=_true_answer_of({**nothing, "code": "00"}, order, service_id))

    return [method(driver.NetpayDriver, "_pay", pay)]


def _pushed_again() -> list[Any]:
    """A push without an answer is made again."""

    async def push(self: Cloud, request: Request, on_written: Any) -> Push:
        answer = await _true_push(self, request, on_written)
        if isinstance(answer, Unclear) and answer.written:
            return await _true_push(self, request, on_written)
        return answer

    return [method(Cloud, "push", push)]


def _lost_push_is_refused() -> list[Any]:
    """A push without an answer did not begin."""

    async def push(self: Cloud, request: Request, on_written: Any) -> Push:
        answer = await _true_push(self, request, on_written)
        return Refused(answer.problem) if isinstance(answer, Unclear) else answer

    return [method(Cloud, "push", push)]


def _unknown_is_declined() -> list[Any]:
    """That the terminal does not know a folio, said once, taken for a proof."""

    def meaning(self: Asking, told: Told, asked: AskStatus) -> News:
        news = _true_meaning(self, told, asked)
        if not isinstance(news, NotKnown):
            return news
        answer = _true_answer_of(told, asked.order, asked.service_id)
        return Ended(answer=msgspec.structs.replace(answer, verdict=Verdict.DECLINED))

    return [method(Asking, "_meaning", meaning)]


def _any_response_is_ours() -> list[Any]:
    """Whatever comes is for the sale that is open."""

    def match(response: Any, rows: Any, asked: Any, serial: str) -> Match:
        return Match(rows[0].service_id if rows else None)

    return [patch.object(driver, "match", match)]


def _the_amount_is_taken_for_granted() -> list[Any]:
    """An approval is one of what was asked, whatever it says."""

    def answer_of(told: Told, order: MoneyOrder, service_id: ServiceID) -> Answer:
        answer = _true_answer_of(told, order, service_id)
        granted = order.amount if answer.verdict is Verdict.APPROVED else answer.authorized
        return msgspec.structs.replace(answer, authorized=granted)

    return _answers(answer_of)


def _a_late_nameless_one_is_the_next_ones() -> list[Any]:
    """What names nothing goes to whatever is open, though another sale's end is still to come."""

    async def nobody(self: Filing, box: Any) -> bool:
        return False

    return [
        method(Filing, "is_owed_to_another", nobody),
        patch.object(Filing, "is_double_of_another", lambda *_: False),
    ]


NETPAY = (
    Mutant(name="a push taken as approved", patches=_pushed_is_approved),
    Mutant(name="an unanswered push made again", patches=_pushed_again, found_by=9),
    Mutant(name="an unanswered push taken as refused", patches=_lost_push_is_refused, found_by=9),
    Mutant(name="an unknown folio taken as declined", patches=_unknown_is_declined, found_by=6),
    Mutant(name="any response believed", patches=_any_response_is_ours, found_by=76),
    Mutant(name="the amount taken for granted", patches=_the_amount_is_taken_for_granted),
    Mutant(
        name="a late nameless response believed",
        patches=_a_late_nameless_one_is_the_next_ones,
        found_by=76,
    ),
)
