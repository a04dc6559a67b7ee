"""One command that the terminal carries out as master, and what all such have in common."""

from __future__ import annotations

import enum
from typing import Final

import msgspec

from terminal_bridge.simulator.zvt.command import Command
from terminal_bridge.simulator.zvt.effects import Keep
from terminal_bridge.simulator.zvt.fields import bmp, pack
from terminal_bridge.simulator.zvt.message import (
    ABORT,
    COMPLETION,
    INTERMEDIATE_STATUS,
    PRINT_BLOCK,
    PRINT_LINE,
    Message,
)
from terminal_bridge.simulator.zvt.printing import blocks_of, lines_of
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.registration import (
    ADMIN_RECEIPTS,
    PAYMENT_RECEIPTS,
    PRINT_COMMANDS,
)
from terminal_bridge.simulator.zvt.slips import Paper
from terminal_bridge.simulator.zvt.status import Tags
from terminal_bridge.simulator.zvt.steps import Procedure, do, tell
from terminal_bridge.simulator.zvt.store import News, Numbers
from terminal_bridge.zvt.apdu import POSITIVE, Apdu
from terminal_bridge.zvt.tables import errors
from terminal_bridge.zvt.tables.intermediate_status import status_text
from terminal_bridge.zvt.tlv import Tlv

_ACCEPTED: Final = frozenset({POSITIVE, 0x8400})
_UNKNOWN_TO_TILL: Final = 0x8400 | errors.FUNCTION_NOT_POSSIBLE


class PowerCut(enum.StrEnum):
    """When a terminal loses its power in mid-payment (a fault)."""

    BEFORE_AUTHORISATION = "before_authorisation"
    AFTER_AUTHORISATION = "after_authorisation"


class Twist(msgspec.Struct, frozen=True, kw_only=True):
    """Faults that strike inside the terminal while it carries out one command."""

    power_cut: PowerCut | None = None
    deaf_to_abort: bool = False
    printer_out: bool = False


PLAIN: Final = Twist()


def is_accepted(answer: Apdu | None) -> bool:
    """Whether the till took it: 80 00, or 84 00, which is positive, too."""
    return answer is not None and answer.control in _ACCEPTED


def is_unknown(answer: Apdu | None) -> bool:
    """Whether the till does not know the command."""
    return answer is not None and answer.control == _UNKNOWN_TO_TILL


