"""Commands that move money: the card side plays, then the transaction becomes final or is undone.

A transaction is final when what the profile demands was acknowledged (`FinalAfter`); what fails
before is taken back by the terminal itself. A reversal is never taken back: the host has already
done it, and a till that missed it finds it with 06 20 [inferred].
"""

from __future__ import annotations

import enum
import zlib
from dataclasses import dataclass
from typing import Final

import msgspec

from opi_pos.model.money import Amount
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
from opi_pos.poi.scenario import Scenario
from terminal_bridge.simulator.zvt import shown
from terminal_bridge.simulator.zvt.command import Command
from terminal_bridge.simulator.zvt.effects import Keep, Reboot, Record
from terminal_bridge.simulator.zvt.fields import unpack
from terminal_bridge.simulator.zvt.job import PLAIN, Job, PowerCut, Twist, is_accepted
from terminal_bridge.simulator.zvt.message import MENU, PRINT_LINE, Message
from terminal_bridge.simulator.zvt.profile import FinalAfter
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.signature import accepted_in, menu_of
from terminal_bridge.simulator.zvt.slips import papers_of, refused_papers
from terminal_bridge.simulator.zvt.status import CODES, failed_information, status_information
from terminal_bridge.simulator.zvt.steps import Procedure, do, pause, tell
from terminal_bridge.simulator.zvt.store import Dcc, Kind, News, Numbers, Transaction
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.limits import REPEAT_WAIT_S
from terminal_bridge.zvt.tables import errors

_WAIT: Final = 0x849C
_PARTIAL: Final = 0x849D
_DCC_RATE: Final = 1_100_000
_DCC_MARKUP: Final = 350
_SIGNATURE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be moved, and the play of the card side."""

    kind: Kind
    amount: Amount
    scenario: Scenario
    play: Play
    original: Transaction | None = None
    tip: int = 0
    cashback: int = 0
    tippable: bool = False
    approval_code: str = ""
    """Given by telephone; empty: the host makes one."""


class Heard(enum.Enum):
    """What came of 04 0F."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    MISSING = "missing"
    HELD_TOO_LONG = "held_too_long"


