"""Power cuts: with FULL nothing acknowledged is lost, and this very test notices NORMAL.

`OPI_POS_POWER_CUTS` sets the number of cuts, `OPI_POS_SEED` the day and the dice.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from opi_pos.journal import queries
from opi_pos.journal.connection import connect, open_writer
from opi_pos.model.facts import OPEN_STATES, Exchange
from tests.power.images import SECTOR, Platter
from tests.power.recording import Mark, Recording, Sync, Truncate, Write
from tests.power.workload import FULL, NORMAL, record

CUTS = int(os.environ.get("OPI_POS_POWER_CUTS", "2000"))
SEED = int(os.environ.get("OPI_POS_SEED", "1"))
PAYMENTS = 40
NAME = "till.db"
LOG = f"{NAME}-wal"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where images are opened; memory, where the machine has such a place."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    place = memory / f"opi-pos-power-{os.getpid()}"
    place.mkdir()
    yield place
    shutil.rmtree(place)


class Verdict:
    """What the cuts of one recording showed."""

    def __init__(self) -> None:
        self.cuts = 0
        self.lost: list[str] = []
        self.broken: list[str] = []


def cut_everywhere(recording: Recording, folder: Path, cuts: int, seed: int) -> Verdict:
    """Cut at every boundary in turn, as often as it takes to make `cuts` of them."""
    chance = random.Random(seed)
    verdict = Verdict()
    boundaries = len(recording.operations) + 1
    times = [cuts // boundaries] * boundaries
    for boundary in chance.sample(range(boundaries), cuts % boundaries):
        times[boundary] += 1
    platter = Platter([NAME])
    acknowledged: list[str] = []
    for boundary in range(boundaries):
        for _ in range(times[boundary]):
            verdict.cuts += 1
            examine(platter, folder, chance, verdict, f"cut {boundary}", acknowledged)
        if boundary < len(recording.operations):
            operation = recording.operations[boundary]
            platter.follow(operation)
            if isinstance(operation, Mark) and operation.what != "handed back":
                acknowledged.append(operation.what)
    return verdict


def examine(
    platter: Platter,
    folder: Path,
    chance: random.Random,
    verdict: Verdict,
    name: str,
    acknowledged: list[str],
) -> None:
    image = folder / "image"
    image.mkdir()
    platter.cut(image, chance)
    try:
        verdict.lost += [f"{name}: {what}" for what in lost(image / NAME, acknowledged)]
    except (sqlite3.Error, AssertionError) as error:
        verdict.broken.append(f"{name}: {error!r}")
    shutil.rmtree(image)


def lost(path: Path, acknowledged: list[str]) -> list[str]:
    """Open the image as a till would; returns what it was promised and does not find."""
    connection = open_writer(path, connect)
    try:
        connection.execute("PRAGMA synchronous=OFF")  # closing would sync, and wait for it
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = queries.exchanges(connection, 10**6, None)
        found = contents(connection, rows)
        check_whole(connection, rows)
    finally:
        connection.close()
    return [what for what in acknowledged if what not in found]


def contents(connection: sqlite3.Connection, rows: list[Exchange]) -> set[str]:
    """Everything in the journal, in the words of the marks."""
    found = set()
    for row in rows:
        number = row.exchange_id.removeprefix("exchange-")
        found.add(f"intent {number}")
        if row.result is not None:
            found.add(f"outcome {number}")
    reserved = connection.execute("SELECT next_free FROM service_id").fetchone()
    found |= {f"service_ids {n}" for n in range(1, reserved[0] + 1)} if reserved else set()
    names = connection.execute("SELECT name FROM memory").fetchall()
    found |= {f"memory {name.removeprefix('name-')}" for (name,) in names}
    mails = connection.execute("SELECT mail_id FROM mail").fetchall()
    return found | {f"mail {mail_id.removeprefix('mail-')}" for (mail_id,) in mails}


def check_whole(connection: sqlite3.Connection, rows: list[Exchange]) -> None:
    """A commit is there with all its rows and facts or not at all, in order and without gaps."""
    facts = queries.facts_after(connection, 0, 10**6)
    assert [item.sequence for item in facts] == list(range(1, len(facts) + 1))
    kinds: dict[str, list[int]] = {"intent": [], "outcome": [], "noted": []}
    for item in facts:
        kinds[item.fact.kind].append(int(item.fact.at) - 1000)
    assert sorted(kinds["intent"]) == sorted(number_of(row) for row in rows)
    ended = [number_of(row) for row in rows if row.result is not None]
    assert sorted(kinds["outcome"]) == sorted(ended)
    assert all((row.state in OPEN_STATES) is (row.result is None) for row in rows)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def number_of(row: Exchange) -> int:
    return int(row.exchange_id.removeprefix("exchange-"))


@pytest.mark.timeout(0 if CUTS > 5000 else 120)
async def test_full_loses_nothing_that_was_acknowledged(tmp_path: Path, folder: Path) -> None:
    recording = await record(tmp_path / NAME, FULL, payments=PAYMENTS, seed=SEED)
    verdict = cut_everywhere(recording, folder, CUTS, SEED)
    assert verdict.cuts == CUTS
    assert verdict.broken == [], f"seed {SEED}"
    assert verdict.lost == [], f"seed {SEED}"


async def test_the_same_cuts_notice_a_disk_that_is_only_normal(
    tmp_path: Path, folder: Path
) -> None:
    recording = await record(tmp_path / NAME, NORMAL, payments=PAYMENTS, seed=SEED)
    verdict = cut_everywhere(recording, folder, 200, SEED)
    assert verdict.broken == [], f"seed {SEED}"
    assert len(verdict.lost) > 20


def told_too_early(recording: Recording) -> int:
    """How often callers were told while the log had writes that no sync had covered."""
    unsynced, early = False, 0
    for operation in recording.operations:
        match operation:
            case Write(file=file) | Truncate(file=file) if file == LOG:
                unsynced = True
            case Sync(file=file) if file == LOG:
                unsynced = False
            case Mark(what="handed back"):
                early += unsynced
            case _:
                pass
    return early


async def test_every_acknowledgement_stands_behind_a_sync(tmp_path: Path) -> None:
    """The proof of fsync, and that it notices a disk without."""
    (tmp_path / "full").mkdir()
    (tmp_path / "normal").mkdir()
    full = await record(tmp_path / "full" / NAME, FULL, payments=500, seed=SEED)
    assert told_too_early(full) == 0
    syncs = sum(operation == Sync(LOG) for operation in full.operations)
    assert syncs >= full.operations.count(Mark("handed back")) > 1000
    normal = await record(tmp_path / "normal" / NAME, NORMAL, payments=PAYMENTS, seed=SEED)
    assert told_too_early(normal) > PAYMENTS


async def test_the_day_exercises_what_it_should(tmp_path: Path) -> None:
    """Checkpoints, a restarted log, groups, and the file's creation are part of the recording."""
    recording = await record(tmp_path / NAME, FULL, payments=PAYMENTS, seed=SEED)
    operations = recording.operations
    writes = [operation for operation in operations if isinstance(operation, Write)]
    assert sum(write.file == NAME for write in writes) > 50
    restarts = [write for write in writes if write.file == LOG and write.offset == 0]
    assert len(restarts) > 2
    assert any(len(write.data) > SECTOR for write in writes)
    told = [operation for operation in operations if isinstance(operation, Mark)]
    groups = sum(mark.what == "handed back" for mark in told)
    assert groups < len(told) - groups


async def test_equal_seeds_record_equal_days(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = await record(tmp_path / "a" / NAME, FULL, payments=PAYMENTS, seed=SEED)
    second = await record(tmp_path / "b" / NAME, FULL, payments=PAYMENTS, seed=SEED)
    assert shape(first) == shape(second)


def shape(recording: Recording) -> list[object]:
    """All but the bytes, in which SQLite puts random salts."""
    return [
        (operation.file, operation.offset, len(operation.data))
        if isinstance(operation, Write)
        else operation
        for operation in recording.operations
    ]
