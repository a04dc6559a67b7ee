"""A whole payment over lines that lose, flip and double bytes: it ends, and never wrongly."""

from __future__ import annotations

import random
from collections import Counter

from terminal_bridge.zvt.dialogue.events import (
    Answered,
    AnswerOwed,
    CommandReceived,
    Ended,
    LineFailed,
    Silence,
)
from terminal_bridge.zvt.dialogue.states import TerminalState
from terminal_bridge.zvt.messages.answers import Answer
from terminal_bridge.zvt.messages.money import Authorisation
from terminal_bridge.zvt.messages.printing import PrintLine
from terminal_bridge.zvt.messages.status import Completion, IntermediateStatus, StatusInformation
from tests.terminal_bridge.zvt.dialogue.talk import Change, Talk

PAY = Authorisation(amount=1010, currency="EUR", max_status_infos=5)
APPROVED = StatusInformation(result_code=0, amount=1010, trace_no="101010", receipt_no="1003")
SCRIPT = [
    IntermediateStatus(status=0x10, timeout_min=3),
    APPROVED,
    PrintLine(attribute=0, text="Beleg \x10\x03"),
    PrintLine(attribute=0),
    PrintLine(attribute=0),
    PrintLine(attribute=0x81),
    Completion(),
]


def bad(chance: random.Random, rate: float) -> Change:
    def change(sender: str, data: bytes) -> bytes:
        del sender
        out = bytearray()
        for byte in data:
            fate = chance.random() / rate
            if fate < 1:
                continue
            out.append(byte ^ 1 << chance.randrange(8) if fate < 2 else byte)
            if 2 <= fate < 3:
                out.append(byte)
        return bytes(out)

    return change


class Payment(Talk):
    """One payment whose owners answer whatever they are asked, until it ends for the till."""

    def __init__(self, change: Change, *, serial: bool) -> None:
        super().__init__(serial=serial, change=change)
        self.commands = 0
        self.acknowledged: list[object] = []
        self.script = iter(SCRIPT)
        self.till.send(PAY, 0.0)

    def end(self) -> str:
        """How the till saw it end."""
        for _ in range(2000):
            self.carry()
            if ended := self.let_the_till_answer():
                return ended
            if self.let_the_terminal_go_on() or self.till.owed is not None:
                continue
            if not self.next_timer():
                return "stuck"
        return "endless"

    def let_the_till_answer(self) -> str:
        heard, self.till_heard = self.till_heard, []
        for event in heard:
            match event:
                case AnswerOwed(message) if self.till.owed is message:
                    self.till.acknowledge(self.now)
                    self.acknowledged.append(message)
                    self.carry()
                case Ended(_, by, may_run):
                    return "open" if may_run else type(by).__name__
                case Silence() | LineFailed():
                    return "open"
                case _:
                    pass
        return ""

    def let_the_terminal_go_on(self) -> bool:
        heard, self.terminal_heard = self.terminal_heard, []
        for news in heard:
            match news:
                case CommandReceived(message):
                    self.commands += 1
                    assert self.commands == 1, "a second payment"
                    assert message == PAY
                    self.terminal.accept(self.now)
                case Answered(Answer(), to) if to == APPROVED:
                    assert APPROVED in self.acknowledged, "a commit that the till never gave"
                case _:
                    pass
        if self.terminal.state is TerminalState.MASTER:
            self.terminal.say(next(self.script), self.now)
            return True
        return bool(heard)


def pay(seed: int, *, rate: float, serial: bool = True) -> str:
    return Payment(bad(random.Random(seed), rate), serial=serial).end()


def test_every_payment_over_a_bad_serial_line_ends_and_most_go_through() -> None:
    ends = Counter(pay(seed, rate=0.001) for seed in range(300))
    assert set(ends) <= {"Completion", "open"}, ends
    assert ends["Completion"] > 200, ends


def test_a_very_bad_line_ends_in_the_open_and_never_wrongly() -> None:
    ends = Counter(pay(seed, rate=0.01) for seed in range(300))
    assert set(ends) <= {"Completion", "open"}, ends
    assert ends["open"] > 100, ends


def test_over_tcp_nothing_is_lost() -> None:
    assert pay(1, rate=1e-12, serial=False) == "Completion"
