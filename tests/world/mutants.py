"""Tills with one classic mistake each. The world must find every one of them.

A mutant changes the till, never the world: it replaces one function of the product while a seed
runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import msgspec

from opi_pos.journal.lock import MemoryOwnership
from opi_pos.journal.memory import WriteKind
from opi_pos.journal.storage import Tables
from opi_pos.model.devices import DeviceRequest, Display, Progress
from opi_pos.model.facts import Exchange
from opi_pos.model.news import Answer, Ended, News, NoAnswer, Running, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Outcome, Proof, Result
from opi_pos.runtime import poi as runtime_poi
from opi_pos.runtime.station import Station
from opi_pos.session import effects as fx
from opi_pos.session import exchange as rules
from opi_pos.session.effects import Effect, Instant
from opi_pos.session.exchange import OpenExchange
from opi_pos.session.machine import EXCHANGE, move
from opi_pos.session.sale import SaleSession
from opi_pos.session.states import ExchangeState as X
from opi_pos.session.verdicts import Identity

Patches = Callable[[], list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A mistake: `patches` makes it, `unsynced` are the writes that it does not sync."""

    name: str
    patches: Patches = list
    unsynced: frozenset[WriteKind] = frozenset()
    found_by: int = 0
    """A seed that found it once, to be tried first."""

    @contextmanager
    def at_large(self) -> Iterator[None]:
        """While this runs, the till makes the mistake."""
        with ExitStack() as stack:
            for change in self.patches():
                stack.enter_context(change)
            yield


def method(owner: type, name: str, replacement: Callable[..., Any]) -> Any:
    """A patch of one method."""
    return patch.object(owner, name, replacement)


def _retry_on_timeout() -> list[Any]:
    def silence(self: OpenExchange, problem: str, at: Instant) -> list[Effect]:
        if self.state not in {X.SENDING, X.RUNNING}:
            return []
        move(EXCHANGE, self, "refused")
        return self.send(self.ids.next(), at)

    return [method(OpenExchange, "_silence", silence)]


def _ends(outcome: Outcome) -> Callable[..., list[Effect]]:
    def end(self: OpenExchange, problem: str, at: Instant) -> list[Effect]:
        if self.state not in {X.SENDING, X.RUNNING, X.QUERYING, X.IN_DOUBT}:
            return []
        return self._end(self._plain(outcome, Proof.RESPONSE, problem, at), at)

    return end


def _timeout_is_declined() -> list[Any]:
    return [method(OpenExchange, "_silence", _ends(Outcome.DECLINED))]


def _broken_link_never_left() -> list[Any]:
    return [method(OpenExchange, "_silence", _ends(Outcome.NOT_STARTED))]


def _no_intent_record() -> list[Any]:
    true_record = runtime_poi.Poi._record

    async def record(self: runtime_poi.Poi, record: fx.Record) -> bool:
        if any(fact.kind in {"intent", "sent_again"} for fact in record.facts):
            return True
        return await true_record(self, record)

    return [method(runtime_poi.Poi, "_record", record)]


def _new_id_not_recorded() -> list[Any]:
    true_record = runtime_poi.Poi._record

    async def record(self: runtime_poi.Poi, record: fx.Record) -> bool:
        if any(fact.kind == "sent_again" for fact in record.facts):
            return True
        return await true_record(self, record)

    return [method(runtime_poi.Poi, "_record", record)]


def _sent_before_recorded() -> list[Any]:
    true_carry_out = runtime_poi.Poi._carry_out

    async def carry_out(self: runtime_poi.Poi, effects: Any) -> None:
        first = [effect for effect in effects if isinstance(effect, fx.Send)]
        rest = [effect for effect in effects if not isinstance(effect, fx.Send)]
        await true_carry_out(self, first)
        if first:
            await asyncio.sleep(3.0)
        await true_carry_out(self, rest)

    return [method(runtime_poi.Poi, "_carry_out", carry_out)]


def _in_progress_is_failed() -> list[Any]:
    true_told = OpenExchange.told_status

    def told(self: OpenExchange, news: News, at: Instant) -> list[Effect]:
        if isinstance(news, Running):
            self.query.asking = False
            return _ends(Outcome.DECLINED)(self, "not finished", at)
        return true_told(self, news, at)

    return [method(OpenExchange, "told_status", told)]


def _not_found_believed_once() -> list[Any]:
    true_absent = OpenExchange._absent

    def absent(self: OpenExchange, at: Instant) -> list[Effect]:
        self.query.absent_before = True
        self.query.asked_at = float("inf")
        return true_absent(self, at)

    return [method(OpenExchange, "_absent", absent)]


def _unreachable_is_not_found() -> list[Any]:
    true_told = OpenExchange.told_status

    def told(self: OpenExchange, news: News, at: Instant) -> list[Effect]:
        if isinstance(news, NoAnswer):
            self.query.asking = False
            return _ends(Outcome.NOT_STARTED)(self, "not reachable", at)
        return true_told(self, news, at)

    return [method(OpenExchange, "told_status", told)]


def _any_repeated_response() -> list[Any]:
    true_answered = OpenExchange._answered

    def answered(self: OpenExchange, answer: Answer, proof: Proof, at: Instant) -> list[Effect]:
        if proof is not Proof.STATUS:
            return true_answered(self, answer, proof, at)
        with (
            patch.object(rules, "identify", lambda *_: Identity.OURS),
            patch.object(rules, "proves", lambda *_: True),
        ):
            return true_answered(self, answer, proof, at)

    return [method(OpenExchange, "_answered", answered)]


