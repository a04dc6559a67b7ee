"""How the end of a play becomes a nexo answer, and how an entry in the books becomes one again."""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec

from opi_pos.model.receipts import Receipt
from opi_pos.model.results import TransactionID
from opi_pos.poi.books import Entry, Movement
from opi_pos.poi.cardholder import CARD_TIMEOUT_S, End, Verdict
from opi_pos.poi.nexo.answers import (
    SUCCESS,
    CardAcquisitionAnswer,
    CardRead,
    Condition,
    Kept,
    PaymentAnswer,
    Response,
    ReversalAnswer,
)
from opi_pos.poi.nexo.requests import CardAcquisition, Header, Payment, SaleData
from opi_pos.poi.receipts import Slip, receipts_of
from opi_pos.poi.scenario import CARDS, Scenario, Verification

RESPONSES: Final = {
    End.APPROVED: SUCCESS,
    End.PARTIAL: Response(
        condition=Condition.PAYMENT_RESTRICTION, text="Partially approved", partial=True
    ),
    End.DECLINED: Response(condition=Condition.REFUSAL, text="Refused by the acquirer: 05"),
    End.ABORTED: Response(condition=Condition.ABORTED, text="Aborted"),
    End.CANCELLED: Response(condition=Condition.CANCEL, text="Cancelled by the cardholder"),
    End.NO_CARD: Response(
        condition=Condition.INVALID_CARD, text=f"No card entered in {CARD_TIMEOUT_S:g} s"
    ),
    End.INVALID_CARD: Response(condition=Condition.INVALID_CARD, text="Card not allowed"),
    End.WRONG_PIN: Response(condition=Condition.WRONG_PIN, text="No PIN tries left"),
    End.UNREACHABLE: Response(condition=Condition.UNREACHABLE_HOST, text="Host unreachable"),
    End.SIGNATURE_REFUSED: Response(condition=Condition.REFUSAL, text="Signature refused"),
    End.FAILED: Response(condition=Condition.REFUSAL, text="Refused locally after approval"),
}

_METHODS: Final = {
    Verification.NONE: "",
    Verification.PIN: "OnLinePIN",
    Verification.SIGNATURE: "PaperSignature",
}
_TITLES: Final = {
    Movement.CHARGE: ("PURCHASE", "00"),
    Movement.REFUND: ("REFUND", "20"),
    Movement.RESERVATION: ("RESERVATION", "00"),
    Movement.COMPLETION: ("COMPLETION", "00"),
    Movement.REVERSAL: ("REVERSAL", "02"),
}
_REPEATED_KINDS: Final = {
    Movement.CHARGE: "Normal",
    Movement.REFUND: "Refund",
    Movement.RESERVATION: "FirstReservation",
    Movement.COMPLETION: "Completion",
}
TOKEN_DIGITS: Final = 70


def transaction_of(entry: Entry | None) -> TransactionID | None:
    """How an answer names a movement."""
    return None if entry is None else TransactionID(id=entry.transaction_id, time=entry.time)


def card_of(scenario: Scenario, *, token: bool) -> CardRead:
    """The card as an answer shows it; the token is the same for the same card."""
    card = CARDS[scenario.card]
    digest = hashlib.sha512(card.number.reveal().encode()).hexdigest().upper()
    return CardRead(
        brand=card.brand,
        masked_pan=card.masked_pan,
        entry_mode=scenario.entry.value,
        token=digest[:TOKEN_DIGITS] if token else "",
    )


def slip_of(entry: Entry, scenario: Scenario, *, outcome: str, signature: bool = False) -> Slip:
    """What the receipts of a movement say."""
    title, transaction_type = _TITLES[entry.movement]
    return Slip(
        title=title,
        outcome=outcome,
        total=entry.amount,
        number=entry.transaction_id,
        time=entry.time,
        reference=entry.reference,
        approval_code=entry.approval_code,
        card=entry.brand,
        entry=scenario.entry,
        verification=scenario.verification,
        tip=entry.tip,
        surcharge=entry.surcharge,
        cashback=entry.cashback,
        signature_required=signature,
        approved=outcome == "APPROVED",
        transaction_type=transaction_type,
    )


