"""Displays and events on their way to the till: in memory, in order, and bounded.

No terminal waits for them. The till takes them at once, that is its promise; should it ever not (a
disk, a screen, a bug), they wait in a lane, and what it does not take in time is dropped, oldest
displays first.
"""

from __future__ import annotations

import logging
import types
from collections import deque
from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, Final

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
    """One lane per terminal; a lane exists only while the till is behind with it."""

    def __init__(self, door: DeviceDoor, tasks: Tasks) -> None:
        self._door = door
        self._tasks = tasks
        self._lanes: dict[POIID, deque[DeviceRequest]] = {}
        self.dropped = 0
        """How many requests were never handed on."""

    def put(self, request: DeviceRequest) -> None:
        """Hand on a request that nobody waits for."""
        if self._lanes and (lane := self._lanes.get(request.poi_id)) is not None:
            if len(lane) >= LANE_LIMIT:
                self._drop(lane)
            lane.append(request)
            return
        # As asyncio's eager tasks do from Python 3.12 on: one that ends at its first step, as it
        # should, costs no task.
        taking: Coroutine[Any, Any, object] = self._door.device_request(request)
        try:
            awaited = taking.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - one is lost, those after it are not
            _log.exception("a %s was not taken", type(request.body).__name__)
            return
        self._wait_for(request, taking, awaited)

    def _wait_for(
        self, request: DeviceRequest, taking: Coroutine[Any, Any, object], awaited: object
    ) -> None:
        if len(self._lanes) >= LANES_LIMIT:
            taking.close()
            self._count_dropped(request)
            return
        self._lanes[request.poi_id] = lane = deque[DeviceRequest]()
        rest = self._drain(request.poi_id, lane, request, _go_on(taking, awaited))
        self._tasks.spawn(rest, name="listener.nexo backlog")

    async def _drain(
        self,
        poi_id: POIID,
        lane: deque[DeviceRequest],
        request: DeviceRequest,
        taking: Awaitable[object],
    ) -> None:
        try:
            while True:
                try:
                    await taking
                except Exception:  # noqa: BLE001 - one is lost, those after it are not
                    _log.exception("a %s was not taken", type(request.body).__name__)
                if not lane:
                    return
                request = lane.popleft()
                taking = self._door.device_request(request)
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


@types.coroutine
def _go_on(begun: Coroutine[Any, Any, object], awaited: object) -> Generator[Any, Any, object]:
    """Go on with a coroutine that waits for `awaited`."""
    try:
        while True:
            try:
                got = yield awaited
            except BaseException as error:  # noqa: BLE001 - it is the coroutine's, cancelling too
                awaited = begun.throw(error)
            else:
                awaited = begun.send(got)
    except StopIteration as ended:
        return ended.value
