"""Commands about prepaid cards: what is on one (06 03), and topping one up (06 09).

PA00P015 13.08 leaves the prepaid host to the network operator: amounts, limits and texts here are
the simulator's own.
"""

from __future__ import annotations

from typing import Final

from opi_pos.model.money import Amount
from opi_pos.poi.cardholder import End
from terminal_bridge.simulator.zvt import orders
from terminal_bridge.simulator.zvt.command import Command
from terminal_bridge.simulator.zvt.customer_jobs import ReadCard
from terminal_bridge.simulator.zvt.fields import bmp, pack
from terminal_bridge.simulator.zvt.job import Failing, Job, Twist, byte_field
from terminal_bridge.simulator.zvt.message import ABORT, STATUS_INFORMATION, Message
from terminal_bridge.simulator.zvt.money import MoneyJob
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.slips import CUSTOMER, Paper
from terminal_bridge.simulator.zvt.status import CODES, card_fields
from terminal_bridge.simulator.zvt.steps import Procedure, pause, tell
from terminal_bridge.simulator.zvt.store import Numbers, Transaction
from terminal_bridge.zvt.currencies import code_of, number_of
from terminal_bridge.zvt.tables import errors
from terminal_bridge.zvt.tlv import Tlv

BY_CARD: Final = 0x01
CASH: Final = 0x02
BY_CARD_BEFORE: Final = 0x03

_BALANCE: Final = 2500
_SMALLEST: Final = 500
_LARGEST: Final = 20000
_REMAINING: Final = 0x1F3F
_PREPAID: Final = 0x63
_TEXT: Final = 0x82
_KIND: Final = 0x83
_LOADED: Final = b"E"


class Balance(ReadCard):
    """06 03: read the card and tell what is on it. No money moves."""

    def run(self) -> Procedure[None]:
        """Tell, print, complete."""
        self.stoppable = True
        verdict = yield from self._read()
        if verdict.end is not End.APPROVED:
            yield from self.fail(CODES[verdict.end])
            return
        self.stoppable = False
        numbers = yield from self.new_numbers()
        amount = Amount(minor=_BALANCE, currency=code_of(self.pt.profile.currencies[0]))
        head = _head(self, amount, numbers) + b"".join(card_fields(self._scenario.card))
        objects = (Tlv(_REMAINING, pack(_BALANCE, 6)),) if self.tlv and not self.simply else None
        yield from tell(Message(STATUS_INFORMATION, head, objects))
        lines = (f"Terminal-ID: {self.pt.profile.terminal_id}", f"Guthaben {amount}", "Kundenbeleg")
        yield from self.print_papers((Paper(CUSTOMER, lines),))
        yield from self.complete()


class TopUp(MoneyJob):
    """06 09 by card: the payment, with a status information of its own, then the top-up.

    06 0F says that the payment worked; what came of the top-up stands in the second 04 0F.
    """

    def _print(self, transaction: Transaction) -> Procedure[bool]:
        yield from tell(_topped_up(self, transaction.amount, self.numbers))
        return (yield from super()._print(transaction))


class CashTopUp(Job):
    """06 09 for cash, or for what a card has paid before: only the top-up."""

    def __init__(self, pt: Pt, command: Command, amount: Amount) -> None:
        super().__init__(pt, command)
        self._amount = amount

    def run(self) -> Procedure[None]:
        """Ask the host, tell, print, complete."""
        yield from pause()
        numbers = yield from self.new_numbers()
        yield from tell(_topped_up(self, self._amount, numbers))
        lines = (f"Terminal-ID: {self.pt.profile.terminal_id}", f"Aufladung {self._amount}")
        yield from self.print_papers((Paper(CUSTOMER, lines),))
        yield from self.complete()


def balance(pt: Pt, command: Command, _twist: Twist) -> Job:
    """06 03."""
    return Balance(pt, command, pt.choose(None))


def top_up(pt: Pt, command: Command, twist: Twist) -> Job:
    """06 09. Raises `ProtocolError` when the amount is none."""
    try:
        order = orders.payment(pt, command, deaf=twist.deaf_to_abort)
    except orders.RefusedError as refusal:
        return Failing(pt, command, refusal.code)
    if not _SMALLEST <= order.amount.minor <= _LARGEST:
        return _WrongAmount(pt, command)
    mode = command.head[2]
    if mode == BY_CARD:
        return TopUp(pt, command, order, twist)
    if mode in {CASH, BY_CARD_BEFORE}:
        return CashTopUp(pt, command, order.amount)
    return Failing(pt, command, errors.PROTOCOL_ERROR)


class _WrongAmount(Job):
    """06 1E with the amounts that are allowed."""

    def run(self) -> Procedure[None]:
        """Fail."""
        currency = self.command.fields.digits(0x49)
        head = bytes((errors.WRONG_CURRENCY,))
        head += bmp(0x49, bytes.fromhex(currency)) if currency else b""
        head += bmp(0x04, pack(_SMALLEST, 6)) + bmp(0x04, pack(_LARGEST, 6))
        self.over = True
        yield from tell(Message(ABORT, head))


def _topped_up(job: Job, amount: Amount, numbers: Numbers) -> Message:
    text = f"Aufladung {amount}".encode("ascii")
    prepaid = Tlv.of(_PREPAID, [Tlv(_TEXT, text), Tlv(_KIND, _LOADED)])
    objects = (prepaid,) if job.tlv and not job.simply else None
    return Message(STATUS_INFORMATION, _head(job, amount, numbers), objects)


def _head(job: Job, amount: Amount, numbers: Numbers) -> bytes:
    stamp = job.pt.stamp
    head = byte_field(0x27, errors.OK) + bmp(0x04, pack(amount.minor, 6))
    head += bmp(0x0B, pack(numbers.trace, 3)) + bmp(0x0C, pack(stamp[8:], 3))
    head += bmp(0x0D, pack(stamp[4:8], 2)) + bmp(0x29, pack(job.pt.profile.terminal_id, 4))
    if job.names_currency:
        head += bmp(0x49, pack(number_of(amount.currency), 2))
    return head + bmp(0x87, pack(numbers.receipt, 2)) + bmp(0x88, pack(numbers.turnover, 3))
