"""The token that every request carries: given for the merchant's password, good for 12 hours."""

from __future__ import annotations

import base64
from typing import Final
from urllib.parse import parse_qs, urlencode

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.netpay import values
from opi_pos.wire.netpay.json import decoded
from opi_pos.wire.netpay.values import OddValueError

TOKEN_PATH: Final = "/oauth-service/oauth/token"  # noqa: S105 - a path
FORM: Final = "application/x-www-form-urlencoded"
LIFE_S: Final = 43_199.0
"""Where the answer does not say."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """The form: who asks. The application's own user and secret go by Basic authentication."""

    username: str
    password: Secret


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What is given."""

    access_token: Secret
    expires_in: float = LIFE_S
    """Seconds."""


class TokenRefused(msgspec.Struct, frozen=True, kw_only=True):
    """Why none is given, in the service's words."""

    error: str
    message: str = ""


def basic(user: str, secret: Secret) -> str:
    """The value of an `Authorization` header."""
    return "Basic " + base64.b64encode(f"{user}:{secret.reveal()}".encode()).decode()


def write_grant(grant: Grant) -> bytes:
    """The form as bytes."""
    words = {
        "grant_type": "password",
        "username": grant.username,
        "password": grant.password.reveal(),
    }
    return urlencode(words).encode()


def read_grant(data: bytes) -> Grant:
    """Raises `ProtocolError` for a form of another kind."""
    try:
        form = parse_qs(data.decode("ascii"), strict_parsing=True, max_num_fields=16)
    except (UnicodeDecodeError, ValueError):
        raise ProtocolError("", "is no form") from None
    if form.get("grant_type") != ["password"]:
        raise ProtocolError("grant_type", "must be password")
    username, password = form.get("username", [""])[-1], form.get("password", [""])[-1]
    return Grant(username=username, password=Secret(password))


def read_token_answer(data: bytes) -> Token | TokenRefused:
    """Of the token service. Raises `ProtocolError` for what is neither."""
    members = decoded(data)
    try:
        access = values.text(members.get("access_token"))
        if access:
            seconds = values.whole(members.get("expires_in"))
            life = LIFE_S if seconds is None or seconds <= 0 else float(seconds)
            return Token(access_token=Secret(access), expires_in=life)
        error = values.text(members.get("error"))
        message = values.text(members.get("error_description") or members.get("message"))
    except OddValueError:
        raise ProtocolError("", "has a member of the wrong kind") from None
    if not error:
        raise ProtocolError("access_token", "missing")
    return TokenRefused(error=error, message=message)


def write_token(token: Token) -> bytes:
    """As the service writes it, but for what nobody reads."""
    return msgspec.json.encode(
        {
            "access_token": token.access_token.reveal(),
            "token_type": "bearer",
            "expires_in": int(token.expires_in),
            "scope": "read write",
        }
    )
