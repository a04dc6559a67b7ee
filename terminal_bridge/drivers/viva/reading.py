"""What a session means for the money, in the till's words."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from opi_pos.model.card import Card
from opi_pos.model.currencies import CODES
from opi_pos.model.errors import UsageError
from opi_pos.model.ids import ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Refusal, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Confidence, Operation, TransactionID
from opi_pos.terminals.slip import Slip, receipts_of
from opi_pos.wire import viva
from opi_pos.wire.viva import Meaning

_ENTRY_MODES: Final = {
    "01": "Keyed",
    "02": "MagStripe",
    "05": "ICC",
    "07": "Contactless",
    "80": "MagStripe",
    "90": "MagStripe",
    "91": "Contactless",
}
"""ISO 8583 field 22, first two digits."""
_TITLES: Final = {
    Operation.PAYMENT: "Purchase",
    Operation.REFUND: "Refund",
    Operation.RESERVATION: "Reservation",
    Operation.COMPLETION: "Capture",
}
_VERDICTS: Final = {
    Meaning.STOPPED: Verdict.ABORTED,
    Meaning.DECLINED: Verdict.DECLINED,
    Meaning.MALFORMED: Verdict.REFUSED,
}


def is_running(session: viva.Session) -> bool:
    """Whether it has not ended, whatever the HTTP status said."""
    running = viva.event_of(session.event_id).meaning is Meaning.RUNNING
    return running or (session.success is None and session.event_id is None)


def answer_of(session: viva.Session, order: MoneyOrder, service_id: ServiceID) -> Answer:
    """What an ended session says. Its name was made from this exchange's ids alone, so whoever
    checked the name has checked them.
    """
    event = viva.event_of(session.event_id)
    verdict, authorized, foreign = _decision(session, order)
    approved = verdict is Verdict.APPROVED
    failed = verdict in {Verdict.ABORTED, Verdict.DECLINED}
    answer = Answer(
        verdict=verdict,
        service_id=service_id,
        reference=order.reference,
        sale_time=order.sale_time,
        refusal=Refusal.MALFORMED if verdict is Verdict.REFUSED else None,
        condition="" if session.event_id in {None, 0} else str(session.event_id),
        message=session.message or event.text or "The session ended.",
        authorized=authorized,
        foreign_currency=foreign,
        tip=_part(session.tip_amount, order),
        surcharge=_part(session.surcharge_amount, order),
        terminal_transaction=_transaction(session),
        approval_code=session.authorization_id or "",
        card=_card(session),
        signature_required=approved and "SIGN" in (session.verification_method or "").upper(),
        # A failure may be overturned by a late success; a success never was.
        confidence=Confidence.PROVISIONAL if failed else Confidence.FINAL,
    )
    return _with_receipts(answer, session, order) if approved else answer


def _decision(session: viva.Session, order: MoneyOrder) -> tuple[Verdict, Amount | None, str]:
    """`success` decides; an event id that contradicts it makes the answer unclear."""
    meaning = viva.event_of(session.event_id).meaning
    if session.success is None:
        return Verdict.UNCLEAR, None, ""
    if not session.success:
        return _VERDICTS.get(meaning, Verdict.UNCLEAR), None, ""
    if meaning not in {Meaning.DONE, Meaning.UNKNOWN}:
        return Verdict.UNCLEAR, None, ""
    foreign = _foreign_currency(session, order)
    if foreign:
        return Verdict.APPROVED, None, foreign
    taken = _taken(session, order)
    return (Verdict.APPROVED if taken is not None else Verdict.UNCLEAR), taken, ""


def _foreign_currency(session: viva.Session, order: MoneyOrder) -> str:
    """What the session names, if that is not the order's; a session that names none is ours."""
    told = session.currency_code
    code = CODES.get(told.zfill(3), told.upper())
    ours = order.amount is None or not told or code == order.amount.currency
    return "" if ours else code


def _taken(session: viva.Session, order: MoneyOrder) -> Amount | None:
    if session.amount is None or order.amount is None:
        return None
    # Nobody says with which sign a refund is told [inferred].
    minor = abs(session.amount) if order.operation is Operation.REFUND else session.amount
    return _amount(minor, order)


def _part(minor: int | None, order: MoneyOrder) -> Amount | None:
    return _amount(minor, order) if minor is not None and minor > 0 else None


def _amount(minor: int, order: MoneyOrder) -> Amount | None:
    try:
        return order.amount.with_minor(minor) if order.amount is not None else None
    except UsageError:
        return None


def _transaction(session: viva.Session) -> TransactionID:
    """Refunds, captures and questions name a transaction by its session."""
    time = _time_of(session)
    return TransactionID(id=session.session_id, time=time.isoformat() if time else "")


def _card(session: viva.Session) -> Card | None:
    told = session.primary_account_number_masked
    brand = session.application_label or session.card_type or ""
    if not told and not brand:
        return None
    mode = _ENTRY_MODES.get((session.pan_entry_mode or "")[:2], "")
    return Card(masked_pan=told or "", brand=brand, entry_mode=mode)


def _with_receipts(answer: Answer, session: viva.Session, order: MoneyOrder) -> Answer:
    """Viva sends none: the till prints its own, from the fields."""
    if answer.authorized is None:
        return answer
    slip = Slip(
        title=_TITLES[order.operation],
        outcome="Approved",
        total=answer.authorized,
        tip=answer.tip,
        surcharge=answer.surcharge,
        time=_readable(_time_of(session)),
        terminal_id=session.tid or session.terminal_id,
        card=answer.card,
        verification=session.verification_method or "",
        application_id=session.aid or "",
        approval_code=answer.approval_code,
        retrieval_reference=session.retrieval_reference_number or "",
        trace=session.reference_number or "",
        reference=order.reference,
        signature_required=answer.signature_required,
    )
    return msgspec.structs.replace(answer, receipts=receipts_of(slip))


def _time_of(session: viva.Session) -> datetime | None:
    """When the host decided; anything that is no time is none."""
    try:
        return datetime.fromisoformat(session.transaction_date_time or "")
    except ValueError:
        return None


def _readable(time: datetime | None) -> str:
    """`2025-05-06 10:11:12 UTC`."""
    if time is None:
        return ""
    zone = "" if time.tzinfo is None else f" {time.tzname()}"
    return f"{time:%Y-%m-%d %H:%M:%S}{zone}"
