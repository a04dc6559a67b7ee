"""Displays and events on their way to the till: in memory, in order, and bounded.

The terminal has its answer before the till has the display, so a till that is slow (its disk, its
cashier's screen) makes no terminal wait; what it does not take in time is dropped, oldest
displays first.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceRequest, Display
from opi_pos.model.ids import POIID
from opi_pos.ports import DeviceDoor

LANE_LIMIT: Final = 256
"""Requests that wait for one terminal."""

LANES_LIMIT: Final = 1024
"""Terminals for which requests wait at one time."""

_log = logging.getLogger("listener.nexo")


class Backlog:
    """One lane per terminal; a lane exists only while something waits in it."""

    def __init__(self, door: DeviceDoor, tasks: Tasks) -> None:
        self._door = door
        self._tasks = tasks
        self._lanes: dict[POIID, deque[DeviceRequest]] = {}
        self.dropped = 0
        """How many requests were never handed on."""

    def put(self, request: DeviceRequest) -> None:
        """Take a request that nobody waits for."""
        lane = self._lanes.get(request.poi_id)
        if lane is not None:
            if len(lane) >= LANE_LIMIT:
                self._drop(lane)
            lane.append(request)
            return
        if len(self._lanes) >= LANES_LIMIT:
            self._count_dropped(request)
            return
        self._lanes[request.poi_id] = lane = deque((request,))
        self._tasks.spawn(self._drain(request.poi_id, lane), name="listener.nexo backlog")

    async def _drain(self, poi_id: POIID, lane: deque[DeviceRequest]) -> None:
        try:
            while lane:
                request = lane.popleft()
                try:
                    await self._door.device_request(request)
                except Exception:  # noqa: BLE001 - one is lost, those after it are not
                    _log.exception("a %s was not taken", type(request.body).__name__)
        finally:
            del self._lanes[poi_id]

    def _drop(self, lane: deque[DeviceRequest]) -> None:
        oldest = next(
            (place for place, waiting in enumerate(lane) if isinstance(waiting.body, Display)), 0
        )
        self._count_dropped(lane[oldest])
        del lane[oldest]

    def _count_dropped(self, request: DeviceRequest) -> None:
        self.dropped += 1
        if self.dropped & (self.dropped - 1) == 0:  # 1, 2, 4, 8, …: a flood must not flood the log
            _log.warning(
                "the till is behind: %d dropped, now a %s",
                self.dropped,
                type(request.body).__name__,
            )
