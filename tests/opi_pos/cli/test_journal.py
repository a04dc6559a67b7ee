"""`journal` and `transcript`: what happened, for people and programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.opi_pos.cli.conftest import Serve
from tests.opi_pos.cli.running import InProcess, Terminal


@pytest.fixture
def day(opi_pos: InProcess, serve: Serve, journal: Path) -> Terminal:
    """Three payments: approved, declined, and one whose signature is refused."""
    terminal = serve()
    for amount, reference in (("38.00", "first"), ("38.05", "second"), ("38.07", "third")):
        opi_pos(
            *("pay", amount, "--terminal", terminal.url, "--currency", "SEK"),
            *("--journal", journal, "--reference", reference, "--signature", "refuse"),
        )
    return terminal


@pytest.mark.usefixtures("day")
def test_list_has_the_newest_first(opi_pos: InProcess, journal: Path) -> None:
    told = opi_pos("journal", "list", "--journal", journal, "--json").object["exchanges"]
    references = [row["reference"] for row in told if row["operation"] == "payment"]
    assert references == ["third", "second", "first"]
    assert told[-1]["result"]["outcome"] == "approved"
    lines = opi_pos("journal", "list", "--journal", journal, "--limit", "1").out.splitlines()
    assert len(lines) == 1


@pytest.mark.usefixtures("day")
def test_show_has_every_fact_in_order(opi_pos: InProcess, journal: Path) -> None:
    told = opi_pos("journal", "show", "first", "--journal", journal, "--json").object
    [exchange] = told["exchanges"]
    assert [fact["kind"] for fact in exchange["facts"]] == ["intent", "written", "ended"]
    assert "541333******0012" not in opi_pos("journal", "show", "first", "--journal", journal).out


@pytest.mark.usefixtures("day")
def test_export_is_json_lines_from_a_cursor(opi_pos: InProcess, journal: Path) -> None:
    lines = opi_pos("journal", "export", "--journal", journal).out.splitlines()
    facts = [json.loads(line) for line in lines]
    numbers = [fact["sequence"] for fact in facts]
    assert numbers == sorted(set(numbers))
    rest = opi_pos("journal", "export", "--journal", journal, "--after", numbers[2]).out
    assert [json.loads(line) for line in rest.splitlines()] == facts[3:]


@pytest.mark.usefixtures("day")
def test_a_transcript_is_a_mermaid_diagram_too(opi_pos: InProcess, journal: Path) -> None:
    diagram = opi_pos("transcript", "third", "--journal", journal, "--mermaid").out.splitlines()
    assert diagram[0] == "sequenceDiagram"
    said = [line.strip() for line in diagram if "->>" in line]
    assert said[0].startswith("Till->>Terminal: payment 38.07 SEK")
    assert said[1:] == [
        "Till->>Cashier: is the signature right?",
        "Cashier->>Till: the signature is refused",
        "Terminal->>Till: declined",
    ]
    told = opi_pos("transcript", "third", "--journal", journal, "--json").object
    assert told["mermaid"].splitlines() == diagram


@pytest.mark.usefixtures("day")
def test_reprint_gives_the_receipts(opi_pos: InProcess, journal: Path) -> None:
    told = opi_pos("reprint", "first", "--journal", journal, "--json")
    assert told.code == 0
    assert [receipt["copy"] for receipt in told.object["receipts"]] == ["cashier", "customer"]
    assert "Cardholder copy" in opi_pos("reprint", "first", "--journal", journal).out


@pytest.mark.usefixtures("day")
def test_what_is_decided_already_cannot_be_resolved(opi_pos: InProcess, journal: Path) -> None:
    words = ["--as", "declined", "--who", "Ada", "--why", "so", "--journal", journal]
    ran = opi_pos("journal", "resolve", "first", *words)
    assert ran.code == 2
    assert "nothing is open" in ran.complaint
    blank = opi_pos("journal", "resolve", "first", "--as", "declined", "--who", " ", "--why", "x")
    assert blank.code == 2


@pytest.mark.parametrize("command", [["status"], ["reprint"], ["journal", "show"], ["transcript"]])
@pytest.mark.usefixtures("day")
def test_an_unknown_reference_is_named(
    opi_pos: InProcess, journal: Path, command: list[str]
) -> None:
    ran = opi_pos(*command, "unheard-of", "--journal", journal)
    assert ran.code == 2
    assert "unheard-of" in ran.complaint


def test_a_file_that_is_no_journal_is_refused(opi_pos: InProcess, tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no database", "utf-8")
    ran = opi_pos("journal", "list", "--journal", other)
    assert ran.code == 2
    assert "notes.txt" in ran.complaint
    assert other.read_text("utf-8") == "no database"


@pytest.mark.usefixtures("day")
def test_personal_data_is_erased_and_the_account_stays(opi_pos: InProcess, journal: Path) -> None:
    def erase(before: str) -> dict[str, object]:
        told: dict[str, object] = opi_pos(
            "journal", "erase", "--before", before, "--journal", journal, "--json"
        ).object
        return told

    def first() -> dict[str, object]:
        [row] = opi_pos("journal", "show", "first", "--journal", journal, "--json").object[
            "exchanges"
        ]
        result: dict[str, object] = row["result"]
        return result

    assert erase("2020-01-31")["erased"] == 0
    before = first()
    assert before["receipts"]
    now = datetime.now(UTC).isoformat()
    told = erase(now)
    assert told["erased"] == 4, "three payments and a reversal"
    assert datetime.fromisoformat(str(told["before"])) == datetime.fromisoformat(now)
    after = first()
    assert not after["receipts"]
    assert after["authorized"] == before["authorized"]
    assert after["approval_code"] == before["approval_code"]
    assert erase(now)["erased"] == 0


@pytest.mark.parametrize(
    ("before", "problem"),
    [
        ("yesterday", "write a date such as"),
        ("31.01.2026", "write a date such as"),
        ("", "write a date such as"),
        ("9999-12-31", "in the future"),
    ],
)
def test_a_date_that_cannot_be_meant_is_refused(
    opi_pos: InProcess, journal: Path, before: str, problem: str
) -> None:
    ran = opi_pos("journal", "erase", "--before", before, "--journal", journal)
    assert ran.code == 2
    assert problem in ran.err
