"""The simulated cloud: a token for the merchant's password, and pushes to its terminals."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.poi.books import Books
from opi_pos.poi.faults import Fault, FaultPlan, Strike, Struck
from opi_pos.poi.scenario import Choice, Scenario, always, by_amount
from opi_pos.wire import netpay
from opi_pos.wire.netpay import Code, PushAnswer, TokenRefused
from opi_pos.wire.netpay.push import CANCEL, REPRINT, SALE, Request
from opi_pos.wire.netpay.token import LIFE_S, TOKEN_PATH
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import WebRequest
from terminal_bridge.simulator.faulty_calls import faultily
from terminal_bridge.simulator.netpay.habits import DEFAULT, Habits
from terminal_bridge.simulator.netpay.terminal import Post, SimulatedTerminal, Surroundings

SERIAL: Final = "1490293930"
STORE: Final = "9194"
SERVICE_PATH: Final = "/integration-service/transactions/"
_KEPT_TOKENS: Final = 100
_CATEGORIES: Final = {SALE: "Payment", CANCEL: "Reversal", REPRINT: "TransactionStatus"}
"""What faults call the requests; the terminal's responses are `PaymentResponse` and so on."""


class Merchant:
    """Who may ask. The defaults are nobody's."""

    def __init__(
        self,
        username: str = "simulated",
        password: Secret = Secret("simulated"),  # noqa: B008 - it never changes
        app_user: str = "simulated",
        app_secret: Secret = Secret("simulated"),  # noqa: B008 - it never changes
    ) -> None:
        self.grant = netpay.Grant(username=username, password=password)
        self.basic = netpay.basic(app_user, app_secret)


class SimulatedNetpay:
    """One merchant's cloud and terminals. `async with SimulatedNetpay(...) as cloud:` ends all."""

    def __init__(  # noqa: PLR0913 - settings, all by keyword
        self,
        *,
        post: Post,
        serials: Iterable[str] = (SERIAL,),
        merchant: Merchant | None = None,
        scenario: Scenario | Choice | None = None,
        faults: Iterable[Fault] = (),
        habits: Habits = DEFAULT,
        token_life_s: float = LIFE_S,
        push_s: float = 0.0,
        pace_s: float = 0.0,
        seed: int = 0,
        books: Books | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """`post` posts a terminal's response to the receiver; `push_s` is how long a push takes."""
        self.books = books or Books()
        self.tokens_given = 0
        self._merchant = merchant or Merchant()
        self._token_life_s = token_life_s
        self._push_s = push_s
        self._plan = FaultPlan(faults)
        self._rng = random.Random(seed)  # noqa: S311 - a repeatable simulation
        self._tokens: dict[str, float] = {}
        self._tasks = Tasks()
        choose = scenario if callable(scenario) else None
        around = Surroundings(
            choose=choose or (by_amount if scenario is None else always(_plain(scenario))),
            plan=self._plan,
            post=post,
            clock=clock or _unix_time,
            habits=habits,
            pace_s=pace_s,
            seed=seed,
        )
        self.terminals = {
            serial: SimulatedTerminal(serial, self.books, around, self._tasks) for serial in serials
        }

    async def __aenter__(self) -> SimulatedNetpay:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every task."""
        await self._tasks.aclose()

    async def receive(self, request: WebRequest) -> Reply:
        """One call. Raises `LinkDroppedError` when the connection ends without an answer."""
        path = urlsplit(request.url).path
        if request.method != "POST":
            return Reply(status=405)
        if path == TOKEN_PATH:
            return await self._faultily("Token", lambda: self._token(request))
        if not path.startswith(SERVICE_PATH) or path.removeprefix(SERVICE_PATH) not in _CATEGORIES:
            return _said(PushAnswer(error="Not Found", message=path), 404)
        name = path.removeprefix(SERVICE_PATH)
        struck = self._plan.strike(_CATEGORIES[name], _folio(name, request.body))
        if struck.by(Strike.UNAUTHORISED):
            return _said(_INVALID_TOKEN, 401)

        async def carry() -> Reply:
            return await self._push(name, request)

        return await faultily(struck, carry, self._tasks)

    async def _faultily(self, category: str, answer: Callable[[], Reply]) -> Reply:
        async def carry() -> Reply:
            return answer()

        struck: Struck = self._plan.strike(category)
        return await faultily(struck, carry, self._tasks)

    def _token(self, request: WebRequest) -> Reply:
        if _header(request, "authorization") != self._merchant.basic:
            return _refused_token("Unauthorized", "Bad credentials", 401)
        try:
            grant = netpay.read_grant(request.body)
        except ProtocolError:
            return _refused_token("unsupported_grant_type", "", 400)
        if grant != self._merchant.grant:
            return _refused_token("invalid_grant", "Bad credentials", 400)
        self.tokens_given += 1
        word = f"token-{self._rng.getrandbits(96):024x}"
        self._tokens[word] = asyncio.get_running_loop().time() + self._token_life_s
        while len(self._tokens) > _KEPT_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        token = netpay.Token(access_token=Secret(word), expires_in=self._token_life_s)
        return Reply(status=200, content_type="application/json", body=netpay.write_token(token))

    async def _push(self, name: str, request: WebRequest) -> Reply:
        """`00` means pushed, never paid."""
        word = _header(request, "authorization").removeprefix("Bearer ")
        if self._tokens.get(word, 0.0) <= asyncio.get_running_loop().time():
            return _said(_INVALID_TOKEN, 401)
        try:
            order = netpay.read_request(name, request.body)
        except ProtocolError as error:
            return _said(PushAnswer(error="Bad Request", message=str(error)), 400)
        if self._push_s:
            await asyncio.sleep(self._push_s)
        terminal = self.terminals.get(order.serial_number)
        if terminal is None:
            text = "No se encontró la terminal"
            return _said(PushAnswer(code=Code.TERMINAL_UNKNOWN, message=text))
        terminal.push(order)
        return _said(PushAnswer(code=Code.SUCCESS, message="Mensaje enviado exitosamente"))


_INVALID_TOKEN: Final = PushAnswer(
    error="invalid_token", message="Cannot convert access token to JSON"
)


def _plain(scenario: Scenario | Choice | None) -> Scenario:
    return scenario if isinstance(scenario, Scenario) else Scenario()


def _folio(name: str, body: bytes) -> str:
    """The till's id in a request, so that faults can be meant for one."""
    try:
        request: Request = netpay.read_request(name, body)
    except ProtocolError:
        return ""
    return request.folio_number if isinstance(request, netpay.SaleRequest) else ""


def _header(request: WebRequest, name: str) -> str:
    return {key.lower(): value for key, value in request.headers.items()}.get(name, "")


def _said(answer: PushAnswer, status: int = 200) -> Reply:
    body = netpay.write_push_answer(answer)
    return Reply(status=status, content_type="application/json", body=body)


def _refused_token(error: str, message: str, status: int) -> Reply:
    told = TokenRefused(error=error, message=message)
    answer = PushAnswer(error=told.error, message=told.message)
    return _said(answer, status)


def _unix_time() -> float:
    return datetime.now(UTC).timestamp()
