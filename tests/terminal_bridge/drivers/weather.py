"""The plays of the driver contract as weather of a link in memory."""

from __future__ import annotations

from collections.abc import Callable

from opi_pos.testing.stand import Play
from terminal_bridge.links.memory import FAIR, Loss, Passage

PASSAGES = {
    Play.CUT_BEFORE: Passage(copies_s=(), loss=Loss.BROKEN),
    Play.CUT_AFTER: Passage(loss=Loss.BROKEN),
    Play.SILENT: Passage(copies_s=()),
}


class PlayedWeather:
    """Strikes the first money command, and counts what leaves. See `Weather`."""

    def __init__(self, play: Play, is_money: Callable[[bytes], bool]) -> None:
        self.heard = 0
        self._unreachable = play is Play.UNREACHABLE
        self._passage = PASSAGES.get(play)
        self._is_money = is_money

    @property
    def has_struck(self) -> bool:
        """Whether the play came to pass; also when it strikes nothing."""
        return self._passage is None

    def request(self, data: bytes) -> Passage:
        if self._unreachable:
            return Passage(copies_s=(), loss=Loss.REFUSED)
        self.heard += 1
        if self._passage is None or not self._is_money(data):
            return FAIR
        passage, self._passage = self._passage, None
        return passage

    def reply(self, data: bytes) -> Passage:
        return FAIR
