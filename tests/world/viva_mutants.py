"""Viva drivers with one classic mistake each. The world must find every one of them."""

from __future__ import annotations

import uuid
from typing import Any
from unittest.mock import patch

import msgspec

from opi_pos.model.ids import ServiceID
from opi_pos.model.news import Answer, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Confidence
from opi_pos.wire import viva
from terminal_bridge.drivers.viva import asking, driver, paying, reading, sessions
from terminal_bridge.drivers.viva.cloud import Cloud
from terminal_bridge.drivers.viva.paying import Paying, Refused, Told, Unsent
from terminal_bridge.drivers.viva.sessions import Absent, Found, Look, Pending
from terminal_bridge.links.link import Reply
from tests.world.mutants import Mutant, method


def _ended(self: Paying, *, success: bool) -> Told:
    """A session that nobody told."""
    order = self._errand.order
    return Told(
        viva.Session(
            session_id=order.session_id,
            success=success,
            event_id=0 if success else 1006,
            amount=order.amount,
            currency_code=order.currency_code,
        )
    )


def _dispatched_is_approved() -> list[Any]:
    """200 to the order taken for a result."""

    async def asked(self: Paying, stop: Any) -> Told:
        return _ended(self, success=True)

    return [method(Paying, "_asked", asked)]


def _lost_order_is_unsent() -> list[Any]:
    """No answer to the order, so it was not sent."""
    true_hand_over = Paying._hand_over

    async def hand_over(self: Paying) -> Refused | Unsent | None:
        before = self._happened.qsize()
        end = await true_hand_over(self)
        taken = self._happened.qsize() > before + 1
        return end if end is not None or taken else Refused(400, "no answer")

    return [method(Paying, "_hand_over", hand_over)]


def _any_refusal_did_not_begin() -> list[Any]:
    """409 and 5xx taken for refusals."""

    def refusal(reply: Reply) -> Refused | None:
        return None if reply.status == 200 else Refused(reply.status, "")

    return [patch.object(paying, "_refusal", refusal)]


def _running_is_declined() -> list[Any]:
    """202 in answer to a question taken for a failure."""
    true_by_id = sessions.by_id

    async def by_id(cloud: Cloud, session_id: str) -> Look:
        look = await true_by_id(cloud, session_id)
        failed = viva.Session(session_id=session_id, success=False, event_id=1006)
        return Found(failed) if isinstance(look, Pending) else look

    return [patch.object(asking, "by_id", by_id), patch.object(paying, "by_id", by_id)]


def _unknown_is_absent_at_once() -> list[Any]:
    """One 404, right after the order, taken for a proof."""
    true_by_id = sessions.by_id

    async def by_id(cloud: Cloud, session_id: str) -> Look:
        look = await true_by_id(cloud, session_id)
        failed = viva.Session(session_id=session_id, success=False, event_id=6000)
        return Found(failed) if isinstance(look, Absent) else look

    return [patch.object(paying, "by_id", by_id)]


def _another_sessions_answer() -> list[Any]:
    """Whatever session comes back is ours."""
    return [patch.object(sessions, "_same", lambda *_: True)]


def _a_new_name_every_time() -> list[Any]:
    """A session that is named by chance cannot be asked for after a crash."""
    names: list[str] = []

    def session_id_of(*_: Any) -> str:
        names.append("")
        return str(uuid.UUID(int=len(names)))

    return [patch.object(driver, "session_id_of", session_id_of)]


def _failure_is_final() -> list[Any]:
    """A failure is believed for good."""
    true_answer = reading.answer_of

    def answer_of(session: viva.Session, order: MoneyOrder, service_id: ServiceID) -> Answer:
        told = true_answer(session, order, service_id)
        return msgspec.structs.replace(told, confidence=Confidence.FINAL)

    return [
        patch.object(driver, "answer_of", answer_of),
        patch.object(asking, "answer_of", answer_of),
    ]


def _the_amount_is_taken_for_granted() -> list[Any]:
    """An approval is one of what was asked, whatever it says."""
    true_answer = reading.answer_of

    def answer_of(session: viva.Session, order: MoneyOrder, service_id: ServiceID) -> Answer:
        told = true_answer(session, order, service_id)
        granted = order.amount if told.verdict is Verdict.APPROVED else told.authorized
        return msgspec.structs.replace(told, authorized=granted)

    return [
        patch.object(driver, "answer_of", answer_of),
        patch.object(asking, "answer_of", answer_of),
    ]


VIVA = (
    Mutant(
        name="a dispatched order taken as approved", patches=_dispatched_is_approved, found_by=1
    ),
    Mutant(
        name="an unanswered order taken as not sent", patches=_lost_order_is_unsent, found_by=19
    ),
    Mutant(name="any status taken as a refusal", patches=_any_refusal_did_not_begin, found_by=47),
    Mutant(name="202 taken as failed", patches=_running_is_declined, found_by=11),
    Mutant(name="an early 404 taken as a proof", patches=_unknown_is_absent_at_once, found_by=19),
    Mutant(name="another session's answer believed", patches=_another_sessions_answer),
    Mutant(name="a session is named anew", patches=_a_new_name_every_time),
    Mutant(name="a failure taken as final", patches=_failure_is_final, found_by=37),
    Mutant(
        name="the amount taken for granted", patches=_the_amount_is_taken_for_granted, found_by=17
    ),
)
