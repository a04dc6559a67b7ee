"""One terminal's requests, each to its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from listener.opi import inputs, outputs
from opi_pos.model.devices import (
    AbortInput,
    DeviceAnswer,
    DeviceBody,
    DeviceOutcome,
    DeviceRequest,
    Event,
    EventKind,
)
from opi_pos.model.errors import JournalError, ProtocolError
from opi_pos.model.ids import POIID, DeviceID, ServiceID
from opi_pos.ports import DeviceDoor
from opi_pos.wire import opi

_EVENTS: Final = {
    "cardinserted": EventKind.CARD_INSERTED,
    "cardremoved": EventKind.CARD_REMOVED,
}
DEFAULT_PROFILE: Final = "de"

_SUCCESS: Final = opi.OverallResult.SUCCESS


class OpiDoor:
    """Answers the DeviceRequests of one terminal, truthfully: a slip that did not come out of the
    printer is not told to have.
    """

    def __init__(self, door: DeviceDoor, poi_id: POIID, profile: opi.Profile) -> None:
        self._door = door
        self._poi_id = poi_id
        self._profile = profile
        self._asked = DeviceID("")
        """The newest question, which an AbortInput withdraws."""
        self._last: opi.DeviceResponse | None = None

    async def answer(self, data: bytes, service_id: ServiceID | None) -> bytes:
        """The DeviceResponse, in the request's form and character set.

        `service_id` is the exchange for which it may ask; None: it may not, and is told that no
        device is there. Raises `ProtocolError` for what is no DeviceRequest.
        """
        reading = opi.read(data)
        request = reading.message
        if not isinstance(request, opi.DeviceRequest):
            raise ProtocolError("", "is no DeviceRequest")
        response = await self._respond(request, service_id)
        return opi.encode(response, reading.form, charset=reading.charset, strict=False)

    async def _respond(
        self, request: opi.DeviceRequest, service_id: ServiceID | None
    ) -> opi.DeviceResponse:
        if opi.is_type(request.request_type, opi.DeviceRequestType.REPEAT_LAST_MESSAGE):
            return self._last or _response(request, opi.OverallResult.NOT_SUPPORTED)
        if service_id is None:
            return _unavailable(request)
        try:
            response = await self._serve(request, service_id)
        except JournalError:
            return _unavailable(request)
        self._last = response
        return response

    async def _serve(self, request: opi.DeviceRequest, service_id: ServiceID) -> opi.DeviceResponse:
        if opi.is_type(request.request_type, opi.DeviceRequestType.ABORT_INPUT):
            await self._hand_in(AbortInput(device_id=self._asked), service_id, DeviceID(""))
            return _response(request, _SUCCESS)
        if request.event is not None:
            await self._hand_in(_event(request.event), service_id, DeviceID(request.request_id))
            return _response(request, _SUCCESS)
        results = [
            opi.OutputResult(
                out_device_target=output.out_device_target,
                out_result=await self._put_out(request, number, output, service_id),
            )
            for number, output in enumerate(request.output)
        ]
        result: str = _SUCCESS
        entered: opi.InputResult | None = None
        if request.input is not None:
            result, entered = await self._ask(request, service_id)
        failed = next((each.out_result for each in results if each.out_result != _SUCCESS), None)
        return _response(request, failed or result, results, entered)

    async def _put_out(
        self,
        request: opi.DeviceRequest,
        number: int,
        output: opi.Output,
        service_id: ServiceID,
    ) -> str:
        """The OutResult. A text that stands beside a question is shown with it."""
        if outputs.target_of(output) in outputs.IGNORED:
            return _SUCCESS
        if outputs.is_display(output):
            if request.input is None:
                await self._hand_in(outputs.to_display(output), service_id, DeviceID(""))
            return _SUCCESS
        job = outputs.to_print_job(output, self._profile)
        if job is None:
            return opi.OverallResult.DEVICE_UNAVAILABLE
        device_id = DeviceID(f"{_name(request)}/{number}")
        answer = await self._hand_in(job, service_id, device_id)
        if answer is None or answer.outcome is DeviceOutcome.DONE:
            return _SUCCESS
        return opi.OverallResult.DEVICE_UNAVAILABLE

    async def _ask(
        self, request: opi.DeviceRequest, service_id: ServiceID
    ) -> tuple[str, opi.InputResult]:
        target = request.input.in_device_target if request.input is not None else None
        question = inputs.to_question(request)
        if question is None:
            gone = opi.OverallResult.DEVICE_UNAVAILABLE
            return gone, opi.InputResult(in_device_target=target, in_result=gone)
        self._asked = _name(request)
        answer = await self._hand_in(question, service_id, self._asked)
        told = answer or DeviceAnswer(outcome=DeviceOutcome.UNAVAILABLE)
        result, value = inputs.result_of(request, question, told)
        return result, opi.InputResult(in_device_target=target, in_result=result, input_value=value)

    async def _hand_in(
        self, body: DeviceBody, service_id: ServiceID, device_id: DeviceID
    ) -> DeviceAnswer | None:
        return await self._door.device_request(
            DeviceRequest(
                poi_id=self._poi_id, service_id=service_id, device_id=device_id, body=body
            )
        )


def device_post(
    door: DeviceDoor, poi_id: POIID, profile: str | None
) -> Callable[[bytes, ServiceID], Awaitable[bytes]]:
    """For terminals that ask on the till's own connection; see the entry point `opi-in-process`.
    A profile that is unknown is the driver's to name.
    """
    known = profile if profile in opi.profile_names() else None
    front = OpiDoor(door, poi_id, opi.profile(known or DEFAULT_PROFILE))

    async def post(data: bytes, service_id: ServiceID) -> bytes:
        return await front.answer(data, service_id)

    return post


def _name(request: opi.DeviceRequest) -> DeviceID:
    """RequestIDs are the terminal's own, and some use one for several requests."""
    return DeviceID(f"{request.request_id}/{request.sequence_id or ''}")


def _event(event: opi.Event) -> Event:
    name = event.event_type or ""
    return Event(kind=_EVENTS.get(name.casefold(), EventKind.OTHER), name=name)


def _unavailable(request: opi.DeviceRequest) -> opi.DeviceResponse:
    gone = opi.OverallResult.DEVICE_UNAVAILABLE
    results = [
        opi.OutputResult(out_device_target=output.out_device_target, out_result=gone)
        for output in request.output
    ]
    entered = None
    if request.input is not None:
        target = request.input.in_device_target
        entered = opi.InputResult(in_device_target=target, in_result=gone)
    return _response(request, gone, results, entered)


def _response(
    request: opi.DeviceRequest,
    result: str,
    results: list[opi.OutputResult] | None = None,
    entered: opi.InputResult | None = None,
) -> opi.DeviceResponse:
    """Ids are echoed as they came."""
    return opi.DeviceResponse(
        request_type=request.request_type,
        application_sender=request.application_sender,
        workstation_id=request.workstation_id,
        terminal_id=request.terminal_id,
        popid=request.popid,
        request_id=request.request_id,
        sequence_id=request.sequence_id,
        overall_result=result,
        output=tuple(results or ()),
        input=entered,
    )
