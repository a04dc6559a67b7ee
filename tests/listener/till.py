"""A till behind the listener: a real one in behaviour, without journal and cashier."""

from __future__ import annotations

import asyncio

from opi_pos.model.devices import (
    AbortInput,
    DeviceAnswer,
    DeviceOutcome,
    DeviceRequest,
    PrintJob,
    Question,
)
from opi_pos.model.ids import POIID, DeviceID

# Far above what any step needs; reaching it fails the test instead of hanging it.
PATIENCE_S = 10.0

POI = "POI-1"


class Till:
    """A till that knows some terminals. It keeps what it gets, and answers a question when the
    test says so; a doubled question joins the first.
    """

    def __init__(self) -> None:
        self.poi_ids: set[str] = {POI}
        self.taken: list[DeviceRequest] = []
        self.announced: list[tuple[str, str, int, str]] = []
        self.believes = True
        self.prints = DeviceAnswer(outcome=DeviceOutcome.DONE)
        self.failure: Exception | None = None
        self.slow = asyncio.Event()
        self.slow.set()
        self._open: dict[tuple[POIID, DeviceID], asyncio.Future[DeviceAnswer]] = {}
        self._news = asyncio.Condition()

    def knows(self, poi_id: POIID) -> bool:
        return poi_id in self.poi_ids

    async def device_request(self, request: DeviceRequest) -> DeviceAnswer | None:
        await self.slow.wait()
        self.taken.append(request)
        async with self._news:
            self._news.notify_all()
        if self.failure is not None:
            raise self.failure
        match request.body:
            case Question():
                return await self._asked(request)
            case AbortInput(device_id=device_id):
                self.answer(device_id, DeviceAnswer(outcome=DeviceOutcome.WITHDRAWN))
                return None
            case PrintJob():
                return self.prints
            case _:
                return None

    async def announce(self, poi_id: POIID, host: str, port: int, peer: str) -> bool:
        self.announced.append((poi_id, host, port, peer))
        return self.believes

    async def _asked(self, request: DeviceRequest) -> DeviceAnswer:
        key = request.poi_id, request.device_id
        if key not in self._open:
            self._open[key] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._open[key])

    def answer(self, device_id: str, answer: DeviceAnswer, *, poi_id: str = POI) -> None:
        self._open[POIID(poi_id), DeviceID(device_id)].set_result(answer)

    async def took(self, count: int) -> list[DeviceRequest]:
        """Wait until that many requests have come."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: len(self.taken) >= count)
        return self.taken
