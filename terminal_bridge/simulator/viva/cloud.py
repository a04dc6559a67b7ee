"""The simulated cloud: what it answers to each call, and what its terminals do meanwhile."""

from __future__ import annotations

import asyncio
import random
from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from opi_pos.aio.tasks import Tasks
from opi_pos.model.currencies import CODES
from opi_pos.model.errors import ProtocolError, UsageError
from opi_pos.model.money import Amount
from opi_pos.model.secret import Secret
from opi_pos.poi.books import Books
from opi_pos.poi.faults import Fault, FaultPlan, Strike, Struck
from opi_pos.poi.scenario import Choice, Scenario, always
from opi_pos.wire import viva
from opi_pos.wire.viva import calls
from terminal_bridge.links.link import Reply
from terminal_bridge.links.web import Web, WebRequest
from terminal_bridge.simulator.faulty_calls import faultily
from terminal_bridge.simulator.viva import ends
from terminal_bridge.simulator.viva.faulty import problem, refuse, said
from terminal_bridge.simulator.viva.ledger import Ledger
from terminal_bridge.simulator.viva.webhooks import Webhooks

TERMINAL_ID: Final = "16008507"
CLIENT_ID: Final = "simulated"
CLIENT_SECRET: Final = "simulated"  # noqa: S105 - of nobody
TOKEN_LIFE_S: Final = 3600
_KEPT_TOKENS: Final = 100

Answer = Callable[[Struck], Reply]
"""What the cloud says to a call that some faults strike."""


