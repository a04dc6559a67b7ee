"""The journal in memory: the twin of `sqlite.py` for tests and simulations, with crashes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

import msgspec

from opi_pos.journal.erasure import blank_order, blank_result
from opi_pos.journal.masking import encode, mask_value, plain
from opi_pos.journal.rows import FINISHED, finite, is_renewal_due
from opi_pos.journal.storage import Storage, Tables
from opi_pos.model.errors import JournalError
from opi_pos.model.facts import OPEN_STATES, Exchange, Fact, Key, Mail, StoredFact
from opi_pos.model.ids import POIID, ExchangeID

NOTE_S = 30.0
"""As in `sqlite.py`."""

WriteKind = Literal[
    "intent", "outcome", "progress", "notes", "service_ids", "memory", "mail", "erasure"
]
"""`intent`: a commit with a row that is new or open anew; `outcome`: one with a row that has a
result; `progress`: any other commit."""

OnWrite = Callable[[Literal["before", "after"], WriteKind], None]


class MemoryJournal:
    """Implements `opi_pos.ports.Journal` without a disk, a thread or a wait.

    Several journals over one `storage` are several processes. `on_write` is called before and
    after each durable write; what it raises there is a crash at that place. Kinds in `unsynced`
    are acknowledged but lost at a power loss, which is what a mutant does.
    """

    def __init__(
        self,
        storage: Storage | None = None,
        *,
        on_write: OnWrite | None = None,
        unsynced: Collection[WriteKind] = (),
        note_s: float = NOTE_S,
    ) -> None:
        self.storage = storage if storage is not None else Storage()
        self.commits = 0
        """How many durable transactions this journal has made."""
        self._on_write = on_write
        self._unsynced = frozenset(unsynced)
        self._note_s = note_s
        self._noted: list[Fact] = []
        self._timer: asyncio.TimerHandle | None = None
        self._seen_version = -1
        self._dead = ""

    def lose_volatile(self, *, power: bool = True) -> MemoryJournal:
        """The process dies: noted facts are gone, and with the `power` what was not synced.

        Returns a fresh journal over the same storage; this one refuses everything from now on.
        """
        self._stop("the process of this journal is dead")
        self._noted.clear()
        if power:
            self.storage.lose_power()
        return MemoryJournal(
            self.storage,
            on_write=self._on_write,
            unsynced=self._unsynced,
            note_s=self._note_s,
        )

    async def commit(
        self, *, exchanges: Sequence[Exchange] = (), facts: Sequence[Fact] = ()
    ) -> None:
        """Write rows and facts in one durable transaction (see the port)."""
        rows = [_plain_exchange(exchange) for exchange in exchanges]
        plain = [_plain_fact(fact) for fact in facts]
        tables = self._tables()
        try:
            tables.check_keys(rows)
        except JournalError:
            self._flush()
            raise
        if rows or plain or self._noted:
            self._write(_kind_of(tables, rows), lambda tables: _commit(tables, rows, plain))
        await asyncio.sleep(0)

    def note(self, fact: Fact) -> None:
        """Keep a fact for the next commit, or for a commit of its own within `note_s`."""
        self._tables()
        self._noted.append(_plain_fact(fact))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._note_s, self._flush)

    async def exchange(self, exchange_id: ExchangeID) -> Exchange | None:
        """One exchange."""
        return self._tables().exchanges.get(exchange_id)

    async def latest(self, key: Key) -> Exchange | None:
        """The exchange that counts for a key."""
        tables = self._tables()
        holder = tables.holders.get(key)
        if holder is not None:
            return tables.exchanges[holder]
        ids = tables.by_reference.get((key.scope, key.reference), ())
        found = (tables.exchanges[exchange_id] for exchange_id in reversed(ids))
        return next((exchange for exchange in found if exchange.key == key), None)

    async def find(self, scope: str, reference: str) -> Sequence[Exchange]:
        """All exchanges of a shop's reference, oldest first."""
        tables = self._tables()
        return [tables.exchanges[id_] for id_ in tables.by_reference.get((scope, reference), ())]

    async def open_exchanges(self, poi_id: POIID | None = None) -> Sequence[Exchange]:
        """Those that have not ended, oldest first."""
        found = self._tables().open_exchanges()
        return [exchange for exchange in found if poi_id is None or exchange.poi_id == poi_id]

    async def exchanges(
        self, *, limit: int = 100, before: float | None = None
    ) -> Sequence[Exchange]:
        """The newest first; `before` leaves out what began then or later."""
        found = reversed(self._tables().exchanges.values())
        older = [exchange for exchange in found if before is None or exchange.begun_at < before]
        return sorted(older, key=lambda exchange: -exchange.begun_at)[:limit]

    async def facts(self, exchange_id: ExchangeID) -> Sequence[StoredFact]:
        """The facts of one exchange, in order."""
        return list(self._tables().by_exchange.get(exchange_id, ()))

    async def facts_after(self, sequence: int, limit: int = 100) -> Sequence[StoredFact]:
        """The outbox: what came after a cursor."""
        start = max(0, sequence)
        return self._tables().facts[start : start + limit]

    async def reserve_service_ids(self, poi_id: POIID, floor: int, count: int) -> int:
        """Reserve `count` numbers for good and return the first."""
        if count < 1:
            raise JournalError("reserve at least one service id")
        first = max(floor, self._tables().service_ids.get(poi_id, floor))

        def reserve(tables: Tables) -> None:
            tables.service_ids[poi_id] = first + count

        self._write("service_ids", reserve)
        await asyncio.sleep(0)
        return first

    async def remember(self, poi_id: POIID, name: str, value: str) -> None:
        """Keep one small text per terminal and name."""
        masked = mask_value(value)

        def remember(tables: Tables) -> None:
            tables.memory[poi_id, name] = masked

        self._write("memory", remember)
        await asyncio.sleep(0)

    async def recall(self, poi_id: POIID, name: str) -> str | None:
        """What was remembered."""
        return self._tables().memory.get((poi_id, name))

    async def post(self, mail: Mail) -> None:
        """Leave mail for the owner of a POI; `JournalError` when the id was used."""
        plain = _plain_mail(mail)
        if plain.mail_id in self._tables().mail:
            self._flush()
            raise JournalError(f"the journal refuses this: mail {plain.mail_id} exists")
        self._write("mail", lambda tables: tables.add_mail(plain))
        await asyncio.sleep(0)

    async def take_mail(self, poi_id: POIID, now: float) -> Sequence[Mail]:
        """Mark and return what waits; writes nothing when nothing does."""
        posted = [
            mail
            for mail in self._tables().mail.values()
            if mail.poi_id == poi_id and mail.state == "posted"
        ]
        if not posted:
            return ()
        taken: list[Mail] = []

        def take(tables: Tables) -> None:
            for mail in posted:
                if mail.alive_until < now:
                    tables.change_mail(mail, state="withdrawn")
                else:
                    taken.append(tables.change_mail(mail, state="taken"))

        self._write("mail", take)
        await asyncio.sleep(0)
        return taken

    async def mail(self, mail_id: str) -> Mail | None:
        """One mail as it stands."""
        return self._tables().mail.get(mail_id)

    async def answer_mail(
        self,
        mail_id: str,
        *,
        state: str,
        answer: dict[str, Any] | None = None,
        place: int | None = None,
    ) -> None:
        """Set state, answer and place; what is `answered` or `withdrawn` stays as it is."""
        changes: dict[str, object] = {"state": state}
        if answer is not None:
            changes["answer"] = msgspec.json.decode(encode(answer))
        if place is not None:
            changes["place"] = place
        self._change_mail(mail_id, changes)
        await asyncio.sleep(0)

    async def renew_mail(self, mail_id: str, alive_until: float) -> Mail | None:
        """Tell that the sender still waits; returns the mail as it stands. Pushes its deadline by
        a second or more at a time, so that telling often costs little.
        """
        if is_renewal_due(self._tables().mail.get(mail_id), finite(alive_until)):
            self._change_mail(mail_id, {"alive_until": alive_until})
            await asyncio.sleep(0)
        return self._tables().mail.get(mail_id)

    async def erase_personal_data(self, before: float) -> int:
        """As `SqliteJournal.erase_personal_data`, without a file to overwrite."""
        blanked = [
            blank
            for exchange in self._tables().exchanges.values()
            if exchange.changed_at < before and exchange.state not in OPEN_STATES
            if (blank := _blank(exchange)) != exchange
        ]
        self._write("erasure", lambda tables: _erase(tables, blanked, before))
        await asyncio.sleep(0)
        return len(blanked)

    def changed(self) -> bool:
        """Whether the storage was written since the last call, by any journal, this one too."""
        version, self._seen_version = self._seen_version, self.storage.version
        return version != self.storage.version

    async def close(self) -> None:
        """Make durable what was noted, then close. Twice does no harm."""
        if not self._dead:
            self._flush()
            self._stop("the journal is closed")

    def _tables(self) -> Tables:
        if self._dead:
            raise JournalError(self._dead)
        return self.storage.tables

    def _write(self, kind: WriteKind, change: Callable[[Tables], None]) -> None:
        self._tables()
        if self._on_write is not None:
            self._on_write("before", kind)
        # Only now: the hook may have killed this process or cut the power.
        tables = self._tables()
        self.storage.before_write(synced=kind not in self._unsynced)
        for fact in self._noted:
            tables.add_fact(fact)
        self._noted.clear()
        change(tables)
        self.commits += 1
        if self._on_write is not None:
            self._on_write("after", kind)

    def _flush(self) -> None:
        """Write what was noted: its time has come, or what it was to go with was refused."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._noted:
            self._write("notes", lambda _tables: None)

    def _change_mail(self, mail_id: str, changes: dict[str, object]) -> None:
        mail = self._tables().mail.get(mail_id)
        if mail is not None and mail.state not in FINISHED:
            self._write("mail", lambda tables: _discard(tables.change_mail(mail, **changes)))
        else:
            self._flush()

    def _stop(self, why: str) -> None:
        self._dead = why
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _discard(_value: object) -> None:
    """A change returns nothing."""


def _kind_of(tables: Tables, exchanges: Sequence[Exchange]) -> WriteKind:
    if any(exchange.result is not None for exchange in exchanges):
        return "outcome"
    if any(exchange.exchange_id not in tables.exchanges for exchange in exchanges):
        return "intent"
    return "progress"


def _commit(tables: Tables, exchanges: Sequence[Exchange], facts: Sequence[Fact]) -> None:
    for exchange in exchanges:
        tables.put_exchange(exchange)
    for fact in facts:
        tables.add_fact(fact)


def _blank(exchange: Exchange) -> Exchange:
    result = exchange.result
    return msgspec.structs.replace(
        exchange,
        order=blank_order(exchange.order),
        result=blank_result(result) if result is not None else None,
        evidence={},
    )


def _erase(tables: Tables, blanked: Sequence[Exchange], before: float) -> None:
    for exchange in blanked:
        tables.put_exchange(exchange)
    for stored in list(tables.facts):
        fact = stored.fact
        if fact.data and fact.at < before and fact.exchange_id not in tables.open:
            blank = msgspec.structs.replace(fact, data={})
            tables.replace_fact(msgspec.structs.replace(stored, fact=blank))
    for mail in list(tables.mail.values()):
        if mail.posted_at < before and mail.state in FINISHED:
            tables.change_mail(mail, body={}, answer=None)


def _plain_exchange(exchange: Exchange) -> Exchange:
    finite(exchange.begun_at)
    finite(exchange.changed_at)
    return plain(exchange)


def _plain_fact(fact: Fact) -> Fact:
    finite(fact.at)
    return msgspec.json.decode(encode(fact), type=Fact)


def _plain_mail(mail: Mail) -> Mail:
    finite(mail.posted_at)
    finite(mail.alive_until)
    return msgspec.json.decode(encode(mail), type=Mail)
