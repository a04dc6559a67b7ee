"""What a dialogue tells. Frozen values; a message in them is decoded."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from terminal_bridge.zvt.messages.answers import Answer, Refusal
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.messages.status import AbortByTerminal, Completion, StatusInformation


class Timer(enum.StrEnum):
    """Which wait was too long."""

    T3 = "T3"
    T4 = "T4"


@dataclass(frozen=True, slots=True)
class Accepted:
    """80 00: the command runs and the terminal has the rights. It proves nothing else."""

    command: Message
    answer: Answer


@dataclass(frozen=True, slots=True)
class Notified:
    """The terminal said something that was answered already: 04 FF, 04 01, or a command that
    nobody knows (84 83). Without `command` nothing was running.
    """

    message: Message
    command: Message | None


@dataclass(frozen=True, slots=True)
class AnswerOwed:
    """The terminal waits for `acknowledge`, `hold`, `refuse` or `answer`, for its T3.

    Make it durable first. `repeated`: the same bytes as the one before, after 84 9C or because
    our answer got lost.
    """

    message: Message
    command: Message | None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """The rights are the till's again: by the answer to a command that has no more, a refusal,
    06 0F, 06 1E, or the 04 0F of a card that was read.

    A refusal proves that the command never began, unless `may_run`: its frame went out more than
    once, or the terminal spoke before it refused. Then the refusal may be for the second copy
    (busy, because the first one runs), and the outcome is not known.
    """

    command: Message | None
    by: Answer | Refusal | Completion | AbortByTerminal | StatusInformation
    may_run: bool = False


@dataclass(frozen=True, slots=True)
class AbortAnswered:
    """What the terminal said to 06 B0; None: nothing within T3. The command runs on."""

    answer: Answer | Refusal | None


@dataclass(frozen=True, slots=True)
class Silence:
    """A timer expired; on TCP the connection is to be closed. The outcome is not known.

    `message` is what had no answer (T3), or the command that did not end (T4).
    """

    timer: Timer
    message: Message


@dataclass(frozen=True, slots=True)
class LineFailed:
    """A frame could not be delivered, or what came is not ZVT. `message` may have arrived."""

    problem: str
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Stray:
    """An answer that nobody awaits, or anything after the silence. It was not answered."""

    message: Message


TillEvent = Accepted | Notified | AnswerOwed | Ended | AbortAnswered | Silence | LineFailed | Stray


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """The till sent a command; it waits for `accept`, `answer` or `refuse`."""

    message: Message


@dataclass(frozen=True, slots=True)
class CommandRepeated:
    """The till sent its command again because our answer got lost; it was answered again."""

    message: Message


@dataclass(frozen=True, slots=True)
class RightsBroken:
    """The till sent a command while the terminal is master; it was refused."""

    message: Message


@dataclass(frozen=True, slots=True)
class AbortAsked:
    """06 B0 came; it waits for `answer_abort`."""

    message: Message


@dataclass(frozen=True, slots=True)
class Answered:
    """What the till said to our message."""

    answer: Answer | Refusal
    to: Message


@dataclass(frozen=True, slots=True)
class Held:
    """The till asked for more time; the message will be repeated. `count` is how often it did."""

    to: Message
    count: int


@dataclass(frozen=True, slots=True)
class HoldsExhausted:
    """The till asked for more time once more than it had said; nothing will be repeated."""

    to: Message


@dataclass(frozen=True, slots=True)
class RightsReturned:
    """The command is over for both sides."""

    command: Message


TerminalEvent = (
    CommandReceived
    | CommandRepeated
    | RightsBroken
    | AbortAsked
    | Answered
    | Held
    | HoldsExhausted
    | RightsReturned
    | Silence
    | LineFailed
    | Stray
)
