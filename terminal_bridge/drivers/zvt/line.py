"""One connection with its dialogue: reads, writes and keeps time, whoever is waiting.

Events come out of `next()` in order. While nothing runs, what the terminal says by itself goes to
`unasked`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError
from terminal_bridge.links.byte_link import ByteLink
from terminal_bridge.zvt import Charsets, Framing, TillDialogue
from terminal_bridge.zvt.dialogue.events import (
    AbortAnswered,
    AnswerOwed,
    LineFailed,
    Notified,
    Silence,
    Stray,
    TillEvent,
)
from terminal_bridge.zvt.messages.answers import Answer, Refusal
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.messages.dialogs import BlockListQuery
from terminal_bridge.zvt.messages.status import AbortByTerminal, Completion, StatusInformation
from terminal_bridge.zvt.tables.errors import error_text

WAITING_AT_MOST: Final = 1024
"""Events that may wait while the cashier is asked (rule 12)."""


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The connection is gone; nothing more comes on it."""

    problem: str


Happening = TillEvent | LinkLost


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTerms:
    """How a dialogue on this line is held."""

    framing: Callable[[], Framing]
    charsets: Charsets
    t3_s: float
    t4_s: float
    always_abortable: bool


class Line:
    """Open it once; a lost line is thrown away and the next one opened."""

    def __init__(self, link: ByteLink, terms: LineTerms) -> None:
        self._link = link
        self._tasks = Tasks()
        self.dialogue = TillDialogue(
            terms.framing(),
            charsets=terms.charsets,
            t3_s=terms.t3_s,
            t4_s=terms.t4_s,
            always_abortable=terms.always_abortable,
        )
        self.registered = False
        """Whether the terminal was registered on this connection."""
        self.holding = False
        """Answer a status information with 84 9C as long as this is set."""
        self.served = False
        """Whether a command was carried to its end on it."""
        self.hung_up = False
        """Whether the terminal ended it, with nothing in between."""
        self.problem = ""
        """Why it is lost; empty while it stands."""
        self.out_of_step = False
        """The terminal said what fits no command of ours on this line."""
        self.heard_at = 0.0
        """When it said anything at all, by the loop's clock."""
        self.unasked: Callable[[Message], None] | None = None
        self._happened: asyncio.Queue[Happening] = asyncio.Queue()
        self._timer: asyncio.TimerHandle | None = None
        self._abort: asyncio.Future[str] | None = None

    # --- the connection ------------------------------------------------------------------------

    async def open(self) -> None:
        """Connect; raises `LinkError`."""
        await self._link.connect()
        self._tasks.spawn(self._read(), name="zvt line")

    @property
    def has_past(self) -> bool:
        """Whether the terminal may still speak of a command from before this line was opened: a
        connection is new to both sides, a serial line only to us.
        """
        return self.dialogue.acknowledges

    @property
    def noise(self) -> int:
        """How much was heard that was no frame, or a wrong one; none on a connection."""
        return self.dialogue.noise

    @property
    def lost(self) -> bool:
        """Whether another line must be opened."""
        return bool(self.problem)

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing is owed."""
        return not self.lost and self.dialogue.may_send

    def break_off(self, problem: str) -> None:
        """Let go of it; who waits is told. `close` ends the connection."""
        if self.lost:
            return
        self.problem = problem
        self._cancel_timer()
        if self._abort is not None and not self._abort.done():
            self._abort.set_result(problem)
        self._happened.put_nowait(LinkLost(problem))

    async def close(self) -> None:
        """Close the connection."""
        self.break_off("the connection was closed by the till")
        await self._link.close()
        await self._tasks.aclose()

    async def _read(self) -> None:
        try:
            while data := await self._link.read():
                self.heard_at = self._now()
                self.dialogue.receive_data(data, self._now())
                self._pump()
            self.hung_up = not self.lost and not self.has_past
            self.break_off("the connection was closed by the terminal")
        except LinkError as error:
            self.break_off(str(error))
        finally:
            self.break_off("the line failed")

    # --- what the owner does -------------------------------------------------------------------

    async def next(self) -> Happening:
        """What happens next."""
        return await self._happened.get()

    def send(self, message: Message) -> None:
        """Send a command. Raises `LinkError` (nothing was written) on a lost line, and
        `ProtocolError` for a message that cannot be written.
        """
        if self.lost:
            raise LinkError(self.problem, written=False)
        self._forget_past()
        self.dialogue.send(message, self._now())
        self._pump()

    def _forget_past(self) -> None:
        """What came before a command has nothing to do with it."""
        while not self._happened.empty():
            self._happened.get_nowait()

    @property
    def owed(self) -> Message | None:
        """What the terminal waits for an answer to."""
        return None if self.lost else self.dialogue.owed

    def answer(self, answer: Answer | Refusal) -> None:
        """Answer what is owed; nothing happens if nothing is (the line is lost, or it ended)."""
        if self.owed is not None:
            self.dialogue.answer(answer, self._now())
            self._pump()

    def hold(self) -> None:
        """Ask for more time, now and whenever the terminal repeats its question."""
        self.holding = True
        self._hold_once()

    def _hold_once(self) -> None:
        if self.owed is not None and self.dialogue.holds_left > 0:
            self.dialogue.hold(self._now())
            self._pump()

    async def abort(self) -> str:
        """Send 06 B0; gives the problem when the terminal did not take it, or nothing."""
        if self.lost or not self.dialogue.may_abort:
            return self.problem or "the terminal does not take an abort now"
        self._abort = asyncio.get_running_loop().create_future()
        self.dialogue.abort(self._now())
        self._pump()
        return await self._abort

    # --- time and events -----------------------------------------------------------------------

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    def _tick(self) -> None:
        self._timer = None
        if not self.lost:
            self.dialogue.tick(self._now())
            self._pump()

    def _pump(self) -> None:
        """Write what is to be written, hand out what happened, and set the next timer."""
        self._flush()
        for event in self.dialogue.events():
            self._take(event)
        self._cancel_timer()
        due = None if self.lost else self.dialogue.wake_at()
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self._tick)

    def _flush(self) -> None:
        data = self.dialogue.data_to_send()
        if not data or self.lost:
            return
        try:
            self._link.write(data)
        except LinkError as error:
            self.break_off(str(error))

    def _take(self, event: TillEvent) -> None:
        match event:
            case AbortAnswered(answer):
                if self._abort is not None and not self._abort.done():
                    self._abort.set_result(_problem_of(answer))
            case AnswerOwed(message, None, _) if self.unasked is not None:
                self.unasked(message)
            case AnswerOwed(StatusInformation() | BlockListQuery(), _, _) if self.holding:
                # Deferred, because the dialogue is being read.
                asyncio.get_running_loop().call_soon(self._hold_or_tell, event)
            case Silence() | LineFailed():
                self._happened.put_nowait(event)
                self.break_off(_silence_text(event))
            case Stray() | Notified(Completion() | AbortByTerminal(), None):
                self.out_of_step = True
            case Notified(_, None):
                pass
            case _ if self._happened.qsize() >= WAITING_AT_MOST:
                self.break_off("the terminal says more than anybody can take in")
            case _:
                self._happened.put_nowait(event)

    def _hold_or_tell(self, event: AnswerOwed) -> None:
        if self.holding and self.owed is event.message and self.dialogue.holds_left > 0:
            self._hold_once()
        else:
            self._happened.put_nowait(event)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _problem_of(answer: Answer | Refusal | None) -> str:
    match answer:
        case None:
            return "the terminal did not answer the abort"
        case Refusal(error=error):
            return f"the terminal refused the abort: {error_text(error).en}"
        case _:
            return ""


def _silence_text(event: Silence | LineFailed) -> str:
    if isinstance(event, LineFailed):
        return event.problem
    return f"the terminal was silent ({event.timer.value})"


def silence_text(event: Silence | LineFailed | LinkLost) -> str:
    """What a person is told of a line that ended."""
    return event.problem if isinstance(event, LinkLost) else _silence_text(event)
