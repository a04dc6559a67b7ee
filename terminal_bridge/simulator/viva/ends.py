"""How a play at a terminal ends, in the words of the API."""

from __future__ import annotations

import random
from typing import Final

import msgspec

from opi_pos.model.money import Amount
from opi_pos.poi.cardholder import End, Verdict
from opi_pos.poi.scenario import CARDS, Entry, Host, Scenario, Verification, by_amount
from opi_pos.wire import viva
from opi_pos.wire.viva import events

_EVENTS: Final = {
    End.APPROVED: events.OK,
    End.PARTIAL: events.OK,
    End.DECLINED: events.DECLINED_BY_SERVER,
    End.ABORTED: events.ABORTED,
    End.CANCELLED: events.CANCELLED_BY_USER,
    End.NO_CARD: events.TERMINAL_TIMEOUT,
    End.INVALID_CARD: events.INVALID_CARD,
    End.WRONG_PIN: events.DECLINED_BY_CARD,
    End.UNREACHABLE: events.GENERIC,
    End.SIGNATURE_REFUSED: events.TERMINAL_DECLINED,
    End.FAILED: events.GENERIC,
}
_FORCED: Final = frozenset({9905, 9906, 9920, 9951, 9954, 9957, 9961})
"""Amounts that Viva's demo environment declines."""
_ENTRY_MODES: Final = {Entry.CONTACTLESS: "07", Entry.CHIP: "05", Entry.MAGSTRIPE: "90"}
_METHODS: Final = {
    Verification.NONE: "NO_CVM",
    Verification.PIN: "PIN",
    Verification.SIGNATURE: "SIGNATURE",
}


def scenario_by_amount(amount: Amount | None) -> Scenario:
    """As every simulated terminal, but for the amounts that Viva's own demo declines."""
    if amount is not None and amount.minor in _FORCED:
        return Scenario(host=Host.DECLINE)
    return by_amount(amount)


def begun(order: viva.Order) -> viva.Session:
    """What is known of a session before its end."""
    return viva.Session(
        session_id=order.session_id,
        terminal_id=order.terminal_id,
        cash_register_id=order.cash_register_id,
        amount=order.amount,
        currency_code=order.currency_code,
        merchant_reference=order.merchant_reference or None,
        customer_trns=order.customer_trns or None,
        tip_amount=order.tip_amount,
        pan_entry_mode="00",
        abort_operation=False,
        abort_success=False,
        tid=order.terminal_id,
        short_order_code="0",
        installments=0,
        preauth=order.preauth,
        reference_number="0",
        order_code="0",
    )


def failed(session: viva.Session, event_id: int) -> viva.Session:
    """It came to nothing."""
    return msgspec.structs.replace(
        session,
        success=False,
        event_id=event_id,
        message=events.event_of(event_id).text,
        abort_success=event_id == events.ABORTED and bool(session.abort_operation),
    )


def ended(
    session: viva.Session, verdict: Verdict, scenario: Scenario, stamp: str, rng: random.Random
) -> viva.Session:
    """As a play ended it, but for the approval code."""
    if verdict.authorized is None:
        return failed(session, _EVENTS[verdict.end])
    card = CARDS[scenario.card]
    number = rng.randrange(10**9, 10**10)
    tip = (session.tip_amount or 0) + (verdict.tip.minor if verdict.tip is not None else 0)
    return msgspec.structs.replace(
        session,
        success=True,
        event_id=events.OK,
        message=events.event_of(events.OK).text,
        amount=verdict.authorized.minor,
        tip_amount=tip,
        surcharge_amount=verdict.surcharge.minor if verdict.surcharge is not None else None,
        transaction_id=str(_uuid(rng)),
        transaction_type_id=5,
        retrieval_reference_number=f"5{rng.randrange(10**11):011}",
        pan_entry_mode=_ENTRY_MODES[scenario.entry],
        application_label=card.brand,
        primary_account_number_masked=card.masked_pan,
        transaction_date_time=stamp,
        verification_method=_METHODS[scenario.verification],
        short_order_code=str(number),
        order_code=f"{number}{session.terminal_id[-6:]}",
        reference_number=str(rng.randrange(1, 10_000)),
        aid=card.application,
    )


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
