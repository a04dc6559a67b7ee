"""The terminal's door without a port: for terminals that reach the till on the driver's own link.

Found by the runtime through the entry point `opi_pos.listeners`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from listener.nexo.door import NexoDoor
from opi_pos.http.listen import ListenConfig
from opi_pos.ports import DeviceDoor
from opi_pos.wire import nexo

PEER = "the terminal's own link"


def device_post(
    door: DeviceDoor, config: ListenConfig
) -> Callable[[bytes], Awaitable[tuple[int, bytes]]]:
    """Takes one request of a terminal; gives HTTP status and body of its answer."""
    front = NexoDoor(door, nexo.profile(config.profiles[0]))

    async def post(data: bytes) -> tuple[int, bytes]:
        answer = await front.answer(data, "", PEER)
        return answer.status, answer.body

    return post
