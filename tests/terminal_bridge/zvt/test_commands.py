"""What the till sends: strict in writing, forgiving in reading."""

from __future__ import annotations

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from terminal_bridge.zvt import Apdu, Message, ProblemKind, Tlv, Unknown, decode, encode
from terminal_bridge.zvt.codec import MESSAGES
from terminal_bridge.zvt.messages.administration import EndOfDay, ReprintReceipts
from terminal_bridge.zvt.messages.answers import (
    ACKNOWLEDGEMENT,
    MORE_TIME,
    Answer,
    Refusal,
    partial_issue,
)
from terminal_bridge.zvt.messages.dialogs import (
    DisplayText,
    DisplayTextWithKey,
    GraphicMenuRequest,
    InputDialog,
    InputRequest,
    Menu,
    MenuItem,
    MenuRequest,
    ReadCard,
)
from terminal_bridge.zvt.messages.files import FileBlock, WriteFile
from terminal_bridge.zvt.messages.money import (
    Authorisation,
    BookTip,
    PartialReversal,
    PrepaidTopUp,
    Refund,
    Reversal,
)
from terminal_bridge.zvt.messages.session import (
    AbortByTill,
    LogOff,
    Registration,
    RepeatReceipt,
    SetDateTime,
    StatusEnquiry,
)
from tests.terminal_bridge.zvt.vectors import apdu

PASSWORD = Secret("123456")

PAIRS: list[tuple[Message, str, str]] = [
    (Registration(password=PASSWORD, config=0xBE), "0600", "123456 BE"),
    (Registration(password=PASSWORD, config=0xDE, currency="CHF"), "0600", "123456 DE 0756"),
    (
        Registration(password=PASSWORD, config=0x9E, currency="EUR", service=1, tlv=()),
        "0600",
        "123456 9E 0978 03 01 06 00",
    ),
    (
        Registration(
            password=PASSWORD,
            config=0xBE,
            currency="EUR",
            printer_width="40",
            character_sets=(1,),
            max_apdu=1024,
            supported_commands=("06D3", "040D"),
            tlv=(),
        ),
        "0600",
        "123456 BE 0978 06 16 12 01 40 27 03 14 01 01 1A 02 0400 26 08 0A 02 06D3 0A 02 040D",
    ),
    (LogOff(), "0602", ""),
    (StatusEnquiry(), "0501", ""),
    (StatusEnquiry(password=PASSWORD, service=4), "0501", "123456 03 04"),
    (Authorisation(amount=4250), "0601", "04 000000004250"),
    (Authorisation(amount=4250, currency="EUR", tlv=()), "0601", "04 000000004250 49 0978 06 00"),
    (
        Authorisation(amount=4250, tip=250, partial_approval=1, sync_id=b"", tlv=()),
        "0601",
        "04 000000004250 06 10 1F1F 00 1F36 06 000000000250 1F70 01 01",
    ),
    (
        Authorisation(amount=3300, max_status_infos=10, timeout_s=30),
        "0601",
        "04 000000003300 01 1E 02 0A",
    ),
    (
        Authorisation(amount=100, pan=Secret("4111111111111111"), expiry="2909"),
        "0601",
        "04 000000000100 0E 2909 22 F0F8 4111111111111111",
    ),
    (Reversal(password=PASSWORD, receipt_no="0231"), "0630", "123456 87 0231"),
    (Refund(password=PASSWORD, amount=100), "0631", "123456 04 000000000100"),
    (BookTip(amount=100, receipt_no="0231"), "060C", "04 000000000100 87 0231"),
    (PartialReversal(receipt_no="FFFF"), "0623", "87 FFFF"),
    (PrepaidTopUp(prepaid_card_id="0012", mode=2, amount=1500), "0609", "001202 04 000000001500"),
    (RepeatReceipt(password=PASSWORD, service=3), "0620", "123456 03 03"),
    (EndOfDay(password=PASSWORD), "0650", "123456"),
    (ReprintReceipts(password=PASSWORD, from_receipt="0012"), "0612", "123456 0012"),
    (
        ReprintReceipts(password=PASSWORD, from_receipt="0012", to_receipt="0020"),
        "0612",
        "123456 0012 0020",
    ),
    (
        SetDateTime(password=PASSWORD, date="260612", time="091530"),
        "0691",
        "123456 AA 260612 0C 091530",
    ),
    (AbortByTill(), "06B0", ""),
    (ReadCard(timeout_s=30), "06C0", "1E"),
    (ReadCard(timeout_s=30, card_technologies=4, tlv=()), "06C0", "1E 06 04 1F60 01 04"),
    (
        DisplayText(duration_s=3, line1="Grüße", beeps=1),
        "06E0",
        "F0 03 F1 F0F5 47 72 81 E1 65 F9 01",
    ),
    (DisplayTextWithKey(duration_s=0, line8="OK?"), "06E1", "F0 00 F8 F0F3 4F4B3F"),
    (
        WriteFile(password=PASSWORD, files=(FileBlock(file_id=b"\x01", size=1024),), tlv=()),
        "0814",
        "123456 06 0A 2D 08 1D 01 01 1F00 02 0400",
    ),
    (
        MenuRequest(
            menu=Menu(
                kind=1,
                items=(MenuItem(text="Ja", value=1), MenuItem(text="Nein", value=2)),
            ),
            tlv=(),
        ),
        "040E",
        "06 19 2B 17 16 01 01 2C 07 07 02 4A61 19 01 01 2C 09 07 04 4E65696E 19 01 02",
    ),
    (
        InputRequest(dialog=InputDialog(texts=("km?",), mode=1, timeout_s=30), tlv=()),
        "040D",
        "06 12 32 10 24 05 07 03 6B6D3F 1F38 01 01 1F39 02 001E",
    ),
    (
        GraphicMenuRequest(
            duration_s=60, headline="OK?", menu=Menu(items=(MenuItem(text="Ja", value=1),)), tlv=()
        ),
        "06D0",
        "F0 3C F1 F0F3 4F4B3F 06 0B 2B 09 2C 07 07 02 4A61 19 01 01",
    ),
    (ACKNOWLEDGEMENT, "8000", ""),
    (Answer(code=0x8400), "8400", ""),
    (MORE_TIME, "849C", ""),
    (partial_issue(2200), "849D", "04 000000002200"),
    (Refusal(error=0x1E, detail=0x6F, terminal_currency="CHF"), "841E", "6F 0756"),
    (Refusal(error=0x1E, detail=0x7D), "841E", "7D"),
    (Answer(menu_value=2, tlv=()), "8000", "06 03 19 01 02"),
    (Answer(input_text="4711", tlv=()), "8000", "06 09 32 07 1F3A 04 34373131"),
    (
        Answer(files=(FileBlock(data=b"ab", file_id=b"\x01", position=0),), tlv=()),
        "8000",
        "06 0C 2D 0A 1C 02 6162 1D 01 01 1E 01 00",
    ),
]


