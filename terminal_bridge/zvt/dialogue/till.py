"""The till's end (ECR) of a ZVT dialogue.

    dialogue = TillDialogue(TcpFraming())
    dialogue.send(Authorisation(amount=1234, currency="EUR"), now)
    ...                                     # write data_to_send(), feed receive_data()
    for event in dialogue.events():         # AnswerOwed(StatusInformation(...), ...)
        ...                                 # make it durable
        dialogue.acknowledge(now)           # 80 00 00

The terminal's 04 FF, 06 0F and 06 1E are answered at once; what may be the terminal's commit
(04 0F, print commands) and what wants more than a yes is answered by the owner, who makes it
durable first. A command of the terminal that nobody knows is answered 84 83 and told.
"""

from __future__ import annotations

from typing import Final

from opi_pos.model.errors import ProtocolError
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.charsets import DEFAULT, Charsets
from terminal_bridge.zvt.codec import encode
from terminal_bridge.zvt.dialogue.base import Dialogue, RightsError
from terminal_bridge.zvt.dialogue.events import (
    AbortAnswered,
    Accepted,
    AnswerOwed,
    Ended,
    LineFailed,
    Notified,
    Silence,
    Stray,
    TillEvent,
    Timer,
)
from terminal_bridge.zvt.dialogue.machine import TILL, may, move
from terminal_bridge.zvt.dialogue.sequence import OFFERED
from terminal_bridge.zvt.dialogue.states import TillState
from terminal_bridge.zvt.framing.framing import Delivered, Framing
from terminal_bridge.zvt.limits import MAX_HOLDS, MAX_SIZE, T3_S, T4_S
from terminal_bridge.zvt.messages.answers import ACKNOWLEDGEMENT, MORE_TIME, Answer, Refusal
from terminal_bridge.zvt.messages.base import Message, Unknown
from terminal_bridge.zvt.messages.dialogs import BlockListQuery, DisplayCommand, ReadCard
from terminal_bridge.zvt.messages.money import TimedMoneyCommand
from terminal_bridge.zvt.messages.session import AbortByTill, LogOff, Registration
from terminal_bridge.zvt.messages.status import (
    AbortByTerminal,
    Completion,
    IntermediateStatus,
    SetTillClock,
    StatusInformation,
)
from terminal_bridge.zvt.tables.commands import COMMANDS, Direction, Ending, ending_of
from terminal_bridge.zvt.tables.errors import FUNCTION_NOT_POSSIBLE

_MINUTE_S: Final = 60.0

_AWAITING = frozenset(
    {TillState.AWAITING_ANSWER, TillState.ABORTING_DIALOG, TillState.ANSWERING_EARLY}
)
_TIMED_BY_T4 = frozenset({TillState.RUNNING, TillState.ABORTING})
_TIMED_BY_T3 = frozenset({TillState.AWAITING_ANSWER, TillState.ABORTING_DIALOG})


def _is_the_till_s(message: Message) -> bool:
    """A command that only tills send."""
    known = COMMANDS.get(message.control)
    return known is not None and known.direction is Direction.TO_TERMINAL


