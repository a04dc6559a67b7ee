"""The bus of one process: who watches gets what happened, and nobody waits for a watcher.

A slow watcher loses its oldest displays and is told how many. Questions, prints and outcomes are
never dropped: a watcher that lets too many of them pile up is cut off instead, for it is stuck.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Collection
from types import TracebackType
from typing import Self

import msgspec

from opi_pos.model.errors import OpiPosError

CAPACITY = 256
"""Lossy news that wait for one watcher, unless it says otherwise."""
KEPT_MAX = 10_000
"""News that must not be lost, waiting for one watcher; one more and it is cut off."""

Lossy = Callable[[str, object], bool]

_log = logging.getLogger("opi_pos.bus")


class WatcherCutOffError(OpiPosError):
    """The watcher read too slowly and was closed; it may subscribe again and read the journal."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of news, and how many lossy ones were dropped since the delivery before."""

    topic: str
    news: object
    lost: int = 0


def nothing_lossy(_topic: str, _news: object) -> bool:
    """The default: everything is kept."""
    return False


class LocalBus:
    """Implements `opi_pos.ports.Bus`. All calls come from the event loop's thread.

    `lossy(topic, news)` says what may be dropped (displays). `published` before anybody
    subscribed is gone.
    """

    def __init__(self, *, lossy: Lossy = nothing_lossy, kept_max: int = KEPT_MAX) -> None:
        self._lossy = lossy
        self._kept_max = kept_max
        # Dicts keep the order of subscribing, so that a simulation run again is the same.
        self._by_topic: dict[str, dict[Watcher, None]] = {}
        self._all: dict[Watcher, None] = {}

    def publish(self, topic: str, news: object) -> None:
        """Hand `news` to every watcher of `topic`. Never blocks and never raises."""
        watchers = [*self._all, *self._by_topic.get(topic, ())]
        if not watchers:
            return
        lossy = self._is_lossy(topic, news)
        for watcher in watchers:
            watcher.put(topic, news, lossy=lossy)

    def subscribe(
        self, topics: Collection[str] | None = None, *, capacity: int = CAPACITY
    ) -> Watcher:
        """Watch these topics from now on (None: all). Close the watcher, or use it in `with`."""
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        watcher = Watcher(self._forget, capacity=capacity, kept_max=self._kept_max)
        if topics is None:
            self._all[watcher] = None
        else:
            for topic in dict.fromkeys(topics):
                self._by_topic.setdefault(topic, {})[watcher] = None
        return watcher

    def close(self) -> None:
        """Close every watcher; each still reads what it has."""
        watchers = {**self._all}
        for of_topic in self._by_topic.values():
            watchers |= of_topic
        for watcher in watchers:
            watcher.close()

    def _is_lossy(self, topic: str, news: object) -> bool:
        try:
            return self._lossy(topic, news)
        except Exception:  # noqa: BLE001 - logged; a publisher must not fail
            _log.exception("the bus cannot tell whether news may be lost; they are kept")
            return False

    def _forget(self, watcher: Watcher) -> None:
        self._all.pop(watcher, None)
        for topic in [topic for topic, found in self._by_topic.items() if watcher in found]:
            del self._by_topic[topic][watcher]
            if not self._by_topic[topic]:
                del self._by_topic[topic]


class Watcher:
    """An async iterator of `Delivery`, in the order of publishing; for one reader.

    It ends when it is closed and empty, and raises `WatcherCutOffError` when it was cut off.
    """

    def __init__(self, forget: Callable[[Watcher], None], *, capacity: int, kept_max: int) -> None:
        self._forget = forget
        self._capacity = capacity
        self._kept_max = kept_max
        # Two queues with one numbering: dropping the oldest display costs the same however many
        # news lie around it.
        self._lossy: deque[tuple[int, str, object]] = deque()
        self._kept: deque[tuple[int, str, object]] = deque()
        self._number = 0
        self._lost = 0
        self._closed = False
        self._cut_off = False
        self._waiting: asyncio.Future[None] | None = None

    def put(self, topic: str, news: object, *, lossy: bool) -> None:
        """What the bus calls. Never blocks and never raises."""
        if self._closed:
            return
        self._number += 1
        if lossy:
            if len(self._lossy) == self._capacity:
                self._lossy.popleft()
                self._lost += 1
            self._lossy.append((self._number, topic, news))
        elif len(self._kept) == self._kept_max:
            self._cut()
        else:
            self._kept.append((self._number, topic, news))
        self._wake()

    def close(self) -> None:
        """Get nothing more; what is here can still be read."""
        if not self._closed:
            self._closed = True
            self._forget(self)
            self._wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Delivery:
        """The next news, however long it takes."""
        while True:
            if self._cut_off:
                raise WatcherCutOffError(
                    f"this watcher let {self._kept_max} news wait and was closed: "
                    "subscribe again and read the journal for what it missed"
                )
            if self._lossy or self._kept:
                return self._next()
            if self._closed:
                raise StopAsyncIteration
            await self._wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _next(self) -> Delivery:
        lossy_first = self._lossy and (not self._kept or self._lossy[0] < self._kept[0])
        _, topic, news = (self._lossy if lossy_first else self._kept).popleft()
        lost, self._lost = self._lost, 0
        return Delivery(topic=topic, news=news, lost=lost)

    async def _wait(self) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def _cut(self) -> None:
        self._cut_off = True
        self._lossy.clear()
        self._kept.clear()
        self.close()
        _log.warning("a watcher was cut off: it let %d news wait", self._kept_max)