@pytest.mark.parametrize(("message", "control", "data"), PAIRS)
def test_a_message_is_written_as_the_standard_has_it(
    message: Message, control: str, data: str
) -> None:
    assert encode(message) == apdu(control, data)


@pytest.mark.parametrize(("message", "control", "data"), PAIRS)
def test_and_read_as_what_it_was(message: Message, control: str, data: str) -> None:
    assert decode(apdu(control, data)) == message


@pytest.mark.parametrize(
    ("data", "config", "currency", "service", "has_tlv"),
    [
        ("123456 BE", 0xBE, None, None, False),
        ("123456 00", 0x00, None, None, False),
        ("123456 FF 0978", 0xFF, "EUR", None, False),
        ("123456 3E 06 00", 0x3E, None, None, True),
        ("123456 3E 03 01", 0x3E, None, 1, False),
        ("123456 3E 03 01 06 00", 0x3E, None, 1, True),
        ("123456 3E 0203", 0x3E, "CZK", None, False),
        ("123456 3E 0203 06 00", 0x3E, "CZK", None, True),
        ("123456 3E 0608", 0x3E, "PHP", None, False),
        ("123456 9E 0978 06 06 26040A0206D3", 0x9E, "EUR", None, True),
    ],
)
def test_tills_leave_out_of_a_registration_what_they_like(
    data: str, config: int, currency: str | None, service: int | None, *, has_tlv: bool
) -> None:
    message = decode(apdu("0600", data))
    assert isinstance(message, Registration)
    assert message.password == PASSWORD
    assert (message.config, message.currency, message.service) == (config, currency, service)
    assert (message.tlv is not None) is has_tlv
    assert message.problems == ()


@pytest.mark.parametrize("data", ["", "12", "1234", "123456"])
def test_a_cut_registration_says_what_is_missing(data: str) -> None:
    message = decode(apdu("0600", data))
    assert {problem.kind for problem in message.problems} == {ProblemKind.MISSING}


def test_an_empty_set_date_and_time_is_read_and_its_password_missed() -> None:
    message = decode(Apdu(0x0691))
    assert [problem.path for problem in message.problems] == ["password"]
    with pytest.raises(ProtocolError, match="password: missing"):
        encode(message)


