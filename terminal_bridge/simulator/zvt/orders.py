"""From a till's command to what is to be moved, or to why not."""

from __future__ import annotations

from typing import Final

import msgspec

from opi_pos.model.money import Amount
from opi_pos.poi import cardholder
from opi_pos.poi.scenario import Host, Scenario, Verification
from terminal_bridge.simulator.zvt.command import Command
from terminal_bridge.simulator.zvt.order import Order
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.store import Kind, Transaction
from terminal_bridge.zvt.currencies import code_of
from terminal_bridge.zvt.tables import errors

_READ_AHEAD: Final = 0x02
_TIPPABLE: Final = 0x08
_PRE_AUTHORISATION_WRONG: Final = 0xB7
_NO_RECEIPT: Final = 0xFFFF


class RefusedError(Exception):
    """The command is not carried out; `code` says why."""

    def __init__(self, code: int) -> None:
        super().__init__(f"refused with {code:02X}")
        self.code = code


def payment(pt: Pt, command: Command, *, deaf: bool) -> Order:
    """06 01, and 06 21 with an approval by telephone."""
    fields = command.fields
    amount = _amount(pt, command)
    cashback, tip = fields.packed_tag(0x1F25) or 0, fields.packed_tag(0x1F36) or 0
    if cashback + tip > amount.minor:
        raise RefusedError(errors.CASHBACK_IMPOSSIBLE)
    scenario = _allowed(_scenario(pt, amount, deaf=deaf), command)
    type_byte = fields.byte(0x19)
    card_read = bool(type_byte & _READ_AHEAD) and pt.card is not None
    if card_read:
        pt.card = None
    return Order(
        Kind.PAYMENT,
        amount,
        scenario,
        cardholder.pay(amount, scenario, card_read=card_read),
        tip=tip,
        cashback=cashback,
        tippable=bool(type_byte & _TIPPABLE),
        approval_code=fields.raw.get(0x3B, b"").rstrip(b"\0").decode("ascii", "replace"),
    )


def refund(pt: Pt, command: Command, *, deaf: bool) -> Order:
    """06 31: no PIN is asked for."""
    amount = _amount(pt, command)
    scenario = _scenario(pt, amount, deaf=deaf)
    if scenario.verification is Verification.PIN:
        scenario = msgspec.structs.replace(scenario, verification=Verification.NONE)
    return Order(Kind.REFUND, amount, scenario, cardholder.pay(amount, scenario))


def reservation(pt: Pt, command: Command, *, deaf: bool) -> Order:
    """06 22."""
    amount = _amount(pt, command)
    scenario = _allowed(_scenario(pt, amount, deaf=deaf), command)
    return Order(Kind.RESERVATION, amount, scenario, cardholder.pay(amount, scenario))


def reversal(pt: Pt, command: Command) -> Order:
    """06 30 of a receipt number."""
    receipt = command.fields.number(0x87)
    original = pt.store.find(receipt) if receipt is not None else pt.store.last
    if original is None or original.kind in {Kind.REVERSAL, Kind.RELEASE}:
        raise RefusedError(errors.REVERSAL_IMPOSSIBLE)
    if pt.store.reversed(original):
        raise RefusedError(errors.ALREADY_REVERSED)
    if original.kind is Kind.RESERVATION and original.receipt not in pt.store.reservations:
        raise RefusedError(errors.REVERSAL_IMPOSSIBLE)
    if pt.profile.last_only and original is not pt.store.last:
        raise RefusedError(errors.REVERSAL_IMPOSSIBLE)
    amount = command.fields.number(0x04)
    if amount is not None and amount != original.amount.minor:
        raise RefusedError(errors.REVERSAL_IMPOSSIBLE)
    scenario = _scenario(pt, original.amount, deaf=True)
    play = cardholder.without_card(original.amount, scenario, scenario.reversal)
    return Order(Kind.REVERSAL, original.amount, scenario, play, original)


def booking(pt: Pt, command: Command, *, used: bool) -> Order:
    """06 23 names the unused amount, 06 24 the used one."""
    original = _open_reservation(pt, command)
    named = command.fields.number(0x04)
    if named is None or named > original.amount.minor:
        raise RefusedError(_PRE_AUTHORISATION_WRONG)
    minor = named if used else original.amount.minor - named
    if not minor:
        raise RefusedError(_PRE_AUTHORISATION_WRONG)
    return _without_card(pt, Kind.BOOKING, original.amount.with_minor(minor), original)


def release(pt: Pt, command: Command) -> Order:
    """06 25: the reservation is given up."""
    original = _open_reservation(pt, command)
    return _without_card(pt, Kind.RELEASE, original.amount, original)


def tip(pt: Pt, command: Command) -> Order:
    """06 0C: a tip on a payment that was made tippable."""
    receipt = command.fields.number(0x87)
    original = pt.store.find(receipt) if receipt is not None else None
    if original is None or not original.tippable or pt.store.reversed(original):
        raise RefusedError(errors.FUNCTION_NOT_POSSIBLE)
    minor = command.fields.number(0x04)
    if not minor:
        raise RefusedError(errors.PROTOCOL_ERROR)
    return _without_card(pt, Kind.TIP, original.amount.with_minor(minor), original)


def _without_card(pt: Pt, kind: Kind, amount: Amount, original: Transaction) -> Order:
    scenario = _scenario(pt, amount, deaf=True)
    play = cardholder.without_card(amount, scenario, scenario.host)
    return Order(kind, amount, scenario, play, original)


def _open_reservation(pt: Pt, command: Command) -> Transaction:
    fields = command.fields
    trace = fields.number(0x0B)
    if not trace:
        trace = fields.packed_tag(0x1F2B)
    receipt = None if fields.digits(0x87).upper() in {"", "FFFF"} else fields.number(0x87)
    found = pt.store.find_reservation(receipt, trace)
    if found is None:
        raise RefusedError(errors.PRE_AUTHORISATION_ERROR)
    return found


def _amount(pt: Pt, command: Command) -> Amount:
    minor = command.fields.number(0x04)
    if not minor:
        raise RefusedError(errors.PROTOCOL_ERROR)
    currency = command.fields.digits(0x49) or pt.profile.currencies[0]
    if currency not in pt.profile.currencies:
        raise RefusedError(errors.WRONG_CURRENCY)
    return Amount(minor=minor, currency=code_of(currency))


def _scenario(pt: Pt, amount: Amount, *, deaf: bool) -> Scenario:
    scenario = pt.choose(amount)
    return msgspec.structs.replace(scenario, deaf_to_abort=True) if deaf else scenario


def _allowed(scenario: Scenario, command: Command) -> Scenario:
    """A part is approved only for a till that said it can take it (1F70); else nothing is."""
    if scenario.host is not Host.APPROVE_HALF or any(command.fields.tag(0x1F70) or b""):
        return scenario
    return msgspec.structs.replace(scenario, host=Host.DECLINE)
