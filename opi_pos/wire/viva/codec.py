"""Bytes to messages and back, for both sides of the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from opi_pos.model.card import mask_text
from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.viva.members import (
    flag_of,
    json_of,
    number_of,
    object_of,
    struct_of,
    text_of,
)
from opi_pos.wire.viva.messages import (
    Device,
    DeviceSearch,
    Order,
    OrderKind,
    Session,
    Token,
    Webhook,
)

MAX_LIST_BYTES: Final = 8 * 1024 * 1024
"""The sessions of a busy shop's day; one is about 1 KiB."""
MAX_LISTED: Final = 50_000
_MAX_PROBLEMS: Final = 5
_MAX_TEXT: Final = 200

_OF_SALES: Final = frozenset({"preauth", "maxInstalments", "tipAmount", "paymentMethod"})
_OF_LATER: Final = frozenset({"parentSessionId"})
_AS_NUMBERS: Final = ("retrievalReferenceNumber", "referenceNumber")
_NUMBER: Final = re.compile(r"0|[1-9]\d{0,14}", re.ASCII)
_NEEDED: Final = ("sessionId", "terminalId", "amount", "currencyCode")

# --- orders --------------------------------------------------------------------------------------


def write_order(kind: OrderKind, order: Order) -> bytes:
    """An order with the members that its kind has."""
    members: dict[str, Any] = msgspec.to_builtins(order)
    unused = _OF_LATER if kind is OrderKind.SALE else _OF_SALES
    if not members["paymentMethod"]:
        unused |= {"paymentMethod"}
    return msgspec.json.encode({k: v for k, v in members.items() if k not in unused})


def read_order(data: bytes) -> Order:
    """An order as the cloud reads it. Raises `ProtocolError` that names the first bad member."""
    members = object_of(data)
    for name in _NEEDED:
        if members.get(name) is None:
            raise ProtocolError(name, "Field required")
    amount, currency = number_of(members["amount"]), text_of(members["currencyCode"])
    if amount is None or amount <= 0:
        raise ProtocolError("amount", "Input should be greater than 0")
    if currency is None or not (currency.isascii() and currency.isdigit()):
        raise ProtocolError("currencyCode", "Input should be an ISO 4217 number")
    return Order(
        session_id=text_of(members["sessionId"]) or "",
        terminal_id=text_of(members["terminalId"]) or "",
        amount=amount,
        currency_code=currency.zfill(3),
        cash_register_id=text_of(members.get("cashRegisterId")) or "",
        parent_session_id=text_of(members.get("parentSessionId")) or "",
        merchant_reference=text_of(members.get("merchantReference")) or "",
        customer_trns=text_of(members.get("customerTrns")) or "",
        preauth=flag_of(members.get("preauth")) or False,
        max_instalments=number_of(members.get("maxInstalments")) or 0,
        tip_amount=number_of(members.get("tipAmount")) or 0,
        payment_method=text_of(members.get("paymentMethod")) or "",
    )


# --- sessions ------------------------------------------------------------------------------------


def read_session(data: bytes) -> Session:
    """A session. Raises `ProtocolError` when there is no object at all."""
    return struct_of(Session, object_of(data))


def read_sessions(data: bytes) -> tuple[Session, ...]:
    """The sessions of a day: an array, or an object with one array in it [inferred]."""
    value = json_of(data, MAX_LIST_BYTES)
    if isinstance(value, dict):
        arrays = [inside for inside in value.values() if isinstance(inside, list)]
        value = arrays[0] if len(arrays) == 1 else None
    if not isinstance(value, list):
        raise ProtocolError("", "is no JSON array")
    if len(value) > MAX_LISTED:
        raise ProtocolError("", f"has more than {MAX_LISTED} sessions")
    return tuple(struct_of(Session, entry) for entry in value if isinstance(entry, dict))


def write_session(session: Session) -> bytes:
    """A session as the cloud writes it: what there is not is null."""
    return msgspec.json.encode(_session_members(session))


def write_sessions(sessions: Iterable[Session]) -> bytes:
    """The sessions of a day."""
    return msgspec.json.encode([_session_members(session) for session in sessions])


def _session_members(session: Session) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.to_builtins(session)
    for name in _AS_NUMBERS:
        told = members[name]
        if told is not None and _NUMBER.fullmatch(told) is not None:
            members[name] = int(told)
    return members


# --- token, devices ------------------------------------------------------------------------------


