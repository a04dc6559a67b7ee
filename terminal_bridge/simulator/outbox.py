"""A simulated terminal's own messages to the till: one after the other, faults included.

A question is held open beside the others, so that displays and events may pass it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Protocol

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, Question
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.ids import DeviceID
from opi_pos.poi.faults import FaultPlan, Strike, Struck
from opi_pos.poi.nexo.effects import Send
from opi_pos.poi.nexo.faulty import another_id
from opi_pos.poi.nexo.profile import PoiProfile
from opi_pos.terminals.nexo import asking, reading
from opi_pos.wire import nexo
from terminal_bridge.links.link import Receive
from terminal_bridge.simulator.dialect import Dialect

_TAKEN = DeviceAnswer(outcome=DeviceOutcome.DONE)


class Sender(Protocol):
    """The terminal whose messages these are."""

    profile: PoiProfile
    dialect: Dialect
    encoding: nexo.Encoding

    @property
    def pace_s(self) -> float: ...
    def now(self) -> float: ...
    def device_answered(self, device_id: DeviceID, answer: DeviceAnswer | None) -> None: ...


@dataclass(slots=True)
class _Item:
    category: str
    message: nexo.Message
    send: Send | None
    after_reply: bool


class Outbox:
    """Posts messages in order and feeds back what came of those that are awaited."""

    def __init__(
        self,
        terminal: Sender,
        post: Receive | None,
        tasks: Tasks,
        plan: FaultPlan,
        *,
        reply_gap_s: float,
    ) -> None:
        self._terminal = terminal
        self._post = post
        self._tasks = tasks
        self._plan = plan
        self._reply_gap_s = reply_gap_s
        self._items: deque[_Item] = deque()
        self._draining = False
        self._replied = False
        self._waiting: dict[DeviceID, asyncio.Future[DeviceAnswer]] = {}

    def mark_reply(self) -> None:
        """An answer was just given: the next message lets it be seen first."""
        self._replied = True

    def put(self, send: Send) -> None:
        """Queue a device request or an event."""
        terminal = self._terminal
        message = asking.request_of(send, terminal.profile, terminal.now())
        self._put(_Item(send.header.category, message, send, self._replied))

    def put_message(self, category: str, message: nexo.Message) -> None:
        """Queue a message of which nothing is fed back."""
        self._put(_Item(category, message, None, self._replied))

    def answered(self, device_id: DeviceID, answer: DeviceAnswer) -> None:
        """The till answered by a message of its own."""
        waiting = self._waiting.get(device_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def clear(self) -> None:
        """Forget what was not posted yet."""
        self._items.clear()
        self._replied = False
        for waiting in self._waiting.values():
            waiting.cancel()

    def _put(self, item: _Item) -> None:
        self._replied = False
        self._items.append(item)
        if not self._draining:
            self._draining = True
            self._tasks.spawn(self._drain(), name="simulated terminal's outbox")

    async def _drain(self) -> None:
        try:
            while self._items:
                item = self._items.popleft()
                await self._pause(item)
                struck = self._plan.strike(item.category)
                if struck.by(Strike.REORDER) and self._items:
                    self._items.insert(1, item)
                    continue
                if item.send is not None and isinstance(item.send.body, Question):
                    self._tasks.spawn(self._deliver(item, struck), name="question to the till")
                else:
                    await self._deliver(item, struck)
        finally:
            self._draining = False

    async def _pause(self, item: _Item) -> None:
        if item.after_reply:
            await asyncio.sleep(self._reply_gap_s)
        if item.send is not None and not item.send.awaited and self._terminal.pace_s:
            await asyncio.sleep(self._terminal.pace_s)

    async def _deliver(self, item: _Item, struck: Struck) -> None:
        answer = await self._attempt(item, struck)
        send = item.send
        if send is not None and send.awaited:
            self._terminal.device_answered(send.header.device_id, answer)

    async def _attempt(self, item: _Item, struck: Struck) -> DeviceAnswer | None:
        """The till's answer, or None when it was not reached or was silent."""
        if self._post is None or struck.by(Strike.UNREACHABLE) or struck.by(Strike.RESET):
            return None
        await asyncio.sleep(struck.seconds(Strike.LATE) + struck.seconds(Strike.DELAY))
        deadline_s = item.send.deadline_s if item.send else self._terminal.profile.device_timeout_s
        try:
            async with asyncio.timeout(deadline_s):
                return await self._exchange(item, struck, self._post)
        except (LinkError, OSError, ProtocolError, TimeoutError):
            return None

    async def _exchange(self, item: _Item, struck: Struck, post: Receive) -> DeviceAnswer | None:
        if struck.by(Strike.DROP_BEFORE):
            await asyncio.sleep(struck.seconds(Strike.DROP_BEFORE))
            return None
        data = _corrupt(self._encode(item.message, struck), struck)
        if struck.by(Strike.DOUBLE):
            await post(data)
        device_id = DeviceID(item.message.header.device_id or "")
        waiting: asyncio.Future[DeviceAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[device_id] = waiting
        try:
            reply = await post(data)
            if struck.by(Strike.DROP_AFTER) or not 200 <= reply.status < 300:
                return None
            if reply.body:
                return reading.answer_of(self._terminal.dialect.decode(reply.body))[1]
            wanted = item.send is not None and asking.wants_answer(item.send)
            return await waiting if wanted else _TAKEN
        finally:
            self._waiting.pop(device_id, None)

    def _encode(self, message: nexo.Message, struck: Struck) -> bytes:
        if struck.by(Strike.WRONG_SERVICE_ID):
            wrong = another_id(message.header.service_id or "")
            header = msgspec.structs.replace(message.header, service_id=wrong)
            message = msgspec.structs.replace(message, header=header)
        return self._terminal.dialect.encode(message, self._terminal.encoding)


def _corrupt(data: bytes, struck: Struck) -> bytes:
    if struck.by(Strike.TRUNCATE):
        return data[: len(data) // 2]
    return b"\x00 no message \xff" if struck.by(Strike.GARBAGE) else data
