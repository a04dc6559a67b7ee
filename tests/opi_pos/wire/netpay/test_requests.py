"""Requests to the cloud, its answers, and the token."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import netpay

EXAMPLES = Path(__file__).parents[5] / "shared" / "examples" / "netpay"
SALE = netpay.SaleRequest(
    serial_number="1490293930",
    store_id="9194",
    amount=Decimal("1234.50"),
    folio_number="a-1",
    traceability={"session": "17"},
    months=3,
    disable_print_animation=True,
)


def test_a_sale_is_written_with_a_number_and_months_of_two_digits() -> None:
    name, body = netpay.write_request(SALE)
    assert name == "sale"
    assert b'"amount":1234.50,' in body
    assert json.loads(body) == {
        "traceability": {"session": "17"},
        "serialNumber": "1490293930",
        "storeId": "9194",
        "amount": 1234.5,
        "folioNumber": "a-1",
        "msi": "03",
        "disablePrintAnimation": True,
    }


def test_a_question_by_folio_has_an_empty_order_id() -> None:
    by_folio = netpay.ReprintRequest(
        serial_number="1", store_id="2", folio_id="F", disable_print_animation=True
    )
    name, body = netpay.write_request(by_folio)
    assert name == "reprint"
    told = json.loads(body)
    assert (told["orderId"], told["folioId"]) == ("", "F")
    by_order = netpay.ReprintRequest(serial_number="1", store_id="2", order_id="O")
    assert "folioId" not in json.loads(netpay.write_request(by_order)[1])


@pytest.mark.parametrize(
    "request_",
    [
        SALE,
        netpay.CancelRequest(serial_number="1", store_id="2", order_id="3"),
        netpay.ReprintRequest(serial_number="1", store_id="2", folio_id="3"),
        netpay.ReprintRequest(serial_number="1", store_id="2", order_id="3"),
    ],
    ids=range(4),
)
def test_what_is_written_is_read_again(request_: netpay.SaleRequest) -> None:
    assert netpay.read_request(*netpay.write_request(request_)) == request_


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"folio_number": ""}, "folioNumber"),
        ({"folio_number": "x" * 251}, "folioNumber"),
        ({"months": 4}, "msi"),
    ],
)
def test_what_the_service_would_refuse_is_not_written(change: dict[str, object], path: str) -> None:
    fields = {name: getattr(SALE, name) for name in SALE.__struct_fields__}
    with pytest.raises(ProtocolError) as raised:
        netpay.write_request(netpay.SaleRequest(**{**fields, **change}))
    assert raised.value.path == path


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("sale", b"{}"),
        ("sale", b'{"amount":0}'),
        ("sale", b'{"amount":[]}'),
        ("refund", b"{}"),
        ("cancel", b"nothing"),
    ],
)
def test_a_request_that_is_none_is_refused(name: str, body: bytes) -> None:
    with pytest.raises(ProtocolError):
        netpay.read_request(name, body)


def test_the_clouds_answers() -> None:
    pushed = netpay.read_push_answer(b'{"code":"00","message":"Mensaje enviado exitosamente"}')
    assert pushed.code == netpay.Code.SUCCESS
    unknown = netpay.read_push_answer(b'{"code":"19","message":"x"}')
    assert unknown.code == netpay.Code.TERMINAL_UNKNOWN
    refused = netpay.read_push_answer(b'{"error":"invalid_token","error_description":"y"}')
    assert refused.is_token_refused
    assert refused.message == "y"
    spring = b'{"timestamp":"t","status":401,"error":"Unauthorized","message":"m","path":"p"}'
    assert netpay.read_push_answer(spring).error == "Unauthorized"
    for answer in (pushed, unknown, refused):
        assert netpay.read_push_answer(netpay.write_push_answer(answer)) == answer
    for body in (b"{}", b"<html>", b'{"code":[]}'):
        with pytest.raises(ProtocolError):
            netpay.read_push_answer(body)


def test_the_token() -> None:
    grant = netpay.Grant(username="m@example", password=Secret("p&=ä"))
    assert netpay.read_grant(netpay.write_grant(grant)) == grant
    assert netpay.write_grant(grant).startswith(b"grant_type=password&username=m%40example&")
    assert netpay.basic("user", Secret("pass")) == "Basic dXNlcjpwYXNz"
    token = netpay.read_token_answer(b'{"access_token":"abc","expires_in":43199,"scope":"x"}')
    assert token == netpay.Token(access_token=Secret("abc"), expires_in=43199.0)
    assert netpay.read_token_answer(netpay.write_token(token)) == token
    assert "abc" not in repr(token)
    assert "p&=" not in repr(grant)
    short = netpay.read_token_answer(b'{"access_token":"abc","expires_in":-1}')
    assert short == netpay.Token(access_token=Secret("abc"))
    refused = netpay.read_token_answer(b'{"error":"invalid_grant","error_description":"bad"}')
    assert refused == netpay.TokenRefused(error="invalid_grant", message="bad")
    for body in (b"{}", b"", b'{"access_token":true}'):
        with pytest.raises(ProtocolError):
            netpay.read_token_answer(body)
    for form in (b"", b"grant_type=refresh_token", b"\xff", b"&" * 100):
        with pytest.raises(ProtocolError):
            netpay.read_grant(form)


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared examples are not here")
@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("sale", ["sale_request_full", "sale_request_minimal"]),
        ("cancel", ["cancel_request"]),
        ("reprint", ["reprint_by_folio_request", "reprint_by_order_request"]),
    ],
)
def test_every_example_of_a_request_is_read(name: str, files: list[str]) -> None:
    for file in files:
        body = (EXAMPLES / f"{file}.json").read_bytes()
        assert netpay.read_request(name, body).store_id == "9194"
