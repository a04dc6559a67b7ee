"""What goes wrong between a till and a server, to any call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.poi.faults import Strike, Struck
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.dropped import LinkDroppedError

GARBAGE: Final = b"<html>Bad gateway</html>"

Carry = Callable[[], Awaitable[Reply]]
Refuse = Callable[[Struck], Reply | None]
"""How a server words its refusals."""


def refuse_barely(struck: Struck) -> Reply | None:
    """By the status alone."""
    if struck.by(Strike.UNAUTHORISED):
        return Reply(status=401)
    return Reply(status=429) if struck.by(Strike.BUSY) else None


async def faultily(
    struck: Struck, carry: Carry, tasks: Tasks, refuse: Refuse = refuse_barely
) -> Reply:
    """Carry out a call as its faults want it."""
    lost = await _on_the_way(struck, refuse)
    if lost is not None:
        return lost
    if struck.by(Strike.DOUBLE):
        tasks.spawn(_again(carry), name="doubled request")
    reply = await carry()
    return await _on_the_way_back(struck, reply)


async def _on_the_way(struck: Struck, refuse: Refuse) -> Reply | None:
    """Nothing is carried out: a reply that says so, or none at all."""
    await asyncio.sleep(struck.seconds(Strike.DELAY))
    if struck.by(Strike.DROP_BEFORE):
        await asyncio.sleep(struck.seconds(Strike.DROP_BEFORE))
        raise LinkDroppedError("the request was lost")
    if struck.by(Strike.RESET):
        raise LinkDroppedError("the connection was reset")
    if struck.by(Strike.HTTP_500):
        return Reply(status=500)
    return refuse(struck)


async def _on_the_way_back(struck: Struck, reply: Reply) -> Reply:
    await asyncio.sleep(struck.seconds(Strike.LATE))
    if struck.by(Strike.DROP_AFTER):
        await asyncio.sleep(struck.seconds(Strike.DROP_AFTER))
        raise LinkDroppedError("the answer was lost")
    if struck.by(Strike.TRUNCATE):
        half = reply.body[: len(reply.body) // 2]
        raise LinkDroppedError("the answer broke off", partial=half)
    if struck.by(Strike.GARBAGE):
        return Reply(status=reply.status, content_type="text/html", body=GARBAGE)
    return reply


async def _again(carry: Carry) -> None:
    await carry()
