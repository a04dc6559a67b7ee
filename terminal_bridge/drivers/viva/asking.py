"""What became of an order, asked later, also by another process: by the session's id, and where
that does not decide, by the list of its day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from opi_pos.model.ids import ServiceID
from opi_pos.model.news import Answer, Ended, News, NoAnswer, NotKnown, Running, Verdict
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Confidence
from terminal_bridge.drivers.viva.cloud import Cloud
from terminal_bridge.drivers.viva.pace import Pace
from terminal_bridge.drivers.viva.reading import answer_of
from terminal_bridge.drivers.viva.sessions import (
    Absent,
    Found,
    Look,
    Pending,
    Unseen,
    by_day,
    by_id,
)

KEPT_S: Final = 24 * 3600.0
"""How long an absent session proves anything: nobody states how long they stay readable."""
FRESH_S: Final = 300.0
"""Of a younger order the day's list is looked at with every question."""
LIST_EVERY_S: Final = 60.0
"""Of an older one no more often than that: the list of a busy shop is large, and a doubt may rest
for days.
"""
_REMEMBERED: Final = 64


class Asking:
    """Asks about one order. `wall` gives Unix seconds."""

    def __init__(self, cloud: Cloud, pace: Pace, wall: Callable[[], float]) -> None:
        self._cloud = cloud
        self._pace = pace
        self._wall = wall
        self._listed_at: dict[str, float] = {}

    async def ask(self, session_id: str, order: MoneyOrder, service_id: ServiceID) -> News:
        """The news: how it ended, that it runs, that it is not known, or no answer."""
        look = await by_id(self._cloud, session_id)
        age_s = self._wall() - datetime.fromisoformat(order.sale_time).timestamp()
        if isinstance(look, Pending) and age_s < self._pace.given_up_s:
            return Running()
        answer = _answer(look, order, service_id)
        if answer is not None and _stands(answer):
            return Ended(answer=answer)
        listed = await self._listed(session_id, order, age_s)
        later = _answer(listed, order, service_id)
        if later is not None and (answer is None or _stands(later)):
            return Ended(answer=later)
        if answer is not None:
            return Ended(answer=answer)
        return self._without_answer(look, listed, age_s)

    async def _listed(self, session_id: str, order: MoneyOrder, age_s: float) -> Look:
        last, now = self._listed_at.get(session_id), self._wall()
        if age_s >= FRESH_S and last is not None and now - last < LIST_EVERY_S:
            return Unseen("the session does not tell, and its day was just looked at")
        self._listed_at[session_id] = now
        if len(self._listed_at) > _REMEMBERED:
            del self._listed_at[next(iter(self._listed_at))]
        return await by_day(self._cloud, session_id, datetime.fromisoformat(order.sale_time))

    def _without_answer(self, look: Look, listed: Look, age_s: float) -> News:
        if isinstance(look, Absent) and isinstance(listed, Absent):
            if age_s < KEPT_S:
                return NotKnown()
            return _no("Viva does not know the session, or no longer")
        for each in (look, listed):
            if isinstance(each, Unseen):
                return _no(each.problem)
        return _no("the session does not end: it may never have reached the terminal")


def _answer(look: Look, order: MoneyOrder, service_id: ServiceID) -> Answer | None:
    return answer_of(look.session, order, service_id) if isinstance(look, Found) else None


def _stands(answer: Answer) -> bool:
    """Whether nothing is known that could still overturn it."""
    return answer.confidence is Confidence.FINAL and answer.verdict is not Verdict.UNCLEAR


def _no(problem: str) -> NoAnswer:
    return NoAnswer(written=True, problem=problem)
