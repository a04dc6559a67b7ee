"""The way of bytes between a till and a simulated ZVT terminal: slow, in pieces, and it may break.

What is done to single bytes is the simulator's own line's (`simulator/zvt/line.py`); here is what
becomes of a connection. Bytes keep the name of the exchange whose driver wrote them, so that the
terminal's books can be compared with the till's although ZVT itself names none.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from opi_pos.model.errors import LinkError
from opi_pos.model.ids import Reference, ServiceID
from terminal_bridge.links.byte_link import Backoff
from tests.world.place import OnEffect

SLOWEST_S: Final = 4.5
"""Less than the driver's `LINK_DELAY_S`: what a link promises."""
_BAUD: Final = 960.0
"""Bytes a second."""


@dataclass(frozen=True, slots=True)
class Named:
    """Which exchange a driver works for."""

    service_id: ServiceID
    reference: Reference


NOBODY: Final = Named(ServiceID(""), Reference(""))


class Way:
    """One direction: pieces arrive in order, each after its delay."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[bytes, Named]] = deque()
        self._came = asyncio.Event()
        self._free_at = 0.0
        self._under_way: list[asyncio.TimerHandle] = []
        self.ended = False
        self.error = ""

    def put(self, data: bytes, name: Named, delay_s: float) -> None:
        """Send a piece."""
        loop = asyncio.get_running_loop()
        self._free_at = max(self._free_at, loop.time() + delay_s)
        self._under_way.append(loop.call_at(self._free_at, self._arrive, data, name))

    def _arrive(self, data: bytes, name: Named) -> None:
        if not self.ended:
            self._pieces.append((data, name))
            self._came.set()

    def lose(self) -> None:
        """What is under way never arrives."""
        for timer in self._under_way:
            timer.cancel()
        self._under_way.clear()

    def end(self, error: str = "", delay_s: float = 0.0) -> None:
        """Nothing comes any more, once all that is under way has come."""
        loop = asyncio.get_running_loop()
        loop.call_at(max(self._free_at, loop.time() + delay_s), self._end, error)

    def end_now(self, error: str = "") -> None:
        """Nothing comes any more, not even what is under way."""
        self.lose()
        self._end(error)

    def _end(self, error: str) -> None:
        if not self.ended:
            self.ended, self.error = True, error
            self._came.set()

    async def take(self) -> tuple[bytes, Named]:
        """The next piece; empty at the end. Raises `LinkError` when it broke."""
        while not self._pieces:
            if self.error:
                raise LinkError(self.error, written=True)
            if self.ended:
                return b"", NOBODY
            self._came.clear()
            await self._came.wait()
        return self._pieces.popleft()


class Pipe:
    """The terminal's end. `hears` is told whose bytes it gets."""

    def __init__(
        self,
        out: Way,
        back: Way,
        weather: Weather,
        hears: Callable[[Named], None],
        *,
        closes: bool,
    ) -> None:
        self.closes = closes
        self._out = out
        self.back = back
        """On a serial line another one whenever a till opens its end."""
        self._weather = weather
        self._hears = hears

    async def read(self) -> bytes:
        """See `simulator.zvt.pipe.Pipe`."""
        try:
            data, name = await self._out.take()
        except LinkError:
            return b""
        self._hears(name)
        return data

    def write(self, data: bytes) -> None:
        """See `simulator.zvt.pipe.Pipe`."""
        if self.closes and self.back.ended:
            raise LinkError("the connection is closed", written=False)
        for piece, delay_s in self._weather.pieces(data):
            self.back.put(piece, NOBODY, delay_s)

    def close(self) -> None:
        """See `simulator.zvt.pipe.Pipe`."""
        self.back.end()
        self._out.end_now()


