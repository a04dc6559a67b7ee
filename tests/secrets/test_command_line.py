"""Card numbers in messages and journals that the command line shows."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.opi_pos.cli.conftest import Serve
from tests.opi_pos.cli.running import InProcess, Ran
from tests.secrets.cards import PAN, SHAPES, card_numbers_in
from tests.secrets.planting import garbage, messages
from tests.secrets.terminal import Planter
from tests.secrets.till import assert_hidden

DECODED = ("PaymentResponse", "CardReaderInitResponse", "EventNotification")


def hides(ran: Ran) -> None:
    assert_hidden(ran.out + ran.err)


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_decode_shows_no_card_number(
    opi_pos: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("OPI_POS_DEBUG", "1")
    file = tmp_path / "message"
    sent = [data for _, _, data in messages(text, DECODED)]
    codes = set()
    for data, form in itertools.product([*sent, *garbage(text)], ([], ["--json"])):
        file.write_bytes(data)
        ran = opi_pos("decode", "--protocol", "nexo", *form, file)
        codes.add(ran.code)
        hides(ran)
    assert codes == {0, 2}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_neither_a_result_nor_the_journal_shows_a_card_number(
    opi_pos: InProcess,
    serve: Serve,
    journal: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
) -> None:
    monkeypatch.setenv("OPI_POS_DEBUG", "1")
    terminal = serve()
    Planter(terminal.simulated, text)
    where = ("--terminal", terminal.url, "--currency", "EUR", "--journal", journal)
    for amount in ("12.00", "38.05", "38.07"):
        for form in ([], ["--json"]):
            ran = opi_pos("pay", amount, *where, "--reference", amount, *form)
            assert ran.code in {0, 1}
            hides(ran)
    for command in (
        ["diagnose", *where],
        ["reprint", "12.00", *where],
        ["status", "12.00", *where, "--json"],
        ["transcript", "12.00", "--journal", journal],
        ["transcript", "38.05", "--journal", journal, "--json"],
        ["journal", "list", "--journal", journal, "--json"],
        ["journal", "show", "12.00", "--journal", journal],
        ["journal", "export", "--journal", journal],
    ):
        ran = opi_pos(*command)
        assert ran.code == 0, ran.err
        assert ran.out
        hides(ran)


def test_only_convert_passes_a_card_number_on(opi_pos: InProcess, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_bytes(next(data for _, _, data in messages(PAN, DECODED)))
    assert card_numbers_in(opi_pos("convert", "--to", "xml", file).out) == {PAN}
