"""Events, in and out of a login session, and addresses that terminals announce."""

from __future__ import annotations

import base64
import json

import pytest

from opi_pos.model.devices import Event, EventKind
from opi_pos.wire import nexo
from tests.listener.messages import notice, text_output
from tests.listener.terminal import CONTENT_TYPES, PATHS, Terminal
from tests.listener.till import POI, Till

MAINTENANCE_XML = b"""<SaleToPOIRequest>
 <MessageHeader MessageClass="Event" MessageCategory="Event" MessageType="Notification"
  ServiceID="20" SaleID="1" POIID="POI-1"/>
 <EventNotification TimeStamp="2026-01-02T07:24:14.473+02:00" EventToNotify="SaleAdmin"
  MaintenanceRequiredFlag="true">
  <EventDetails>Maintenance Required</EventDetails>
 </EventNotification>
</SaleToPOIRequest>"""

MAINTENANCE_JSON = b"""{"SaleToPOIRequest": {"MessageHeader": {"MessageClass": "Event",
 "MessageCategory": "Event", "MessageType": "Notification", "ServiceID": "20", "SaleID": "1",
 "POIID": "POI-1"}, "EventNotification": {"TimeStamp": "2026-01-02T07:24:14.473+02:00",
 "EventToNotify": "SaleAdmin", "MaintenanceRequiredFlag": true,
 "EventDetails": "Maintenance Required"}}}"""


async def test_a_terminal_that_wants_maintenance_is_heard_outside_any_session(
    terminal: Terminal, till: Till
) -> None:
    body = MAINTENANCE_XML if terminal.encoding is nexo.Encoding.XML else MAINTENANCE_JSON
    connection = await terminal.connect()
    reply = await connection.post(PATHS[terminal.encoding], body, CONTENT_TYPES[terminal.encoding])
    assert (reply.status, reply.body) == (204, b"")
    (taken,) = await till.took(1)
    assert (taken.poi_id, taken.service_id) == (POI, "20")
    assert taken.body == Event(
        kind=EventKind.MAINTENANCE_REQUIRED, name="SaleAdmin", details="Maintenance Required"
    )
    await connection.close()


async def test_a_maintenance_is_heard_from_its_wish_to_its_end_in_order(
    terminal: Terminal, till: Till
) -> None:
    for wish in (
        notice("SaleAdmin", maintenance_required_flag=True),
        notice("BeginMaintenance"),
        notice("EndMaintenance"),
    ):
        assert (await terminal.post(wish, service_id=None)).status == 204
    kinds = [taken.body.kind for taken in await till.took(3) if isinstance(taken.body, Event)]
    assert kinds == [
        EventKind.MAINTENANCE_REQUIRED,
        EventKind.MAINTENANCE_BEGUN,
        EventKind.MAINTENANCE_ENDED,
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("BeginMaintenance", EventKind.MAINTENANCE_BEGUN),
        ("EndMaintenance", EventKind.MAINTENANCE_ENDED),
        ("Shutdown", EventKind.SHUT_DOWN),
        ("Initialised", EventKind.STARTED),
        ("OutOfOrder", EventKind.OUT_OF_ORDER),
        ("Completed", EventKind.COMPLETED),
        ("CompletedMessage", EventKind.COMPLETED),
        ("Abort", EventKind.OTHER),
        ("SaleWakeUp", EventKind.SALE_WAKE_UP),
        ("SaleAdmin", EventKind.OTHER),
        ("CustomerLanguage", EventKind.OTHER),
        ("KeyPressed", EventKind.OTHER),
        ("SecurityAlarm", EventKind.OTHER),
        ("StopAssistance", EventKind.OTHER),
        ("CardInserted", EventKind.CARD_INSERTED),
        ("CardRemoved", EventKind.CARD_REMOVED),
        ("Reject", EventKind.REJECTED),
        ("ScanBarcodeResult", EventKind.OTHER),
    ],
)
async def test_every_event_has_its_word_and_none_wants_a_response(
    terminal: Terminal, till: Till, name: str, kind: EventKind
) -> None:
    reply = await terminal.post(notice(name))
    assert (reply.status, reply.body) == (204, b"")
    (taken,) = await till.took(1)
    assert isinstance(taken.body, Event)
    assert (taken.body.kind, taken.body.name) == (kind, name)


@pytest.mark.parametrize("text", ["details", "display", "language"])
async def test_details_are_those_of_the_event_its_display_or_its_language(
    terminal: Terminal, till: Till, text: str
) -> None:
    told = {
        "details": notice("KeyPressed", event_details="key 5"),
        "display": notice("KeyPressed", display_output=text_output("key", "5", required=None)),
        "language": notice("CustomerLanguage", customer_language="fi"),
    }
    await terminal.post(told[text])
    (taken,) = await till.took(1)
    assert isinstance(taken.body, Event)
    assert taken.body.details == {"details": "key 5", "display": "key 5", "language": "fi"}[text]


