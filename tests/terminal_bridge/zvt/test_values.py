"""Currencies, character sets, codings and data objects, by themselves."""

from __future__ import annotations

import pytest

from opi_pos.model.currencies import CODES, NUMBERS
from opi_pos.model.errors import ProtocolError, UsageError
from opi_pos.model.money import EXPONENTS, Amount
from opi_pos.model.secret import Secret
from terminal_bridge.zvt import Charsets, Tlv
from terminal_bridge.zvt.charsets import (
    CP437,
    ZVT_7BIT,
    code_of,
    is_known,
    name_of,
    read_text,
    write_text,
)
from terminal_bridge.zvt.codings import CODINGS
from terminal_bridge.zvt.currencies import code_of as currency_of
from terminal_bridge.zvt.currencies import number_of, to_amount
from terminal_bridge.zvt.limits import MAX_DATA, MAX_TLV_OBJECTS
from terminal_bridge.zvt.lines import TextLine, read_lines, write_lines
from terminal_bridge.zvt.tlv import find, read_length, read_objects, read_tag, write_length


def test_every_currency_of_the_model_has_its_number() -> None:
    assert EXPONENTS.keys() == NUMBERS.keys()
    assert all(len(number) == 3 and number.isdigit() for number in NUMBERS.values())
    assert len(CODES) == len(NUMBERS) - 1  # XCG has the number that ANG had


@pytest.mark.parametrize(
    ("code", "number"),
    [
        *(("EUR", "0978"), ("CHF", "0756"), ("GBP", "0826"), ("USD", "0840"), ("CZK", "0203")),
        *(("HUF", "0348"), ("PLN", "0985"), ("SEK", "0752"), ("DKK", "0208"), ("NOK", "0578")),
    ],
)
def test_currencies_have_their_numbers(code: str, number: str) -> None:
    assert number_of(code) == number
    assert currency_of(number) == code


def test_an_unknown_number_stays_a_number() -> None:
    assert currency_of("0001") == "0001"
    assert currency_of("1978") == "1978"
    assert number_of("0001") == "0001"
    for wrong in ("", "EURO", "12345", "€", "٠٩٧٨"):
        with pytest.raises(ProtocolError):
            number_of(wrong)


def test_an_amount_meets_the_model_at_the_edge() -> None:
    assert to_amount(4250, "EUR", default="CHF") == Amount(minor=4250, currency="EUR")
    assert to_amount(4250, None, default="CHF") == Amount(minor=4250, currency="CHF")
    assert to_amount(None, "EUR", default="EUR") is None
    with pytest.raises(ProtocolError):
        to_amount(1, "0001", default="EUR")


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"\x84\x94\x81\xe1", CP437, "äöüß"),
        (b"\xe4\xf6\xfc\xdf", "iso8859_1", "äöüß"),
        ("Łódź €".encode(), "utf-8", "Łódź €"),
        (b"[\\]{|}~", ZVT_7BIT, "ÄÖÜäöüß"),
        (b"\xa4", "iso8859_15", "€"),
    ],
)
def test_texts_are_read_and_written(data: bytes, charset: str, text: str) -> None:
    assert read_text(data, charset) == text
    assert write_text(text, charset) == data


@pytest.mark.parametrize("code", range(256))
def test_no_set_and_no_byte_makes_reading_fail(code: int) -> None:
    name = name_of(code)
    if name is None:
        return
    assert is_known(name)
    assert code_of(name) == code
    assert read_text(bytes(range(256)), name)
    assert write_text("Ł€ä☃", name)


def test_what_a_set_lacks_is_replaced() -> None:
    assert write_text("☃", CP437) == b"?"
    assert read_text(b"\xff", "ascii") == "\ufffd"
    assert read_text(b"\xff", "utf-8") == "\ufffd"


def test_an_unknown_set_is_named_with_its_kind() -> None:
    with pytest.raises(UsageError, match="print_line"):
        Charsets(print_line="klingon")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *((0, b"\x00"), (0x7F, b"\x7f"), (0x80, b"\x81\x80"), (0xFF, b"\x81\xff")),
        *((0x100, b"\x82\x01\x00"), (MAX_DATA, b"\x82\xff\xff")),
    ],
)
def test_tlv_lengths_are_written_as_short_as_they_go(value: int, written: bytes) -> None:
    assert write_length(value) == written
    assert read_length(written, 0) == (value, len(written))


