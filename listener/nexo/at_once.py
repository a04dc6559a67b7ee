"""Requests that are answered at once: displays, events, aborts, and devices that no till has."""

from __future__ import annotations

from typing import Any

from listener.nexo import answers
from listener.nexo.backlog import Backlog
from listener.nexo.displays import content_lines, to_display
from listener.nexo.events import to_event
from listener.nexo.incoming import NO_CONTENT, HttpAnswer, Incoming
from listener.nexo.progress import shows_pin_stars
from opi_pos.model.devices import AbortInput, DeviceRequest, Display
from opi_pos.model.ids import DeviceID
from opi_pos.wire import nexo


def display(backlog: Backlog, incoming: Incoming, request: nexo.DisplayRequest) -> HttpAnswer:
    """Show every output; answer those that require it."""
    for output in request.display_output:
        backlog.put(incoming.asks(to_display(output)))
    absent = incoming.profile.display_flag_absent == "respond"
    return incoming.reply(answers.shown(request, absent_wants_response=absent))


def event(backlog: Backlog, incoming: Incoming, request: nexo.EventNotification) -> HttpAnswer:
    """Report what happened. An event has no nexo response."""
    what, about = to_event(request, incoming.service_id)
    backlog.put(DeviceRequest(poi_id=incoming.poi_id, body=what, service_id=about))
    return NO_CONTENT


def abort(backlog: Backlog, incoming: Incoming, request: nexo.AbortRequest) -> HttpAnswer:
    """Withdraw the question that the abort names. An abort has no nexo response; the question,
    still open in its own exchange, gets its answer there.
    """
    device_id = request.message_reference.device_id or incoming.message.header.device_id or ""
    backlog.put(incoming.asks(AbortInput(device_id=DeviceID(device_id)), device_id))
    return NO_CONTENT


def input_update(backlog: Backlog, incoming: Incoming, request: nexo.InputUpdate) -> HttpAnswer:
    """Show the new text of a question that is being asked, under that question's DeviceID."""
    lines = content_lines(request.output_content)
    update = Display(lines=lines, kind="InputUpdate", transient=shows_pin_stars(lines))
    backlog.put(incoming.asks(update, request.message_reference.device_id))
    return NO_CONTENT


def unavailable(_backlog: Backlog, incoming: Incoming, request: Any) -> HttpAnswer:
    """Refuse a device that a till does not offer: sound, card reader, PIN pad."""
    return incoming.reply(answers.failed(request, "UnavailableDevice"))