class Weather:
    """What becomes of connections and pieces until the storm is over."""

    def __init__(
        self, rng: random.Random, chance: float, until: float, *, serial: bool = False
    ) -> None:
        self._rng = rng
        self._chance = chance
        self._until = until
        self._serial = serial

    def strikes(self, share: float = 1.0) -> bool:
        """Whether something happens now."""
        if not self._chance or asyncio.get_running_loop().time() >= self._until:
            return False
        return self._rng.random() < self._chance * share

    def pieces(self, data: bytes) -> list[tuple[bytes, float]]:
        """The data as it arrives, with delays. A serial line is slow, a network late."""
        if not data:
            return []
        unit_s = len(data) / _BAUD if self._serial else 0.01
        if not self._chance:
            return [(data, unit_s)]
        if self.strikes():
            unit_s = self._rng.uniform(0.0, 0.5 if self._serial else SLOWEST_S)
        if len(data) > 1 and self._rng.random() < 0.3:
            at = self._rng.randrange(1, len(data))
            later_s = unit_s + (self._rng.uniform(0.0, 0.4) if self.strikes(0.5) else 0.0)
            return [(data[:at], unit_s / 2), (data[at:], later_s)]
        return [(data, unit_s)]

    def choose(self, *what: str) -> str:
        """One of several things."""
        return self._rng.choice(what)

    def seconds(self) -> float:
        """How long it takes until somebody notices."""
        return self._rng.uniform(0.0, SLOWEST_S)

    def part(self, data: bytes) -> bytes:
        """The beginning of what was written."""
        return data[: self._rng.randrange(len(data) + 1)]


def _brief(data: bytes) -> str:
    """The beginning of it, which is what tells a person what it is."""
    return data[:24].hex(" ", 2) + (f" … {len(data)} bytes" if len(data) > 24 else "")


Open = Callable[[], tuple[Way, Way]]
"""A connection: what the terminal hears, and what it says. Raises `LinkError` when refused."""


class Wire:
    """The till's end in one life. See `ByteLink`."""

    place = "world"

    def __init__(
        self,
        opens: Open,
        weather: Weather,
        on_effect: OnEffect,
        note: Callable[[str], None],
        *,
        serial: bool,
    ) -> None:
        self.name = NOBODY
        """For whom the driver works now."""
        self._opens = opens
        self._weather = weather
        self._on_effect = on_effect
        self._note = note
        self._serial = serial
        self._out: Way | None = None
        self._back: Way | None = None
        self._backoff = Backoff()

    async def connect(self) -> None:
        """See `ByteLink`."""
        await self.close()
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._backoff.wait_s(loop.time()))
        self._on_effect("before", "connect")
        try:
            out, back = self._open()
        except LinkError:
            self._note("refused")
            self._backoff.failed(loop.time())
            raise
        self._backoff.succeeded()
        self._out, self._back = out, back
        self._on_effect("after", "connect")

    def _open(self) -> tuple[Way, Way]:
        if not self._serial and self._weather.strikes(2.0):
            raise LinkError("cannot connect", written=False)
        return self._opens()

    async def read(self) -> bytes:
        """See `ByteLink`."""
        if self._back is None:
            raise LinkError("not connected", written=False)
        data, _ = await self._back.take()
        self._on_effect("before", "read")
        self._note(f"← {_brief(data)}" if data else "← end")
        return data

    def write(self, data: bytes) -> None:
        """See `ByteLink`."""
        if self._out is None or self._out.ended:
            raise LinkError("the connection is closed", written=False)
        self._on_effect("before", "write")
        self._note(f"→ {_brief(data)}")
        if not self._serial and self._weather.strikes():
            self._break(data)
        else:
            for piece, delay_s in self._weather.pieces(data):
                self._out.put(piece, self.name, delay_s)
        self._on_effect("after", "write")

    def _break(self, data: bytes) -> None:
        """The connection breaks. Each side sees it at its own time, and how much arrived nobody."""
        assert self._out is not None
        assert self._back is not None
        what = self._weather.choose("reset", "part", "lost", "half-open")
        self._note(f"breaks: {what}")
        if what == "reset":
            self._out.put(data, self.name, 0.0)
        elif what == "part":
            self._out.put(self._weather.part(data), self.name, 0.0)
        if what != "half-open":
            self._out.end(delay_s=self._weather.seconds())
        self._back.lose()
        self._back.end("the connection broke", self._weather.seconds())

    async def close(self) -> None:
        """See `ByteLink`."""
        out, back, self._out, self._back = self._out, self._back, None, None
        if back is not None:
            back.end_now()
        if out is not None and not self._serial:
            out.end()

    def die(self, *, power: bool) -> None:
        """The process is gone. What it had written arrives; from a machine without power perhaps
        not even that, and nobody hangs up for it.
        """
        if self._back is not None:
            self._back.end_now()
        if self._out is not None and power and self._weather.choose("lost", "sent") == "lost":
            self._out.lose()
        if self._out is not None and not power and not self._serial:
            self._out.end()