def test_a_status_enquiry_may_have_tlv_and_no_password() -> None:
    message = decode(apdu("0501", "06 04 1F72 01 01"))
    assert isinstance(message, StatusEnquiry)
    assert (message.password, message.report_contactless) == (None, 1)


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (Registration(config=0xBE), "password"),
        (Registration(password=PASSWORD), "config"),
        (Registration(password=Secret("12345678"), config=0xBE), "password"),
        (Registration(password=Secret("12AB"), config=0xBE), "password"),
        (Registration(password=PASSWORD, config=0x1BE), "config"),
        (Registration(password=PASSWORD, config=0xBE, currency="EURO"), "currency"),
        (Authorisation(amount=-1), "amount"),
        (Authorisation(amount=10**12), "amount"),
        (Authorisation(amount=1, expiry="29090"), "expiry"),
        (Authorisation(amount=1, payment_type=256), "payment_type"),
        (Authorisation(amount=1, tip=10**12), "tip"),
        (Authorisation(amount=1, partial_approval=-1), "partial_approval"),
        (Reversal(password=PASSWORD, receipt_no="12345"), "receipt_no"),
        (DisplayText(line1="x" * 100), "BMP F1"),
        (ReprintReceipts(password=PASSWORD, to_receipt="0001"), "from_receipt"),
        (Unknown(code=0x0F01, data=Secret("0")), "data"),
        (Unknown(code=0x0F01, data=Secret("zz")), "data"),
    ],
)
def test_what_does_not_fit_is_refused_and_named(message: Message, path: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        encode(message)
    assert refused.value.path == path


def test_values_at_their_limits_fit() -> None:
    longest = DisplayText(line1="x" * 99)
    assert decode(encode(longest)) == longest
    largest = Authorisation(amount=10**12 - 1, tip=10**12 - 1, tlv=())
    assert decode(encode(largest)) == largest


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(ProtocolError, match="another type"):
        encode(Authorisation(amount="12.50"))  # type: ignore[arg-type]
    with pytest.raises(ProtocolError, match="another type"):
        encode(Registration(password="123456", config=1))  # type: ignore[arg-type]


def test_a_wrong_password_is_not_in_the_error() -> None:
    with pytest.raises(ProtocolError) as refused:
        encode(Registration(password=Secret("98765432"), config=0xBE))
    assert "98765432" not in str(refused.value)


def test_an_unknown_command_is_kept_whole() -> None:
    strange = apdu("0FA1", "123456 0001 CAFE")
    message = decode(strange)
    assert message == Unknown(code=0x0FA1, data=Secret("1234560001CAFE"))
    assert "CAFE" not in repr(message)
    assert encode(message) == strange


def test_any_object_may_be_added_to_any_command() -> None:
    message = Authorisation(amount=1, tlv=(Tlv(0xDF01, b"\x01"), Tlv(0x60, b"\x43\x01\xa0")))
    assert encode(message).data == bytes.fromhex("04 000000000001 06 09 DF01 01 01 60 03 43 01 A0")


@pytest.mark.parametrize(
    ("pending", "data", "keys"),
    [
        (0x06E1, "0D", "\r"),
        (0x06E2, "31 32 33", "123"),
        (0x06E2, "31 06 06 1F7303 000007", "1"),
        (0x06DA, "06 00 FF", "\x06\x00ÿ"),
    ],
)
def test_answers_with_keys_are_read_by_what_they_answer(pending: int, data: str, keys: str) -> None:
    answer = decode(apdu("8000", data), pending=pending)
    assert isinstance(answer, Answer)
    assert answer.keys == Secret(keys)
    assert encode(answer).data == bytes.fromhex(data)


@pytest.mark.parametrize(
    ("control", "data", "reason", "repeat"),
    [
        ("8483", "", 0x83, False),
        ("849C", "", 0x9C, True),
        ("841E", "6F 0978", 0x6F, False),
        ("841E", "", 0x1E, False),
        ("84A0", "06 06 1F7303 000001", 0xA0, False),
    ],
)
def test_a_refusal_has_its_reason(control: str, data: str, reason: int, *, repeat: bool) -> None:
    refusal = decode(apdu(control, data))
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.wants_repeat) == (reason, repeat)


def test_84_00_is_no_refusal() -> None:
    assert isinstance(decode(Apdu(0x8400)), Answer)


def test_answers_of_class_80_that_nobody_defined_are_no_answers() -> None:
    assert isinstance(decode(Apdu(0x8001)), Unknown)


def test_every_struct_has_a_command_of_its_own() -> None:
    assert len({make.__name__ for make in MESSAGES.values()}) == len(MESSAGES)
    assert all(make().control == control for control, make in MESSAGES.items())
