"""The nexo POI face: bytes of a foreign till in, the answer of a terminal out.

The protocol's rules are those of `opi_pos.poi.nexo`; the card side is a real terminal behind
`SaleSystem`. What has begun goes on when the till hangs up, logs in again, or the bridge restarts:
`TransactionStatus` tells the truth, from the journal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from listener.faces.carrying import NeverBegunError, carried, decided, stop
from listener.faces.nexo import results
from listener.faces.nexo.dialect import FaceDialect, sniffed
from listener.faces.nexo.guest import TillGuest
from listener.faces.nexo.orders import (
    Asked,
    Asking,
    extras_of,
    header_of,
    identity_of,
)
from listener.faces.nexo.outbox import Outbox
from listener.faces.nexo.service import Service
from listener.faces.nexo.session import TillSession
from listener.faces.nexo.sessions import Sessions
from listener.faces.nexo.settings import NexoFaceSettings, poi_profile, wire_profile
from listener.faces.nexo.tills import Tills
from listener.faces.nexo.works import Works
from listener.faces.switchboard import Guest, Switchboard, order_at_work
from listener.nexo.incoming import NO_CONTENT, SHUT, HttpAnswer
from opi_pos.aio.tasks import Tasks
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.card import mask_text
from opi_pos.model.devices import EventKind
from opi_pos.model.errors import CapabilityError, OpiPosError, ProtocolError
from opi_pos.model.facts import OPEN_STATES
from opi_pos.model.ids import Reference as Key
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Result, TransactionID
from opi_pos.poi.nexo import texts
from opi_pos.poi.nexo.answers import (
    Answer,
    Condition,
    DiagnosisAnswer,
    Kept,
    LoginAnswer,
    PaymentAnswer,
    Repeatable,
    Response,
    StatusAnswer,
)
from opi_pos.poi.nexo.effects import Effect, Reject, Reply, Send
from opi_pos.poi.nexo.machine import fire
from opi_pos.poi.nexo.memory import Memory
from opi_pos.poi.nexo.refusals import refusal
from opi_pos.poi.nexo.requests import (
    Abort,
    Diagnosis,
    EnableService,
    Header,
    Login,
    Logout,
    Payment,
    Reference,
    Request,
    Reversal,
    Silent,
    TransactionStatus,
)
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.terminals.nexo import reading
from opi_pos.terminals.nexo.writing import PoiIdentity
from opi_pos.wire import nexo

RESTORED_AT_MOST: Final = 1000
"""Exchanges of the journal that are looked at for ours when the face opens."""
RESET_S: Final = 5.0
"""How long a login waits for what it stops."""
DISPLAYS_S: Final = 1.0
"""How long an answer waits for the displays before it."""
DIAGNOSIS_S: Final = 30.0

_log = logging.getLogger("listener.faces.nexo")


class _Exchange(msgspec.Struct, frozen=True, eq=False):
    """One request of a till on its way to an answer."""

    header: Header
    request: Request
    body: Any
    session: TillSession
    peer: str
    callback_url: str


class NexoFace:
    """One face for one terminal. Implements `switchboard.Guests`."""

    def __init__(
        self, name: str, settings: NexoFaceSettings, till: SaleSystem, switchboard: Switchboard
    ) -> None:
        """Raises `ConfigurationError`. Nothing happens before `open`."""
        self.name = name
        self.poi = settings.poi
        self._settings = settings
        self._till = till
        self._switchboard = switchboard
        wire, self._profile = wire_profile(settings, name), poi_profile(settings)
        self.path = settings.path or wire.path
        station = till.station(settings.poi)
        poi_id = station.settings.poi_id
        identity = PoiIdentity(
            application="opi-pos bridge",
            version="1",
            serial_number=settings.serial_number or poi_id,
            merchant_id=settings.merchant_id,
            acquirer_poi_id=settings.acquirer_poi_id or poi_id,
        )
        self._dialect = FaceDialect(wire, self._profile, identity)
        self._tills = Tills(settings, wire, name)
        self._asking = Asking(name, till)
        self._works = Works(till, settings.poi)
        self._tasks = Tasks()
        self._memory = Memory(limit=settings.kept_answers)
        self._sessions = Sessions(self._profile, self._memory, started=self._now())
        self._open: dict[Key, tuple[Service, TillGuest]] = {}
        """Money that is not decided, in the order of its beginning."""
        self._seen: set[tuple[str, ...]] = set()
        self._closed = False

    async def open(self) -> None:
        """Know again what the journal knows."""
        rows = await self._till.shop.journal.exchanges(limit=RESTORED_AT_MOST)
        own = [row for row in rows if row.order.foreign.get("face") == self.name]
        kept: list[Kept] = []
        for row in sorted(own, key=lambda row: row.begun_at):
            self._seen.add(identity_of(row.order))
            header = header_of(row.order)
            if row.state in OPEN_STATES or row.result is None:
                service = Service(header, row.order)
                service.in_doubt = True
                self._admit(service, row.order)
                self._tasks.spawn(self._follow(service, row.order), name="what a restart left open")
            else:
                kept.append(Kept(header=header, answer=results.answer_of(row.order, row.result)))
        self._memory = Memory(kept, limit=self._settings.kept_answers)
        self._sessions = Sessions(self._profile, self._memory, started=self._now())

    def guest_of(self, order: MoneyOrder) -> Guest | None:
        """See `Guests`."""
        found = self._open.get(order.reference)
        return found[1] if found is not None else None

    async def aclose(self) -> None:
        """Answer what is held with 503. What runs goes on and is in the journal."""
        self._closed = True
        for service, _ in self._open.values():
            service.tell(SHUT)
        for session in self._sessions:
            if session.service is not None:
                session.service.tell(SHUT)
        await self._tasks.aclose()
        await self._tills.aclose()

    # --- a till's message ---------------------------------------------------------------------

    async def take(self, data: bytes, peer: str, callback_url: str) -> HttpAnswer:
        """The answer to one POST of a till, when it is there."""
        if self._closed:
            return SHUT
        try:
            message = nexo.decode(data)
            if message.root == "SaleToPOIResponse":
                return self._take_answer(message)
            request = reading.request_of(message)
        except ProtocolError as error:
            return self._unreadable(data, error)
        header = reading.header_of(message)
        session = self._sessions.of(header)
        if message.received is not None:
            session.encoding = message.received.encoding
        return await self._dispatch(
            _Exchange(header, request, message.body, session, peer, callback_url)
        )

    def _take_answer(self, message: nexo.Message) -> HttpAnswer:
        """An answer to a question of ours, as a message of its own."""
        device_id, answer = reading.answer_of(message)
        session = self._sessions.find(reading.header_of(message))
        if session is not None and session.outbox is not None:
            session.outbox.answered(device_id, answer)
        return NO_CONTENT

    def _unreadable(self, data: bytes, error: ProtocolError) -> HttpAnswer:
        """A request gets MessageFormat in its own response; the rest goes back in an event."""
        encoding = sniffed(data, self._dialect.wire.encoding)
        header = nexo.read_header(data)
        failure = nexo.format_failure(error, header) if header is not None else None
        if failure is not None:
            return self._dialect.answer(failure, encoding)
        to = reading.ids_of(header) if header is not None else Header(category="Event")
        reject = Reject(to=to, details=mask_text(str(error)), rejected=data, in_body=True)
        return self._dialect.rejection(reject, encoding, self._now())

    async def _dispatch(self, x: _Exchange) -> HttpAnswer:
        match x.request:
            case Silent():
                return NO_CONTENT
            case Login() as login:
                return await self._login(x, login)
            case Diagnosis() as diagnosis:
                return self._reply(x, await self._diagnose(x, diagnosis))
            case TransactionStatus() as status:
                return self._reply(x, self._status(x, status))
            case Abort() as abort:
                return self._abort(x, abort)
            case _:
                return await self._serve(x)

    # --- sessions -----------------------------------------------------------------------------

    async def _login(self, x: _Exchange, login: Login) -> HttpAnswer:
        """A login resets: it stops what can be stopped. What cannot goes on without the session."""
        session, rules = x.session, x.session.rules
        await self._reset(x)
        door = await self._tills.door(x.header.sale_id, x.callback_url, x.peer)
        effects = rules.login(x.header, login, now=self._now())
        if not _accepted(effects):
            return self._answered(x, effects)
        session.renew()
        self._memory.forget(x.header.session)
        self._memory.repeated(x.header)
        self._sessions.keep(x.header, session)
        session.outbox = None
        if door is not None and rules.full:

            async def post(data: bytes, within_s: float) -> Any:
                return await door.post(data, session.encoding, within_s)

            def write(send: Send) -> bytes:
                return self._dialect.request(send, session.encoding, self._now())

            session.outbox = Outbox(write, post, self._tasks)
        self._tasks.spawn(self._warm_up(), name="login of the terminal behind")
        answer = self._answered(x, effects)
        self._sessions.announce_login()
        return answer

    async def _reset(self, x: _Exchange) -> None:
        service = x.session.service
        if service is None:
            return
        self._stop(service, x, "new login")
        try:
            async with asyncio.timeout(RESET_S):
                await service.ended.wait()
        except TimeoutError:
            _detach(x.session)

    async def _warm_up(self) -> None:
        """The terminal behind gets its own login now, so that the first payment need not wait."""
        try:
            await self._till.login(poi=self.poi)
        except OpiPosError as error:
            _log.warning("the terminal behind %s did not log in: %s", self.name, error)

    async def _cool_down(self, *, maintenance_allowed: bool) -> None:
        try:
            await self._till.logout(poi=self.poi, maintenance_allowed=maintenance_allowed)
        except OpiPosError as error:
            _log.warning("the terminal behind %s did not log out: %s", self.name, error)

    def _log_out(self, x: _Exchange, logout: Logout) -> HttpAnswer:
        effects = x.session.rules.logout(x.header, logout, now=self._now())
        if not self._sessions.logged_in() and not self._open:
            allowed = logout.maintenance_allowed
            self._tasks.spawn(
                self._cool_down(maintenance_allowed=allowed), name="logout of the terminal behind"
            )
        return self._answered(x, effects)

    # --- what passes a running service ----------------------------------------------------------

    async def _diagnose(self, x: _Exchange, diagnosis: Diagnosis) -> Answer | None:
        """How the terminal behind is; while it works, what the rules know."""
        (reply,) = x.session.rules.diagnosis(x.header, diagnosis, printer_ok=True)
        assert isinstance(reply, Reply)
        assert isinstance(reply.answer, DiagnosisAnswer)
        known = msgspec.structs.replace(reply.answer, logged_in=self._sessions.logged_in())
        if self._active() is not None or order_at_work(self._till.station(self.poi)) is not None:
            return msgspec.structs.replace(known, global_status="Busy")
        try:
            async with asyncio.timeout(DIAGNOSIS_S):
                told = await self._till.diagnose(poi=self.poi, host=diagnosis.host)
        except CapabilityError:
            return known
        except (OpiPosError, TimeoutError):
            return msgspec.structs.replace(known, global_status="Unreachable", host_reachable=None)
        return msgspec.structs.replace(
            known,
            global_status=results.global_status(told),
            host_reachable=results.hosts_reachable(told) if diagnosis.host else None,
            printer_ok=results.printer_ok(told),
        )

    def _status(self, x: _Exchange, status: TransactionStatus) -> Answer | None:
        """What is not decided runs, and so does a doubt: a Failure would be a guess."""
        rules, wanted = x.session.rules, status.reference
        refused = rules.outside_session(x.header)
        if refused is not None:
            return StatusAnswer(response=refused, reference=wanted)
        for service, _ in reversed(self._open.values()):
            own = service.header.session == x.header.session
            if own if wanted is None else wanted.names(service.header):
                response = texts.uncompleted(self._profile.running, service.header)
                return StatusAnswer(response=response, reference=_reference_to(service.header))
        (reply,) = rules.status(x.header, status)
        assert isinstance(reply, Reply)
        return reply.answer

    def _abort(self, x: _Exchange, abort: Abort) -> HttpAnswer:
        """An abort has no response. What comes of it, the service's own answer says."""
        running = [service for service, _ in self._open.values()]
        running += [each.service for each in self._sessions if each.service is not None]
        for service in running:
            if abort.reference.names(service.header):
                self._stop(service, x, abort.reason)
                return NO_CONTENT
        effects, _ = x.session.rules.abort(x.header, abort)
        for effect in effects:
            if isinstance(effect, Reject):
                return self._reject(x, effect)
        return self._answered(x, effects)

    def _reject(self, x: _Exchange, reject: Reject) -> HttpAnswer:
        if reject.in_body or x.session.outbox is None:
            return self._dialect.rejection(reject, x.session.encoding, self._now())
        x.session.outbox.mark_reply()
        x.session.post(
            x.session.rules.tell(EventKind.REJECTED, "Reject", reject.details, reject.to)
        )
        return NO_CONTENT

    def _stop(self, service: Service, x: _Exchange, reason: str) -> None:
        service.stopped = texts.aborted(x.header, service.header.category, reason)
        if service.order is not None:
            self._tasks.spawn(stop(self._till, self.poi, service.order), name="abort of a till")
        elif order_at_work(self._till.station(self.poi)) is None:
            self._tasks.spawn(self._till.abort(poi=self.poi), name="abort of a till")

    # --- services -----------------------------------------------------------------------------

    async def _serve(self, x: _Exchange) -> HttpAnswer:
        refused = self._refusal(x)
        if refused is not None:
            return self._say(x, refused)
        match x.request:
            case Logout() as logout:
                return self._log_out(x, logout)
            case EnableService() as enable:
                return self._answered(x, x.session.rules.enable(x.header, enable))
            case Payment() | Reversal() as request:
                return await self._begin_money(x, request)
            case _:
                work = self._works.of(x.request, key=x.session.key(x.header), now=self._now())
                if work is None:
                    text = f"{x.header.category} is not available"
                    return self._say(
                        x, Response(condition=Condition.UNAVAILABLE_SERVICE, text=text)
                    )
                return await self._begin_work(x, work)

    def _refusal(self, x: _Exchange) -> Response | None:
        """The rules' own refusals, and those that no single session can know."""
        response = x.session.rules.refuse(x.header, now=self._now())
        if response is not None:
            return response
        if isinstance(x.request, Payment | Reversal) and self._is_repeated(x):
            return texts.repeated(x.header)
        active = self._active()
        return texts.busy(active.header) if active is not None else None

    def _is_repeated(self, x: _Exchange) -> bool:
        """The same message over a restart or a new login: never a second charge."""
        sale = x.request.sale if isinstance(x.request, Payment | Reversal) else None
        if sale is None:
            return False
        header, transaction = x.header, sale.transaction
        identity = (header.sale_id, header.poi_id, header.service_id)
        return (*identity, transaction.id, transaction.time) in self._seen

    def _active(self) -> Service | None:
        """What runs for any till. A doubt does not: the terminal's own rules judge beside it."""
        running = [each.service for each in self._sessions if each.service is not None]
        running += [service for service, _ in self._open.values() if not service.in_doubt]
        return running[0] if running else None

    async def _begin_work(
        self, x: _Exchange, work: Callable[[], Awaitable[Answer | None]]
    ) -> HttpAnswer:
        """A service that moves no money."""
        service, guest = self._attach(x)

        async def carry() -> None:
            try:
                with self._switchboard.serving(self.poi, guest):
                    answer = await work()
            except OpiPosError as error:
                answer = self._refused(x, _out_of_order(error))
            await self._end(x.session, service, answer)

        self._tasks.spawn(carry(), name=f"{x.header.category} of a foreign till")
        return await self._held(service)

    async def _begin_money(self, x: _Exchange, request: Payment | Reversal) -> HttpAnswer:
        service, guest = self._attach(x)
        asked = Asked(
            header=x.header,
            request=self._completed(x, request),
            extras=extras_of(x.body),
            key=x.session.key(x.header),
            begun=datetime.fromtimestamp(int(self._now()), UTC).isoformat(),
        )
        try:
            order = await self._asking.order(asked, self._capabilities())
        except OpiPosError as error:
            order = _out_of_order(error)
        if isinstance(order, Response):
            _detach(x.session)
            return self._say(x, order)
        service.order = order
        self._seen.add(identity_of(order))
        self._open[order.reference] = (service, guest)
        self._tasks.spawn(self._carry(x, service, order), name=f"order {order.reference}")
        return await self._held(service)

    def _completed(self, x: _Exchange, request: Payment | Reversal) -> Payment | Reversal:
        """A reversal that names nothing means the last transaction of its till."""
        if isinstance(request, Payment) or request.original is not None:
            return request
        last = self._memory.last(x.header.session)
        answer = last.answer if last is not None else None
        if not isinstance(answer, PaymentAnswer):
            return request
        return msgspec.structs.replace(request, original=answer.transaction)

    def _capabilities(self) -> Capabilities | None:
        try:
            return self._till.capabilities(self.poi)
        except OpiPosError:
            return None  # another process drives it, and knows

    def _admit(self, service: Service, order: MoneyOrder) -> None:
        self._open[order.reference] = (service, self._guest(service))

    def _attach(self, x: _Exchange) -> tuple[Service, TillGuest]:
        x.session.rules.begin(x.header)
        service = x.session.service = Service(x.header)
        return service, self._guest(service)

    def _guest(self, service: Service) -> TillGuest:
        sessions = self._sessions_of_now
        return TillGuest(
            service,
            lambda: sessions().find(service.header),
            lambda: sessions().next_login(),
            self._profile,
        )

    def _sessions_of_now(self) -> Sessions:
        return self._sessions

    # --- money, until it is known ---------------------------------------------------------------

    async def _carry(self, x: _Exchange, service: Service, order: MoneyOrder) -> None:
        def doubt() -> None:
            service.in_doubt = True
            if x.session.service is service:
                _detach(x.session)

        answer: Answer | None
        try:
            result = await carried(self._till, self.poi, order, doubt)
            answer = self._outcome(service, order, result)
        except CapabilityError as error:
            text = f"{error} is not available"
            response = Response(condition=Condition.UNAVAILABLE_SERVICE, text=text)
            answer = self._refused(x, response, order)
        except NeverBegunError as error:
            answer = self._refused(x, _out_of_order(error), order)
        await self._end(x.session, service, answer)

    async def _follow(self, service: Service, order: MoneyOrder) -> None:
        """What an earlier process began: recovered by the terminal's own rules, told when known."""
        result = await decided(self._till, order.reference)
        answer = self._outcome(service, order, result)
        self._memory.keep(Kept(header=service.header, answer=answer))
        del self._open[order.reference]
        service.ended.set()

    def _outcome(self, service: Service, order: MoneyOrder, result: Result) -> Repeatable:
        return results.answer_of(
            order, result, stopped=service.stopped, left_to_till=service.left_to_till
        )

    async def _end(self, session: TillSession, service: Service, answer: Answer | None) -> None:
        """Keep the answer, give it, and be idle."""
        if session.service is service:
            if session.outbox is not None:
                await session.outbox.drained(DISPLAYS_S)
            effects = _ended(session, answer)
        else:
            effects = [Reply(to=service.header, answer=answer)]
        if isinstance(answer, Repeatable):
            self._memory.keep(Kept(header=service.header, answer=answer))
        if service.order is not None:
            self._open.pop(service.order.reference, None)
        service.tell(self._dialect.reply(_reply_in(effects), session.encoding))
        service.ended.set()
        if session.outbox is not None:
            session.outbox.mark_reply()
        session.post(effects)

    async def _held(self, service: Service) -> HttpAnswer:
        """The till's exchange stays open. When it must end, the till asks for the status."""
        try:
            async with asyncio.timeout(self._settings.answer_within_s):
                return await asyncio.shield(service.told)
        except TimeoutError:
            return HttpAnswer(504)

    # --- answers ------------------------------------------------------------------------------

    def _refused(
        self, x: _Exchange, response: Response, order: MoneyOrder | None = None
    ) -> Answer | None:
        transaction = (
            results.transaction_of(order)
            if order is not None
            else TransactionID(id=x.session.key(x.header), time=texts.stamp(self._now()))
        )
        return refusal(x.request, response, transaction)

    def _say(self, x: _Exchange, response: Response) -> HttpAnswer:
        return self._reply(x, self._refused(x, response))

    def _reply(self, x: _Exchange, answer: Answer | None) -> HttpAnswer:
        return self._dialect.reply(Reply(to=x.header, answer=answer), x.session.encoding)

    def _answered(self, x: _Exchange, effects: list[Effect]) -> HttpAnswer:
        """The reply among effects; what follows goes to the till's door."""
        answer = self._dialect.reply(_reply_in(effects), x.session.encoding)
        if x.session.outbox is not None:
            x.session.outbox.mark_reply()
        x.session.post(effects)
        return answer

    def _now(self) -> float:
        return self._till.shop.clock.wall()


