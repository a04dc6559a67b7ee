"""What the driver contract needs to try a driver: the driver itself, and a terminal that plays.

A driver's author writes one `Stand`. Before most simulators a `Gate` does the cutting, so that the
stand only says which amount makes the terminal decline, and which makes it wait for a card.
"""

from __future__ import annotations

import abc
import asyncio
import enum

from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, DeviceRequest, PrintJob, Question
from opi_pos.model.ids import POIID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import DeviceAsked, News
from opi_pos.model.orders import Command, MoneyOrder, Order
from opi_pos.model.results import Operation
from opi_pos.ports import Driver, Wishes

SALE_TIME = "2026-03-01T09:30:00+01:00"
BREATH_S = 0.05
"""How long a terminal on this machine may take for its next word."""


class Play(enum.StrEnum):
    """What becomes of the first money command. All that come later find a terminal that works."""

    APPROVE = "approve"
    DECLINE = "decline"
    WAIT = "wait"
    """Nobody presents a card, until an abort: then nothing is taken."""
    UNREACHABLE = "unreachable"
    """Nothing can be connected to; no byte leaves."""
    CUT_BEFORE = "cut_before"
    """The connection ends before the terminal has read the command: it is never carried out."""
    CUT_AFTER = "cut_after"
    """The terminal has the command and carries it out by its own rules; the connection ends."""
    SILENT = "silent"
    """The command is swallowed: nothing is carried out, nothing is said, the connection stays."""


class Stand(abc.ABC):
    """One driver at one terminal, for one play."""

    driver: Driver
    poi_id = POIID("POI-1")
    sale_id = SaleID("till-3")
    currency = "EUR"
    ends_by_itself = False
    """Whether the terminal gives up `Play.WAIT` by itself, soon enough for a test."""
    secrets: tuple[str, ...] = ()
    """What must be in no `repr`: passwords, keys, tokens that the driver was given."""

    @property
    @abc.abstractmethod
    def taken(self) -> int:
        """Minor units that the terminal's own books hold against cardholders now, undone ones not
        counted.
        """

    @property
    @abc.abstractmethod
    def heard(self) -> int:
        """Grows with every byte or message of the driver's that reaches the terminal."""

    def amount(self, play: Play) -> Amount:
        """The amount to ask for, so that the terminal plays that. The built-in simulators choose
        by its last two digits (`opi_pos.poi.scenario.TRIGGERS`).
        """
        minor = {Play.DECLINE: 3805, Play.WAIT: 3803}.get(play, 3800)
        return Amount(minor=minor, currency=self.currency)

    @property
    def committed(self) -> int | None:
        """How many results the terminal has seen acknowledged by the driver, where the driver's
        answer is the terminal's commit; None where there is no such answer.
        """
        return None

    async def intend(self, command: Command) -> None:
        """Called with each command before it is carried out: where a till looks for open exchanges
        (a callback that names none), its intent must be durable by now.
        """
        del command  # most drivers are never asked about it

    async def ended(self, command: Command, last: News) -> None:
        """Called with each command when its story has ended."""
        del command, last

    async def breathe(self) -> None:
        """Let the terminal say whatever it would say next."""
        await asyncio.sleep(BREATH_S)

    @abc.abstractmethod
    async def hung_up(self) -> None:
        """Return when no connection with a swallowed command (`Play.SILENT`) is left open."""


class Wishing(Wishes):
    """Wishes of a test."""

    def __init__(self) -> None:
        self._wishes: asyncio.Queue[ServiceID] = asyncio.Queue()

    def wish(self, service_id: str) -> None:
        """Wish an abort that carries this id."""
        self._wishes.put_nowait(ServiceID(service_id))

    async def abort_wished(self) -> ServiceID:
        """See `Wishes`."""
        return await self._wishes.get()


def money(
    amount: Amount | None, operation: Operation = Operation.PAYMENT, **members: object
) -> MoneyOrder:
    """An order of the till's; `members` of `MoneyOrder` go over those made here."""
    words = {"reference": Reference(f"order-{operation.value}"), "sale_time": SALE_TIME}
    return MoneyOrder(operation=operation, amount=amount, **(words | members))  # type: ignore[arg-type]


def command(stand: Stand, order: Order, service_id: str = "41") -> Command:
    """As the runtime would hand it over."""
    return Command(
        order=order,
        service_id=ServiceID(service_id),
        sale_id=stand.sale_id,
        poi_id=stand.poi_id,
    )


def answer_to(request: DeviceRequest) -> DeviceAnswer | None:
    """What a friendly cashier says: yes to every question, and the printer prints."""
    match request.body:
        case Question():
            return DeviceAnswer(outcome=DeviceOutcome.DONE, confirmed=True, text="1", choice=1)
        case PrintJob():
            return DeviceAnswer(outcome=DeviceOutcome.DONE)
        case _:
            return None


def reply_to(news: News) -> DeviceAnswer | None:
    """What the runtime sends into the generator after a piece of news."""
    return answer_to(news.request) if isinstance(news, DeviceAsked) else None
