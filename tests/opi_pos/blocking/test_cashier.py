"""A cashier of plain functions: each runs in a thread, in light and in full integration."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from opi_pos.blocking import SaleSystem
from opi_pos.model.devices import Display, PrintJob, Question
from opi_pos.model.results import Outcome
from tests.opi_pos.blocking.conftest import WITHIN_S
from tests.opi_pos.cli.running import served

SIGNED = "38.07"


class Plain:
    """Decides as told, and remembers in which threads it was asked."""

    def __init__(self, decides: bool) -> None:
        self.decides = decides
        self.threads: list[threading.Thread] = []

    def confirm(self, poi: str, question: Question) -> bool:
        self.threads.append(threading.current_thread())
        assert question.signature
        return self.decides


@pytest.mark.parametrize(
    ("decides", "outcome"), [(True, Outcome.APPROVED), (False, Outcome.DECLINED)]
)
def test_a_plain_function_decides_about_the_signature(
    tmp_path: Path, decides: bool, outcome: Outcome
) -> None:
    cashier = Plain(decides)
    with SaleSystem.open(
        terminal="sim://nexo", currency="EUR", journal=tmp_path / "till.db", cashier=cashier
    ) as till:
        result = till.pay(SIGNED, reference="a")
    assert (result.outcome, result.signature_refused) == (outcome, not decides)
    (thread,) = cashier.threads
    assert thread is not threading.current_thread()
    assert thread.name != "opi-pos"


def test_a_coroutine_decides_in_the_loop(tmp_path: Path) -> None:
    threads: list[str] = []

    class Awaited:
        async def confirm(self, poi: str, question: Question) -> bool:
            threads.append(threading.current_thread().name)
            return True

    with SaleSystem.open(
        terminal="sim://nexo", currency="EUR", journal=tmp_path / "till.db", cashier=Awaited()
    ) as till:
        assert till.pay(SIGNED, reference="a").signature_accepted
    assert threads == ["opi-pos"]


class Screen:
    """A till with a screen and a printer; a slow decision of it is withdrawn by an abort."""

    def __init__(self) -> None:
        self.lines: list[Sequence[str]] = []
        self.printed: list[PrintJob] = []
        self.asked = threading.Event()

    def display(self, poi: str, display: Display) -> None:
        self.lines.append(display.lines)

    def print(self, poi: str, job: PrintJob) -> bool:
        self.printed.append(job)
        return True

    def confirm(self, poi: str, question: Question) -> bool:
        self.asked.set()
        return True


def test_the_terminal_shows_prints_and_asks_through_plain_functions(tmp_path: Path) -> None:
    port = _free_port()
    screen = Screen()
    with (
        served(pos_url=f"http://127.0.0.1:{port}") as terminal,
        SaleSystem.open(
            terminal=terminal.url,
            currency="EUR",
            journal=tmp_path / "till.db",
            listen=f"127.0.0.1:{port}",
            cashier=screen,
        ) as till,
    ):
        assert till.listen_url == f"http://127.0.0.1:{port}"
        result = till.pay(SIGNED, reference="a")
    assert result.outcome is Outcome.APPROVED
    assert result.signature_accepted
    assert screen.asked.wait(WITHIN_S)
    assert screen.lines
    assert len(screen.printed) == 1


def test_a_plain_function_may_call_the_till_that_asks_it(tmp_path: Path) -> None:
    class Looks:
        def confirm(self, poi: str, question: Question) -> bool:
            return len(till.exchanges()) == 1

    with SaleSystem.open(
        terminal="sim://nexo", currency="EUR", journal=tmp_path / "till.db", cashier=Looks()
    ) as till:
        assert till.pay(SIGNED, reference="a").signature_accepted


def test_a_plain_function_that_fails_decides_nothing(tmp_path: Path) -> None:
    class Broken:
        def confirm(self, poi: str, question: Question) -> bool:
            raise ZeroDivisionError

    with SaleSystem.open(
        terminal="sim://nexo", currency="EUR", journal=tmp_path / "till.db", cashier=Broken()
    ) as till:
        result = till.pay(SIGNED, reference="a")
    assert (result.outcome, result.signature_required) == (Outcome.APPROVED, True)
    assert not result.signature_accepted


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
