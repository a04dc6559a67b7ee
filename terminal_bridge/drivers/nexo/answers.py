"""What the terminal's nexo responses say, in the words of the rules. Pure.

The class of a response decides (Result), its ErrorCondition only explains (rule 4). A class that
is not understood, and an approval whose amount cannot be read, are unclear.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

import msgspec

from opi_pos.model.card import Card
from opi_pos.model.errors import UsageError
from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Refusal, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import TransactionID
from opi_pos.wire import nexo
from opi_pos.wire.nexo import receipts
from terminal_bridge.drivers.nexo.texts import sentence

_BY_CONDITION: Final = {
    nexo.ErrorCondition.ABORTED: (Verdict.ABORTED, None),
    nexo.ErrorCondition.CANCEL: (Verdict.ABORTED, None),
    nexo.ErrorCondition.BUSY: (Verdict.REFUSED, Refusal.BUSY),
    nexo.ErrorCondition.LOGGED_OUT: (Verdict.REFUSED, Refusal.LOGGED_OUT),
    nexo.ErrorCondition.NOT_ALLOWED: (Verdict.REFUSED, Refusal.NOT_ALLOWED),
    nexo.ErrorCondition.MESSAGE_FORMAT: (Verdict.REFUSED, Refusal.MALFORMED),
    # Not a class of its own: the caller gives it as "runs" where it can mean that.
    nexo.ErrorCondition.IN_PROGRESS: (Verdict.UNCLEAR, None),
}
"""Of a Failure. Every other condition, known, unknown or absent, is a no: declined."""

_REPEATED: Final = re.compile(r"repeat|repetition|duplicat|already|service\s*id", re.IGNORECASE)
"""A MessageFormat that speaks of the message having come before: the first copy may be running.
The specification's text is "Repeated Message: ServiceID …". Too many matches cost a question,
too few would cost money.
"""

_BRAND_TYPE: Final = re.compile(r"^\d\d,")
"""Swedbank's PaymentBrand is `01,Mastercard Debit`: a kind, then the name."""

MoneyResponse = nexo.PaymentResponse | nexo.ReversalResponse


class _UnreadableAmountError(Exception):
    """An amount that is not one: too many decimals, negative, beyond all sales."""


def verdict_of(response: nexo.Response) -> tuple[Verdict, Refusal | None]:
    """The class of an answer, and why the terminal refused to begin if it did."""
    match response.result:
        case nexo.Result.SUCCESS | nexo.Result.PARTIAL:
            return Verdict.APPROVED, None
        case nexo.Result.FAILURE:
            return _verdict_of_failure(response)
        case _:
            return Verdict.UNCLEAR, None


def _verdict_of_failure(response: nexo.Response) -> tuple[Verdict, Refusal | None]:
    condition = response.error_condition or ""
    if condition == nexo.ErrorCondition.MESSAGE_FORMAT and _REPEATED.search(
        response.additional_response or ""
    ):
        return Verdict.UNCLEAR, None
    return _BY_CONDITION.get(nexo.ErrorCondition(condition), _NO) if _known(condition) else _NO


_NO: Final = (Verdict.DECLINED, None)


def _known(condition: str) -> bool:
    return condition in nexo.ErrorCondition.__members__.values()


def runs(response: nexo.Response) -> bool:
    """Whether an answer says that the exchange is still going on."""
    return (
        response.result == nexo.Result.FAILURE
        and response.error_condition == nexo.ErrorCondition.IN_PROGRESS
    )


def plain_answer(header: nexo.MessageHeader, response: nexo.Response) -> Answer:
    """What every response tells."""
    verdict, refusal = verdict_of(response)
    return Answer(
        verdict=verdict,
        refusal=refusal,
        service_id=ServiceID(header.service_id) if header.service_id else None,
        sale_id=SaleID(header.sale_id) if header.sale_id else None,
        poi_id=POIID(header.poi_id) if header.poi_id else None,
        condition=response.error_condition or "" if verdict is not Verdict.APPROVED else "",
        message=sentence(response.additional_response),
    )


def money_answer(header: nexo.MessageHeader, body: MoneyResponse, order: MoneyOrder) -> Answer:
    """What a PaymentResponse or ReversalResponse says about the order that it claims to answer."""
    try:
        if isinstance(body, nexo.PaymentResponse):
            answer = _payment_answer(header, body, order)
        else:
            answer = _reversal_answer(header, body, order)
    except _UnreadableAmountError:
        return _unclear(plain_answer(header, body.response), "its amounts cannot be read")
    partial = body.response.result == nexo.Result.PARTIAL
    if partial and answer.authorized is None and not answer.foreign_currency:
        return _unclear(answer, "a partial approval without an amount")
    return answer


