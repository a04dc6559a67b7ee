"""What a till program sees (design: section 4)."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.bus.local import LocalBus, Watcher
from opi_pos.journal.lock import FileOwnership
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import Display
from opi_pos.model.errors import ConfigurationError, JournalError, UsageError
from opi_pos.model.facts import OPEN_STATES, Exchange, StoredFact
from opi_pos.model.ids import POIID, Reference, SaleID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer
from opi_pos.model.orders import (
    AskCustomer,
    AskStatus,
    CloseDay,
    Converse,
    Diagnose,
    Integration,
    Original,
    PrintOnTerminal,
    ReadCard,
    SaleItem,
    ShowCustomer,
    Totals,
)
from opi_pos.model.receipts import Receipt
from opi_pos.model.reports import DiagnosisReport, TotalsReport
from opi_pos.model.results import Operation, Outcome, Result
from opi_pos.ports import Cashier, Clock, Journal, Listener, Ownership
from opi_pos.runtime.cashier import QuietCashier, overrides
from opi_pos.runtime.clock import SystemClock
from opi_pos.runtime.config import (
    DEFAULT_SALE_ID,
    ListenSettings,
    PoiSettings,
    TillSettings,
    parse_listen,
    poi_settings,
    read_config,
)
from opi_pos.runtime.desk import Desk, printed_of
from opi_pos.runtime.door import TillDoor
from opi_pos.runtime.drivers import Connect, find_listener
from opi_pos.runtime.inquiring import Inquiries
from opi_pos.runtime.listening import listen_config
from opi_pos.runtime.notifying import Receivers, poi_id_of
from opi_pos.runtime.orders import Orders, amount_of, extra
from opi_pos.runtime.places import default_journal
from opi_pos.runtime.poi import Shop
from opi_pos.runtime.station import House, Station

log = logging.getLogger("opi_pos")

LOOK_FOR_MAIL_S = 0.1
"""How often the owner of a terminal looks for what other processes left."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Parts of a till that a program or a test brings itself; None means the usual one."""

    journal: Journal | None = None
    ownership: Ownership | None = None
    bus: LocalBus | None = None
    clock: Clock | None = None
    connect: Connect | None = None
    look_for_mail_s: float | None = LOOK_FOR_MAIL_S
    """None: no other process can leave mail."""
    draw: Callable[[int], int] = secrets.randbelow
    """A random number below another; a run that must be repeatable brings its own."""