def _accepted(effects: list[Effect]) -> bool:
    answer = _reply_in(effects).answer
    return isinstance(answer, LoginAnswer) and answer.response.success


def _reply_in(effects: list[Effect]) -> Reply:
    return next(effect for effect in effects if isinstance(effect, Reply))


def _ended(session: TillSession, answer: Answer | None) -> list[Effect]:
    """The rules' end of a service; some device requests end without an answer."""
    session.service = None
    if answer is not None:
        return session.rules.end(answer)
    header = session.rules.running
    fire(session.rules, "end")
    session.rules.running = None
    assert header is not None, "a service ran"
    return [Reply(to=header)]


def _detach(session: TillSession) -> None:
    """The session is idle again; what ran goes on without it."""
    session.service = None
    if session.rules.running is not None:
        fire(session.rules, "end")
        session.rules.running = None


def _reference_to(header: Header) -> Reference:
    return Reference(
        category=header.category,
        service_id=header.service_id,
        sale_id=header.sale_id,
        poi_id=header.poi_id,
    )


def _out_of_order(error: OpiPosError) -> Response:
    if isinstance(error, CapabilityError):
        return Response(condition=Condition.UNAVAILABLE_SERVICE, text=str(error))
    return Response(condition=Condition.BUSY, text=f"Temporarily unavailable: {error}")
