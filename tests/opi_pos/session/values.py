"""A shop, its terminal's abilities, orders and answers, as the tests of the rules need them."""

from __future__ import annotations

from typing import Any

from opi_pos.model.capabilities import (
    Capabilities,
    Correlation,
    Dispatch,
    ListenerNeed,
    ProgressReports,
    ReceiptSource,
    RefundScope,
    ResultDelivery,
    ReversalScope,
    StatusQuery,
    UnconfirmedPolicy,
)
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import POIID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Ended, NoAnswer, Refusal, Verdict, Written
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation, Outcome, Proof, Result
from opi_pos.session.sale import SaleSession
from opi_pos.session.service_ids import ServiceIDs
from opi_pos.session.terms import Terms
from opi_pos.testing.playbook import WALL, Playbook, confirmed, submit, told

SALE = SaleID("till-3")
POI = POIID("front")
SALE_TIME = "2026-05-05T10:00:00+02:00"
TEN = Amount(minor=1000, currency="EUR")

CAPABILITIES = Capabilities(
    correlation=Correlation.POS_ID,
    result_delivery=(ResultDelivery.RESPONSE,),
    unconfirmed_policy=UnconfirmedPolicy.KEPT,
    dispatch_means=Dispatch.EXECUTED,
    operations=frozenset(Operation),
    services=frozenset(),
    abort=True,
    reversal=ReversalScope.BY_REFERENCE,
    refund=RefundScope.LINKED,
    status=StatusQuery.BY_ID,
    result_amount=True,
    receipts=ReceiptSource.TEXT,
    progress=ProgressReports.CODED,
    needs_listener=ListenerNeed.NO,
)
"""A nexo terminal: silence after 60 s, asked every 5 s, link delay 5 s, runs at most 150 s."""


def able(**changes: Any) -> Capabilities:
    """A terminal that differs from `CAPABILITIES`."""
    fields = {name: getattr(CAPABILITIES, name) for name in CAPABILITIES.__struct_fields__}
    return Capabilities(**(fields | changes))


def terms(**changes: Any) -> Terms:
    """Of the shop; what is not a term is a capability."""
    own = {key: changes.pop(key) for key in list(changes) if key in Terms.__dataclass_fields__}
    given: dict[str, Any] = {"scope": "shop", "sale_id": SALE, "poi_id": POI}
    given["capabilities"] = able(**changes)
    return Terms(**(given | own))


def ids() -> ServiceIDs:
    """Service ids from 1 on."""
    numbers = ServiceIDs()
    numbers.reserved(1, 1_000_000)
    return numbers


def logged_out(**changes: Any) -> SaleSession:
    """A till that starts in the morning."""
    return SaleSession(terms(**changes), ids())


def ready(**changes: Any) -> SaleSession:
    """A till with an open session."""
    session = logged_out(**changes)
    if session.terms.capabilities.login:
        session.resumed()
    return session


def order(reference: str = "A", **changes: Any) -> MoneyOrder:
    """A payment of 10.00 EUR."""
    given: dict[str, Any] = {
        "operation": Operation.PAYMENT,
        "reference": Reference(reference),
        "sale_time": SALE_TIME,
        "amount": TEN,
    }
    return MoneyOrder(**(given | changes))


def answer(
    verdict: Verdict, service_id: str | None = "1", reference: str = "A", **more: Any
) -> Answer:
    """The terminal's answer with all that it may name."""
    return Answer(
        verdict=verdict,
        service_id=ServiceID(service_id) if service_id is not None else None,
        sale_id=SALE,
        poi_id=POI,
        reference=Reference(reference),
        sale_time=SALE_TIME,
        **more,
    )


def approved(service_id: str | None = "1", reference: str = "A", **more: Any) -> Ended:
    """It took the money."""
    more.setdefault("authorized", TEN)
    return Ended(answer=answer(Verdict.APPROVED, service_id, reference, **more))


