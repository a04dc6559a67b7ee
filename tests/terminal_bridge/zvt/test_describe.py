"""One line in, one tree out; never an exception, never a card number."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal_bridge.zvt import encode
from terminal_bridge.zvt.describe import describe, shown_bytes
from terminal_bridge.zvt.framing.frames import to_frame
from terminal_bridge.zvt.limits import MAX_HEX_LINE, MAX_TLV_DEPTH
from terminal_bridge.zvt.messages.dialogs import Menu, MenuItem, MenuRequest
from tests.terminal_bridge.zvt.vectors import PAYMENT, apdu, container

CARD = "4111111111111111"


def test_a_payment_is_a_tree() -> None:
    tree = describe(PAYMENT.to_bytes().hex())
    assert (tree["control"], tree["name"]) == ("04 0F", "Status information")
    assert tree["direction"] == "terminal to till"
    assert tree["length"] == len(PAYMENT.data)
    assert tree["fields"][:2] == [
        {"bmp": "27", "name": "result_code", "value": 0, "text": "no error"},
        {"bmp": "04", "name": "amount", "value": 4250},
    ]
    assert tree["fields"][-1]["objects"][0] == {
        "tag": "2F",
        "name": "payment_type",
        "objects": [
            {"tag": "1F10", "name": "cardholder_verification", "value": 1},
            {"tag": "1F12", "name": "card_technology", "value": 2},
        ],
    }


@pytest.mark.parametrize(
    "line", ["04ff020a03", "04 FF 02 0A 03", " 04:FF:02:0A:03\n", "04-ff-02-0a03"]
)
def test_a_line_may_be_written_in_many_ways(line: str) -> None:
    assert describe(line) == {
        "control": "04 FF",
        "name": "Intermediate status",
        "direction": "terminal to till",
        "length": 2,
        "status": 0x0A,
        "status_text": "Insert card",
        "timeout_min": 3,
    }


def test_a_frame_is_taken_off() -> None:
    line = f"serial {to_frame(PAYMENT.to_bytes()).hex()}"
    assert describe(line) == {"framing": "serial", **describe(PAYMENT.to_bytes().hex())}
    assert describe(line.replace("serial", "SERIAL")) == describe(line)


def test_ack_and_nak_are_told() -> None:
    assert describe("serial 06") == {"framing": "serial", "name": "ACK"}
    assert describe("serial 15") == {"framing": "serial", "name": "NAK"}


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("serial ", "pairs"),
        ("serial  ", "pairs"),
        ("hello", "pairs"),
        ("040", "pairs"),
        ("٠٤", "pairs"),
        ("06", "cut off"),
        ("0601", "cut off"),
        ("060102FF", "cut off"),
        ("8000000", "pairs"),
        ("80000000", "follow"),
        ("serial 1002800000100300", "cut off"),
        ("serial 10028000001003F51E", "checksum"),
        ("serial 10028000001003F51F06", "follow"),
        ("serial 800000", "no serial frame"),
    ],
)
def test_what_is_no_message_is_an_error(line: str, error: str) -> None:
    tree = describe(line)
    assert list(tree) == ["error"]
    assert error in tree["error"]


def test_a_line_may_be_so_long_and_no_longer() -> None:
    assert "longer than" not in str(describe("0" * MAX_HEX_LINE))
    assert "longer than" in describe("0" * (MAX_HEX_LINE + 1))["error"]


@given(st.text(max_size=60) | st.binary(max_size=60).map(bytes.hex))
def test_any_line_gives_one_object(line: str) -> None:
    for prefix in ("", "serial "):
        assert "\n" not in json.dumps(describe(prefix + line))


@pytest.mark.parametrize(
    "data",
    [
        f"27 00 22 F0F8 {CARD}",
        f"27 00 23 F1F0 {CARD}D291",
        f"27 00 FE {CARD}",
        f"27 00 FE 00{CARD}2912",
        f"27 00 {container(f'DF01 08 {CARD}')}",
        f"27 00 {container(f'1F08 10 {CARD.encode().hex()}')}",
        f"27 00 {container(f'DF01 10 {CARD.encode().hex()}')}",
        f"27 00 3C F0F1F6 {CARD.encode().hex()}",
        f"27 00 9A F0F0F8 {CARD}",
        f"27 00 {container(f'2F 08 {CARD}')}",
    ],
)
def test_no_card_number_is_shown(data: str) -> None:
    shown = json.dumps(describe(apdu("040F", data).to_bytes().hex()))
    assert "error" not in shown[:9]
    assert CARD not in shown
    assert CARD.encode().hex() not in shown


def test_secrets_are_hidden() -> None:
    tree = describe("06000A 98765 4 BE 0978 03 01 06 00".replace(" ", ""))
    assert tree["password"] == "***"
    assert "987654" not in json.dumps(tree)


def test_other_bytes_are_shown() -> None:
    assert shown_bytes(bytes.fromhex("CAFE")) == "CAFE"
    assert shown_bytes(bytes(300)) == "00" * 256 + "…"


def test_what_could_not_be_read_is_told() -> None:
    tree = describe(apdu("040F", "27 00 FE 01 02").to_bytes().hex())
    assert tree["problems"] == ["BMP FE: unknown"]
    assert tree["unread"] == "FE0102"
    tree = describe(apdu("040F", "27 00 0C 24AB00").to_bytes().hex())
    assert tree["fields"][1] == {"bmp": "0C", "name": "time", "hex": "24AB00", "malformed": True}


def test_a_refusal_is_explained() -> None:
    assert describe("84A000")["text"] == "receiver not ready (busy)"
    tree = describe("841E036F0978")
    assert (tree["detail_text"], tree["terminal_currency"]) == (
        "wrong currency (06 09: amount not allowed)",
        "EUR",
    )


def test_a_vendor_s_command_is_shown_as_bytes() -> None:
    assert describe("0FA103010203") == {
        "control": "0F A1",
        "name": "Feig cVEND function (vendor)",
        "direction": "till to terminal",
        "length": 3,
        "data": "010203",
    }


def test_an_end_of_day_shows_its_totals() -> None:
    groups = "01000000004250" + "00000000000000" * 6
    tree = describe(apdu("040F", "60 F0F5F3 0001 0231", groups).to_bytes().hex())
    value = tree["fields"][0]["value"]
    assert (value["receipt_from"], value["girocard"]) == ("0001", [1, 4250])


def test_a_menu_is_shown_with_its_items() -> None:
    message = MenuRequest(menu=Menu(items=(MenuItem(text="Ja", value=1),)))
    tree = describe(encode(message).to_bytes().hex())
    item = tree["fields"][0]["objects"][0]["objects"][0]
    assert item["objects"] == [
        {"tag": "07", "name": "text_line", "value": "Ja"},
        {"tag": "19", "name": "menu_value", "value": 1},
    ]


def nested(depth: int) -> str:
    data = b"\x07\x01A"
    for _ in range(depth):
        data = bytes((0x2F, len(data))) + data
    return apdu("060F", f"06 {len(data):02X} {data.hex()}").to_bytes().hex()


def test_objects_are_shown_to_the_limit_of_depth_and_beyond_it_as_bytes() -> None:
    assert "unread" not in json.dumps(describe(nested(MAX_TLV_DEPTH - 1)))
    assert "unread" in json.dumps(describe(nested(MAX_TLV_DEPTH)))
