"""Commands that move money, from the first card prompt to a transaction that is final or undone.

A transaction is final when what the profile demands was acknowledged (`FinalAfter`); what fails
before is taken back by the terminal itself.
"""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from opi_pos.poi.cardholder import End, Verdict
from terminal_bridge.simulator.zvt import shown
from terminal_bridge.simulator.zvt.cardside import NEVER_TAKEN_BACK, CardSide
from terminal_bridge.simulator.zvt.effects import Keep
from terminal_bridge.simulator.zvt.fields import number_in
from terminal_bridge.simulator.zvt.job import is_accepted, is_unknown
from terminal_bridge.simulator.zvt.message import PRINT_LINE, Message
from terminal_bridge.simulator.zvt.profile import FinalAfter
from terminal_bridge.simulator.zvt.slips import papers_of, refused_papers
from terminal_bridge.simulator.zvt.status import CODES, failed_information, status_information
from terminal_bridge.simulator.zvt.steps import Procedure, do, pause, tell
from terminal_bridge.simulator.zvt.store import LAST_RECEIPT, Kind, News, Transaction
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.limits import REPEAT_WAIT_S
from terminal_bridge.zvt.tables import errors
from terminal_bridge.zvt.tlv import Tlv

_WAIT: Final = 0x849C
_PARTIAL: Final = 0x849D
_SYNC: Final = 0x1F1F


