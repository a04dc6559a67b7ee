"""04 0F, 04 FF, 06 0F and 06 1E: every member, and what must survive a bad one."""

from __future__ import annotations

import pytest

from opi_pos.model.secret import Secret
from terminal_bridge.zvt import Apdu, Problem, ProblemKind, RawBmp, Tlv, decode, encode
from terminal_bridge.zvt.codings import CardTotal, Totals
from terminal_bridge.zvt.limits import MAX_PROBLEMS
from terminal_bridge.zvt.messages.files import FileBlock
from terminal_bridge.zvt.messages.status import (
    AbortByTerminal,
    AmountInformation,
    Completion,
    IntermediateStatus,
    SetTillClock,
    StatusInformation,
)
from tests.terminal_bridge.zvt.vectors import PAYMENT, apdu, container


def status(*parts: str) -> StatusInformation:
    message = decode(apdu("040F", *parts))
    assert isinstance(message, StatusInformation)
    return message


def test_a_payment_has_all_its_members() -> None:
    assert decode(PAYMENT) == StatusInformation(
        result_code=0,
        amount=4250,
        trace_no="000917",
        time="091530",
        date="0612",
        expiry="2909",
        card_sequence_no="0002",
        payment_type=0x60,
        masked_pan="541333******0042",
        terminal_id="68001234",
        merchant_no="7064102",
        approval_code="A04711",
        currency="EUR",
        receipt_no="0231",
        turnover_no="000917",
        card_type=6,
        card_name="MasterCard",
        cardholder_verification=1,
        card_technology=2,
        application_id=bytes.fromhex("A0000000041010"),
        sync_id=bytes.fromhex("0231"),
        tlv=(),
    )


def test_what_was_read_is_written_again() -> None:
    assert decode(encode(decode(PAYMENT))) == decode(PAYMENT)


def test_the_order_of_bitmaps_is_free() -> None:
    assert status("29 68001234", "04 000000000100", "27 05") == status(
        "27 05", "29 68001234", "04 000000000100"
    )


@pytest.mark.parametrize("fields", ["27 6C", "27 6C 29 68001234"])
def test_the_smallest_real_ones_are_read(fields: str) -> None:
    assert status(fields).result_code == 0x6C


def test_a_reversal_names_the_original_trace_number() -> None:
    assert status("27 00 0B 000918 37 000917").original_trace_no == "000917"


def test_a_long_trace_number_counts_before_the_short_one() -> None:
    long = status("0B 000000", container("1F2B 04 12345678"))
    assert long.trace == "12345678"
    assert status("0B 000041").trace == "000041"


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ("2F 04 1F1001 01", 1),
        ("1F1001 01", 1),  # card complete has it at the top
        ("2F 04 1F1001 05", 5),
        ("2F 04 1F1001 02", 2),
    ],
)
def test_cardholder_verification_is_found_at_both_places(objects: str, expected: int) -> None:
    assert status(container(objects)).cardholder_verification == expected


@pytest.mark.parametrize(
    ("fields", "signs"),
    [
        (container("1F1001 01"), True),
        (container("1F1001 05"), True),
        (container("1F1001 06"), True),
        (container("1F1001 07"), True),
        (container("1F1001 02"), False),
        ("19 60 " + container("1F1001 00"), False),
        ("19 60 " + container("1F1001 FF"), False),
        ("19 60", True),
        ("19 40", True),
        ("19 70", False),
        ("19 50", False),
        ("", False),
    ],
)
def test_when_the_cardholder_signs(fields: str, *, signs: bool) -> None:
    assert status(fields).wants_signature is signs


def test_card_types_past_255_are_in_tag_41() -> None:
    assert status("8A FF", container("41 02 0104")).card_id == 260
    assert status("8A 05").card_id == 5


def test_tip_cashback_and_vendor_error_are_told() -> None:
    message = status(
        container("1F36 06 000000000250 1F25 06 000000005000 1F16 02 1441 1F17 03 B0205A")
    )
    assert (message.tip, message.cashback) == (250, 5000)
    assert (message.vendor_code, message.vendor_text) == (b"\x14\x41", "░ Z")


