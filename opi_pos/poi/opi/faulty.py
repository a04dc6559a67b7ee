"""Answers of an O.P.I. terminal that does not tell the truth (see `opi_pos.poi.faults`)."""

from __future__ import annotations

from typing import Final

import msgspec

from opi_pos.model.ids import ServiceID
from opi_pos.poi.faults import Strike, Struck
from opi_pos.poi.opi.answers import MoneyAnswer, PlainAnswer, Result
from opi_pos.poi.opi.cardside import Twist
from opi_pos.poi.opi.effects import RepeatAnswer, Reply
from opi_pos.poi.opi.kept import Kept, Memory
from opi_pos.poi.opi.run import PowerCut

_REFUSALS: Final = {
    Strike.BUSY: Result.BUSY,
    Strike.LOGGED_OUT: Result.LOGGED_OUT,
    Strike.NOT_PRINTED: Result.PRINT_LAST_TICKET,
}


def refusal_of(struck: Struck) -> Result | None:
    """With what a terminal refuses that has a fault; nothing is carried out."""
    return next((result for strike, result in _REFUSALS.items() if struck.by(strike)), None)


def twist_of(struck: Struck) -> Twist:
    """The faults that strike inside the terminal."""
    power_cut = None
    if struck.by(Strike.REBOOT_BEFORE_AUTHORISATION):
        power_cut = PowerCut.BEFORE_AUTHORISATION
    elif struck.by(Strike.REBOOT_AFTER_AUTHORISATION):
        power_cut = PowerCut.AFTER_AUTHORISATION
    return Twist(power_cut=power_cut, deaf_to_abort=struck.by(Strike.APPROVED_AFTER_ABORT))


def distort(reply: Reply, struck: Struck, memory: Memory) -> Reply:
    """The answer as a lying terminal gives it."""
    answer = reply.answer
    if isinstance(answer, RepeatAnswer | PlainAnswer):
        if struck.by(Strike.IN_PROGRESS):
            answer = PlainAnswer(result=Result.BUSY)
        elif struck.by(Strike.NOT_FOUND):
            answer = PlainAnswer(result=Result.FAILURE, text="there is no last message")
        elif isinstance(answer, RepeatAnswer) and struck.by(Strike.WRONG_LAST):
            answer = RepeatAnswer(kept=memory.another(answer.kept) or _stranger(answer.kept))
    to = reply.to
    if struck.by(Strike.WRONG_SERVICE_ID):
        to = msgspec.structs.replace(to, request_id=_another(to.request_id))
    return Reply(to=to, answer=answer)


def _another(request_id: str) -> ServiceID:
    return ServiceID("1" if request_id != "1" else "2")


def _stranger(kept: Kept) -> Kept:
    """The answer to a request that never was."""
    header = msgspec.structs.replace(kept.header, request_id=_another(kept.header.request_id))
    return Kept(header=header, answer=MoneyAnswer(result=Result.ABORTED))
