"""A till's door that notes what it is handed, and answers as it is told."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from listener.opi.channel import Channel, start
from listener.opi.door import OpiDoor
from opi_pos.model.devices import (
    AbortInput,
    DeviceAnswer,
    DeviceBody,
    DeviceOutcome,
    DeviceRequest,
    Question,
)
from opi_pos.model.ids import POIID, ServiceID
from opi_pos.ports import DeviceChannel
from opi_pos.wire import opi

POI = POIID("poi-1")
OURS = ServiceID("101")
DONE = DeviceAnswer(outcome=DeviceOutcome.DONE)


class Noting:
    """Implements `DeviceDoor`."""

    def __init__(self, answer: DeviceAnswer | None = DONE) -> None:
        self.requests: list[DeviceRequest] = []
        self.answer = answer
        self._came = asyncio.Event()
        self.waits: asyncio.Event | None = None
        """Set when questions are held until it is set."""

    @property
    def bodies(self) -> list[DeviceBody]:
        return [request.body for request in self.requests]

    def knows(self, poi_id: POIID) -> bool:
        return poi_id == POI

    async def device_request(self, request: DeviceRequest) -> DeviceAnswer | None:
        self.requests.append(request)
        self._came.set()
        if isinstance(request.body, AbortInput) and self.waits is not None:
            self.answer = DeviceAnswer(outcome=DeviceOutcome.WITHDRAWN)
            self.waits.set()
        if isinstance(request.body, Question) and self.waits is not None:
            await self.waits.wait()
        return self.answer

    async def until(self, times: int) -> None:
        """Until so many requests have come."""
        async with asyncio.timeout(20):
            while len(self.requests) < times:
                await self._came.wait()
                self._came.clear()

    async def announce(self, poi_id: POIID, host: str, port: int, peer: str) -> bool:
        return False


async def answered(
    text: str | bytes,
    door: Noting | None = None,
    *,
    profile: str = "de",
    service_id: ServiceID | None = OURS,
) -> ET.Element:
    """What the terminal is answered."""
    front = OpiDoor(door or Noting(), POI, opi.profile(profile))
    data = text.encode() if isinstance(text, str) else text
    return ET.fromstring(await front.answer(data, service_id))


@asynccontextmanager
async def channel(
    door: Noting, *, peers: tuple[str, ...] = ("127.0.0.1",), service_id: ServiceID | None = OURS
) -> AsyncIterator[Channel]:
    """A port for one terminal."""
    config = DeviceChannel(
        listener="opi",
        host="127.0.0.1",
        port=0,
        peers=peers,
        profile="de",
        asks_for=lambda: service_id,
    )
    opened = await start(door, POI, config)
    try:
        yield opened
    finally:
        await opened.close()
