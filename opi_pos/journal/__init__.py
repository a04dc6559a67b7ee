"""Durable facts: the journal on SQLite, its in-memory twin, and the lock that names a POI's owner.

Reading order: `sqlite.py` (what the runtime calls), `writer.py` (one thread, group commit),
`rows.py` (what a row is), `sql/` (schema and statements), `memory.py` (the twin), `lock.py`.
Both journals pass `opi_pos.testing.journal_contract`.
"""

from __future__ import annotations
