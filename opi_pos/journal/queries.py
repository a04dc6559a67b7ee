"""What the journal's threads do with a connection: reads, and writes inside a transaction."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from opi_pos.journal.masking import encode
from opi_pos.journal.rows import Row, exchange_of, mail_of, stored_fact_of
from opi_pos.journal.statements import SQL
from opi_pos.model.facts import Exchange, Key, Mail, StoredFact
from opi_pos.model.ids import POIID, ExchangeID


def exchange(connection: sqlite3.Connection, exchange_id: ExchangeID) -> Exchange | None:
    """One exchange."""
    found = _exchanges(connection, "exchange_by_id", {"exchange_id": exchange_id})
    return found[0] if found else None


def latest(connection: sqlite3.Connection, key: Key) -> Exchange | None:
    """The holder of a key, else its newest exchange."""
    parameters = {
        "scope": key.scope,
        "operation": str(key.operation),
        "reference": key.reference,
    }
    found = _exchanges(connection, "exchange_by_key", parameters)
    return found[0] if found else None


def find(connection: sqlite3.Connection, scope: str, reference: str) -> list[Exchange]:
    """All of one reference, oldest first."""
    return _exchanges(
        connection, "exchanges_of_reference", {"scope": scope, "reference": reference}
    )


def open_exchanges(connection: sqlite3.Connection, poi_id: POIID | None) -> list[Exchange]:
    """Those that have not ended, oldest first."""
    if poi_id is None:
        return _exchanges(connection, "open_exchanges", {})
    return _exchanges(connection, "open_exchanges_of_poi", {"poi_id": poi_id})


def exchanges(connection: sqlite3.Connection, limit: int, before: float | None) -> list[Exchange]:
    """The newest first."""
    if before is None:
        return _exchanges(connection, "newest_exchanges", {"limit": limit})
    return _exchanges(connection, "newest_exchanges_before", {"limit": limit, "before": before})


def facts(connection: sqlite3.Connection, exchange_id: ExchangeID) -> list[StoredFact]:
    """The facts of one exchange, in order."""
    rows = connection.execute(SQL["facts_of_exchange"], {"exchange_id": exchange_id})
    return [stored_fact_of(row) for row in rows.fetchall()]


def facts_after(connection: sqlite3.Connection, sequence: int, limit: int) -> list[StoredFact]:
    """What came after a cursor."""
    rows = connection.execute(SQL["facts_after"], {"sequence": sequence, "limit": limit})
    return [stored_fact_of(row) for row in rows.fetchall()]


def reserve(connection: sqlite3.Connection, poi_id: POIID, floor: int, count: int) -> int:
    """Move the first free number on; returns where it stood."""
    row = connection.execute(SQL["next_service_id"], {"poi_id": poi_id}).fetchone()
    first = max(floor, row[0]) if row is not None else floor
    connection.execute(SQL["reserve_service_ids"], {"poi_id": poi_id, "next_free": first + count})
    return first


def remember(connection: sqlite3.Connection, row: Row) -> None:
    """Write one memory."""
    connection.execute(SQL["remember"], row)


def recall(connection: sqlite3.Connection, poi_id: POIID, name: str) -> str | None:
    """Read one memory."""
    row = connection.execute(SQL["recall"], {"poi_id": poi_id, "name": name}).fetchone()
    return str(row[0]) if row is not None else None


def post(connection: sqlite3.Connection, row: Row) -> None:
    """Add mail."""
    connection.execute(SQL["post_mail"], row)


def has_mail(connection: sqlite3.Connection, poi_id: POIID) -> bool:
    """Whether anything is posted for a POI."""
    return connection.execute(SQL["any_mail_posted"], {"poi_id": poi_id}).fetchone() is not None


def take_mail(connection: sqlite3.Connection, poi_id: POIID, now: float) -> list[Mail]:
    """Withdraw what is too old, take the rest."""
    parameters = {"poi_id": poi_id, "now": now}
    connection.execute(SQL["withdraw_late_mail"], parameters)
    rows = connection.execute(SQL["posted_mail"], {"poi_id": poi_id}).fetchall()
    connection.execute(SQL["take_mail"], {"poi_id": poi_id})
    return [msgspec.structs.replace(mail_of(row), state="taken") for row in rows]


def mail(connection: sqlite3.Connection, mail_id: str) -> Mail | None:
    """One mail as it stands."""
    row = connection.execute(SQL["mail_by_id"], {"mail_id": mail_id}).fetchone()
    return mail_of(row) if row is not None else None


def answer_row(mail_id: str, state: str, answer: dict[str, Any] | None, place: int | None) -> Row:
    """The parameters of `answer_mail`."""
    return {
        "mail_id": mail_id,
        "state": state,
        "answer_json": encode(answer) if answer is not None else None,
        "place": place,
    }


def answer_mail(connection: sqlite3.Connection, row: Row) -> None:
    """Set state, answer and place of mail that is not finished."""
    connection.execute(SQL["answer_mail"], row)


def renew_mail(connection: sqlite3.Connection, mail_id: str, alive_until: float) -> Mail | None:
    """Push the sender's deadline."""
    connection.execute(SQL["renew_mail"], {"mail_id": mail_id, "alive_until": alive_until})
    return mail(connection, mail_id)


def _exchanges(connection: sqlite3.Connection, name: str, parameters: Row) -> list[Exchange]:
    return [exchange_of(row) for row in connection.execute(SQL[name], parameters).fetchall()]
