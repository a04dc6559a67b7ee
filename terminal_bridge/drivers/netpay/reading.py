"""What a response means: plain JSON for the inbox, then answers."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from opi_pos.model.callbacks import CallbackAnswer, Statement
from opi_pos.model.card import Card, mask_text
from opi_pos.model.errors import UsageError
from opi_pos.model.ids import Reference, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Confidence, Operation, Outcome, TransactionID
from opi_pos.terminals.slip import Slip, receipts_of
from opi_pos.wire import netpay
from opi_pos.wire.netpay import Code, State
from opi_pos.wire.netpay.signature import packed
from terminal_bridge.drivers.netpay.naming import REFERENCE, reference_in

CURRENCY: Final = "MXN"
ACKNOWLEDGED: Final = CallbackAnswer(
    body=netpay.write_acknowledgement(netpay.RECEIVED), content_type="application/json"
)

Told = dict[str, Any]
"""A response as the inbox keeps it: no card data but the last four digits, no person's name."""

_CODES: Final[Mapping[str, Verdict]] = {
    Code.SUCCESS: Verdict.APPROVED,
    Code.CANCELLED: Verdict.ABORTED,
    Code.NOT_PERMITTED: Verdict.DECLINED,
    Code.REJECTED: Verdict.DECLINED,
    Code.PROMOTION: Verdict.DECLINED,
    Code.INVALID_CARD: Verdict.DECLINED,
}
"""Of the end of a sale or a cancellation. `05` and what nobody knows are asked about."""
_OUTCOMES: Final = {
    Verdict.APPROVED: Outcome.APPROVED,
    Verdict.ABORTED: Outcome.ABORTED,
    Verdict.DECLINED: Outcome.DECLINED,
    Verdict.UNCLEAR: Outcome.IN_DOUBT,
}
_STATES: Final[Mapping[State, Verdict]] = {
    State.STANDING: Verdict.APPROVED,
    State.DECLINED: Verdict.DECLINED,
    State.VOIDED: Verdict.DECLINED,
    State.REVERSED: Verdict.DECLINED,
    State.REVERSAL_PENDING: Verdict.DECLINED,
}
"""Of a sale that was asked about: whether its money stays with the shop."""
_STATE_TEXTS: Final = {
    State.VOIDED: "The sale was cancelled at the terminal.",
    State.REVERSED: "The sale was approved, then reversed by NetPay: the money goes back.",
    State.REVERSAL_PENDING: "The sale was approved, but will be reversed with the next good sale.",
}


def told_of(
    response: netpay.Response,
    serial: str,
    *,
    keep_signature: bool = False,
    till_prints: bool = False,
) -> Told:
    """What is kept of a response to this terminal's receiver."""
    told: Told = {
        "code": response.response_code,
        "state": response.reprint_module,
        "reprint": response.is_reprint,
        "void": response.is_void,
        "message": mask_text(response.message),
        "folio": mask_text(response.folio_number),
        "amount": _decimals(response.amount),
        "tip": _decimals(response.tip_amount),
        "transaction": {
            "id": _order_id(response.order_id, serial),
            "time": mask_text(response.trans_date),
        },
        "approval_code": mask_text(response.auth_code),
        "card": mask_text(response.card_number)[-4:],
        "brand": response.card_type_name or response.application_label,
        "pin": response.has_pin,
        "qps": response.is_qps,
        "aid": response.aid,
        "rrn": response.rrn_number or response.host_ref_num,
        "terminal": response.terminal_id,
        "odd": list(response.odd),
        "till_prints": till_prints or None,
    }
    if keep_signature and (signature := packed(response.hex_sign.reveal())):
        told["signature"] = signature
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def _order_id(text: str, serial: str) -> str:
    """A cancellation gives it back as it was, and its digits may look like a card number; one that
    is not this terminal's own is a stranger's text.
    """
    stamp, _, tail = text.partition("-")
    own = stamp.isascii() and stamp.isdigit() and len(stamp) == 12 and tail == serial
    return text if own else mask_text(text)