def payment_answer(
    request: Payment,
    transaction: TransactionID,
    verdict: Verdict,
    scenario: Scenario,
    entry: Entry | None,
) -> PaymentAnswer:
    """The PaymentResponse of a play; `entry` is the movement that stands, if one does."""
    answer = PaymentAnswer(
        response=RESPONSES[verdict.end],
        sale=request.sale,
        transaction=transaction,
        kind=request.kind,
        currency=request.currency,
    )
    if verdict.card_read:
        card = card_of(scenario, token=bool(request.sale.token_requested))
        authentication = _METHODS[scenario.verification]
        answer = msgspec.structs.replace(answer, card=card, authentication=authentication)
    if entry is None or verdict.authorized is None:
        return answer
    return msgspec.structs.replace(
        answer,
        authorized=entry.amount,
        cashback=entry.cashback,
        tip=entry.tip,
        surcharge=entry.surcharge,
        approval_code=entry.approval_code,
        period=entry.period,
    )


def declined_receipts(
    request: Payment, transaction: TransactionID, scenario: Scenario, outcome: str
) -> tuple[Receipt, ...]:
    """A card that was read and refused still gets its receipts."""
    if request.amount is None:
        return ()
    slip = Slip(
        title="PURCHASE" if request.kind != "Refund" else "REFUND",
        outcome=outcome,
        total=request.amount,
        number=transaction.id,
        time=transaction.time,
        reference=request.sale.transaction.id,
        card=scenario.card,
        entry=scenario.entry,
        verification=scenario.verification,
        approved=False,
    )
    return receipts_of(slip)


def acquisition_answer(
    request: CardAcquisition, transaction: TransactionID, verdict: Verdict, scenario: Scenario
) -> CardAcquisitionAnswer:
    """The CardAcquisitionResponse of a play."""
    approved = verdict.end is End.APPROVED
    card = card_of(scenario, token=bool(request.sale.token_requested)) if approved else None
    return CardAcquisitionAnswer(
        response=RESPONSES[verdict.end], sale=request.sale, transaction=transaction, card=card
    )


def recovered(entry: Entry, original: Entry | None, *, undone: bool) -> Kept:
    """The answer of a movement whose answer was lost with the power: rebuilt from the books."""
    if undone:
        response = RESPONSES[End.FAILED]
    else:
        response = RESPONSES[End.PARTIAL] if entry.partial else SUCCESS
    scenario = Scenario(card=entry.brand) if entry.brand in CARDS else Scenario()
    receipts = receipts_of(slip_of(entry, scenario, outcome="APPROVED"))
    header = Header(
        category="Reversal" if entry.movement is Movement.REVERSAL else "Payment",
        service_id=entry.service_id,
        sale_id=entry.sale_id,
        poi_id=entry.poi_id,
    )
    if entry.movement is Movement.REVERSAL:
        reversal = ReversalAnswer(
            response=response,
            transaction=transaction_of(entry),
            original=transaction_of(original),
            amount=entry.amount,
            receipts=receipts,
            period=entry.period,
        )
        return Kept(header=header, answer=reversal)
    payment = PaymentAnswer(
        response=response,
        sale=SaleData(transaction=TransactionID(id=entry.reference, time=entry.sale_time)),
        transaction=TransactionID(id=entry.transaction_id, time=entry.time),
        kind=_REPEATED_KINDS[entry.movement],
        currency=entry.amount.currency,
        authorized=None if undone else entry.amount,
        cashback=entry.cashback,
        tip=entry.tip,
        surcharge=entry.surcharge,
        card=card_of(scenario, token=False),
        approval_code=entry.approval_code,
        receipts=receipts,
        period=entry.period,
    )
    return Kept(header=header, answer=payment)
