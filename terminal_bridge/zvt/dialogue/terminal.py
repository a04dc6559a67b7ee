"""The terminal's end (PT) of a ZVT dialogue, for simulators.

    dialogue = TerminalDialogue(TcpFraming())
    ...                                         # CommandReceived(Authorisation(...))
    dialogue.accept(now)                        # 80 00 00, and the rights
    dialogue.say(StatusInformation(...), now)   # Answered(Answer(), ...) follows
    dialogue.say(Completion(), now)             # RightsReturned(...)

84 9C is obeyed here: the message is repeated after 2 s, as often as BMP 02 of the command allows.
A till that speaks without the rights is refused and told of.
"""

from __future__ import annotations

from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.charsets import DEFAULT, Charsets
from terminal_bridge.zvt.dialogue.base import Dialogue, RightsError
from terminal_bridge.zvt.dialogue.events import (
    AbortAsked,
    Answered,
    CommandReceived,
    CommandRepeated,
    Held,
    HoldsExhausted,
    LineFailed,
    RightsBroken,
    RightsReturned,
    Silence,
    Stray,
    TerminalEvent,
    Timer,
)
from terminal_bridge.zvt.dialogue.machine import TERMINAL, may, move
from terminal_bridge.zvt.dialogue.sequence import OFFERED
from terminal_bridge.zvt.dialogue.states import TerminalState
from terminal_bridge.zvt.framing.framing import Delivered, Framing
from terminal_bridge.zvt.limits import MAX_HOLDS, REPEAT_WAIT_S, T3_S
from terminal_bridge.zvt.messages.answers import ACKNOWLEDGEMENT, Answer, Refusal
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.messages.dialogs import BlockListQuery
from terminal_bridge.zvt.messages.money import TimedMoneyCommand
from terminal_bridge.zvt.messages.session import AbortByTill, LogOff, Registration
from terminal_bridge.zvt.messages.status import AbortByTerminal, Completion, StatusInformation
from terminal_bridge.zvt.tables.commands import Ending, ending_of
from terminal_bridge.zvt.tables.errors import BUSY

_AWAITING = frozenset(
    {TerminalState.AWAITING_ANSWER, TerminalState.ENDING, TerminalState.AWAITING_UNASKED}
)
_AT_WORK = frozenset({TerminalState.MASTER, TerminalState.AWAITING_ANSWER, TerminalState.HOLDING})


