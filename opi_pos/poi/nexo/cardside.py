"""The simulated card side of a nexo terminal: begins money services, and answers when they end."""

from __future__ import annotations

from typing import Final

import msgspec

from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.ids import DeviceID
from opi_pos.model.money import Amount
from opi_pos.model.receipts import Receipt
from opi_pos.model.results import TransactionID
from opi_pos.poi import cardholder
from opi_pos.poi.books import Books, Entry, Movement
from opi_pos.poi.cardholder import End, Play, Verdict
from opi_pos.poi.nexo import originals, texts
from opi_pos.poi.nexo.answers import (
    PaymentAnswer,
    Repeatable,
    Response,
    ReversalAnswer,
)
from opi_pos.poi.nexo.effects import Effect, Keep, Reply
from opi_pos.poi.nexo.memory import Memory
from opi_pos.poi.nexo.money import Plan, plan_payment, plan_reversal
from opi_pos.poi.nexo.outcomes import (
    RESPONSES,
    acquisition_answer,
    declined_receipts,
    payment_answer,
    recovered,
    slip_of,
    transaction_of,
)
from opi_pos.poi.nexo.refusals import refusal
from opi_pos.poi.nexo.requests import CardAcquisition, Header, Payment, Reversal
from opi_pos.poi.nexo.run import Job, PowerCut, Run
from opi_pos.poi.nexo.terminal import Terminal
from opi_pos.poi.receipts import receipts_of
from opi_pos.poi.scenario import Choice, Scenario, Verification

_SHOWN: Final = {
    End.DECLINED: "DECLINED",
    End.WRONG_PIN: "DECLINED",
    End.INVALID_CARD: "DECLINED",
    End.UNREACHABLE: "NO CONNECTION",
    End.SIGNATURE_REFUSED: "CANCELLED",
    End.FAILED: "CANCELLED",
}
"""What the receipts say when a card was read and nothing was taken."""


class Twist(msgspec.Struct, frozen=True, kw_only=True):
    """Faults that strike inside the terminal while it carries out one request."""

    power_cut: PowerCut | None = None
    deaf_to_abort: bool = False
    printer_out: bool = False


PLAIN: Final = Twist()

_Planned = tuple[Plan | None, Play, Scenario]


