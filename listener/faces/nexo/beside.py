"""What passes a running service: transaction status, diagnosis, abort."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from listener.faces.carrying import stop
from listener.faces.nexo import reports
from listener.faces.nexo.counter import Counter
from listener.faces.nexo.exchange import TillExchange
from listener.faces.nexo.service import Service
from listener.nexo.incoming import NO_CONTENT, HttpAnswer
from opi_pos.model.errors import CapabilityError, OpiPosError
from opi_pos.poi.nexo import texts
from opi_pos.poi.nexo.answers import Answer, Condition, DiagnosisAnswer, StatusAnswer
from opi_pos.poi.nexo.effects import Reject, Reply
from opi_pos.poi.nexo.requests import Abort, Diagnosis, Reference, TransactionStatus

DIAGNOSIS_S: Final = 30.0


class Beside:
    """Answers these at one counter."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def diagnosis(self, x: TillExchange, diagnosis: Diagnosis) -> Answer | None:
        """How the terminal behind is; while it works, what the rules know."""
        counter = self._counter
        (reply,) = x.session.rules.diagnosis(x.header, diagnosis, printer_ok=True)
        assert isinstance(reply, Reply)
        assert isinstance(reply.answer, DiagnosisAnswer)
        known = msgspec.structs.replace(reply.answer, logged_in=counter.sessions.logged_in())
        if counter.active() is not None or counter.order_at_work() is not None:
            return msgspec.structs.replace(known, global_status="Busy")
        try:
            async with asyncio.timeout(DIAGNOSIS_S):
                told = await counter.till.diagnose(poi=counter.poi, host=diagnosis.host)
        except CapabilityError:
            return known
        except (OpiPosError, TimeoutError):
            return msgspec.structs.replace(known, global_status="Unreachable", host_reachable=None)
        return msgspec.structs.replace(
            known,
            global_status=reports.global_status(told),
            host_reachable=reports.hosts_reachable(told) if diagnosis.host else None,
            printer_ok=reports.printer_ok(told),
        )

    def status(self, x: TillExchange, status: TransactionStatus) -> Answer | None:
        """What is not decided runs, and so does a doubt: a Failure would be a guess."""
        counter, rules = self._counter, x.session.rules
        refused = rules.outside_session(x.header)
        if refused is not None:
            # NotAllowed, as some makers say it, may mean anything: a till that recovers would not
            # dare to log in. With us a login stops nothing that it asks about.
            refused = msgspec.structs.replace(refused, condition=Condition.LOGGED_OUT)
            return StatusAnswer(response=refused, reference=status.reference)
        wanted = status.reference.seen_by(x.header) if status.reference is not None else None
        service = counter.ongoing.newest(wanted, x.header.session)
        if service is not None:
            response = texts.uncompleted(counter.profile.running, service.header)
            return StatusAnswer(response=response, reference=Reference.to(service.header))
        (reply,) = rules.status(x.header, status)
        assert isinstance(reply, Reply)
        return reply.answer

    def abort(self, x: TillExchange, abort: Abort) -> HttpAnswer:
        """An abort has no response. What comes of it, the service's own answer says."""
        wanted = abort.reference.seen_by(x.header)
        for service in self._counter.running():
            if wanted.names(service.header):
                self.stop(service, x, abort.reason)
                return NO_CONTENT
        effects, _ = x.session.rules.abort(x.header, abort)
        for effect in effects:
            if isinstance(effect, Reject):
                return self._counter.answers.rejected(x, effect)
        return self._counter.answers.carried_out(x, effects)

    def stop(self, service: Service, x: TillExchange, reason: str) -> None:
        """Wish that a service stops."""
        counter = self._counter
        service.stopped = texts.aborted(x.header, service.header.category, reason)
        if service.order is not None:
            counter.tasks.spawn(
                stop(counter.till, counter.poi, service.order), name="abort of a till"
            )
        elif counter.order_at_work() is None:
            counter.tasks.spawn(counter.till.abort(poi=counter.poi), name="abort of a till")
