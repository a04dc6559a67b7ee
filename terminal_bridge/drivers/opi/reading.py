"""What an answer means. The result decides, reasons and codes only explain."""

from __future__ import annotations

from typing import Final

import msgspec

from opi_pos.model.card import Card
from opi_pos.model.errors import UsageError
from opi_pos.model.ids import SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Refusal, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import TransactionID
from opi_pos.wire import opi

_VERDICTS: Final = {
    opi.Meaning.DONE: Verdict.APPROVED,
    opi.Meaning.PARTLY_DONE: Verdict.UNCLEAR,  # of a payment it would be, and nobody says what part
    opi.Meaning.FAILED: Verdict.DECLINED,
    opi.Meaning.ABORTED: Verdict.ABORTED,
    opi.Meaning.NO_HOST: Verdict.DECLINED,
    opi.Meaning.LOGGED_OUT: Verdict.REFUSED,
    opi.Meaning.BUSY: Verdict.REFUSED,
    opi.Meaning.PRINT_FIRST: Verdict.REFUSED,
    opi.Meaning.REFUSED: Verdict.REFUSED,
    opi.Meaning.UNKNOWN: Verdict.UNCLEAR,
}
_REFUSALS: Final = {
    opi.Meaning.LOGGED_OUT: Refusal.LOGGED_OUT,
    opi.Meaning.BUSY: Refusal.BUSY,
    opi.Meaning.PRINT_FIRST: Refusal.BUSY,
    opi.Meaning.REFUSED: Refusal.MALFORMED,
}
_PRINT_FIRST: Final = "The terminal wants its last slip printed first; this did not begin."
_SIGNATURE: Final = "signature"

Response = opi.CardServiceResponse | opi.ServiceResponse


def plain(response: Response, said: opi.Meaning) -> Answer:
    """What every answer says, money or not."""
    refusal = _REFUSALS.get(said)
    if opi.meaning_of(response) is said and response.overall_result == "NotSupported":
        refusal = Refusal.UNAVAILABLE
    return Answer(
        verdict=_VERDICTS[said],
        service_id=ServiceID(response.request_id),
        refusal=refusal,
        condition="" if said is opi.Meaning.DONE else response.overall_result,
        message=_message(response) or (_PRINT_FIRST if said is opi.Meaning.PRINT_FIRST else ""),
    )


def money(
    response: opi.CardServiceResponse, order: MoneyOrder, said: opi.Meaning, sale_id: SaleID
) -> Answer:
    """An answer to an order for money, its own or repeated. It must have been matched with the
    request before: RequestIDs never come twice, so the sale's id and time follow from it.
    """
    tender = response.tender
    authorisation = tender.authorisation if tender is not None else None
    # A failure may carry the whole tender, with what would have been taken.
    taken = tender if said is opi.Meaning.DONE else None
    amount, foreign = _amount(taken, order)
    extra = _extras(taken, order)
    return msgspec.structs.replace(
        plain(response, said),
        sale_id=sale_id,
        reference=order.reference,
        sale_time=order.sale_time,
        authorized=amount,
        foreign_currency=foreign,
        tip=extra.get("tip"),
        cashback=extra.get("cashback"),
        terminal_transaction=_transaction(response, authorisation),
        approval_code=_approval_code(authorisation),
        card=_card(authorisation),
        signature_required=_is_signed(response),
    )


def _amount(tender: opi.Tender | None, order: MoneyOrder) -> tuple[Amount | None, str]:
    """What was taken, and the currency where it is another one than asked for."""
    total = tender.total_amount if tender is not None else None
    asked = order.amount or (order.original.amount if order.original is not None else None)
    if total is None or total.text is None or asked is None:
        return None, ""
    currency = (total.currency or asked.currency).strip().upper()
    if currency != asked.currency:
        return None, currency
    try:
        return Amount.from_decimal(total.text, currency), ""
    except UsageError:
        return None, ""


def _extras(tender: opi.Tender | None, order: MoneyOrder) -> dict[str, Amount]:
    total = tender.total_amount if tender is not None else None
    if total is None or order.amount is None:
        return {}
    parts = {"tip": total.gratuity_amount, "cashback": total.cash_back_amount}
    found = {}
    for name, value in parts.items():
        if value is None or value <= 0:
            continue
        try:
            found[name] = Amount.from_decimal(value, order.amount.currency)
        except UsageError:
            continue
    return found


def _transaction(
    response: opi.CardServiceResponse, authorisation: opi.Authorisation | None
) -> TransactionID | None:
    stan = response.terminal.stan if response.terminal is not None else None
    if not stan:
        return None
    time = authorisation.time_stamp if authorisation is not None else None
    return TransactionID(id=stan, time=time or "")


def _approval_code(authorisation: opi.Authorisation | None) -> str:
    if authorisation is None:
        return ""
    return authorisation.approval_code or authorisation.authorisation_code or ""


def _card(authorisation: opi.Authorisation | None) -> Card | None:
    if authorisation is None:
        return None
    pan, brand = authorisation.masked_pan, authorisation.card_circuit or ""
    return Card(masked_pan=pan, brand=brand) if pan or brand else None


def _is_signed(response: opi.CardServiceResponse) -> bool:
    """Whether the cardholder was verified by signature, where the terminal says so."""
    words = [private.card_verification_method for private in response.private_data]
    words += [private.card_holder_authentication for private in response.private_data]
    return any(word is not None and _SIGNATURE in word.casefold() for word in words)


def _message(response: Response) -> str:
    """The terminal's own text, else what its action code says."""
    detail = response.error_detail
    texts = [private.error_text for private in response.private_data]
    if detail is not None:
        texts += [detail.text, detail.error.description if detail.error is not None else None]
    texts.append(response.elme_error_text)
    told = next((text.strip() for text in texts if text and text.strip()), "")
    return told or _action(response)


def _action(response: Response) -> str:
    if not isinstance(response, opi.CardServiceResponse) or response.tender is None:
        return ""
    authorisation = response.tender.authorisation
    code = authorisation.action_code if authorisation is not None else None
    return (opi.action_text(code) or "") if code and code.strip("0") else ""