class Heard(enum.Enum):
    """What came of 04 0F."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    MISSING = "missing"
    HELD_TOO_LONG = "held_too_long"


class MoneyJob(CardSide):
    """One order from the first card prompt to its end."""

    def run(self) -> Procedure[None]:
        """The whole of it."""
        if not (yield from self._printer_is_ready()):
            yield from self.fail(errors.PRINTER_NOT_READY)
            return
        yield from self._obey_sync_tag()
        self.numbers = yield from self.new_numbers()
        self.stoppable = True
        verdict = yield from self.play(self.order.play)
        if self.transaction is None or verdict.authorized is None:
            yield from self._come_to_nothing(verdict)
        else:
            yield from self._commit(self.transaction)

    def _obey_sync_tag(self) -> Procedure[None]:
        """1F1F one behind our last transaction: the till never saw that one, so it goes back."""
        value, last = self.command.fields.tag(_SYNC), self.pt.store.last
        if not (self.pt.profile.sync_tag and value and last is not None):
            return
        known = number_in(value)
        behind = known is not None and known % LAST_RECEIPT + 1 == last.receipt
        entry = self.pt.books.find(last.id)
        if not behind or entry is None or last.kind in NEVER_TAKEN_BACK:
            return
        if self.pt.books.undone(last.id) < entry.amount.minor:
            yield from self.reverse_entry(entry)
            yield from self._keep_reversal(last)

    def _printer_is_ready(self) -> Procedure[bool]:
        if self.pt.profile.printer_check and self.till_prints:
            answer = yield from tell(Message(PRINT_LINE, b"\x00"))
            return is_accepted(answer) or is_unknown(answer)
        return not (self.terminal_prints and self.pt.profile.own_printer and self._printer_out)

    @property
    def _printer_out(self) -> bool:
        return self.twist.printer_out or not self.pt.printer_ok

    # -- the end -----------------------------------------------------------------------------

    def _come_to_nothing(self, verdict: Verdict) -> Procedure[None]:
        code = self.refusal or CODES[verdict.end]
        if verdict.card_read and not self.refusal:
            failed = self._failed(code)
            message = status_information(
                failed, self.pt.profile, tags=self.tags, currency=self.names_currency
            )
            yield from tell(message)
            yield from self.print_papers(refused_papers(failed, self.pt.profile))
        elif self.pt.profile.tells_aborts:
            yield from tell(failed_information(code, self.pt.profile))
        yield from self.fail(code, tlv=_details(verdict) if self.tlv and not self.simply else None)

    def _failed(self, code: int) -> Transaction:
        failed = self._transaction(self.order.amount, None, partial=False)
        return msgspec.structs.replace(
            failed, result=code, approval_code="", signature=False, tippable=False, dcc=None
        )

    def _commit(self, transaction: Transaction) -> Procedure[None]:
        final = self.pt.profile.final_after
        if final is FinalAfter.APPROVAL:
            yield from self.settle(transaction)
        heard = yield from self._inform(transaction)
        if isinstance(heard, int):
            transaction = yield from self._issue_partly(transaction, heard)
        elif heard is Heard.MISSING and self._stands:
            return
        elif heard is not Heard.ACCEPTED and transaction.kind not in NEVER_TAKEN_BACK:
            yield from self._take_back(transaction, told=heard is Heard.HELD_TOO_LONG)
            return
        if final is FinalAfter.STATUS:
            yield from self.settle(transaction)
        if self.pt.profile.late_receipts:
            yield from self.complete()
        printed = yield from self._print(transaction)
        if final is FinalAfter.PRINTS:
            if not printed and transaction.kind not in NEVER_TAKEN_BACK:
                yield from self._take_back(transaction)
                return
            yield from self.settle(transaction)
        if not self.pt.profile.late_receipts:
            yield from self.complete()

    @property
    def _stands(self) -> bool:
        """Whether it does without any acknowledgement."""
        approval = self.pt.profile.final_after is FinalAfter.APPROVAL
        return approval or self.order.kind in NEVER_TAKEN_BACK

    def _print(self, transaction: Transaction) -> Procedure[bool]:
        if transaction.kind is Kind.RESERVATION:
            return True
        papers = papers_of(transaction, self.pt.profile)
        return (yield from self.print_papers(papers))

    def _inform(self, transaction: Transaction) -> Procedure[Heard | int]:
        """04 0F until the till has decided; a number: only that much was issued."""
        message = status_information(
            transaction, self.pt.profile, tags=self.tags, currency=self.names_currency
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

    def _issue_partly(self, transaction: Transaction, minor: int) -> Procedure[Transaction]:
        """84 9D: only this amount is booked, the rest goes back."""
        assert self.entry is not None, "the host approved"
        rest = transaction.amount.minor - minor
        if not rest:
            return transaction
        back = msgspec.structs.replace(self.entry, amount=transaction.amount.with_minor(rest))
        yield from self.reverse_entry(back, drop=False)
        issued = msgspec.structs.replace(transaction, amount=transaction.amount.with_minor(minor))
        self.entry = msgspec.structs.replace(self.entry, amount=issued.amount)
        settled = self.pt.profile.final_after is FinalAfter.APPROVAL
        news = News(transaction=issued) if settled else News(pending=issued)
        yield from do(Keep(self.pt.take(news)))
        return issued

    # -- taking back -------------------------------------------------------------------------

    def _take_back(self, transaction: Transaction, *, told: bool = False) -> Procedure[None]:
        assert self.entry is not None, "the host approved"
        yield from self.show(shown.AUTO_REVERSAL)
        yield from self.reverse_entry(self.entry)
        settled = self.pt.store.last is not None and self.pt.store.last.id == transaction.id
        if settled or self.pt.profile.reversal_recorded:
            yield from self._keep_reversal(transaction)
        yield from pause(self.pt.profile.host_reversal_s)
        if told:
            yield from tell(failed_information(errors.ABORTED, self.pt.profile))
        yield from self.fail(errors.ABORTED)

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
    if transaction.kind is Kind.PAYMENT and _names_amount(answer):
        minor = number_in(answer.data[1:7]) or 0
        return minor if 0 < minor <= transaction.amount.minor else Heard.REFUSED
    return Heard.REFUSED


def _names_amount(answer: Apdu) -> bool:
    return answer.control == _PARTIAL and answer.data[:1] == b"\x04"


def _details(verdict: Verdict) -> tuple[Tlv, ...] | None:
    """1F16 and 1F17: the maker's own code and text of what failed inside or at the host."""
    text = {End.FAILED: "INTERNER FEHLER", End.UNREACHABLE: "KEINE VERBINDUNG"}.get(verdict.end)
    if text is None:
        return None
    return (Tlv(0x1F16, bytes.fromhex("FF00001441")), Tlv(0x1F17, text.encode("cp437")))
