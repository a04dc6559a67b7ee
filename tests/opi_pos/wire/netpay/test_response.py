"""What terminals post, in every shape that it comes in."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import netpay
from opi_pos.wire.limits import MAX_BYTES
from opi_pos.wire.netpay import response as response_module
from tests.opi_pos.wire.netpay.samples import CANCELLED, SALE, as_json, reprint

EXAMPLES = Path(__file__).parents[5] / "shared" / "examples" / "netpay"


def read(**members: Any) -> netpay.Response:
    return netpay.read_response(as_json({**SALE, **members}))


def test_the_data_model_has_38_fields_and_all_of_them_are_typed() -> None:
    documented = set(SALE) - {"bin", "isRePrint"}
    assert len(documented) == 38
    told = read()
    assert told.odd == ()
    assert told.others == {}
    assert (told.amount, told.tip_amount, told.tip_less_amount) == (
        Decimal("12.50"),
        Decimal("0.00"),
        Decimal("12.50"),
    )
    assert (told.has_pin, told.is_qps, told.is_re_print) == (True, False, False)
    assert (told.module_lote, told.pre_auth, told.pre_status) == (1, 0, Decimal("0.00"))
    assert told.traceability == {"session": "17"}
    assert told.customer_name == Secret("PEREZ/JUANA")
    assert told.ended_at == datetime(2026, 11, 22, 10, 15)  # noqa: DTZ001 - it has no zone
    assert told.expiry == (2029, 11)
    assert not told.is_void


@pytest.mark.parametrize(
    ("shape", "pesos"),
    [
        ("2.0", "2.00"),
        ("1", "1.00"),
        (1, "1.00"),
        (1234.5, "1234.50"),
        ("1,234.50", "1234.50"),
        (" 0.10 ", "0.10"),
        ("null", None),
        (None, None),
        ("", None),
    ],
    ids=range(9),
)
def test_amounts_come_in_several_shapes(shape: object, pesos: str | None) -> None:
    told = read(tipAmount=shape)
    assert told.tip_amount == (None if pesos is None else Decimal(pesos))
    assert told.odd == ()


@pytest.mark.parametrize("shape", ["2.005", "1e3", "NaN0", "12,34", [1], True, "9" * 60, "0x10"])
def test_an_odd_amount_is_none_and_told(shape: object) -> None:
    told = read(amount=shape)
    assert told.amount is None
    assert told.odd == ("amount",)


@pytest.mark.parametrize(
    ("shape", "flag"),
    [(0, False), (1, True), ("0", False), ("true", True), (None, None), ("", None)],
    ids=range(6),
)
def test_flags_come_in_several_shapes(shape: object, flag: bool | None) -> None:
    assert read(isQps=shape).is_qps is flag


@pytest.mark.parametrize(
    ("shown", "expiry"), [("11/20", (2020, 11)), ("21/01", (2021, 1)), ("01/21", (2021, 1))]
)
def test_expiry_is_read_both_ways(shown: str, expiry: tuple[int, int]) -> None:
    assert read(cardExpDate=shown).expiry == expiry


@pytest.mark.parametrize("shown", ["", "99/99", "x", "1/2", "00/00"])
def test_what_is_no_expiry_is_none(shown: str) -> None:
    assert read(cardExpDate=shown).expiry is None


@pytest.mark.parametrize(
    ("stamp", "ticket", "moment"),
    [
        ("2021-03-04 14:33:37.CST", "", datetime(2021, 3, 4, 14, 33, 37)),  # noqa: DTZ001
        ("2021-03-04 14:27:30.0", "", datetime(2021, 3, 4, 14, 27, 30)),  # noqa: DTZ001
        ("", "MAR. 04, 21 14:33:38 ", datetime(2021, 3, 4, 14, 33, 38)),  # noqa: DTZ001
        ("", "ENE. 4, 26 00:00:00", datetime(2026, 1, 4)),  # noqa: DTZ001
        ("2021-02-31 00:00:00.0", "", None),
        ("", "JAN. 04, 21 14:33:38", None),
        ("yesterday", "today", None),
    ],
)
def test_dates_come_in_two_shapes(stamp: str, ticket: str, moment: datetime | None) -> None:
    assert read(transDate=stamp, ticketDate=ticket).ended_at == moment


@pytest.mark.parametrize(
    ("shape", "members"),
    [
        ({"session": "17"}, {"session": "17"}),
        ('{"session": "17"}', {"session": "17"}),
        ("", {}),
        ("null", {}),
        (None, {}),
    ],
    ids=range(5),
)
def test_traceability_comes_in_several_shapes(shape: object, members: dict[str, str]) -> None:
    told = read(traceability=shape)
    assert told.traceability == members
    assert told.odd == ()
    for odd in ("x", "[1]", [1], 7, "[" * 10_000):
        assert read(traceability=odd).odd == ("traceability",)


def test_only_the_response_code_is_needed() -> None:
    assert netpay.read_response(b'{"responseCode":"34"}').response_code == "34"
    assert netpay.read_response(as_json(CANCELLED)).folio_number == ""
    assert netpay.read_response(b'{"RESPONSECODE":0}').response_code == "00"
    for body in (b"{}", b'{"responseCode":""}', b'{"responseCode":[]}', b"[]", b"", b"\xff\xfe"):
        with pytest.raises(ProtocolError):
            netpay.read_response(body)


def test_unknown_members_are_kept_apart() -> None:
    told = read(hostRefNum="062710360388", newThing={"a": [1]}, odd="x", others={"y": 1})
    assert told.host_ref_num == "062710360388"
    assert told.others == {"newThing": {"a": [1]}, "odd": "x", "others": {"y": 1}}
    assert told.odd == ()
    many = netpay.read_response(as_json({**SALE, **{f"x{n}": n for n in range(500)}}))
    assert len(many.others) == response_module.MAX_OTHERS


def test_the_exact_name_wins_over_a_similar_one() -> None:
    assert read(AMOUNT="99").amount == Decimal("12.50")
    similar_first = b'{"AMOUNT":"99","amount":"1","responseCode":"00"}'
    assert netpay.read_response(similar_first).amount == Decimal("1.00")


def test_latin_1_is_read() -> None:
    body = '{"responseCode":"05","message":"Error de conexión"}'.encode("latin-1")
    assert netpay.read_response(body).message == "Error de conexión"


def test_limits() -> None:
    filler = MAX_BYTES - len(b'{"responseCode":"00","x":""}')
    whole = b'{"responseCode":"00","x":"' + b"y" * filler + b'"}'
    assert netpay.read_response(whole).response_code == "00"
    for body in (whole + b" ", b'{"responseCode":"00","x":' + b"[" * 100_000):
        with pytest.raises(ProtocolError):
            netpay.read_response(body)


def test_its_repr_names_the_transaction_and_no_person() -> None:
    shown = repr(read(hexSign="00FF", cardNumber="4111111111111111", message="4111 1111 1111 1111"))
    assert "a-17-17" in shown
    for hidden in ("PEREZ", "11/29", "00FF", "4111111111111111", "4111 1111", "AABBCCDD"):
        assert hidden not in shown


@pytest.mark.parametrize("state", list(netpay.State))
def test_what_is_written_is_read_again(state: netpay.State) -> None:
    for told in (read(), netpay.read_response(as_json(reprint(state)))):
        assert netpay.read_response(netpay.write_response(told)) == told


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared examples are not here")
def test_every_example_of_a_response_is_read() -> None:
    read_ones = 0
    for path in sorted(EXAMPLES.glob("*.json")):
        if "responseCode" in json.loads(path.read_text()):
            told = netpay.read_response(path.read_bytes())
            assert told.odd == ()
            assert told.others == {}
            read_ones += 1
    assert read_ones == 18


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_response_or_a_protocol_error(body: bytes) -> None:
    try:
        told = netpay.read_response(body)
    except ProtocolError:
        return
    assert told.response_code


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(SALE)), json_values))
def test_any_value_in_any_field_is_typed_or_odd(members: dict[str, Any]) -> None:
    told = netpay.read_response(as_json({**members, "responseCode": "00"}))
    assert set(told.odd) <= set(members)
    assert netpay.read_response(netpay.write_response(told)).odd == ()


def test_the_acknowledgement_is_the_documented_one() -> None:
    body = netpay.write_acknowledgement(netpay.RECEIVED)
    assert json.loads(body) == {"code": "00", "message": "Recibido"}
    assert netpay.read_acknowledgement(body).code == "00"
    for wrong in (b"", b"ok", b"[]", b'{"code":0}'):
        with pytest.raises(ProtocolError):
            netpay.read_acknowledgement(wrong)
