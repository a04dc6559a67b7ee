"""The pure terminal with a world that is a list: effects are carried out on the spot."""

from __future__ import annotations

from collections import deque

from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, PrintJob, Question
from opi_pos.model.ids import SaleID, ServiceID
from opi_pos.poi.books import Books
from opi_pos.poi.opi.answers import PlainAnswer
from opi_pos.poi.opi.cardside import PLAIN, Twist
from opi_pos.poi.opi.effects import Answer, Effect, Keep, Reboot, Record, Reply, Send, Wait
from opi_pos.poi.opi.kept import Memory
from opi_pos.poi.opi.profile import profile_of
from opi_pos.poi.opi.requests import Family, Header, Request
from opi_pos.poi.opi.simulated import SimulatedTerminal


class Playbook:
    """What a terminal asked and answered; `prints`, `confirms` and `reachable` say how the till is.

    Waits and device requests stand in `pending` until `go_on` lets one pass.
    """

    def __init__(self, profile: str = "de") -> None:
        self.books = Books()
        self.memory = Memory(limit=50)
        self.terminal = SimulatedTerminal(profile_of(profile), self.books, self.memory)
        self.now = 1.7e9
        self.prints = True
        self.confirms: bool | None = True
        self.reachable = True
        self.pending: deque[Wait | Send] = deque()
        self.replies: list[tuple[Header, Answer]] = []
        self.reboots = 0

    def ask(
        self,
        request: Request,
        request_id: str,
        *,
        workstation: str = "1",
        family: Family = Family.CARD,
        twist: Twist = PLAIN,
    ) -> Header:
        header = Header(
            family=family,
            request_type=type(request).__name__,
            workstation_id=SaleID(workstation),
            request_id=ServiceID(request_id),
        )
        effects = self.terminal.received(header, request, now=self.now, twist=twist)
        self.carry_out(effects)
        return header

    def answer(self, header: Header) -> Answer | None:
        """The last answer to a request."""
        return next((answer for to, answer in reversed(self.replies) if to == header), None)

    def refused(self, header: Header) -> str:
        answer = self.answer(header)
        return answer.result.value if isinstance(answer, PlainAnswer) else ""

    def go_on(self) -> bool:
        """Let one wait or device request pass; False when there is none."""
        if not self.pending:
            return False
        next_one = self.pending.popleft()
        if isinstance(next_one, Wait):
            self.now += next_one.seconds or 1.0
            self.carry_out(self.terminal.elapsed(next_one.token))
        elif next_one.awaited:
            answer = self._till(next_one)
            self.carry_out(self.terminal.device_answered(next_one.device_id, answer))
        return True

    def finish(self) -> None:
        """Until nothing is left to do."""
        while self.go_on():
            pass

    def power_cut(self) -> None:
        self.pending.clear()
        self.reboots += 1
        self.terminal.reboot()

    def carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Reply():
                    self.replies.append((effect.to, effect.answer))
                case Wait() | Send():
                    self.pending.append(effect)
                case Record():
                    self.books.write(effect.entry)
                case Keep():
                    self.memory.keep(effect.kept)
                case Reboot():
                    self.power_cut()

    def _till(self, send: Send) -> DeviceAnswer | None:
        if not self.reachable:
            return None
        if isinstance(send.body, Question):
            return DeviceAnswer(outcome=DeviceOutcome.DONE, confirmed=self.confirms)
        if isinstance(send.body, PrintJob) and not self.prints:
            return DeviceAnswer(outcome=DeviceOutcome.UNAVAILABLE)
        return DeviceAnswer(outcome=DeviceOutcome.DONE)
