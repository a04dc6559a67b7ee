"""One service that the simulated card side carries out: a play, step by step, into effects."""

from __future__ import annotations

import enum
import zlib
from collections.abc import Callable
from typing import assert_never

import msgspec

from opi_pos.model.devices import (
    DeviceAnswer,
    Event,
    EventKind,
    PrintJob,
    Question,
    QuestionKind,
)
from opi_pos.model.ids import DeviceID, Reference
from opi_pos.model.money import Amount
from opi_pos.model.results import TransactionID
from opi_pos.poi.books import Entry, Movement
from opi_pos.poi.cardholder import (
    Authorise,
    CardMoved,
    Charge,
    CheckSignature,
    End,
    Pause,
    Play,
    Reaction,
    Show,
    Step,
    Undo,
    Verdict,
)
from opi_pos.poi.nexo.effects import DeviceBody, Effect, Reboot, Record, Send, Wait
from opi_pos.poi.nexo.machine import fire
from opi_pos.poi.nexo.money import Plan
from opi_pos.poi.nexo.outcomes import slip_of
from opi_pos.poi.nexo.requests import CardAcquisition, Header, Payment, Reversal
from opi_pos.poi.nexo.states import PoiState
from opi_pos.poi.nexo.terminal import Terminal
from opi_pos.poi.playing import Playing
from opi_pos.poi.receipts import merchant_copy
from opi_pos.poi.scenario import Scenario

SIGNATURE_QUESTION = "Signature OK?"


