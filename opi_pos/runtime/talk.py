"""The conversation with a driver: its news in order, always with an end."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator

from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.news import Ended, News, NoAnswer, NoSession, NotKnown, Running

log = logging.getLogger("opi_pos.talk")


class Reply:
    """Carries a device answer back into the driver's generator."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: DeviceAnswer | None = None

    def set(self, answer: DeviceAnswer | None) -> None:
        self.value = answer


_FINAL = (Ended, NotKnown, NoSession, NoAnswer)


async def talk(
    generator: AsyncGenerator[News, DeviceAnswer | None], *, asking: bool = False
) -> AsyncGenerator[tuple[News, Reply], None]:
    """The news of a driver. Ends with a final one in any case: a driver that stops or fails
    without one has given no answer. To a question, that the exchange runs is an answer too.
    """
    reply = Reply()
    final = False
    finals = (*_FINAL, Running) if asking else _FINAL
    try:
        while not final:
            try:
                news = await generator.asend(reply.value)
            except StopAsyncIteration:
                news = NoAnswer(written=True, problem="The driver ended without an answer.")
            except Exception as error:
                log.exception("a driver failed")
                problem = f"The driver failed: {type(error).__name__}"
                news = NoAnswer(written=True, problem=problem)
            final = isinstance(news, finals)
            reply = Reply()
            yield news, reply
    finally:
        await generator.aclose()
