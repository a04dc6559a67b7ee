"""What is read of a notification, and what is not believed."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.model.money import Amount
from opi_pos.model.secret import Secret
from opi_pos.wire import computop
from opi_pos.wire.computop import Said, read_notification
from opi_pos.wire.computop.form import MAX_PAIRS, write_form
from opi_pos.wire.computop.mac import check_formula
from opi_pos.wire.computop.sealing import Cipher, Keys
from opi_pos.wire.limits import MAX_BYTES
from tests.opi_pos.wire.computop.making import KEYS, MEMBERS, encrypted_notification, notification

PAN = "5413330089600036"


@pytest.mark.parametrize("made", [notification, encrypted_notification])
def test_its_parts_are_where_they_belong(made: Callable[..., bytes]) -> None:
    told = read_notification(made(), KEYS)
    assert told == computop.Notification(
        merchant_id="shop",
        pay_id=MEMBERS["PayID"],
        xid=MEMBERS["XID"],
        trans_id="ccv-1",
        ref_nr="order-1",
        status="OK",
        code="00000000",
        said=Said.DONE,
        message_type="01",
        terminal_id="t1",
        amount=Amount(minor=1250, currency="EUR"),
        masked_pan="541333******0036",
        description="success",
    )


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        ("OK", "00000000", Said.DONE),
        ("AUTHORIZED", "00000000", Said.DONE),
        ("authorized", "00000000", Said.DONE),
        ("FAILED", "20600013", Said.FAILED),
        ("FAILED", "4206014H", Said.FAILED),
        ("FAILED", "60000000", Said.UNCLEAR),
        ("FAILED", "00000000", Said.UNCLEAR),
        ("OK", "20600013", Said.UNCLEAR),
        ("PENDING", "00000000", Said.UNCLEAR),
        ("AUTHORIZED", "0", Said.UNCLEAR),
    ],
)
def test_status_and_code_decide_together(status: str, code: str, said: Said) -> None:
    assert read_notification(notification(Status=status, Code=code), KEYS).said is said


def test_the_description_never_decides() -> None:
    told = read_notification(notification(Description="FAILED, declined"), KEYS)
    assert told.said is Said.DONE


def test_a_converted_amount_is_the_cards_and_the_base_is_ours() -> None:
    changed = {"Amount": "1399", "Currency": "USD", "baseAmount": "1250", "baseCurrency": "EUR"}
    told = read_notification(notification(changed, dccRateValue="1.1192"), KEYS)
    assert told.amount == Amount(minor=1250, currency="EUR")
    assert told.card_amount == Amount(minor=1399, currency="USD")
    assert told.rate == "1.1192"


@pytest.mark.parametrize("amount", ["-1", "12.50", "", "1" * 13, "\u0661", None])
def test_what_is_no_amount_is_none_and_never_zero(amount: str | None) -> None:
    assert read_notification(notification(Amount=amount), KEYS).amount is None


@pytest.mark.parametrize("name", ["PayID", "TransID", "MID", "Status", "Code"])
@pytest.mark.parametrize("made", [notification, encrypted_notification])
def test_a_changed_part_breaks_the_signature(name: str, made: Callable[..., bytes]) -> None:
    mac = computop.sign(MEMBERS, computop.NOTIFICATION_MAC, KEYS.mac)
    forged = {"MAC": mac, name: MEMBERS[name][:-1] + "9"}
    with pytest.raises(computop.MacError, match="PayID"):
        read_notification(made(**forged), KEYS)


@pytest.mark.parametrize("mac", ["", " ", "é", "0" * 64])
def test_without_a_signature_nothing_is_believed(mac: str) -> None:
    with pytest.raises(computop.MacError):
        read_notification(notification(MAC=mac), KEYS)


def test_the_signature_may_be_in_lower_case_and_the_formula_is_a_setting() -> None:
    formula = "PayID*TransID*MerchantID*Amount*Currency"
    mac = computop.sign(MEMBERS, formula, KEYS.mac).lower()
    assert read_notification(notification(MAC=mac), KEYS, formula=formula).ref_nr == "order-1"
    with pytest.raises(computop.MacError):
        read_notification(notification(MAC=mac), KEYS)


@pytest.mark.parametrize("formula", ["", "PayID**MID", "PayID;MID", "PayID*"])
def test_a_formula_is_names(formula: str) -> None:
    with pytest.raises(ConfigurationError, match=r"notify\.mac"):
        check_formula(formula, "notify.mac")


def test_what_leaves_the_table_is_a_warning_by_name() -> None:
    told = read_notification(
        notification(PayID="short", Extra="x", DMAC=None, RefNr="a" * 31), KEYS
    )
    assert told.warnings == ("PayID: is not an32", "RefNr: is not ans..30", "DMAC: missing")


def test_without_a_reference_the_transaction_id_stands_for_it() -> None:
    assert read_notification(notification(RefNr=None), KEYS).ref_nr == "ccv-1"


@pytest.mark.parametrize("made", [notification, encrypted_notification])
def test_a_full_card_number_is_dropped_at_the_door(made: Callable[..., bytes]) -> None:
    sent = {"CCNr": PAN, "PCNr": PAN, "EMVData": f"5A08{PAN}", "CCExpiry": "202712"}
    told = read_notification(made(MaskedPan=PAN, Description=f"card {PAN}", **sent), KEYS)
    assert PAN not in repr(told)
    assert PAN.encode() not in msgspec.json.encode(told)
    assert "202712" not in repr(told)
    assert "CCNr: dropped" in told.warnings


@pytest.mark.parametrize("name", ["XID", "Status", "Code"])
def test_what_identifies_and_decides_must_be_there(name: str) -> None:
    with pytest.raises(ProtocolError, match=name):
        read_notification(notification({name: None}), KEYS)


def test_a_member_that_is_there_twice_with_two_values_is_refused() -> None:
    with pytest.raises(ProtocolError, match="Status: is there twice"):
        read_notification(notification() + b"&status=FAILED", KEYS)
    assert read_notification(notification() + b"&STATUS=OK", KEYS).said is Said.DONE


def test_a_text_inside_may_hold_what_parts_pairs() -> None:
    told = read_notification(encrypted_notification(Description="a&b + 50% = c"), KEYS)
    assert told.description == "a&b + 50% = c"


def test_the_wrong_password_is_named() -> None:
    other = msgspec.structs.replace(KEYS, encryption=Secret("not this one"))
    with pytest.raises(ProtocolError, match="password"):
        read_notification(encrypted_notification(), other)
    with pytest.raises(ProtocolError, match="no password"):
        read_notification(encrypted_notification(), Keys(mac=KEYS.mac))


@pytest.mark.parametrize("cipher", list(Cipher))
def test_a_password_that_the_cipher_cannot_take_is_a_configuration_error(cipher: Cipher) -> None:
    keys = Keys(mac=Secret("x"), encryption=Secret("abc"), cipher=cipher)
    with pytest.raises(ConfigurationError, match=r"notify\.encryption_file"):
        keys.check("notify.encryption_file")


def test_limits() -> None:
    room = MAX_BYTES - len(notification()) - len("&x=")
    assert read_notification(notification() + b"&x=" + b"a" * room, KEYS).said is Said.DONE
    with pytest.raises(ProtocolError, match="larger"):
        read_notification(notification() + b"&x=" + b"a" * (room + 1), KEYS)
    more = MAX_PAIRS - len(MEMBERS) - 1
    filled = notification() + b"".join(b"&x%d=1" % number for number in range(more))
    assert read_notification(filled, KEYS).said is Said.DONE
    with pytest.raises(ProtocolError, match=f"more than {MAX_PAIRS}"):
        read_notification(filled + b"&y=1", KEYS)


@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_protocol_error(body: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_notification(body, KEYS)


@given(st.text(max_size=6), st.text(max_size=80))
def test_any_sealed_text_ends_in_a_protocol_error(length: str, data: str) -> None:
    form = write_form({"Len": length, "Data": data})
    for cipher_text in (form, form + b"-"):
        with pytest.raises(ProtocolError):
            read_notification(cipher_text, KEYS)


@given(st.data())
def test_a_flipped_byte_is_an_error_or_changes_nothing_that_counts(data: st.DataObject) -> None:
    body = bytearray(encrypted_notification())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        told = read_notification(bytes(body), KEYS)
    except ProtocolError:
        return
    assert (told.pay_id, told.status, told.code) == (MEMBERS["PayID"], "OK", "00000000")