class CardSide:
    """Carries out one service at a time, each in the scenario that `choose` picks."""

    def __init__(
        self, rules: Terminal, books: Books, memory: Memory, choose: Choice, terminal_number: int
    ) -> None:
        self._rules = rules
        self._books = books
        self._memory = memory
        self._choose = choose
        self._terminal_number = terminal_number
        self._transactions = _highest_number(books, memory, str(terminal_number))
        self._run: Run | None = None
        self._why = ""
        self._rebuild_lost_answers()

    def new_transaction(self, now: float) -> TransactionID:
        """The next POITransactionID."""
        return TransactionID(id=self._new_number(), time=texts.stamp(now))

    def _new_number(self) -> str:
        self._transactions += 1
        return f"{self._terminal_number}{self._transactions:04d}"

    # -- begin -------------------------------------------------------------------------------

    def begin(
        self,
        header: Header,
        request: Payment | Reversal | CardAcquisition,
        twist: Twist,
        *,
        now: float,
    ) -> list[Effect]:
        """Begin what the protocol's rules admitted, or refuse it for the money's sake."""
        transaction = self.new_transaction(now)
        planned = self._plan(request, deaf=twist.deaf_to_abort)
        if isinstance(planned, Response):
            return [Reply(to=header, answer=refusal(request, planned, transaction))]
        plan, play, scenario = planned
        job = Job(
            header=header,
            request=request,
            transaction=transaction,
            scenario=scenario,
            plan=plan,
            power_cut=twist.power_cut,
            period=self._books.period,
        )
        self._rules.begin(header)
        self._why = ""
        self._run = Run(job, play, self._rules, self._new_number)
        return self._after(self._run, self._run.start())

    def _plan(
        self, request: Payment | Reversal | CardAcquisition, *, deaf: bool
    ) -> _Planned | Response:
        match request:
            case Payment():
                return self._plan_payment(request, deaf=deaf)
            case Reversal():
                return self._plan_reversal(request)
            case CardAcquisition():
                scenario = self._scenario(None, deaf=deaf)
                return (None, cardholder.read_card(scenario), scenario)

    def _plan_payment(self, request: Payment, *, deaf: bool) -> _Planned | Response:
        plan = plan_payment(request, self._books)
        if isinstance(plan, Response):
            return plan
        if request.card_acquisition and not self._memory.was_read(request.card_acquisition):
            return originals.CARD_NOT_READ
        scenario = self._scenario(plan.amount, deaf=deaf)
        if plan.movement is Movement.COMPLETION:
            return (plan, cardholder.without_card(plan.amount, scenario, scenario.host), scenario)
        if plan.movement is Movement.REFUND and scenario.verification is Verification.PIN:
            scenario = msgspec.structs.replace(scenario, verification=Verification.NONE)
        read = bool(request.card_acquisition)
        return (plan, cardholder.pay(plan.amount, scenario, card_read=read), scenario)

    def _plan_reversal(self, request: Reversal) -> _Planned | Response:
        plan = plan_reversal(request, self._books, self._memory, self._rules.profile)
        if isinstance(plan, Response):
            return plan
        scenario = self._scenario(plan.amount, deaf=True)
        play = cardholder.without_card(plan.amount, scenario, scenario.reversal)
        return (plan, play, scenario)

    def _scenario(self, amount: Amount | None, *, deaf: bool) -> Scenario:
        scenario = self._choose(amount)
        return msgspec.structs.replace(scenario, deaf_to_abort=True) if deaf else scenario

    # -- what happens meanwhile --------------------------------------------------------------

    def stop(self, by: Header, reason: str) -> list[Effect]:
        """The till wishes to stop."""
        run = self._run
        if run is None:
            return []
        self._why = texts.aborted(by, run.job.header.category, reason)
        return self._after(run, run.stop())

    def reset(self, by: Header) -> list[Effect]:
        """A new login ends at once what can still be ended."""
        run = self._run
        if run is None:
            return []
        self._why = texts.aborted(by, run.job.header.category, "new login")
        run.cut_short()
        return self._after(run, [])

    def device_answered(self, device_id: DeviceID, answer: DeviceAnswer | None) -> list[Effect]:
        """The till took a device request, or (None) did not."""
        run = self._run
        return [] if run is None else self._after(run, run.device_answered(device_id, answer))

    def elapsed(self, token: int) -> list[Effect]:
        """A wait is over."""
        run = self._run
        return [] if run is None else self._after(run, run.elapsed(token))

    def lose_power(self) -> list[Effect]:
        """What ran is gone; what it moved stays, with its answer."""
        run, self._run = self._run, None
        return [] if run is None or run.entry is None else [self._rebuild(run.entry)]

    def _after(self, run: Run, effects: list[Effect]) -> list[Effect]:
        if run.verdict is None:
            return effects
        self._run = None
        return [*effects, *self._rules.end(self._answer(run, run.verdict))]

    # -- answers -----------------------------------------------------------------------------

    def _answer(self, run: Run, verdict: Verdict) -> Repeatable:
        job = run.job
        answer: Repeatable
        match job.request:
            case Payment():
                answer = self._payment_answer(run, verdict, job.request)
            case CardAcquisition():
                answer = acquisition_answer(job.request, job.transaction, verdict, job.scenario)
            case Reversal():
                answer = _reversal_answer(run, verdict)
        if verdict.end is End.ABORTED and self._why:
            response = msgspec.structs.replace(answer.response, text=self._why)
            answer = msgspec.structs.replace(answer, response=response)
        return answer

    def _payment_answer(self, run: Run, verdict: Verdict, request: Payment) -> PaymentAnswer:
        job = run.job
        answer = payment_answer(request, job.transaction, verdict, job.scenario, run.entry)
        receipts: tuple[Receipt, ...] = ()
        if run.entry is not None:
            # In full integration the signature was checked before this answer.
            sign = verdict.signature and not self._rules.asks_signature
            slip = slip_of(run.entry, job.scenario, outcome="APPROVED", signature=sign)
            receipts = receipts_of(slip)
        elif verdict.card_read and verdict.end in _SHOWN:
            shown = _SHOWN[verdict.end]
            receipts = declined_receipts(request, job.transaction, job.scenario, shown)
        return msgspec.structs.replace(answer, receipts=receipts)

    # -- after a power cut -------------------------------------------------------------------

    def _rebuild_lost_answers(self) -> None:
        """Movements in the books whose answer was lost with the process."""
        told = {_transaction_of(kept.answer) for kept in self._memory}
        recent = self._books.entries[-self._rules.profile.kept_answers :]
        for entry in recent:
            if not entry.automatic and entry.transaction_id not in told:
                self._memory.keep(self._rebuild(entry).kept)

    def _rebuild(self, entry: Entry) -> Keep:
        original = self._books.find(entry.original)
        undone = self._books.undone(entry.transaction_id, automatic=True) >= entry.amount.minor
        return Keep(kept=recovered(entry, original, undone=undone))


def _reversal_answer(run: Run, verdict: Verdict) -> ReversalAnswer:
    job = run.job
    assert job.plan is not None, "a reversal is planned"
    entry = run.entry
    return ReversalAnswer(
        response=RESPONSES[verdict.end],
        transaction=job.transaction,
        original=transaction_of(job.plan.original),
        amount=entry.amount if entry is not None else None,
        receipts=receipts_of(slip_of(entry, job.scenario, outcome="APPROVED")) if entry else (),
        period=job.period,
    )


def _transaction_of(answer: Repeatable) -> str:
    return answer.transaction.id if answer.transaction is not None else ""


def _highest_number(books: Books, memory: Memory, prefix: str) -> int:
    used = [entry.transaction_id for entry in books.entries]
    used += [_transaction_of(kept.answer) for kept in memory]
    own = [number.removeprefix(prefix) for number in used if number.startswith(prefix)]
    return max((int(number) for number in own if number.isdigit()), default=0)
