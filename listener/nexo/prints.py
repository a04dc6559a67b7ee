"""A nexo PrintRequest as a receipt to print, and what became of it."""

from __future__ import annotations

from typing import Final

from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, PrintJob
from opi_pos.wire import nexo
from opi_pos.wire.nexo import receipts

CONDITIONS: Final = {
    DeviceOutcome.REFUSED: "DeviceOut",
    DeviceOutcome.WITHDRAWN: "Aborted",
    DeviceOutcome.UNAVAILABLE: "UnavailableDevice",
}


def to_print_job(request: nexo.PrintRequest) -> PrintJob:
    """The job. The terminal waits for the paper when its ResponseMode is PrintEnd."""
    output = request.print_output
    return PrintJob(receipt=receipts.receipt(output), wait=output.response_mode == "PrintEnd")


def wants_response(request: nexo.PrintRequest) -> bool:
    """Whether the terminal waits for a PrintResponse."""
    return request.print_output.response_mode != "NotRequired"


def print_response(
    request: nexo.PrintRequest, answer: DeviceAnswer | None, condition: str | None = None
) -> nexo.PrintResponse:
    """The response; `condition` says why there is no answer."""
    failure = condition
    if failure is None and answer is not None:
        failure = CONDITIONS.get(answer.outcome)
    response = (
        nexo.Response(result="Success")
        if failure is None
        else nexo.Response(result="Failure", error_condition=failure)
    )
    return nexo.PrintResponse(
        document_qualifier=request.print_output.document_qualifier, response=response
    )