class TerminalDialogue(Dialogue[TerminalEvent]):
    """One connection's dialogue; a new connection has a new one."""

    def __init__(
        self,
        framing: Framing,
        *,
        charsets: Charsets = DEFAULT,
        t3_s: float = T3_S,
        repeat_wait_s: float = REPEAT_WAIT_S,
        refusal: int = BUSY,
    ) -> None:
        """`refusal` is the error code for a till that speaks without the rights."""
        super().__init__(framing, charsets=charsets, t3_s=t3_s)
        self.state = TerminalState.IDLE
        self.command: Message | None = None
        """The till's command that runs, or ran last."""
        self._repeat_wait_s = repeat_wait_s
        self._refusal = refusal
        self._command_apdu: Apdu | None = None
        self._answer: Answer | Refusal | None = None
        self._abort: Message | None = None
        self._said: Message | None = None
        self._sent: Apdu | None = None
        self._said_timeout_s = t3_s
        self._answer_at: float | None = None
        self._repeat_at: float | None = None
        self._holds = 0

    # What the owner does.

    def accept(self, now: float, answer: Answer = ACKNOWLEDGEMENT) -> None:
        """80 00 to the command. Commands that end with it leave the rights with the till."""
        self._answer_command(answer, now)

    def refuse(self, error: int, now: float) -> None:
        """84 xx 00 to the command."""
        self._answer_command(Refusal(error=error), now)

    def answer(self, answer: Answer | Refusal, now: float) -> None:
        """Any answer to the command, such as keys or 84 1E with its currency."""
        self._answer_command(answer, now)

    def _answer_command(self, answer: Answer | Refusal, now: float) -> None:
        if self.state is not TerminalState.ANSWERING or self.command is None:
            raise RightsError("no command waits for an answer")
        self._answer = self.sequence.of_answer(answer, self.command)
        self._put(self._answer, now)
        if isinstance(answer, Refusal) or ending_of(self.command.control) is Ending.ANSWER:
            move(TERMINAL, self, "answer")
            if isinstance(self.command, LogOff) and isinstance(answer, Answer):
                self.sequence.drop()
            self._events.append(RightsReturned(self.command))
        else:
            move(TERMINAL, self, "accept")

    @property
    def may_say(self) -> bool:
        """Whether the terminal is master and awaits nothing."""
        return self.state is TerminalState.MASTER

    def say(self, message: Message, now: float, *, timeout_s: float | None = None) -> None:
        """Send a command of the terminal's; 06 0F and 06 1E end the till's.

        `timeout_s` replaces T3, and for 04 0F the time that the till gave in BMP 01. While idle it
        is sent without the rights, as some terminals do. Raises `RightsError` if one is unanswered.
        """
        ends = isinstance(message, Completion | AbortByTerminal)
        trigger = "end" if ends and self.state is TerminalState.MASTER else "say"
        if not may(TERMINAL, self.state, trigger):
            raise RightsError(f"the terminal may not speak while {self.state.value}")
        self._said = self.sequence.of_own(message) if message.sequence_id is None else message
        self._sent = self._put(self._said, now)
        move(TERMINAL, self, trigger)
        self._holds = 0
        self._said_timeout_s = self._timeout_of(message) if timeout_s is None else timeout_s
        self._await(now)

    def _await(self, now: float) -> None:
        self._answer_at = None if self._framing.acknowledges else now + self._said_timeout_s

    def _delivered(self, delivered: Delivered, now: float) -> None:
        if delivered.apdu is self._sent and self.state in _AWAITING:
            self._answer_at = now + self._said_timeout_s

    def _timeout_of(self, message: Message) -> float:
        given = self.command.timeout_s if isinstance(self.command, TimedMoneyCommand) else None
        if isinstance(message, StatusInformation) and given:
            return float(given)
        return self._t3_s

    def answer_abort(self, answer: Answer | Refusal, now: float) -> None:
        """Answer 06 B0: 80 00 00, or 84 83 when it is too late."""
        if self._abort is None:
            raise RightsError("no 06 B0 waits for an answer")
        self._put(self.sequence.of_answer(answer, self._abort), now)
        self._abort = None

    def give_up(self) -> None:
        """Fall back to idle without a word: what a terminal does when the till is gone."""
        if may(TERMINAL, self.state, "give_up"):
            move(TERMINAL, self, "give_up")
            self._forget()

    # What the till does.

    def _received(self, apdu: Apdu, now: float) -> None:
        if self.state is TerminalState.SILENT:
            self._events.append(Stray(self._decode(apdu, None)))
        elif apdu.is_answer:
            self._answered(apdu, now)
        else:
            self._commanded(apdu, now)

    def _commanded(self, apdu: Apdu, now: float) -> None:
        message = self._decode(apdu, None)
        if may(TERMINAL, self.state, "command"):
            self.sequence.heard(message)
            self._take_as_answer()
            move(TERMINAL, self, "command")
            self.command = message
            self._command_apdu = apdu
            self._answer = None
            self._events.append(CommandReceived(message))
        elif isinstance(message, AbortByTill) and self.state in _AT_WORK:
            self.sequence.heard(message)
            move(TERMINAL, self, "abort_asked")
            self._abort = message
            self._events.append(AbortAsked(message))
        elif apdu == self._command_apdu and self._may_be_repeated:
            self._repeat_answer(message, now)
        else:
            move(TERMINAL, self, "rights_broken")
            self._put(self.sequence.of_answer(Refusal(error=self._refusal), message), now)
            self._events.append(RightsBroken(message))

    def _take_as_answer(self) -> None:
        """A till that goes on has understood 06 0F, though it did not say so."""
        if self.state is TerminalState.ENDING and self.command is not None:
            self._events.append(RightsReturned(self.command))
        self._forget()

    @property
    def _may_be_repeated(self) -> bool:
        """Before we said anything else; on a serial line later, too, when our answer got lost."""
        return self._said is None or self._framing.acknowledges

    def _repeat_answer(self, message: Message, now: float) -> None:
        """The same command again: its answer got lost, or is still due."""
        if self._answer is not None:
            self._put(self._answer, now)
        self._events.append(CommandRepeated(message))

    def _answered(self, apdu: Apdu, now: float) -> None:
        said = self._said
        answer = self._decode(apdu, None if said is None else said.control)
        if said is None or self.state not in _AWAITING or not isinstance(answer, Answer | Refusal):
            self._events.append(Stray(answer))
            return
        self._answer_at = None
        if self._asks_to_wait(answer, said):
            self._hold(said, now)
            return
        self._agree_on_sequence_ids(said)
        self._events.append(Answered(answer, said))
        self._go_on(said)

    def _asks_to_wait(self, answer: Answer | Refusal, said: Message) -> bool:
        return (
            isinstance(answer, Refusal)
            and answer.wants_repeat
            and isinstance(said, StatusInformation | BlockListQuery)
            and self.state is TerminalState.AWAITING_ANSWER
        )

    def _hold(self, said: Message, now: float) -> None:
        self._holds += 1
        if self._holds > self._most_holds():
            move(TERMINAL, self, "answered")
            self._events.append(HoldsExhausted(said))
            return
        move(TERMINAL, self, "asked_to_wait")
        self._repeat_at = now + self._repeat_wait_s
        self._events.append(Held(said, self._holds))

    def _most_holds(self) -> int:
        if isinstance(self.command, TimedMoneyCommand):
            said = self.command.max_status_infos
            return MAX_HOLDS if said is None else said
        return MAX_HOLDS

    def _agree_on_sequence_ids(self, said: Message) -> None:
        if not isinstance(self.command, Registration) or not isinstance(said, Completion):
            return
        if self.command.sequence_id == OFFERED and said.sequence_id is not None:
            self.sequence.agree()
        else:
            self.sequence.drop()

    def _go_on(self, said: Message) -> None:
        last = (
            isinstance(said, StatusInformation)
            and self.command is not None
            and ending_of(self.command.control) is Ending.STATUS
            and self.state is TerminalState.AWAITING_ANSWER
        )
        ending = self.state is TerminalState.ENDING
        move(TERMINAL, self, "answered_last" if last else "answered")
        if (last or ending) and self.command is not None:
            self._forget()
            self._events.append(RightsReturned(self.command))

    def _forget(self) -> None:
        self._said = None
        self._abort = None
        self._command_apdu = None
        self._answer_at = self._repeat_at = None

    # The clock.

    def _deadlines(self) -> tuple[float | None, ...]:
        return self._answer_at, self._repeat_at

    def _expire(self, now: float) -> None:
        if self._repeat_at is not None and now >= self._repeat_at and self._said is not None:
            self._repeat_at = None
            self._sent = self._put(self._said, now)
            move(TERMINAL, self, "repeat")
            self._await(now)
        elif self._answer_at is not None and now >= self._answer_at and self._said is not None:
            self._fall_silent(Silence(Timer.T3, self._said))

    def _line_failed(self, problem: str, message: Message | None) -> None:
        if self.state is not TerminalState.SILENT:
            self._fall_silent(LineFailed(problem, message))

    def _fall_silent(self, event: Silence | LineFailed) -> None:
        move(TERMINAL, self, "silence")
        self._forget()
        self._events.append(event)
