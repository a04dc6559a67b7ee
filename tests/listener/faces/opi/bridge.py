"""A bridge with O.P.I. faces on real sockets, and an old till in raw XML. No code of ours in it."""

from __future__ import annotations

import asyncio
import itertools
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from listener.faces.opening import Faces
from opi_pos import QuietCashier, SaleSystem
from opi_pos.runtime.config import till_settings
from opi_pos.runtime.sale_system import Parts
from tests.terminal_bridge.drivers.opi.terminal import frame, local, read_frame

Answers = Callable[[ET.Element], str | None]


class OldTill:
    """Asks on channel 0, and answers on channel 1 by `answers` (by default all went well)."""

    def __init__(self, workstation: str = "W1", *, form: str = "plain") -> None:
        self.workstation = workstation
        self.port = 0
        self.listens_at = 0
        self.asked: list[ET.Element] = []
        self.answers: Answers = lambda request: None
        self.came = asyncio.Event()
        self._numbers = itertools.count(100)
        self._server: asyncio.Server | None = None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[OldTill]:
        """Open channel 1."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.listens_at = self._server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = ET.fromstring(await read_frame(reader))
        self.asked.append(request)
        self.came.set()
        answer = self.answers(request)
        writer.write(frame(answer if answer is not None else device_response(request)))
        await writer.drain()
        writer.close()

    def said(self, target: str) -> list[str]:
        """First lines of what was put out on a device."""
        return [
            local(each, "TextLine")
            for each in self.asked
            if local(each, "Output@OutDeviceTarget") == target
        ]

    def request(self, kind: str, inside: str = "", *, service: bool = False, **more: str) -> str:
        """A request with an id of its own."""
        root = "ServiceRequest" if service else "CardServiceRequest"
        number = next(self._numbers)
        told = {
            "RequestType": kind,
            "WorkstationID": self.workstation,
            "RequestID": str(number),
            **more,
        }
        words = " ".join(f'{name}="{value}"' for name, value in told.items())
        time = f"2026-01-01T10:{number // 60:02}:{number % 60:02}"
        data = f"<POSdata><POSTimeStamp>{time}</POSTimeStamp></POSdata>"
        return f"<{root} {words}>{data}{inside}</{root}>"

    def payment(self, amount: str = "25.00", kind: str = "CardPayment", stan: str = "") -> str:
        """For money; `stan` names the original."""
        original = f'<OriginalTransaction STAN="{stan}"/>' if stan else ""
        total = f'<TotalAmount Currency="EUR">{amount}</TotalAmount>' if amount else ""
        return self.request(kind, original + total)

    async def send(self, text: str) -> ET.Element:
        """A request on a connection of its own, to its answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(frame(text))
            async with asyncio.timeout(30):
                return ET.fromstring(await read_frame(reader))
        finally:
            writer.close()
            await writer.wait_closed()

    async def login(self) -> str:
        """The result."""
        return result(await self.send(self.request("Login", service=True)))

    async def pay(self, amount: str = "25.00", kind: str = "CardPayment", stan: str = "") -> Any:
        """One money request."""
        return await self.send(self.payment(amount, kind, stan))

    async def repeat(self) -> ET.Element:
        """RepeatLastMessage."""
        return await self.send(self.request("RepeatLastMessage"))

    async def card(self, kind: str) -> str:
        """The result of a card request without money."""
        return result(await self.send(self.request(kind)))

    async def service(self, kind: str) -> ET.Element:
        """A service."""
        return await self.send(self.request(kind, service=True))


def result(answer: ET.Element) -> str:
    """OverallResult."""
    return answer.get("OverallResult", "")


def device_response(request: ET.Element, told: str = "Success", value: str = "") -> str:
    """The answer to a DeviceRequest: `value` is InputValue's inside."""
    ids = " ".join(
        f'{name}="{request.get(name)}"' for name in ("RequestType", "RequestID", "WorkstationID")
    )
    inside = ""
    target = local(request, "Output@OutDeviceTarget")
    if target:
        inside += f'<Output OutDeviceTarget="{target}" OutResult="{told}"/>'
    if local(request, "Command"):
        value = value or "<InBoolean>true</InBoolean>"
        inside += (
            f'<Input InDeviceTarget="CashierKeyboard" InResult="{told}">'
            f"<InputValue>{value}</InputValue></Input>"
        )
    return f'<DeviceResponse {ids} OverallResult="{told}">{inside}</DeviceResponse>'


@asynccontextmanager
async def bridge(
    path: Path, till: OldTill, terminal: str = "sim://zvt", parts: Parts | None = None, **face: Any
) -> AsyncIterator[SaleSystem]:
    """A face for `till`, with a terminal behind. `quick`: a doubt comes to rest at once."""
    behind: dict[str, Any] = {"url": terminal, "currency": "EUR", "integration": "full"}
    if face.pop("quick", False):
        behind["recovery_s"] = 0.001
    settings = till_settings(
        {
            "journal": str(path / "bridge.db"),
            "poi": {"front": behind},
            "face": {"opi": {"port": 0, "till_port": till.listens_at, **face}},
        }
    )
    faces = Faces(settings, QuietCashier())
    shop = SaleSystem.open(config=settings, cashier=faces.cashier, parts=parts)
    async with shop, faces.open(shop) as urls:
        till.port = int(urls["opi"].rpartition(":")[2].partition("/")[0])
        yield shop
