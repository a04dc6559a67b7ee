"""The Key & Card face: a command in, its immediate answer out. The rest goes by callback.

The answer only says whether the command is well-formed and begun; what it came to is told to the
CallbackUrl. A money command is in the book before its answer, so that a crash leaves a trace.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, assert_never

from listener.faces.carrying import decided, newest, stop
from listener.faces.keycard import results
from listener.faces.keycard.book import Entry, SessionBook, SessionState, listed
from listener.faces.keycard.calls import Calls
from listener.faces.keycard.commands import Commands
from listener.faces.keycard.session import KeycardSession
from listener.faces.keycard.settings import (
    CallbackFailure,
    KeycardFaceSettings,
    callback_key,
)
from listener.faces.posting import Poster
from listener.faces.switchboard import Guest, Switchboard, order_at_work
from listener.faces.targets import Target, TargetRefusedError, Targets
from listener.nexo.incoming import SHUT, HttpAnswer
from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import ConfigurationError, JournalError, ProtocolError, UsageError
from opi_pos.model.money import MAX_MINOR, exponent_of
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Outcome
from opi_pos.runtime.sale_system import SaleSystem
from opi_pos.wire import keycard
from opi_pos.wire.keycard import Command

CONTENT_TYPE: Final = "application/json; charset=utf-8"
PARAMETER_DIGITS: Final = 12
OPEN_AT_MOST: Final = 64
"""Sessions whose end is not told yet; a client that asks for more is refused."""
CANCEL_S: Final = 150.0
"""How long `CancelTransaction` waits for the end of what it cancels."""

_EXCLUSIVE: Final = frozenset(
    {Command.AUTHORISATION, Command.REVERSAL, Command.END_OF_DAY, Command.DIAGNOSIS_SIMPLE}
)
"""The terminal does one of these at a time."""
_BOOKED: Final = frozenset({Command.AUTHORISATION, Command.REVERSAL, Command.END_OF_DAY})
_KEPT: Final = {
    Outcome.ABORTED: SessionState.ABORTED,
    Outcome.PARTIALLY_APPROVED: SessionState.PARTIAL,
}
"""What stays in the list although its end was told."""

_log = logging.getLogger("listener.faces.keycard")


class RefusedError(Exception):
    """`Proceed` false; nothing was begun."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class KeycardFace:
    """One face for one terminal. Implements `switchboard.Guests`."""

    def __init__(
        self, name: str, settings: KeycardFaceSettings, till: SaleSystem, switchboard: Switchboard
    ) -> None:
        """Raises `ConfigurationError`. Nothing happens before `open`."""
        self.name = name
        self.path = settings.path or "/"
        self._poi = settings.poi
        self._settings = settings
        self._till = till
        self._currency = _currency(settings, name, till)
        self._key = callback_key(settings, name)
        self._targets = Targets(settings.callback_hosts, key=f"face.{name}.callback_hosts")
        self._poster = Poster()
        self._tasks = Tasks()
        self._book = SessionBook(till.shop.journal, name)
        self._sessions: dict[int, KeycardSession] = {}
        self._commands = Commands(name, self._poi, till, switchboard)
        self._accepting = asyncio.Lock()
        self._closed = False

    async def open(self) -> None:
        """Follow what an earlier process began, and tell it if its client is still there."""
        await self._book.open()
        for entry in self._book.entries():
            if entry.state is SessionState.RUNNING:
                await self._book.change(entry.session, state=SessionState.UNFINISHED)
            if entry.state in {SessionState.RUNNING, SessionState.UNFINISHED} and entry.reference:
                self._tasks.spawn(self._resume(entry), name=f"session {entry.session}")

    def guest_of(self, order: MoneyOrder) -> Guest | None:
        """See `Guests`."""
        of_order = (each for each in self._sessions.values() if each.order == order)
        return next(of_order, None)

    async def aclose(self) -> None:
        """Take nothing more. What runs goes on and is in the book."""
        self._closed = True
        await self._tasks.aclose()
        await self._poster.aclose()

    # --- a client's command -------------------------------------------------------------------

    async def take(self, data: bytes, peer: str, callback_url: str) -> HttpAnswer:
        """The immediate answer to one command."""
        del callback_url  # it stands in the body
        if self._closed:
            return SHUT
        try:
            request = keycard.read_request(data)
            command = _command(request)
            parameter = _parameter(command, request)
            target = await self._targets.checked(request.callback_url, peer)
            async with self._accepting:
                session = await self._accept(command, request, target, peer, parameter)
        except RefusedError as refused:
            return _answer(refused.status, str(refused))
        except ProtocolError as error:
            return _answer(400, str(error))
        except TargetRefusedError as error:
            return _answer(400, f"CallbackUrl cannot be used: {error}")
        except JournalError as error:
            _log.warning("a session could not be begun: %s", error)
            return _answer(503, "The journal cannot be used")
        return _answer(200, "", session=str(session.number))

    async def _accept(
        self,
        command: Command,
        request: keycard.Request,
        target: Target,
        peer: str,
        parameter: int,
    ) -> KeycardSession:
        idle = self._is_idle()
        if len(self._sessions) >= OPEN_AT_MOST:
            raise RefusedError(409, "Busy: too many sessions are open")
        if command in _EXCLUSIVE and not idle:
            raise RefusedError(409, "Busy: another operation is pending")
        number = await self._book.next_session()
        session = self._session(number, request, target)
        if command in _BOOKED:
            await self._book.put(self._entry(session, peer))
        self._sessions[number] = session
        work = self._carry(session, command, parameter, idle=idle)
        self._tasks.spawn(work, name=f"session {number}")
        return session

    def _session(
        self, number: int, request: keycard.Request, target: Target | None
    ) -> KeycardSession:
        def failed() -> None:
            if self._settings.on_callback_failure is CallbackFailure.ABORT:
                self._stop(self._sessions.get(number))

        calls = Calls(
            self._poster, target, key=self._key, wall=self._till.shop.clock.wall, failed=failed
        )
        return KeycardSession(number, request, calls, self._tasks)

    def _entry(self, session: KeycardSession, peer: str) -> Entry:
        request = session.request
        moves_money = request.command != Command.END_OF_DAY
        return Entry(
            session=session.number,
            command=request.command,
            parameter=request.parameter,
            at=self._till.shop.clock.wall(),
            reference=self._commands.reference(session) if moves_money else "",
            callback_url=request.callback_url,
            peer=peer,
        )

    def _is_idle(self) -> bool:
        """Nothing runs here, nor for anybody else at the terminal behind."""
        station = self._till.station(self._poi)
        queued = station.poi is not None and bool(station.poi.rules.queue)
        own = any(not session.in_doubt for session in self._busy())
        return not own and not queued and order_at_work(station) is None

    def _busy(self) -> list[KeycardSession]:
        return [
            session
            for session in self._sessions.values()
            if session.request.command in _EXCLUSIVE and not session.ended.is_set()
        ]

    # --- carrying it out ------------------------------------------------------------------------

    async def _carry(
        self, session: KeycardSession, command: Command, parameter: int, *, idle: bool
    ) -> None:
        match command:
            case Command.IS_IDLE:
                nothing = idle and not await self._has_doubt()
                told = results.end(command, success=nothing)
            case Command.DIAGNOSIS_SIMPLE | Command.END_OF_DAY:
                told = await self._commands.service(session, command)
            case Command.AUTHORISATION:
                order = self._commands.authorisation(session, parameter, self._currency)
                told = await self._money(session, order)
            case Command.REVERSAL:
                told = await self._money(session, await self._commands.reversal(session))
            case Command.CANCEL_TRANSACTION:
                told = await self._cancel(command)
            case Command.GET_ABORTED_SESSIONS:
                told = self._tell_list(session, command)
            case Command.REMOVE_ABORTED_SESSION:
                told = results.end(command, success=await self._remove(parameter))
            case _:
                assert_never(command)
        session.ended.set()
        await self._deliver(session, told)

    async def _money(self, session: KeycardSession, order: MoneyOrder | str) -> keycard.Callback:
        command = session.request.command
        if isinstance(order, str):
            return results.end(command, success=False, text=order)
        session.order = order
        result = await self._commands.money(session, order)
        if isinstance(result, str):
            return results.end(command, success=False, text=result)
        session.result = result
        return results.money_end(command, result, session.printed)

    async def _cancel(self, command: Command) -> keycard.Callback:
        """It succeeds if what ran ended without money. Too late is no success."""
        running = next((each for each in self._busy() if each.order is not None), None)
        if running is None:
            return results.end(command, success=False, text="There is nothing to cancel")
        self._stop(running)
        try:
            async with asyncio.timeout(CANCEL_S):
                await running.ended.wait()
        except TimeoutError:
            return results.end(command, success=False, text="It is not known yet how it ends")
        outcome = running.result.outcome if running.result is not None else Outcome.NOT_STARTED
        cancelled = outcome in {Outcome.ABORTED, Outcome.NOT_STARTED}
        return results.end(command, success=cancelled, text="" if cancelled else "Too late")

    def _stop(self, session: KeycardSession | None) -> None:
        if session is not None and session.order is not None and not session.ended.is_set():
            wish = stop(self._till, self._poi, session.order)
            self._tasks.spawn(wish, name=f"cancel of session {session.number}")

    def _tell_list(self, session: KeycardSession, command: Command) -> keycard.Callback:
        """The seed tells the content in an intermediate state, its examples in the end message: it
        goes out in both.
        """
        entries = [e for e in self._book.entries() if e.state is not SessionState.RUNNING]
        content = listed(entries).decode()
        session.tell(content)
        return results.end(command, success=True, text=content)

    async def _remove(self, number: int) -> bool:
        entry = self._book.get(number)
        if entry is None or entry.state is SessionState.RUNNING:
            return False
        return await self._book.remove(number)

    async def _has_doubt(self) -> bool:
        poi_id = self._till.station(self._poi).settings.poi_id
        return bool(await self._till.shop.journal.open_exchanges(poi_id))

    # --- telling the end ------------------------------------------------------------------------

    async def _deliver(self, session: KeycardSession, told: keycard.Callback) -> None:
        """Until the receiver took it; meanwhile the session stands in the list."""
        number = session.number
        late = False

        def delivered_late() -> None:
            nonlocal late
            if not late:
                late = True
                self._tasks.spawn(self._keep_undelivered(number, told), name="undelivered session")

        outcome = session.result.outcome if session.result is not None else None
        kept = _KEPT.get(outcome) if outcome is not None else None
        if kept is not None:
            # Whoever hears of the end and asks for the list finds it there.
            await self._book.change(number, state=kept, text=told.text)
        delivered = await session.calls.final(told, delivered_late)
        self._sessions.pop(number, None)
        if not delivered:
            _log.warning("the end of session %d could not be told", number)
        elif kept is None:
            await self._book.remove(number)

    async def _keep_undelivered(self, number: int, told: keycard.Callback) -> None:
        entry = self._book.get(number)
        if entry is not None and entry.state is SessionState.RUNNING:
            await self._book.change(number, state=SessionState.UNFINISHED, text=told.text)

    async def _resume(self, entry: Entry) -> None:
        """A money command of an earlier process: recovered by the terminal's own rules."""
        command = entry.command
        request = keycard.Request(
            command=command, callback_url=entry.callback_url, parameter=entry.parameter
        )
        try:
            target = await self._targets.checked(entry.callback_url, entry.peer)
        except TargetRefusedError:
            target = None
        session = self._session(entry.session, request, target)
        row = await newest(self._till, entry.reference)
        if row is None:
            text = "The server was restarted before it began"
            await self._deliver(session, results.end(command, success=False, text=text))
            return
        session.order, session.in_doubt = row.order, True
        self._sessions[entry.session] = session
        session.result = await decided(self._till, entry.reference)
        session.ended.set()
        await self._deliver(session, results.money_end(command, session.result, session.printed))