class Job:
    """A command under way. `run` is its procedure, after 80 00 was said."""

    stoppable = False
    """Whether 06 B0 is heard now."""
    payment_receipt = True
    """Whether config bit 02 or 04 decides who prints."""
    answers_itself = False
    """True when the procedure says its own first answer."""

    def __init__(self, pt: Pt, command: Command, twist: Twist = PLAIN) -> None:
        self.pt = pt
        self.command = command
        self.twist = twist
        self.stopped = False
        """Somebody wished to stop."""
        self.unheard = False
        """The till let T3 pass: the command counts as aborted as far as it still can be."""
        self.link_lost = False
        self.blocks_only = False
        """The till showed that it does not know 06 D1."""
        self.over = False
        """The master rights were given back; the till's answer changes nothing any more."""

    def run(self) -> Procedure[None]:
        """The steps of the command."""
        raise NotImplementedError

    # -- what may be sent --------------------------------------------------------------------

    @property
    def tlv(self) -> bool:
        """Whether the till understands TLV: it sent some, now or at the registration."""
        registered = self.pt.registration.tlv or self.command.fields.tlv is not None
        return registered or self.pt.profile.tlv_always

    @property
    def simply(self) -> bool:
        """Whether the till is to be spared what it could not read."""
        listed = self.pt.registration.commands
        only_prints = listed is not None and listed <= {PRINT_LINE, PRINT_BLOCK}
        return only_prints and self.pt.profile.spares_simple_tills

    @property
    def tags(self) -> Tags:
        """How much TLV a status information has."""
        if not self.tlv:
            return Tags.NONE
        if self.simply:
            return Tags.FEW
        return Tags.FLAT if self.pt.profile.flat_tags else Tags.NESTED

    @property
    def names_currency(self) -> bool:
        """Whether the till sent a currency; else it gets none."""
        return 0x49 in self.command.fields or bool(self.pt.registration.currency)

    # -- parts of procedures -----------------------------------------------------------------

    def show(self, code: int, *lines: str) -> Procedure[bool]:
        """04 FF, if wanted; False when the till did not answer."""
        registration = self.pt.registration
        if not registration.intermediate:
            return True
        objects = None
        if self.tlv and not self.simply:
            texts = (self._write(line) for line in lines or self._text_of(code))
            objects = (Tlv.of(0x24, [Tlv(0x07, line) for line in texts]),)
        head = bytes((code,)) + pack(self.pt.profile.status_minutes, 1)
        answer = yield from tell(Message(INTERMEDIATE_STATUS, head, objects))
        return answer is not None

    def _text_of(self, code: int) -> tuple[str, ...]:
        text = status_text(code)
        return () if text is None else (text(self.pt.registration.language),)

    def _write(self, line: str) -> bytes:
        sets = self.pt.profile.charsets
        return line.encode(self.pt.registration.charset or sets.status, "replace")

    def complete(self, head: bytes = b"", tlv: tuple[Tlv, ...] | None = None) -> Procedure[None]:
        """06 0F. Its answer changes nothing any more."""
        self.over = True
        yield from tell(Message(COMPLETION, head, tlv if self.tlv else None))

    def fail(
        self, code: int, tail: bytes = b"", tlv: tuple[Tlv, ...] | None = None
    ) -> Procedure[None]:
        """06 1E."""
        head = bytes((code,))
        if code == errors.WRONG_CURRENCY and self.names_currency:
            head += bytes.fromhex(self.pt.profile.currencies[0])
        self.over = True
        yield from tell(Message(ABORT, head + tail, tlv))

    def new_numbers(self) -> Procedure[Numbers]:
        """The numbers of a transaction that begins; they are spent, whatever comes of it."""
        numbers = self.pt.store.next_numbers()
        yield from do(Keep(self.pt.take(News(numbers=numbers))))
        return numbers

    # -- receipts ----------------------------------------------------------------------------

    @property
    def till_prints(self) -> bool:
        """Whether the till takes this receipt by print commands."""
        bit = PAYMENT_RECEIPTS if self.payment_receipt else ADMIN_RECEIPTS
        wanted = bit | PRINT_COMMANDS
        return self.pt.registration.config & wanted == wanted

    @property
    def terminal_prints(self) -> bool:
        """Whether the terminal prints this receipt itself."""
        bit = PAYMENT_RECEIPTS if self.payment_receipt else ADMIN_RECEIPTS
        return not self.pt.registration.config & bit

    def print_papers(self, papers: tuple[Paper, ...]) -> Procedure[bool]:
        """Every receipt, wherever it is printed; False when one was not taken."""
        if self.terminal_prints:
            return self._print_here(papers)
        if self.till_prints:
            for paper in papers:
                if not (yield from self._print_there(paper)):
                    return False
        return True

    def _print_there(self, paper: Paper) -> Procedure[bool]:
        """A till that does not know 06 D1, though it did not list 06 D3, gets the block all the
        same [inferred].
        """
        for message in self._messages_of(paper):
            answer = yield from tell(message)
            if is_accepted(answer):
                continue
            if not (
                is_unknown(answer) and message.control == PRINT_LINE and self.pt.profile.blocks
            ):
                return False
            self.blocks_only = True
            return (yield from self._print_there(paper))
        return True

    def _print_here(self, papers: tuple[Paper, ...]) -> bool:
        if not self.pt.profile.own_printer:
            return True
        if self.twist.printer_out or not self.pt.printer_ok:
            return False
        self.pt.printed += [paper.lines for paper in papers]
        return True

    def _messages_of(self, paper: Paper) -> list[Message]:
        profile, registration = self.pt.profile, self.pt.registration
        listed = (registration.lists(PRINT_BLOCK) or self.blocks_only) and profile.blocks
        if listed or not profile.lines:
            charset = registration.charset or profile.charsets.print_block
            limit = registration.max_data
            return blocks_of(paper, charset, named=bool(registration.charset), limit=limit)
        charset = registration.charset or profile.charsets.print_line
        return lines_of(paper, charset, with_type=profile.line_type and self.tlv)


class Failing(Job):
    """Taken with 80 00, and at once ended by 06 1E."""

    def __init__(self, pt: Pt, command: Command, code: int, tail: bytes = b"") -> None:
        super().__init__(pt, command)
        self._code = code
        self._tail = tail

    def run(self) -> Procedure[None]:
        """Fail."""
        return self.fail(self._code, self._tail)


def byte_field(number: int, value: int) -> bytes:
    """A bitmap of one byte."""
    return bmp(number, bytes((value,)))
