"""Erases personal data and keeps the accounting row (retention)."""

from __future__ import annotations

import sqlite3

import msgspec

from opi_pos.journal.masking import encode
from opi_pos.journal.rows import order_of, result_of
from opi_pos.journal.statements import SQL
from opi_pos.model.card import Card
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Result

PORTION = 500
"""Rows in one transaction."""


def blank_order(order: MoneyOrder) -> MoneyOrder:
    """Without operator, language, basket and what a face kept of a foreign till."""
    return msgspec.structs.replace(order, operator="", language="", items=(), foreign={})


def blank_result(result: Result) -> Result:
    """Without receipts, free text, card number and token; brand and entry mode name nobody."""
    card = result.card
    return msgspec.structs.replace(
        result,
        receipts=(),
        message="",
        card=Card(brand=card.brand, entry_mode=card.entry_mode) if card is not None else None,
    )


def erase_exchanges(connection: sqlite3.Connection, before: float) -> int:
    """Blank one portion; returns how many rows: fewer than `PORTION` were the last."""
    parameters = {"before": before, "limit": PORTION}
    rows = connection.execute(SQL["personal_exchanges"], parameters).fetchall()
    for number, order_json, result_json in rows:
        connection.execute(
            SQL["erase_exchange"],
            {
                "number": number,
                "order_json": encode(blank_order(order_of(order_json))),
                "result_json": (
                    encode(blank_result(result_of(result_json))) if result_json else None
                ),
            },
        )
    return len(rows)


def erase_facts(connection: sqlite3.Connection, before: float, after: int) -> int | None:
    """Blank one portion of sequence numbers behind `after`; returns where the next begins."""
    last: int = connection.execute(SQL["last_sequence"]).fetchone()[0]
    upto = after + PORTION
    connection.execute(SQL["erase_facts"], {"after": after, "upto": upto, "before": before})
    return upto if upto < last else None


def erase_mail(connection: sqlite3.Connection, before: float) -> None:
    """Blank finished mail."""
    connection.execute(SQL["erase_mail"], {"before": before})


def truncate_log(connection: sqlite3.Connection) -> None:
    """Move the write-ahead log into the database and empty it; old bytes stay there otherwise."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
