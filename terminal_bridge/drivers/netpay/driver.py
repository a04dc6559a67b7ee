"""The driver: orders out as pushes, news in as the terminal's responses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.callbacks import Callback, Letter
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.errors import CapabilityError, LinkError, OpiPosError
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import (
    Answer,
    Ended,
    Evidence,
    News,
    NoAnswer,
    Refusal,
    Verdict,
    Written,
)
from opi_pos.model.orders import AskStatus, Command, Diagnose, MoneyOrder
from opi_pos.model.reports import Condition, DiagnosisReport, HostReport
from opi_pos.ports import Inbox, Letterbox, Wishes
from opi_pos.wire import netpay
from opi_pos.wire.netpay.push import Request
from terminal_bridge.drivers.netpay.asking import STATUS, Asking, Terminal
from terminal_bridge.drivers.netpay.cloud import Cloud, Pushed, Refused, Unclear
from terminal_bridge.drivers.netpay.matching import match
from terminal_bridge.drivers.netpay.reading import (
    ACKNOWLEDGED,
    Told,
    answer_of,
    statement_of,
    told_of,
)

LONGEST_S: Final = 900.0
"""After that without a response nobody waits any more for what might still come."""

Make = Callable[[MoneyOrder, ServiceID], Request]
"""The request of an order. Raises `CapabilityError` or `ProtocolError` for one that cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """How the store wants it."""

    make: Make
    keep_signature: bool = False
    till_prints: bool = False
    """The terminal was told to print no ticket."""


class NetpayDriver:
    """Talks to one terminal. See `opi_pos.ports.Driver`."""

    def __init__(
        self,
        *,
        cloud: Cloud,
        inbox: Inbox,
        terminal: Terminal,
        store: Store,
        capabilities: Capabilities,
    ) -> None:
        self._cloud = cloud
        self._inbox = inbox
        self._terminal = terminal
        self._store = store
        self._capabilities = capabilities
        self._asking = Asking(cloud, inbox, terminal)
        self._at_work: set[ServiceID] = set()

    @property
    def capabilities(self) -> Capabilities:
        """See `capabilities`."""
        return self._capabilities

    async def read(self, callback: Callback, rows: Sequence[Exchange]) -> Letter:
        """What a terminal posted. See `opi_pos.ports.ReadForTerminal`."""
        response = netpay.read_response(callback.body)
        found = match(response, rows, self._asking.asked, self._terminal.serial)
        return Letter(
            told=told_of(
                response,
                self._terminal.serial,
                keep_signature=self._store.keep_signature,
                till_prints=self._store.till_prints,
            ),
            answer=ACKNOWLEDGED,
            whose=found.service_id,
            topic=STATUS if response.is_reprint else "",
            anonymous=found.anonymous,
            states=statement_of(response),
        )

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """See `Driver`. Nothing stops a sale in flight, so wishes are not heard."""
        del wishes
        match command.order:
            case MoneyOrder() as order:
                said = self._pay(order, command.service_id)
            case AskStatus() as asked:
                at_work = asked.service_id in self._at_work
                said = self._asking.ask(asked, command.poi_id, at_work=at_work)
            case Diagnose():
                said = self._diagnose()
            case other:
                tag = str(type(other).__struct_config__.tag)
                said = _lacking(CapabilityError(tag, "NetPay's API cannot do that"))
        async with aclosing(said):
            async for news in said:
                yield news

    async def close(self) -> None:
        """See `Driver`."""
        await self._cloud.close()

    async def _pay(
        self, order: MoneyOrder, service_id: ServiceID
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        try:
            request = self._store.make(order, service_id)
            box = await self._inbox.letters(service_id)
        except OpiPosError as error:
            yield NoAnswer(written=False, problem=str(error))
            return
        self._at_work.add(service_id)
        try:
            async with aclosing(self._conversation(request, box)) as happened:
                async for news in happened:
                    if not isinstance(news, dict):
                        yield news
                        continue
                    answer = answer_of(news, order, service_id)
                    if answer.verdict is Verdict.UNCLEAR:
                        yield Evidence(data={"answered": news["code"]})
                    yield Ended(answer=answer)
                    return
        finally:
            self._at_work.discard(service_id)
            box.close()

    async def _conversation(
        self, request: Request, box: Letterbox
    ) -> AsyncGenerator[News | Told, None]:
        """What happens, in order: pushed, then a response; or the end of it."""
        happened: asyncio.Queue[News | Told | None] = asyncio.Queue()

        async def push() -> None:
            answer = await self._cloud.push(request, lambda: happened.put_nowait(Written()))
            happened.put_nowait(_news_of(answer))

        async def collect() -> None:
            while True:
                happened.put_nowait(await box.next())

        async with Tasks() as tasks:
            tasks.spawn(collect(), name="NetPay responses")
            tasks.spawn(push(), name="NetPay push")
            news: News | Told | None = None
            while not isinstance(news, (Ended, NoAnswer)):
                try:
                    async with asyncio.timeout(LONGEST_S):
                        news = await happened.get()
                except TimeoutError:
                    problem = f"no response of the terminal within {LONGEST_S:g} s"
                    news = NoAnswer(written=True, problem=problem)
                if news is not None:
                    yield news

    async def _diagnose(self) -> AsyncGenerator[News, DeviceAnswer | None]:
        """The cloud and its token. The terminal itself cannot be asked how it is."""
        try:
            await self._cloud.token()
        except LinkError as error:
            yield NoAnswer(written=error.written, problem=str(error))
            return
        report = DiagnosisReport(
            condition=Condition.UNKNOWN, hosts=(HostReport(acquirer="NetPay", reachable=True),)
        )
        message = "NetPay gives a token. Whether the terminal is on, only a sale tells."
        answer = Answer(verdict=Verdict.APPROVED, message=message, payload=report)
        yield Ended(answer=answer)


def _news_of(answer: Pushed | Refused | Unclear) -> News | None:
    """None: the terminal may have it, and what it says counts."""
    match answer:
        case Refused(message=message, code=code):
            refused = Answer(
                verdict=Verdict.REFUSED,
                refusal=Refusal.UNAVAILABLE,
                condition=code,
                message=message,
            )
            return Ended(answer=refused)
        case Unclear(written=False, problem=problem):
            return NoAnswer(written=False, problem=problem)
        case _:
            return None


async def _lacking(error: CapabilityError) -> AsyncGenerator[News, DeviceAnswer | None]:
    yield NoAnswer(written=False, problem=str(error))