class PowerCut(enum.StrEnum):
    """When a terminal loses its power in mid-payment (a fault)."""

    BEFORE_AUTHORISATION = "before_authorisation"
    AFTER_AUTHORISATION = "after_authorisation"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has to do."""

    header: Header
    request: Payment | Reversal | CardAcquisition
    transaction: TransactionID
    scenario: Scenario
    plan: Plan | None = None
    """None for a card acquisition, which moves nothing."""
    power_cut: PowerCut | None = None
    period: int = 1


class Run(Playing[Step, Effect]):
    """See `Playing`."""

    def __init__(self, job: Job, play: Play, terminal: Terminal, number: Callable[[], str]) -> None:
        super().__init__(play)
        self.job = job
        self.entry: Entry | None = None
        """The movement that this run made, if it stands."""
        self._terminal = terminal
        self._number = number
        self._till_is_deaf = False

    # -- what happened -----------------------------------------------------------------------

    @property
    def stoppable(self) -> bool:
        """Until the host is asked."""
        return self._terminal.stoppable

    def cut_short(self) -> None:
        """End here and now, with nothing more shown. Only while it can be stopped."""
        assert self._terminal.stoppable, "the host was asked: the result wins"
        self._play.close()
        self.verdict = Verdict(end=End.ABORTED, card_read=False)

    def device_answered(self, device_id: DeviceID, answer: DeviceAnswer | None) -> list[Effect]:
        """The till took a request; None: it was not reached, or was silent."""
        if device_id != self._waits_for:
            return []
        self._waits_for = None
        if self._terminal.state is PoiState.WAITING_DEVICE:
            fire(self._terminal, "till_answered")
            confirmed = answer is not None and answer.confirmed is True
            return self._go_on(Reaction.YES if confirmed else Reaction.NO)
        if answer is None:
            self._till_is_deaf = True
        return self._go_on(self._reaction())

    # -- going on ----------------------------------------------------------------------------

    def _carry_out(self, step: Step, effects: list[Effect]) -> bool:
        """One step; True when the play must wait for what comes of it."""
        match step:
            case Show(display):
                return self._ask_till(display, "Display", effects)
            case CardMoved(inserted):
                return self._tell_card(effects, inserted=inserted)
            case Pause(seconds=seconds):
                effects.append(Wait(token=self._token, seconds=seconds))
                return True
            case Authorise():
                self._authorise(effects)
            case Charge():
                self._charge(step, effects)
            case Undo():
                self._undo(effects)
            case CheckSignature():
                return self._check_signature(effects)
            case _:
                assert_never(step)
        return False

    def _ask_till(self, body: DeviceBody, category: str, effects: list[Effect]) -> bool:
        if not self._terminal.full or self._till_is_deaf:
            return False
        deadline_s = self._terminal.profile.device_timeout_s
        effects.append(self._send(body, category, deadline_s, awaited=True))
        return True

    def _send(self, body: DeviceBody, category: str, deadline_s: float, *, awaited: bool) -> Send:
        send = self._terminal.send(
            body, category, self.job.header, awaited=awaited, deadline_s=deadline_s
        )
        if awaited:
            self._waits_for = send.header.device_id
        return send

    def _tell_card(self, effects: list[Effect], *, inserted: bool) -> bool:
        if not self._terminal.profile.card_events:
            return False
        kind = EventKind.CARD_INSERTED if inserted else EventKind.CARD_REMOVED
        name = "CardInserted" if inserted else "CardRemoved"
        return self._ask_till(Event(kind=kind, name=name), "Event", effects)

    # -- money -------------------------------------------------------------------------------

    def _authorise(self, effects: list[Effect]) -> None:
        if self.job.power_cut is PowerCut.BEFORE_AUTHORISATION:
            self._cut_power(effects)
            return
        self._terminal.authorise()

    def _charge(self, step: Charge, effects: list[Effect]) -> None:
        self.entry = self._entry_of(step)
        effects.append(Record(entry=self.entry))
        if self.job.power_cut is PowerCut.AFTER_AUTHORISATION:
            self._cut_power(effects)

    def _cut_power(self, effects: list[Effect]) -> None:
        effects.append(Reboot())
        self._cut = True

    def _entry_of(self, step: Charge) -> Entry:
        job = self.job
        assert job.plan is not None, "only money orders are charged"
        sale = None if isinstance(job.request, CardAcquisition) else job.request.sale
        payment = job.request if isinstance(job.request, Payment) else None
        tip, cashback = (payment.tip, payment.cashback) if payment else (None, None)
        return Entry(
            movement=job.plan.movement,
            amount=step.amount,
            transaction_id=job.transaction.id,
            time=job.transaction.time,
            service_id=job.header.service_id,
            sale_id=job.header.sale_id,
            poi_id=job.header.poi_id,
            reference=Reference(sale.transaction.id if sale else ""),
            sale_time=sale.transaction.time if sale else "",
            approval_code=_approval_code(job.transaction.id),
            original=job.plan.original.transaction_id if job.plan.original else "",
            partial=_without_extras(step) < job.plan.amount.minor,
            tip=step.tip or tip,
            surcharge=step.surcharge,
            cashback=cashback,
            brand=job.plan.original.brand if job.plan.original else job.scenario.card,
            masked_pan=job.plan.original.masked_pan if job.plan.original else "",
            operator=sale.operator if sale else "",
            shift=sale.shift if sale else "",
            totals_group=sale.totals_group if sale else "",
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

    # -- signature ---------------------------------------------------------------------------

    def _check_signature(self, effects: list[Effect]) -> bool:
        """Print the merchant's copy at the till and ask; without such a till it asks nobody."""
        terminal = self._terminal
        if not terminal.asks_signature or self.entry is None:
            return False
        slip = slip_of(self.entry, self.job.scenario, outcome="APPROVED", signature=True)
        job = PrintJob(receipt=merchant_copy(slip), wait=terminal.profile.print_awaited)
        effects.append(self._send(job, "Print", terminal.profile.device_timeout_s, awaited=False))
        timeout_s = terminal.profile.input_timeout_s
        question = Question(
            kind=QuestionKind.CONFIRM,
            lines=(SIGNATURE_QUESTION,),
            signature=True,
            max_s=timeout_s,
        )
        fire(terminal, "ask_till")
        effects.append(self._send(question, "Input", timeout_s, awaited=True))
        return True


def _approval_code(transaction_id: str) -> str:
    """Six digits, the same at every run for the same transaction."""
    return f"{zlib.crc32(transaction_id.encode()) % 10**6:06d}"


def _without_extras(step: Charge) -> int:
    extras: tuple[Amount | None, ...] = (step.tip, step.surcharge)
    return step.amount.minor - sum(extra.minor for extra in extras if extra is not None)
