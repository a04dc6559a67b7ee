"""Values of the model as rows of the tables, and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from opi_pos.journal.masking import encode, mask_value
from opi_pos.model.errors import JournalError
from opi_pos.model.facts import OPEN_STATES, Exchange, Fact, Mail, StoredFact
from opi_pos.model.ids import POIID, ExchangeID, SaleID, ServiceID
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import MONEY_MOVED, Outcome, Result

Row = dict[str, Any]
FactRow = tuple[float, str, str, str | None, str]
Columns = Sequence[Any]

FINISHED = frozenset({"answered", "withdrawn"})
"""States that a mail never leaves."""
RENEW_S = 1.0
"""A mail's deadline is pushed only by so much at a time."""

_ORDER = msgspec.json.Decoder(MoneyOrder)
_RESULT = msgspec.json.Decoder(Result)
_DATA = msgspec.json.Decoder(dict[str, Any])


def is_taken(exchange: Exchange) -> bool:
    """Whether it holds its key (rule 6). The index `exchange_key_taken` says the same in SQL."""
    outcome = exchange.outcome
    return outcome is None or outcome is Outcome.IN_DOUBT or outcome in MONEY_MOVED


def exchange_row(exchange: Exchange) -> Row:
    """The parameters of `put_exchange`."""
    result, order = exchange.result, exchange.order
    return {
        "exchange_id": exchange.exchange_id,
        "scope": exchange.scope,
        "operation": str(order.operation),
        "reference": order.reference,
        "poi_id": exchange.poi_id,
        "sale_id": exchange.sale_id,
        "service_id": exchange.service_id,
        "state": str(exchange.state),
        "is_open": int(exchange.state in OPEN_STATES),
        "outcome": str(result.outcome) if result is not None else None,
        "begun_at": finite(exchange.begun_at),
        "changed_at": finite(exchange.changed_at),
        "parent": exchange.parent,
        "order_json": encode(order),
        "result_json": encode(result) if result is not None else None,
        "evidence_json": encode(exchange.evidence) if exchange.evidence else None,
    }


def exchange_of(columns: Columns) -> Exchange:
    """An exchange from the columns that every exchange query selects."""
    exchange_id, scope, poi_id, sale_id, service_id, state, *rest = columns
    begun_at, changed_at, parent, order_json, result_json, evidence_json = rest
    try:
        return Exchange(
            exchange_id=ExchangeID(exchange_id),
            scope=scope,
            poi_id=POIID(poi_id),
            sale_id=SaleID(sale_id),
            service_id=ServiceID(service_id),
            state=state,
            order=_ORDER.decode(order_json),
            begun_at=begun_at,
            changed_at=changed_at,
            result=_RESULT.decode(result_json) if result_json is not None else None,
            evidence=_DATA.decode(evidence_json) if evidence_json is not None else {},
            parent=ExchangeID(parent) if parent is not None else None,
        )
    except msgspec.MsgspecError as error:
        raise JournalError(f"exchange {exchange_id} cannot be read: {error}") from error


def order_of(text: str) -> MoneyOrder:
    """The order in an exchange row."""
    return _ORDER.decode(text)


def result_of(text: str) -> Result:
    """The result in an exchange row."""
    return _RESULT.decode(text)


def fact_row(fact: Fact) -> FactRow:
    """The parameters of `add_fact`."""
    data_json = encode(fact.data)
    _encodable(f"{fact.kind}{fact.poi_id}{fact.exchange_id}")
    return finite(fact.at), str(fact.kind), fact.poi_id, fact.exchange_id, data_json


def stored_fact_of(columns: Columns) -> StoredFact:
    """A fact with its sequence number."""
    sequence, at, kind, poi_id, exchange_id, data_json = columns
    fact = Fact(
        kind=kind,
        poi_id=POIID(poi_id),
        at=at,
        exchange_id=ExchangeID(exchange_id) if exchange_id is not None else None,
        data=_DATA.decode(data_json),
    )
    return StoredFact(sequence=sequence, fact=fact)


def mail_row(mail: Mail) -> Row:
    """The parameters of `post_mail`."""
    return {
        "mail_id": mail.mail_id,
        "poi_id": mail.poi_id,
        "kind": mail.kind,
        "body_json": encode(mail.body),
        "sender": mail.sender,
        "posted_at": finite(mail.posted_at),
        "alive_until": finite(mail.alive_until),
        "state": mail.state,
        "answer_json": encode(mail.answer) if mail.answer is not None else None,
        "place": mail.place,
    }


def mail_of(columns: Columns) -> Mail:
    """A mail as it stands."""
    mail_id, poi_id, kind, body_json, sender, *rest = columns
    posted_at, alive_until, state, answer_json, place = rest
    return Mail(
        mail_id=mail_id,
        poi_id=POIID(poi_id),
        kind=kind,
        body=_DATA.decode(body_json),
        sender=sender,
        posted_at=posted_at,
        alive_until=alive_until,
        state=state,
        answer=_DATA.decode(answer_json) if answer_json is not None else None,
        place=place,
    )


def is_renewal_due(mail: Mail | None, alive_until: float) -> bool:
    """Whether a sender's sign of life is worth a write: a guest shows one ten times a second."""
    if mail is None or mail.state in FINISHED:
        return False
    return not 0 <= alive_until - mail.alive_until < RENEW_S


def memory_row(poi_id: POIID, name: str, value: str) -> Row:
    """The parameters of `remember`."""
    return {"poi_id": poi_id, "name": name, "value": mask_value(value)}


def finite(time_s: float) -> float:
    """Refuse what is no time."""
    # SQLite would store NaN as NULL and refuse the row in the writer, long after the caller left.
    if not math.isfinite(time_s):
        raise JournalError("a time in the journal must be a finite number of Unix seconds")
    return time_s


def _encodable(text: str) -> None:
    # A noted fact has no caller left to hear that the database refuses it.
    try:
        text.encode()
    except UnicodeEncodeError:
        raise JournalError("a text in the journal must be valid Unicode") from None
