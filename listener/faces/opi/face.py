"""The O.P.I. face: a till's request in, the answer of a terminal out.

The protocol's rules are those of `opi_pos.poi.opi`; the card side is a real terminal behind
`SaleSystem`. What has begun goes on when the till hangs up or the bridge restarts: until the
outcome is known RepeatLastMessage says Busy, then it tells the truth, from the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Final

from listener.faces.opi import results
from listener.faces.opi.asking import TillDoor
from listener.faces.opi.exchange import TillExchange, exchange_of
from listener.faces.opi.guest import TillGuest
from listener.faces.opi.money import Money
from listener.faces.opi.settings import OpiFaceSettings, poi_profile, wire_profile
from listener.faces.switchboard import Guest, Switchboard, order_at_work
from opi_pos.model.errors import CapabilityError, OpiPosError, ProtocolError
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.reports import TotalsReport
from opi_pos.poi.opi.answers import PlainAnswer, Result
from opi_pos.poi.opi.effects import Answer, Effect, Reply, Send
from opi_pos.poi.opi.kept import Memory
from opi_pos.poi.opi.requests import (
    Abort,
    Diagnose,
    Header,
    Login,
    Logoff,
    Pay,
    RepeatLast,
    Reprint,
    Request,
    Reverse,
    Totals,
    Unfit,
)
from opi_pos.poi.opi.terminal import Terminal
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.terminals.opi import asking, reading
from opi_pos.terminals.opi.writing import AnswerWriter, Sender
from opi_pos.wire import opi

RESTORED_AT_MOST: Final = 1000
"""Exchanges of the journal that are looked at for ours when the face opens."""
REPRINTED_FROM: Final = 100
"""The newest exchanges, among which slips to print again are looked for."""


class OpiFace:
    """One face for one terminal, however tills reach it. Implements `switchboard.Guests`."""

    def __init__(
        self, name: str, settings: OpiFaceSettings, till: SaleSystem, switchboard: Switchboard
    ) -> None:
        """Raises `ConfigurationError`. Nothing happens before `open`."""
        self.name = name
        self.poi = settings.poi
        self.path = settings.path
        self.wire = wire_profile(settings, name)
        self._settings = settings
        self._till = till
        self._switchboard = switchboard
        profile = poi_profile(settings, self.wire)
        self._rules = Terminal(profile, Memory(limit=profile.kept_answers))
        self._sender = Sender(terminal_id=settings.terminal_id)
        self._writer = AnswerWriter(self.wire, self._sender)
        self._money = Money(name, till, settings.poi, self._rules)
        self._closed = False

    async def open(self) -> None:
        """Know again what the journal knows."""
        rows = await self._till.shop.journal.exchanges(limit=RESTORED_AT_MOST)
        own = [row for row in rows if row.order.foreign.get("face") == self.name]
        for row in sorted(own, key=lambda row: row.begun_at):
            self._money.know_again(row)

    def guest_of(self, order: MoneyOrder) -> Guest | None:
        """See `Guests`."""
        return self._money.guests.get(order.reference)

    async def aclose(self) -> None:
        """Answer nobody any more. What runs goes on and is in the journal. More calls do no
        harm.
        """
        self._closed = True
        await self._money.aclose()

    async def answer(self, data: bytes, door: TillDoor | None) -> bytes:
        """The response, in the request's form; empty when there is none to give. `door`: where
        the till itself can be asked. Raises `ProtocolError` for what is no request.
        """
        read = opi.read(data)
        message = read.message
        if not isinstance(message, opi.CardServiceRequest | opi.ServiceRequest):
            raise ProtocolError("", "is no request of a till")
        if self._closed:
            return b""
        x = exchange_of(message, read.form, door)
        answer = await self._dispatch(x, reading.request_of(message, self.wire))
        if answer is None:
            return b""
        told = self._writer.reply(Reply(to=x.header, answer=answer))
        return opi.encode(told, read.form, charset=read.charset, strict=False)

    # --- what passes a running request, and what must wait its turn ----------------------------

    async def _dispatch(self, x: TillExchange, request: Request) -> Answer | None:
        header = x.header
        match request:
            case Unfit(result=result, text=text):
                return PlainAnswer(result=result, text=text)
            case Login() | Logoff():
                return self._session(header, request)
            case Diagnose():
                return await self._diagnosis(header)
            case RepeatLast():
                undecided = self._money.undecided_of(header.workstation_id)
                return undecided or _reply_in(self._rules.repeat(header))
            case Abort():
                return self._abort(header, request)
            case _:
                return await self._serve(x, request)

    def _session(self, header: Header, request: Login | Logoff) -> Answer:
        if isinstance(request, Login):
            return _reply_in(self._rules.login(header, request))
        return _reply_in(self._rules.logoff(header, request))

    async def _diagnosis(self, header: Header) -> Answer:
        """Of the terminal behind, when it does nothing else."""
        if self._rules.running is None and self._busy() is None:
            try:
                await self._till.diagnose(poi=self.poi)
            except CapabilityError:
                return _reply_in(self._rules.diagnose(header))
            except OpiPosError as error:
                return PlainAnswer(result=Result.DEVICE_UNAVAILABLE, text=str(error))
        return _reply_in(self._rules.diagnose(header))

    def _abort(self, header: Header, request: Abort) -> Answer:
        effects, is_meant = self._rules.abort(header, request, now=self._now())
        if is_meant and self._rules.running is not None:
            self._money.stop(self._rules.running)
        return _reply_in(effects)

    async def _serve(self, x: TillExchange, request: Request) -> Answer | None:
        doubled = self._money.doubled(x)
        if doubled is not None:
            return doubled
        refused = self._rules.refuse(x.header, now=self._now()) or self._busy()
        if refused is not None:
            return refused
        match request:
            case Pay() | Reverse():
                return await self._pay(x, request)
            case Totals(close=close):
                return await self._service(x, self._totals(close=close))
            case Reprint():
                return await self._service(x, self._reprint(x))
            case _:
                text = "the terminal behind this face has no such service"
                return PlainAnswer(result=Result.NOT_SUPPORTED, text=text)

    def _busy(self) -> PlainAnswer | None:
        """The terminal behind may work for the till's own program, or for another face."""
        if order_at_work(self._till.station(self.poi)) is None:
            return None
        return PlainAnswer(result=Result.BUSY, text="the terminal works for another till")

    # --- what is carried out ------------------------------------------------------------------

    async def _pay(self, x: TillExchange, request: Pay | Reverse) -> Answer | None:
        """The till's connection stays open. When it must end, the till asks for a repetition."""
        begun = await self._money.begin(x, request, self._guest(x))
        if not isinstance(begun, asyncio.Task):
            return begun
        try:
            async with asyncio.timeout(self._settings.answer_within_s):
                return await asyncio.shield(begun)
        except TimeoutError:
            return None

    async def _service(self, x: TillExchange, work: Awaitable[Answer]) -> Answer:
        self._rules.begin(x.header)
        guest = self._guest(x)
        answer: Answer
        try:
            with self._switchboard.serving(self.poi, guest):
                answer = await work
        except CapabilityError as error:
            answer = PlainAnswer(result=Result.NOT_SUPPORTED, text=str(error))
        except OpiPosError as error:
            answer = PlainAnswer(result=Result.DEVICE_UNAVAILABLE, text=str(error))
        finally:
            await guest.aclose()
        return self._money.ended(x.header, answer)

    async def _totals(self, *, close: bool) -> Answer:
        ask = self._till.close_day if close else self._till.totals
        told = await ask(poi=self.poi)
        if not isinstance(told.payload, TotalsReport):
            return results.plain_answer(told)
        if close and self._rules.profile.closure_logs_off:
            self._rules.close_sessions()
        time = datetime.fromtimestamp(int(self._now()), UTC).isoformat()
        return results.totals_answer(told.payload, time)

    async def _reprint(self, x: TillExchange) -> Answer:
        """The slips of this workstation's newest exchange, once more."""
        for row in await self._till.shop.journal.exchanges(limit=REPRINTED_FROM):
            kept = row.order.foreign
            mine = (kept.get("face"), kept.get("sale_id")) == (self.name, x.header.workstation_id)
            if mine and row.result is not None:
                await self._guest(x).print_all(row.result.receipts)
                return PlainAnswer(result=Result.SUCCESS)
        return PlainAnswer(result=Result.FAILURE, text="there is nothing to print again")

    # --- inside -------------------------------------------------------------------------------

    def _guest(self, x: TillExchange) -> TillGuest:
        slips = self._rules.slips_of(x.header.workstation_id)
        return TillGuest(x.header, self._rules, x.door, form=x.form, write=self._write, slips=slips)

    def _write(self, send: Send) -> opi.DeviceRequest:
        named = self._sender
        return asking.request_of(send, self.wire, terminal_id=named.terminal_id, sender=named.name)

    def _now(self) -> float:
        return self._till.shop.clock.wall()


def _reply_in(effects: list[Effect]) -> Answer:
    """Every answer of the rules is one of these."""
    (answer,) = (effect.answer for effect in effects if isinstance(effect, Reply))
    return answer
