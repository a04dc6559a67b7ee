"""A whole simulated O.P.I. terminal, pure: the protocol's rules with a simulated card side.

Whatever happens comes in by a method; what must be done comes back as a list of effects. `now` is
Unix seconds. The shell in `terminal_bridge.simulator.opi` carries the effects out.
"""

from __future__ import annotations

from typing import Final

from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, PrintJob, Progress
from opi_pos.model.ids import DeviceID
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.poi.books import Books
from opi_pos.poi.opi.answers import OfflineAnswer, PlainAnswer, Result, TotalsAnswer
from opi_pos.poi.opi.cardside import PLAIN, CardSide, Order, Twist, stamp
from opi_pos.poi.opi.effects import Effect, Reply, Wait
from opi_pos.poi.opi.kept import Memory
from opi_pos.poi.opi.profile import PoiProfile
from opi_pos.poi.opi.requests import (
    Abort,
    Administer,
    Diagnose,
    Header,
    Login,
    Logoff,
    Pay,
    ReadCard,
    RepeatLast,
    Reprint,
    Request,
    Reverse,
    SendOffline,
    Totals,
    Unfit,
)
from opi_pos.poi.opi.slips import slip_of
from opi_pos.poi.opi.terminal import Terminal
from opi_pos.poi.opi.totals import add_up
from opi_pos.poi.receipts import cardholder_copy
from opi_pos.poi.scenario import Choice, Scenario, by_amount

_ADDING_TOKEN: Final = -1
"""Of the wait in which totals are added up."""


class SimulatedTerminal:
    """Receives a till's requests; its books and memory outlive a reboot."""

    def __init__(
        self,
        profile: PoiProfile,
        books: Books,
        memory: Memory,
        *,
        choose: Choice = by_amount,
        terminal_id: str = "68000001",
    ) -> None:
        self.rules = Terminal(profile, memory)
        self.books = books
        self.terminal_id = terminal_id
        self.cards = CardSide(self.rules, books, memory, choose, terminal_id)
        self._totals: Totals | None = None
        self._totals_time = ""
        self._reprint: DeviceID | None = None

    # -- what happens ------------------------------------------------------------------------

    def received(
        self, header: Header, request: Request, *, now: float, twist: Twist = PLAIN
    ) -> list[Effect]:
        """A till's request was received."""
        match request:
            case Unfit():
                effects = self.say(header, request.result, request.text)
            case Login():
                effects = self.rules.login(header, request)
            case Logoff():
                effects = self.rules.logoff(header, request)
            case Diagnose():
                effects = self.rules.diagnose(header)
            case RepeatLast():
                effects = self.rules.repeat(header)
            case Abort():
                effects = self._abort(header, request, twist, now)
            case _:
                refused = self.rules.refuse(header, now=now)
                if refused is not None:
                    return [Reply(to=header, answer=refused)]
                effects = self._serve(header, request, twist, now)
        return effects

    def say(self, header: Header, result: Result, text: str = "") -> list[Effect]:
        """Answer with a result and nothing else."""
        return [Reply(to=header, answer=PlainAnswer(result=result, text=text))]

    def device_answered(self, device_id: DeviceID, answer: DeviceAnswer | None) -> list[Effect]:
        """The till took a device request; None: it could not be reached, or was silent."""
        if device_id == self._reprint:
            return self._reprinted(answer)
        return self.cards.device_answered(device_id, answer)

    def elapsed(self, token: int) -> list[Effect]:
        """A wait is over."""
        if token == _ADDING_TOKEN:
            return self._tell_totals()
        return self.cards.elapsed(token)

    def reboot(self) -> None:
        """The power was cut, and is back."""
        self.cards.lose_power()
        self._totals = self._reprint = None
        self.rules.reboot()

    # -- one request -------------------------------------------------------------------------

    def _abort(self, header: Header, request: Abort, twist: Twist, now: float) -> list[Effect]:
        effects, meant = self.rules.abort(header, request, now=now)
        return [*effects, *self.cards.stop()] if meant and not twist.deaf_to_abort else effects

    def _serve(
        self,
        header: Header,
        request: Pay | Reverse | ReadCard | Reprint | Totals | SendOffline | Administer,
        twist: Twist,
        now: float,
    ) -> list[Effect]:
        match request:
            case Pay() | Reverse() | ReadCard():
                return self._begin(header, request, twist, now)
            case Reprint():
                return self._print_again(header)
            case Totals():
                return self._add_up(header, request, now)
            case SendOffline():
                return [Reply(to=header, answer=OfflineAnswer(result=Result.SUCCESS))]
            case Administer():
                return self.say(header, Result.SUCCESS)

    def _begin(self, header: Header, order: Order, twist: Twist, now: float) -> list[Effect]:
        held_up = self.rules.unprinted_ticket()
        if held_up is not None:
            return [Reply(to=header, answer=held_up)]
        return self.cards.begin(header, order, twist, now=now)

    # -- paper -------------------------------------------------------------------------------

    def _print_again(self, header: Header) -> list[Effect]:
        """The last slip once more, at the till."""
        kept = self.rules.unprinted or self.rules.memory.last_money(header.workstation_id)
        entry = self.books.find(getattr(kept.answer, "stan", "")) if kept is not None else None
        if entry is None:
            return self.say(header, Result.FAILURE, "there is no slip to print")
        self.rules.begin(header)
        receipt = cardholder_copy(slip_of(entry, Scenario()))
        send = self.rules.send(PrintJob(receipt=receipt, wait=True), header)
        self._reprint = send.device_id
        return [send]

    def _reprinted(self, answer: DeviceAnswer | None) -> list[Effect]:
        self._reprint = None
        if answer is not None and answer.outcome is DeviceOutcome.DONE:
            self.rules.unprinted = None
            return self.rules.end(PlainAnswer(result=Result.SUCCESS))
        text = "the slip did not come out"
        return self.rules.end(PlainAnswer(result=Result.DEVICE_UNAVAILABLE, text=text))

    # -- totals ------------------------------------------------------------------------------

    def _add_up(self, header: Header, request: Totals, now: float) -> list[Effect]:
        rules = self.rules
        rules.begin(header)
        self._totals = request
        self._totals_time = stamp(now)
        shown = rules.show("Reconciliation", Progress.TERMINAL_BUSY, header)
        return [shown, Wait(token=_ADDING_TOKEN)]

    def _tell_totals(self) -> list[Effect]:
        rules, request = self.rules, self._totals
        header = rules.running
        if request is None or header is None:
            return []
        self._totals = None
        groups = add_up(self.books, self.books.period)
        lines = [f"{g.brand} {g.payment_type} {g.count}x {g.amount}" for g in groups]
        paper = Receipt(copy=Copy.SALE, lines=("TOTALS", *lines))
        slip = rules.send(PrintJob(receipt=paper), header, awaited=False)
        closes_session = request.close and rules.profile.closure_logs_off
        if request.close:
            self.books.close_period()
        result = Result.DAY_CLOSED if closes_session else Result.SUCCESS
        answer = TotalsAnswer(result=result, time=self._totals_time, groups=groups)
        effects = [slip, *rules.end(answer)]
        if closes_session:
            rules.close_sessions()
        return effects