def _command(request: keycard.Request) -> Command:
    """In exactly this spelling."""
    try:
        return Command(request.command)
    except ValueError:
        raise RefusedError(400, "Command is not known (commands are case-sensitive)") from None


def _parameter(command: Command, request: keycard.Request) -> int:
    """Cents or a session's number; 0 where there is none."""
    if command not in {Command.AUTHORISATION, Command.REMOVE_ABORTED_SESSION}:
        return 0
    text = request.parameter.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= PARAMETER_DIGITS):
        raise RefusedError(400, "Parameter is not a number")
    if not 0 < int(text) < MAX_MINOR:
        raise RefusedError(400, "Parameter must be greater than zero")
    return int(text)


def _currency(settings: KeycardFaceSettings, name: str, till: SaleSystem) -> str:
    key = f"face.{name}.currency"
    currency = settings.currency or till.station(settings.poi).settings.currency
    if not currency:
        raise ConfigurationError(key, "missing: the API has no currency, nor has the terminal")
    try:
        exponent_of(currency)
    except UsageError as error:
        raise ConfigurationError(key, str(error)) from None
    return currency


def _answer(status: int, message: str, *, session: str = "") -> HttpAnswer:
    reply = keycard.Reply(
        proceed=status == 200, http_status=status, message=message, session_id=session
    )
    return HttpAnswer(status, CONTENT_TYPE, keycard.write_reply(reply))