class SimulatedViva:
    """The cloud of one merchant. `async with SimulatedViva(...) as cloud:` ends its tasks."""

    def __init__(  # noqa: PLR0913 - settings, all by keyword
        self,
        *,
        scenario: Scenario | Choice | None = None,
        faults: Iterable[Fault] = (),
        terminals: Iterable[str] = (TERMINAL_ID,),
        client: tuple[str, Secret] = (CLIENT_ID, Secret(CLIENT_SECRET)),
        webhook: tuple[Web, str] | None = None,
        webhook_key: str = "simulated-webhook-key",
        token_life_s: int = TOKEN_LIFE_S,
        seed: int = 0,
        pace_s: float = 0.0,
        books: Books | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """`webhook`: a way to the receiver, and its URL. `clock` gives Unix seconds for time
        stamps and for the days of sessions.
        """
        self.books = books or Books()
        self.tokens_given = 0
        self._plan = FaultPlan(faults)
        self._terminals = tuple(terminals)
        self._basic = _basic(client[0], client[1])
        self._token_life_s = token_life_s
        self._rng = random.Random(seed)  # noqa: S311 - a repeatable simulation
        self._tasks = Tasks()
        self._tokens: dict[str, float] = {}
        self._key = Secret(webhook_key)
        web, url = webhook or (None, "")
        self.ledger = Ledger(
            books=self.books,
            choose=scenario if callable(scenario) else _choice(scenario),
            plan=self._plan,
            tasks=self._tasks,
            seed=seed,
            pace_s=pace_s,
            clock=clock or _unix_time,
            tell=self._ended,
        )
        self._webhooks = Webhooks(web, url, self._key, self._plan, self.ledger.stamp)

    async def __aenter__(self) -> SimulatedViva:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every task."""
        await self._tasks.aclose()

    async def register_webhook(self, url: str) -> bool:
        """Whether the receiver shows the merchant's key; then it hears of every session."""
        return await self._webhooks.register(url)

    def _ended(self, session: viva.Session) -> None:
        self._webhooks.tell(session, self._tasks)

    # --- calls --------------------------------------------------------------------------------

    async def receive(self, request: WebRequest) -> Reply:
        """One call. Raises `LinkDroppedError` when the connection ends without an answer."""
        parts = urlsplit(request.url)
        if request.method == "POST":
            return await self._posted(parts.path, request)
        if parts.path == calls.KEY_PATH and request.method == "GET":
            return said(viva.write_webhook_key(self._key))
        if not parts.path.startswith(calls.SESSIONS_PATH):
            return problem(404, "Not Found")
        named = unquote(parts.path.removeprefix(calls.SESSIONS_PATH).removeprefix("/"))
        return await self._of_session(request, named, parse_qs(parts.query))

    async def _posted(self, path: str, request: WebRequest) -> Reply:
        if path == calls.TOKEN_PATH:
            return await self._faultily("Token", "", lambda _: self._token(request))
        if path == calls.DEVICES_PATH:
            devices = self._guarded(request, lambda _: self._devices(request.body))
            return await self._faultily("Devices", "", devices)
        name = path.removeprefix(calls.ORDER_PATH)
        kinds = {kind.value: kind for kind in viva.OrderKind}
        if not path.startswith(calls.ORDER_PATH) or name not in kinds:
            return problem(404, "Not Found")
        order = self._guarded(request, lambda _: self._order(kinds[name], request.body))
        return await self._faultily("Payment", _reference(request.body), order)

    async def _of_session(
        self, request: WebRequest, named: str, query: dict[str, list[str]]
    ) -> Reply:
        run = self.ledger.find(named)
        reference = run.order.merchant_reference if run is not None else ""
        if request.method == "DELETE" and named:
            register = query.get("cashRegisterId", [""])[0]
            category = "Abort"
            answer = self._guarded(request, lambda struck: self._abort(named, register, struck))
        elif request.method != "GET":
            return problem(405, "Method Not Allowed")
        elif named:
            category = "TransactionStatus"
            answer = self._guarded(request, lambda struck: self._session(named, struck))
        else:
            category, day = "Day", query.get("date", [""])[0]
            of_day = self.ledger.of_day
            answer = self._guarded(request, lambda _: said(viva.write_sessions(of_day(day))))
        return await self._faultily(category, reference, answer)

    async def _faultily(self, category: str, reference: str, answer: Answer) -> Reply:
        struck = self._plan.strike(category, reference)

        async def carry() -> Reply:
            return answer(struck)

        return await faultily(struck, carry, self._tasks, refuse)

    def _guarded(self, request: WebRequest, answer: Answer) -> Answer:
        return lambda struck: self._authorised(request) or answer(struck)

    def _authorised(self, request: WebRequest) -> Reply | None:
        given = {name.lower(): value for name, value in request.headers.items()}
        token = given.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0.0) > asyncio.get_running_loop().time():
            return None
        return problem(401, "Could not validate credentials")

    def _token(self, request: WebRequest) -> Reply:
        given = {name.lower(): value for name, value in request.headers.items()}
        if given.get("authorization", "") != self._basic:
            return said(b'{"error":"invalid_client"}', 400)
        if parse_qs(request.body.decode("latin-1")).get("grant_type") != ["client_credentials"]:
            return said(b'{"error":"unsupported_grant_type"}', 400)
        self.tokens_given += 1
        token = f"token-{self._rng.getrandbits(96):024x}"
        self._tokens[token] = asyncio.get_running_loop().time() + self._token_life_s
        while len(self._tokens) > _KEPT_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        answer = viva.Token(access_token=Secret(token), expires_in=self._token_life_s)
        return said(viva.write_token(answer))

    def _devices(self, body: bytes) -> Reply:
        try:
            wanted = viva.read_device_search(body)
        except ProtocolError as error:
            return said(viva.write_invalid(error.path, error.problem), 422)
        if wanted.status_id not in {None, viva.LIVE} or wanted.source_code not in {None, "Default"}:
            return said(viva.write_devices(()))
        return said(
            viva.write_devices(
                viva.Device(
                    terminal_id=each,
                    status_id=viva.LIVE,
                    source_code="Default",
                    virtual_terminal_id=each,
                )
                for each in self._terminals
            )
        )

    # --- orders and sessions ------------------------------------------------------------------

    def _order(self, kind: viva.OrderKind, body: bytes) -> Reply:
        """Taken means handed to the push service, and no more."""
        try:
            order = viva.read_order(body)
            amount = Amount(minor=order.amount, currency=CODES.get(order.currency_code, ""))
        except ProtocolError as error:
            return said(viva.write_invalid(error.path, error.problem), 422)
        except UsageError as error:
            return said(viva.write_invalid("currencyCode", str(error)), 422)
        if self.ledger.find(order.session_id) is not None:
            return problem(409, "The session exists")
        if order.terminal_id not in self._terminals:
            return problem(404, "Terminal not found")
        if not self.ledger.has_parent(kind, order):
            return problem(404, "Parent session not found")
        self.ledger.begin(kind, order, amount)
        return Reply(status=200)

    def _session(self, session_id: str, struck: Struck) -> Reply:
        run = self.ledger.find(session_id)
        if run is None or struck.by(Strike.NOT_FOUND):
            return problem(404, "Session not found")
        if run.ended is None or struck.by(Strike.IN_PROGRESS):
            return problem(202, "The session is being processed")
        other = self.ledger.another(session_id) if struck.by(Strike.WRONG_LAST) else None
        return said(viva.write_session(other or run.ended))

    def _abort(self, session_id: str, register: str, struck: Struck) -> Reply:
        run = self.ledger.find(session_id)
        if run is None:
            return problem(404, "Session not found")
        if run.order.cash_register_id != register:
            return problem(403, "The session belongs to another cash register")
        if not self.ledger.abort(run, too_late=struck.by(Strike.APPROVED_AFTER_ABORT)):
            return problem(409, "The session is being aborted or has ended")
        return Reply(status=200)


def _choice(scenario: Scenario | None) -> Choice:
    return ends.scenario_by_amount if scenario is None else always(scenario)


def _basic(user: str, secret: Secret) -> str:
    return "Basic " + b64encode(f"{user}:{secret.reveal()}".encode()).decode("ascii")


def _reference(body: bytes) -> str:
    """The shop's reference in an order, so that faults can be meant for one."""
    try:
        return viva.read_order(body).merchant_reference
    except ProtocolError:
        return ""


def _unix_time() -> float:
    return datetime.now(UTC).timestamp()
