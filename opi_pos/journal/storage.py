"""The disk of the in-memory journal: shared by several journals, it outlives their crashes."""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import msgspec

from opi_pos.journal.rows import is_taken
from opi_pos.model.errors import JournalError, KeyTakenError
from opi_pos.model.facts import OPEN_STATES, Exchange, Fact, Key, Mail, StoredFact
from opi_pos.model.ids import POIID, ExchangeID


class Tables:
    """The tables, as dictionaries in order of insertion."""

    def __init__(self) -> None:
        self.exchanges: dict[ExchangeID, Exchange] = {}
        self.holders: dict[Key, ExchangeID] = {}
        """Who holds a taken key."""
        self.open: dict[ExchangeID, None] = {}
        self.by_reference: dict[tuple[str, str], list[ExchangeID]] = {}
        self.facts: list[StoredFact] = []
        self.by_exchange: dict[ExchangeID, list[StoredFact]] = {}
        self.service_ids: dict[POIID, int] = {}
        self.memory: dict[tuple[POIID, str], str] = {}
        self.mail: dict[str, Mail] = {}

    def copy(self) -> Tables:
        """Another set of tables over the same (immutable) values."""
        twin = Tables()
        twin.exchanges = self.exchanges.copy()
        twin.holders = self.holders.copy()
        twin.open = self.open.copy()
        twin.by_reference = {key: list(ids) for key, ids in self.by_reference.items()}
        twin.facts = self.facts.copy()
        twin.by_exchange = {key: list(facts) for key, facts in self.by_exchange.items()}
        twin.service_ids = self.service_ids.copy()
        twin.memory = self.memory.copy()
        twin.mail = self.mail.copy()
        return twin

    def check_keys(self, exchanges: Sequence[Exchange]) -> None:
        """`KeyTakenError` when one of the rows would be the second holder of a key, `JournalError`
        when one changes its key. In order: a row may take what the one before it gave back.
        """
        holders: dict[Key, ExchangeID | None] = {}
        keys: dict[ExchangeID, Key] = {}
        for exchange in exchanges:
            exchange_id, key = exchange.exchange_id, exchange.key
            if exchange_id in self.exchanges:
                keys.setdefault(exchange_id, self.exchanges[exchange_id].key)
            if keys.setdefault(exchange_id, key) != key:
                raise JournalError("the journal refuses this: an exchange keeps its key")
            holder = holders.get(key, self.holders.get(key))
            if not is_taken(exchange):
                holders[key] = None if holder == exchange_id else holder
            elif holder not in {None, exchange_id}:
                raise KeyTakenError(
                    f"{key.operation} {key.reference!r} is open, in doubt or approved already"
                )
            else:
                holders[key] = exchange_id

    def put_exchange(self, exchange: Exchange) -> None:
        """Insert, or replace the row with the same id. Keys were checked."""
        exchange_id, key = exchange.exchange_id, exchange.key
        if exchange_id not in self.exchanges:
            ids = self.by_reference.setdefault((key.scope, key.reference), [])
            ids.append(exchange_id)
        self.exchanges[exchange_id] = exchange
        if is_taken(exchange):
            self.holders[key] = exchange_id
        elif self.holders.get(key) == exchange_id:
            del self.holders[key]
        if exchange.state in OPEN_STATES:
            self.open[exchange_id] = None
        else:
            self.open.pop(exchange_id, None)

    def open_exchanges(self) -> list[Exchange]:
        """Those that have not ended, oldest first (an exchange may have opened again)."""
        if len(self.open) < 2:
            return [self.exchanges[exchange_id] for exchange_id in self.open]
        return [
            exchange for exchange_id, exchange in self.exchanges.items() if exchange_id in self.open
        ]

    def add_fact(self, fact: Fact) -> None:
        """Append."""
        stored = StoredFact(sequence=len(self.facts) + 1, fact=fact)
        self.facts.append(stored)
        if fact.exchange_id is not None:
            self.by_exchange.setdefault(fact.exchange_id, []).append(stored)

    def replace_fact(self, stored: StoredFact) -> None:
        """Put a blanked fact in the place of the whole one."""
        old = self.facts[stored.sequence - 1]
        self.facts[stored.sequence - 1] = stored
        if old.fact.exchange_id is not None:
            facts = self.by_exchange[old.fact.exchange_id]
            facts[bisect.bisect_left(facts, old.sequence, key=_sequence)] = stored

    def add_mail(self, mail: Mail) -> None:
        """Append."""
        self.mail[mail.mail_id] = mail

    def change_mail(self, mail: Mail, **changes: object) -> Mail:
        """Replace a mail by a changed one."""
        changed = msgspec.structs.replace(mail, **changes)
        self.mail[mail.mail_id] = changed
        return changed


class Storage:
    """Tables on a disk with a cache: what was not synced is lost with the power.

    A later synced write takes earlier ones with it, as one sync of a write-ahead log does.
    """

    def __init__(self) -> None:
        self.tables = Tables()
        self.version = 0
        """Grows with every write; what `changed()` looks at."""
        self._synced: Tables | None = None

    def before_write(self, *, synced: bool) -> None:
        """Call first in every write."""
        if not synced and self._synced is None:
            self._synced = self.tables.copy()
        elif synced:
            self._synced = None
        self.version += 1

    def lose_power(self) -> None:
        """Forget what was acknowledged but not synced."""
        if self._synced is not None:
            self.tables, self._synced = self._synced, None
            self.version += 1


def _sequence(stored: StoredFact) -> int:
    return stored.sequence
