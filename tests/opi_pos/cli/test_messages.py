"""`convert` and `decode`: any message, from file or standard input, byte for byte."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tests.opi_pos.cli.running import InProcess

PAN = "4761739001010010"
XML = (
    b'<?xml version="1.0" encoding="utf-8"?>\r\n<SaleToPOIRequest vendor="x">\n  <MessageHeader'
    b' MessageClass="Service" MessageCategory="Payment" MessageType="Request" ServiceID="7"'
    b' SaleID="till" POIID="poi"/>\n  <PaymentRequest><SaleData><SaleTransactionID'
    b' TransactionID="r" TimeStamp="2025-01-31T12:00:00+01:00"/></SaleData><PaymentTransaction>'
    b'<AmountsReq Currency="SEK" RequestedAmount="38.00"/></PaymentTransaction><PaymentData>'
    b"<PaymentInstrumentData PaymentInstrumentType='Card'><CardData><SensitiveCardData PAN='"
    + PAN.encode()
    + b"'/></CardData></PaymentInstrumentData></PaymentData></PaymentRequest>"
    b"</SaleToPOIRequest>\n"
)


@pytest.fixture
def message(tmp_path: Path) -> Path:
    file = tmp_path / "message.xml"
    file.write_bytes(XML)
    return file


def test_the_same_encoding_is_kept_to_the_byte(opi_pos: InProcess, message: Path) -> None:
    ran = opi_pos("convert", "--to", "xml", message)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.encode().replace(b"\r\n", b"\n") == XML.replace(b"\r\n", b"\n")


def test_the_other_encoding_is_written_strictly_with_all_that_nexo_knows(
    opi_pos: InProcess, message: Path
) -> None:
    ran = opi_pos("convert", "--to", "json", message)
    assert ran.code == 0
    request = json.loads(ran.out)["SaleToPOIRequest"]
    assert "vendor" not in request
    amounts = request["PaymentRequest"]["PaymentTransaction"]["AmountsReq"]
    assert amounts == {"Currency": "SEK", "RequestedAmount": 38.00}
    assert PAN in ran.out


def test_there_and_back_again_nothing_that_nexo_knows_is_lost(
    opi_pos: InProcess, message: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there.json"
    there.write_text(opi_pos("convert", "--to", "json", message).out, "utf-8")
    back = tmp_path / "back.xml"
    back.write_text(opi_pos("convert", "--to", "xml", there).out, "utf-8")
    assert opi_pos("convert", "--to", "json", back).out == there.read_text("utf-8")


def test_standard_input_is_read_as_bytes(
    opi_pos: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    utf_8_bom = b"\xef\xbb\xbf"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(utf_8_bom + XML), "latin-1"))
    assert '"ServiceID":"7"' in opi_pos("convert", "--to", "json").out


def test_decode_shows_a_tree_with_card_data_masked(opi_pos: InProcess, message: Path) -> None:
    ran = opi_pos("decode", "--protocol", "nexo", message)
    assert ran.code == 0
    assert "    AmountsReq" in ran.out
    assert "RequestedAmount: 38.00" in ran.out
    assert "PAN: ***" in ran.out
    assert PAN not in ran.out


def test_decode_for_programs_is_one_object_with_card_data_masked(
    opi_pos: InProcess, message: Path
) -> None:
    ran = opi_pos("decode", "--protocol", "nexo", "--json", message)
    request = ran.object["SaleToPOIRequest"]
    assert request["MessageHeader"]["SaleID"] == "till"
    assert request["vendor"] == "***"
    assert PAN not in ran.out


@pytest.mark.parametrize("command", [["convert", "--to", "xml"], ["decode", "--protocol", "nexo"]])
@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "empty"),
        (b"\x00\x01\xff", "neither XML nor JSON"),
        (b"{", "JSON"),
        (b"<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>", "document type"),
        (b"<SaleToPOIRequest/>", "SaleToPOIRequest"),
        (b'{"SaleToPOIRequest":' * 5000, "nested deeper"),
    ],
)
def test_a_bad_message_is_one_line_with_the_path(
    opi_pos: InProcess, tmp_path: Path, command: list[str], data: bytes, named: str
) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(data)
    ran = opi_pos(*command, bad)
    assert (ran.code, ran.out) == (2, "")
    assert named in ran.complaint


def test_what_the_other_encoding_cannot_do_without_is_named_by_its_path(
    opi_pos: InProcess, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_bytes(XML.replace(b'Currency="SEK"', b""))
    assert opi_pos("convert", "--to", "xml", bad).code == 0
    ran = opi_pos("convert", "--to", "json", bad)
    assert (ran.code, ran.out) == (2, "")
    path = "PaymentRequest.PaymentTransaction.AmountsReq.Currency"
    assert ran.complaint == f"{path}: missing"


def test_a_missing_file_is_named(opi_pos: InProcess) -> None:
    ran = opi_pos("convert", "--to", "xml", "no-such-file")
    assert ran.code == 2
    assert "no-such-file" in ran.complaint
