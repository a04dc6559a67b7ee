"""What RepeatLastMessage proves.

A terminal repeats the last answer that it stored. Named by its OriginalHeader, that is ours, or
the one that was the last before ours (then ours never came), or somebody else's (then nothing is
known). Which one was the last before is learned before every payment and kept in the journal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from opi_pos.model.ids import SaleID
from opi_pos.model.news import Answer, Ended, News, NoAnswer, NoSession, NotKnown, Running
from opi_pos.model.orders import AskStatus
from opi_pos.wire import opi
from terminal_bridge.drivers.opi.reading import money

BEFORE: Final = "before"
"""Of the evidence: the header of the answer that was the last before."""

Header = dict[str, str]


def header_of(response: opi.CardServiceResponse) -> Header | None:
    """What an answer repeats: RequestType, WorkstationID and RequestID."""
    told = response.original_header
    if told is None or not told.request_id:
        return None
    return {
        "type": (told.request_type or "").casefold(),
        "workstation": told.workstation_id or "",
        "request": told.request_id,
    }


def header_to(request: opi.CardServiceRequest) -> Header:
    """The same for a request of ours, once it is answered."""
    return {
        "type": request.request_type.casefold(),
        "workstation": request.workstation_id,
        "request": request.request_id,
    }


def evidence(before: Header | None) -> dict[str, Any]:
    """What is kept of an exchange before it is sent."""
    return {BEFORE: before or {}}


def concluded(
    response: opi.CardServiceResponse, asked: AskStatus, wanted: Header, sale_id: SaleID
) -> News:
    """What the answer to a RepeatLastMessage says about the exchange that `wanted` names."""
    repeated = header_of(response)
    if repeated is None:
        return _nothing_repeated(opi.meaning_of(response), response.overall_result)
    if _same(repeated, wanted):
        return Ended(answer=_repeated(response, asked, sale_id))
    if _same(repeated, asked.evidence.get(BEFORE) or {}):
        return NotKnown()
    problem = "The terminal repeats the answer to another request than this and the one before."
    return NoAnswer(written=True, problem=problem)


def _same(repeated: Header, known: Mapping[str, str]) -> bool:
    """RequestIDs of ours never come twice; what a terminal leaves out cannot contradict."""
    return repeated["request"] == known.get("request") and all(
        not told or told == known.get(name) for name, told in repeated.items()
    )


def _repeated(response: opi.CardServiceResponse, asked: AskStatus, sale_id: SaleID) -> Answer:
    """Its own result is that of the repetition; the payment's stands in OriginalHeader."""
    told = response.original_header
    result = (told.overall_result if told is not None else None) or ""
    original = msgspec.structs.replace(response, overall_result=result)
    answer = money(original, asked.order, opi.meaning_of(original), sale_id)
    return msgspec.structs.replace(answer, service_id=asked.service_id)


def _nothing_repeated(said: opi.Meaning, result: str) -> News:
    match said:
        case opi.Meaning.BUSY:
            return Running(message="The terminal is busy.")
        case opi.Meaning.LOGGED_OUT:
            return NoSession(certain=True)  # a login of ours disturbs nothing that runs
        case _:
            problem = f"The terminal repeats no answer: {result}"
            return NoAnswer(written=True, problem=problem)
