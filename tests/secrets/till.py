"""A real till that is watched from all sides: its journal's bytes, its bus, its log."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opi_pos import SaleSystem
from opi_pos.bus.local import LocalBus, Watcher
from opi_pos.model.devices import Display, PrintJob, Question
from opi_pos.runtime.cashier import QuietCashier
from opi_pos.runtime.sale_system import Parts
from tests.secrets.cards import card_numbers_in


class Clerk(QuietCashier):
    """Answers every question with the text, decides for yes, and keeps what it was shown."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.shown: list[object] = []

    async def display(self, poi: str, display: Display) -> None:
        self.shown.append(display)

    async def confirm(self, poi: str, question: Question) -> bool:
        self.shown.append(question)
        return True

    async def ask(self, poi: str, question: Question) -> str:
        self.shown.append(question)
        return self._text

    async def print(self, poi: str, job: PrintJob) -> bool:
        self.shown.append(job)
        return True


class Watched:
    """The till, and everything that could show what it must not."""

    def __init__(
        self, till: SaleSystem, watcher: Watcher, clerk: Clerk, log: pytest.LogCaptureFixture
    ) -> None:
        self.till = till
        self.clerk = clerk
        self.seen: list[str] = []
        self._watcher = watcher
        self._log = log

    def look_at(self, *values: object) -> None:
        """What a program got and may well log."""
        self.seen += [repr(value) for value in values]

    async def shown(self, folder: Path) -> str:
        """All of it, once the till is closed."""
        self._watcher.close()
        news = [repr(delivery) async for delivery in self._watcher]
        assert news, "nothing came over the bus"
        files = [file.read_bytes().decode("utf-8", "replace") for file in folder.iterdir()]  # noqa: ASYNC240
        told = [repr(shown) for shown in self.clerk.shown]
        return "\n".join([self._log.text, *news, *files, *told, *self.seen])


@asynccontextmanager
async def watched(
    folder: Path, text: str, log: pytest.LogCaptureFixture, **words: Any
) -> AsyncIterator[Watched]:
    """Opens a till on `folder/till.db` with everything logged."""
    log.set_level(logging.DEBUG)
    bus, clerk = LocalBus(), Clerk(text)
    with bus.subscribe(capacity=10_000) as watcher:
        till = SaleSystem.open(
            journal=folder / "till.db",
            currency="EUR",
            cashier=clerk,
            parts=Parts(bus=bus, look_for_mail_s=0.02),
            **words,
        )
        async with till:
            yield Watched(till, watcher, clerk, log)


def assert_hidden(shown: str) -> None:
    """No card number, and if one, where."""
    for line in shown.splitlines():
        assert not card_numbers_in(line), line[:2000]
    assert not card_numbers_in(shown)
