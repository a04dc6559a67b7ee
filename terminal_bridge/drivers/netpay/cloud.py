"""NetPay's cloud: the token, and the orders that it pushes to a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import netpay
from opi_pos.wire.netpay.push import Request
from opi_pos.wire.netpay.token import FORM
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import Web, WebRequest

PUSH_S: Final = 30.0
"""How long a push may take; more than 20 s were seen."""
TOKEN_S: Final = 10.0
RENEW_BEFORE_S: Final = 300.0
"""A token is not used any more so long before it ends: a push may take a while to be looked at."""

_OK: Final = 200
_REFUSALS: Final = frozenset({400, 401, 403, 404, 405, 406, 413, 414, 415, 422, 429})
"""HTTP statuses by which a server says that it did not take the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The merchant's own, and those of the application, which NetPay issues."""

    username: str
    password: Secret
    app_user: str
    app_secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where the cloud is. `base` and `service` end without a slash."""

    base: str
    service: str
    token: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """The cloud has pushed it: the terminal may have it by now, or later."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The cloud did not push it."""

    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nobody knows whether it was pushed, unless no byte left."""

    written: bool
    problem: str


Answer = Pushed | Refused | Unclear


class Cloud:
    """One merchant's access. `clock` gives monotonic seconds."""

    def __init__(self, web: Web, paths: Paths, credentials: Credentials) -> None:
        self._web = web
        self._paths = paths
        self._credentials = credentials
        self._token: Secret | None = None
        self._token_until = 0.0
        self._renewing = asyncio.Lock()

    async def push(self, request: Request, on_written: Callable[[], None]) -> Answer:
        """Have a request pushed. It is sent once; only one that was refused for its token, and so
        never looked at, is sent again with a new one.
        """
        name, body = netpay.write_request(request)
        token: Secret | None = None
        for _ in range(2):
            try:
                token = await self.token(besides=token)
            except LinkError as error:
                # Either nothing has left yet, or what had left was refused.
                return Unclear(False, str(error)) if token is None else Refused(str(error))
            answer = await self._send(name, body, token, on_written)
            if answer is not None:
                return answer
        return Refused("NetPay does not accept the token that it gave.", "invalid_token")

    async def token(self, besides: Secret | None = None) -> Secret:
        """One that still lives and is not the one that was just refused. Raises `LinkError`."""
        async with self._renewing:
            now = asyncio.get_running_loop().time()
            if self._token is not None and self._token != besides and now < self._token_until:
                return self._token
            self._token = None
            given = await self._new_token()
            life_s = given.expires_in
            self._token_until = now + max(life_s - RENEW_BEFORE_S, life_s / 2)
            self._token = given.access_token
            return given.access_token

    async def close(self) -> None:
        """Close every connection."""
        await self._web.close()

    async def _send(
        self, name: str, body: bytes, token: Secret, on_written: Callable[[], None]
    ) -> Answer | None:
        """None: refused for its token."""
        request = WebRequest(
            method="POST",
            url=f"{self._paths.base}{self._paths.service}/transactions/{name}",
            headers={
                "Authorization": f"Bearer {token.reveal()}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
            body=body,
        )
        try:
            reply = await self._web.send(request, timeout_s=PUSH_S, on_written=on_written)
        except LinkError as error:
            return Unclear(error.written, str(error))
        return _meaning(reply)

    async def _new_token(self) -> netpay.Token:
        known = self._credentials
        request = WebRequest(
            method="POST",
            url=self._paths.base + self._paths.token,
            headers={
                "Authorization": netpay.basic(known.app_user, known.app_secret),
                "Content-Type": FORM,
                "Accept": "application/json",
            },
            body=netpay.write_grant(netpay.Grant(username=known.username, password=known.password)),
        )
        reply = await self._web.send(request, timeout_s=TOKEN_S)
        try:
            answer = netpay.read_token_answer(reply.body)
        except ProtocolError as error:
            problem = f"NetPay gave no token: HTTP status {reply.status}, {error}"
            raise LinkError(problem, written=True) from None
        if isinstance(answer, netpay.TokenRefused):
            told = ": ".join(word for word in (answer.error, answer.message) if word)
            problem = f"NetPay gives no token (HTTP status {reply.status}, {told}): check username,"
            raise LinkError(f"{problem} password, app_user and app_secret", written=True)
        return answer


def _meaning(reply: Reply) -> Answer | None:
    """What the cloud's answer to a push says. A word of its own counts more than the status."""
    try:
        told = netpay.read_push_answer(reply.body)
    except ProtocolError as error:
        if reply.status in _REFUSALS:
            return Refused(f"NetPay refused the request: HTTP status {reply.status}.")
        return Unclear(True, f"HTTP status {reply.status}, and the answer is none: {error}")
    if told.is_token_refused or (reply.status == 401 and not told.code):
        return None
    if told.code == netpay.Code.SUCCESS:
        return Pushed()
    if told.code == netpay.Code.TERMINAL_UNKNOWN:
        return Refused(told.message or netpay.MEANINGS[told.code], told.code)
    return _unknown(reply.status, told)


def _unknown(status: int, told: netpay.PushAnswer) -> Answer:
    """In words that nobody knows; the class of the status decides."""
    code = told.code or told.error
    words = " ".join(word for word in (code, told.message) if word)
    if status in _REFUSALS:
        return Refused(f"NetPay refused the request: {words}", code)
    return Unclear(True, f"NetPay's answer is not known: HTTP status {status}, {words}")
