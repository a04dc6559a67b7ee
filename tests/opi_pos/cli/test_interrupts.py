"""Ctrl-C at a real process: first a wish, then leaving with the exchange open (rule 7)."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from opi_pos.poi.faults import Fault, Strike
from tests.opi_pos.cli.conftest import Serve
from tests.opi_pos.cli.running import InProcess, Program, Terminal, program

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process")

NOBODY_PRESENTS_A_CARD = "38.03"


def paying(terminal: Terminal, journal: Path, amount: str = NOBODY_PRESENTS_A_CARD) -> Program:
    return Program(
        *("pay", amount, "--terminal", terminal.url, "--currency", "SEK", "--journal", journal),
        *("--reference", "r", "--json"),
    )


def until_it_runs(terminal: Terminal) -> None:
    """Wait until the payment runs on the terminal."""
    terminal.wait_for("Payment")


def test_the_first_ctrl_c_asks_the_terminal_to_stop_and_its_answer_decides(
    serve: Serve, journal: Path
) -> None:
    terminal = serve()
    with program(paying(terminal, journal)) as pay:
        until_it_runs(terminal)
        pay.interrupt()
        assert "asking the terminal to stop" in pay.complaint()
        ran = pay.end()
    assert ran.code == 1
    assert json.loads(ran.out)["outcome"] == "aborted"


def test_an_abort_that_comes_too_late_is_an_approval(serve: Serve, journal: Path) -> None:
    terminal = serve()
    with program(paying(terminal, journal, "38.13")) as pay:
        until_it_runs(terminal)
        pay.interrupt()
        ran = pay.end()
    assert ran.code == 0
    assert json.loads(ran.out)["outcome"] == "approved"
    assert terminal.charges() == 3813


DEAF = (Fault(strike=Strike.DROP_BEFORE, category="Abort", times=9),)


def test_the_second_ctrl_c_leaves_with_exit_3_and_the_exchange_open(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve(faults=DEAF)
    with program(paying(terminal, journal)) as pay:
        until_it_runs(terminal)
        pay.interrupt()
        pay.complaint()
        pay.interrupt()
        assert "opi-pos status r" in pay.complaint()
        ran = pay.end()
    assert ran.code == 3
    assert json.loads(ran.out)["outcome"] == "in_doubt"
    left = opi_pos("journal", "list", "--open", "--journal", journal, "--json").object
    assert [row["reference"] for row in left["exchanges"]] == ["r"]


def test_sigterm_leaves_at_once_and_the_next_command_learns_the_truth(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve()
    with program(paying(terminal, journal)) as pay:
        until_it_runs(terminal)
        pay.terminate()
        ran = pay.end()
    assert ran.code == 3
    words = ["abort", "r", "--terminal", terminal.url, "--journal", journal, "--json"]
    assert opi_pos(*words).object["references"] == ["r"]
    known = opi_pos("status", "r", "--journal", journal, "--json")
    assert (known.code, known.object["outcome"]) == (1, "aborted")
    assert terminal.charges() == 0