class MoneyJob(Job):
    """One order from the first card prompt to its end."""

    def __init__(self, pt: Pt, command: Command, order: Order, twist: Twist = PLAIN) -> None:
        super().__init__(pt, command, twist)
        self.order = order
        self.transaction: Transaction | None = None
        """Set when the host approved."""
        self.numbers = Numbers()
        self._entry: Entry | None = None

    def run(self) -> Procedure[None]:
        """The whole of it."""
        if not (yield from self._printer_is_ready()):
            yield from self.fail(errors.PRINTER_NOT_READY)
            return
        self.numbers = yield from self.new_numbers()
        self.stoppable = True
        verdict = yield from self._play(self.order.play)
        if self.transaction is None or verdict.authorized is None:
            yield from self._come_to_nothing(verdict)
        else:
            yield from self._commit(self.transaction)

    def _printer_is_ready(self) -> Procedure[bool]:
        if self.pt.profile.printer_check and self.till_prints:
            answer = yield from tell(Message(PRINT_LINE, b"\x00"))
            return is_accepted(answer)
        return not (self.terminal_prints and self.pt.profile.own_printer and self._printer_out)

    @property
    def _printer_out(self) -> bool:
        return self.twist.printer_out or not self.pt.printer_ok

    # -- the card side -----------------------------------------------------------------------

    def _play(self, play: Play) -> Procedure[Verdict]:
        reaction: Reaction | None = None
        while True:
            try:
                step = next(play) if reaction is None else play.send(reaction)
            except StopIteration as ended:
                verdict: Verdict = ended.value
                return verdict
            reaction = yield from self._act(step)

    def _act(self, step: Step) -> Procedure[Reaction]:
        match step:
            case Show(display):
                code = shown.status_of(display)
                if code is not None:
                    yield from self._show(code)
            case CardMoved(inserted):
                yield from self._show(shown.PLEASE_WAIT if inserted else shown.REMOVE_CARD)
            case Pause(seconds=seconds):
                yield from pause(seconds)
            case Authorise():
                yield from self._authorise()
            case Charge():
                yield from self._charge(step)
            case Undo():
                yield from self._undo()
            case CheckSignature():
                return (yield from self._check_signature())
        return Reaction.STOP if self.stopped and self.stoppable else Reaction.GO

    def _show(self, code: int) -> Procedure[None]:
        """Shows; a till that is silent stops the payment, as far as it can still be stopped."""
        if not (yield from self.show(code)) and (
            self.unheard or self.pt.profile.stops_on_lost_link
        ):
            self.stopped = True

    def _authorise(self) -> Procedure[None]:
        if self.twist.power_cut is PowerCut.BEFORE_AUTHORISATION:
            yield from do(Reboot())
        if self.order.scenario.dcc:
            yield from self._show(shown.CHOOSE_DCC)
            yield from pause()
        self.stoppable = False

    def _charge(self, step: Charge) -> Procedure[None]:
        order, pt = self.order, self.pt
        extras = sum(part.minor for part in (step.tip, step.surcharge) if part is not None)
        partial = step.amount.minor - extras < order.amount.minor
        self.transaction = self._transaction(step.amount, step.tip, partial=partial)
        original = order.original.id if order.original is not None else ""
        self._entry = pt.entry_of(self.transaction, original=original, partial=partial)
        if order.kind is Kind.REVERSAL:
            yield from do(Record(self._entry))
            yield from self._settle(self.transaction)
        else:
            pending = pt.take(News(pending=self.transaction))
            yield from do(Record(self._entry), Keep(pending))
        if self.twist.power_cut is PowerCut.AFTER_AUTHORISATION:
            yield from do(Reboot())

    def _transaction(self, amount: Amount, tip: Amount | None, *, partial: bool) -> Transaction:
        order, scenario, numbers = self.order, self.order.scenario, self.numbers
        original = order.original
        with_card = order.kind in {Kind.PAYMENT, Kind.REFUND, Kind.RESERVATION}
        signed = scenario.verification.value == "signature" and with_card
        return Transaction(
            kind=order.kind,
            amount=amount,
            trace=numbers.trace,
            receipt=numbers.receipt,
            turnover=numbers.turnover,
            stamp=self.pt.stamp,
            card=scenario.card if original is None else original.card,
            entry=scenario.entry if original is None else original.entry,
            verification=scenario.verification if original is None else original.verification,
            approval_code=order.approval_code or _approval_code(numbers.trace),
            original_trace=original.trace if original is not None else 0,
            original_receipt=original.receipt if original is not None else 0,
            tip=tip.minor if tip is not None else order.tip,
            cashback=0 if partial else order.cashback,
            dcc=_converted(amount, scenario.dcc) if scenario.dcc else None,
            tippable=order.tippable,
            signature=signed,
        )

    def _check_signature(self) -> Procedure[Reaction]:
        """06 D0 to a till that lists it; the others are told by the receipt."""
        if not (self.pt.profile.signature_menu and self.pt.registration.lists(MENU)):
            return Reaction.GO
        charset = self.pt.registration.charset or self.pt.profile.charsets.display
        answer = yield from tell(menu_of(charset, _SIGNATURE_S), _SIGNATURE_S)
        confirmed = is_accepted(answer) and accepted_in(answer)
        if confirmed and self.transaction is not None:
            self.transaction = msgspec.structs.replace(self.transaction, signature=False)
        return Reaction.YES if confirmed else Reaction.NO

    def _undo(self) -> Procedure[None]:
        """The play takes back what it charged."""
        assert self._entry is not None, "a play undoes what it charged"
        yield from self._reverse_entry(self._entry)
        self.transaction = None

    # -- the end -----------------------------------------------------------------------------

    def _come_to_nothing(self, verdict: Verdict) -> Procedure[None]:
        code = CODES[verdict.end]
        if verdict.card_read:
            failed = self._failed(code)
            message = status_information(
                failed, self.pt.profile, tlv=self.tlv, currency=self.names_currency
            )
            yield from tell(message)
            yield from self.print_papers(refused_papers(failed, self.pt.profile))
        yield from self.fail(code)

    def _failed(self, code: int) -> Transaction:
        failed = self._transaction(self.order.amount, None, partial=False)
        return msgspec.structs.replace(
            failed, result=code, approval_code="", signature=False, tippable=False, dcc=None
        )

    def _commit(self, transaction: Transaction) -> Procedure[None]:
        final = self.pt.profile.final_after
        if final is FinalAfter.APPROVAL:
            yield from self._settle(transaction)
        heard = yield from self._inform(transaction)
        if isinstance(heard, int):
            transaction = yield from self._issue_partly(transaction, heard)
        elif heard is not Heard.ACCEPTED and not self._stands(heard):
            yield from self._take_back(transaction, told=heard is Heard.HELD_TOO_LONG)
            return
        if final is FinalAfter.STATUS:
            yield from self._settle(transaction)
        printed = yield from self._print(transaction)
        if final is FinalAfter.PRINTS:
            if not printed and transaction.kind is not Kind.REVERSAL:
                yield from self._take_back(transaction)
                return
            yield from self._settle(transaction)
        yield from self.complete()

    def _stands(self, heard: Heard) -> bool:
        """Whether a missing acknowledgement changes nothing."""
        if self.order.kind is Kind.REVERSAL:
            return True
        return heard is Heard.MISSING and self.pt.profile.final_after is FinalAfter.APPROVAL

    def _print(self, transaction: Transaction) -> Procedure[bool]:
        if transaction.kind is Kind.RESERVATION:
            return True
        papers = papers_of(transaction, self.pt.profile)
        return (yield from self.print_papers(papers))

    def _inform(self, transaction: Transaction) -> Procedure[Heard | int]:
        """04 0F until the till has decided; a number: only that much was issued."""
        message = status_information(
            transaction, self.pt.profile, tlv=self.tlv, currency=self.names_currency
        )
        held = 0
        while True:
            answer = yield from tell(message, self._goods_s)
            if answer is None:
                return Heard.MISSING
            if answer.control != _WAIT:
                return _judge(answer, transaction)
            held += 1
            if self._holds is not None and held > self._holds:
                return Heard.HELD_TOO_LONG
            yield from pause(REPEAT_WAIT_S)

    @property
    def _holds(self) -> int | None:
        fields = self.command.fields
        return fields.byte(0x02) if 0x02 in fields else self.pt.profile.holds

    @property
    def _goods_s(self) -> float | None:
        fields = self.command.fields
        return float(fields.byte(0x01)) if 0x01 in fields else self.pt.profile.goods_s

    def _settle(self, transaction: Transaction) -> Procedure[None]:
        """The transaction is final from here on. Doing it again changes nothing."""
        store = self.pt.store
        if store.last is None or store.last.id != transaction.id:
            yield from do(Keep(self.pt.take(News(transaction=transaction))))

    def _issue_partly(self, transaction: Transaction, minor: int) -> Procedure[Transaction]:
        """84 9D: only this amount is booked, the rest goes back."""
        assert self._entry is not None, "the host approved"
        rest = transaction.amount.minor - minor
        if not rest:
            return transaction
        back = msgspec.structs.replace(self._entry, amount=transaction.amount.with_minor(rest))
        yield from self._reverse_entry(back, drop=False)
        issued = msgspec.structs.replace(transaction, amount=transaction.amount.with_minor(minor))
        self._entry = msgspec.structs.replace(self._entry, amount=issued.amount)
        settled = self.pt.profile.final_after is FinalAfter.APPROVAL
        news = News(transaction=issued) if settled else News(pending=issued)
        yield from do(Keep(self.pt.take(news)))
        return issued

    # -- taking back -------------------------------------------------------------------------

    def _take_back(self, transaction: Transaction, *, told: bool = False) -> Procedure[None]:
        assert self._entry is not None, "the host approved"
        yield from self.show(shown.AUTO_REVERSAL)
        yield from self._reverse_entry(self._entry)
        settled = self.pt.store.last is not None and self.pt.store.last.id == transaction.id
        if settled or self.pt.profile.reversal_recorded:
            yield from self._keep_reversal(transaction)
        yield from pause(self.pt.profile.host_reversal_s)
        if told:
            yield from tell(failed_information(errors.ABORTED, self.pt.profile))
        yield from self.fail(errors.ABORTED)

    def _reverse_entry(self, entry: Entry, *, drop: bool = True) -> Procedure[None]:
        numbers = yield from self.new_numbers()
        undo = msgspec.structs.replace(
            entry,
            movement=Movement.REVERSAL,
            transaction_id=f"{numbers.trace:06d}",
            original=entry.transaction_id,
            automatic=True,
        )
        yield from do(Record(undo))
        if drop:
            yield from do(Keep(self.pt.take(News(dropped=entry.transaction_id))))

    def _keep_reversal(self, transaction: Transaction) -> Procedure[None]:
        """The reversal is a transaction of its own, with BMP 37."""
        numbers = self.pt.store.numbers
        reversal = msgspec.structs.replace(
            transaction,
            kind=Kind.REVERSAL,
            trace=numbers.trace,
            receipt=numbers.receipt,
            turnover=numbers.turnover,
            original_trace=transaction.trace,
            original_receipt=transaction.receipt,
            automatic=True,
            signature=False,
            tippable=False,
        )
        yield from do(Keep(self.pt.take(News(transaction=reversal))))


def _judge(answer: Apdu, transaction: Transaction) -> Heard | int:
    if is_accepted(answer):
        return Heard.ACCEPTED
    if answer.control == _PARTIAL and answer.data[:1] == b"\x04":
        minor = unpack(answer.data[1:7], "04")
        return minor if 0 < minor <= transaction.amount.minor else Heard.REFUSED
    return Heard.REFUSED


def _converted(amount: Amount, currency: str) -> Dcc:
    minor = amount.minor * _DCC_RATE // 10**6
    return Dcc(amount=Amount(minor=minor, currency=currency), rate=_DCC_RATE, markup=_DCC_MARKUP)


def _approval_code(trace: int) -> str:
    """Six digits, the same at every run for the same transaction."""
    return f"{zlib.crc32(str(trace).encode()) % 10**6:06d}"
