"""The simulated card side of an O.P.I. terminal: begins requests, and answers when they end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.ids import DeviceID
from opi_pos.model.money import Amount
from opi_pos.poi import cardholder
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.cardholder import End, Play, Verdict
from opi_pos.poi.opi.answers import (
    CardAnswer,
    CardRead,
    MoneyAnswer,
    PlainAnswer,
    Repeatable,
    Result,
)
from opi_pos.poi.opi.effects import Effect, Reply
from opi_pos.poi.opi.kept import Kept, Memory
from opi_pos.poi.opi.money import Plan, plan_payment, plan_reversal
from opi_pos.poi.opi.requests import Family, Header, Pay, ReadCard, Reverse
from opi_pos.poi.opi.run import Job, PowerCut, Run
from opi_pos.poi.opi.terminal import Terminal
from opi_pos.poi.scenario import CARDS, Choice, Scenario, Verification

BALANCE_MINOR: Final = 10_000
"""What is on every test card."""

_ENDS: Final = {
    End.APPROVED: (Result.SUCCESS, "0", ""),
    End.PARTIAL: (Result.SUCCESS, "10", ""),
    End.DECLINED: (Result.FAILURE, "5", "declined by the host"),
    End.ABORTED: (Result.ABORTED, "", "stopped by the till"),
    End.CANCELLED: (Result.ABORTED, "17", "cancelled by the cardholder"),
    End.NO_CARD: (Result.TIMED_OUT, "", "no card"),
    End.INVALID_CARD: (Result.UNKNOWN_CARD, "", "the card is not accepted"),
    End.WRONG_PIN: (Result.FAILURE, "75", "too many wrong PINs"),
    End.UNREACHABLE: (Result.COMMUNICATION_ERROR, "91", "the host cannot be reached"),
    End.SIGNATURE_REFUSED: (Result.FAILURE, "21", "the signature was not confirmed"),
    End.FAILED: (Result.FAILURE, "96", "refused after approval"),
}
_TYPES: Final = {
    Movement.CHARGE: "CardPayment",
    Movement.REFUND: "PaymentRefund",
    Movement.RESERVATION: "CardPreAuthorisation",
    Movement.COMPLETION: "CardFinancialAdvice",
    Movement.REVERSAL: "PaymentReversal",
}


class Twist(msgspec.Struct, frozen=True, kw_only=True):
    """Faults that strike inside the terminal while it carries out one request."""

    power_cut: PowerCut | None = None
    deaf_to_abort: bool = False


PLAIN: Final = Twist()

Order = Pay | Reverse | ReadCard
_Planned = tuple[Plan | None, Play, Scenario]


def stamp(now: float) -> str:
    """A time as the terminal writes it: ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")