class TillDialogue(Dialogue[TillEvent]):
    """One connection's dialogue; a new connection has a new one."""

    def __init__(
        self,
        framing: Framing,
        *,
        charsets: Charsets = DEFAULT,
        t3_s: float = T3_S,
        t4_s: float = T4_S,
        always_abortable: bool = False,
    ) -> None:
        """`always_abortable` is for terminals that take 06 B0 at any time (card complete). They
        cannot tell that they wait for a PIN, so when T4 expires they are sent one, and have T4
        once more to end the command by themselves.
        """
        super().__init__(framing, charsets=charsets, t3_s=t3_s)
        self.max_size = MAX_SIZE
        """Bytes of the longest command that the terminal takes (tag 1A of its registration)."""
        self.state = TillState.IDLE
        self.command: Message | None = None
        """The command that runs, or ran last."""
        self._default_t4_s = t4_s
        self._t4_s: float | None = t4_s
        self._always_abortable = always_abortable
        self._sent: Apdu | None = None
        self._answer_at: float | None = None
        self._end_at: float | None = None
        self._abort_sent: Apdu | None = None
        self._abort_at: float | None = None
        self._owed: Message | None = None
        self._last_status: Apdu | None = None
        self._last_id: str | None = None
        self._holds = 0
        self._may_run = False
        self._stopping = False
        """06 B0 was sent because T4 had expired."""

    # What the owner does.

    @property
    def may_send(self) -> bool:
        """Whether the till has the rights, owes nothing, and its 06 B0 was answered."""
        return may(TILL, self.state, "send") and self._abort_sent is None

    def send(self, command: Message, now: float) -> None:
        """Send a command; raises `RightsError` unless `may_send`.

        Raises `ProtocolError`, with nothing sent, for a command that cannot be written.
        """
        if not self.may_send:
            raise RightsError(f"the till may not send a command while {self.state.value}")
        numbered = command if isinstance(command, Registration) else self.sequence.of_own(command)
        self._check_size(numbered)
        self._sent = self._put(numbered, now)
        move(TILL, self, "send")
        self.command = numbered
        self._last_status = self._last_id = None
        self._holds = 0
        self._may_run = self._stopping = False
        self._t4_s = self._default_t4_s
        if not self._framing.acknowledges:
            self._answer_at = self._answer_due(numbered, now)

    def _check_size(self, command: Message) -> None:
        size = len(encode(command, charsets=self.charsets).to_bytes())
        if size > self.max_size:
            problem = f"{size} bytes, and the terminal takes no more than {self.max_size}"
            raise ProtocolError("", problem)

    def _delivered(self, delivered: Delivered, now: float) -> None:
        if delivered.apdu is self._abort_sent:
            self._abort_at = now + self._t3_s
        elif delivered.apdu is self._sent:
            self._may_run = self._may_run or delivered.sends > 1
            if self.state in _TIMED_BY_T3 and self.command is not None:
                self._answer_at = self._answer_due(self.command, now)

    def _answer_due(self, command: Message, now: float) -> float | None:
        """T3, unless the command gives a person time: 06 E0 to E7 by BMP F0, 00 is endless."""
        if isinstance(command, DisplayCommand) and command.duration_s is not None:
            return now + command.duration_s + self._t3_s if command.duration_s else None
        return now + self._t3_s

    @property
    def may_abort(self) -> bool:
        """Whether 06 B0 is allowed now: by the command that runs, once at a time."""
        if not may(TILL, self.state, "abort") or self.command is None or self._abort_sent:
            return False
        known = COMMANDS.get(self.command.control)
        if self.state is TillState.AWAITING_ANSWER:
            return known is not None and known.late and known.abortable
        return self._always_abortable or (known is not None and known.abortable)

    def abort(self, now: float, message: AbortByTill | None = None) -> None:
        """Send 06 B0. It is a wish: the command ends by its own 06 0F or 06 1E, or goes on."""
        if not self.may_abort:
            raise RightsError("06 B0 is not allowed now")
        self._abort_sent = self._put(self.sequence.of_own(message or AbortByTill()), now)
        move(TILL, self, "abort")
        if not self._framing.acknowledges:
            self._abort_at = now + self._t3_s

    @property
    def owed(self) -> Message | None:
        """The terminal's command that waits for our answer."""
        return self._owed

    def acknowledge(self, now: float) -> None:
        """80 00 00. For 04 0F and print commands this is the terminal's commit."""
        self.answer(ACKNOWLEDGEMENT, now)

    def refuse(self, error: int, now: float) -> None:
        """84 xx 00. To 04 0F: the terminal reverses. CC to a print command: printer not ready."""
        self.answer(Refusal(error=error), now)

    @property
    def holds_left(self) -> int:
        """How often 84 9C may still be answered in this command."""
        most = MAX_HOLDS
        if isinstance(self.command, TimedMoneyCommand):
            said = self.command.max_status_infos
            most = MAX_HOLDS if said is None else said
        return max(0, most - self._holds)

    def hold(self, now: float) -> None:
        """84 9C 00: more time. The terminal repeats its 04 0F (06 E4) after about 2 s."""
        if not self.holds_left:
            raise RightsError("84 9C was answered as often as it may be")
        self._holds += 1
        self.answer(MORE_TIME, now)

    def answer(self, answer: Answer | Refusal, now: float) -> None:
        """Answer what the terminal asked; raises `RightsError` if nothing is owed."""
        if self._owed is None:
            raise RightsError("no answer is owed")
        owed = self._owed
        self._put(self.sequence.of_answer(answer, owed), now)
        self._owed = None
        if self._gives_rights_back(owed, answer):
            self._end(owed, "answer_last")
            return
        move(TILL, self, "answer")
        self._restart_t4(now)
        if self.state is TillState.AWAITING_ANSWER and self.command is not None:
            self._answer_at = self._answer_due(self.command, now)

    def _gives_rights_back(self, owed: Message, answer: Answer | Refusal) -> bool:
        """The 04 0F of 06 C0 is its end, unless we asked for a repeat."""
        if self.state is TillState.ANSWERING_UNASKED or self.command is None:
            return False
        held = isinstance(answer, Refusal) and answer.wants_repeat
        return (
            isinstance(owed, StatusInformation)
            and ending_of(self.command.control) is Ending.STATUS
            and not held
        )

    # What the terminal does.

    def _received(self, apdu: Apdu, now: float) -> None:
        if self.state is TillState.SILENT:
            self._events.append(Stray(self._decode(apdu, None)))
        elif apdu.is_answer:
            self._answered(apdu, now)
        else:
            self._commanded(apdu, now)

    def _answered(self, apdu: Apdu, now: float) -> None:
        control = None if self.command is None else self.command.control
        answer = self._decode(apdu, control)
        if not isinstance(answer, Answer | Refusal):
            self._events.append(Stray(answer))
        elif self._is_for_abort(answer):
            self._abort_answered(answer)
        elif self.state in _AWAITING:
            self._command_answered(answer, now)
        else:
            self._events.append(Stray(answer))

    def _is_for_abort(self, answer: Answer | Refusal) -> bool:
        """In a dialog both wait for an answer; the one with keys, or an error, is the dialog's.

        (Inferred: the standard does not say in which order they come.)
        """
        if self._abort_sent is None:
            return False
        if self.state not in _AWAITING:
            return True
        return isinstance(answer, Answer) and answer.keys is None

    def _abort_answered(self, answer: Answer | Refusal | None) -> None:
        self._abort_sent = self._abort_at = None
        if may(TILL, self.state, "abort_answered"):
            move(TILL, self, "abort_answered")
        self._events.append(AbortAnswered(answer))

    def _command_answered(self, answer: Answer | Refusal, now: float) -> None:
        command = self.command
        if command is None:
            self._events.append(Stray(answer))
            return
        self._answer_at = None
        if isinstance(answer, Refusal) or ending_of(command.control) is Ending.ANSWER:
            move(TILL, self, "answered")
            if isinstance(command, LogOff) and isinstance(answer, Answer):
                self.sequence.drop()
            self._events.append(Ended(command, answer, may_run=self._may_run))
            return
        move(TILL, self, "accepted")
        self._t4_s = self._t4_for(command)
        self._restart_t4(now)
        self._events.append(Accepted(command, answer))

    def _t4_for(self, command: Message) -> float | None:
        """T4, longer where a card read was given longer; 00 is endless (inferred)."""
        if isinstance(command, ReadCard) and command.timeout_s is not None:
            if command.timeout_s == 0:
                return None
            return max(self._default_t4_s, command.timeout_s + self._t3_s)
        return self._default_t4_s

    def _commanded(self, apdu: Apdu, now: float) -> None:
        pending = None if self.command is None or self._nothing_runs else self.command.control
        message = self._decode(apdu, pending)
        repeated = self._is_repeated(apdu, message)
        self._may_run = True
        self.sequence.heard(message)
        self._restart_t4(now)
        if self._answer_at is not None and self.command is not None:
            self._answer_at = self._answer_due(self.command, now)
        match message:
            case Completion() | AbortByTerminal():
                self._acknowledge_end(message, now)
            case IntermediateStatus() | SetTillClock():
                self._take_timeout(message, now)
                self._put(self.sequence.of_answer(ACKNOWLEDGEMENT, message), now)
                self._events.append(Notified(message, self._running))
            case _ if isinstance(message, Unknown) or _is_the_till_s(message):
                refusal = Refusal(error=FUNCTION_NOT_POSSIBLE)
                self._put(self.sequence.of_answer(refusal, message), now)
                self._events.append(Notified(message, self._running))
            case _:
                self._owe(message, repeated)

    def _is_repeated(self, apdu: Apdu, message: Message) -> bool:
        """By its id; without ids a 04 0F or 06 E4 with the same bytes (equal lines are not)."""
        if self.sequence.agreed and message.sequence_id is not None:
            repeated = message.sequence_id == self._last_id
            self._last_id = message.sequence_id
            return repeated
        if not isinstance(message, StatusInformation | BlockListQuery):
            return False
        repeated = apdu == self._last_status
        self._last_status = apdu
        return repeated

    def _owe(self, message: Message, repeated: bool) -> None:
        if repeated and self._owed is not None:
            return
        move(TILL, self, "asked")
        self._owed = message
        self._events.append(AnswerOwed(message, self._running, repeated))

    def _acknowledge_end(self, message: Completion | AbortByTerminal, now: float) -> None:
        self._put(self.sequence.of_answer(ACKNOWLEDGEMENT, message), now)
        self._owed = None
        if self._nothing_runs:
            self._events.append(Notified(message, None))
            return
        self._agree_on_sequence_ids(message)
        self._end(message, "ended")

    def _agree_on_sequence_ids(self, message: Completion | AbortByTerminal) -> None:
        if not isinstance(self.command, Registration) or not isinstance(message, Completion):
            return
        if self.command.sequence_id == OFFERED and message.sequence_id is not None:
            self.sequence.agree()
        else:
            self.sequence.drop()

    def _end(self, by: Message, trigger: str) -> None:
        move(TILL, self, trigger)
        self._answer_at = self._end_at = None
        if isinstance(by, Completion | AbortByTerminal | StatusInformation):
            self._events.append(Ended(self.command, by))

    @property
    def _nothing_runs(self) -> bool:
        return self.state in {TillState.IDLE, TillState.ANSWERING_UNASKED}

    @property
    def _running(self) -> Message | None:
        return None if self._nothing_runs else self.command

    # The clock.

    def _take_timeout(self, message: Message, now: float) -> None:
        if isinstance(message, IntermediateStatus) and message.timeout_min:
            self._t4_s = message.timeout_min * _MINUTE_S
            self._restart_t4(now)

    def _restart_t4(self, now: float) -> None:
        """Every word of the terminal proves that it runs (the standard: 04 FF, 04 0F, dial-up)."""
        self._end_at = None if self._t4_s is None else now + self._t4_s

    def _deadlines(self) -> tuple[float | None, ...]:
        answer_at = self._answer_at if self.state in _TIMED_BY_T3 else None
        end_at = self._end_at if self.state in _TIMED_BY_T4 else None
        return answer_at, end_at, self._abort_at

    def _expire(self, now: float) -> None:
        answer_at, end_at, abort_at = self._deadlines()
        if abort_at is not None and now >= abort_at:
            self._abort_answered(None)
        if self.command is None:
            return
        if answer_at is not None and now >= answer_at:
            self._fall_silent(Silence(Timer.T3, self.command))
        elif end_at is not None and now >= end_at:
            self._t4_expired(self.command, now)

    def _t4_expired(self, command: Message, now: float) -> None:
        if self._always_abortable and self.may_abort and not self._stopping:
            self._stopping = True
            self.abort(now)
            self._restart_t4(now)
        else:
            self._fall_silent(Silence(Timer.T4, command))

    def _line_failed(self, problem: str, message: Message | None) -> None:
        if self.state is not TillState.SILENT:
            self._fall_silent(LineFailed(problem, message))

    def _fall_silent(self, event: Silence | LineFailed) -> None:
        move(TILL, self, "silence")
        self._answer_at = self._end_at = self._abort_at = None
        self._owed = self._abort_sent = None
        self._events.append(event)
