"""The calls of the API as plain values: which server, which path, which headers, which body."""

from __future__ import annotations

import base64
import enum
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from urllib.parse import quote

from opi_pos.model.secret import Secret
from opi_pos.wire.viva.codec import write_device_search, write_order
from opi_pos.wire.viva.messages import DeviceSearch, Order, OrderKind

TOKEN_PATH: Final = "/connect/token"  # noqa: S105 - a path
DEVICES_PATH: Final = "/ecr/v1/devices:search"
ORDER_PATH: Final = "/ecr/v1/transactions:"
SESSIONS_PATH: Final = "/ecr/v1/sessions"
KEY_PATH: Final = "/api/messages/config/token"


class Role(enum.StrEnum):
    """Viva's servers."""

    ACCOUNTS = "accounts"
    API = "api"
    WWW = "www"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. Its `repr` hides credentials."""

    method: str
    role: Role
    path: str
    """With the query."""
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


def token_call(client_id: str, secret: Secret) -> Call:
    """Ask for a bearer token (OAuth 2, client credentials)."""
    return Call(
        method="POST",
        role=Role.ACCOUNTS,
        path=TOKEN_PATH,
        headers={
            "Authorization": _basic(client_id, secret),
            "Content-Type": "application/x-www-form-urlencoded",
        },
        body=b"grant_type=client_credentials",
    )


def devices_call(token: Secret, search: DeviceSearch) -> Call:
    """Which terminals does the merchant have?"""
    return _posted(token, DEVICES_PATH, write_device_search(search))


def order_call(token: Secret, kind: OrderKind, order: Order) -> Call:
    """Begin a sale, a refund, a capture."""
    return _posted(token, ORDER_PATH + kind.value, write_order(kind, order))


def session_call(token: Secret, session_id: str) -> Call:
    """How does a session stand?"""
    return _asked(token, "GET", f"{SESSIONS_PATH}/{quote(session_id, safe='')}")


def sessions_call(token: Secret, day: date) -> Call:
    """Which sessions had a day (UTC)?"""
    return _asked(token, "GET", f"{SESSIONS_PATH}?date={day.isoformat()}")


def abort_call(token: Secret, session_id: str, cash_register_id: str) -> Call:
    """Wish that a session stops; only the register that began it may."""
    path = f"{SESSIONS_PATH}/{quote(session_id, safe='')}"
    return _asked(token, "DELETE", f"{path}?cashRegisterId={quote(cash_register_id, safe='')}")


def webhook_key_call(merchant_id: str, api_key: Secret) -> Call:
    """Which key must a receiver of webhooks show?"""
    headers = {"Authorization": _basic(merchant_id, api_key), "Accept": "application/json"}
    return Call(method="GET", role=Role.WWW, path=KEY_PATH, headers=headers)


def _posted(token: Secret, path: str, body: bytes) -> Call:
    headers = {**_bearer(token), "Content-Type": "application/json"}
    return Call(method="POST", role=Role.API, path=path, headers=headers, body=body)


def _asked(token: Secret, method: str, path: str) -> Call:
    return Call(method=method, role=Role.API, path=path, headers=_bearer(token))


def _bearer(token: Secret) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}


def _basic(user: str, secret: Secret) -> str:
    pair = base64.b64encode(f"{user}:{secret.reveal()}".encode()).decode("ascii")
    return f"Basic {pair}"
