"""Both ends of a dialogue on one line, on virtual time; what is lost or changed is chosen."""

from __future__ import annotations

from collections.abc import Callable

from terminal_bridge.zvt import SerialFraming, TcpFraming, TerminalDialogue, TillDialogue
from terminal_bridge.zvt.dialogue.events import (
    Answered,
    AnswerOwed,
    CommandReceived,
    TerminalEvent,
    TillEvent,
)
from terminal_bridge.zvt.messages.base import Message

Change = Callable[[str, bytes], bytes]
"""Takes who sends and what, gives what arrives."""


def unchanged(sender: str, data: bytes) -> bytes:
    """A good line."""
    del sender
    return data


class Talk:
    """A till and a terminal. `till_heard` and `terminal_heard` collect the events of each."""

    def __init__(self, *, serial: bool = False, change: Change = unchanged) -> None:
        framing = SerialFraming if serial else TcpFraming
        self.till = TillDialogue(framing())
        self.terminal = TerminalDialogue(framing())
        self.change = change
        self.now = 0.0
        self.till_heard: list[TillEvent] = []
        self.terminal_heard: list[TerminalEvent] = []

    def carry(self) -> None:
        """Carry bytes both ways until nobody has more to say at this instant."""
        while True:
            to_terminal = self.till.data_to_send()
            to_till = self.terminal.data_to_send()
            if not to_terminal and not to_till:
                return
            self.terminal.receive_data(self.change("till", to_terminal), self.now)
            self.till.receive_data(self.change("terminal", to_till), self.now)
            self.till_heard += self.till.events()
            self.terminal_heard += self.terminal.events()

    def next_timer(self) -> bool:
        """Go to the next timer of either end; False if none runs."""
        due = [at for at in (self.till.wake_at(), self.terminal.wake_at()) if at is not None]
        if not due:
            return False
        self.now = max(self.now, min(due))
        self.till.tick(self.now)
        self.terminal.tick(self.now)
        self.till_heard += self.till.events()
        self.terminal_heard += self.terminal.events()
        self.carry()
        return True

    def wait(self, seconds: float) -> None:
        """Let time pass, with all timers that fall into it."""
        end = self.now + seconds
        while True:
            due = [at for at in (self.till.wake_at(), self.terminal.wake_at()) if at is not None]
            if not due or min(due) > end:
                break
            self.next_timer()
        self.now = end

    def order(self, command: Message) -> Message:
        """The till sends a command; gives it as the terminal understood it."""
        self.till.send(command, self.now)
        self.carry()
        received = self.terminal_heard[-1]
        assert isinstance(received, CommandReceived), received
        return received.message

    def start(self, command: Message) -> Message:
        """The till sends a command and the terminal takes the rights."""
        received = self.order(command)
        self.terminal.accept(self.now)
        self.carry()
        return received

    def say(self, message: Message) -> TillEvent:
        """The terminal says something; gives what the till heard of it."""
        self.terminal.say(message, self.now)
        self.carry()
        return self.till_heard[-1]

    def ask(self, message: Message) -> AnswerOwed:
        """The terminal says something that the till has to answer."""
        owed = self.say(message)
        assert isinstance(owed, AnswerOwed), owed
        return owed

    def acknowledge(self) -> Answered:
        """The till says 80 00 00; gives what the terminal heard."""
        self.till.acknowledge(self.now)
        self.carry()
        return next(e for e in reversed(self.terminal_heard) if isinstance(e, Answered))