class CardSide:
    """Carries out one request at a time, each in the scenario that `choose` picks."""

    def __init__(
        self, rules: Terminal, books: Books, memory: Memory, choose: Choice, terminal_id: str
    ) -> None:
        self._rules = rules
        self._books = books
        self._memory = memory
        self._choose = choose
        self._terminal_id = terminal_id
        self._number = _highest_number(books, memory)
        self._run: Run | None = None
        self._order: Order | None = None
        self._rebuild_lost_answers()

    def new_number(self) -> str:
        """The next STAN."""
        self._number += 1
        return f"{self._number:06d}"

    # -- begin -------------------------------------------------------------------------------

    def begin(self, header: Header, order: Order, twist: Twist, *, now: float) -> list[Effect]:
        """Begin what the protocol's rules admitted, or refuse it for the money's sake."""
        planned = self._plan(header, order, deaf=twist.deaf_to_abort)
        if isinstance(planned, PlainAnswer):
            return [Reply(to=header, answer=planned)]
        plan, play, scenario = planned
        slips = self._rules.slips_of(header.workstation_id)
        if isinstance(order, Pay) and order.slips is not None:
            slips = msgspec.structs.replace(order.slips, signature=slips.signature)
        job = Job(
            header=header,
            stan=self.new_number(),
            time=stamp(now),
            terminal_id=self._terminal_id,
            scenario=scenario,
            slips=slips,
            plan=plan,
            power_cut=twist.power_cut,
            period=self._books.period,
        )
        self._rules.begin(header)
        self._order = order
        self._run = Run(job, play, self._rules, self.new_number, self._approved)
        return self._after(self._run, self._run.start())

    def _plan(self, header: Header, order: Order, *, deaf: bool) -> _Planned | PlainAnswer:
        match order:
            case Pay():
                return self._plan_payment(order, deaf=deaf)
            case Reverse():
                plan = plan_reversal(header, order, self._books, self._memory, self._terminal_id)
                if isinstance(plan, PlainAnswer):
                    return plan
                scenario = self._scenario(plan.amount, deaf=True)
                play = cardholder.without_card(plan.amount, scenario, scenario.reversal)
                return (plan, play, scenario)
            case ReadCard():
                scenario = self._scenario(None, deaf=deaf)
                return (None, cardholder.read_card(scenario), scenario)

    def _plan_payment(self, request: Pay, *, deaf: bool) -> _Planned | PlainAnswer:
        plan = plan_payment(request, self._books, self._terminal_id)
        if isinstance(plan, PlainAnswer):
            return plan
        scenario = self._scenario(plan.amount, deaf=deaf)
        if plan.movement is Movement.COMPLETION:
            return (plan, cardholder.without_card(plan.amount, scenario, scenario.host), scenario)
        if plan.movement is Movement.REFUND and scenario.verification is Verification.PIN:
            scenario = msgspec.structs.replace(scenario, verification=Verification.NONE)
        return (plan, cardholder.pay(plan.amount, scenario), scenario)

    def _scenario(self, amount: Amount | None, *, deaf: bool) -> Scenario:
        scenario = self._choose(amount)
        return msgspec.structs.replace(scenario, deaf_to_abort=True) if deaf else scenario

    # -- what happens meanwhile --------------------------------------------------------------

    def stop(self) -> list[Effect]:
        """The till wishes to stop."""
        run = self._run
        return [] if run is None else self._after(run, run.stop())

    def device_answered(self, device_id: DeviceID, answer: DeviceAnswer | None) -> list[Effect]:
        """The till took a device request, or (None) did not."""
        run = self._run
        return [] if run is None else self._after(run, run.device_answered(device_id, answer))

    def elapsed(self, token: int) -> list[Effect]:
        """A wait is over."""
        run = self._run
        return [] if run is None else self._after(run, run.elapsed(token))

    def lose_power(self) -> None:
        """What ran is gone; what it moved stays, and its answer was kept with it."""
        self._run = None

    def _after(self, run: Run, effects: list[Effect]) -> list[Effect]:
        if run.verdict is None:
            return effects
        answer = self._answer(run, run.verdict)
        self._run = None
        effects += self._rules.end(answer)
        if run.unprinted:
            self._rules.unprinted = Kept(header=run.job.header, answer=answer)
        return effects

    # -- answers -----------------------------------------------------------------------------

    def _answer(self, run: Run, verdict: Verdict) -> Repeatable:
        job = run.job
        result, action_code, text = _ENDS[verdict.end]
        card = _card_of(job.scenario) if verdict.card_read else None
        if job.plan is None:
            order = self._order
            wants_balance = isinstance(order, ReadCard) and order.balance
            balance = Amount(minor=BALANCE_MINOR, currency="EUR") if wants_balance else None
            success = result is Result.SUCCESS
            return CardAnswer(
                result=result,
                text=text,
                stan=job.stan,
                time=job.time,
                card=card if success else None,
                balance=balance if success else None,
            )
        if run.entry is not None:
            return self._approved(run.entry)
        without_card = job.plan.movement in {Movement.REVERSAL, Movement.COMPLETION}
        return MoneyAnswer(
            result=result,
            text=text,
            stan=job.stan,
            time=job.time,
            asked=job.plan.amount,
            card=None if without_card else card,
            action_code=action_code,
        )

    def _approved(self, entry: Entry) -> MoneyAnswer:
        """What is told of a movement that stands."""
        known = CARDS.get(entry.brand)
        entry_mode = ""
        if self._run is not None and self._run.job.stan == entry.transaction_id:
            entry_mode = self._run.job.scenario.entry.value
        card = None
        if known is not None:
            card = CardRead(brand=known.brand, masked_pan=known.masked_pan, entry_mode=entry_mode)
        return MoneyAnswer(
            result=Result.SUCCESS,
            stan=entry.transaction_id,
            time=entry.time,
            asked=entry.amount,
            amount=entry.amount,
            tip=entry.tip,
            card=card,
            approval_code=entry.approval_code,
            action_code="10" if entry.partial else "0",
            receipt_number=entry.transaction_id[-4:],
            period=entry.period,
        )

    # -- after a power cut -------------------------------------------------------------------

    def _rebuild_lost_answers(self) -> None:
        """Movements in the books whose answer was lost with the process."""
        told = {getattr(kept.answer, "stan", "") for kept in self._memory}
        recent = self._books.entries[-self._rules.profile.kept_answers :]
        for entry in recent:
            if not entry.automatic and entry.transaction_id not in told:
                self._memory.keep(self._rebuilt(entry))

    def _rebuilt(self, entry: Entry) -> Kept:
        header = Header(
            family=Family.CARD,
            request_type=_TYPES[entry.movement],
            workstation_id=entry.sale_id,
            request_id=entry.service_id,
            reference=entry.reference,
        )
        answer = self._approved(entry)
        if self._books.undone(entry.transaction_id, automatic=True) >= entry.amount.minor:
            answer = msgspec.structs.replace(answer, result=Result.FAILURE, amount=None)
        return Kept(header=header, answer=answer)


def _card_of(scenario: Scenario) -> CardRead:
    card = CARDS[scenario.card]
    return CardRead(brand=card.brand, masked_pan=card.masked_pan, entry_mode=scenario.entry.value)


def _highest_number(books: Books, memory: Memory) -> int:
    used = [entry.transaction_id for entry in books.entries]
    used += [getattr(kept.answer, "stan", "") for kept in memory]
    return max((int(number) for number in used if number.isdigit()), default=0)
