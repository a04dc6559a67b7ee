"""Viva's simulated cloud, a payment at it, and the doctor's visit, from the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.opi_pos.cli.running import InProcess, Program, program

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process")


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPI_POS_VIVA_CLIENT_ID", "simulated")
    monkeypatch.setenv("OPI_POS_VIVA_CLIENT_SECRET", "simulated")


def test_a_simulated_cloud_takes_a_payment_and_the_doctor_finds_it_well(
    opi_pos: InProcess, journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults, books = tmp_path / "faults.toml", tmp_path / "books.jsonl"
    faults.write_text('[[faults]]\nstrike = "drop_after"\n', "utf-8")
    words = ["--port", "0", "--pace", "0", "--faults", faults, "--books", books]
    with program(Program("simulate", "viva", *words, "--json")) as cloud:
        url = json.loads(cloud.line())["url"]
        where = ["--terminal", url, "--currency", "EUR", "--journal", journal, "--json"]
        paid = opi_pos("pay", "38.00", "--reference", "r", *where)
        assert (paid.code, paid.object["outcome"]) == (0, "approved")
        lacking = opi_pos("reverse", "--original", "r", *where)
        assert lacking.code == 2
        assert "capability: reversal" in lacking.err
        well = opi_pos("doctor", "--terminal", url, "--json")
        assert (well.code, well.object["good"]) == (0, True)
        unknown = opi_pos("doctor", "--terminal", f"{url}0", "--json")
        assert unknown.code == 1
        assert "16008507" in unknown.object["findings"][-1]["what"]
        monkeypatch.setenv("OPI_POS_VIVA_CLIENT_SECRET", "not-the-secret")
        refused = opi_pos("doctor", "--terminal", url, "--json")
        assert refused.code == 1
        assert "not-the-secret" not in refused.out + refused.err
        assert "does not accept" in refused.object["findings"][-1]["what"]
        cloud.interrupt()
        ran = cloud.end()
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == {"event": "closed", "net_minor": {"EUR": 3800}}
    entries = [json.loads(line).get("entry") for line in books.read_text("utf-8").splitlines()]
    assert [entry["reference"] for entry in entries if entry] == ["r"]


def test_a_secret_that_is_missing_is_named(
    opi_pos: InProcess, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPI_POS_VIVA_CLIENT_SECRET")
    url = "viva+https://demo-api.vivapayments.com/16008507"
    ran = opi_pos("pay", "1.00", "--terminal", url, "--currency", "EUR", "--journal", journal)
    assert ran.code == 2
    assert "OPI_POS_VIVA_CLIENT_SECRET" in ran.err
