"""The journal in memory and the one on SQLite give the same answers to the same days."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from opi_pos.journal.memory import MemoryJournal
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.journal.storage import Storage
from opi_pos.model.errors import JournalError
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import POIID, ExchangeID
from opi_pos.model.results import Operation, Outcome
from opi_pos.ports import Journal
from opi_pos.testing.journal_contract import PANS, exchange, fact, mail
from tests.opi_pos.journal.disks import Disk

POIS = (POIID("front"), POIID("counter"))
STEPS = 80

Step = tuple[str, tuple[Any, ...], dict[str, Any]]


def day(seed: int) -> list[tuple[int, Step]]:
    """Steps, each with the process that takes it; the ids are few, so that they meet."""
    chance = random.Random(seed)
    return [(chance.randrange(2), step(chance)) for _ in range(STEPS)]


def step(chance: random.Random) -> Step:
    return chance.choice(STEPPERS)(chance)


def commit(chance: random.Random) -> Step:
    rows = [row(chance) for _ in range(chance.choice([0, 1, 1, 2, 3]))]
    return "commit", (), {"exchanges": rows, "facts": [fact(data={"text": text(chance)})]}


def note(chance: random.Random) -> Step:
    exchange_id = chance.choice([None, ExchangeID("x")])
    return "note", (fact(chance.randrange(6), exchange_id=exchange_id),), {}


def reserve(chance: random.Random) -> Step:
    parameters = (chance.choice(POIS), chance.randrange(200), chance.randrange(3))
    return "reserve_service_ids", parameters, {}


def remember(chance: random.Random) -> Step:
    return "remember", (chance.choice(POIS), f"name-{chance.randrange(6)}", text(chance)), {}


def post(chance: random.Random) -> Step:
    body = {"text": text(chance)}
    return "post", (mail(chance.randrange(6), poi_id=chance.choice(POIS), body=body),), {}


def take_mail(chance: random.Random) -> Step:
    return "take_mail", (chance.choice(POIS), 1000.0 + chance.randrange(20)), {}


def answer_mail(chance: random.Random) -> Step:
    change = {
        "state": chance.choice(["posted", "taken", "answered", "withdrawn"]),
        "place": chance.choice([None, 3]),
        "answer": chance.choice([None, {"text": text(chance)}]),
    }
    return "answer_mail", (f"mail-{chance.randrange(6)}",), change


def renew_mail(chance: random.Random) -> Step:
    return "renew_mail", (f"mail-{chance.randrange(6)}", 1005.0 + chance.randrange(15)), {}


def erase(chance: random.Random) -> Step:
    return "erase_personal_data", (1000.0 + chance.randrange(8),), {}


def read(chance: random.Random) -> Step:
    if chance.random() < 0.5:
        return "exchanges", (), {"limit": 4, "before": chance.choice([None, 1004.0])}
    return "facts_after", (chance.randrange(10), chance.randrange(5)), {}


STEPPERS = (
    *(commit, commit, commit, note, reserve, remember, post, post),
    *(take_mail, answer_mail, renew_mail, erase, read),
)


def text(chance: random.Random) -> str:
    return chance.choice(["plain", f"card {chance.choice(PANS)}"])


def row(chance: random.Random) -> Exchange:
    """An exchange has one key, but for a fault of the program."""
    number, outcome = chance.randrange(8), chance.choice([None, *Outcome])
    order = number if chance.random() < 0.95 else chance.randrange(4)
    state = "ended" if outcome is not None else chance.choice(["sending", "running"])
    plain = exchange(
        number,
        outcome=outcome,
        reference=f"order-{order % 4}",
        operation=Operation.REFUND if order in {3, 6} else Operation.PAYMENT,
        state="in_doubt" if outcome is Outcome.IN_DOUBT else state,
        poi_id=chance.choice(POIS),
    )
    return msgspec.structs.replace(plain, begun_at=1000.0 + chance.randrange(6))


async def take(journal: Any, what: Step) -> object:
    """Take one step; errors are answers too."""
    name, args, keywords = what
    try:
        answer = getattr(journal, name)(*args, **keywords)
        answer = answer if name == "note" else await answer
    except JournalError as error:
        return type(error)
    return list(answer) if isinstance(answer, list | tuple) else answer


async def everything(journal: Any) -> list[object]:
    rows = await journal.exchanges(limit=1000)
    answers: list[object] = [rows, await journal.facts_after(0, 10_000)]
    answers += [await journal.open_exchanges(poi) for poi in (None, *POIS)]
    for item in rows:
        answers += [await journal.latest(item.key), await journal.facts(item.exchange_id)]
    for number in range(6):
        answers.append(await journal.find("shop-12", f"order-{number}"))
        answers.append(await journal.mail(f"mail-{number}"))
        answers += [await journal.recall(poi, f"name-{number}") for poi in POIS]
    return answers


@pytest.mark.parametrize("seed", range(25))
async def test_equal_days_give_equal_journals(tmp_path: Path, seed: int) -> None:
    disk = Disk()  # what is compared is not durability: no waiting for a disk
    disk.rewrite = _quick
    storage = Storage()
    memory = [MemoryJournal(storage), MemoryJournal(storage)]
    sqlite = [
        await SqliteJournal.open(tmp_path / "till.db", connect=disk.connect) for _ in range(2)
    ]
    for place, (process, what) in enumerate(day(seed)):
        expected = await take(memory[process], what)
        assert await take(sqlite[process], what) == expected, f"seed {seed}, step {place}: {what}"
    journals: list[Journal] = [*memory, *sqlite]
    for journal in journals:
        await journal.commit()
    assert await everything(sqlite[1]) == await everything(memory[1]), f"seed {seed}"
    for journal in journals:
        await journal.close()


def _quick(sql: str) -> str:
    return {
        "PRAGMA synchronous=FULL": "PRAGMA synchronous=OFF",
        "PRAGMA synchronous": "SELECT 2",
    }.get(sql, sql)
