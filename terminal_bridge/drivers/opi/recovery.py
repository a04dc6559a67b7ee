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
    """What an answer repeats: RequestType, WorkstationID and RequestID, and what the terminal
    itself calls it.
    """
    told = response.original_header
    if told is None or not told.request_id:
        return None
    return {
        "type": (told.request_type or "").casefold(),
        "workstation": told.workstation_id or "",
        "request": told.request_id,
        **_stamp(response),
    }


def _stamp(response: opi.CardServiceResponse) -> Header:
    stan = response.terminal.stan if response.terminal is not None else None
    authorisation = response.tender.authorisation if response.tender is not None else None
    time = authorisation.time_stamp if authorisation is not None else None
    return {"stan": stan or "", "time": time or ""}


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
    before = asked.evidence.get(BEFORE) or {}
    ours = repeated["workstation"] == wanted["workstation"]
    if _same(repeated, before) and (ours or _same_stamp(repeated, before)):
        return NotKnown()
    problem = "The terminal repeats the answer to another request than this and the one before."
    return NoAnswer(written=True, problem=problem)


def _same(repeated: Header, known: Mapping[str, str]) -> bool:
    """RequestIDs of ours never come twice. Those of another till may, and may be like ours, so
    without the workstation nothing is proved; a type that is left out contradicts nothing.
    """
    named = (repeated["workstation"], repeated["request"])
    same_type = repeated["type"] in {"", known.get("type")}
    is_named = bool(repeated["workstation"])
    return is_named and same_type and named == (known.get("workstation"), known.get("request"))


def _same_stamp(repeated: Header, known: Mapping[str, str]) -> bool:
    """Whether the terminal gives another till's answer the same number and time as before."""
    stamps = [(repeated[name], known.get(name, "")) for name in ("stan", "time")]
    return any(one for one, _ in stamps) and all(one == other for one, other in stamps)


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
