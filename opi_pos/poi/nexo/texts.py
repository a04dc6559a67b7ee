"""AdditionalResponse texts by condition (after the templates of `protocols/nexo.md` 1.11)."""

from __future__ import annotations

from datetime import UTC, datetime

from opi_pos.poi.nexo.answers import Condition, Response
from opi_pos.poi.nexo.requests import Header


def stamp(now: float) -> str:
    """Unix seconds as the timestamp of a POITransactionID: UTC with milliseconds."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def no_session(condition: Condition, header: Header, since: str) -> Response:
    """LoggedOut, or NotAllowed at makers who say it so."""
    text = f"{header.sale_id} is not logged in{since}"
    return Response(condition=condition, text=text)


def repeated(header: Header) -> Response:
    """A ServiceID that came before."""
    return Response(
        condition=Condition.MESSAGE_FORMAT,
        text=f"Repeated Message: ServiceID {header.service_id}",
    )


def unknown_poi(header: Header) -> Response:
    """A message for another terminal. Never to be sent again as it is, so MessageFormat
    [inferred]: no specification says what a wrong POIID gets.
    """
    return malformed(f"Invalid value: POIID {header.poi_id} is not served here")


def busy(running: Header | None, reason: str = "") -> Response:
    """Another request is being carried out, or the terminal has to do with itself."""
    if running is None:
        return Response(condition=Condition.BUSY, text=f"Temporarily unavailable: {reason}")
    return Response(
        condition=Condition.BUSY,
        text=f"Busy with another request: {running.category} {running.service_id}",
    )


def uncompleted(condition: Condition, running: Header) -> Response:
    """The transaction that a status asks for still runs."""
    text = f"Uncompleted: {running.category} {running.service_id}"
    return Response(condition=condition, text=text)


def unknown_message(last: Header | None) -> str:
    """Details of the event that rejects an abort."""
    if last is None:
        return "Message not found, no message is known"
    return f"Message not found, last {last.category} has id {last.service_id}"


def aborted(by: Header, during: str, reason: str) -> str:
    """The cashier stopped it."""
    who = f"from {by.sale_id}, message {by.service_id}"
    return f"Aborted during {during}: {reason or 'no reason'}, {who}"


def unavailable(what: str) -> Response:
    """A service, or a part of one, that this terminal does not have."""
    return Response(condition=Condition.UNAVAILABLE_SERVICE, text=f"{what} is not available")


def malformed(text: str) -> Response:
    """A message that says what it cannot say."""
    return Response(condition=Condition.MESSAGE_FORMAT, text=text)
