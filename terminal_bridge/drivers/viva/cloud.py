"""Viva's servers: the token, and the calls that need it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import viva
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import Web, WebRequest

CALL_S: Final = 20.0
"""How long the cloud may take to take an order."""
LOOK_S: Final = 8.0
"""How long a question may take."""
RENEW_BEFORE_S: Final = 60.0
"""A token is not used any more so long before it ends."""
TOKEN_LIFE_S: Final = 300.0
"""Of a token that does not say how long it lives [inferred]."""

_OK: Final = 200
_UNAUTHORIZED: Final = 401
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Of the merchant's POS APIs, and, for webhooks, of the merchant's account."""

    client_id: str
    client_secret: Secret
    merchant_id: str = ""
    api_key: Secret = field(default_factory=lambda: Secret(""))


class Cloud:
    """Every call may raise `LinkError`. One that ends before the call itself has left says so."""

    def __init__(
        self, web: Web, servers: Mapping[viva.Role, str], credentials: Credentials
    ) -> None:
        """`servers`: base URLs by role, without a slash at their end."""
        self._web = web
        self._servers = dict(servers)
        self._credentials = credentials
        self._token: Secret | None = None
        self._token_until = 0.0
        self._renewing = asyncio.Lock()

    async def order(
        self, kind: viva.OrderKind, order: viva.Order, on_written: Callable[[], None]
    ) -> Reply:
        """Hand an order over; what it came to is the session's to tell."""
        return await self._call(
            lambda token: viva.order_call(token, kind, order), CALL_S, on_written
        )

    async def session(self, session_id: str) -> Reply:
        """How a session stands."""
        return await self._call(lambda token: viva.session_call(token, session_id), LOOK_S)

    async def sessions(self, day: date) -> tuple[viva.Session, ...]:
        """The sessions of a day (UTC). Also raises `ProtocolError`."""
        reply = await self._call(lambda token: viva.sessions_call(token, day), LOOK_S)
        if reply.status == _NOT_FOUND:
            return ()
        return viva.read_sessions(_succeeded(reply, "the sessions of a day"))

    async def abort(self, session_id: str, cash_register_id: str) -> Reply:
        """Wish that a session stops."""
        return await self._call(
            lambda token: viva.abort_call(token, session_id, cash_register_id), LOOK_S
        )

    async def devices(self, search: viva.DeviceSearch) -> tuple[viva.Device, ...]:
        """The merchant's terminals. Also raises `ProtocolError`."""
        reply = await self._call(lambda token: viva.devices_call(token, search), LOOK_S)
        return viva.read_devices(_succeeded(reply, "the terminals"))

    async def webhook_key(self) -> Secret:
        """By which Viva recognises a receiver of webhooks. Also raises `ProtocolError`."""
        known = self._credentials
        reply = await self._send(viva.webhook_key_call(known.merchant_id, known.api_key), LOOK_S)
        return viva.read_webhook_key(_succeeded(reply, "the webhook key"))

    async def close(self) -> None:
        """Close every connection."""
        await self._web.close()

    # --- calls --------------------------------------------------------------------------------

    async def _call(
        self,
        make: Callable[[Secret], viva.Call],
        timeout_s: float,
        on_written: Callable[[], None] | None = None,
    ) -> Reply:
        """A token that is no longer accepted is renewed, and the refused call made once more."""
        try:
            token = await self._valid_token()
        except LinkError as error:
            raise LinkError(str(error), written=False) from None
        reply = await self._send(make(token), timeout_s, on_written)
        if reply.status != _UNAUTHORIZED:
            return reply
        try:
            token = await self._valid_token(besides=token)
        except LinkError:
            return reply
        return await self._send(make(token), timeout_s, on_written)

    async def _send(
        self, call: viva.Call, timeout_s: float, on_written: Callable[[], None] | None = None
    ) -> Reply:
        request = WebRequest(
            method=call.method,
            url=self._servers[call.role] + call.path,
            headers=call.headers,
            body=call.body,
        )
        return await self._web.send(request, timeout_s=timeout_s, on_written=on_written)

    # --- the token ----------------------------------------------------------------------------

    async def _valid_token(self, besides: Secret | None = None) -> Secret:
        """One that still lives and is not the one that was just refused."""
        async with self._renewing:
            now = asyncio.get_running_loop().time()
            if self._token is not None and self._token != besides and now < self._token_until:
                return self._token
            self._token = None
            token = await self._new_token()
            life_s = float(token.expires_in) if token.expires_in > 0 else TOKEN_LIFE_S
            self._token_until = now + max(life_s - RENEW_BEFORE_S, life_s / 2)
            self._token = token.access_token
            return token.access_token

    async def _new_token(self) -> viva.Token:
        known = self._credentials
        reply = await self._send(viva.token_call(known.client_id, known.client_secret), LOOK_S)
        if reply.status in {400, _UNAUTHORIZED, 403}:
            problem = f"Viva does not accept client_id and client_secret (HTTP {reply.status})"
            raise LinkError(problem, written=True)
        try:
            return viva.read_token(_succeeded(reply, "a token"))
        except ProtocolError as error:
            raise LinkError(f"Viva gave no token: {error}", written=True) from None


def _succeeded(reply: Reply, what: str) -> bytes:
    if reply.status == _OK:
        return reply.body
    told = viva.read_problem(reply.body)
    problem = f"asked for {what}, Viva answers HTTP {reply.status}" + (f": {told}" if told else "")
    raise LinkError(problem, written=True)
