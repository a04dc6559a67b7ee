"""The nexo POI face: bytes of a foreign till in, the answer of a terminal out.

The protocol's rules are those of `opi_pos.poi.nexo`; the card side is a real terminal behind
`SaleSystem`. What has begun goes on when the till hangs up, logs in again, or the bridge restarts:
`TransactionStatus` tells the truth, from the journal.
"""

from __future__ import annotations

from typing import Final

from listener.faces.nexo.beside import Beside
from listener.faces.nexo.counter import Counter
from listener.faces.nexo.exchange import TillExchange
from listener.faces.nexo.logins import Logins
from listener.faces.nexo.money import Money
from listener.faces.nexo.services import Services
from listener.faces.nexo.settings import NexoFaceSettings
from listener.faces.nexo.works import Works, missing_of
from listener.faces.switchboard import Guest, Switchboard
from listener.nexo.incoming import NO_CONTENT, SHUT, HttpAnswer
from opi_pos.model.errors import ProtocolError
from opi_pos.model.orders import MoneyOrder
from opi_pos.poi.nexo import texts
from opi_pos.poi.nexo.requests import (
    Abort,
    Diagnosis,
    EnableService,
    Login,
    Logout,
    Payment,
    Reversal,
    Silent,
    TransactionStatus,
)
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.terminals.nexo import reading
from opi_pos.wire import nexo

RESTORED_AT_MOST: Final = 1000
"""Exchanges of the journal that are looked at for ours when the face opens."""


class NexoFace:
    """One face for one terminal. Implements `switchboard.Guests`."""

    def __init__(
        self, name: str, settings: NexoFaceSettings, till: SaleSystem, switchboard: Switchboard
    ) -> None:
        """Raises `ConfigurationError`. Nothing happens before `open`."""
        self.name = name
        self.poi = settings.poi
        self._till = till
        counter = self._counter = Counter(name, settings, till, switchboard)
        self.path = settings.path or counter.wire.path
        self._beside = Beside(counter)
        self._logins = Logins(counter, self._beside)
        self._services = Services(counter)
        self._money = Money(counter, self._services)
        self._works = Works(till, settings.poi)
        self._closed = False

    async def open(self) -> None:
        """Know again what the journal knows."""
        rows = await self._till.shop.journal.exchanges(limit=RESTORED_AT_MOST)
        own = [row for row in rows if row.order.foreign.get("face") == self.name]
        for row in sorted(own, key=lambda row: row.begun_at):
            self._money.know_again(row)

    def guest_of(self, order: MoneyOrder) -> Guest | None:
        """See `Guests`."""
        return self._counter.ongoing.guest_of(order)

    async def aclose(self) -> None:
        """Answer what is held with 503. What runs goes on and is in the journal. More calls do no
        harm.
        """
        self._closed = True
        for session in self._counter.sessions:
            if session.outbox is not None:
                session.outbox.close()
        for service in self._counter.running():
            service.tell(SHUT)
        await self._counter.tasks.aclose()
        await self._logins.aclose()

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
            return self._counter.answers.unreadable(data, error)
        header = reading.header_of(message)
        session = self._counter.sessions.of(header)
        if message.received is not None:
            session.encoding = message.received.encoding
        x = TillExchange(header, request, message.body, session, peer, callback_url)
        if isinstance(request, Silent):
            return NO_CONTENT
        if not self._counter.settings.serves(header.poi_id):
            return self._counter.answers.misdirected(x)
        return await self._dispatch(x)

    def _take_answer(self, message: nexo.Message) -> HttpAnswer:
        """An answer to a question of ours, as a message of its own."""
        header, (_, answer) = reading.header_of(message), reading.answer_of(message)
        session = self._counter.sessions.find(header)
        if session is not None and session.outbox is not None:
            session.outbox.answered(header, answer)
        return NO_CONTENT

    async def _dispatch(self, x: TillExchange) -> HttpAnswer:
        """What passes a running service, and what must wait its turn."""
        match x.request:
            case Login() as login:
                return await self._logins.log_in(x, login)
            case Diagnosis() as diagnosis:
                answer = await self._beside.diagnosis(x, diagnosis)
                return self._counter.answers.reply(x, answer)
            case TransactionStatus() as status:
                return self._counter.answers.reply(x, self._beside.status(x, status))
            case Abort() as abort:
                return self._beside.abort(x, abort)
            case _:
                return await self._serve(x)

    async def _serve(self, x: TillExchange) -> HttpAnswer:
        refused = self._services.refusal(x)
        if refused is not None:
            return self._counter.answers.refuse(x, refused)
        match x.request:
            case Logout() as logout:
                return self._logins.log_out(x, logout)
            case EnableService() as enable:
                effects = x.session.rules.enable(x.header, enable)
                return self._counter.answers.carried_out(x, effects)
            case Payment() | Reversal() as request:
                return await self._money.begin(x, request)
            case _:
                return await self._carry_out(x)

    async def _carry_out(self, x: TillExchange) -> HttpAnswer:
        missing = missing_of(x.request)
        key, now = x.session.key(x.header), self._counter.now()
        work = self._works.of(x.request, key=key, now=now) if not missing else None
        if work is None:
            response = texts.unavailable(missing or x.header.category)
            return self._counter.answers.refuse(x, response)
        return await self._services.carry(x, work)