def _unclear(answer: Answer, why: str) -> Answer:
    """An approval that must not be believed as it stands; a refusal needs no amount."""
    if answer.verdict is not Verdict.APPROVED:
        return answer
    message = f"The terminal's answer is unclear: {why}."
    return msgspec.structs.replace(answer, verdict=Verdict.UNCLEAR, message=message)


def _payment_answer(
    header: nexo.MessageHeader, body: nexo.PaymentResponse, order: MoneyOrder
) -> Answer:
    if _stands_unread(body, "PaymentResult") or _stands_unread(body.payment_result, "AmountsResp"):
        raise _UnreadableAmountError
    sale = body.sale_data.sale_transaction_id
    result = body.payment_result
    printed = tuple(receipts.receipt(one) for one in body.payment_receipt)
    return msgspec.structs.replace(
        plain_answer(header, body.response),
        reference=Reference(sale.transaction_id) if sale.transaction_id else None,
        sale_time=sale.time_stamp or None,
        terminal_transaction=_transaction(body.poi_data.poi_transaction_id),
        card=card_of(result.payment_instrument_data) if result is not None else None,
        approval_code=_approval_code(result),
        signature_required=_to_sign(result) or any(one.signature_required for one in printed),
        receipts=printed,
        **_amounts(result.amounts_resp if result is not None else None, order),
    )


def _reversal_answer(
    header: nexo.MessageHeader, body: nexo.ReversalResponse, order: MoneyOrder
) -> Answer:
    """The reversed amount names no currency: it is that of the original."""
    if _stands_unread(body, "ReversedAmount"):
        raise _UnreadableAmountError
    asked = order.amount or (order.original.amount if order.original is not None else None)
    reversed_amount = None
    if asked is not None and body.reversed_amount is not None:
        reversed_amount = _amount(body.reversed_amount, asked.currency)
    printed = tuple(receipts.receipt(one) for one in body.payment_receipt)
    poi_data = body.poi_data
    return msgspec.structs.replace(
        plain_answer(header, body.response),
        authorized=reversed_amount,
        terminal_transaction=(
            _transaction(poi_data.poi_transaction_id) if poi_data is not None else None
        ),
        receipts=printed,
    )


def _amounts(amounts: nexo.AmountsResp | None, order: MoneyOrder) -> dict[str, Any]:
    asked = order.amount
    if amounts is None or asked is None:
        return {}
    currency = (amounts.currency or asked.currency).upper()
    if currency != asked.currency:
        return {"foreign_currency": currency}
    if any(_stands_unread(amounts, name) for name in _AMOUNTS):
        raise _UnreadableAmountError
    told = {
        "authorized": amounts.authorized_amount,
        "rebate": amounts.total_rebates_amount,
        "surcharge": amounts.total_fees_amount,
        "cashback": amounts.cash_back_amount,
        "tip": amounts.tip_amount,
    }
    read = {name: _amount(value, currency) for name, value in told.items() if value is not None}
    if order.tip is not None:
        # It was part of what was asked for, so an answer that keeps silent about it took it.
        read.setdefault("tip", order.tip)
    return read


_AMOUNTS: Final = ("TotalRebatesAmount", "TotalFeesAmount", "CashBackAmount", "TipAmount")


def _amount(value: Decimal, currency: str) -> Amount:
    try:
        return Amount.from_decimal(value, currency)
    except UsageError:
        raise _UnreadableAmountError from None


def _stands_unread(struct: nexo.Element | None, name: str) -> bool:
    """Whether the codec kept a member as it came because it could make nothing of it."""
    foreign = struct.foreign if struct is not None else None
    return foreign is not None and foreign.get(name) is not None


def _transaction(named: nexo.TransactionIdentification) -> TransactionID | None:
    if not named.transaction_id:
        return None
    return TransactionID(id=named.transaction_id, time=named.time_stamp)


def card_of(instrument: nexo.PaymentInstrumentData | None) -> Card | None:
    """The card, masked; None when it was none."""
    data = instrument.card_data if instrument is not None else None
    if data is None:
        return None
    token = data.payment_token
    return Card(
        masked_pan=data.masked_pan or "",
        brand=_BRAND_TYPE.sub("", data.payment_brand or ""),
        entry_mode=", ".join(data.entry_mode),
        token=token.token_value if token is not None else "",
    )


def _approval_code(result: nexo.PaymentResult | None) -> str:
    acquirer = result.payment_acquirer_data if result is not None else None
    return (acquirer.approval_code or "") if acquirer is not None else ""


def _to_sign(result: nexo.PaymentResult | None) -> bool:
    return result is not None and (
        nexo.AuthenticationMethod.PAPER_SIGNATURE in result.authentication_method
    )
