"""What an OverallResult means. The result decides; action codes and reasons explain.

One exception: a Swiss reason that says that the authorisation's answer is unknown makes a Failure
a doubt, since such a failure denies nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from opi_pos.wire.opi.catalogue.outcome import Tender
from opi_pos.wire.opi.messages import CardServiceResponse, Response, Told
from opi_pos.wire.opi.schema import Element, Others


class OverallResult(StrEnum):
    """The results that have a name. Fields are plain text: compare by `meaning`."""

    SUCCESS = "Success"
    PARTIAL_FAILURE = "PartialFailure"
    FAILURE = "Failure"
    ABORTED = "Aborted"
    TIMED_OUT = "TimedOut"
    LOGGED_OUT = "LoggedOut"
    BUSY = "Busy"
    DEVICE_UNAVAILABLE = "DeviceUnavailable"
    COMMUNICATION_ERROR = "CommunicationError"
    FORMAT_ERROR = "FormatError"
    PARSING_ERROR = "ParsingError"
    VALIDATION_ERROR = "ValidationError"
    MISSING_MANDATORY_DATA = "MissingMandatoryData"
    UNKNOWN_CARD = "UnknownCard"
    NOT_SUPPORTED = "NotSupported"
    PRINT_LAST_TICKET = "PrintLastTicket"
    ACTIVATED = "Activated"
    ALREADY_ACTIVATED = "AlreadyActivated"
    DEACTIVATED = "Deactivated"
    ALREADY_DEACTIVATED = "AlreadyDeactivated"
    DAY_CLOSED = "DayClosed"


class Meaning(StrEnum):
    """What a result means for the request that it answers."""

    DONE = "done"
    PARTLY_DONE = "partly done"
    FAILED = "failed"
    """Declined or failed: no money was taken."""
    ABORTED = "aborted"
    """Stopped by cashier or customer, or no card came: no money was taken."""
    NO_HOST = "no host"
    """The terminal cannot reach its host: no money was taken."""
    LOGGED_OUT = "logged out"
    """Not begun: Login is needed first."""
    BUSY = "busy"
    """Not begun: the terminal does something else, or a device of it is not there."""
    PRINT_FIRST = "print first"
    """Not begun: the last slip was not printed; TicketReprint, then again."""
    REFUSED = "refused"
    """Not begun: the terminal does not take such a request."""
    UNKNOWN = "unknown"
    """A result that nobody knows: never taken for a decline."""

    @property
    def not_begun(self) -> bool:
        """Whether the terminal says that it did nothing."""
        return self in _NOT_BEGUN


_NOT_BEGUN: Final = frozenset(
    {Meaning.LOGGED_OUT, Meaning.BUSY, Meaning.PRINT_FIRST, Meaning.REFUSED}
)

_MEANINGS: Final = {
    OverallResult.SUCCESS: Meaning.DONE,
    OverallResult.PARTIAL_FAILURE: Meaning.PARTLY_DONE,
    OverallResult.FAILURE: Meaning.FAILED,
    OverallResult.ABORTED: Meaning.ABORTED,
    OverallResult.TIMED_OUT: Meaning.ABORTED,
    OverallResult.LOGGED_OUT: Meaning.LOGGED_OUT,
    OverallResult.BUSY: Meaning.BUSY,
    OverallResult.DEVICE_UNAVAILABLE: Meaning.BUSY,
    OverallResult.COMMUNICATION_ERROR: Meaning.NO_HOST,
    OverallResult.FORMAT_ERROR: Meaning.REFUSED,
    OverallResult.PARSING_ERROR: Meaning.REFUSED,
    OverallResult.VALIDATION_ERROR: Meaning.REFUSED,
    OverallResult.MISSING_MANDATORY_DATA: Meaning.REFUSED,
    OverallResult.UNKNOWN_CARD: Meaning.FAILED,
    OverallResult.NOT_SUPPORTED: Meaning.REFUSED,
    OverallResult.PRINT_LAST_TICKET: Meaning.PRINT_FIRST,
    OverallResult.ACTIVATED: Meaning.DONE,
    OverallResult.ALREADY_ACTIVATED: Meaning.DONE,
    OverallResult.DEACTIVATED: Meaning.DONE,
    OverallResult.ALREADY_DEACTIVATED: Meaning.DONE,
    OverallResult.DAY_CLOSED: Meaning.DONE,
}
_BY_TEXT: Final = {result.value.casefold(): said for result, said in _MEANINGS.items()} | {
    "failed": Meaning.FAILED  # one bridge writes that
}

_REASONS: Final = {
    "107": Meaning.ABORTED,
    "1": Meaning.UNKNOWN,
    "569": Meaning.NO_HOST,
    "579": Meaning.NO_HOST,
}
"""TerminalDeclineReason of Swiss terminals."""


def meaning(overall_result: str) -> Meaning:
    """What a result's text means, in any capitals (`Loggedout`)."""
    return _BY_TEXT.get(overall_result.strip().casefold(), Meaning.UNKNOWN)


def meaning_of(response: Response) -> Meaning:
    """What a response means: its result, and a Swiss reason where it failed."""
    said = meaning(response.overall_result)
    if said is Meaning.FAILED:
        reason = reasons(response).get("TerminalDeclineReason", "").strip().lstrip("0")
        return _REASONS.get(reason, said)
    return said


_REASON_NAMES: Final = (
    "TerminalDeclineReason",
    "HostDeclineReason",
    "ElmeErrorCode",
    "ElmeErrorText",
)


def reasons(response: Response) -> dict[str, str]:
    """The reasons of a Swiss response by name, wherever it has them [inferred]."""
    found: dict[str, str] = {}
    for others in _places(response):
        for name in _REASON_NAMES:
            value = others.get(name)
            if value is not None:
                found.setdefault(name, value)
    return found


def _places(response: Response) -> Iterator[Others]:
    if not isinstance(response, Told):
        return
    own = {"ElmeErrorCode": response.elme_error_code, "ElmeErrorText": response.elme_error_text}
    parts: list[Element | None] = [response, response.terminal, response.error_detail]
    if isinstance(response, CardServiceResponse):
        own["TerminalDeclineReason"] = response.terminal_decline_reason
        own["HostDeclineReason"] = response.host_decline_reason
        tender = response.tender or Tender()
        parts += [tender, tender.authorisation, *response.private_data]
    yield Others(tuple((name, value) for name, value in own.items() if value is not None))
    yield from (part.others for part in parts if part is not None and part.others is not None)