def _any_response() -> list[Any]:
    """As when a late response is applied to whatever runs now."""
    true_answered = OpenExchange._answered

    def answered(self: OpenExchange, answer: Answer, proof: Proof, at: Instant) -> list[Effect]:
        if proof is not Proof.RESPONSE:
            return true_answered(self, answer, proof, at)
        with patch.object(rules, "identify", lambda *_: Identity.OURS):
            return true_answered(self, answer, proof, at)

    return [method(OpenExchange, "_answered", answered)]


def _abort_is_the_end() -> list[Any]:
    true_abort = OpenExchange.abort

    def abort(self: OpenExchange, at: Instant) -> list[Effect]:
        effects = true_abort(self, at)
        return effects + _ends(Outcome.ABORTED)(self, "aborted", at)

    return [method(OpenExchange, "abort", abort)]


def _two_owners() -> list[Any]:
    return [
        method(MemoryOwnership, "acquire", lambda *_: True),
    ]


def _no_recovery_at_start() -> list[Any]:
    return [method(SaleSession, "restore", lambda *_: [])]


def _restart_sends_again() -> list[Any]:
    def restored(cls: type[OpenExchange], row: Exchange, terms: Any, ids: Any, at: Instant) -> Any:
        return cls(
            exchange_id=row.exchange_id,
            order=row.order,
            terms=terms,
            ids=ids,
            parent=row.parent,
            state=X.WAITING,
            resend_at=at.now,
            attempts=1,
            begun_at=row.begun_at,
        )

    return [patch.object(OpenExchange, "restored", classmethod(restored))]


def _display_is_the_result() -> list[Any]:
    true_seen = runtime_poi.Poi.seen

    def seen(self: runtime_poi.Poi, request: DeviceRequest) -> None:
        true_seen(self, request)
        body = request.body
        if isinstance(body, Display) and "Approved" in " ".join(body.lines):
            self.tell(lambda at: _approve(self, request, at))

    def _approve(poi: runtime_poi.Poi, request: DeviceRequest, at: Instant) -> list[Effect]:
        for exchange in poi.rules.exchanges.values():
            if exchange.service_id == request.service_id:
                order = exchange.order
                answer = Answer(
                    verdict=Verdict.APPROVED,
                    service_id=exchange.service_id,
                    reference=order.reference,
                    sale_time=order.sale_time,
                    authorized=order.amount,
                )
                news = Ended(answer=answer)
                return poi.rules.told(exchange.exchange_id, exchange.service_id, news, at)
        return []

    assert Progress.RESULT_SHOWN
    return [method(runtime_poi.Poi, "seen", seen)]


def _unclear_is_declined() -> list[Any]:
    def unclear(self: OpenExchange, answer: Answer, proof: Proof, at: Instant) -> list[Effect]:
        return _ends(Outcome.DECLINED)(self, "unclear", at)

    return [method(OpenExchange, "_unclear", unclear)]


def _key_not_checked() -> list[Any]:
    async def earlier(self: Station, row: Exchange, order: MoneyOrder) -> Result | None:
        return None

    return [
        method(Station, "_earlier", earlier),
        method(Tables, "check_keys", lambda *_: None),
    ]


def _reversal_taken_for_granted() -> list[Any]:
    true_came = OpenExchange.reversal_came_to

    def came(self: OpenExchange, reversal: Result, at: Instant) -> list[Effect]:
        done = msgspec.structs.replace(reversal, outcome=Outcome.APPROVED)
        return true_came(self, done, at)

    return [method(OpenExchange, "reversal_came_to", came)]


NEXO = (
    Mutant(name="retry on timeout", patches=_retry_on_timeout),
    Mutant(name="timeout taken as declined", patches=_timeout_is_declined),
    Mutant(name="a broken link taken as never left", patches=_broken_link_never_left),
    Mutant(name="no intent record", patches=_no_intent_record),
    Mutant(name="intent not synced", unsynced=frozenset({"intent"})),
    Mutant(name="outcome not synced", unsynced=frozenset({"outcome"})),
    Mutant(name="new service id not recorded", patches=_new_id_not_recorded),
    Mutant(name="sent before recorded", patches=_sent_before_recorded),
    Mutant(name="InProgress taken as failed", patches=_in_progress_is_failed),
    Mutant(name="NotFound believed once", patches=_not_found_believed_once),
    Mutant(name="unreachable taken as NotFound", patches=_unreachable_is_not_found),
    Mutant(name="wrong repeated response believed", patches=_any_repeated_response),
    Mutant(name="late response applied to the next exchange", patches=_any_response),
    Mutant(name="abort taken as the end", patches=_abort_is_the_end),
    Mutant(name="two owners at once", patches=_two_owners),
    Mutant(name="no recovery at start", patches=_no_recovery_at_start),
    Mutant(name="a restart sends again", patches=_restart_sends_again),
    Mutant(name="a displayed Approved taken as the result", patches=_display_is_the_result),
    Mutant(name="unclear taken as declined", patches=_unclear_is_declined),
    Mutant(name="the key is not checked", patches=_key_not_checked),
    Mutant(name="a reversal taken for granted", patches=_reversal_taken_for_granted),
)
