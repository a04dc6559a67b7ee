"""How an outcome is told to a foreign till: Result to PaymentAnswer or ReversalAnswer. Made from
the order and its result alone, so the same after a restart.
"""

from __future__ import annotations

from typing import Final

import msgspec

from listener.faces.nexo.orders import sale_of
from opi_pos.model.errors import CapabilityError, OpiPosError
from opi_pos.model.news import Answer as DriverAnswer
from opi_pos.model.news import Refusal, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.receipts import Copy, Receipt, render
from opi_pos.model.results import Outcome, Result, TransactionID
from opi_pos.poi.nexo.answers import (
    SUCCESS,
    CardRead,
    Condition,
    PaymentAnswer,
    Repeatable,
    Response,
    ReversalAnswer,
)
from opi_pos.wire import nexo

PARTIAL: Final = Response(
    condition=Condition.PAYMENT_RESTRICTION, text="Partially approved", partial=True
)
# What a terminal's own answer may mean for a till: its session is with us, not with the terminal.
_DECLINED: Final = frozenset(
    {
        Condition.CANCEL,
        Condition.INVALID_CARD,
        Condition.PAYMENT_RESTRICTION,
        Condition.REFUSAL,
        Condition.UNREACHABLE_HOST,
        Condition.WRONG_PIN,
        Condition.DEVICE_OUT,
        Condition.NOT_FOUND,
        Condition.NOT_ALLOWED,
        Condition.UNAVAILABLE_DEVICE,
        Condition.UNAVAILABLE_SERVICE,
    }
)
_NOT_STARTED: Final = frozenset(
    {
        Condition.BUSY,
        Condition.DEVICE_OUT,
        Condition.NOT_ALLOWED,
        Condition.NOT_FOUND,
        Condition.UNAVAILABLE_DEVICE,
        Condition.UNAVAILABLE_SERVICE,
        Condition.UNREACHABLE_HOST,
    }
)
_ENTRY_MODES: Final = {
    "chip": nexo.EntryMode.ICC,
    "contactless": nexo.EntryMode.TAPPED,
    "magstripe": nexo.EntryMode.MAG_STRIPE,
    "magnetic": nexo.EntryMode.MAG_STRIPE,
    "manual": nexo.EntryMode.KEYED,
    "keyed": nexo.EntryMode.KEYED,
}
_NEVER_SENT: Final = ""


def answer_of(
    order: MoneyOrder, result: Result, *, stopped: str = "", left_to_till: bool = False
) -> Repeatable:
    """What the till is told of an outcome that is known.

    `stopped`: the text of an abort that the till wished. `left_to_till`: nobody looked at the
    signature, so the till must.
    """
    assert result.outcome is not Outcome.IN_DOUBT, "a doubt is no answer"
    response = response_of(result, stopped)
    receipts = tuple(_receipt(one, result, left_to_till) for one in result.receipts)
    if order.foreign.get("nexo") == "Reversal":
        return _reversal(order, result, response, receipts)
    return _payment(order, result, response, receipts)


def transaction_of(order: MoneyOrder) -> TransactionID:
    """Our POITransactionID: the order's own key, by which the journal finds it again."""
    return TransactionID(id=order.reference, time=order.sale_time)


def response_of(result: Result, stopped: str = "") -> Response:
    """Result, ErrorCondition and AdditionalResponse."""
    match result.outcome:
        case Outcome.APPROVED:
            return SUCCESS
        case Outcome.PARTIALLY_APPROVED:
            return PARTIAL
        case Outcome.ABORTED:
            condition = Condition.ABORTED if stopped else Condition.CANCEL
            text = stopped or result.message or "Cancelled at the terminal"
            return Response(condition=condition, text=text)
        case Outcome.NOT_STARTED:
            return _not_started(result, stopped)
        case _:
            text = "Signature refused" if result.signature_refused else result.message
            named = _named(result.condition, _DECLINED) or Condition.REFUSAL
            return Response(condition=named, text=text or "Refused")


