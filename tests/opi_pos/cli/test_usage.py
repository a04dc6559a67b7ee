"""What is typed wrongly ends with exit 2 and one line that says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from opi_pos.cli.commands import COMMANDS
from tests.opi_pos.cli.running import InProcess

NOWHERE = "nexo+http://127.0.0.1:9"


@pytest.mark.parametrize(
    "amount", ["1e2", "0", "0.00", "10.001", "10,00", "ten", "1_000", "+5", " 5", "٣", "5.", ".5"]
)
def test_an_amount_is_plain_digits_over_zero_in_the_currencys_decimals(
    opi_pos: InProcess, journal: Path, amount: str
) -> None:
    ran = opi_pos(
        "pay", amount, "--terminal", NOWHERE, "--currency", "SEK", "--journal", journal, "--json"
    )
    assert (ran.code, ran.out) == (2, "")
    assert ran.complaint.startswith("amount: ")
    assert not journal.exists()


def test_a_negative_amount_is_refused_too(opi_pos: InProcess) -> None:
    ran = opi_pos("pay", "-5.00", "--terminal", NOWHERE, "--currency", "SEK")
    assert ran.code == 2
    assert ran.complaint


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "100.5"), ("KWD", "1.2345")])
def test_the_decimals_are_those_of_the_currency(
    opi_pos: InProcess, currency: str, amount: str
) -> None:
    ran = opi_pos("pay", amount, "--terminal", NOWHERE, "--currency", currency)
    assert ran.code == 2
    assert currency in ran.complaint


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["pay"], "AMOUNT"),
        (["pay", "5.00"], "--terminal"),
        (["pay", "5.00", "--terminal", NOWHERE], "--currency"),
        (["pay", "5.00", "--terminal", NOWHERE, "--currency", "kr"], "currency"),
        (["pay", "5.00", "--terminal", NOWHERE, "--config", "x.toml"], "--config"),
        (["pay", "5.00", "--terminal", NOWHERE, "--poi", "front"], "--poi"),
        (["pay", "5.00", "--config", "missing.toml", "--poi", "front"], "missing.toml"),
        (["pay", "5.00", "--terminal", "ftp://host", "--currency", "SEK"], "url"),
        (["pay", "5.00", "--terminal", "nowhere", "--currency", "SEK"], "url"),
        (["pay", "5.00", "--terminal", NOWHERE, "--currency", "SEK", "--recovery-s", "-1"], "reco"),
        (["pay", "5.00", "--terminal", NOWHERE, "--currency", "SEK", "--listen", "x"], "listen"),
        (["pay", "5.00", "--terminal", NOWHERE, "--signature", "maybe"], "--signature"),
        (["pay", "5.00", "--terminal", NOWHERE, "--light", "--listen", ":0"], "--light"),
        (["pay", "5.00", "--no-such-option"], "--no-such-option"),
        (["refund", "5.00", "--terminal", NOWHERE], "--reference"),
        (["reverse", "--terminal", NOWHERE], "--original"),
        (["status", "unheard-of"], "--journal"),
        (["no-such-command"], "no-such-command"),
        (["simulate", "no-such-kind"], "no-such-kind"),
        (["simulate", "nexo", "--host", "0.0.0.0"], "--peer"),
        (["simulate", "nexo", "--profile", "no-such-profile", "--port", "0"], "no-such-profile"),
        (["simulate", "nexo", "--faults", "missing.toml"], "missing.toml"),
        (["serve", "--config", "missing.toml"], "missing.toml"),
        (["listen", "--port", "70000"], "port"),
        (["listen", "--host", "0.0.0.0", "--port", "0"], "host"),
        (["convert", "--to", "yaml"], "--to"),
        (["decode", "--protocol", "morse"], "--protocol"),
        (["journal", "resolve", "x", "--as", "in_doubt", "--who", "me", "--why", "so"], "--as"),
    ],
)
def test_every_wrong_line_is_told_in_one_line_that_names_the_word(
    opi_pos: InProcess, arguments: list[str], named: str
) -> None:
    ran = opi_pos(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.complaint


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[poi.front]\nurl = "sim://nexo"\ncolour = "red"', "colour"),
        ('[poi.front]\ncurrency = "SEK"', "poi.front.url"),
        ('[poi.front]\nurl = "sim://nexo"\nrecovery_s = "long"', "poi.front.recovery_s"),
        ('till = "x"', "till"),
        ("[poi.front", "TOML"),
        ('[listen]\nport = "x"\n[poi.front]\nurl = "sim://nexo"', "listen.port"),
    ],
)
def test_a_wrong_configuration_names_the_key(
    opi_pos: InProcess, tmp_path: Path, journal: Path, text: str, named: str
) -> None:
    config = tmp_path / "till.toml"
    config.write_text(text, "utf-8")
    ran = opi_pos("pay", "5.00", "--config", config, "--currency", "SEK", "--journal", journal)
    assert ran.code == 2
    assert named in ran.err
    assert ran.err.count("\n") == 1


def test_of_several_terminals_one_must_be_named(opi_pos: InProcess, tmp_path: Path) -> None:
    config = tmp_path / "till.toml"
    config.write_text('[poi.a]\nurl = "sim://nexo"\n[poi.b]\nurl = "sim://nexo"\n', "utf-8")
    assert "a, b" in opi_pos("pay", "5.00", "--config", config).complaint
    assert "a, b" in opi_pos("pay", "5.00", "--config", config, "--poi", "c").complaint


def test_an_unexpected_error_is_one_line_too(
    opi_pos: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> bytes:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr("opi_pos.cli.messages.read_bytes", broken)
    ran = opi_pos("convert", "--to", "xml")
    assert ran.code == 1
    assert "ZeroDivisionError" in ran.complaint


def test_with_debugging_the_traceback_comes_too(
    opi_pos: InProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPI_POS_DEBUG", "1")
    bad = tmp_path / "bad.xml"
    bad.write_bytes(b"no message")
    ran = opi_pos("convert", "--to", "xml", bad)
    assert ran.code == 2
    assert "Traceback" in ran.err


def test_the_help_lists_every_command(opi_pos: InProcess) -> None:
    ran = opi_pos("--help")
    assert ran.code == 0
    for command in COMMANDS:
        assert command in ran.out
    assert opi_pos().out == ran.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help_of_its_own(opi_pos: InProcess, command: str) -> None:
    ran = opi_pos(command, "--help")
    assert ran.code == 0
    assert ran.err == ""
    assert f"Usage: opi-pos {command}" in ran.out


def test_the_version_is_told(opi_pos: InProcess) -> None:
    ran = opi_pos("--version")
    assert ran.code == 0
    assert ran.out.startswith("opi-pos ")


def test_a_help_shows_names_of_tables(opi_pos: InProcess) -> None:
    assert "[poi.NAME]" in opi_pos("pay", "--help").out