def _decimals(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def statement_of(response: netpay.Response) -> Statement | None:
    """What a response says of a payment that is no longer open; None when it names none."""
    reference = str(response.traceability.get(REFERENCE, ""))
    if not response.folio_number and not reference:
        return None
    if response.is_void and not reference:
        return None  # the folio is the sale's, not the cancellation's
    operation = Operation.REVERSAL if response.is_void else Operation.PAYMENT
    verdict = _state_verdict(response) if response.is_reprint else _code_verdict(response)
    return Statement(
        reference=Reference(reference) if reference else reference_in(response.folio_number),
        operation=operation,
        outcome=_OUTCOMES[verdict],
        authorized=_amount(_decimals(response.amount)) if verdict is Verdict.APPROVED else None,
        transaction=_transaction({"id": response.order_id, "time": response.trans_date}),
        message=mask_text(response.message),
    )


def _code_verdict(response: netpay.Response) -> Verdict:
    return _CODES.get(response.response_code, Verdict.UNCLEAR)


def _state_verdict(response: netpay.Response) -> Verdict:
    """That a sale was cancelled says nothing against what had been told of it."""
    state = netpay.state_of(response.reprint_module)
    return Verdict.UNCLEAR if state in {None, State.VOIDED} else _STATES[state]


def answer_of(told: Told, order: MoneyOrder, service_id: ServiceID) -> Answer:
    """What a response says about the order that it was matched with."""
    is_void = order.operation is Operation.REVERSAL
    if told["reprint"]:
        verdict = _of_state(netpay.state_of(told.get("state", "")), told, is_void=is_void)
    else:
        right_kind = told["void"] == is_void or told["code"] != Code.SUCCESS
        known = _CODES.get(told["code"], Verdict.UNCLEAR)
        verdict = known if right_kind else Verdict.UNCLEAR
    if verdict is Verdict.APPROVED and "amount" in told.get("odd", ()):
        verdict = Verdict.UNCLEAR
    return _answer(verdict, told, order, service_id)


def _of_state(state: State | None, told: Told, *, is_void: bool) -> Verdict:
    """The state of the sale, of which a cancellation wants the opposite."""
    if state is None:
        return Verdict.UNCLEAR
    if not is_void:
        was_cancelled = state is State.DECLINED and told["code"] == Code.CANCELLED
        return Verdict.ABORTED if was_cancelled else _STATES[state]
    stands = state in {State.STANDING, State.DECLINED}
    return Verdict.DECLINED if stands else Verdict.APPROVED


def _answer(verdict: Verdict, told: Told, order: MoneyOrder, service_id: ServiceID) -> Answer:
    taken = verdict is Verdict.APPROVED
    amount = _amount(told.get("amount"))
    if order.operation is Operation.REVERSAL and order.original is not None:
        amount = order.original.amount or amount
    state = netpay.state_of(told.get("state", "")) if told["reprint"] else None
    answer = Answer(
        verdict=verdict,
        service_id=service_id,
        reference=order.reference,
        sale_time=order.sale_time,
        condition=state or told["code"],
        message=_message(told, state),
        authorized=amount if taken else None,
        tip=_amount(told.get("tip")) if taken else None,
        terminal_transaction=_transaction(told["transaction"]),
        approval_code=told.get("approval_code", ""),
        card=_card(told),
        confidence=_confidence(told, state),
    )
    return _with_receipts(answer, told, order) if taken else answer


def _confidence(told: Told, state: State | None) -> Confidence:
    if not told["reprint"]:
        return Confidence.CALLBACK_ONLY
    pending = state is State.REVERSAL_PENDING
    return Confidence.PROVISIONAL if pending else Confidence.FINAL


def _message(told: Told, state: State | None) -> str:
    if state in _STATE_TEXTS:
        return _STATE_TEXTS[state]
    return str(told.get("message") or netpay.MEANINGS.get(told["code"], ""))


def _transaction(named: dict[str, str]) -> TransactionID | None:
    return TransactionID(id=named["id"], time=named["time"]) if named["id"] else None


def _card(told: Told) -> Card | None:
    if not told.get("card") and not told.get("brand"):
        return None
    last = told.get("card", "")
    return Card(masked_pan=f"****{last}" if last else "", brand=told.get("brand", ""))


def _amount(text: str | None) -> Amount | None:
    if text is None or Decimal(text) <= 0:
        return None
    try:
        return Amount.from_decimal(Decimal(text), CURRENCY)
    except UsageError:
        return None


def _with_receipts(answer: Answer, told: Told, order: MoneyOrder) -> Answer:
    """For a till that prints itself; else the terminal does. A signature is taken on the terminal's
    own screen, so none is asked for here.
    """
    total = answer.authorized or order.amount
    if total is None:
        return answer
    slip = Slip(
        title="Cancelación" if order.operation is Operation.REVERSAL else "Venta",
        outcome="APROBADA",
        total=total,
        time=told["transaction"]["time"],
        terminal_id=told.get("terminal", ""),
        card=answer.card,
        verification="PIN" if told.get("pin") else "",
        application_id=told.get("aid", ""),
        approval_code=answer.approval_code,
        retrieval_reference=told.get("rrn", ""),
        trace=told["transaction"]["id"],
        reference=order.reference,
        tip=answer.tip,
    )
    till_prints = bool(told.get("till_prints"))
    copies = receipts_of(slip)
    return msgspec.structs.replace(
        answer,
        receipts=tuple(msgspec.structs.replace(copy, must_print=till_prints) for copy in copies),
    )
