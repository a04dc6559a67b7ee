"""The driver: orders out, news in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

import msgspec

from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.errors import CapabilityError, LinkError, OpiPosError
from opi_pos.model.ids import SaleID, ServiceID
from opi_pos.model.news import (
    AbortLost,
    Answer,
    Ended,
    News,
    NoAnswer,
    Refusal,
    Verdict,
)
from opi_pos.model.orders import AskStatus, Command, Diagnose, MoneyOrder, StopExchange
from opi_pos.ports import Wishes
from terminal_bridge.drivers.viva.asking import Asking
from terminal_bridge.drivers.viva.cloud import Cloud
from terminal_bridge.drivers.viva.devices import Terminal, diagnosis
from terminal_bridge.drivers.viva.identity import session_id_of
from terminal_bridge.drivers.viva.orders import KINDS, order_of
from terminal_bridge.drivers.viva.pace import Pace
from terminal_bridge.drivers.viva.paying import (
    Errand,
    GivenUp,
    Happening,
    Paying,
    Refused,
    Told,
    Unsent,
    is_busy,
    of_abort,
)
from terminal_bridge.drivers.viva.reading import answer_of
from terminal_bridge.drivers.viva.wakeups import Wakeups


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """Who we are to the cloud, and how patient."""

    register: str
    """`cashRegisterId`: only the register that began a session may stop it. Empty: the SaleID."""
    pace: Pace
    wall: Callable[[], float]


class VivaDriver:
    """Talks to one terminal through the cloud. See `opi_pos.ports.Driver`."""

    def __init__(
        self,
        *,
        cloud: Cloud,
        terminal: Terminal,
        till: Till,
        wakeups: Wakeups,
        capabilities: Capabilities,
    ) -> None:
        self._cloud = cloud
        self._terminal = terminal
        self._till = till
        self.wakeups = wakeups
        """Reads the webhooks."""
        self._capabilities = capabilities
        self._asking = Asking(cloud, till.pace, till.wall)

    @property
    def capabilities(self) -> Capabilities:
        """See `capabilities`."""
        return self._capabilities

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """See `Driver`. The session is named by the till, so every answer to it is ours."""
        match command.order:
            case MoneyOrder() as order:
                async with aclosing(self._pay(order, command, wishes)) as paid:
                    async for news in paid:
                        yield news
            case AskStatus(service_id=target, order=order) as asked:
                sale_id = asked.sale_id or command.sale_id
                session_id = session_id_of(order, target, sale_id, command.poi_id)
                yield await self._asking.ask(session_id, order, target)
            case StopExchange() as stop:
                problem = await self._stop_earlier(stop, command)
                if problem:
                    yield AbortLost(problem=problem)
            case Diagnose():
                yield await diagnosis(self._cloud, self._terminal)
            case other:
                tag = str(type(other).__struct_config__.tag)
                lacking = CapabilityError(tag, "Viva's API cannot do that")
                yield NoAnswer(written=False, problem=str(lacking))

    async def close(self) -> None:
        """See `Driver`."""
        await self._cloud.close()

    # --- an order -----------------------------------------------------------------------------

    async def _pay(
        self, order: MoneyOrder, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        sale_id = command.sale_id
        session_id = session_id_of(order, command.service_id, sale_id, command.poi_id)
        try:
            errand = await self._errand(order, session_id, sale_id)
        except OpiPosError as error:
            yield NoAnswer(written=False, problem=str(error))
            return
        with self.wakeups.of(errand.order) as woken:
            paying = Paying(self._cloud, errand, self._till.pace, woken)
            try:
                paying.begin(wishes, lambda: self._stop(session_id, sale_id))
                news: News | None = None
                while not isinstance(news, (Ended, NoAnswer)):
                    news = _news(await paying.next(), order, command.service_id)
                    yield news
            finally:
                await paying.aclose()

    async def _errand(self, order: MoneyOrder, session_id: str, sale_id: SaleID) -> Errand:
        """Everything that can be refused is refused before a byte leaves."""
        sent = order_of(order, self._capabilities, session_id, self._register(sale_id))
        named = msgspec.structs.replace(sent, terminal_id=await self._terminal.id(self._cloud))
        return Errand(kind=KINDS[order.operation], order=named)

    def _register(self, sale_id: SaleID) -> str:
        return self._till.register or sale_id

    # --- aborts -------------------------------------------------------------------------------

    async def _stop(self, session_id: str, sale_id: SaleID) -> str:
        """The problem, or nothing when the wish was taken."""
        try:
            reply = await self._cloud.abort(session_id, self._register(sale_id))
        except LinkError as error:
            return str(error)
        return of_abort(reply)

    async def _stop_earlier(self, stop: StopExchange, command: Command) -> str:
        if stop.order is None:
            return "nobody knows what was sent"
        sale_id = stop.sale_id or command.sale_id
        named = session_id_of(stop.order, stop.target, sale_id, command.poi_id)
        return await self._stop(named, sale_id)


def _news(happening: Happening, order: MoneyOrder, service_id: ServiceID) -> News:
    match happening:
        case Told(session=session):
            return Ended(answer=answer_of(session, order, service_id))
        case Refused():
            return Ended(answer=_refusal(happening))
        case Unsent(problem=problem):
            return NoAnswer(written=False, problem=problem)
        case GivenUp(problem=problem):
            return NoAnswer(written=True, problem=problem)
        case _:
            return happening


def _refusal(refused: Refused) -> Answer:
    malformed = refused.status in {400, 422}
    refusal = Refusal.MALFORMED if malformed else Refusal.UNAVAILABLE
    return Answer(
        verdict=Verdict.REFUSED,
        refusal=Refusal.BUSY if is_busy(refused) else refusal,
        condition=f"HTTP {refused.status}",
        message=refused.message or f"Viva did not take the order (HTTP {refused.status}).",
    )
