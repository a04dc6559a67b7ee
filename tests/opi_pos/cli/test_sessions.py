"""Commands that move no money."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.opi_pos.cli.conftest import Serve
from tests.opi_pos.cli.running import InProcess


def test_a_login_stays_and_a_logout_ends_it(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve()
    where = ["--terminal", terminal.url, "--journal", journal, "--json"]
    assert opi_pos("login", *where).object["done"] is True
    assert list(terminal.simulated.terminal.rules.logged_in) == ["POS-1"]
    paid = opi_pos("pay", "38.00", *where, "--currency", "SEK", "--reference", "r")
    assert paid.code == 0
    assert list(terminal.simulated.terminal.rules.logged_in) == ["POS-1"]
    assert opi_pos("logout", *where).code == 0
    assert not terminal.simulated.terminal.rules.logged_in


def test_a_payment_logs_out_behind_itself(opi_pos: InProcess, serve: Serve, journal: Path) -> None:
    terminal = serve()
    words = ["--terminal", terminal.url, "--journal", journal, "--currency", "SEK"]
    opi_pos("pay", "38.00", *words)
    assert not terminal.simulated.terminal.rules.logged_in


def test_diagnose_tells_how_the_terminal_is(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    ran = opi_pos("diagnose", "--terminal", serve().url, "--journal", journal, "--json")
    assert ran.code == 0
    assert ran.object["report"]["condition"] == "ok"


def test_totals_and_the_close_of_the_day_have_decimal_text(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    where = ["--terminal", serve().url, "--journal", journal, "--currency", "SEK"]
    opi_pos("pay", "38.00", *where)
    for command, closed in (("totals", False), ("close-day", True)):
        report = opi_pos(command, *where, "--json").object["report"]
        assert report["closed"] is closed
        [line] = report["groups"][0]["lines"]
        assert line == {
            "kind": "debit",
            "count": 1,
            "amount": {"amount": "38.00", "currency": "SEK"},
        }
    assert opi_pos("totals", *where, "--json").object["report"]["groups"] == []


@pytest.mark.parametrize("command", ["login", "diagnose", "totals", "close-day"])
def test_a_terminal_that_is_not_there_is_exit_1_with_the_reason(
    opi_pos: InProcess, journal: Path, command: str
) -> None:
    nobody = "nexo+http://127.0.0.1:9"
    ran = opi_pos(command, "--terminal", nobody, "--journal", journal, "--json")
    assert ran.code == 1
    assert "connect" in ran.object["message"]


def test_there_is_nothing_to_abort(opi_pos: InProcess, serve: Serve, journal: Path) -> None:
    ran = opi_pos("abort", "--terminal", serve().url, "--journal", journal, "--json")
    assert (ran.code, ran.object["wished"]) == (1, False)
