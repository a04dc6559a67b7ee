"""The steps of a command that the terminal carries out, and what comes of each.

A `Procedure` is a generator: it yields a step and is sent back a reaction. `Say` and effects give
None at once; `Tell` gives the till's answer or None when none came; `Pause` gives True when
somebody wished to stop.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from terminal_bridge.simulator.zvt.effects import Effect
from terminal_bridge.simulator.zvt.message import Message
from terminal_bridge.zvt.apdu import Apdu


@dataclass(frozen=True, slots=True)
class Say:
    """Answer the till's command."""

    message: Message


@dataclass(frozen=True, slots=True)
class Tell:
    """Send a command of the terminal's own and wait for its answer; None: T3."""

    message: Message
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class Pause:
    """Let time pass: `seconds`, or one beat of the terminal's pace. A stop cuts it short."""

    seconds: float | None = None


Step = Say | Tell | Pause | Effect
Reaction = Apdu | bool | None

_T = TypeVar("_T")
Procedure = Generator[Step, Reaction, _T]


def tell(message: Message, wait_s: float | None = None) -> Procedure[Apdu | None]:
    """Send a command and take its answer."""
    answer = yield Tell(message, wait_s)
    return answer if isinstance(answer, Apdu) else None


def pause(seconds: float | None = None) -> Procedure[bool]:
    """Let time pass; True when somebody wished to stop."""
    stopped = yield Pause(seconds)
    return stopped is True


def do(*effects: Effect) -> Procedure[None]:
    """Have effects carried out in order."""
    yield from effects