def to_sign(service_id: str = "1", reference: str = "A") -> Ended:
    """It took the money, against a signature."""
    return approved(service_id, reference, signature_required=True)


def declined(service_id: str = "1", reference: str = "A") -> Ended:
    """It said no."""
    return Ended(answer=answer(Verdict.DECLINED, service_id, reference))


def refused(refusal: Refusal = Refusal.BUSY, service_id: str = "1") -> Ended:
    """It refused to begin."""
    whose = ServiceID(service_id)
    return Ended(answer=Answer(verdict=Verdict.REFUSED, refusal=refusal, service_id=whose))


LOGGED_IN = Ended(answer=Answer(verdict=Verdict.APPROVED))
LOGIN_BUSY = Ended(answer=Answer(verdict=Verdict.REFUSED, refusal=Refusal.BUSY))
LOGIN_REFUSED = Ended(answer=Answer(verdict=Verdict.DECLINED, message="unknown till"))
UNCLEAR = Ended(answer=answer(Verdict.UNCLEAR))
SILENCE = NoAnswer(written=True, problem="the link broke")
NEVER_LEFT = NoAnswer(written=False, problem="nobody listens there")


def row(exchange_id: str = "A", state: str = "sending", **more: Any) -> Exchange:
    """An exchange as an earlier process left it in the journal, a minute ago."""
    result = None
    if state == "in_doubt":
        result = _result(exchange_id, Outcome.IN_DOUBT, Proof.NONE)
    elif state in {"confirming", "reversing"}:
        result = _result(exchange_id, Outcome.APPROVED, Proof.RESPONSE)
    given: dict[str, Any] = {
        "exchange_id": ExchangeID(exchange_id),
        "scope": "shop",
        "poi_id": POI,
        "sale_id": SALE,
        "service_id": ServiceID("900"),
        "state": state,
        "order": order(exchange_id),
        "begun_at": WALL - 60,
        "changed_at": WALL - 60,
        "result": result,
    }
    return Exchange(**(given | more))


def _result(reference: str, outcome: Outcome, proof: Proof) -> Result:
    return Result(
        outcome=outcome,
        proof=proof,
        operation=Operation.PAYMENT,
        reference=Reference(reference),
        service_id=ServiceID("900"),
        requested=TEN,
        authorized=TEN if outcome is Outcome.APPROVED else None,
        signature_required=outcome is Outcome.APPROVED,
    )


def paying(**changes: Any) -> Playbook:
    """A till whose payment A is with the driver as #1; nothing has been told yet."""
    play = Playbook(ready(**changes))
    return play >> submit("A", order()) << "record A sending: intent" << "send A #1 payment"


def running(**changes: Any) -> Playbook:
    """A till whose payment A has left as #1."""
    return paying(**changes) >> told("A", "1", Written()) << "note A written"


def querying(**changes: Any) -> Playbook:
    """A till that asks about payment A for the first time, as query #2."""
    play = running(**changes) >> told("A", "1", SILENCE) << "note A silence"
    return play << "send query #2 about #1"


def in_doubt(**changes: Any) -> Playbook:
    """A till that nobody answered: payment A rests in doubt and no question is open."""
    play = running(status=StatusQuery.NONE, **changes) >> told("A", "1", SILENCE)
    play << "note A silence" << "record A in_doubt: in_doubt" << "finish A in_doubt by none"
    return play << "alarm A in_doubt"


def signing(**changes: Any) -> Playbook:
    """A till whose cashier is asked about the signature of payment A."""
    play = running(can_confirm=True, **changes) >> told("A", "1", to_sign())
    return play << "record A confirming: signature_asked" << "ask signature A"


def reversing(**changes: Any) -> Playbook:
    """A till that has sent the reversal of payment A, as #2."""
    play = signing(**changes) >> confirmed("A", accepted=False)
    play << "record A reversing: signature_refused" << "record A/signature sending: intent"
    return play << "send A/signature #2 reversal"