def read_token(data: bytes) -> Token:
    """The answer of the accounts server. Raises `ProtocolError`."""
    members = object_of(data)
    token = text_of(members.get("access_token"))
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ProtocolError("access_token", "missing, or none that a header can carry")
    return Token(access_token=Secret(token), expires_in=number_of(members.get("expires_in")) or 0)


def write_token(token: Token) -> bytes:
    """The answer of the accounts server."""
    return msgspec.json.encode(
        {
            "access_token": token.access_token.reveal(),
            "expires_in": token.expires_in,
            "token_type": "Bearer",
        }
    )


def read_devices(data: bytes) -> tuple[Device, ...]:
    """The merchant's terminals."""
    value = json_of(data)
    if not isinstance(value, list):
        raise ProtocolError("", "is no JSON array")
    return tuple(struct_of(Device, entry) for entry in value if isinstance(entry, dict))


def write_devices(devices: Iterable[Device]) -> bytes:
    """The merchant's terminals."""
    return msgspec.json.encode(list(devices))


def read_device_search(data: bytes) -> DeviceSearch:
    """Which terminals are wanted."""
    return struct_of(DeviceSearch, object_of(data))


def write_device_search(search: DeviceSearch) -> bytes:
    """Which terminals are wanted."""
    return msgspec.json.encode(search)


# --- problems ------------------------------------------------------------------------------------


def read_problem(data: bytes) -> str:
    """What an answer says that is no success: `detail` is a text, or a list of what is wrong with
    the request. What stood in the request is not repeated; card numbers are masked.
    """
    try:
        detail = object_of(data).get("detail")
    except ProtocolError:
        return ""
    if isinstance(detail, list):
        told = [_problem(entry) for entry in detail[:_MAX_PROBLEMS] if isinstance(entry, dict)]
        return "; ".join(line for line in told if line)
    return mask_text((text_of(detail) or "")[:_MAX_TEXT])


def _problem(entry: Mapping[str, Any]) -> str:
    loc = entry.get("loc")
    steps = [text_of(step) or "" for step in loc] if isinstance(loc, list) else []
    told = (text_of(entry.get("msg")) or "")[:_MAX_TEXT]
    return mask_text(": ".join(part for part in (".".join(steps)[:_MAX_TEXT], told) if part))


def write_problem(text: str) -> bytes:
    """`detail` as a text."""
    return msgspec.json.encode({"detail": text})


def write_invalid(member: str, problem: str) -> bytes:
    """`detail` as a list: what is wrong with a request."""
    kind = "missing" if problem == "Field required" else "value_error"
    loc = ["body", member] if member else ["body"]
    return msgspec.json.encode({"detail": [{"type": kind, "loc": loc, "msg": problem}]})


# --- webhooks ------------------------------------------------------------------------------------


def read_webhook(data: bytes) -> Webhook:
    """What Viva posts by itself. Raises `ProtocolError` when it names no event."""
    members = {name.lower(): value for name, value in object_of(data).items()}
    event = members.get("eventdata")
    if not isinstance(event, dict):
        raise ProtocolError("EventData", "missing")
    session = struct_of(Session, event)
    told = {name.lower(): value for name, value in event.items()}
    return Webhook(
        event_type_id=number_of(members.get("eventtypeid")),
        session=session,
        reference=session.merchant_reference or text_of(told.get("merchanttrns")) or "",
        created=text_of(members.get("created")) or "",
        message_id=text_of(members.get("messageid")) or "",
    )


def write_webhook(webhook: Webhook, url: str = "") -> bytes:
    """A webhook as Viva posts it: the session's members begin with capitals."""
    told = _session_members(webhook.session)
    data = {name[:1].upper() + name[1:]: value for name, value in told.items()}
    return msgspec.json.encode(
        {
            "Url": url,
            "EventData": data,
            "Created": webhook.created,
            "EventTypeId": webhook.event_type_id,
            "MessageId": webhook.message_id,
        }
    )


def read_webhook_key(data: bytes) -> Secret:
    """The key by which Viva recognises a receiver. Raises `ProtocolError`."""
    key = text_of({name.lower(): value for name, value in object_of(data).items()}.get("key"))
    if not key:
        raise ProtocolError("Key", "missing")
    return Secret(key)


def write_webhook_key(key: Secret) -> bytes:
    """The answer to Viva's GET."""
    return msgspec.json.encode({"Key": key.reveal()})