class SaleSystem:
    """A till: one or more terminals, one journal.

    `async with SaleSystem.open(...) as till:` opens it; `open` only checks what it is given.
    """

    def __init__(
        self, settings: TillSettings, *, cashier: Cashier | None = None, parts: Parts | None = None
    ) -> None:
        self.settings = settings
        self.cashier: Cashier = cashier or QuietCashier()
        self._parts = parts or Parts()
        self._clock: Clock = self._parts.clock or SystemClock()
        self._stations: dict[str, Station] = {}
        self._tasks = Tasks()
        self._shop: Shop | None = None
        self._door: TillDoor | None = None
        self._listener: Listener | None = None
        self._receivers: Receivers | None = None
        self._bus = self._parts.bus or LocalBus(lossy=_is_display)

    # --- opening ------------------------------------------------------------------------------

    @classmethod
    def open(
        cls,
        *,
        config: str | Path | TillSettings | None = None,
        terminal: str | None = None,
        journal: str | Path | None = None,
        listen: str | ListenSettings | None = None,
        cashier: Cashier | None = None,
        parts: Parts | None = None,
        **poi: Any,
    ) -> SaleSystem:
        """Check the configuration; nothing is opened before `async with`.

        Either `config` (a TOML file) or `terminal` (a URL) with keywords of `[poi.NAME]`, such as
        `currency="SEK"` or `recovery_s=60`. With `listen` the integration is full unless it says
        otherwise. Raises `ConfigurationError` that names the key.
        """
        if config is not None:
            settings = config if isinstance(config, TillSettings) else read_config(config)
        elif terminal is not None:
            settings = _single(terminal, poi, full=listen is not None)
        else:
            raise ConfigurationError("terminal", "missing: give a URL, or a config file")
        if journal is not None:
            settings = msgspec.structs.replace(settings, journal=str(journal))
        if listen is not None:
            told = parse_listen(listen) if isinstance(listen, str) else listen
            settings = msgspec.structs.replace(settings, listen=told)
        return cls(settings, cashier=cashier, parts=parts)

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _open(self) -> None:
        shop = self._shop = await self._open_shop()
        self._orders = Orders(self.settings.scope, self._clock, shop.journal)
        self._door = TillDoor(shop, self._stations, self.settings.scope)
        self._receivers = Receivers(self._door.inboxes)
        self._receivers.open(self.settings.notify, partial(shop.journal.find, self.settings.scope))
        for poi in self.settings.pois:
            self._stations[poi.name] = self._station(poi, shop, self._door)
        for station in self._stations.values():
            await station.open()
        self._door.inboxes.settled.set()
        if self._receivers.inquirers:
            inquiries = Inquiries(shop, self._door, self._receivers.inquirers)
            self._tasks.spawn(inquiries.run(), name="inquiries")
        if self._parts.look_for_mail_s is not None:
            self._tasks.spawn(self._look_for_mail(self._parts.look_for_mail_s), name="mailbox")

    async def _open_shop(self) -> Shop:
        journal = self._parts.journal or await SqliteJournal.open(self._journal_path())
        bus = self._bus
        desk = Desk(cashier=self.cashier, journal=journal, bus=bus, clock=self._clock)
        return Shop(
            journal=journal,
            desk=desk,
            bus=bus,
            cashier=self.cashier,
            clock=self._clock,
            draw=self._parts.draw,
        )

    def _journal_path(self) -> Path:
        return Path(self.settings.journal) if self.settings.journal else default_journal()

    def _station(self, poi: PoiSettings, shop: Shop, door: TillDoor) -> Station:
        house = House(
            shop=shop,
            ownership=self._parts.ownership or FileOwnership(self._journal_path()),
            door=door,
            scope=self.settings.scope,
            reference_window_s=self.settings.reference_window_s,
            can_confirm=overrides(self.cashier, "confirm"),
            can_print=overrides(self.cashier, "print"),
            before_driving=self._listen,
            connect=self._parts.connect,
        )
        return Station(poi, house)

    async def _listen(self) -> None:
        """Up before a terminal is driven: it may ask at any moment, also about what a crash left
        open. A guest needs no listener; its terminals' owner has one.
        """
        if self.settings.listen is None or self._listener is not None:
            return
        for poi in self.settings.pois:
            await self.door.inboxes.expect(poi.poi_id)
        config = listen_config(self.settings.listen, self.settings.pois, self._crypto_of)
        config = replace(config, callbacks=self.door.inboxes.take)
        self._listener = await find_listener()(self.door, config)
        self.door.inboxes.url = self._listener.url

    def _crypto_of(self, poi_id: POIID) -> Any:
        """The keys of a terminal that protects its messages; its driver has them."""
        stations = (s for s in self._stations.values() if s.settings.poi_id == poi_id)
        poi = next((station.poi for station in stations), None)
        return getattr(poi.driver, "crypto", None) if poi is not None else None

    async def _look_for_mail(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            try:
                if self.shop.journal.changed():
                    for station in self._stations.values():
                        await station.take_mail()
            except JournalError as error:
                log.warning("the mailbox cannot be read: %s", error)

    async def close(self) -> None:
        """Close politely: log out where this process logged in and nothing is open. A payment
        that is still open stays so, in the journal, and is recovered at the next start.
        """
        async with AsyncExitStack() as stack:
            # From the last to the first, each whatever became of the ones before.
            stack.callback(self._stations.clear)
            if self._shop is not None:
                if self._parts.journal is None:
                    stack.push_async_callback(self._shop.journal.close)
                stack.push_async_callback(self._shop.desk.close)
            if self._receivers is not None:
                stack.push_async_callback(self._receivers.close)
            if self._listener is not None:
                stack.push_async_callback(self._listener.close)
            stack.push_async_callback(self._tasks.aclose)
            for station in reversed(self._stations.values()):
                stack.push_async_callback(station.close)

    # --- money --------------------------------------------------------------------------------

    async def pay(  # noqa: PLR0913 - the words of a sale
        self,
        amount: str | Amount,
        *,
        currency: str | None = None,
        reference: str | None = None,
        poi: str | None = None,
        tip: str | None = None,
        cashback: str | None = None,
        operator: str = "",
        language: str = "",
        allow_partial: bool = False,
        timeout_s: float | None = None,
        items: Sequence[SaleItem] = (),
    ) -> Result:
        """Take a payment. `amount` is decimal text such as `"38.00"`, in major units.

        Call it again with the same reference and you get the same payment: its result, marked
        `replayed`, or the one that is open; a second charge is impossible. After `timeout_s` the
        terminal is asked to stop. Raises `UsageError` for arguments, never for an outcome.
        """
        station = self._at(poi)
        money = amount_of(amount, currency, station.settings)
        order = self._orders.order(
            Operation.PAYMENT,
            reference,
            amount=money,
            tip=extra(tip, money, "tip"),
            cashback=extra(cashback, money, "cashback"),
            operator=operator,
            language=language,
            allow_partial=allow_partial,
            timeout_s=timeout_s,
            items=tuple(items),
        )
        return await station.carry(order)

    async def refund(
        self,
        amount: str | Amount,
        *,
        reference: str,
        original: str | None = None,
        currency: str | None = None,
        poi: str | None = None,
        operator: str = "",
    ) -> Result:
        """Pay money back. `original` is the shop's reference of the payment, if there is one."""
        source = await self._orders.original(original) if original is not None else None
        station = self._at(poi, source)
        money = amount_of(amount, currency, station.settings, source)
        order = self._orders.order(
            Operation.REFUND, reference, amount=money, original=source, operator=operator
        )
        return await station.carry(order)

    async def reverse(
        self,
        original: str,
        *,
        reference: str | None = None,
        amount: str | None = None,
        operator: str = "",
    ) -> Result:
        """Undo a payment, wholly or in part, before the terminal settled it."""
        source = await self._orders.original(original)
        station = self._at(None, source)
        money = None if amount is None else amount_of(amount, None, station.settings, source)
        order = self._orders.order(
            Operation.REVERSAL,
            reference or f"{original}/reversal",
            amount=money,
            original=source,
            operator=operator,
        )
        return await station.carry(order)

    async def reserve(
        self,
        amount: str | Amount,
        *,
        reference: str | None = None,
        currency: str | None = None,
        poi: str | None = None,
    ) -> Result:
        """Reserve an amount on a card (a pre-authorisation)."""
        station = self._at(poi)
        money = amount_of(amount, currency, station.settings)
        return await station.carry(
            self._orders.order(Operation.RESERVATION, reference, amount=money)
        )

    async def complete(
        self, reservation: str, amount: str | Amount, *, reference: str | None = None
    ) -> Result:
        """Take the money of a reservation, up to its amount."""
        source = await self._orders.original(reservation, Operation.RESERVATION)
        station = self._at(None, source)
        money = amount_of(amount, None, station.settings, source)
        order = self._orders.order(
            Operation.COMPLETION,
            reference or f"{reservation}/completion",
            amount=money,
            original=source,
        )
        return await station.carry(order)

    async def release(self, reservation: str, *, reference: str | None = None) -> Result:
        """Let a reservation go."""
        source = await self._orders.original(reservation, Operation.RESERVATION)
        order = self._orders.order(
            Operation.RELEASE, reference or f"{reservation}/release", original=source
        )
        return await self._at(None, source).carry(order)

    async def adjust_tip(self, original: str, tip: str, *, reference: str | None = None) -> Result:
        """Add a tip to a payment that was approved."""
        source = await self._orders.original(original)
        station = self._at(None, source)
        order = self._orders.order(
            Operation.TIP_ADJUSTMENT,
            reference or f"{original}/tip",
            amount=amount_of(tip, None, station.settings, source),
            original=source,
        )
        return await station.carry(order)

    async def abort(self, reference: str | None = None, *, poi: str | None = None) -> None:
        """Wish that a payment stops; without a reference, whatever runs. The payment's own result
        tells what came of it: it may still be approved.
        """
        stations = list(self._stations.values())
        if reference is None or poi is not None or len(stations) == 1:
            stations = [self._at(poi)]
        for station in stations:
            await station.abort(reference=reference)

    async def status(self, reference: str) -> Result | None:
        """What became of a reference: the newest exchange of its name. A doubt is asked about
        first; one that recovers is waited for. None: the journal does not know it.
        """
        rows = await self.shop.journal.find(self.settings.scope, reference)
        if not rows:
            return None
        return await self._station_of(rows[-1]).settle(rows[-1])

    async def resolve(self, reference: str, outcome: Outcome, *, who: str, why: str) -> Result:
        """Decide a doubt as a person; who and why are recorded."""
        if outcome is Outcome.IN_DOUBT or not who.strip() or not why.strip():
            raise UsageError("resolve: needs a decided outcome, who decides, and why")
        rows = await self.shop.journal.find(self.settings.scope, reference)
        doubts = [row for row in rows if row.state in OPEN_STATES]
        if not doubts:
            raise UsageError(f"reference {reference!r}: nothing is open or in doubt")
        row = doubts[-1]
        await self._station_of(row).resolve(row.exchange_id, outcome, who, why)
        now = await self.shop.journal.exchange(row.exchange_id)
        if now is None or now.result is None or now.result.outcome is Outcome.IN_DOUBT:
            raise UsageError(f"reference {reference!r}: is being worked on; wait for its result")
        return now.result

    async def reprint(self, reference: str) -> tuple[Receipt, ...]:
        """The receipts of a payment: from the journal, else from the terminal. Of terminals that
        have them printed while they work, those that were.
        """
        rows = await self.shop.journal.find(self.settings.scope, reference)
        for row in reversed(rows):
            if row.result is not None and row.result.receipts:
                return row.result.receipts
            if printed := printed_of(await self.shop.journal.facts(row.exchange_id)):
                return printed
        if not rows:
            raise UsageError(f"reference {reference!r}: not in the journal")
        last = rows[-1]
        ask = AskStatus(
            service_id=last.service_id, order=last.order, reprint=True, sale_id=last.sale_id
        )
        return (await self._station_of(last).serve(ask)).receipts

    # --- the session and the terminal ---------------------------------------------------------

    async def login(self, *, poi: str | None = None, reset: bool = False) -> Answer:
        """Open the session. Money orders do it themselves when needed. `reset` passes a running
        payment, and many terminals stop it then.
        """
        return await self._at(poi).login(reset=reset)

    async def logout(self, *, poi: str | None = None, maintenance_allowed: bool = False) -> Answer:
        """Close the session; terminals want that with `maintenance_allowed` an hour a day."""
        return await self._at(poi).logout(maintenance_allowed=maintenance_allowed)

    async def diagnose(self, *, poi: str | None = None, host: bool = False) -> Answer:
        """How is the terminal, and (with `host`) does it reach its host?"""
        return _typed(await self._at(poi).serve(Diagnose(host=host)), DiagnosisReport)

    async def totals(self, *, poi: str | None = None) -> Answer:
        """Totals since the last close of the day."""
        return _typed(await self._at(poi).serve(Totals()), TotalsReport)

    async def close_day(self, *, poi: str | None = None) -> Answer:
        """Close the terminal's day; `payload` has its totals."""
        return _typed(await self._at(poi).serve(CloseDay()), TotalsReport)

    async def read_card(self, *, reference: str | None = None, poi: str | None = None) -> Answer:
        """Read a card without paying."""
        order = ReadCard(
            reference=Reference(reference or self._orders.made_up()),
            sale_time=self._orders.sale_time(),
        )
        return await self._at(poi).serve(order)

    async def show_customer(self, *lines: str, poi: str | None = None) -> Answer:
        """Show lines on the customer's display."""
        return await self._at(poi).serve(ShowCustomer(lines=lines))

    async def ask_customer(
        self,
        *lines: str,
        kind: str = "confirm",
        choices: Sequence[str] = (),
        max_s: int = 60,
        poi: str | None = None,
    ) -> Answer:
        """Ask the customer on the terminal: `confirm`, `digits`, `text` or `menu`."""
        order = AskCustomer(kind=kind, lines=lines, choices=tuple(choices), max_s=max_s)
        return await self._at(poi).serve(order)

    async def print_on_terminal(self, *lines: str, poi: str | None = None) -> Answer:
        """Print lines on the terminal's printer."""
        return await self._at(poi).serve(PrintOnTerminal(lines=lines))

    async def converse(self, message: object, *, poi: str | None = None) -> Answer:
        """Carry any message of the driver's own protocol, such as `wire.nexo` bodies."""
        return await self._at(poi).serve(Converse(message=message))

    # --- looking ------------------------------------------------------------------------------

    @property
    def shop(self) -> Shop:
        """Journal, desk, bus and clock of an open till."""
        if self._shop is None:
            raise UsageError("the till is not open: use `async with SaleSystem.open(...)`")
        return self._shop

    @property
    def door(self) -> TillDoor:
        """Where terminals' requests enter."""
        if self._door is None:
            raise UsageError("the till is not open: use `async with SaleSystem.open(...)`")
        return self._door

    @property
    def listen_url(self) -> str | None:
        """Where the listener listens, if there is one."""
        return self._listener.url if self._listener is not None else None

    async def callback_urls(self) -> dict[str, str]:
        """Where systems that know one address only reach this till: terminals by their name, and
        `notify.NAME`. Another machine puts its way to the listener before the path.
        """
        base, paths = self.listen_url or "", {}
        for name, station in self._stations.items():
            if (path := await self.door.inboxes.own_path(station.settings.poi_id)) is not None:
                paths[name] = base + path
        for name in self.settings.notify:
            paths[f"notify.{name}"] = base + await self.door.inboxes.path_of(poi_id_of(name))
        return paths

    def asgi(self) -> Any:
        """The listener as an ASGI app, for programs that already serve HTTP."""
        listen = self.settings.listen or ListenSettings()
        config = listen_config(listen, self.settings.pois, self._crypto_of)
        return find_listener("asgi")(self.door, replace(config, callbacks=self.door.inboxes.take))

    def capabilities(self, poi: str | None = None) -> Capabilities:
        """What the terminal can do."""
        return self._at(poi).driven().driver.capabilities

    def watch(self) -> Watcher:
        """Every display, question, print, event and result of this process from now on, as an
        async iterator of `Delivery`; use it in `with`, or close it.
        """
        return self._bus.subscribe()

    async def exchanges(self, *, limit: int = 100) -> Sequence[Exchange]:
        """The journal, newest first."""
        return await self.shop.journal.exchanges(limit=limit)

    async def facts(self, reference: str) -> Sequence[StoredFact]:
        """Everything the journal knows of a reference, in order."""
        rows = await self.shop.journal.find(self.settings.scope, reference)
        return [fact for row in rows for fact in await self.shop.journal.facts(row.exchange_id)]

    async def erase_personal_data(self, before: float) -> int:
        """Blank receipts, card data, operators and the like of what ended before `before` (Unix
        seconds); amounts, times, outcomes and references stay. Returns how many exchanges.
        """
        return await self.shop.journal.erase_personal_data(before)

    def owner(self, poi: str | None = None) -> str:
        """Who drives the terminal, for a person to read; empty when nobody does."""
        station = self._at(poi)
        return station.house.ownership.owner(station.settings.poi_id)

    def station(self, poi: str | None = None) -> Station:
        """One terminal by its name in the configuration."""
        return self._at(poi)

    # --- inside -------------------------------------------------------------------------------

    def _at(self, name: str | None, source: Original | None = None) -> Station:
        if name is None and source is not None:
            for station in self._stations.values():
                if station.settings.poi_id == source.poi_id:
                    return station
        if name is None and len(self._stations) == 1:
            return next(iter(self._stations.values()))
        if name is not None and name in self._stations:
            return self._stations[name]
        if not self._stations:
            raise UsageError("the till is not open: use `async with SaleSystem.open(...)`")
        raise UsageError(f"poi: name one of these terminals: {', '.join(self._stations)}")

    def _station_of(self, row: Exchange) -> Station:
        for station in self._stations.values():
            if station.settings.poi_id == row.poi_id:
                return station
        raise UsageError(f"poi: terminal {row.poi_id} of this reference is not configured")


def _typed(answer: Answer, report: type) -> Answer:
    """An answer that came by mail from another process has lost the type of its payload."""
    if not isinstance(answer.payload, dict):
        return answer
    return msgspec.structs.replace(answer, payload=msgspec.convert(answer.payload, report))


def _is_display(_topic: str, news: object) -> bool:
    return isinstance(news, Display)


def _single(terminal: str, poi: dict[str, Any], *, full: bool) -> TillSettings:
    sale_id = SaleID(poi.pop("sale_id", DEFAULT_SALE_ID))
    scope = poi.pop("scope", "")
    poi.setdefault("integration", Integration.FULL if full else Integration.LIGHT)
    core = {f: poi.pop(f) for f in PoiSettings.__struct_fields__ if f in poi and f != "options"}
    core.setdefault("name", "terminal")
    settings = poi_settings(url=terminal, sale_id=sale_id, options=poi, **core)
    return TillSettings(pois=(settings,), sale_id=sale_id, scope=scope)
