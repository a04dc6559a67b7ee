"""The nexo responses of a till, and which requests want one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from listener.nexo.prints import print_response
from listener.nexo.prints import wants_response as print_wants_response
from listener.nexo.questions import input_response
from opi_pos.wire import nexo


def shown(
    request: nexo.DisplayRequest, *, absent_wants_response: bool
) -> nexo.DisplayResponse | None:
    """One result for each output that requires it; None when none does."""
    required = [
        output
        for output in request.display_output
        if output.response_required_flag
        or (output.response_required_flag is None and absent_wants_response)
    ]
    if not required:
        return None
    return nexo.DisplayResponse(
        output_result=tuple(
            nexo.OutputResult(
                device=output.device,
                info_qualify=output.info_qualify,
                response=nexo.Response(result="Success"),
            )
            for output in required
        )
    )


def failed(body: nexo.Element, condition: str, reason: str | None = None) -> nexo.Element | None:
    """The response that refuses a device request; None when it wants no response."""
    refuse = _FAILED.get(type(body))
    return refuse(body, condition, reason) if refuse is not None else None


def _failure(condition: str, reason: str | None) -> nexo.Response:
    return nexo.Response(result="Failure", error_condition=condition, additional_response=reason)


def _not_shown(
    request: nexo.DisplayRequest, condition: str, reason: str | None
) -> nexo.DisplayResponse | None:
    results = tuple(
        nexo.OutputResult(
            device=output.device,
            info_qualify=output.info_qualify,
            response=_failure(condition, reason),
        )
        for output in request.display_output
        if output.response_required_flag
    )
    return nexo.DisplayResponse(output_result=results) if results else None


def _no_sound(
    request: nexo.SoundRequest, condition: str, reason: str | None
) -> nexo.SoundResponse | None:
    if request.response_mode in {None, "NotRequired"}:
        return None
    return nexo.SoundResponse(response=_failure(condition, reason))


def transmitted(
    request: nexo.TransmitRequest, condition: str | None, reason: str | None = None
) -> nexo.TransmitResponse | None:
    """The response to a TransmitRequest, when it waits for one."""
    if not request.wait_response_flag:
        return None
    if condition is None:
        return nexo.TransmitResponse(response=nexo.Response(result="Success"))
    return nexo.TransmitResponse(response=_failure(condition, reason))


def _not_printed(
    request: nexo.PrintRequest, condition: str, _reason: str | None
) -> nexo.PrintResponse | None:
    return print_response(request, None, condition) if print_wants_response(request) else None


_NO_CARD_STATUS: Final = "bwA="
"""6F 00: no precise diagnosis. The schema wants status words even of a reader that is not there."""

_FAILED: Final[dict[type[nexo.Element], Callable[[Any, str, str | None], nexo.Element | None]]] = {
    nexo.DisplayRequest: _not_shown,
    nexo.InputRequest: lambda request, condition, _: input_response(request, None, condition),
    nexo.PrintRequest: _not_printed,
    nexo.SoundRequest: _no_sound,
    nexo.TransmitRequest: transmitted,
    nexo.PINRequest: lambda _, condition, reason: nexo.PINResponse(
        response=_failure(condition, reason)
    ),
    nexo.CardReaderInitRequest: lambda _, condition, reason: nexo.CardReaderInitResponse(
        response=_failure(condition, reason)
    ),
    nexo.CardReaderAPDURequest: lambda _, condition, reason: nexo.CardReaderAPDUResponse(
        card_status_words=_NO_CARD_STATUS, response=_failure(condition, reason)
    ),
    nexo.CardReaderPowerOffRequest: lambda _, condition, reason: nexo.CardReaderPowerOffResponse(
        response=_failure(condition, reason)
    ),
}
