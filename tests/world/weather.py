"""What becomes of messages between till and terminal."""

from __future__ import annotations

import asyncio
import contextvars
import random
import re
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from typing_extensions import override

from opi_pos.aio.tasks import Tasks
from terminal_bridge.links.link import Receive, Reply
from terminal_bridge.links.memory import Loss, MemoryLink, Passage
from terminal_bridge.links.web import MemoryWeb, WebRequest
from tests.world.place import OnEffect
from tests.world.plan import LINK_DELAY_S, STORM_S

T = TypeVar("T")

DOUBLED_WITHIN_S = LINK_DELAY_S / 2


_WORDS = re.compile(
    rb'[<"](\w+(?:Request|Response|Notification))[ />"]'
    rb'|(ServiceID|Result|ErrorCondition)"?[=:]"([^"]*)"'
    rb'|(Command|Success|Proceed)\\?": ?\\?"?(\w+)'
)


_RESULT = re.compile(rb'PaymentResponse|<CardServiceResponse[^>]*"CardPayment"')
"""How a payment ended, on nexo and O.P.I."""


def _brief(data: bytes) -> str:
    """The words of a message that tell a person what it is."""
    found = (b"=".join(part for part in words if part) for words in _WORDS.findall(data))
    return " ".join(word.decode() for word in found if not word.startswith(b"SaleToPOI"))


def _fate(passage: Passage) -> str:
    copies = " ".join(f"{delay_s:.3f}" for delay_s in passage.copies_s)
    return f"{passage.loss.value if passage.loss else 'arrives'} {copies}"


class Storm:
    """Loses, delays, doubles and cuts messages until `STORM_S`. Implements `Weather`."""

    def __init__(self, rng: random.Random, chance: float, note: Callable[[str], None]) -> None:
        self._rng = rng
        self._chance = chance
        self._note = note
        self._older: bytes | None = None

    def request(self, data: bytes) -> Passage:
        """What becomes of a request of the till's."""
        passage = self._draw((Loss.REFUSED, Loss.BROKEN, Loss.SILENT))
        self._note(f"→ {_brief(data)} {_fate(passage)}")
        return passage

    def reply(self, data: bytes) -> Passage:
        """What becomes of an answer of the terminal's."""
        passage = self._draw((Loss.BROKEN, Loss.SILENT))
        is_result = _RESULT.search(data) is not None
        older, self._older = self._older, data if is_result else self._older
        if passage.loss is None and older is not None and self._strikes(0.3):
            # Something in between mixes connections up: an answer of earlier comes again.
            passage = Passage(copies_s=passage.copies_s, data=older)
            self._note("the next answer is an older one")
        elif passage.loss is None and self._strikes(0.1):
            passage = Passage(copies_s=passage.copies_s, data=data[: len(data) // 2])
        self._note(f"← {_brief(data)} {_fate(passage)}")
        return passage

    def loses(self) -> bool:
        """Whether a message of the terminal's to the till is lost."""
        return self._strikes(0.5)

    def _strikes(self, share: float) -> bool:
        calm = asyncio.get_running_loop().time() >= STORM_S
        return not calm and self._rng.random() < self._chance * share

    def _draw(self, losses: tuple[Loss, ...]) -> Passage:
        delay_s = self._rng.uniform(0.0, 0.2)
        if self._strikes(0.5):
            delay_s = self._rng.uniform(0.0, LINK_DELAY_S - 0.5)
        copies: tuple[float, ...] = (delay_s,)
        if self._strikes(0.3):
            copies = (delay_s, min(delay_s + self._rng.uniform(0, 5), LINK_DELAY_S - 0.5))
        if not self._strikes(1.0):
            return Passage(copies_s=copies)
        loss = self._rng.choice(losses)
        arrives = loss is not Loss.REFUSED and self._rng.random() < 0.5
        return Passage(copies_s=copies if arrives else (), loss=loss)


class TcpStorm(Storm):
    """Over connections: they break, stall and are late, but no request comes twice."""

    @override
    def _draw(self, losses: tuple[Loss, ...]) -> Passage:
        passage = super()._draw(losses)
        return Passage(copies_s=passage.copies_s[:1], loss=passage.loss)


class _NetworkTasks(Tasks):
    """Messages under way belong to nobody's process: they survive the sender's death."""

    def __init__(self, network: contextvars.Context) -> None:
        super().__init__(report=lambda _name, _error: None)
        self._network = network

    @override
    def spawn(self, coro: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
        return self._network.copy().run(super().spawn, coro, name=name)


class WorldLink(MemoryLink):
    """The link of one process life."""

    def __init__(self, receive: Receive, storm: Storm, network: contextvars.Context) -> None:
        super().__init__(receive, weather=storm)
        self._tasks = _NetworkTasks(network)

    def die(self) -> None:
        """The process is dead: its sockets close, what was sent arrives all the same."""
        self._closed = True
        self.break_connections()

    @override
    async def close(self) -> None:
        self.die()


class MortalWeb:
    """See `Web`. The process may also die just before a message, or while it is on its way."""

    def __init__(self, web: MemoryWeb, on_effect: OnEffect) -> None:
        self._web = web
        self._on_effect = on_effect

    async def send(
        self,
        request: WebRequest,
        *,
        timeout_s: float,
        on_written: Callable[[], None] | None = None,
    ) -> Reply:
        """See `Web`."""
        self._on_effect("before", "message")
        async with Tasks() as tasks:
            sending = self._web.send(request, timeout_s=timeout_s, on_written=on_written)
            sent = tasks.spawn(sending, name="message")
            await asyncio.wait({sent}, timeout=0.3)
            self._on_effect("after", "message")
            return await sent

    async def close(self) -> None:
        """See `Web`."""
        await self._web.close()
