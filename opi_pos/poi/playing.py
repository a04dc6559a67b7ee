"""A play of the card side on its way: one step after the other, until it must wait.

What a step does is the protocol's business; how a play waits, is stopped and ends stands here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Generic, TypeVar

from opi_pos.model.ids import DeviceID
from opi_pos.poi.cardholder import Reaction, Verdict

StepT = TypeVar("StepT")
EffectT = TypeVar("EffectT")


class Playing(ABC, Generic[StepT, EffectT]):
    """Feed it what came of its last step; it goes on until it must wait again."""

    def __init__(self, play: Generator[StepT, Reaction, Verdict]) -> None:
        self.verdict: Verdict | None = None
        """Set when the play is over."""
        self._play = play
        self._token = 0
        self._waits_for: DeviceID | None = None
        self._stopped = False
        self._cut = False

    @property
    @abstractmethod
    def stoppable(self) -> bool:
        """Whether a wish to stop still has an effect."""

    @abstractmethod
    def _carry_out(self, step: StepT, effects: list[EffectT]) -> bool:
        """One step; True when the play must wait for what comes of it."""

    def start(self) -> list[EffectT]:
        """The first steps."""
        return self._go_on(None)

    def elapsed(self, token: int) -> list[EffectT]:
        """A wait is over; an older one means nothing."""
        if token != self._token or self._waits_for is not None:
            return []
        return self._go_on(self._reaction())

    def stop(self) -> list[EffectT]:
        """The till wishes to stop: cuts a pause short; a device request is let through first."""
        self._stopped = True
        if self._waits_for is not None or not self.stoppable:
            return []
        return self._go_on(Reaction.STOP)

    def _reaction(self) -> Reaction:
        return Reaction.STOP if self._stopped and self.stoppable else Reaction.GO

    def _go_on(self, reaction: Reaction | None) -> list[EffectT]:
        effects: list[EffectT] = []
        self._token += 1
        waiting = False
        while not waiting and not self._cut:
            try:
                step = next(self._play) if reaction is None else self._play.send(reaction)
            except StopIteration as ended:
                self.verdict = ended.value
                break
            waiting = self._carry_out(step, effects)
            reaction = self._reaction()
        return effects
