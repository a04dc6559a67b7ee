"""The till for programs without asyncio: waits in any thread, and closes without a trace."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from opi_pos.blocking import SaleSystem
from opi_pos.model.errors import ConfigurationError, JournalError, ReferenceUsedError, UsageError
from opi_pos.model.results import Outcome, Proof
from tests.opi_pos.blocking.conftest import WITHIN_S
from tests.opi_pos.cli.running import served

NOBODY_PRESENTS_A_CARD = "38.03"


def open_till(journal: Path, terminal: str = "sim://nexo", **words: object) -> SaleSystem:
    return SaleSystem.open(terminal=terminal, currency="EUR", journal=journal, **words)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "till.db"


def test_pay_waits_for_its_result(journal: Path) -> None:
    with open_till(journal) as till:
        result = till.pay("12.00", reference="a")
        again = till.pay("12.00", reference="a")
    assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.RESPONSE)
    assert again.replayed
    assert again.service_id == result.service_id


def test_every_kind_of_order_has_its_blocking_twin(journal: Path) -> None:
    with open_till(journal) as till:
        till.pay("12.00", reference="a")
        assert till.refund("2.00", reference="b", original="a").approved
        assert till.reserve("5.00", reference="c").approved
        assert till.complete("c", "4.00").approved
        assert till.reserve("5.00", reference="d").approved
        assert till.release("d").approved
        till.pay("3.00", reference="e")
        assert till.reverse("e").approved
        assert till.status("a") is not None
        assert till.status("nobody") is None
        assert till.diagnose().verdict == "approved"
        assert len(till.exchanges()) == 8
        assert till.capabilities().abort


def test_several_threads_pay_one_after_the_other(journal: Path) -> None:
    with served() as terminal, open_till(journal, terminal.url) as till:
        with ThreadPoolExecutor(4) as threads:
            wanted = [threads.submit(till.pay, "1.00", reference=f"r-{n}") for n in range(4)]
            assert all(future.result(WITHIN_S).approved for future in wanted)
        assert terminal.charges() == 400


def test_an_abort_from_another_thread_stops_the_one_that_waits(journal: Path) -> None:
    with (
        served() as terminal,
        open_till(journal, terminal.url) as till,
        ThreadPoolExecutor(1) as other,
    ):
        paying = other.submit(till.pay, NOBODY_PRESENTS_A_CARD, reference="a")
        terminal.wait_for_payment()
        till.abort("a")
        assert paying.result(WITHIN_S).outcome is Outcome.ABORTED


def test_closing_leaves_what_runs_open_and_tells_the_thread_that_waits(journal: Path) -> None:
    with served() as terminal:
        with ThreadPoolExecutor(1) as other:
            with open_till(journal, terminal.url) as till:
                paying = other.submit(till.pay, NOBODY_PRESENTS_A_CARD, reference="a")
                terminal.wait_for_payment()
            with pytest.raises(UsageError, match="closed while"):
                paying.result(WITHIN_S)
        with open_till(journal, terminal.url) as till:
            (row,) = till.exchanges()
            assert row.result is None
            till.abort("a")
            settled = till.status("a")
    assert settled is not None
    assert settled.outcome is Outcome.ABORTED


def test_errors_are_those_of_the_asyncio_till(journal: Path) -> None:
    with open_till(journal) as till:
        with pytest.raises(UsageError):
            till.pay("12.005", reference="a")
        till.pay("12.00", reference="a")
        with pytest.raises(ReferenceUsedError):
            till.pay("13.00", reference="a")
        with pytest.raises(AttributeError, match="pray"):
            till.pray()


def test_what_cannot_be_configured_is_told_before_with(journal: Path) -> None:
    with pytest.raises(ConfigurationError):
        open_till(journal, "nexo+http://127.0.0.1", recovery_s=-1)


def test_what_cannot_be_opened_is_told_by_with(journal: Path) -> None:
    journal.write_text("This is no journal, and long enough to be seen as none." * 20)
    with pytest.raises(JournalError), open_till(journal):
        pass


def test_an_error_in_the_block_comes_out_and_the_till_is_closed(journal: Path) -> None:
    class MineError(Exception):
        pass

    with pytest.raises(MineError), open_till(journal) as till:
        raise MineError
    with pytest.raises(UsageError, match="not open"):
        till.pay("1.00", reference="a")
    with open_till(journal) as again:
        assert again.pay("1.00", reference="a").approved


def test_a_till_that_is_not_open_says_so(journal: Path) -> None:
    till = open_till(journal)
    with pytest.raises(UsageError, match="not open"):
        till.status("a")


STUCK = """
import sys, threading
from opi_pos.blocking import SaleSystem

asked = threading.Event()

class Stuck:
    def confirm(self, poi, question):
        asked.set()
        threading.Event().wait()

with SaleSystem.open(
    terminal="sim://nexo", currency="EUR", journal=sys.argv[1], cashier=Stuck()
) as till:
    threading.Thread(target=till.pay, args=("38.07",), daemon=True).start()
    asked.wait()
print("closed")
"""


def test_a_cashier_who_never_answers_does_not_keep_the_program_from_ending(journal: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", STUCK, str(journal)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "closed\n"), ran.stderr


def test_the_loops_own_thread_is_refused_before_it_waits_for_itself(journal: Path) -> None:
    refused: list[UsageError] = []

    class Caller:
        async def confirm(self, poi: str, question: object) -> bool:
            try:
                till.status("a")
            except UsageError as error:
                refused.append(error)
            return True

    with open_till(journal, cashier=Caller()) as till:
        assert till.pay("38.07", reference="a").signature_accepted
    assert "own thread" in str(refused[0])


def test_threads_are_named_for_who_looks_at_them(journal: Path) -> None:
    with open_till(journal):
        assert "opi-pos" in {thread.name for thread in threading.enumerate()}
