"""What waits in the queue or is carried out for it: orders with and without money."""

from __future__ import annotations

from dataclasses import dataclass

from opi_pos.model.ids import ExchangeID, Reference, ServiceID
from opi_pos.model.news import Answer, Ended, News, NoAnswer, Verdict
from opi_pos.model.orders import MoneyOrder, Order, Original
from opi_pos.model.results import Operation, Outcome, Proof, Result
from opi_pos.session.effects import Instant
from opi_pos.session.kept import NOT_SENT, KeptExchange
from opi_pos.session.verdicts import plain_result


@dataclass(slots=True, kw_only=True)
class Ticket:
    """An order in the queue."""

    exchange_id: ExchangeID
    order: Order
    queued_at: float
    parent: ExchangeID | None = None

    @property
    def reference(self) -> str:
        """The shop's reference; empty for an order without money."""
        return self.order.reference if isinstance(self.order, MoneyOrder) else ""

    @property
    def timeout_at(self) -> float | None:
        """When the till begins to wish that it stops; the caller waits from the queue on."""
        timeout_s = self.order.timeout_s if isinstance(self.order, MoneyOrder) else None
        return None if timeout_s is None else self.queued_at + timeout_s


@dataclass(slots=True, kw_only=True)
class Service:
    """The order without money that is being carried out."""

    exchange_id: ExchangeID
    service_id: ServiceID
    give_up_at: float
    aborted: bool = False


def reversal_of(payment: KeptExchange, result: Result, at: Instant) -> Ticket:
    """The order that undoes a payment whose signature was refused."""
    original = Original(
        reference=result.reference,
        service_id=result.service_id,
        transaction=result.terminal_transaction,
        amount=result.authorized,
        approval_code=result.approval_code,
        poi_id=payment.terms.poi_id,
        exchange_id=payment.exchange_id,
    )
    # A second attempt at the same reference may end so too: each reversal has its own key.
    reference = f"{payment.order.reference}/signature/{result.service_id}"
    order = MoneyOrder(
        operation=Operation.REVERSAL,
        reference=Reference(reference),
        sale_time=payment.order.sale_time,
        original=original,
        reason="signature_declined",
    )
    return Ticket(
        exchange_id=ExchangeID(f"{payment.exchange_id}/signature"),
        order=order,
        queued_at=at.now,
        parent=payment.exchange_id,
    )


def never_sent(order: MoneyOrder, text: str, proof: Proof) -> Result:
    """The result of an order that stayed in the queue."""
    return plain_result(order, NOT_SENT, outcome=Outcome.NOT_STARTED, proof=proof, message=text)


def final_answer(news: News) -> Answer | None:
    """The answer that ends a command without money; None while it goes on."""
    match news:
        case Ended(answer=answer):
            return answer
        case NoAnswer(problem=problem):
            return Answer(verdict=Verdict.UNCLEAR, message=problem)
        case _:
            return None
