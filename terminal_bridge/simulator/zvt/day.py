"""Commands about the turnover: end of day, totals, and receipts once more."""

from __future__ import annotations

from typing import Final

from terminal_bridge.simulator.zvt import shown
from terminal_bridge.simulator.zvt.command import Command
from terminal_bridge.simulator.zvt.effects import ClosePeriod, Keep, Reboot
from terminal_bridge.simulator.zvt.fields import bmp, pack, unpack
from terminal_bridge.simulator.zvt.job import Job, byte_field, is_accepted
from terminal_bridge.simulator.zvt.message import STATUS_INFORMATION, Message
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.registration import ADMIN_LOCKED, AMOUNT_LOCKED
from terminal_bridge.simulator.zvt.slips import ADMIN, Paper, papers_of
from terminal_bridge.simulator.zvt.status import status_information
from terminal_bridge.simulator.zvt.steps import Procedure, do, pause, tell
from terminal_bridge.simulator.zvt.store import News, Transaction
from terminal_bridge.simulator.zvt.totals import Totals, add_up, lines_of, totals_field
from terminal_bridge.zvt.currencies import code_of
from terminal_bridge.zvt.tables import errors, terminal_status

_SEND_STATUS: Final = 0x01
_NO_PRINT: Final = 0x02
_DAY: Final = 4
"""Tag 1F01: the receipt of the last end of day."""


def _information(job: Job, totals: Totals, trace: int) -> Message:
    stamp = job.pt.stamp
    head = byte_field(0x27, errors.OK) + bmp(0x04, pack(abs(totals.total), 6))
    head += bmp(0x0B, pack(trace, 3)) + bmp(0x0C, pack(stamp[8:], 3))
    head += bmp(0x0D, pack(stamp[4:8], 2)) + totals_field(totals)
    return Message(STATUS_INFORMATION, head)


class EndOfDay(Job):
    """06 50: submit the turnover and empty it. Nothing is emptied before the till knows the sum."""

    payment_receipt = False

    def run(self) -> Procedure[None]:
        """Submit, tell, print, complete."""
        pt = self.pt
        yield from self.show(shown.PLEASE_WAIT)
        yield from pause()
        totals = add_up(pt.store)
        numbers = yield from self.new_numbers()
        lines = lines_of(
            totals, code_of(pt.profile.currencies[0]), pt.stamp, pt.profile.terminal_id
        )
        answer = yield from tell(_information(self, totals, numbers.trace))
        if not is_accepted(answer):
            yield from self.fail(errors.END_OF_DAY_IMPOSSIBLE)
            return
        yield from do(Keep(pt.take(News(closed=lines))), ClosePeriod())
        printed = yield from self.print_papers((Paper(ADMIN, lines),))
        yield from self._lock(terminal_status.READY if self._suffices(printed) else _PENDING)
        ends_with = pt.profile.day_ends_with
        yield from self.complete(byte_field(0x27, ends_with) if ends_with else b"")
        if ends_with in _GOES_DOWN:
            yield from do(Reboot())

    def _suffices(self, printed: bool) -> bool:
        return printed or not self.pt.profile.day_prints_needed

    def _lock(self, status: int) -> Procedure[None]:
        if self.pt.store.lock in {status, *_OTHER_LOCKS}:
            return
        yield from do(Keep(self.pt.take(News(lock=status))))


_GOES_DOWN: Final = frozenset({0xE0, 0xFC})
"""A software update or a reboot follows: nobody is answered for a while."""
_PENDING: Final = terminal_status.END_OF_DAY_REQUIRED
_OTHER_LOCKS: Final = frozenset(
    {terminal_status.INITIALISATION_REQUIRED, terminal_status.DIAGNOSIS_REQUIRED}
)
"""What an end of day does not open."""


class SendTotals(Job):
    """06 10: the sums, without emptying anything."""

    payment_receipt = False

    def run(self) -> Procedure[None]:
        """Tell and complete."""
        yield from tell(_information(self, add_up(self.pt.store), self.pt.store.numbers.trace))
        yield from self.complete()


class RepeatReceipt(Job):
    """06 20: the last transaction once more, told, printed, or both."""

    def run(self) -> Procedure[None]:
        """Tell and print what is there; some terminals have nothing to give."""
        wanted = self.command.fields.byte(0x03)
        if self.command.fields.tag(0x1F01) == bytes((_DAY,)):
            yield from self._print_day(wanted)
        elif (last := self._last()) is not None:
            yield from self._repeat(last, wanted)
        yield from self.complete()

    def _last(self) -> Transaction | None:
        config = self.pt.registration.config
        locked = config & AMOUNT_LOCKED and config & ADMIN_LOCKED
        if self.pt.profile.repeats_when_locked_only and not locked:
            return None
        return self.pt.store.last

    def _repeat(self, last: Transaction, wanted: int) -> Procedure[None]:
        if wanted & _SEND_STATUS:
            message = status_information(
                last, self.pt.profile, tags=self.tags, currency=self.names_currency
            )
            yield from tell(message)
        if not wanted & _NO_PRINT:
            yield from self.print_papers(papers_of(last, self.pt.profile))

    def _print_day(self, wanted: int) -> Procedure[None]:
        if self.pt.store.day_receipt and not wanted & _NO_PRINT:
            yield from self.print_papers((Paper(ADMIN, self.pt.store.day_receipt),))


class ReprintReceipts(Job):
    """06 12: receipts by number, from one to another."""

    def __init__(self, pt: Pt, command: Command) -> None:
        """Raises `ProtocolError` when the numbers are none."""
        super().__init__(pt, command)
        data = command.data
        self._first = unpack(data[3:5])
        self._last = unpack(data[5:7]) if len(data) > 5 else self._first

    def run(self) -> Procedure[None]:
        """Print each that is still in the turnover."""
        for transaction in list(self.pt.store.turnover):
            if self._first <= transaction.receipt <= self._last:
                yield from self.print_papers(papers_of(transaction, self.pt.profile))
        yield from self.complete()
