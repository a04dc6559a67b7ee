"""Durable facts per second of the journal, against one plain `sqlite3` commit each.

Run by hand: `python tests/benchmarks/journal.py [FOLDER]`, on the disk that is meant. Prints ratios
from one run, the cases interleaved, median of the rounds. Goals: at least 0.5 alone, at least 5
with 64 writers.

Every case starts with a fresh file, as in the measurements that the goals came from. The slower the
disk's sync, the larger the second ratio: on a till's disk the processor does not count.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.model.facts import Fact
from opi_pos.model.ids import POIID, ExchangeID

ROUNDS = 7
ALONE, WRITERS = 1, 64
FACTS = {ALONE: 600, WRITERS: 12800}
GOALS = {ALONE: 0.5, WRITERS: 5.0}
EXCHANGE = "01hx0000000000000000000001"
TEXT = "a display of the terminal, " * 20
"""About 600 bytes, as a real fact with its JSON."""


def plain(folder: Path, name: str) -> float:
    """One INSERT and one COMMIT for each fact, WAL and FULL, on the calling thread; the columns of
    our table, without its index.
    """
    connection = sqlite3.connect(folder / f"{name}.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE fact (sequence INTEGER PRIMARY KEY, at REAL, kind TEXT, poi_id TEXT,"
        " exchange_id TEXT, data_json TEXT)"
    )

    def write(count: int) -> None:
        for number in range(count):
            row = (1714557780.0 + number, "displayed", "front", EXCHANGE, TEXT)
            connection.execute("BEGIN")
            connection.execute(
                "INSERT INTO fact (at, kind, poi_id, exchange_id, data_json)"
                " VALUES (?, ?, ?, ?, ?)",
                row,
            )
            connection.execute("COMMIT")

    begun = time.perf_counter()
    write(FACTS[ALONE])
    rate = FACTS[ALONE] / (time.perf_counter() - begun)
    connection.close()
    return rate


async def journal(folder: Path, name: str, writers: int) -> float:
    """Every writer waits for its fact to be durable before it writes the next."""
    journal = await SqliteJournal.open(folder / f"{name}.db")

    async def write(count: int) -> None:
        for number in range(count):
            await journal.commit(facts=[fact(number)])

    begun = time.perf_counter()
    await asyncio.gather(*(write(FACTS[writers] // writers) for _ in range(writers)))
    rate = FACTS[writers] / (time.perf_counter() - begun)
    assert len(await journal.facts_after(0, FACTS[writers] + 1)) == FACTS[writers]
    await journal.close()
    return rate


def fact(number: int) -> Fact:
    """As the runtime writes them."""
    return Fact(
        kind="displayed",
        poi_id=POIID("front"),
        at=1714557780.0 + number,
        exchange_id=ExchangeID(EXCHANGE),
        data={"text": TEXT, "number": number},
    )


def main() -> int:
    """0 when every goal is met."""
    place = sys.argv[1] if len(sys.argv) > 1 else "."
    rates: dict[str, list[float]] = {"plain": [], "alone": [], "together": []}
    with tempfile.TemporaryDirectory(dir=place, prefix="journal-benchmark-") as folder:
        for number in range(ROUNDS):
            rates["plain"].append(plain(Path(folder), f"plain-{number}"))
            for case, writers in (("alone", ALONE), ("together", WRITERS)):
                rate = asyncio.run(journal(Path(folder), f"{case}-{number}", writers))
                rates[case].append(rate)
    print(f"plain sqlite3, one commit each {statistics.median(rates['plain']):9.0f} facts/s")
    met = True
    for case, writers in (("alone", ALONE), ("together", WRITERS)):
        # Round by round: what else the machine does in a round slows both alike.
        pairs = zip(rates[case], rates["plain"], strict=True)
        ratio = statistics.median(ours / theirs for ours, theirs in pairs)
        met = met and ratio >= GOALS[writers]
        rate = statistics.median(rates[case])
        print(
            f"journal, {writers:2d} writers            {rate:9.0f} facts/s"
            f"   ratio {ratio:5.2f} (goal {GOALS[writers]})"
        )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
