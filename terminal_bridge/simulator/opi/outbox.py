"""What a simulated terminal asks of the till: one thing after the other, faults included."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceAnswer, PrintJob, Question
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.ids import DeviceID
from opi_pos.poi.faults import FaultPlan, Strike, Struck
from opi_pos.poi.opi.effects import Send
from opi_pos.terminals.opi import asking
from opi_pos.terminals.opi.writing import Sender as Named
from opi_pos.wire import opi
from terminal_bridge.links.link import Reply

Post = Callable[[bytes, Struck], Awaitable[Reply]]
"""Takes a DeviceRequest to the till, with the faults of the line, and gives its answer."""

_NOBODY: Final = "nobody"


class Asking(Protocol):
    """The terminal that asks."""

    wire: opi.Profile
    sender: Named

    def device_answered(self, device_id: DeviceID, answer: DeviceAnswer | None) -> None: ...


class Outbox:
    """Posts in order and feeds back what came of it."""

    def __init__(self, terminal: Asking, post: Post | None, tasks: Tasks, plan: FaultPlan) -> None:
        self._terminal = terminal
        self._post = post
        self._tasks = tasks
        self._plan = plan
        self._sends: deque[Send] = deque()
        self._draining = False
        self._epoch = 0

    def put(self, send: Send) -> None:
        """Queue a device request."""
        self._sends.append(send)
        if not self._draining:
            self._draining = True
            self._tasks.spawn(self._drain(), name="simulated terminal's outbox")

    def clear(self) -> None:
        """Forget what was not posted yet; what is under way is fed back to nobody."""
        self._sends.clear()
        self._epoch += 1

    async def _drain(self) -> None:
        try:
            while self._sends:
                send = self._sends.popleft()
                struck = self._plan.strike(_category(send), send.about.reference)
                epoch = self._epoch
                answer = await self._attempt(send, struck)
                if send.awaited and epoch == self._epoch:
                    self._terminal.device_answered(send.device_id, answer)
        finally:
            self._draining = False

    async def _attempt(self, send: Send, struck: Struck) -> DeviceAnswer | None:
        """The till's answer, or None when it was not reached or was silent."""
        if self._post is None or struck.by(Strike.UNREACHABLE) or struck.by(Strike.RESET):
            return None
        await asyncio.sleep(struck.seconds(Strike.LATE) + struck.seconds(Strike.DELAY))
        try:
            async with asyncio.timeout(send.deadline_s):
                return await self._exchange(send, struck, self._post)
        except (LinkError, OSError, ProtocolError, TimeoutError):
            return None

    async def _exchange(self, send: Send, struck: Struck, post: Post) -> DeviceAnswer | None:
        if struck.by(Strike.DROP_BEFORE):
            await asyncio.sleep(struck.seconds(Strike.DROP_BEFORE))
            return None
        named = self._terminal.sender
        asked = asking.request_of(
            send, self._terminal.wire, terminal_id=named.terminal_id, sender=named.name
        )
        data = self._written(asked, struck)
        if struck.by(Strike.DOUBLE):
            await post(data, Struck())
        reply = await post(data, struck)
        if struck.by(Strike.DROP_AFTER) or not reply.body:
            return None
        told = opi.decode(reply.body)
        if not isinstance(told, opi.DeviceResponse) or told.request_id != asked.request_id:
            return None
        return asking.answer_of(told, send.body)

    def _written(self, asked: opi.DeviceRequest, struck: Struck) -> bytes:
        if struck.by(Strike.WRONG_SERVICE_ID):
            asked = msgspec.structs.replace(asked, workstation_id=_NOBODY)
        if struck.by(Strike.WRONG_ENCODING):
            misled = opi.encode(asked, charset="iso-8859-1")
            return misled.replace(b"ISO-8859-1", b"UTF-8", 1)
        data = opi.encode(asked, charset=self._terminal.wire.charset)
        if struck.by(Strike.TRUNCATE):
            return data[: len(data) // 2]
        return b"\x00 no message \xff" if struck.by(Strike.GARBAGE) else data


def _category(send: Send) -> str:
    """As fault plans call it."""
    match send.body:
        case PrintJob():
            return "Print"
        case Question():
            return "Input"
        case _:
            return "Display"
