"""One request that the simulated card side carries out: a play, step by step, into effects."""

from __future__ import annotations

import enum
import zlib
from collections.abc import Callable, Generator
from typing import Final, assert_never

import msgspec

from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, PrintJob, Question, QuestionKind
from opi_pos.model.ids import POIID, DeviceID, Reference
from opi_pos.model.receipts import Receipt
from opi_pos.poi.books import Entry, Movement
from opi_pos.poi.cardholder import (
    Authorise,
    CardMoved,
    Charge,
    CheckSignature,
    Pause,
    Play,
    Reaction,
    Show,
    Step,
    Undo,
    Verdict,
)
from opi_pos.poi.opi.answers import MoneyAnswer, Result
from opi_pos.poi.opi.effects import DeviceBody, Effect, Keep, Reboot, Record, Wait
from opi_pos.poi.opi.kept import Kept
from opi_pos.poi.opi.machine import PoiState, fire
from opi_pos.poi.opi.money import Plan
from opi_pos.poi.opi.requests import Header, Slips
from opi_pos.poi.opi.slips import slip_of
from opi_pos.poi.opi.terminal import Terminal
from opi_pos.poi.playing import Playing
from opi_pos.poi.receipts import cardholder_copy, merchant_copy
from opi_pos.poi.scenario import Scenario

SIGNATURE_QUESTION: Final = "Signature ok?"


class PowerCut(enum.StrEnum):
    """When a terminal loses its power in mid-payment (a fault)."""

    BEFORE_AUTHORISATION = "before_authorisation"
    AFTER_AUTHORISATION = "after_authorisation"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has to do."""

    header: Header
    stan: str
    time: str
    terminal_id: str
    scenario: Scenario
    slips: Slips
    plan: Plan | None = None
    """None where a card is only read."""
    power_cut: PowerCut | None = None
    period: int = 1


class PrintForCustomer(msgspec.Struct, frozen=True):
    """The last step of what was approved: the customer's slip, at the till."""


Talk = Generator[Step | PrintForCustomer, Reaction, Verdict]