def test_a_longer_form_than_needed_is_read() -> None:
    assert read_length(b"\x81\x05", 0) == (5, 2)
    assert read_length(b"\x82\x00\x05", 0) == (5, 3)


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x81", b"\x82\x01", b"\x83\x00\x00\x01", b"\xff"])
def test_other_lengths_are_none(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_length(data, 0)


def test_one_byte_past_the_longest_value_cannot_be_written() -> None:
    with pytest.raises(ProtocolError):
        write_length(MAX_DATA + 1)


@pytest.mark.parametrize(
    ("data", "inside", "tag", "size"),
    [
        ("2F08", 0, 0x2F, 1),
        ("1F1001", 0, 0x1F10, 2),
        ("FF4001", 0, 0xFF40, 2),
        ("1F800A01", 0, 0x1F800A, 3),
        ("1F801001", 0, 0x1F8010, 3),
        ("1F801106", 0, 0x1F80, 2),  # 13.08: nothing of 13.13 is 1F8011
        ("1F800A06", 0x2D, 0x1F80, 2),  # 13.08: in a file it is the name, ten bytes long
        ("1F8106", 0, 0x1F81, 2),
        ("1F8206", 0, 0x1F82, 2),
        ("1F8306", 0, 0x1F83, 2),
        ("DF8101 00", 0, 0xDF8101, 3),
    ],
)
def test_tags_have_one_byte_or_more(data: str, inside: int, tag: int, size: int) -> None:
    assert read_tag(bytes.fromhex(data), 0, inside) == (tag, size)


@pytest.mark.parametrize("data", ["", "1F", "1F85", "DF858585 8500"])
def test_a_cut_or_endless_tag_is_none(data: str) -> None:
    with pytest.raises(ProtocolError):
        read_tag(bytes.fromhex(data), 0)


def test_a_container_may_have_so_many_objects_and_not_one_more() -> None:
    assert len(read_objects(b"\x07\x00" * MAX_TLV_OBJECTS)) == MAX_TLV_OBJECTS
    with pytest.raises(ProtocolError):
        read_objects(b"\x07\x00" * (MAX_TLV_OBJECTS + 1))


def test_objects_are_found_by_their_path() -> None:
    objects = (Tlv.of(0x2F, [Tlv(0x1F11, b"\x01"), Tlv(0x1F10, b"\x02")]), Tlv(0x41, b"\x05"))
    assert find(objects, 0x2F, 0x1F10) == Tlv(0x1F10, b"\x02")
    assert find(objects, 0x41) == Tlv(0x41, b"\x05")
    assert find(objects, 0x2F, 0x1F12) is None
    assert find(objects, 0x41, 0x05) is None


def test_an_object_hides_its_value() -> None:
    assert repr(Tlv(0x1F08, b"4111111111111111")) == "<Tlv 1F08 with 16 bytes>"
    assert Tlv(0x07, b"A") != Tlv(0x07, b"B")
    assert len({Tlv(0x07, b"A"), Tlv(0x07, b"A")}) == 1
    assert Tlv(0x07, b"") != "07"


@pytest.mark.parametrize(
    ("name", "value", "size"),
    [
        ("amount", -1, 6),
        ("amount", 10**12, 6),
        ("digits", "12a", 2),
        ("digits", "12345", 2),
        ("digits", "٣", 1),
        ("byte", 256, 1),
        ("byte", -1, 1),
        ("bytes", b"abc", 2),
        ("number", 256, 1),
        ("number", -1, 4),
        ("ascii", "€", 0),
        ("padded", "x" * 16, 15),
        ("nul_padded", "x" * 9, 8),
        ("counted", "x" * 1000, 0),
        ("nibbles", "XY", 1),
        ("pan", "4111111111111111", 0),
        ("secret", Secret("xyz"), 0),
        ("password", Secret("1234567"), 3),
        ("goods", ("1234567",), 0),
    ],
)
def test_a_value_that_does_not_fit_cannot_be_written(name: str, value: object, size: int) -> None:
    with pytest.raises(ProtocolError):
        CODINGS[name].write(value, size)


@pytest.mark.parametrize("name", sorted(CODINGS))
def test_a_reader_gives_a_value_or_a_value_error_for_any_bytes(name: str) -> None:
    for size in (0, 1, 2, 3, 5, 6, 8, 53, 100, 1000):
        for byte in (0x00, 0x09, 0x99, 0x9A, 0xEE, 0xFF):
            try:
                CODINGS[name].read(bytes([byte]) * size)
            except ValueError:
                continue


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("541333EEEEEE0042", "541333******0042"),
        ("EEEEEEEEEEEE4771", "************4771"),
        ("4111111111111111", "411111******1111"),
        ("411111111111111F", "411111*****1111"),
        ("4111111111111111D2512101", "411111**************2101"),
        ("", ""),
        ("5413EEEE", "5413****"),
    ],
)
def test_a_card_number_shows_ten_digits_at_most(data: str, shown: str) -> None:
    assert CODINGS["pan"].read(bytes.fromhex(data)) == shown


def test_lines_without_attributes_have_none() -> None:
    lines, others = read_lines(b"\x07\x01A\x07\x01B\x0a\x02\x06\xd3", CP437)
    assert lines == (TextLine("A"), TextLine("B"))
    assert others == [Tlv(0x0A, b"\x06\xd3")]
    assert read_objects(b"\x07\x01A\x07\x01B") == write_lines(lines, CP437)


def test_an_attribute_past_a_byte_cannot_be_written() -> None:
    with pytest.raises(ProtocolError):
        write_lines([TextLine("A", 256)], CP437)
