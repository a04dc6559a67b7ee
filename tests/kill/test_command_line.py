"""kill -9 of real `opi-pos pay`, and a second one beside it: one charge, and the truth."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from opi_pos.poi.faults import Fault, Strike
from tests.opi_pos.cli.running import Program, Terminal, program, served

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Windows has no kill -9"),
    pytest.mark.timeout(300),
]

APPROVED = "12.00"
NOBODY_PRESENTS_A_CARD = "38.03"
SLOW_S = 0.3
"""A beat of the terminal: a payment of some seconds, to be killed in its middle."""
ANSWERS_TOO_LATE = Fault(strike=Strike.LATE, seconds=600, times=1)


def opi_pos(command: str, terminal: Terminal, journal: Path, *words: object) -> Program:
    where = ("--terminal", terminal.url, "--journal", journal, "--currency", "EUR", "--json")
    return Program(command, *words, *where)


def pay(terminal: Terminal, journal: Path, amount: str = APPROVED, reference: str = "r") -> Program:
    return opi_pos("pay", terminal, journal, amount, "--reference", reference)


def kill_and_pay_again(
    terminal: Terminal, journal: Path, killed: Program, moment: Callable[[], object]
) -> dict[str, Any]:
    """`kill -9` once `moment` returns, then the same command to its end."""
    with program(killed):
        moment()
        killed.process.kill()
        assert killed.end().out == ""
    with program(pay(terminal, journal)) as again:
        ran = again.end()
    assert ran.code == 0
    assert terminal.charges() == 1200
    assert len(terminal.books.charges("r")) == 1
    return ran.object


def test_killed_before_it_did_anything(tmp_path: Path) -> None:
    with served() as terminal:
        journal = tmp_path / "till.db"
        killed = pay(terminal, journal)
        result = kill_and_pay_again(terminal, journal, killed, lambda: None)
    assert (result["outcome"], result["proof"]) == ("approved", "response")


def test_killed_when_its_journal_is_there(tmp_path: Path) -> None:
    with served(pace_s=SLOW_S) as terminal:
        journal = tmp_path / "till.db"
        killed = pay(terminal, journal)
        result = kill_and_pay_again(terminal, journal, killed, lambda: until(journal.exists))
    assert result["outcome"] == "approved"


def test_killed_while_the_terminal_works_on_it(tmp_path: Path) -> None:
    with served(pace_s=SLOW_S) as terminal:
        journal = tmp_path / "till.db"
        killed = pay(terminal, journal)
        result = kill_and_pay_again(terminal, journal, killed, terminal.wait_for_payment)
    assert (result["outcome"], result["proof"]) == ("approved", "status")


def test_killed_when_the_money_is_taken_and_the_answer_is_not_here(tmp_path: Path) -> None:
    with served(faults=(ANSWERS_TOO_LATE,)) as terminal:
        journal = tmp_path / "till.db"
        killed = pay(terminal, journal)

        def charged() -> None:
            until(lambda: terminal.charges() == 1200)

        result = kill_and_pay_again(terminal, journal, killed, charged)
    assert (result["outcome"], result["proof"]) == ("approved", "status")


def test_killed_after_its_end_the_result_is_replayed(tmp_path: Path) -> None:
    with served() as terminal:
        journal = tmp_path / "till.db"
        first = pay(terminal, journal)
        with program(first):
            first.line()
            first.process.kill()
            first.end()
        with program(pay(terminal, journal)) as again:
            ran = again.end()
        assert terminal.charges() == 1200
    assert (ran.code, ran.object["replayed"]) == (0, True)


def test_another_process_is_queued_and_its_abort_is_heard(tmp_path: Path) -> None:
    with served() as terminal:
        journal = tmp_path / "till.db"
        with program(pay(terminal, journal, NOBODY_PRESENTS_A_CARD, "first")) as first:
            terminal.wait_for_payment()
            terminal.forget_payments()
            with program(pay(terminal, journal, reference="second")) as second:
                until(lambda: "taken" in mail(journal))
                with program(opi_pos("abort", terminal, journal)) as stop:
                    assert stop.end().code == 0
                assert (first.end().code, second.end().code) == (1, 0)
        assert terminal.charges() == 1200
        assert len(terminal.books.charges("second")) == 1


def test_the_queued_process_inherits_when_the_owner_is_killed(tmp_path: Path) -> None:
    with served(pace_s=SLOW_S) as terminal:
        journal = tmp_path / "till.db"
        with program(pay(terminal, journal, reference="first")) as first:
            terminal.wait_for_payment()
            with program(pay(terminal, journal, reference="second")) as second:
                until(lambda: "taken" in mail(journal))
                first.process.kill()
                assert second.end().code == 0
        with program(pay(terminal, journal, reference="first")) as again:
            ran = again.end()
        assert (ran.code, ran.object["replayed"]) == (0, True)
        assert [len(terminal.books.charges(each)) for each in ("first", "second")] == [1, 1]
        assert terminal.charges() == 2400


def mail(journal: Path) -> list[str]:
    """States of what processes left for each other."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
        return [state for (state,) in connection.execute("SELECT state FROM mail")]


def until(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    """Wait for something in another process, of which no event tells us."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