def _not_started(result: Result, stopped: str) -> Response:
    if stopped:
        return Response(condition=Condition.ABORTED, text=stopped)
    condition = _named(result.condition, _NOT_STARTED)
    if condition is not None:
        return Response(condition=condition, text=result.message or condition.value)
    if result.service_id == _NEVER_SENT:
        # It waited: for another payment, for a doubt to be cleared, for the terminal's login.
        text = f"Temporarily unavailable: {result.message}"
        return Response(condition=Condition.BUSY, text=text)
    text = f"Temporarily out of order: {result.message}"
    return Response(condition=Condition.DEVICE_OUT, text=text)


def _named(condition: str, allowed: frozenset[Condition]) -> Condition | None:
    return next((each for each in allowed if each.value == condition), None)


def _receipt(receipt: Receipt, result: Result, left_to_till: bool) -> Receipt:
    """With lines in any case. A signature is only asked for when nobody has looked at it."""
    lines = receipt.lines or tuple(render(receipt).splitlines())
    checked = result.signature_accepted or result.signature_refused
    to_sign = result.signature_required and (left_to_till or not checked)
    required = to_sign and receipt.copy is Copy.CASHIER
    return msgspec.structs.replace(receipt, lines=lines, signature_required=required)


def _payment(
    order: MoneyOrder, result: Result, response: Response, receipts: tuple[Receipt, ...]
) -> PaymentAnswer:
    kept, sale = order.foreign, sale_of(order)
    answer = PaymentAnswer(
        response=response,
        sale=sale,
        transaction=transaction_of(order),
        kind=str(kept.get("kind", "Normal")),
        currency=str(kept.get("currency", "")),
        card=_card(result, with_token=bool(sale.token_requested)),
        authentication="PaperSignature" if result.signature_required else "",
        receipts=receipts,
        period=0,
    )
    if not response.success:
        return answer
    return msgspec.structs.replace(
        answer,
        authorized=result.authorized,
        cashback=result.cashback,
        tip=result.tip,
        surcharge=result.surcharge,
        approval_code=result.approval_code,
        acquirer_transaction=result.terminal_transaction,
    )


def _card(result: Result, *, with_token: bool) -> CardRead | None:
    card = result.card
    if card is None:
        return None
    return CardRead(
        brand=card.brand,
        masked_pan=card.masked_pan,
        entry_mode=entry_mode(card.entry_mode),
        token=card.token if with_token else "",
    )


def entry_mode(words: str) -> str:
    """The first of a card's entry modes in nexo's words."""
    first = words.partition(",")[0].strip()
    return _ENTRY_MODES.get(first.lower(), first)


def _reversal(
    order: MoneyOrder, result: Result, response: Response, receipts: tuple[Receipt, ...]
) -> ReversalAnswer:
    original = order.foreign.get("original")
    whole = order.original.amount if order.original is not None else None
    return ReversalAnswer(
        response=response,
        transaction=transaction_of(order),
        original=msgspec.convert(original, TransactionID) if original is not None else None,
        amount=(result.authorized or order.amount or whole) if response.success else None,
        receipts=receipts,
        period=0,
    )


# --- without money ---


def refusal_of(answer: DriverAnswer) -> Response:
    """Why an order without money came to nothing."""
    if answer.verdict is Verdict.ABORTED:
        return Response(condition=Condition.CANCEL, text=answer.message or "Cancelled")
    if answer.verdict is Verdict.DECLINED:
        named = _named(answer.condition, _DECLINED) or Condition.REFUSAL
        return Response(condition=named, text=answer.message or "Refused")
    if answer.refusal is Refusal.BUSY:
        return Response(condition=Condition.BUSY, text=f"Temporarily unavailable: {answer.message}")
    if answer.refusal is Refusal.UNAVAILABLE:
        return Response(condition=Condition.UNAVAILABLE_SERVICE, text=answer.message)
    text = f"Temporarily out of order: {answer.message or answer.condition}"
    return Response(condition=Condition.DEVICE_OUT, text=text)


def out_of_order(error: OpiPosError) -> Response:
    """Why an order was never sent."""
    if isinstance(error, CapabilityError):
        return Response(condition=Condition.UNAVAILABLE_SERVICE, text=str(error))
    return Response(condition=Condition.BUSY, text=f"Temporarily unavailable: {error}")
