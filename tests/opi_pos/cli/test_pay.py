"""`pay` and its kin: the outcome decides the exit code, and `--json` is a contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from opi_pos.poi.faults import Fault, Strike
from tests.opi_pos.cli.conftest import Serve
from tests.opi_pos.cli.running import InProcess, Terminal

KEYS = [
    *("outcome", "proof", "confidence", "approved", "replayed", "reference", "service_id"),
    *("requested", "authorized", "currency", "terminal_transaction_id", "approval_code", "card"),
    *("signature_required", "receipts", "message"),
]
"""Design section 9, in its order."""


def at(terminal: Terminal, journal: Path) -> list[object]:
    """Options for a payment at this terminal."""
    return ["--terminal", terminal.url, "--currency", "SEK", "--journal", journal]


def test_an_approval_is_one_object_with_the_keys_of_the_contract(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve()
    ran = opi_pos("pay", "38.00", *at(terminal, journal), "--reference", "order-1", "--json")
    assert (ran.code, ran.err) == (0, "")
    told = ran.object
    assert list(told)[: len(KEYS)] == KEYS
    assert told["outcome"] == "approved"
    assert told["approved"] is True
    assert told["replayed"] is False
    assert (told["proof"], told["confidence"]) == ("response", "final")
    assert (told["requested"], told["authorized"], told["currency"]) == ("38.00", "38.00", "SEK")
    assert told["reference"] == "order-1"
    assert told["service_id"].isalnum()
    assert told["terminal_transaction_id"]
    assert told["approval_code"]
    assert told["card"] == {
        "masked_pan": "541333******0012",
        "brand": "Mastercard",
        "entry_mode": "ICC",
    }
    assert [receipt["copy"] for receipt in told["receipts"]] == ["cashier", "customer"]
    assert terminal.charges() == 3800


@pytest.mark.parametrize(
    ("amount", "code", "outcome"),
    [
        ("38.01", 0, "approved"),
        ("38.02", 1, "declined"),
        ("38.05", 1, "declined"),
        ("38.06", 1, "aborted"),
        ("38.08", 4, "partially_approved"),
        ("38.11", 1, "declined"),
        ("38.14", 1, "declined"),
    ],
)
def test_the_exit_code_is_the_outcome(
    opi_pos: InProcess, serve: Serve, journal: Path, amount: str, code: int, outcome: str
) -> None:
    ran = opi_pos("pay", amount, *at(serve(), journal), "--reference", "r", "--json")
    assert ran.object["outcome"] == outcome
    assert ran.code == code
    assert ran.object["approved"] is (code == 0)
    assert set(KEYS) <= set(ran.object)


def test_a_partial_approval_names_both_amounts(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve()
    told = opi_pos("pay", "38.08", *at(terminal, journal), "--json", "--reference", "r").object
    assert (told["requested"], told["authorized"]) == ("38.08", "19.04")
    assert terminal.charges() == 1904


def test_a_tip_of_the_cardholder_stands_beside_the_amount(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    told = opi_pos("pay", "38.04", *at(serve(), journal), "--json", "--reference", "r").object
    assert told["outcome"] == "approved"
    assert told["tip"] == "3.80"


def test_what_never_left_is_not_started_and_what_is_absent_is_null(
    opi_pos: InProcess, journal: Path
) -> None:
    nobody = "nexo+http://127.0.0.1:9"
    ran = opi_pos(
        *("pay", "5.00", "--terminal", nobody, "--currency", "SEK", "--journal", journal),
        *("--reference", "r", "--json"),
    )
    assert ran.code == 1
    told = ran.object
    assert (told["outcome"], told["proof"], told["approved"]) == ("not_started", "link", False)
    absent = {"authorized", "terminal_transaction_id", "approval_code", "card", "service_id"}
    assert {name for name in KEYS if told[name] is None} == absent
    assert told["receipts"] == []


def test_the_same_reference_again_gives_the_recorded_result_and_no_second_charge(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve()
    words = ["pay", "38.00", *at(terminal, journal), "--reference", "r", "--json"]
    first, second = opi_pos(*words), opi_pos(*words)
    assert second.code == 0
    assert second.object == {**first.object, "replayed": True}
    assert terminal.charges() == 3800


def test_the_same_reference_for_another_amount_is_refused(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve()
    opi_pos("pay", "38.00", *at(terminal, journal), "--reference", "r")
    ran = opi_pos("pay", "38.01", *at(terminal, journal), "--reference", "r", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "'r'" in ran.complaint
    assert terminal.charges() == 3800


def test_a_reference_is_made_up_and_told_when_none_is_given(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve()
    told = opi_pos("pay", "38.00", *at(terminal, journal), "--json")
    assert told.complaint == f"reference {told.object['reference']}"
    plain = opi_pos("pay", "38.00", *at(terminal, journal))
    assert plain.out.startswith("reference ")
    assert plain.out.splitlines()[0].split()[1] != told.object["reference"]


def test_people_read_the_outcome_the_card_and_the_receipts(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    out = opi_pos("pay", "38.00", *at(serve(), journal), "--reference", "r").out
    assert "APPROVED 38.00 SEK" in out
    assert "541333******0012" in out
    assert "Simulated Shop" in out


def test_a_lost_answer_is_recovered_by_asking(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve(faults=(Fault(strike=Strike.DROP_AFTER),))
    ran = opi_pos("pay", "38.00", *at(terminal, journal), "--reference", "r", "--json")
    assert ran.code == 0
    assert (ran.object["outcome"], ran.object["proof"]) == ("approved", "status")
    assert terminal.charges() == 3800


IN_DOUBT = (
    Fault(strike=Strike.DROP_AFTER),
    Fault(strike=Strike.GARBAGE, category="TransactionStatus", times=1000),
)


def test_a_doubt_exits_3_closes_the_terminal_and_is_resolved_by_a_person(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve(faults=IN_DOUBT)
    where = [*at(terminal, journal), "--recovery-s", "0.2", "--json"]
    doubt = opi_pos("pay", "38.00", *where, "--reference", "r")
    assert doubt.code == 3
    assert (doubt.object["outcome"], doubt.object["proof"]) == ("in_doubt", "none")
    closed = opi_pos("pay", "5.00", *where, "--reference", "next")
    assert (closed.code, closed.object["outcome"]) == (1, "not_started")
    assert "journal resolve r" in closed.object["message"]
    asked = opi_pos("status", "r", *where)
    assert (asked.code, asked.object["outcome"]) == (3, "in_doubt")

    words = ["journal", "resolve", "r", "--as", "approved", "--who", "Ada", "--why", "its display"]
    resolved = opi_pos(*words, "--journal", journal, "--json")
    assert resolved.code == 0
    assert (resolved.object["outcome"], resolved.object["proof"]) == ("approved", "manual")
    known = opi_pos("status", "r", "--journal", journal, "--json")
    assert (known.code, known.object["proof"]) == (0, "manual")
    again = opi_pos("pay", "38.00", *where, "--reference", "r")
    assert (again.code, again.object["replayed"]) == (0, True)
    assert terminal.charges() == 3800
    assert opi_pos("pay", "5.00", *where, "--reference", "next").code == 0


def test_a_refund_names_its_original_and_has_a_reference_of_its_own(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve()
    where = at(terminal, journal)
    opi_pos("pay", "38.00", *where, "--reference", "r")
    words = ["refund", "8.00", "--reference", "back", "--original", "r"]
    ran = opi_pos(*words, *where, "--json")
    assert (ran.code, ran.object["operation"]) == (0, "refund")
    assert terminal.charges() == 3000
    missing = opi_pos("refund", "8.00", "--reference", "b2", "--original", "unknown", *where)
    assert missing.code == 2
    assert "unknown" in missing.complaint


def test_a_reversal_undoes_the_payment(opi_pos: InProcess, serve: Serve, journal: Path) -> None:
    terminal = serve()
    where = at(terminal, journal)
    opi_pos("pay", "38.00", *where, "--reference", "r")
    ran = opi_pos("reverse", "--original", "r", *where, "--json")
    assert (ran.code, ran.object["reference"]) == (0, "r/reversal")
    assert terminal.charges() == 0


def test_the_built_in_terminal_needs_no_socket(opi_pos: InProcess, journal: Path) -> None:
    words = ["pay", "38.00", "--terminal", "sim://nexo", "--currency", "SEK"]
    ran = opi_pos(*words, "--journal", journal, "--reference", "r", "--json")
    assert (ran.code, ran.object["outcome"]) == (0, "approved")


def test_a_configuration_file_names_the_terminal(
    opi_pos: InProcess, serve: Serve, journal: Path, tmp_path: Path
) -> None:
    config = tmp_path / "till.toml"
    config.write_text(
        f'journal = "{journal.as_posix()}"\nsale_id = "till-3"\n'
        f'[poi.front]\nurl = "{serve().url}"\ncurrency = "SEK"\npoi_id = "A-POIID"\n'
        '[poi.other]\nurl = "sim://nexo"\n',
        "utf-8",
    )
    ran = opi_pos("pay", "38.00", "--config", config, "--poi", "front", "--json")
    assert ran.code == 0
    shown = opi_pos("journal", "list", "--config", config, "--json").object["exchanges"]
    assert [(row["poi_id"], row["sale_id"]) for row in shown] == [("A-POIID", "till-3")]
