"""What a world needs of one kind of terminal: its place, and the till's side of it in each life."""

from __future__ import annotations

import contextvars
import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from opi_pos.poi.books import Books
from opi_pos.ports import DeviceDoor, Driver, DriverSettings
from opi_pos.runtime.sale_system import SaleSystem
from tests.world.invariants import Doubts

EPOCH = 1_790_000_000.0
"""Unix seconds at the start of every world."""

OnEffect = Callable[[Literal["before", "after"], str], None]
"""Called around an effect of the till's process; what it raises there is its death."""


class Death(BaseException):
    """The process ends here. Not an Exception: nothing in the till may catch it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a place shares with its world."""

    rng: random.Random
    note: Callable[[str], None]
    """One line of the trace."""
    network: contextvars.Context
    """That of nobody's process: what is started in it survives every death."""


class Side(Protocol):
    """The till's end of the way to the terminal, in one life."""

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> Driver:
        """The real driver, over this way."""
        ...

    def die(self, *, power: bool) -> None:
        """The process is dead; with `power` its machine is, too, and says no farewell."""
        ...


class Place(Protocol):
    """One simulated terminal with the way to it. It outlives every life of the till."""

    @property
    def books(self) -> Books:
        """The terminal's own, every movement named by the exchange that caused it."""
        ...

    @property
    def words(self) -> Mapping[str, Any]:
        """Keywords of `SaleSystem.open`, `terminal` among them."""
        ...

    @property
    def doubts(self) -> Doubts:
        """What may rest in doubt after the storm."""
        ...

    @property
    def idle(self) -> bool:
        """Whether the terminal does nothing, so that a person can see how a payment ended."""
        ...

    def side(self, on_effect: OnEffect) -> Side:
        """The till's end for a new life."""
        ...

    def reboot(self) -> None:
        """The terminal loses its power and starts again."""
        ...

    def listening(self, till: SaleSystem) -> AbstractAsyncContextManager[None]:
        """While the till's program runs: what of it the terminal can reach by itself."""
        ...

    def harmed(self) -> Iterable[str]:
        """What was done to money that is not the till's, one line each."""
        ...

    async def aclose(self) -> None:
        """The world is over."""
        ...
