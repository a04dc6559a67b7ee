"""One order on its way: handed over, asked about, stopped, to its end or to the driver's deadline.

What happens comes out of `next()` in order. Owns its tasks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError
from opi_pos.model.news import AbortLost, Running, Written
from opi_pos.ports import Wishes
from opi_pos.wire import viva
from terminal_bridge.drivers.viva.cloud import Cloud
from terminal_bridge.drivers.viva.pace import Pace
from terminal_bridge.drivers.viva.sessions import Absent, Found, Pending, by_id
from terminal_bridge.links.link import Reply

_REFUSALS: Final = frozenset({400, 401, 403, 404, 405, 413, 415, 422})
"""HTTP says of these that the request was not carried out. Not 409: that may be the answer to our
own order, arrived twice.
"""
_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Refused:
    """The cloud did not take the order."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """No byte of the order left."""

    problem: str


@dataclass(frozen=True, slots=True)
class Told:
    """The session ended."""

    session: viva.Session


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The driver's own deadline has passed, or the cloud does not know the session."""

    problem: str


Happening = Written | Running | Refused | Unsent | Told | GivenUp | AbortLost


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is to be carried to its end."""

    kind: viva.OrderKind
    order: viva.Order


class Paying:
    """Begins with `begin`; `aclose` gives up asking, the terminal may go on."""

    def __init__(self, cloud: Cloud, errand: Errand, pace: Pace, woken: asyncio.Event) -> None:
        """`woken` is set by whoever has reason to believe that the session has news."""
        self._cloud = cloud
        self._errand = errand
        self._pace = pace
        self._woken = woken
        self._tasks = Tasks()
        self._happened: asyncio.Queue[Happening] = asyncio.Queue()

    def begin(self, wishes: Wishes, stop: Callable[[], Awaitable[str]]) -> None:
        """Hand the order over. Wishes to stop are carried by `stop`, which gives the problem."""
        self._tasks.spawn(self._carry(stop), name="Viva order")
        self._tasks.spawn(self._heed(wishes, stop), name="Viva aborts")

    async def next(self) -> Happening:
        """What happens next."""
        return await self._happened.get()

    async def aclose(self) -> None:
        """End the tasks."""
        await self._tasks.aclose()

    # --- the order ----------------------------------------------------------------------------

    async def _carry(self, stop: Callable[[], Awaitable[str]]) -> None:
        refused = await self._hand_over()
        self._tell(refused if refused is not None else await self._asked(stop))

    async def _hand_over(self) -> Refused | Unsent | None:
        """None: it was taken, or nobody knows whether it was."""
        written = False

        def told() -> None:
            nonlocal written
            if not written:  # a refused token makes two requests of one order
                self._tell(Written())
            written = True

        try:
            reply = await self._cloud.order(self._errand.kind, self._errand.order, told)
        except LinkError as error:
            return None if written or error.written else Unsent(str(error))
        if reply.status == 200:
            self._tell(Running())
        return _refusal(reply)

    async def _asked(self, stop: Callable[[], Awaitable[str]]) -> Told | GivenUp:
        """Ask until the session has ended, or until the deadline and a wish to stop have passed."""
        clock = asyncio.get_running_loop().time
        began = clock()
        known_at, stopped, asked = began, False, 0
        while True:
            asked += 1
            await self._wait(self._pace.between_s(asked))
            look = await by_id(self._cloud, self._errand.order.session_id)
            if isinstance(look, Found):
                return Told(look.session)
            now = clock()
            if not isinstance(look, Absent):
                known_at = now
            if isinstance(look, Pending):
                self._tell(Running())
            lost = now - known_at >= self._pace.unknown_s
            if not stopped and (lost or now - began >= self._pace.deadline_s):
                stopped = True
                await stop()
            if lost:
                return GivenUp("Viva does not know the session")
            if now - began >= self._pace.given_up_s:
                return GivenUp("the session does not end")

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    # --- beside it ----------------------------------------------------------------------------

    async def _heed(self, wishes: Wishes, stop: Callable[[], Awaitable[str]]) -> None:
        while True:
            await wishes.abort_wished()
            problem = await stop()
            if problem:
                self._tell(AbortLost(problem=problem))

    def _tell(self, happening: Happening) -> None:
        self._happened.put_nowait(happening)


def _refusal(reply: Reply) -> Refused | None:
    if reply.status in _REFUSALS or reply.status == _TOO_MANY:
        return Refused(reply.status, viva.read_problem(reply.body))
    return None


def is_busy(refused: Refused) -> bool:
    """Whether it may be tried again a little later."""
    return refused.status == _TOO_MANY


def of_abort(reply: Reply) -> str:
    """The problem with an abort, or nothing when it was taken, now or before."""
    if reply.status in {200, 202, 204, 409}:
        return ""
    told = viva.read_problem(reply.body)
    return f"Viva refused the abort: HTTP {reply.status}" + (f": {told}" if told else "")
