"""Sessions of foreign tills: a login resets, and the terminal behind is logged in and out along."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from listener.faces.nexo.answering import reply_in
from listener.faces.nexo.beside import Beside
from listener.faces.nexo.counter import Counter
from listener.faces.nexo.exchange import TillExchange
from listener.faces.nexo.outbox import Outbox
from listener.faces.nexo.session import TillSession
from listener.faces.nexo.tills import Door, Tills
from listener.nexo.incoming import HttpAnswer
from opi_pos.http.client import HttpReply
from opi_pos.model.errors import OpiPosError
from opi_pos.poi.nexo.answers import LoginAnswer
from opi_pos.poi.nexo.effects import Send
from opi_pos.poi.nexo.requests import Login, Logout

RESET_S: Final = 5.0
"""How long a login waits for what it stops."""

_log = logging.getLogger("listener.faces.nexo")


class Logins:
    """Opens and closes sessions at one counter."""

    def __init__(self, counter: Counter, beside: Beside) -> None:
        self._counter = counter
        self._beside = beside
        self._tills = Tills(counter.settings, counter.wire, counter.name)

    async def log_in(self, x: TillExchange, login: Login) -> HttpAnswer:
        """A login resets: it stops what can be stopped. What cannot goes on without the session."""
        counter, session, rules = self._counter, x.session, x.session.rules
        await self._reset(x)
        door = await self._tills.door(x.header.sale_id, x.callback_url, x.peer)
        effects = rules.login(x.header, login, now=counter.now())
        answer = reply_in(effects).answer
        if not isinstance(answer, LoginAnswer) or not answer.response.success:
            return counter.answers.carried_out(x, effects)
        session.renew()
        counter.memory.forget(x.header.session)
        counter.memory.repeated(x.header)
        counter.sessions.keep(x.header, session)
        session.outbox = self._outbox(session, door) if door is not None and rules.full else None
        counter.tasks.spawn(self._warm_up(), name="login of the terminal behind")
        told = counter.answers.carried_out(x, effects)
        counter.sessions.announce_login()
        return told

    async def _reset(self, x: TillExchange) -> None:
        service = x.session.service
        if service is None:
            return
        self._beside.stop(service, x, "new login")
        try:
            async with asyncio.timeout(RESET_S):
                await service.ended.wait()
        except TimeoutError:
            x.session.detach()

    def _outbox(self, session: TillSession, door: Door) -> Outbox:
        counter = self._counter

        async def post(data: bytes, within_s: float) -> HttpReply:
            return await door.post(data, session.encoding, within_s)

        def write(send: Send) -> bytes:
            return counter.dialect.request(send, session.encoding, counter.now())

        return Outbox(write, post, counter.tasks)

    def log_out(self, x: TillExchange, logout: Logout) -> HttpAnswer:
        """The last one out logs the terminal behind out."""
        counter = self._counter
        effects = x.session.rules.logout(x.header, logout, now=counter.now())
        if not counter.sessions.logged_in() and not counter.ongoing:
            allowed = logout.maintenance_allowed
            counter.tasks.spawn(
                self._cool_down(maintenance_allowed=allowed), name="logout of the terminal behind"
            )
        return counter.answers.carried_out(x, effects)

    async def _warm_up(self) -> None:
        """The terminal behind gets its own login now, so that the first payment need not wait."""
        try:
            await self._counter.till.login(poi=self._counter.poi)
        except OpiPosError as error:
            _log.warning("the terminal behind %s did not log in: %s", self._counter.name, error)

    async def _cool_down(self, *, maintenance_allowed: bool) -> None:
        counter = self._counter
        try:
            await counter.till.logout(poi=counter.poi, maintenance_allowed=maintenance_allowed)
        except OpiPosError as error:
            _log.warning("the terminal behind %s did not log out: %s", counter.name, error)

    async def aclose(self) -> None:
        """Close every connection to a till's door."""
        await self._tills.aclose()
