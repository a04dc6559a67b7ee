"""Callbacks of one session, in order: what the terminal shows, then the one that ends it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from listener.faces.posting import Poster
from listener.faces.targets import Target
from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError
from opi_pos.model.secret import Secret
from opi_pos.wire import keycard

WAITING_AT_MOST: Final = 64
"""Intermediate states that may wait for a slow receiver; the oldest is lost first."""
AGAIN_AFTER_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""Between the attempts to deliver an end message; then it stays in the list only."""
CALL_S: Final = 10.0

_log = logging.getLogger("listener.faces.keycard")


class Calls:
    """The way to one CallbackUrl."""

    def __init__(
        self,
        poster: Poster,
        target: Target | None,
        *,
        key: Secret | None,
        wall: Callable[[], float],
        failed: Callable[[], None],
    ) -> None:
        """`failed` is called when an intermediate state could not be delivered. Without a target
        nothing can.
        """
        self._poster = poster
        self._target = target
        self._key = key
        self._wall = wall
        self._failed = failed
        self._waiting: deque[keycard.Callback] = deque(maxlen=WAITING_AT_MOST)
        self._sending: asyncio.Task[None] | None = None
        self._sequence = 0
        self._deaf = False

    def intermediate(self, callback: keycard.Callback, tasks: Tasks) -> None:
        """Tell what the terminal shows; never waits."""
        self._waiting.append(callback)
        if self._sending is None or self._sending.done():
            self._sending = tasks.spawn(self._send_waiting(), name="intermediate states")

    async def final(self, callback: keycard.Callback, delivered_late: Callable[[], None]) -> bool:
        """Tell how it ended, after what waits; True when the receiver took it.

        `delivered_late` is called before every further attempt: it did not take it at once.
        """
        if self._sending is not None:
            await asyncio.wait([self._sending])
        for pause_s in (*AGAIN_AFTER_S, None):
            if await self._call(callback):
                return True
            delivered_late()
            if pause_s is not None:
                await asyncio.sleep(pause_s)
        return False

    async def _send_waiting(self) -> None:
        while self._waiting:
            callback = self._waiting.popleft()
            if self._deaf:
                continue
            if not await self._call(callback):
                self._deaf = True
                self._failed()

    async def _call(self, callback: keycard.Callback) -> bool:
        if self._target is None:
            return False
        body = keycard.write_callback(callback)
        self._sequence += 1
        try:
            reply = await self._poster.post(
                self._target, body, self._headers(body), timeout_s=CALL_S
            )
        except LinkError as error:
            _log.warning("a callback was not delivered: %s", error)
            return False
        taken = 200 <= reply.status < 300
        if not taken:
            _log.warning("a callback was not taken: HTTP status %d", reply.status)
        return taken

    def _headers(self, body: bytes) -> dict[str, str]:
        """With a key, the receiver can tell that it is us, when it was, and in which order."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-Sequence": str(self._sequence),
        }
        if self._key is not None:
            stamp = str(int(self._wall()))
            signed = hmac.new(
                self._key.reveal().encode(), f"{stamp}.".encode() + body, hashlib.sha256
            )
            headers |= {"X-Timestamp": stamp, "X-Signature": f"sha256={signed.hexdigest()}"}
        return headers