def test_a_currency_conversion_has_its_amounts() -> None:
    base = "31 12 1F1D 01 01 1F20 06 000000004250 1F21 02 0978"
    foreign = "31 16 1F1D 01 03 1F20 06 000000005010 1F21 02 0840 1F1E 01 02"
    inner = bytes.fromhex(base + foreign)
    message = status(container(f"E2 {len(inner):02X} {inner.hex()}"))
    assert message.problems == ()
    assert message.conversion == (
        AmountInformation(kind=1, amount=4250, currency="EUR"),
        AmountInformation(kind=3, amount=5010, currency="USD", decimals=2),
    )


def test_an_end_of_day_has_its_totals() -> None:
    groups = ["01 000000004250", *["00 000000000000"] * 5, "FF 000000010000"]
    message = status("27 00 04 000000014250 60 F0F5F3 0001 0231", *groups)
    assert message.totals == Totals(
        receipt_from="0001",
        receipt_to="0231",
        girocard=CardTotal(1, 4250),
        others=CardTotal(255, 10000),
    )
    assert decode(encode(message)) == message


def test_files_that_were_read_come_in_status_informations() -> None:
    message = status(container("2D 0C 1D0101 1C03616263 1E020100"))
    assert message.files == (FileBlock(file_id=b"\x01", data=b"abc", position=256),)


def test_full_tracks_are_secrets() -> None:
    message = status("27 00 23 F1F0 4111111111111111D251")
    assert message.track2 == Secret("4111111111111111D251")
    assert "4111" not in repr(message)


def test_a_card_number_in_the_clear_is_masked_at_once() -> None:
    message = status("22 F0F8 4111111111111111")
    assert message.masked_pan == "411111******1111"
    assert b"\x41\x11\x11\xee\xee\xee\x11\x11" in encode(message).data


def test_a_card_number_in_a_text_is_not_in_the_repr() -> None:
    text = b"CARD 4111111111111111"
    message = status(f"3C F0F{len(text) // 10}F{len(text) % 10}", text.hex())
    assert "4111111111111111" not in repr(message)


BAD = [
    ("0C 24AB99", "BMP 0C"),
    ("29 6800123F", "BMP 29"),
    ("49 09A8", "BMP 49"),
    ("60 F0F0F2 0000", "BMP 60"),
    ("17 000E", "BMP 17"),
    ("4C F0F2 0102", "BMP 4C"),
]


@pytest.mark.parametrize(("bad", "path"), BAD)
def test_a_bad_optional_field_costs_nothing_but_itself(bad: str, path: str) -> None:
    message = status("27 00", bad, "04 000000004250")
    assert (message.result_code, message.amount) == (0, 4250)
    assert message.problems == (Problem(path, ProblemKind.MALFORMED),)
    assert [raw.bmp for raw in message.extra] == [int(path[4:], 16)]
    again = decode(encode(message))
    assert again == message


def test_a_bad_amount_is_no_amount() -> None:
    message = status("27 00 04 0000000042F0")
    assert message.amount is None
    assert message.problems == (Problem("BMP 04", ProblemKind.MALFORMED),)


def test_an_unknown_bitmap_ends_the_reading_and_keeps_the_rest() -> None:
    message = status("27 00 04 000000004250 FE 0102 87 0231")
    assert (message.amount, message.receipt_no) == (4250, None)
    assert message.problems == (Problem("BMP FE", ProblemKind.UNKNOWN),)
    assert message.trailing == Secret("FE0102870231")
    assert encode(message).data == bytes.fromhex("27000400000000 4250FE0102870231")


@pytest.mark.parametrize("cut", ["87 02", "22 F0", "22 F0F8 5413", "06", "06 82 01", "06 05 1F10"])
def test_a_cut_field_at_the_end_costs_nothing_before_it(cut: str) -> None:
    message = status("27 00 04 000000004250", cut)
    assert (message.result_code, message.amount) == (0, 4250)
    assert message.problems[0].kind is ProblemKind.CUT_OFF
    assert message.trailing == Secret(bytes.fromhex(cut).hex().upper())


@pytest.mark.parametrize("length", ["00F8", "F0FA", "FFF0", "0008"])
def test_a_length_that_is_none_is_cut_off(length: str) -> None:
    assert status("27 00 22", length, "5413330000000042").problems == (
        Problem("BMP 22", ProblemKind.CUT_OFF),
    )


