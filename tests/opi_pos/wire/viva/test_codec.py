"""Reading forgives what can be forgiven; what is written is what the documentation says."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import viva
from opi_pos.wire.limits import MAX_BYTES
from opi_pos.wire.viva import codec, members
from tests.opi_pos.wire.viva.samples import INVALID, SESSION_ID, WEBHOOK, failed, session

texts = st.one_of(st.none(), st.text(max_size=20))
numbers = st.one_of(st.none(), st.integers(-(10**12), 10**12))
flags = st.one_of(st.none(), st.booleans())
rrns = st.one_of(st.none(), st.from_regex(r"\d{1,12}|[A-Z]{2}\d{4}", fullmatch=True))
sessions = st.builds(
    viva.Session,
    session_id=st.text(max_size=40),
    terminal_id=st.text(max_size=10),
    amount=numbers,
    currency_code=st.sampled_from(["978", "752", ""]),
    merchant_reference=texts,
    tip_amount=numbers,
    success=flags,
    event_id=numbers,
    retrieval_reference_number=rrns,
    message=texts,
    preauth=flags,
)


@given(sessions)
def test_a_session_comes_back_as_it_was(told: viva.Session) -> None:
    assert viva.read_session(viva.write_session(told)) == told
    assert viva.read_sessions(viva.write_sessions([told, told])) == (told, told)


@given(sessions)
def test_a_webhook_brings_the_same_session_in_capitals(told: viva.Session) -> None:
    webhook = viva.Webhook(event_type_id=1803, session=told, created="now", message_id="7")
    data = viva.write_webhook(webhook, "https://till.example/")
    assert all(name[:1].isupper() for name in json.loads(data)["EventData"])
    back = viva.read_webhook(data)
    assert (back.session, back.event_type_id) == (told, 1803)
    assert back.reference == (told.merchant_reference or "")


@given(
    st.builds(
        viva.Order,
        session_id=st.text(min_size=1, max_size=40),
        terminal_id=st.text(min_size=1, max_size=10),
        amount=st.integers(1, 10**11),
        currency_code=st.sampled_from(["978", "752", "008"]),
        cash_register_id=st.text(max_size=10),
        merchant_reference=st.text(max_size=10),
        preauth=st.booleans(),
        tip_amount=st.integers(0, 10**6),
    )
)
def test_an_order_comes_back_as_it_was(order: viva.Order) -> None:
    assert viva.read_order(viva.write_order(viva.OrderKind.SALE, order)) == order
    later = msgspec.structs.replace(order, parent_session_id="p", preauth=False, tip_amount=0)
    for kind in (viva.OrderKind.REFUND, viva.OrderKind.COMPLETION):
        assert viva.read_order(viva.write_order(kind, later)) == later


def test_what_is_sent_has_the_members_of_its_kind() -> None:
    order = viva.Order(
        session_id="s",
        parent_session_id="p",
        terminal_id="16008507",
        cash_register_id="till-3",
        amount=3800,
        currency_code="978",
        merchant_reference="order-4711",
        tip_amount=200,
    )
    sale = json.loads(viva.write_order(viva.OrderKind.SALE, order))
    assert sale == {
        "sessionId": "s",
        "terminalId": "16008507",
        "cashRegisterId": "till-3",
        "amount": 3800,
        "currencyCode": "978",
        "merchantReference": "order-4711",
        "customerTrns": "",
        "preauth": False,
        "maxInstalments": 0,
        "tipAmount": 200,
        "showTransactionResult": True,
        "showReceipt": False,
    }
    refund = json.loads(viva.write_order(viva.OrderKind.REFUND, order))
    assert refund["parentSessionId"] == "p"
    assert not {"preauth", "tipAmount", "maxInstalments", "paymentMethod"} & set(refund)


def test_a_session_is_read_with_everything_in_it() -> None:
    told = viva.read_session(session())
    assert (told.session_id, told.amount, told.currency_code) == (SESSION_ID, 3800, "978")
    assert (told.success, told.event_id) == (True, 0)
    assert told.retrieval_reference_number == "512610009911"
    assert told.order_code == "4304117763008507"
    assert told.primary_account_number_masked == "541333******0012"


@pytest.mark.parametrize(
    ("name", "value", "field", "read"),
    [
        ("success", "True", "success", True),
        ("success", 0, "success", False),
        ("success", "perhaps", "success", None),
        ("success", {}, "success", None),
        ("amount", "3800", "amount", 3800),
        ("amount", 3800.0, "amount", 3800),
        ("amount", 38.5, "amount", None),
        ("amount", True, "amount", None),
        ("amount", "9" * 16, "amount", None),
        ("amount", 10**15, "amount", None),
        ("amount", 10**15 - 1, "amount", 10**15 - 1),
        ("eventId", "1016", "event_id", 1016),
        ("eventId", "-1", "event_id", -1),
        ("currencyCode", 978, "currency_code", "978"),
        ("terminalId", 16008507, "terminal_id", "16008507"),
        ("terminalId", ["16008507"], "terminal_id", ""),
        ("message", {"text": "no"}, "message", None),
        ("retrievalReferenceNumber", "007", "retrieval_reference_number", "007"),
    ],
)
def test_a_member_is_read_as_well_as_it_can_be(
    name: str, value: Any, field: str, read: object
) -> None:
    told = viva.read_session(session(**{name: value}))
    assert getattr(told, field) == read
    others = viva.read_session(session())
    assert told.session_id == others.session_id


@given(st.dictionaries(st.sampled_from(viva.Session.__struct_encode_fields__), st.integers()))
def test_members_of_any_kind_and_unknown_ones_cost_nothing_else(odd: dict[str, Any]) -> None:
    data = json.dumps({**odd, "unknown": [odd], "SESSIONID": SESSION_ID}).encode()
    assert viva.read_session(data).session_id == SESSION_ID


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"ok", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_object_is_no_session(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        viva.read_session(data)


def test_messages_and_lists_have_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_LISTED", 100)
    room = MAX_BYTES - len(session(message=""))
    assert viva.read_session(session(message="x" * room)).success
    with pytest.raises(ProtocolError, match="larger"):
        viva.read_session(session(message="x" * (room + 1)))
    many = b"[" + b",".join([b"{}"] * 100) + b"]"
    assert len(viva.read_sessions(many)) == 100
    with pytest.raises(ProtocolError, match="more than"):
        viva.read_sessions(many[:-1] + b",{}]")


def test_a_days_list_may_stand_in_an_object() -> None:
    inside = json.dumps({"count": 1, "sessions": [json.loads(session()), 7]}).encode()
    assert [each.session_id for each in viva.read_sessions(inside)] == [SESSION_ID]
    for nothing in (b"{}", b"7", b'{"a":[],"b":[]}'):
        with pytest.raises(ProtocolError):
            viva.read_sessions(nothing)


@pytest.mark.parametrize("member", ["sessionId", "terminalId", "amount", "currencyCode"])
def test_the_cloud_names_what_an_order_lacks(member: str) -> None:
    order = json.loads(
        viva.write_order(
            viva.OrderKind.SALE,
            viva.Order(session_id="s", terminal_id="t", amount=1, currency_code="978"),
        )
    )
    del order[member]
    with pytest.raises(ProtocolError) as missing:
        viva.read_order(json.dumps(order).encode())
    said = viva.read_problem(viva.write_invalid(missing.value.path, missing.value.problem))
    assert said == f"body.{member}: Field required"


def test_a_problem_is_told_without_what_stood_in_the_request() -> None:
    assert viva.read_problem(json.dumps(INVALID).encode()) == "body.terminalId: Field required"
    assert viva.read_problem(b'{"detail":"Could not validate credentials"}').endswith("credentials")
    assert viva.read_problem(viva.write_problem("card 4111111111111111")) == "card 411111******1111"
    assert viva.read_problem(b"<html>") == viva.read_problem(b'{"detail":[7,{}]}') == ""


def test_a_token_is_a_secret_and_fit_for_a_header() -> None:
    token = viva.read_token(b'{"access_token":"abc.def","expires_in":"3600"}')
    assert token.access_token.reveal() == "abc.def"
    assert token.expires_in == 3600
    assert "abc" not in repr(token)
    assert viva.read_token(viva.write_token(token)) == token
    for bad in (b"{}", b'{"access_token":"a\\r\\nX: y"}', b'{"access_token":"a b"}'):
        with pytest.raises(ProtocolError):
            viva.read_token(bad)


def test_a_webhook_is_read_as_the_vendor_posts_it() -> None:
    webhook = viva.read_webhook(json.dumps(WEBHOOK).encode())
    assert webhook.event_type_id == viva.WebhookKind.SESSION_CREATED
    assert (webhook.session.session_id, webhook.session.amount) == (SESSION_ID, 3800)
    payment = {"EventTypeId": 1796, "EventData": {"MerchantTrns": "order-4711", "Amount": 38.5}}
    assert viva.read_webhook(json.dumps(payment).encode()).reference == "order-4711"
    with pytest.raises(ProtocolError):
        viva.read_webhook(b'{"EventTypeId":1796}')


def test_the_key_of_webhooks_is_a_secret() -> None:
    key = viva.read_webhook_key(b'{"Key":"k-1"}')
    assert viva.write_webhook_key(key) == b'{"Key":"k-1"}'
    assert "k-1" not in repr(key)
    with pytest.raises(ProtocolError):
        viva.read_webhook_key(b"{}")


def test_no_call_shows_its_credentials() -> None:
    token = Secret("b-e-a-r-e-r")
    order = viva.Order(session_id="s", terminal_id="t", amount=1, currency_code="978")
    made = [
        viva.token_call("client", Secret("b-e-a-r-e-r")),
        viva.devices_call(token, viva.DeviceSearch(status_id=1)),
        viva.order_call(token, viva.OrderKind.REFUND, order),
        viva.session_call(token, "a/b?c"),
        viva.abort_call(token, "s", "till 3/4"),
        viva.webhook_key_call("merchant", Secret("b-e-a-r-e-r")),
    ]
    assert "b-e-a-r-e-r" not in "".join(map(repr, made))
    assert [call.path for call in made[2:5]] == [
        "/ecr/v1/transactions:refund",
        "/ecr/v1/sessions/a%2Fb%3Fc",
        "/ecr/v1/sessions/s?cashRegisterId=till%203%2F4",
    ]
    assert made[1].body == b'{"statusId":1}'


def test_every_known_event_has_a_meaning_and_an_unknown_one_has_none() -> None:
    assert viva.event_of(0).meaning is viva.Meaning.DONE
    assert viva.event_of(1016).meaning is viva.Meaning.STOPPED
    for nothing in (None, 7, 1005):
        assert viva.event_of(nothing).meaning is viva.Meaning.UNKNOWN
    assert all(each.text for each in viva.EVENTS.values())


def test_a_number_that_is_called_masked_is_masked_again() -> None:
    told = viva.read_session(failed(1006, primaryAccountNumberMasked="4111111111111111"))
    assert told.primary_account_number_masked == "411111******1111"
    assert members.MAX_DIGITS == 15
