"""One configured terminal: driven here, or by another process through the mailbox (rule 9)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.model.capabilities import Capabilities, ReversalScope
from opi_pos.model.errors import CapabilityError, KeyTakenError, OpiPosError, ReferenceUsedError
from opi_pos.model.facts import OPEN_STATES, Exchange, Key, Mail
from opi_pos.model.ids import ExchangeID
from opi_pos.model.news import Answer
from opi_pos.model.orders import MoneyOrder, Order
from opi_pos.model.results import MONEY_MOVED, Operation, Outcome, Result
from opi_pos.ports import AsksAtPort, DeviceDoor, Driver, Listener, Ownership
from opi_pos.runtime.config import PoiSettings
from opi_pos.runtime.drivers import Connect, driver_name, find_driver, find_listener
from opi_pos.runtime.guest import Guest
from opi_pos.runtime.listening import device_post_of
from opi_pos.runtime.poi import Poi, Shop
from opi_pos.session.terms import Terms

log = logging.getLogger("opi_pos.station")

LAST_AMONG = 100
"""Exchanges of the journal among which the last one of a terminal is looked for."""
LOGOUT_WITHIN_S = 5.0
"""How long a till that closes waits for the terminal's farewell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a station needs of its till."""

    shop: Shop
    ownership: Ownership
    door: DeviceDoor
    scope: str
    reference_window_s: float
    can_confirm: bool
    can_print: bool
    before_driving: Callable[[], Awaitable[None]] | None = None
    """Done once this process owns the terminal, before its recovery begins."""
    connect: Connect | None = None
    """A driver factory of the caller's own; by default it is found by the URL."""


