"""What goes wrong between the till and the cloud, to any of its calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.poi.faults import Strike, Struck
from opi_pos.wire import viva
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.dropped import LinkDroppedError

GARBAGE: Final = b"<html>Bad gateway</html>"
JSON: Final = "application/json"

Carry = Callable[[], Awaitable[Reply]]


async def faultily(struck: Struck, carry: Carry, tasks: Tasks) -> Reply:
    """Carry out a call as its faults want it."""
    lost = await _on_the_way(struck)
    if lost is not None:
        return lost
    if struck.by(Strike.DOUBLE):
        tasks.spawn(_again(carry), name="doubled request")
    reply = await carry()
    return await _on_the_way_back(struck, reply)


async def _on_the_way(struck: Struck) -> Reply | None:
    """Nothing is carried out: a reply that says so, or none at all."""
    await asyncio.sleep(struck.seconds(Strike.DELAY))
    if struck.by(Strike.DROP_BEFORE):
        await asyncio.sleep(struck.seconds(Strike.DROP_BEFORE))
        raise LinkDroppedError("the request was lost")
    if struck.by(Strike.RESET):
        raise LinkDroppedError("the connection was reset")
    if struck.by(Strike.HTTP_500):
        return Reply(status=500)
    if struck.by(Strike.UNAUTHORISED):
        return problem(401, "Could not validate credentials")
    if struck.by(Strike.BUSY):
        return problem(429, "Too many requests")
    return None


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


def problem(status: int, text: str) -> Reply:
    """An answer that is no success."""
    return Reply(status=status, content_type=JSON, body=viva.write_problem(text))


def said(body: bytes, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(status=status, content_type=JSON, body=body)
