"""Books that outlive the process, and fault files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.ids import POIID, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.results import TransactionID
from opi_pos.poi.books import Entry, Movement
from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.nexo.answers import SUCCESS, Kept, PaymentAnswer
from opi_pos.poi.nexo.requests import Header, Reference, SaleData
from terminal_bridge.simulator.files import BooksFile, load_faults

TIME = "2024-05-01T10:00:00Z"


def entry(number: str) -> Entry:
    return Entry(
        movement=Movement.CHARGE,
        amount=Amount(minor=3800, currency="SEK"),
        transaction_id=number,
        time=TIME,
        service_id=ServiceID("2"),
        sale_id=SaleID("till-1"),
        poi_id=POIID("POI-1"),
    )


def kept(service_id: str) -> Kept:
    header = Header(category="Payment", service_id=ServiceID(service_id))
    answer = PaymentAnswer(
        response=SUCCESS,
        sale=SaleData(transaction=TransactionID(id="order-1", time=TIME)),
        transaction=TransactionID(id="1", time=TIME),
        kind="Normal",
        currency="SEK",
        authorized=Amount(minor=3800, currency="SEK"),
    )
    return Kept(header=header, answer=answer)


def test_entries_and_answers_come_back(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    with BooksFile(path) as file:
        file.books().write(entry("1"))
        file.memory(50).keep(kept("2"))
        file.books().write(entry("2"))
    with BooksFile(path) as again:
        assert again.books().entries == [entry("1"), entry("2")]
        found = again.memory(50).find(Reference(service_id=ServiceID("2")))
        assert found == kept("2")


def test_what_was_written_is_there_before_the_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    with BooksFile(path) as file:
        file.books().write(entry("1"))
        assert path.read_bytes().count(b"\n") == 1


def test_a_last_line_that_a_crash_cut_off_is_dropped_and_the_next_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    with BooksFile(path) as file:
        file.books().write(entry("1"))
        file.books().write(entry("2"))
    path.write_bytes(path.read_bytes()[:-10])
    with BooksFile(path) as file:
        books = file.books()
        assert books.entries == [entry("1")]
        books.write(entry("3"))
    with BooksFile(path) as file:
        assert file.books().entries == [entry("1"), entry("3")]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    with BooksFile(path) as file:
        file.books().write(entry("1"))
    path.write_bytes(path.read_bytes() + b"{nonsense\n")
    with pytest.raises(ConfigurationError, match="line 2 is damaged"):
        BooksFile(path)


def test_a_file_that_cannot_be_read_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        BooksFile(tmp_path)


def test_faults_are_read_from_toml_and_json(tmp_path: Path) -> None:
    toml, plain = tmp_path / "faults.toml", tmp_path / "faults.json"
    toml.write_text('[[faults]]\nstrike = "late"\nseconds = 20\n', "utf-8")
    plain.write_text(json.dumps({"faults": [{"strike": "late", "seconds": 20}]}), "utf-8")
    expected = (Fault(strike=Strike.LATE, seconds=20.0),)
    assert load_faults(toml) == load_faults(plain) == expected


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", "faults = ["), ("a.json", "{"), ("a.json", "[]")]
)
def test_a_fault_file_that_is_broken_is_named(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match=name):
        load_faults(path)


def test_a_fault_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml"):
        load_faults(tmp_path / "none.toml")


def test_the_reconciliation_period_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    with BooksFile(path) as file:
        assert file.books().close_period() == 1
    with BooksFile(path) as file:
        assert file.books().period == 2
