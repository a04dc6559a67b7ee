"""The connection to one terminal and what is known of it: registration, last numbers, needs.

One command at a time: the driver's lock sees to that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from msgspec import structs

from opi_pos.model.errors import LinkError
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import Answer, Refusal, Verdict
from terminal_bridge.drivers.zvt import answers, registration
from terminal_bridge.drivers.zvt.context import Talk, Terminal
from terminal_bridge.drivers.zvt.conversation import (
    OUT_OF_STEP,
    Conversation,
    Finished,
)
from terminal_bridge.drivers.zvt.line import Line, LineTerms
from terminal_bridge.drivers.zvt.numbers import numbers_of
from terminal_bridge.drivers.zvt.recovery import Before
from terminal_bridge.links.byte_link import ByteLink
from terminal_bridge.zvt import Framing, Message
from terminal_bridge.zvt.messages import answers as wire
from terminal_bridge.zvt.messages.session import (
    DO_NOT_PRINT,
    SEND_STATUS_INFORMATION,
    LogOff,
    Registration,
    RepeatReceipt,
    StatusEnquiry,
)
from terminal_bridge.zvt.messages.status import AbortByTerminal, Completion, StatusInformation
from terminal_bridge.zvt.tables import errors

_log = logging.getLogger("terminal_bridge.zvt")

REPEAT_S = 10.0
"""How long a repeated status information is waited for; terminals without that command may say
80 00 and nothing more.
"""
STEPS: Final = 3
"""How often a serial line is tried on which the terminal still speaks of an earlier command."""
CLEAR_TRIES: Final = 3
"""How often the last status is asked for on a bad line: the 04 0F may have been what got lost."""
UNHEARD_AT_MOST: Final = 4
"""Lines that may be lost over 06 20 before a terminal is taken for one that does not know it."""
UNREPEATED_AT_MOST: Final = 2
"""How often 06 20 may come to no end: once is a bad moment, twice is a terminal without it."""
GOES_ON_S: Final = 2.0
"""Beyond its T3, how long a terminal that speaks by itself is left alone."""
QUIET_AT_MOST_S: Final = 60.0
_MOMENT_S: Final = 0.01
_BRIEF: Final = (Registration, StatusEnquiry, LogOff)
"""Commands within which the terminal asks nothing."""
_NO_LAST = frozenset({errors.FUNCTION_NOT_POSSIBLE, errors.PROTOCOL_ERROR})
"""Codes that say: no such command, which is not: no such transaction."""
_BUSY = frozenset({errors.BUSY, errors.PLEASE_WAIT})


@dataclass(slots=True)
class Doubt:
    """A money command that fell silent, as this process knows it."""

    begun: bool = False
    """The terminal gave a sign within it."""
    absent_since: float | None = None


@dataclass(slots=True, kw_only=True)
class Session:
    """See the module."""

    terminal: Terminal
    link: ByteLink
    framing: Callable[[], Framing]
    line: Line | None = None
    last: Before = field(default_factory=Before)
    """The last transaction, as far as this connection has seen it."""
    sync_id: bytes = b""
    """1F1F of the last status information; empty: none, or not certain."""
    needs: set[int] = field(default_factory=set)
    """Commands that the terminal wants before it goes on."""
    doubts: dict[ServiceID, Doubt] = field(default_factory=dict)
    repeats: bool = True
    """False once the terminal showed that it does not repeat."""
    showed: bool = False
    """True once it repeated a status information: if it has none now, there is none."""
    unheard: int = 0
    """How often the line was lost over that question."""
    unrepeated: int = 0
    """How often that question came to no end in time."""
    unasked: Callable[[Message], None] | None = None
    hangs_up: bool = False
    """The terminal ends the connection after every command, so each gets one of its own."""
    stands: bool = False
    """Of such a terminal: it was registered for the order that is carried out."""
    enquires: bool = True
    """False once 05 01 after this registration told nothing."""
    out_of_step: bool = False
    """On its last line the terminal spoke of a command from before."""
    speaks_until: float = 0.0
    """By the loop's clock: a terminal that goes on by itself after a lost command needs its T3."""

    # --- the line ------------------------------------------------------------------------------

    async def open(self) -> Line:
        """The line, opened anew if need be; raises `LinkError`."""
        if self.line is not None and self.line.idle and not self.hangs_up:
            return self.line
        await self.hang_up()
        if self.out_of_step:
            await self._until_quiet()
        return await self._open(self.unasked)

    async def _open(self, unasked: Callable[[Message], None] | None) -> Line:
        profile = self.terminal.profile
        line = Line(
            self.link,
            LineTerms(
                framing=self.framing,
                charsets=profile.charsets,
                t3_s=self.terminal.t3_s,
                t4_s=self.terminal.t4_s,
                always_abortable=profile.always_abortable,
            ),
        )
        line.unasked = unasked
        if not (self.hangs_up and self.stands):
            self.last = Before()
            self.sync_id = b""  # others may have paid since: a stale one would undo theirs
        self.line = line
        try:
            await line.open()
        except LinkError:
            self.line = None
            raise
        return line

    async def hang_up(self) -> None:
        """Close the line, if there is one."""
        line, self.line = self.line, None
        if line is not None:
            self.out_of_step = self.out_of_step or (line.has_past and line.out_of_step)
            await line.close()

    async def settle(self) -> None:
        """After a command: a line on which something may still run is closed."""
        if self.line is not None and not self.line.idle:
            await self.hang_up()

    # --- commands ------------------------------------------------------------------------------

    async def carry(self, message: Message, talk: Talk | None = None) -> Finished:
        """One command without money, on the open line."""
        line = await self.open()
        finished = await self._carry(line, message, talk)
        if not (line.hung_up and line.served and finished.by is None and not finished.accepted):
            line.served = line.served or finished.by is not None
            return finished
        # It had hung up after the command before, and never saw this one.
        self.hangs_up = self.stands = True
        return await self._carry(await self.open(), message, talk)

    async def _carry(self, line: Line, message: Message, talk: Talk | None) -> Finished:
        # Some terminals tell a status within a registration all the same: it is theirs where
        # nothing else is.
        brief = isinstance(message, _BRIEF) and (line.has_past or bool(self.doubts))
        return await Conversation(line, self.terminal, talk, brief=brief).carry(message)

    async def register(self, talk: Talk | None = None) -> tuple[Answer, registration.Registered]:
        """06 00, and on a serial line the proof that the terminal has heard it: what it was doing
        for a till that is gone ends first. Silence and a lost line are `UNCLEAR`.
        """
        self.enquires = True
        told, finished = await self._register(talk)
        for _ in range(STEPS - 1):
            if not (finished.out_of_step or self._is_deaf(finished)):
                break
            await self.hang_up()
            told, finished = await self._register(talk)
        return told

    def _is_deaf(self, finished: Finished) -> bool:
        """The terminal is there, on a serial line, and takes our command for a repeat of the one
        that a till before us sent: it does so no longer once it has given up answering that.
        """
        if self.line is None or finished.by is not None or finished.accepted:
            return False
        return self.line.has_past and self.line.heard_at > 0

    async def _register(
        self, talk: Talk | None
    ) -> tuple[tuple[Answer, registration.Registered], Finished]:
        finished = await self.carry(registration.registration(self.terminal), talk)
        line = self.line
        completed = isinstance(finished.by, Completion) and self.enquires
        if line is not None and line.has_past and completed:
            await self._check_step(line, finished)
        return self._judged(finished, line), finished

    async def _check_step(self, line: Line, finished: Finished) -> None:
        """A completion that was another command's leaves ours for the next. The one of 05 01 looks
        like no other; a terminal that does not know 05 01 says so. From one that says nothing, or
        nothing in it, the silence before the next registration has to be enough.
        """
        enquired = await self.carry(StatusEnquiry())
        says_nothing = enquired.by is None and not enquired.accepted
        match enquired.by:
            case Completion(terminal_status=None):
                in_step, says_nothing = False, True
            case Completion(problems=problems):
                in_step = not problems
            case wire.Refusal() as refusal:
                in_step = refusal.reason not in _BUSY
            case by:
                in_step = by is not None
        self.enquires = line.out_of_step or not says_nothing
        if line.lost or line.out_of_step or not in_step:
            line.out_of_step = True
            line.break_off(OUT_OF_STEP)
            finished.by, finished.problem, finished.out_of_step = None, OUT_OF_STEP, True

    async def _until_quiet(self) -> None:
        """Listen, and answer nothing, until the terminal has given its earlier command up."""
        loop = asyncio.get_running_loop()
        until = loop.time() + QUIET_AT_MOST_S
        quiet_s = self.terminal.t3_s + GOES_ON_S
        line = await self._open(_ignore)
        line.heard_at = loop.time()
        # What it says moves the end.
        while loop.time() - line.heard_at < quiet_s and loop.time() < until:  # noqa: ASYNC110
            await asyncio.sleep(line.heard_at + quiet_s - loop.time() + _MOMENT_S)
        await self.hang_up()
        self.out_of_step = False

    def _judged(
        self, finished: Finished, line: Line | None
    ) -> tuple[Answer, registration.Registered]:
        none = registration.registered(Completion(), self.terminal)
        explain = answers.explain_in(self.terminal.language)
        match finished.by:
            case Completion() as end if line is not None:
                return self._agreed(end, line)
            case AbortByTerminal(result_code=errors.OK) if line is not None:
                return self._agreed(Completion(), line)  # "no error": an end all the same
            case wire.Refusal(reason=errors.FUNCTION_NOT_POSSIBLE) if line is not None:
                # It knows no registration, or not now: what it does not know either is the next
                # command's to tell. 13.08 lets a till pay without one.
                _log.warning("the terminal takes no registration; it may print by itself")
                return self._agreed(Completion(), line)
            case wire.Refusal() as refusal:
                answer = self._not_registered(refusal, answers.refused(refusal, explain))
                return _named(answer), none
            case AbortByTerminal() as end:
                return _named(answers.aborted(end, None, explain)), none
            case _:
                problem = finished.problem or "the terminal did not complete the registration"
                return Answer(verdict=Verdict.UNCLEAR, message=problem), none

    def _agreed(self, end: Completion, line: Line) -> tuple[Answer, registration.Registered]:
        agreed = registration.registered(end, self.terminal)
        line.dialogue.charsets = agreed.charsets
        line.dialogue.max_size = agreed.max_size
        line.registered = True
        self.stands = self.hangs_up
        self.needs |= set(agreed.needs)
        return Answer(verdict=Verdict.APPROVED, payload=agreed.report), agreed

    def _not_registered(self, refusal: wire.Refusal, answer: Answer) -> Answer:
        if refusal.reason in self.terminal.profile.busy_at_registration:
            return Answer(
                verdict=Verdict.REFUSED,
                refusal=Refusal.BUSY,
                condition=answer.condition,
                message=answer.message,
            )
        return answer

    async def registered(self, talk: Talk | None = None) -> Answer | None:
        """Register unless this connection is; gives the answer that stands in the way.

        A terminal may have been started anew between two connections, and then prints by itself
        and shows nothing: so each connection begins with a registration.
        """
        if self.hangs_up and self.stands:
            return None
        line = await self.open()
        if line.registered:
            return None
        answer, _ = await self.register(talk)
        if answer.verdict is Verdict.UNCLEAR:
            await self.hang_up()
            raise LinkError(answer.message, written=False)
        return None if answer.verdict is Verdict.APPROVED else answer

    async def last_status(
        self, talk: Talk | None = None
    ) -> tuple[Finished, StatusInformation | None]:
        """06 20 with service byte 03: the last status information, nothing printed."""
        service = SEND_STATUS_INFORMATION | DO_NOT_PRINT
        message = RepeatReceipt(password=self.terminal.password, service=service)
        finished = await self.carry(message, talk)
        for _ in range(CLEAR_TRIES - 1):
            if finished.by is None or finished.status is not None or not finished.disturbed:
                break
            finished = await self.carry(message, talk)
        self.showed = self.showed or finished.status is not None
        return finished, finished.status

    def seen(self, status: StatusInformation, *, in_sync: bool = True) -> None:
        """A status information is the last one now. `in_sync` False: it is not that of our last
        command, and a stale 1F1F would make the terminal reverse.
        """
        numbers = numbers_of(status)
        if numbers.named:
            self.last = Before(known=True, numbers=numbers)
        if in_sync and status.sync_id is not None:
            self.sync_id = status.sync_id


def _named(answer: Answer) -> Answer:
    """It is the registration that was refused, whatever order it was for."""
    message = f"The terminal refused the registration: {answer.message}"
    return structs.replace(answer, message=message)


def _ignore(message: Message) -> None:
    """Nothing that is said by itself is answered."""
    del message


def has_none(finished: Finished) -> bool:
    """Whether the terminal says that there is no last transaction (rather than: no such command,
    or not now). Only its own word counts.
    """
    match finished.by:
        case _ if finished.disturbed:
            return False
        case AbortByTerminal(result_code=code):
            return code not in _NO_LAST | _BUSY | answers.LOCKS
        case Completion():
            return finished.status is None
        case _:
            return False


def is_busy(finished: Finished) -> bool:
    """Whether it said that it is busy."""
    match finished.by:
        case wire.Refusal() as refusal:
            return refusal.reason in _BUSY
        case AbortByTerminal(result_code=code):
            return code in _BUSY
        case _:
            return False
