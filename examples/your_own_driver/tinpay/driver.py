"""The driver. It says what happened; what that means for the money is decided by the rules.

Three things make it safe:

- `NoAnswer(written=False)` is said only when no byte can have left. Everything else that is no
  answer is `written=True`, and the rules ask the terminal before they believe anything.
- The service id travels with the payment, so that the terminal can be asked about that one later,
  also by another process after a crash.
- An abort is a wish: the payment ends by its own end, whatever the terminal says to the wish.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer, DeviceRequest, Display
from opi_pos.model.errors import CapabilityError, ProtocolError
from opi_pos.model.ids import ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import (
    AbortLost,
    Answer,
    DeviceAsked,
    Ended,
    News,
    NoAnswer,
    NotKnown,
    Refusal,
    Running,
    Verdict,
    Written,
)
from opi_pos.model.orders import AskStatus, Command, MoneyOrder, StopExchange
from opi_pos.model.results import TransactionID
from opi_pos.ports import Wishes
from tinpay import wire

CONNECT_S: Final = 10.0
REPLY_S: Final = 10.0
"""How long the terminal may take to answer a question or a wish."""

_VERDICTS: Final = {
    "approved": Verdict.APPROVED,
    "declined": Verdict.DECLINED,
    "stopped": Verdict.ABORTED,
    "busy": Verdict.REFUSED,
}
"""Any other word is unclear, and so in doubt: never a decline."""

Address = Callable[[], Awaitable[tuple[str, int]]]


class TinpayDriver:
    """See `opi_pos.ports.Driver`. Each command has a connection of its own."""

    def __init__(
        self,
        address: Address,
        capabilities: Capabilities,
        *,
        switch_off: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`switch_off` ends a simulated terminal when the driver is closed."""
        self._address = address
        self._capabilities = capabilities
        self._switch_off = switch_off

    @property
    def capabilities(self) -> Capabilities:
        """What every Tinpay terminal can do."""
        return self._capabilities

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """See `Driver`."""
        order = command.order
        if capability := self._capabilities.lacks(order):
            refused = CapabilityError(capability, "A Tinpay terminal cannot do that")
            yield NoAnswer(written=False, problem=str(refused))
            return
        match order:
            case StopExchange(target=target):
                if problem := await self._stop(target):
                    yield AbortLost(problem=problem)
            case AskStatus():
                yield await self._ask(order)
            case MoneyOrder():
                async with aclosing(self._pay(command, order, wishes)) as paid:
                    async for news in paid:
                        yield news
            case _:
                raise AssertionError("refused above")

    async def close(self) -> None:
        """See `Driver`. Nothing stays open between two commands."""
        if self._switch_off is not None:
            await self._switch_off()

    # --- a payment --------------------------------------------------------------------------------

    async def _pay(
        self, command: Command, order: MoneyOrder, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        if order.amount is None:
            yield NoAnswer(written=False, problem="amount: a payment needs one")
            return
        try:
            reader, writer = await self._connected()
        except OSError as error:
            yield NoAnswer(written=False, problem=f"no connection: {error}")
            return
        try:
            # The tasks belong to this generator: whoever closes it ends them.
            async with Tasks() as tasks:
                happened: asyncio.Queue[News] = asyncio.Queue()
                amount = order.amount
                writer.write(wire.pay(command.service_id, amount.minor, amount.currency))
                yield Written()
                tasks.spawn(self._hear(reader, command, order, happened), name="tinpay lines")
                tasks.spawn(self._heed(command.service_id, wishes, happened), name="tinpay aborts")
                news: News | None = None
                while not isinstance(news, Ended | NoAnswer):
                    news = await happened.get()
                    yield news
        finally:
            writer.close()

    async def _hear(
        self,
        reader: asyncio.StreamReader,
        command: Command,
        order: MoneyOrder,
        happened: asyncio.Queue[News],
    ) -> None:
        """Every line becomes news; the end of the lines is no answer."""
        problem = "the terminal hung up"
        try:
            while line := await reader.readline():
                happened.put_nowait(_told(wire.read(line), command, order))
        except (OSError, ValueError, ProtocolError) as error:
            problem = str(error)
        happened.put_nowait(NoAnswer(written=True, problem=problem))

    async def _heed(
        self, service_id: ServiceID, wishes: Wishes, happened: asyncio.Queue[News]
    ) -> None:
        while True:
            await wishes.abort_wished()
            if problem := await self._stop(service_id):
                happened.put_nowait(AbortLost(problem=problem))

    # --- beside it --------------------------------------------------------------------------------

    async def _stop(self, service_id: ServiceID) -> str:
        """Wish that a payment stops; gives the problem, or nothing when it was taken."""
        said = await self._asked(wire.stop(service_id))
        if isinstance(said, NoAnswer):
            return said.problem
        return "" if said.stopping else "the terminal knows nothing to stop"

    async def _ask(self, order: AskStatus) -> News:
        """What became of a payment."""
        said = await self._asked(wire.ask(order.service_id))
        if isinstance(said, NoAnswer):
            return said
        if not said.known:
            return NotKnown()
        if said.running:
            return Running()
        if not said.end:
            return NoAnswer(written=True, problem="the terminal did not say how it ended")
        return Ended(answer=_answer(said, order.order))

    async def _asked(self, line: bytes) -> wire.Said | NoAnswer:
        try:
            reader, writer = await self._connected()
        except OSError as error:
            return NoAnswer(written=False, problem=f"no connection: {error}")
        try:
            async with asyncio.timeout(REPLY_S):
                writer.write(line)
                return wire.read(await reader.readline())
        except (OSError, ValueError, ProtocolError) as error:
            return NoAnswer(written=True, problem=str(error) or "no answer in time")
        finally:
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection. `OSError`, to which `TimeoutError` belongs, when there is none."""
        async with asyncio.timeout(CONNECT_S):
            host, port = await self._address()
            return await asyncio.open_connection(host, port, limit=wire.LONGEST)


def _told(said: wire.Said, command: Command, order: MoneyOrder) -> News:
    """A line within a payment."""
    if said.end:
        return Ended(answer=_answer(said, order))
    if said.show:
        shown = DeviceRequest(
            poi_id=command.poi_id,
            service_id=command.service_id,
            body=Display(lines=(said.show,)),
        )
        return DeviceAsked(request=shown)
    return Running()


def _answer(said: wire.Said, order: MoneyOrder) -> Answer:
    """How a payment ended, with the identity that the terminal gave it back with."""
    verdict = _VERDICTS.get(said.end, Verdict.UNCLEAR)
    currency = order.amount.currency if order.amount is not None else ""
    taken = Amount(minor=said.amount, currency=currency) if said.amount is not None else None
    return Answer(
        verdict=verdict,
        refusal=Refusal.BUSY if verdict is Verdict.REFUSED else None,
        service_id=ServiceID(said.id),
        # A service id is never used twice, so the terminal's echo of it names the sale as well.
        reference=order.reference,
        sale_time=order.sale_time,
        message="" if verdict is Verdict.APPROVED else said.end,
        authorized=taken if verdict is Verdict.APPROVED else None,
        terminal_transaction=(
            TransactionID(id=str(said.number), time="") if said.number is not None else None
        ),
    )
