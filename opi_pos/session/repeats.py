"""Rule 10: when a device request is the same one again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

import msgspec

from opi_pos.model.devices import DeviceRequest
from opi_pos.model.ids import POIID, ServiceID

REPEAT_WINDOW_S = 60.0
"""A request that comes again within it, while the same exchange is open, is the same one."""
REMEMBERED_AT_MOST = 256
"""Requests that are remembered at once (rule 12); the oldest is forgotten first."""

Kept = TypeVar("Kept")


class Repeats(Generic[Kept]):
    """Keeps something by what makes two requests the same: POIID, ServiceID, DeviceID and body.

    A request that names no ServiceID or no DeviceID is never the same as another one.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str, bytes], tuple[float, Kept]] = OrderedDict()

    def first(self, request: DeviceRequest, now: float) -> Kept | None:
        """What was kept for the same request within the window."""
        key = _key(request)
        if key is None or key not in self._kept:
            return None
        at, kept = self._kept[key]
        return kept if now - at <= REPEAT_WINDOW_S else None

    def keep(self, request: DeviceRequest, kept: Kept, now: float) -> None:
        """Remember `kept` for the next time that this request comes."""
        key = _key(request)
        if key is None:
            return
        self._kept.pop(key, None)
        self._kept[key] = (now, kept)
        while len(self._kept) > REMEMBERED_AT_MOST:
            self._kept.popitem(last=False)

    def forget(self, poi_id: POIID, service_id: ServiceID) -> None:
        """The exchange ended: what comes with its id from now on is new."""
        for key in [k for k in self._kept if k[:2] == (poi_id, service_id)]:
            del self._kept[key]


def _key(request: DeviceRequest) -> tuple[str, str, str, bytes] | None:
    if not request.service_id or not request.device_id:
        return None
    body = msgspec.json.encode(request.body)
    return (request.poi_id, request.service_id, request.device_id, body)
