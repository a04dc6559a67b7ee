"""A terminal's answers on channel 0, as messages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, TypeAlias

import msgspec

from opi_pos.model.money import Amount
from opi_pos.model.secret import Secret
from opi_pos.poi.opi.answers import (
    CardAnswer,
    CardRead,
    MoneyAnswer,
    OfflineAnswer,
    Result,
    StateAnswer,
    TotalsAnswer,
)
from opi_pos.poi.opi.effects import Answer, RepeatAnswer, Reply
from opi_pos.poi.opi.requests import Family, Header
from opi_pos.wire import opi
from opi_pos.wire.opi import Profile

Told: TypeAlias = opi.CardServiceResponse | opi.ServiceResponse

_FINE: Final = frozenset(
    {
        Result.SUCCESS,
        Result.ACTIVATED,
        Result.ALREADY_ACTIVATED,
        Result.DEACTIVATED,
        Result.ALREADY_DEACTIVATED,
        Result.DAY_CLOSED,
    }
)
_IDLE: Final = "IDLE"


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who a terminal says it is."""

    terminal_id: str
    name: str = "OPI-POS"
    """ApplicationSender."""
    acquirer_id: str = "1"
    merchant_id: str = "1"


class AnswerWriter:
    """Writes the answers of one terminal."""

    def __init__(self, profile: Profile, sender: Sender) -> None:
        self._profile = profile
        self._sender = sender

    def reply(self, reply: Reply) -> Told:
        """The answer as a message, under the ids of its request."""
        answer = reply.answer
        if isinstance(answer, RepeatAnswer):
            return self._repeated(reply.to, answer)
        return self._message(reply.to, answer, self._parts(answer, reply.to.family))

    def _message(self, to: Header, answer: Answer, parts: dict[str, Any]) -> Told:
        kind = opi.CardServiceResponse if to.family is Family.CARD else opi.ServiceResponse
        result = Result.SUCCESS if isinstance(answer, RepeatAnswer) else answer.result
        return kind(
            request_type=to.request_type,
            application_sender=self._sender.name,
            workstation_id=to.workstation_id,
            popid=to.popid,
            request_id=to.request_id,
            overall_result=self._spelled(result),
            **parts,
        )

    def _spelled(self, result: Result) -> str:
        return self._profile.logged_out if result is Result.LOGGED_OUT else result.value

    def _repeated(self, to: Header, answer: RepeatAnswer) -> Told:
        kept = answer.kept
        parts = self._parts(kept.answer, to.family)
        parts["original_header"] = opi.OriginalHeader(
            popid=kept.header.popid,
            request_type=kept.header.request_type,
            workstation_id=kept.header.workstation_id,
            request_id=kept.header.request_id,
            overall_result=self._spelled(kept.answer.result),
        )
        return self._message(to, answer, parts)

    # -- what stands in it -------------------------------------------------------------------

    def _parts(self, answer: Answer, family: Family) -> dict[str, Any]:
        match answer:
            case MoneyAnswer():
                parts = self._of_money(answer)
            case CardAnswer():
                parts = self._of_card(answer)
            case TotalsAnswer():
                parts = self._of_totals(answer)
            case StateAnswer() if family is Family.SERVICE:
                german = answer.state == _IDLE and "GetStatus" not in self._profile.status
                parts = {"diagnosis_result": "OK" if german else answer.state}
            case OfflineAnswer() if family is Family.SERVICE:
                none = opi.CountedAmount(number_payments=0, text=Decimal("0.00"))
                parts = {"submission": opi.Submission(successful=none, failed=none)}
            case _:
                parts = {}
        parts.setdefault("terminal", opi.Terminal(terminal_id=self._sender.terminal_id))
        text = "" if isinstance(answer, RepeatAnswer) else answer.text
        if text and not (isinstance(answer, RepeatAnswer) or answer.result in _FINE):
            error = opi.ErrorLine(category="1", code="0", description=text)  # codes [inferred]
            parts["error_detail"] = opi.ErrorDetail(error=error)
        return parts

    def _terminal(self, stan: str, batch: int = 0) -> opi.Terminal:
        return opi.Terminal(
            terminal_id=self._sender.terminal_id,
            stan=stan or None,
            terminal_batch=str(batch) if batch else None,
        )

    def _of_money(self, answer: MoneyAnswer) -> dict[str, Any]:
        parts: dict[str, Any] = {"terminal": self._terminal(answer.stan, answer.period)}
        if answer.amount is not None or answer.card is not None:
            parts["tender"] = opi.Tender(
                total_amount=_total(answer), authorisation=self._authorisation(answer)
            )
        return parts

    def _authorisation(self, answer: MoneyAnswer) -> opi.Authorisation:
        card = answer.card
        return opi.Authorisation(
            acquirer_id=self._sender.acquirer_id,
            time_stamp=answer.time,
            action_code=answer.action_code or None,
            approval_code=answer.approval_code or None,
            authorisation_type="Online",
            card_circuit=card.brand if card else None,
            card_pan=_masked(card),
            receipt_number=answer.receipt_number or None,
            merchant=self._sender.merchant_id,
        )

    def _of_card(self, answer: CardAnswer) -> dict[str, Any]:
        parts: dict[str, Any] = {"terminal": self._terminal(answer.stan)}
        if answer.card is not None:
            pan = _masked(answer.card)
            parts["card_value"] = opi.CardValue(card_pan=pan, card_circuit=answer.card.brand)
        if answer.balance is not None:
            balance = answer.balance.to_decimal()
            total = opi.TotalAmount(
                currency=answer.balance.currency, available_amount=balance, text=balance
            )
            parts["tender"] = opi.Tender(total_amount=total)
        return parts

    def _of_totals(self, answer: TotalsAnswer) -> dict[str, Any]:
        totals = tuple(
            opi.PaymentTotal(
                number_payments=group.count,
                payment_type=group.payment_type,
                currency=group.amount.currency,
                card_circuit=group.brand or None,
                text=group.amount.to_decimal(),
            )
            for group in answer.groups
        )
        authorisation = opi.Authorisation(
            acquirer_id=self._sender.acquirer_id, time_stamp=answer.time
        )
        return {
            "authorisation": authorisation,
            "reconciliation": opi.Reconciliation(total_amount=totals),
        }


def _total(answer: MoneyAnswer) -> opi.TotalAmount | None:
    amount = answer.amount or answer.asked
    if amount is None:
        return None
    tip = answer.tip
    return opi.TotalAmount(
        currency=amount.currency,
        payment_amount=_less(amount, tip).to_decimal() if tip else None,
        gratuity_amount=tip.to_decimal() if tip else None,
        text=amount.to_decimal(),
    )


def _less(amount: Amount, part: Amount) -> Amount:
    return amount.with_minor(amount.minor - part.minor)


def _masked(card: CardRead | None) -> Secret | None:
    return Secret(card.masked_pan) if card is not None and card.masked_pan else None
