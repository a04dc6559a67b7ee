"""A till's day on a recorded disk: our own journal, and a mark for all that it acknowledged."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from opi_pos.journal import threads
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.journal.threads import Job
from opi_pos.model.errors import KeyTakenError
from opi_pos.model.results import Outcome
from opi_pos.testing.journal_contract import FRONT, exchange, fact, mail
from tests.power.connection import Gate, connecting
from tests.power.recording import Recording

NEIGHBOURS = 6
"""Payments that commit at the same time, in one group."""

FULL: Mapping[str, str] = {}
NORMAL: Mapping[str, str] = {
    # The disk's driver lies to the start-up probe: it says FULL and does less.
    "PRAGMA synchronous=FULL": "PRAGMA synchronous=NORMAL",
    "PRAGMA synchronous": "SELECT 2",
}


class Day:
    """Payments one after another, and some at once; what is acknowledged is marked."""

    def __init__(self, journal: SqliteJournal, recording: Recording, gate: Gate) -> None:
        self._journal = journal
        self._recording = recording
        self._gate = gate

    async def run(self, payments: int, seed: int) -> None:
        chance = random.Random(seed)
        for number in range(payments):
            match chance.randrange(6):
                case 0:
                    await self._together(1000 + number * NEIGHBOURS)
                case 1:
                    await self._small_things(number)
                case 2:
                    await self._refused(number)
                case _:
                    await self._payment(number, lines=chance.randrange(40))

    async def _payment(self, number: int, *, lines: int = 3) -> None:
        journal = self._journal
        await self._intent(number)
        self._acknowledge(f"intent {number}")
        journal.note(fact(number, data={"lines": ["a display of the terminal"] * lines}))
        ended = exchange(number, outcome=Outcome.APPROVED)
        await journal.commit(exchanges=[ended], facts=[fact(number, kind="outcome")])
        self._acknowledge(f"outcome {number}")

    async def _together(self, first: int) -> None:
        """One intent has a transaction of its own, the others share the next; outcomes too."""
        numbers = range(first, first + NEIGHBOURS)
        for kind, outcome in (("intent", None), ("outcome", Outcome.APPROVED)):
            calls = [
                self._journal.commit(
                    exchanges=[exchange(number, outcome=outcome)], facts=[fact(number, kind=kind)]
                )
                for number in numbers
            ]
            alone = await self._gate.hold(calls[0])
            together = asyncio.gather(*calls[1:])
            await asyncio.sleep(0)
            self._gate.release()
            await alone
            await together
            for number in numbers:
                self._acknowledge(f"{kind} {number}")

    async def _small_things(self, number: int) -> None:
        first = await self._journal.reserve_service_ids(FRONT, 1, 100)
        self._acknowledge(f"service_ids {first + 100}")
        await self._journal.remember(FRONT, f"name-{number}", "value")
        self._acknowledge(f"memory {number}")
        await self._journal.post(mail(number))
        self._acknowledge(f"mail {number}")

    async def _refused(self, number: int) -> None:
        """A second payment for a taken key among honest ones: its savepoint is rolled back."""
        await self._payment(number)
        alone = await self._gate.hold(self._intent(6000 + number))
        twin = exchange(7000 + number, reference=f"order-{number}")
        together = asyncio.gather(
            self._intent(8000 + number),
            self._journal.commit(exchanges=[twin], facts=[fact(7000 + number, kind="intent")]),
            self._intent(9000 + number),
            return_exceptions=True,
        )
        await asyncio.sleep(0)
        self._gate.release()
        await alone
        assert [type(answer) for answer in await together] == [
            type(None),
            KeyTakenError,
            type(None),
        ]
        for thousand in (6000, 8000, 9000):
            self._acknowledge(f"intent {thousand + number}")

    async def _intent(self, number: int) -> None:
        await self._journal.commit(
            exchanges=[exchange(number)], facts=[fact(number, kind="intent")]
        )

    def _acknowledge(self, what: str) -> None:
        self._recording.mark(what)


async def record(path: Path, mode: Mapping[str, str], *, payments: int, seed: int) -> Recording:
    """Run a day, from a file that does not exist to a closed journal."""
    recording = Recording()
    gate = Gate()
    with recording.disk() as vfs, pytest.MonkeyPatch.context() as patch:
        patch.setattr(threads, "_hand_back", _marking(recording))
        journal = await SqliteJournal.open(path, connect=connecting(vfs, mode, gate))
        await Day(journal, recording, gate).run(payments, seed)
        await journal.close()
    return recording


def _marking(recording: Recording) -> Any:
    """Marks the moment at which the writer's own thread tells its callers."""
    hand_back = threads._hand_back

    def marked(jobs: list[Job[Any]]) -> None:
        if jobs and all(job.error is None for job in jobs):
            recording.mark("handed back")
        hand_back(jobs)

    return marked
