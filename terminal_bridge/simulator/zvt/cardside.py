"""The card side of a command that moves money: the play of card and host, step by step.

What the host approved is in the books at once and pending in the store; `money` makes it final.
"""

from __future__ import annotations

import zlib
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
from opi_pos.poi.scenario import Verification
from terminal_bridge.simulator.zvt import shown
from terminal_bridge.simulator.zvt.command import Command
from terminal_bridge.simulator.zvt.effects import Keep, Reboot, Record
from terminal_bridge.simulator.zvt.job import PLAIN, Job, PowerCut, Twist, is_accepted
from terminal_bridge.simulator.zvt.message import MENU
from terminal_bridge.simulator.zvt.order import Order
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.questions import (
    BLOCK_LIST,
    QUESTION_S,
    accepted_in,
    given,
    questions,
    signature_menu,
)
from terminal_bridge.simulator.zvt.steps import Procedure, do, pause, tell
from terminal_bridge.simulator.zvt.store import Dcc, Kind, News, Numbers, Transaction
from terminal_bridge.zvt.tables import errors

NEVER_TAKEN_BACK: Final = frozenset({Kind.REVERSAL, Kind.RELEASE})
"""The host has done these; a till that missed one finds it with 06 20 [inferred]."""
_WITH_CARD: Final = frozenset({Kind.PAYMENT, Kind.REFUND, Kind.RESERVATION})
_ON_BLOCK_LIST: Final = 0x8400 | errors.BLOCKED
_DCC_RATE: Final = 1_100_000
_DCC_MARKUP: Final = 350


class CardSide(Job):
    """A job that plays an order."""

    def __init__(self, pt: Pt, command: Command, order: Order, twist: Twist = PLAIN) -> None:
        super().__init__(pt, command, twist)
        self.order = order
        self.transaction: Transaction | None = None
        """Set when the host approved."""
        self.refusal = 0
        """Why the till itself stopped it: the card is on its block list."""
        self.numbers = Numbers()
        self.entry: Entry | None = None
        """The movement in the books."""

    def play(self, play: Play) -> Procedure[Verdict]:
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
                code = shown.status_of(display, pin_digits=self.pt.profile.pin_digits)
                if code is not None:
                    yield from self._show(code)
            case CardMoved(inserted):
                yield from self._show(shown.PLEASE_WAIT if inserted else shown.REMOVE_CARD)
                if inserted:
                    yield from self._ask_till()
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
        self.entry = pt.entry_of(self.transaction, original=original, partial=partial)
        if order.kind in NEVER_TAKEN_BACK:
            yield from do(Record(self.entry))
            yield from self.settle(self.transaction)
        else:
            pending = pt.take(News(pending=self.transaction))
            yield from do(Record(self.entry), Keep(pending))
        if self.twist.power_cut is PowerCut.AFTER_AUTHORISATION:
            yield from do(Reboot())

    def _transaction(self, amount: Amount, tip: Amount | None, *, partial: bool) -> Transaction:
        order, scenario, numbers = self.order, self.order.scenario, self.numbers
        original = order.original
        signed = scenario.verification is Verification.SIGNATURE and order.kind in _WITH_CARD
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
        if not self.asks(MENU):
            return Reaction.GO
        charset = self.pt.registration.charset or self.pt.profile.charsets.display
        answer = yield from tell(signature_menu(charset), QUESTION_S)
        confirmed = is_accepted(answer) and accepted_in(answer)
        if confirmed and self.transaction is not None:
            self.transaction = msgspec.structs.replace(self.transaction, signature=False)
        return Reaction.YES if confirmed else Reaction.NO

    def _undo(self) -> Procedure[None]:
        """The play takes back what it charged."""
        assert self.entry is not None, "a play undoes what it charged"
        yield from self.reverse_entry(self.entry)
        self.transaction = None

    # -- questions ---------------------------------------------------------------------------

    def asks(self, control: int) -> bool:
        """Whether the terminal asks this, and the till can answer it."""
        return control in self.pt.profile.asks and self.pt.registration.lists(control)

    def _ask_till(self) -> Procedure[None]:
        """What the terminal wants to know of the till before it asks the host."""
        charset = self.pt.registration.charset or self.pt.profile.charsets.display
        for control, message in questions(self.order.scenario, charset):
            if not self.asks(control):
                continue
            answer = yield from tell(message, QUESTION_S)
            if control != BLOCK_LIST:
                self.pt.answers[control] = b"" if answer is None else given(answer)
            elif answer is not None and answer.control == _ON_BLOCK_LIST:
                self.refusal = errors.BLOCKED
                self.stopped = True

    # -- books and store ---------------------------------------------------------------------

    def settle(self, transaction: Transaction) -> Procedure[None]:
        """The transaction is final from here on. Doing it again changes nothing."""
        store = self.pt.store
        if store.last is None or store.last.id != transaction.id:
            yield from do(Keep(self.pt.take(News(transaction=transaction))))

    def reverse_entry(self, entry: Entry, *, drop: bool = True) -> Procedure[None]:
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


def _converted(amount: Amount, currency: str) -> Dcc:
    minor = amount.minor * _DCC_RATE // 10**6
    return Dcc(amount=Amount(minor=minor, currency=currency), rate=_DCC_RATE, markup=_DCC_MARKUP)


def _approval_code(trace: int) -> str:
    """Six digits, the same at every run for the same transaction."""
    return f"{zlib.crc32(str(trace).encode()) % 10**6:06d}"