class Run(Playing[Step | PrintForCustomer, Effect]):
    """See `Playing`."""

    def __init__(
        self,
        job: Job,
        play: Play,
        terminal: Terminal,
        number: Callable[[], str],
        answer_of: Callable[[Entry], MoneyAnswer],
    ) -> None:
        """`answer_of` is what will be told of a movement: it is kept with it, since the till may
        ask for it after a power cut.
        """
        super().__init__(self._with_slip(play))
        self.job = job
        self.entry: Entry | None = None
        """The movement that this run made, if it stands."""
        self.unprinted = False
        """Whether the customer's slip did not come out at the till."""
        self._terminal = terminal
        self._number = number
        self._answer_of = answer_of
        self._printing: Receipt | None = None
        self._till_is_deaf = False

    def _with_slip(self, play: Play) -> Talk:
        verdict = yield from play
        if self.entry is not None:
            yield PrintForCustomer()
        return verdict

    # -- what happened -----------------------------------------------------------------------

    @property
    def stoppable(self) -> bool:
        """Until the host is asked."""
        return self._terminal.stoppable

    def device_answered(self, device_id: DeviceID, answer: DeviceAnswer | None) -> list[Effect]:
        """The till took a request; None: it was not reached, or was silent."""
        if device_id != self._waits_for:
            return []
        self._waits_for = None
        printed, self._printing = self._printing, None
        if printed is not None:
            return self._after_print(printed, answer)
        if self._terminal.state is PoiState.WAITING_TILL:
            fire(self._terminal, "till_answered")
            confirmed = answer is not None and answer.confirmed is True
            return self._go_on(Reaction.YES if confirmed else Reaction.NO)
        if answer is None:
            self._till_is_deaf = True
        return self._go_on(self._reaction())

    def _after_print(self, printed: Receipt, answer: DeviceAnswer | None) -> list[Effect]:
        done = answer is not None and answer.outcome is DeviceOutcome.DONE
        if not printed.signature_required:
            self.unprinted = not done
            return self._go_on(self._reaction())
        if not done:  # nobody can sign what is not on paper: the payment is taken back
            return self._go_on(Reaction.NO)
        question = Question(
            kind=QuestionKind.CONFIRM,
            lines=(SIGNATURE_QUESTION,),
            signature=True,
            max_s=self._terminal.profile.question_timeout_s,
        )
        fire(self._terminal, "ask_till")
        effects: list[Effect] = []
        self._ask(question, effects)
        return effects

    # -- going on ----------------------------------------------------------------------------

    def _carry_out(self, step: Step | PrintForCustomer, effects: list[Effect]) -> bool:
        """One step; True when the play must wait for what comes of it."""
        match step:
            case Show(display):
                return not self._till_is_deaf and self._ask(display, effects)
            case Pause(seconds=seconds):
                effects.append(Wait(token=self._token, seconds=seconds))
                return True
            case Charge():
                self._charge(step, effects)
            case Authorise():
                self._authorise(effects)
            case Undo():
                self._undo(effects)
            case CheckSignature():
                return self._print(effects, signature=True)
            case PrintForCustomer():
                return self._print(effects, signature=False)
            case CardMoved():
                pass  # these terminals tell nobody
            case _:
                assert_never(step)
        return False

    def _ask(self, body: DeviceBody, effects: list[Effect]) -> bool:
        send = self._terminal.send(body, self.job.header)
        self._waits_for = send.device_id
        effects.append(send)
        return True

    # -- money -------------------------------------------------------------------------------

    def _authorise(self, effects: list[Effect]) -> None:
        if self.job.power_cut is PowerCut.BEFORE_AUTHORISATION:
            self._cut_power(effects)
            return
        self._terminal.authorise()

    def _charge(self, step: Charge, effects: list[Effect]) -> None:
        self.entry = self._entry_of(step)
        effects.append(Record(entry=self.entry))
        kept = Kept(header=self.job.header, answer=self._answer_of(self.entry))
        effects.append(Keep(kept=kept))
        if self.job.power_cut is PowerCut.AFTER_AUTHORISATION:
            self._cut_power(effects)

    def _cut_power(self, effects: list[Effect]) -> None:
        effects.append(Reboot())
        self._cut = True

    def _entry_of(self, step: Charge) -> Entry:
        job = self.job
        assert job.plan is not None, "only money orders are charged"
        original = job.plan.original
        extras = sum(part.minor for part in (step.tip, step.surcharge) if part is not None)
        return Entry(
            movement=job.plan.movement,
            amount=step.amount,
            transaction_id=job.stan,
            time=job.time,
            service_id=job.header.request_id,
            sale_id=job.header.workstation_id,
            poi_id=POIID(job.terminal_id),
            reference=Reference(job.header.reference),
            approval_code=f"{zlib.crc32(job.stan.encode()) % 10**6:06d}",
            original=original.transaction_id if original else "",
            partial=step.amount.minor - extras < job.plan.amount.minor,
            tip=step.tip,
            surcharge=step.surcharge,
            brand=original.brand if original else job.scenario.card,
            masked_pan=original.masked_pan if original else "",
            period=job.period,
        )

    def _undo(self, effects: list[Effect]) -> None:
        entry = self.entry
        assert entry is not None, "a play undoes what it charged"
        undo = msgspec.structs.replace(
            entry,
            movement=Movement.REVERSAL,
            transaction_id=self._number(),
            original=entry.transaction_id,
            automatic=True,
        )
        self.entry = None
        effects.append(Record(entry=undo))
        told = msgspec.structs.replace(self._answer_of(entry), result=Result.FAILURE, amount=None)
        effects.append(Keep(kept=Kept(header=self.job.header, answer=told)))

    # -- paper -------------------------------------------------------------------------------

    def _print(self, effects: list[Effect], *, signature: bool) -> bool:
        """At the till's printer; a slip that the terminal prints by itself comes out."""
        entry, slips = self.entry, self.job.slips
        assert entry is not None, "only what was approved is printed"
        if not (slips.signature and slips.merchant if signature else slips.customer):
            return False
        slip = slip_of(entry, self.job.scenario, signature=signature)
        self._printing = merchant_copy(slip) if signature else cardholder_copy(slip)
        return self._ask(PrintJob(receipt=self._printing, wait=True), effects)