def rejected_abort(encoding: nexo.Encoding, aborted: str) -> str:
    """The bytes of an abort, as a terminal that rejects them sends them back."""
    body = nexo.AbortRequest(
        message_reference=nexo.MessageReference(
            message_category="Payment", service_id=aborted, sale_id="till", poi_id=POI
        ),
        abort_reason="cashier",
    )
    header = nexo.header_for(body, sale_id="till", poi_id=POI, service_id="99")
    data = nexo.encode(nexo.Message(header=header, body=body), encoding)
    return base64.b64encode(data).decode()


async def test_a_rejected_abort_names_the_exchange_that_the_terminal_does_not_know(
    terminal: Terminal, till: Till
) -> None:
    reject = notice("Reject", rejected_message=rejected_abort(terminal.encoding, "41"))
    await terminal.post(reject, service_id="99")
    (taken,) = await till.took(1)
    assert isinstance(taken.body, Event)
    assert taken.body.kind is EventKind.ABORT_UNKNOWN
    assert taken.service_id == "41"


async def test_a_reject_that_only_says_so_is_taken_for_an_unknown_abort(
    terminal: Terminal, till: Till
) -> None:
    reject = notice("Reject", event_details="Abort: message not found, last Payment has id 3")
    await terminal.post(reject, service_id="41")
    (taken,) = await till.took(1)
    assert isinstance(taken.body, Event)
    assert (taken.body.kind, taken.service_id) == (EventKind.ABORT_UNKNOWN, "41")


async def test_a_rejected_payment_is_no_unknown_abort_whatever_its_text(
    terminal: Terminal, till: Till
) -> None:
    logout = nexo.LogoutRequest()
    header = nexo.header_for(logout, sale_id="till", poi_id=POI, service_id="12")
    data = nexo.encode(nexo.Message(header=header, body=logout), terminal.encoding)
    reject = notice(
        "Reject",
        event_details="aborted before the message was read",
        rejected_message=base64.b64encode(data).decode(),
    )
    await terminal.post(reject)
    (taken,) = await till.took(1)
    assert isinstance(taken.body, Event)
    assert (taken.body.kind, taken.service_id) == (EventKind.REJECTED, "12")


async def test_the_rejected_bytes_stay_outside_the_till(terminal: Terminal, till: Till) -> None:
    card = "4111111111111111"
    rejected = base64.b64encode(b'{"PAN": "' + card.encode() + b'"').decode()
    await terminal.post(notice("Reject", event_details="unreadable", rejected_message=rejected))
    (taken,) = await till.took(1)
    assert card not in repr(taken)
    assert rejected not in repr(taken)


def announcement(host: object = "192.0.2.78", port: object = "11000") -> str:
    """The document of a Swedbank terminal that was told where the till is."""
    document = {
        "saleTerminalconfiguration": {
            "messageVersion": "1.0.0",
            "ipEndPoint": {"ipV4Address": host, "ipPort": port},
        }
    }
    return base64.b64encode(json.dumps(document, indent=4).encode()).decode()


def transmit(message: str, *, waits: bool | None = None) -> nexo.TransmitRequest:
    return nexo.TransmitRequest(
        wait_response_flag=waits,
        destination_address="127.0.0.1:15022",
        maximum_transmit_time=30,
        message=message,
    )


async def test_an_announced_address_reaches_the_till_with_its_peer(
    terminal: Terminal, till: Till
) -> None:
    reply = await terminal.post(transmit(announcement()), service_id=None)
    assert (reply.status, reply.body) == (204, b"")
    assert till.announced == [(POI, "192.0.2.78", 11000, "127.0.0.1")]


@pytest.mark.parametrize(
    ("believes", "result", "condition"),
    [(True, "Success", None), (False, "Failure", "NotAllowed")],
    ids=["believed", "not believed"],
)
async def test_a_terminal_that_waits_hears_whether_it_is_believed(
    terminal: Terminal, till: Till, believes: bool, result: str, condition: str | None
) -> None:
    till.believes = believes
    reply = await terminal.post(transmit(announcement(), waits=True), device_id="t1")
    body = reply.message.body
    assert isinstance(body, nexo.TransmitResponse)
    assert (body.response.result, body.response.error_condition) == (result, condition)


@pytest.mark.parametrize(
    "message",
    [
        announcement(host="not an address"),
        announcement(host=17),
        announcement(host="::1"),
        announcement(port=0),
        announcement(port=65536),
        announcement(port="many"),
        base64.b64encode(b"\xff\xfe{").decode(),
        base64.b64encode(b"[" * 5000).decode(),
        base64.b64encode(b'{"saleTerminalconfiguration": {}}').decode(),
        base64.b64encode(b"ISO8583 for a host").decode(),
    ],
)
async def test_anything_else_to_transmit_is_a_service_the_till_has_not(
    terminal: Terminal, till: Till, message: str
) -> None:
    assert (await terminal.post(transmit(message), device_id="t1")).status == 204
    reply = await terminal.post(transmit(message, waits=True), device_id="t2")
    body = reply.message.body
    assert isinstance(body, nexo.TransmitResponse)
    assert body.response.error_condition == "UnavailableService"
    assert till.announced == []