def test_of_two_amounts_the_first_counts_and_the_second_is_told() -> None:
    message = status("04 000000000100 04 000000000200")
    assert message.amount == 100
    assert message.problems == (Problem("BMP 04", ProblemKind.REPEATED),)
    assert message.extra == (RawBmp(0x04, bytes.fromhex("000000000200")),)


def test_so_many_problems_are_told_and_no_more_and_nothing_is_lost() -> None:
    for extra in (MAX_PROBLEMS, MAX_PROBLEMS + 1):
        message = status(*["0C 091530"] * (1 + extra))
        assert len(message.problems) == MAX_PROBLEMS
        assert len(message.extra) == extra


def test_of_a_bad_and_a_good_one_the_good_one_counts_and_the_bad_one_is_told() -> None:
    message = status("0C 24AB99", "0C 091530")
    assert message.time == "091530"
    assert message.problems == (Problem("BMP 0C", ProblemKind.MALFORMED),)


def test_unknown_objects_are_kept_where_they_were() -> None:
    objects = "2F 09 1F1001 01 1F5502 1234  DF77 02 CAFE"
    message = status(container(objects))
    assert message.cardholder_verification == 1
    assert message.tlv == (Tlv(0x2F, bytes.fromhex("1F55021234")), Tlv(0xDF77, b"\xca\xfe"))
    assert encode(message).data == bytes.fromhex(container(objects))


def test_feig_s_raw_objects_are_kept_although_they_say_constructed() -> None:
    message = status("27 00", container("FF40 03 112233 1F1001 02"))
    assert message.cardholder_verification == 2
    assert message.tlv == (Tlv(0xFF40, b"\x11\x22\x33"),)
    assert message.tlv[0].children() is None


def test_a_broken_object_inside_does_not_spoil_its_neighbours() -> None:
    message = status("27 00", container("2F 02 1F10 1F36 06 000000000250"))
    assert message.tip == 250
    assert message.problems == (Problem("TLV 2F", ProblemKind.MALFORMED),)
    assert message.tlv == (Tlv(0x2F, b"\x1f\x10"),)


def test_a_container_that_cannot_be_cut_is_kept_whole() -> None:
    message = status("27 00 06 03 1F10 05 87 0231")
    assert message.receipt_no == "0231"
    assert message.problems == (Problem("BMP 06", ProblemKind.MALFORMED),)
    assert message.extra == (RawBmp(0x06, b"\x1f\x10\x05"),)


def test_no_container_and_an_empty_one_are_two_things() -> None:
    assert status("27 00").tlv is None
    assert status("27 00 06 00").tlv == ()
    assert encode(status("27 00 06 00")).data == bytes.fromhex("27 00 06 00")


def test_a_second_container_is_told_and_kept() -> None:
    message = status("06 04 1F1001 01", "06 04 1F1001 02")
    assert message.cardholder_verification == 1
    assert message.problems == (Problem("BMP 06", ProblemKind.REPEATED),)


def test_every_cut_of_a_payment_keeps_what_came_before_it() -> None:
    data = PAYMENT.data
    for end in range(len(data)):
        message = decode(Apdu(0x040F, data[:end]))
        assert isinstance(message, StatusInformation)
        assert message.result_code == (0 if end >= 2 else None)
        assert message.amount == (4250 if end >= 9 else None)
        assert decode(encode(message)) == message


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("0A", IntermediateStatus(status=0x0A)),
        ("0A 03", IntermediateStatus(status=0x0A, timeout_min=3)),
        ("0A 06", IntermediateStatus(status=0x0A, timeout_min=6)),
        ("0A 06 00", IntermediateStatus(status=0x0A, tlv=())),
        ("0A 06 06 00", IntermediateStatus(status=0x0A, timeout_min=6, tlv=())),
        (
            "17 03 06 06 24 04 07 02 4F4B",
            IntermediateStatus(status=0x17, timeout_min=3, texts=("OK",), tlv=()),
        ),
        (
            "17 06 06 1F7303 000002",
            IntermediateStatus(status=0x17, sequence_id="000002", tlv=()),
        ),
        ("FF 12", IntermediateStatus(status=0xFF, timeout_min=12)),
    ],
)
def test_intermediate_status_has_its_timeout_or_its_container(
    data: str, expected: IntermediateStatus
) -> None:
    assert decode(apdu("04FF", data)) == expected
    assert encode(expected) == apdu("04FF", data)


