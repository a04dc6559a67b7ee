"""From a till's command to what the terminal does with it: an answer at once, or a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from terminal_bridge.simulator.zvt import orders
from terminal_bridge.simulator.zvt.admin import (
    Diagnosis,
    Housekeeping,
    Registered,
    Restart,
    SetClock,
    Simply,
    StatusEnquiry,
)
from terminal_bridge.simulator.zvt.command import Command
from terminal_bridge.simulator.zvt.customer_jobs import AskDigits, AskKey, ReadCard, lines_of
from terminal_bridge.simulator.zvt.day import EndOfDay, RepeatReceipt, ReprintReceipts, SendTotals
from terminal_bridge.simulator.zvt.fields import bmp, pack
from terminal_bridge.simulator.zvt.identity import ChangePassword, SetTerminalId, vendor_function
from terminal_bridge.simulator.zvt.job import Failing, Job, Twist
from terminal_bridge.simulator.zvt.message import Message, accepted, refused
from terminal_bridge.simulator.zvt.money import MoneyJob
from terminal_bridge.simulator.zvt.order import Order
from terminal_bridge.simulator.zvt.orders import RefusedError
from terminal_bridge.simulator.zvt.prepaid import balance, top_up
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.registration import (
    Registration,
    read_registration,
    registration_of,
)
from terminal_bridge.zvt.tables import errors, terminal_status
from terminal_bridge.zvt.tlv import Tlv

WRONG_PASSWORD: Final = 0x37
REGISTRATION_REFUSED: Final = 0x1E
_NOT_SUPPORTED_PAYMENT: Final = 0xC5
_ENQUIRY: Final = "FFFF"

Begun = Job | Message
"""What a command leads to: a job that starts with 80 00, or an answer and nothing more."""


def begin(pt: Pt, command: Command, twist: Twist) -> Begun:
    """Begin a command; raises `ProtocolError` when a field of it cannot be read."""
    kind = COMMANDS.get(command.control)
    if kind is None or command.control in pt.profile.without:
        return refused(errors.FUNCTION_NOT_POSSIBLE)
    if pt.profile.password and command.password not in {"", pt.profile.password}:
        return refused(WRONG_PASSWORD)
    if pt.profile.registration_needed and not _is_allowed_unregistered(pt, command.control):
        return refused(errors.NOT_REGISTERED)
    for tag, code in pt.profile.refused_tags.items():
        if command.fields.tag(tag) is not None:
            return refused(code)
    if _is_locked(pt, command.control):
        return Failing(pt, command, pt.store.lock)
    return kind(pt, command, twist)


def _is_allowed_unregistered(pt: Pt, control: int) -> bool:
    return pt.registration != Registration() or control in {0x0600, 0x0602, 0x0501}


def _is_locked(pt: Pt, control: int) -> bool:
    status = terminal_status.TERMINAL_STATUS.get(pt.store.lock)
    if pt.store.lock == terminal_status.READY or control in terminal_status.ALLOWED_WHILE_LOCKED:
        return False
    return status is None or control not in status.recovery


# -- registration ------------------------------------------------------------------------------


def _register(pt: Pt, command: Command, _twist: Twist) -> Begun:
    asked = read_registration(command.data)
    profile = pt.profile
    if profile.password and asked.password != profile.password:
        return refused(WRONG_PASSWORD)
    if pt.updated:
        pt.updated = False
        return refused(REGISTRATION_REFUSED, bytes((profile.after_update,)))
    if asked.currency and asked.currency not in profile.currencies:
        own = bytes.fromhex(profile.currencies[0])
        return refused(REGISTRATION_REFUSED, bytes((errors.WRONG_CURRENCY,)) + own)
    registration = registration_of(
        asked, charset_fixed=profile.charset_fixed, sequence_ids=profile.sequence_ids
    )
    if registration.width is not None and registration.width < profile.narrowest:
        return refused(errors.PRINTER_NOT_READY)
    pt.registration = registration
    return Registered(pt, command)


def _log_off(pt: Pt, _command: Command, _twist: Twist) -> Begun:
    pt.registration = Registration(config=pt.profile.config_after_log_off)
    return accepted()


# -- money -------------------------------------------------------------------------------------


def _ordered(order: Callable[[Pt, Command, bool], Order]) -> Callable[[Pt, Command, Twist], Begun]:
    def begin_order(pt: Pt, command: Command, twist: Twist) -> Begun:
        types = pt.profile.payment_types
        if types is not None and 0x19 in command.fields and command.fields.byte(0x19) not in types:
            return Failing(pt, command, _NOT_SUPPORTED_PAYMENT)
        try:
            return MoneyJob(pt, command, order(pt, command, twist.deaf_to_abort), twist)
        except RefusedError as refusal:
            return Failing(pt, command, refusal.code)

    return begin_order


def _book_partly(pt: Pt, command: Command, twist: Twist) -> Begun:
    """06 23, or with FFFF and nothing else the enquiry for open reservations."""
    if command.fields.digits(0x87).upper() == _ENQUIRY and set(command.fields.raw) <= {0x87, 0x06}:
        return Failing(pt, command, errors.PRE_AUTHORISATION_ERROR, _open_reservations(pt, command))
    return _ordered(lambda pt, command, _: orders.booking(pt, command, used=False))(
        pt, command, twist
    )


def _open_reservations(pt: Pt, command: Command) -> bytes:
    """One number without TLV (FFFF: none), all of them with it."""
    numbers = sorted(pt.store.reservations)
    if (pt.registration.tlv or command.fields.tlv is not None) and numbers:
        listed = Tlv.of(0x23, [Tlv(0x08, pack(number, 2)) for number in numbers])
        return Message(0, b"", (listed,)).pack().data
    return bmp(0x87, pack(numbers[0], 2) if numbers else bytes.fromhex(_ENQUIRY))


# -- the rest ----------------------------------------------------------------------------------


def _read_card(pt: Pt, command: Command, _twist: Twist) -> Begun:
    return ReadCard(pt, command, pt.choose(None))


def _show_text(pt: Pt, command: Command, _twist: Twist) -> Begun:
    pt.shown = lines_of(command.fields, pt)
    return accepted()


def _print_line(pt: Pt, command: Command, twist: Twist) -> Begun:
    if twist.printer_out or not pt.printer_ok or not pt.profile.own_printer:
        return refused(errors.PRINTER_NOT_READY)
    charset = pt.registration.charset or pt.profile.charsets.print_line
    pt.printed.append((command.data[1:].decode(charset, "replace"),))
    return accepted()


def _print_block(pt: Pt, command: Command, twist: Twist) -> Begun:
    if twist.printer_out or not pt.printer_ok or not pt.profile.own_printer:
        return refused(errors.PRINTER_NOT_READY)
    charset = pt.registration.charset or pt.profile.charsets.print_block
    block = next((item for item in command.fields.tlv or () if item.tag == 0x25), None)
    objects = (block.children() or ()) if block is not None else ()
    lines = (item.value.decode(charset, "replace") for item in objects if item.tag == 0x07)
    pt.printed.append(tuple(lines))
    return accepted()


def _accept(_pt: Pt, _command: Command, _twist: Twist) -> Begun:
    return accepted()


def _job(kind: Callable[[Pt, Command], Job]) -> Callable[[Pt, Command, Twist], Begun]:
    return lambda pt, command, _: kind(pt, command)


def _house(title: str, *, opens: int = -1) -> Callable[..., Begun]:
    return lambda pt, command, _: Housekeeping(pt, command, title, opens=opens)


def _diagnose(pt: Pt, command: Command, _twist: Twist) -> Begun:
    if pt.profile.diagnosis_kind_needed and command.fields.tag(0x1B) is None:
        return refused(errors.PROTOCOL_ERROR)
    return Diagnosis(pt, command, "Diagnose", opens=_DIAGNOSIS, clock=True)


_DIAGNOSIS: Final = terminal_status.DIAGNOSIS_REQUIRED
_INITIALISATION: Final = terminal_status.INITIALISATION_REQUIRED

COMMANDS: Final[dict[int, Callable[[Pt, Command, Twist], Begun]]] = {
    0x0501: _job(StatusEnquiry),
    0x0600: _register,
    0x0601: _ordered(lambda pt, command, deaf: orders.payment(pt, command, deaf=deaf)),
    0x0602: _log_off,
    0x0603: balance,
    0x0609: top_up,
    0x060C: _ordered(lambda pt, command, _: orders.tip(pt, command)),
    0x0610: _job(SendTotals),
    0x0612: _job(ReprintReceipts),
    0x0618: _job(Restart),
    0x061A: _house("Systemkonfiguration"),
    0x061B: _job(SetTerminalId),
    0x0620: _job(RepeatReceipt),
    0x0621: _ordered(lambda pt, command, deaf: orders.payment(pt, command, deaf=deaf)),
    0x0622: _ordered(lambda pt, command, deaf: orders.reservation(pt, command, deaf=deaf)),
    0x0623: _book_partly,
    0x0624: _ordered(lambda pt, command, _: orders.booking(pt, command, used=True)),
    0x0625: _ordered(lambda pt, command, _: orders.release(pt, command)),
    0x0630: _ordered(lambda pt, command, _: orders.reversal(pt, command)),
    0x0631: _ordered(lambda pt, command, deaf: orders.refund(pt, command, deaf=deaf)),
    0x0650: _job(EndOfDay),
    0x0651: _house("Offline-Transaktionen"),
    0x0670: _diagnose,
    0x0679: _house("Selbsttest"),
    0x0691: _job(SetClock),
    0x0693: _house("Initialisierung", opens=_INITIALISATION),
    0x0695: _job(ChangePassword),
    0x06C0: _read_card,
    0x06C5: _accept,
    0x06D1: _print_line,
    0x06D3: _print_block,
    0x06E0: _show_text,
    0x06E1: _job(AskKey),
    0x06E2: _job(AskDigits),
    0x0830: _job(Simply),
    0x0840: _accept,
    0x0FA1: vendor_function,
}
"""Every command that the terminal knows; the others get 84 83."""
