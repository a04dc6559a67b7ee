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


def test_the_first_ctrl_c_asks_the_terminal_to_stop_and_its_answer_decides(
    serve: Serve, journal: Path
) -> None:
    terminal = serve()
    with program(paying(terminal, journal)) as pay:
        terminal.wait_for_payment()
        pay.interrupt()
        assert "asking the terminal to stop" in pay.complaint()
        ran = pay.end()
    assert ran.code == 1
    assert json.loads(ran.out)["outcome"] == "aborted"


def test_an_abort_that_comes_too_late_is_an_approval(serve: Serve, journal: Path) -> None:
    terminal = serve()
    with program(paying(terminal, journal, "38.13")) as pay:
        terminal.wait_for_payment()
        pay.interrupt()
        ran = pay.end()
    assert ran.code == 0
    assert json.loads(ran.out)["outcome"] == "approved"
    assert terminal.charges() == 3813


ANSWERS_TOO_LATE = (Fault(strike=Strike.LATE, seconds=600),)


def test_the_second_ctrl_c_leaves_with_exit_3_and_the_exchange_open(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve(faults=ANSWERS_TOO_LATE)
    with program(paying(terminal, journal, "38.00")) as pay:
        terminal.wait_for_payment()
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
    terminal = serve(faults=ANSWERS_TOO_LATE)
    with program(paying(terminal, journal, "38.00")) as pay:
        terminal.wait_for_payment()
        pay.terminate()
        ran = pay.end()
    assert ran.code == 3
    unasked = opi_pos("status", "r", "--journal", journal, "--json")
    assert unasked.code == 2
    assert "--terminal" in unasked.complaint
    words = ["--terminal", terminal.url, "--journal", journal, "--currency", "SEK", "--json"]
    known = opi_pos("status", "r", *words)
    assert (known.code, known.object["proof"]) == (0, "status")
    again = opi_pos("pay", "38.00", "--reference", "r", *words)
    assert (again.code, again.object["replayed"]) == (0, True)
    assert terminal.charges() == 3800
