"""What goes to a foreign till's own door, in order. A till that is slow or gone holds up nothing:
displays are dropped, and only a question waits, no longer than its deadline.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from opi_pos.aio.tasks import Tasks
from opi_pos.http.client import HttpReply
from opi_pos.model.devices import (
    AbortInput,
    DeviceAnswer,
    DeviceOutcome,
    Display,
    Event,
    Question,
)
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.ids import DeviceID
from opi_pos.poi.nexo.effects import Send
from opi_pos.poi.nexo.requests import Header
from opi_pos.terminals.nexo import asking, reading
from opi_pos.wire import nexo

WAITING_AT_MOST: Final = 64
"""Displays that may wait for a slow till; the oldest is lost first."""
WITHDRAWN_IN_S: Final = 10.0
REPLY_GAP_S: Final = 0.05
"""Between an answer and our next own message, so that the answer is seen first."""
DEAF_S: Final = 5.0
"""For how long a till that could not be reached is spared displays."""

Write = Callable[[Send], bytes]
Post = Callable[[bytes, float], Awaitable[HttpReply]]
"""Post to the till's door within so many seconds. Raises `LinkError`."""

_log = logging.getLogger("listener.faces.nexo")
_TAKEN: Final = DeviceAnswer(outcome=DeviceOutcome.DONE)


@dataclass(eq=False, slots=True)
class _Item:
    send: Send
    answer: asyncio.Future[DeviceAnswer | None]
    after_reply: bool = False


@dataclass(eq=False, slots=True)
class _Waiting:
    asked: Header
    answer: asyncio.Future[DeviceAnswer]


class Outbox:
    """The way to one till's door."""

    def __init__(self, write: Write, post: Post, tasks: Tasks) -> None:
        self._write = write
        self._post = post
        self._tasks = tasks
        self._items: deque[_Item] = deque()
        self._waiting: dict[DeviceID, _Waiting] = {}
        self._draining = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._replied = False
        self._deaf_until = 0.0
        self._closed = False

    def close(self) -> None:
        """Send nothing more. What is asked from now on stays open: a bridge that closes decides
        nothing, and asks again after its restart.
        """
        self._closed = True

    def mark_reply(self) -> None:
        """An answer has just been given on the till's own exchange."""
        self._replied = True

    def put(self, send: Send) -> None:
        """Send, and let nobody wait for it."""
        self._enqueue(send)

    async def ask(self, send: Send) -> DeviceAnswer | None:
        """Send after what waits already; the till's answer, or None if it has none in time.

        Cancelled, a question is withdrawn: whoever looks at it need not answer any more.
        """
        try:
            return await self._enqueue(send)
        except asyncio.CancelledError:
            if isinstance(send.body, Question):
                self.put(_withdrawal(send))
            raise

    def answered(self, header: Header, answer: DeviceAnswer) -> None:
        """The till answered by a message of its own. One to a question of before a restart, which
        had the same number, is none.
        """
        waiting = self._waiting.get(header.device_id)
        if waiting is None or waiting.answer.done() or not _is_answer(header, waiting.asked):
            return
        waiting.answer.set_result(answer)

    async def drained(self, within_s: float) -> None:
        """Wait until everything was posted, but not longer than that."""
        try:
            async with asyncio.timeout(within_s):
                await self._idle.wait()
        except TimeoutError:
            _log.info("the till's door is slow; its answer does not wait")

    def _enqueue(self, send: Send) -> asyncio.Future[DeviceAnswer | None]:
        answer: asyncio.Future[DeviceAnswer | None] = asyncio.get_running_loop().create_future()
        if self._closed:
            return answer
        self._items.append(_Item(send, answer, after_reply=self._replied))
        self._replied = False
        if len(self._items) > WAITING_AT_MOST:
            self._drop_oldest_display()
        if not self._draining:
            self._draining = True
            self._idle.clear()
            self._tasks.spawn(self._drain(), name="messages to a foreign till")
        return answer

    def _drop_oldest_display(self) -> None:
        for item in self._items:
            if isinstance(item.send.body, Display):
                self._items.remove(item)
                item.answer.set_result(None)
                return

    async def _drain(self) -> None:
        try:
            while self._items:
                item = self._items.popleft()
                if item.after_reply:
                    await asyncio.sleep(REPLY_GAP_S)
                if isinstance(item.send.body, Question):
                    # It is held by the till for as long as a person thinks; displays pass it.
                    self._tasks.spawn(self._deliver(item), name="question to a foreign till")
                else:
                    await self._deliver(item)
        finally:
            self._draining = False
            self._idle.set()

    async def _deliver(self, item: _Item) -> None:
        """Cancelled when the bridge closes: then nobody has answered (see `close`)."""
        answer = None
        try:
            if not self._spared(item.send):
                async with asyncio.timeout(item.send.deadline_s):
                    answer = await self._exchange(item.send)
        except (LinkError, OSError, ProtocolError, TimeoutError) as error:
            self._deaf_until = asyncio.get_running_loop().time() + DEAF_S
            _log.warning("a %s was not taken by the till: %s", item.send.header.category, error)
        if not item.answer.done():
            item.answer.set_result(answer)

    def _spared(self, send: Send) -> bool:
        deaf = asyncio.get_running_loop().time() < self._deaf_until
        return deaf and isinstance(send.body, Display | Event)

    async def _exchange(self, send: Send) -> DeviceAnswer | None:
        asked = send.header
        answer: asyncio.Future[DeviceAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[asked.device_id] = _Waiting(asked, answer)
        try:
            reply = await self._post(self._write(send), send.deadline_s)
            if not 200 <= reply.status < 300:
                raise LinkError(f"the till answered {reply.status}", written=True)
            if reply.body.strip():
                return _read(reply.body, asked)
            return await answer if asking.wants_answer(send) else _TAKEN
        finally:
            self._waiting.pop(asked.device_id, None)


def _withdrawal(asked: Send) -> Send:
    header = msgspec.structs.replace(asked.header, category="Abort", device_id=DeviceID(""))
    body = AbortInput(device_id=asked.header.device_id)
    return msgspec.structs.replace(asked, header=header, body=body, deadline_s=WITHDRAWN_IN_S)


def _read(body: bytes, asked: Header) -> DeviceAnswer:
    """Raises `ProtocolError` for the answer to another request."""
    message = nexo.decode(body)
    if not _is_answer(reading.header_of(message), asked):
        raise ProtocolError("MessageHeader", "is not that of the answer")
    return reading.answer_of(message)[1]


def _is_answer(header: Header, asked: Header) -> bool:
    """An id that the till leaves out is no other one."""
    pairs = ((header.device_id, asked.device_id), (header.service_id, asked.service_id))
    return all(not given or given == own for given, own in pairs)
