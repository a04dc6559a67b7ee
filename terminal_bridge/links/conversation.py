"""One message on its way to one answer, with the aborts that pass it. Owns its tasks.

What happens comes out of `next()` in order: `Written` at the first byte, `AbortLost` for an abort
that came to nothing, then one `Reply` or `NoAnswer`. Bytes are not read here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from opi_pos.aio.tasks import Tasks
from opi_pos.model.errors import LinkError
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import AbortLost, NoAnswer, Written
from opi_pos.ports import Wishes
from terminal_bridge.links.link import Link, Reply

LONGEST_S = 900.0
"""After that nobody waits any more for what a dead connection might still bring. Well over the
longest payment and the longest recovery.
"""

Happening = Written | AbortLost | NoAnswer | Reply


class Conversation:
    """Begins with `begin`; `aclose` gives up whatever still runs, the terminal may go on."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._tasks = Tasks()
        self._happened: asyncio.Queue[Happening] = asyncio.Queue()
        self._written = False

    def begin(self, data: bytes) -> None:
        """Send the message."""
        self._tasks.spawn(self._exchange(data), name="exchange")

    def heed(self, wishes: Wishes, abort: Callable[[ServiceID], Awaitable[str]]) -> None:
        """Carry wishes to stop to the terminal by `abort`, which gives the problem or nothing."""
        self._tasks.spawn(self._heed(wishes, abort), name="aborts")

    async def next(self) -> Happening:
        """What happens next."""
        return await self._happened.get()

    async def aclose(self) -> None:
        """Close the connections of this conversation."""
        await self._tasks.aclose()

    def _wrote(self) -> None:
        self._written = True
        self._happened.put_nowait(Written())

    async def _exchange(self, data: bytes) -> None:
        ending: Reply | NoAnswer = NoAnswer(written=True, problem="the link failed")
        try:
            async with asyncio.timeout(LONGEST_S):
                ending = await self._link.exchange(data, on_written=self._wrote)
        except LinkError as error:
            written = error.written or self._written
            ending = NoAnswer(written=written, problem=str(error))
        except TimeoutError:
            ending = NoAnswer(written=True, problem=f"no answer within {LONGEST_S:g} s")
        finally:
            self._happened.put_nowait(ending)

    async def _heed(self, wishes: Wishes, abort: Callable[[ServiceID], Awaitable[str]]) -> None:
        while True:
            problem = await abort(await wishes.abort_wished())
            if problem:
                self._happened.put_nowait(AbortLost(problem=problem))
