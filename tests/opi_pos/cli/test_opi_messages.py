"""`convert` and `decode` of O.P.I. messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.opi_pos.cli.running import InProcess
from tests.opi_pos.wire.opi.samples import PAYMENT_REQUEST, PAYMENT_RESPONSE

PAN = "4761739001010010"


@pytest.fixture
def response(tmp_path: Path) -> Path:
    file = tmp_path / "response.xml"
    file.write_bytes(PAYMENT_RESPONSE.replace(b"672667######3214", PAN.encode()))
    return file


def test_convert_to_json_and_back_loses_nothing(
    opi_pos: InProcess, response: Path, tmp_path: Path
) -> None:
    there = opi_pos("convert", "--protocol", "opi", "--to", "json", response)
    assert (there.code, there.err) == (0, "")
    told = json.loads(there.out)
    assert told["Tender"]["Authorisation"]["Colour"] == "blue"
    assert PAN in there.out
    file = tmp_path / "there.json"
    file.write_text(there.out, "utf-8")
    back = tmp_path / "back.xml"
    back.write_text(opi_pos("convert", "--protocol", "opi", "--to", "xml", file).out, "utf-8")
    again = opi_pos("convert", "--protocol", "opi", "--to", "json", back)
    assert json.loads(again.out) == told


def test_the_same_form_is_kept_to_the_byte(opi_pos: InProcess, tmp_path: Path) -> None:
    file = tmp_path / "request.xml"
    file.write_bytes(PAYMENT_REQUEST)
    assert opi_pos("convert", "--protocol", "opi", "--to", "xml", file).out.encode() == (
        PAYMENT_REQUEST
    )


def test_nexo_stays_the_protocol_of_convert(opi_pos: InProcess, response: Path) -> None:
    ran = opi_pos("convert", "--to", "json", response)
    assert (ran.code, ran.out) == (2, "")
    assert "not a nexo message" in ran.complaint


def test_decode_shows_a_tree_with_card_data_masked(opi_pos: InProcess, response: Path) -> None:
    ran = opi_pos("decode", "--protocol", "opi", response)
    assert ran.code == 0
    assert "CardServiceResponse" in ran.out
    assert "GratuityAmount: 2" in ran.out
    assert "CardPAN: ***" in ran.out
    assert "Colour: ***" in ran.out
    assert PAN not in ran.out


def test_decode_for_programs(opi_pos: InProcess, response: Path) -> None:
    ran = opi_pos("decode", "--protocol", "opi", "--json", response)
    assert ran.object["CardServiceResponse"]["PrivateData"][0] == "Grüße"
    assert PAN not in ran.out


def test_a_wrong_declaration_is_told(opi_pos: InProcess, tmp_path: Path) -> None:
    file = tmp_path / "liar.xml"
    file.write_bytes(PAYMENT_RESPONSE.replace(b"ISO-8859-1", b"UTF-8"))
    ran = opi_pos("decode", "--protocol", "opi", file)
    assert "note: declared as UTF-8, sent as ISO-8859-1" in ran.out


@pytest.mark.parametrize("command", [["convert", "--to", "xml"], ["decode"]])
@pytest.mark.parametrize(
    ("data", "named"),
    [(b"", "empty"), (b"<Letter/>", "not one of the six"), (b"{", "not JSON")],
)
def test_a_bad_message_is_one_line(
    opi_pos: InProcess, tmp_path: Path, command: list[str], data: bytes, named: str
) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(data)
    ran = opi_pos(*command, "--protocol", "opi", bad)
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.complaint