class Station:
    """Carries orders to one terminal, whoever drives it."""

    def __init__(self, settings: PoiSettings, house: House) -> None:
        self.settings = settings
        self.house = house
        self.poi: Poi | None = None
        self._open: dict[Key, tuple[MoneyOrder, asyncio.Task[Result]]] = {}
        self._tasks = Tasks(report=_report)
        self._mailed: set[str] = set()
        self._capabilities: Capabilities | None = None
        self._changing_hands = asyncio.Lock()
        self._channel: Listener | None = None
        """Where the terminal asks, if it wants a port of its own."""
        self._closed = False

    # --- life ---------------------------------------------------------------------------------

    async def open(self) -> None:
        """Drive the terminal, or be a guest of the process that does."""
        await self.take_over()

    async def take_over(self) -> bool:
        """Become the owner if nobody is. Recovery begins at once. `OpiPosError` once closed."""
        if self._drives():
            return True
        async with self._changing_hands, AsyncExitStack() as undo:
            self._require_open()
            if self._drives():
                return True
            if not self.house.ownership.acquire(self.settings.poi_id):
                return False
            undo.callback(self.house.ownership.release, self.settings.poi_id)
            poi = await self._begin_driving(undo)
            self._require_open()
            self.poi = poi
            undo.pop_all()
            return True

    def _drives(self) -> bool:
        return self.poi is not None

    def _require_open(self) -> None:
        if self._closed:
            raise OpiPosError(f"terminal {self.settings.name} is closed")

    async def _begin_driving(self, undo: AsyncExitStack) -> Poi:
        if self.house.before_driving is not None:
            await self.house.before_driving()
        driver = await self._driver()
        undo.push_async_callback(driver.close)
        poi = self._make_poi(driver)
        undo.push_async_callback(poi.close)
        undo.push_async_callback(self._close_channel)
        await self._open_channel(driver)
        await poi.start()
        return poi

    async def _open_channel(self, driver: Driver) -> None:
        """Up before recovery: the terminal may ask about what a crash left open."""
        channel = driver.device_channel if isinstance(driver, AsksAtPort) else None
        if channel is not None:
            opening = find_listener(channel.listener)
            self._channel = await opening(self.house.door, self.settings.poi_id, channel)

    async def _close_channel(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()

    async def close(self) -> None:
        """Leave politely: what is queued goes back, what runs for another process is ended first;
        what runs for a caller here stays open in the journal. Whatever fails or is cancelled on the
        way, the driver is closed and the terminal free.
        """
        self._closed = True
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._let_go)
            stack.push_async_callback(self._close_channel)
            stack.push_async_callback(self._tasks.aclose)
            async with self._changing_hands:
                poi = self.poi
            if poi is not None:
                if self._mailed:
                    await poi.until_idle()
                await self._log_out_at_close(poi)

    async def _let_go(self) -> None:
        if self.poi is None:
            return
        try:
            await self.poi.close()
        finally:
            self.house.ownership.release(self.settings.poi_id)
            self.poi = None

    async def _log_out_at_close(self, poi: Poi) -> None:
        idle = not poi.rules.exchanges and not poi.rules.queue
        if self.settings.logout_on_close and poi.logged_in_here and idle:
            try:
                async with asyncio.timeout(LOGOUT_WITHIN_S):
                    await poi.log_out()
            except (OpiPosError, TimeoutError) as error:
                log.warning("terminal %s: logout failed: %s", self.settings.name, error)

    async def _driver(self) -> Driver:
        url = await self._address()
        where = f"poi.{self.settings.name}.url"
        connect = self.house.connect or find_driver(url, where)
        options = {**self.settings.options, "wall": self.house.shop.clock.wall}
        options["can_print"] = self.house.can_print
        if post := device_post_of(driver_name(url, where), self.settings, self.house.door):
            options["device_post"] = post
        settings = msgspec.structs.replace(self.settings, url=url, options=options)
        return connect(settings, self.house.door)

    async def _address(self) -> str:
        """The configured URL, or where the terminal said that it moved to."""
        if self.settings.address != "auto":
            return self.settings.url
        moved = await self.house.shop.journal.recall(self.settings.poi_id, "address")
        return moved or self.settings.url

    async def move(self, url: str) -> None:
        """The terminal has a new address: talk to it there from now on."""
        await self.house.shop.journal.remember(self.settings.poi_id, "address", url)
        async with self._changing_hands:
            poi = self.poi
            if poi is None or self._closed:
                return
            driver = await self._driver()
            old, poi.driver = poi.driver, driver
            await old.close()

    def _make_poi(self, driver: Driver) -> Poi:
        settings = self.settings
        capabilities = driver.capabilities
        for key in ("link_delay_s", "silence_s"):
            value = getattr(settings, key)
            if value is not None:
                capabilities = msgspec.structs.replace(capabilities, **{key: value})
        self._capabilities = capabilities
        terms = Terms(
            scope=self.house.scope,
            sale_id=settings.sale_id,
            poi_id=settings.poi_id,
            capabilities=capabilities,
            integration=settings.integration,
            recovery_s=settings.recovery_s,
            cap_s=settings.recovery_cap_s,
            busy_s=settings.busy_s,
            can_confirm=self.house.can_confirm,
            doubt_closes=settings.while_in_doubt == "closed",
        )
        return Poi(name=settings.name, terms=terms, driver=driver, shop=self.house.shop)

    # --- orders -------------------------------------------------------------------------------

    async def _ask_owner(self, kind: str, **body: Any) -> dict[str, Any] | None:
        """The answer of the process that drives the terminal; None when that is this one."""
        if await self.take_over():
            return None
        return await Guest(self.settings, self.house.shop.journal).ask(kind, body, self)

    async def carry(self, order: MoneyOrder) -> Result:
        """Carry a money order to its result: at most one approval per key, whatever happens.

        Being cancelled cancels the waiting only.
        """
        answer = await self._ask_owner("money", order=order)
        if answer is not None:
            return msgspec.convert(answer["result"], Result)
        return await self.carry_here(order)

    async def carry_here(self, order: MoneyOrder) -> Result:
        """As `carry`, where this process is the owner."""
        self._check(order)
        key = self._key(order)
        if key in self._open:
            earlier, task = self._open[key]
            _require_same(earlier, order)
        else:
            task = self._tasks.spawn(self._attempt(order), name=f"order {order.reference}")
            self._open[key] = (order, task)
            task.add_done_callback(lambda _: self._open.pop(key, None))
        return await asyncio.shield(task)

    async def _attempt(self, order: MoneyOrder) -> Result:
        poi = self.driven()
        for _ in range(2):
            row = await self.house.shop.journal.latest(self._key(order))
            if row is not None:
                earlier = await self._earlier(row, order)
                if earlier is not None:
                    return earlier
            await self._check_original(order)
            try:
                return await poi.submit(order, poi.new_exchange_id())
            except KeyTakenError:
                continue
        raise ReferenceUsedError(order.reference, "is being paid at another terminal")

    async def _earlier(self, row: Exchange, order: MoneyOrder) -> Result | None:
        """Rule 6: what an earlier call with this key came to; None when it may be tried anew."""
        if row.state in OPEN_STATES:
            _require_same(row.order, order)
            result = await self._of_open(row)
            return None if result.outcome is Outcome.NOT_STARTED else result
        if row.result is None or row.result.outcome not in MONEY_MOVED:
            return await self._overturned(row, order)
        _require_same(row.order, order)
        ended_at = row.result.ended_at or row.changed_at
        if self.house.shop.clock.wall() - ended_at > self.house.reference_window_s:
            raise ReferenceUsedError(order.reference, "was approved too long ago to be repeated")
        return msgspec.structs.replace(row.result, replayed=True)

    async def _overturned(self, row: Exchange, order: MoneyOrder) -> Result | None:
        """An end without money that is only provisional is asked about once more, before the same
        sale is tried anew: its result, if it turned out to be paid.
        """
        result = await self._checked(row)
        if result is None or result.outcome not in MONEY_MOVED:
            return None
        _require_same(row.order, order)
        return msgspec.structs.replace(result, replayed=True)

    async def _checked(self, row: Exchange) -> Result | None:
        """The result of an exchange that has ended, asked about again if it is provisional."""
        if not row.is_provisional or row.poi_id != self.settings.poi_id:
            return row.result
        await self.driven().check(row)
        now = await self.house.shop.journal.exchange(row.exchange_id)
        return now.result if now is not None else row.result

    async def _of_open(self, row: Exchange) -> Result:
        """The result of an exchange that has not ended; a resting doubt is asked about once."""
        poi = self.driven()
        if row.poi_id != self.settings.poi_id:
            raise ReferenceUsedError(row.order.reference, f"is open at terminal {row.poi_id}")
        if row.state == "in_doubt":
            await poi.ask_again(row.exchange_id)
            now = await self.house.shop.journal.exchange(row.exchange_id)
            if now is not None and now.result is not None:
                return now.result
        doubt = poi.rules.doubt_of(row.exchange_id)
        if doubt is not None:  # also of a payment whose reversal nobody knows about
            return doubt
        future = poi.joined(row.exchange_id)
        if future is None:
            now = await self.house.shop.journal.exchange(row.exchange_id)
            if now is not None and now.result is not None:
                return now.result
            raise ReferenceUsedError(row.order.reference, "is open in another journal entry")
        return await asyncio.shield(future)

    async def settle(self, row: Exchange) -> Result | None:
        """What became of an exchange: asks about a doubt or a provisional end, waits for one that
        is recovering.
        """
        if row.state not in OPEN_STATES and not row.is_provisional:
            return row.result
        answer = await self._ask_owner("settle", exchange_id=row.exchange_id)
        if answer is not None:
            return msgspec.convert(answer["result"], Result)
        return await (self._checked(row) if row.is_provisional else self._of_open(row))

    async def serve(self, order: Order) -> Answer:
        """Carry an order without money."""
        answer = await self._ask_owner("serve", order=order)
        if answer is not None:
            return msgspec.convert(answer["answer"], Answer)
        self._check_service(order)
        return await self.driven().serve(order)

    async def login(self, *, reset: bool = False) -> Answer:
        """Log in."""
        answer = await self._ask_owner("login", reset=reset)
        if answer is not None:
            return msgspec.convert(answer["answer"], Answer)
        return await self.driven().log_in(reset=reset)

    async def logout(self, *, maintenance_allowed: bool = False) -> Answer:
        """Log out."""
        answer = await self._ask_owner("logout", maintenance_allowed=maintenance_allowed)
        if answer is not None:
            return msgspec.convert(answer["answer"], Answer)
        return await self.driven().log_out(maintenance_allowed=maintenance_allowed)

    async def abort(
        self, exchange_id: ExchangeID | None = None, *, reference: str | None = None
    ) -> None:
        """Wish that an exchange stops, also one in the queue; without a name, whatever runs.
        Heard by the owner, whoever that is.
        """
        named = {"exchange_id": exchange_id, "reference": reference}
        if await self._ask_owner("abort", **named) is None:
            self._abort_here(exchange_id, reference)

    def _abort_here(self, exchange_id: ExchangeID | None, reference: str | None) -> None:
        poi = self.driven()
        if reference is None:
            poi.abort(exchange_id)
            return
        for each in poi.rules.named(reference):
            poi.abort(each)

    async def resolve(self, exchange_id: ExchangeID, outcome: Outcome, who: str, why: str) -> None:
        """A person decides."""
        decision = {"exchange_id": exchange_id, "outcome": outcome, "who": who, "why": why}
        if await self._ask_owner("resolve", **decision) is None:
            await self.driven().resolve(exchange_id, outcome, who, why)

    def driven(self) -> Poi:
        """The terminal's task, which this process owns by now."""
        if self.poi is None:
            raise OpiPosError(f"terminal {self.settings.name} is not open")
        return self.poi

    def _key(self, order: MoneyOrder) -> Key:
        return Key(scope=self.house.scope, operation=order.operation, reference=order.reference)

    def _check(self, order: MoneyOrder) -> None:
        """Rule 13: what a terminal cannot do is refused before anything is sent."""
        can = self._capabilities
        if can is None:
            return
        if order.operation not in can.operations:
            raise CapabilityError(order.operation.value, "This terminal cannot do that")
        if order.tip is not None and not can.tip:
            raise CapabilityError("tip", "This terminal takes no tip from the till")
        if order.cashback is not None and not can.cashback:
            raise CapabilityError("cashback", "This terminal pays no cash back")
        if order.allow_partial and not can.partial_approval:
            raise CapabilityError("partial_approval", "This terminal takes all or nothing")
        if can.reversal is ReversalScope.SAME_DAY_FULL and _is_partial_reversal(order):
            raise CapabilityError("partial_reversal", "This terminal reverses the whole amount")

    async def _check_original(self, order: MoneyOrder) -> None:
        """A reversal that names nothing is sent only when what it means was done last."""
        can = self._capabilities
        names_nothing = can is not None and not can.names_original
        if order.operation is not Operation.REVERSAL or not names_nothing:
            return
        rows = await self.house.shop.journal.exchanges(limit=LAST_AMONG)
        own = (row for row in rows if row.poi_id == self.settings.poi_id)
        moved = (row for row in own if row.result and row.result.outcome in MONEY_MOVED)
        last = next(moved, None)
        meant = order.original.exchange_id if order.original is not None else None
        if last is None or last.exchange_id != meant:
            raise CapabilityError("reversal", "This terminal undoes only what it did last")

    def _check_service(self, order: Order) -> None:
        tag = type(order).__struct_config__.tag
        if self._capabilities is not None and tag not in self._capabilities.services:
            raise CapabilityError(str(tag), "This terminal cannot do that")

    # --- the mailbox, as owner ------------------------------------------------------------------

    async def take_mail(self) -> None:
        """Serve what other processes left."""
        if self.poi is None:
            return
        journal = self.house.shop.journal
        for mail in await journal.take_mail(self.settings.poi_id, self.house.shop.clock.wall()):
            self._tasks.spawn(self._serve_mail(mail), name=f"mail of {mail.sender}")

    async def _serve_mail(self, mail: Mail) -> None:
        self._mailed.add(mail.mail_id)
        journal = self.house.shop.journal
        rules = self.driven().rules
        place = len(rules.queue) + (rules.running() is not None)
        try:
            if place:
                await journal.answer_mail(mail.mail_id, state="taken", place=place)
            answer = await self._answer_mail(mail)
            await journal.answer_mail(mail.mail_id, state="answered", answer=answer)
        except asyncio.CancelledError:
            await journal.answer_mail(mail.mail_id, state="posted")
            raise
        finally:
            self._mailed.discard(mail.mail_id)

    async def _answer_mail(self, mail: Mail) -> dict[str, Any]:
        try:
            return await self._do_as_mailed(mail.kind, mail.body)
        except ReferenceUsedError as error:
            return {"error": "reference_used", "reference": error.reference, "text": str(error)}
        except CapabilityError as error:
            return {"error": "capability", "reference": error.capability, "text": str(error)}
        except OpiPosError as error:
            return {"error": "other", "text": str(error)}

    async def _do_as_mailed(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        poi = self.driven()
        match kind:
            case "money":
                result = await self.carry_here(msgspec.convert(body["order"], MoneyOrder))
                return {"result": msgspec.to_builtins(result)}
            case "settle":
                row = await self.house.shop.journal.exchange(ExchangeID(body["exchange_id"]))
                settled = await self.settle(row) if row is not None else None
                return {"result": msgspec.to_builtins(settled)}
            case "serve":
                answer = await self.serve(msgspec.convert(body["order"], Order))
            case "login":
                answer = await poi.log_in(reset=body["reset"])
            case "logout":
                answer = await poi.log_out(maintenance_allowed=body["maintenance_allowed"])
            case "abort":
                self._abort_here(body["exchange_id"], body["reference"])
                return {}
            case "resolve":
                outcome = Outcome(body["outcome"])
                await poi.resolve(body["exchange_id"], outcome, body["who"], body["why"])
                return {}
            case _:
                raise OpiPosError(f"the owner of this terminal does not know {kind!r}")
        return {"answer": msgspec.to_builtins(answer)}


def _report(name: str, error: BaseException) -> None:
    """A refused order is told to its caller; only what nobody expects belongs in the log."""
    if not isinstance(error, OpiPosError):
        log.error("%s failed", name, exc_info=error)


def _is_partial_reversal(order: MoneyOrder) -> bool:
    whole = order.original.amount if order.original is not None else None
    return order.operation is Operation.REVERSAL and order.amount not in {None, whole}


def _require_same(earlier: MoneyOrder, order: MoneyOrder) -> None:
    if earlier.amount != order.amount:
        raise ReferenceUsedError(order.reference, "already stands for another amount")