def test_an_intermediate_status_without_any_byte_is_no_error() -> None:
    message = decode(Apdu(0x04FF))
    assert message.problems == (Problem("status", ProblemKind.MISSING),)


def test_a_timeout_that_is_no_number_is_ignored() -> None:
    message = decode(apdu("04FF", "0A AB"))
    assert isinstance(message, IntermediateStatus)
    assert (message.status, message.timeout_min) == (0x0A, None)


@pytest.mark.parametrize(
    ("data", "pending", "expected"),
    [
        ("", None, Completion()),
        (
            "19 03 29 68001234 49 0978",
            0x0600,
            Completion(status_byte=3, terminal_id="68001234", currency="EUR"),
        ),
        ("F0F0F2 4142 00", 0x0501, Completion(software_version="AB", terminal_status=0)),
        ("F0F0F2 4142 DC", None, Completion(software_version="AB", terminal_status=0xDC)),
        ("C2", None, Completion(terminal_status=0xC2)),
        ("00", None, Completion(terminal_status=0)),
        ("06 06 00", 0x0501, Completion(terminal_status=6, tlv=())),
        ("06 00", 0x0600, Completion(tlv=())),
        ("00 06 04 1F7901 01", None, Completion(terminal_status=0, started_action=1, tlv=())),
        ("27 E0", None, Completion(result_code=0xE0)),
        (
            "06 09 26 04 0A 02 06D3 12 01 24",
            0x0600,
            Completion(supported_commands=("06D3",), printer_width="24", tlv=()),
        ),
    ],
)
def test_completion_is_read_by_what_it_completes(
    data: str, pending: int | None, expected: Completion
) -> None:
    assert decode(apdu("060F", data), pending=pending) == expected


def test_device_information_is_told_after_a_status_enquiry() -> None:
    inner = "1F4003 495550 1F4204 17FD1E3C 1F4301 00"
    size = len(bytes.fromhex(inner))
    objects = f"E4 {size:02X} {inner} 1F4404 68001234 34 0D 1F0E04 20260612 1F0F03 091530"
    message = decode(apdu("060F", "00", container(objects)), pending=0x0501)
    assert isinstance(message, Completion)
    assert message.problems == ()
    assert (message.device_name, message.serial_no) == ("IUP", "17FD1E3C")
    assert message.long_terminal_id == "68001234"
    assert (message.terminal_date, message.terminal_time) == ("20260612", "091530")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("6C", AbortByTerminal(result_code=0x6C)),
        ("6F", AbortByTerminal(result_code=0x6F)),
        ("6F 0978", AbortByTerminal(result_code=0x6F, currency="EUR")),
        (
            "6F 0978 04 000000000100",
            AbortByTerminal(result_code=0x6F, currency="EUR", amount=100),
        ),
        ("B8 87 FFFF", AbortByTerminal(result_code=0xB8, receipt_no="FFFF")),
        (
            "B8 06 0A 23 08 08 02 0012 08 02 0013",
            AbortByTerminal(result_code=0xB8, open_reservations=("0012", "0013"), tlv=()),
        ),
        (
            "6C 06 08 1F1602 FF01 1F1700",
            AbortByTerminal(result_code=0x6C, vendor_code=b"\xff\x01", vendor_text="", tlv=()),
        ),
    ],
)
def test_an_abort_has_its_reason(data: str, expected: AbortByTerminal) -> None:
    assert decode(apdu("061E", data)) == expected


def test_an_abort_without_a_reason_is_still_an_abort() -> None:
    message = decode(Apdu(0x061E))
    assert isinstance(message, AbortByTerminal)
    assert message.result_code is None


def test_the_terminal_sets_the_clock() -> None:
    message = decode(apdu("0401", "AA 260612 0C 091530"))
    assert message == SetTillClock(date="260612", time="091530")
