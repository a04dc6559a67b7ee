"""06 D1 and 06 D3: attributes, ends, character sets, and what card complete puts behind a line."""

from __future__ import annotations

import pytest

from terminal_bridge.zvt import Charsets, Message, decode, encode
from terminal_bridge.zvt.charsets import CARD_COMPLETE
from terminal_bridge.zvt.lines import TextLine
from terminal_bridge.zvt.messages.printing import Barcode, PrintBlock, PrintLine
from tests.terminal_bridge.zvt.vectors import apdu, container


def line(data: str, charsets: Charsets | None = None) -> PrintLine:
    message = decode(apdu("06D1", data), charsets=charsets or Charsets())
    assert isinstance(message, PrintLine)
    return message


def block(objects: str) -> PrintBlock:
    message = decode(apdu("06D3", container(objects)))
    assert isinstance(message, PrintBlock)
    return message


@pytest.mark.parametrize(
    ("data", "text", "ends", "feeds"),
    [
        ("00 42656C6567", "Beleg", False, 0),
        ("40 42656C6567", "Beleg", False, 0),
        ("00", None, False, 1),
        ("81", None, True, 1),
        ("C0 456E6465", "Ende", True, 0),
        ("80", None, False, 1),
        ("FF", None, True, 0),
        ("FF 03", "\x03", False, 3),
    ],
)
def test_a_line_has_text_ends_or_feeds(
    data: str, text: str | None, *, ends: bool, feeds: int
) -> None:
    message = line(data)
    assert (message.text, message.ends_receipt) == (text, ends)
    assert message.line_feeds == feeds
    assert encode(message).data == bytes.fromhex(data)


def test_an_attribute_is_taken_apart() -> None:
    styled = line("75 41").line
    assert (styled.centred, styled.double_width, styled.double_height) == (True, True, True)
    assert styled.indent == 5
    assert not styled.ends_receipt
    plain = line("FF 01").line
    assert (plain.centred, plain.double_width, plain.double_height) == (False, False, False)


def test_card_complete_s_receipt_type_is_not_printed() -> None:
    message = line("40 44414E4B45 06 04 1F07 01 02")
    assert (message.text, message.receipt_type) == ("DANKE", 2)


def test_a_sequence_id_behind_a_line_is_not_printed() -> None:
    message = line("00 44 06 06 1F73 03 000012")
    assert (message.text, message.sequence_id) == ("D", "000012")


@pytest.mark.parametrize("text", ["41 06 42", "06 06", "41 06 81", "41 06 02 1F 10"])
def test_a_byte_06_that_is_no_container_is_text(text: str) -> None:
    message = line("00 " + text)
    assert encode(message).data == bytes.fromhex("00" + text)
    assert message.receipt_type is None
    assert message.tlv is None


def test_the_default_is_cp437_and_card_complete_sends_latin_1() -> None:
    assert line("00 84").text == "ä"
    assert line("00 E4", CARD_COMPLETE).text == "ä"


def test_each_kind_of_message_has_its_own_character_set() -> None:
    mixed = Charsets(status="iso8859_1")
    display = decode(apdu("04FF", "FF 03 06 05 24 03 07 01 FC"), charsets=mixed)
    assert getattr(display, "texts", None) == ("ü",)
    printed = decode(apdu("06D3", container("25 03 07 01 84")), charsets=mixed)
    assert isinstance(printed, PrintBlock)
    assert printed.lines == (TextLine("ä"),)


def test_a_block_may_name_its_character_set() -> None:
    assert block("14 01 FE 25 04 07 02 C3A4").lines == (TextLine("ä"),)
    assert block("14 01 01 25 03 07 01 E4").lines == (TextLine("ä"),)
    assert block("14 01 77 25 03 07 01 84").lines == (TextLine("ä"),)
    named = PrintBlock(character_set=0xFE, lines=(TextLine("Ł"),), tlv=())
    assert decode(encode(named)) == named


def test_an_attribute_holds_until_the_next_one() -> None:
    lines = block("25 0F 09 01 40 07 01 41 07 01 42 09 01 00 07 01 43").lines
    assert lines == (TextLine("A", 0x40), TextLine("B", 0x40), TextLine("C", 0x00))


def test_the_last_attribute_ends_the_receipt() -> None:
    ended = block("1F07 01 02 25 06 07 01 41 09 01 81")
    assert ended.lines == (TextLine("A"), TextLine(None, 0x81))
    assert ended.ends_receipt
    assert ended.receipt_type == 2
    assert not block("25 03 07 01 41").ends_receipt
    assert not block("25 03 09 01 FF").ends_receipt


def test_line_feeds_between_lines_are_kept() -> None:
    message = block("25 0C 07 01 41 09 01 FF 09 01 00 07 01 42")
    assert message.lines == (TextLine("A"), TextLine(None, 0xFF), TextLine("B"))
    assert decode(encode(message)) == message


def test_a_barcode_among_the_lines_is_kept() -> None:
    objects = "25 0F 07 01 41 E3 0A 1F2E 01 02 1F2F 03 313233"
    message = block(objects)
    assert message.lines == (TextLine("A"),)
    assert message.tlv is not None
    assert encode(message) == apdu("06D3", container(objects))


def test_a_block_of_10_kib_is_read() -> None:
    lines = tuple(TextLine(f"line {number:03}" + " x" * 16) for number in range(250))
    message = PrintBlock(receipt_type=1, lines=lines, tlv=())
    assert len(encode(message).data) > 10_000
    assert decode(encode(message)) == message


def test_a_barcode_struct_writes_its_objects() -> None:
    assert Barcode(kind=2, data=b"12").kind == 2


def test_a_line_without_an_attribute_is_told() -> None:
    message: Message = decode(apdu("06D1", ""))
    assert [problem.path for problem in message.problems] == ["attribute"]
