"""What a terminal wants done before it takes payments again: diagnosis, initialisation, end of day.

It says so in the completion of a registration, in a status enquiry, or by refusing a command.
"""

from __future__ import annotations

import logging
from typing import Final

from terminal_bridge.drivers.zvt.context import Talk, Terminal
from terminal_bridge.drivers.zvt.session import Session
from terminal_bridge.zvt.messages.administration import EndOfDay, StartOpt
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.messages.session import Diagnosis, Initialisation, SetDateTime
from terminal_bridge.zvt.messages.status import Completion
from terminal_bridge.zvt.tables.terminal_status import TERMINAL_STATUS

_log = logging.getLogger("terminal_bridge.zvt")

INITIALISE: Final = 0x0693
DIAGNOSE: Final = 0x0670
END_OF_DAY: Final = 0x0650
SET_CLOCK: Final = 0x0691
OPT: Final = 0x0820

_ORDER: Final = (SET_CLOCK, INITIALISE, DIAGNOSE, OPT, END_OF_DAY)


def cure(code: int) -> int | None:
    """The command that leads out of a state, by the code that tells it; None where none does."""
    known = TERMINAL_STATUS.get(code)
    cures = [control for control in (known.recovery if known else ()) if control in _ORDER]
    return cures[0] if cures else None


def command_of(control: int, terminal: Terminal) -> Message:
    """The command itself."""
    password = terminal.password
    match control:
        case 0x0693:
            return Initialisation(password=password)
        case 0x0670:
            return Diagnosis(kind=terminal.profile.diagnosis)
        case 0x0650:
            return EndOfDay(password=password)
        case 0x0820:
            return StartOpt()
        case _:
            now = terminal.now()
            return SetDateTime(password=password, date=f"{now:%y%m%d}", time=f"{now:%H%M%S}")


async def keep_house(session: Session, talk: Talk | None) -> tuple[int, ...]:
    """Do what the terminal wants; gives what could not be done. Raises `LinkError`.

    While it is not known what became of a payment no day is closed: that would take the record
    away by which it can be found out.
    """
    terminal = session.terminal
    left: list[int] = []
    for control in _ORDER:
        if control not in session.needs:
            continue
        held = control == END_OF_DAY and session.doubts
        if held or not terminal.options.housekeeping or not terminal.profile.knows(control):
            left.append(control)
            continue
        finished = await session.carry(command_of(control, terminal), talk)
        if isinstance(finished.by, Completion):
            session.needs.discard(control)
            _log.info("the terminal wanted %04X, done", control)
        else:
            left.append(control)
            _log.warning("the terminal wanted %04X, which failed", control)
            await session.settle()
    return tuple(left)
