"""204 or 200: by the message's own flags, and by the profile where a flag is absent."""

from __future__ import annotations

import pytest

from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, Display, PrintJob
from opi_pos.wire import nexo
from tests.listener.conftest import Listen
from tests.listener.messages import receipt, text_content, text_output
from tests.listener.terminal import PATHS, Terminal
from tests.listener.till import POI, Till


async def test_a_display_that_wants_no_response_gets_an_empty_204(
    terminal: Terminal, till: Till
) -> None:
    reply = await terminal.post(
        nexo.DisplayRequest(display_output=(text_output("Present card"),)), device_id="d1"
    )
    assert (reply.status, reply.body) == (204, b"")
    (taken,) = await till.took(1)
    assert (taken.poi_id, taken.service_id, taken.device_id) == (POI, "7", "d1")
    assert isinstance(taken.body, Display)
    assert taken.body.lines == ("Present card",)


async def test_a_display_that_requires_a_response_gets_one_with_its_own_ids(
    terminal: Terminal,
) -> None:
    shown = text_output("Approved", required=True)
    reply = await terminal.post(nexo.DisplayRequest(display_output=(shown,)), device_id="d2")
    assert reply.status == 200
    assert reply.headers["content-type"].startswith(f"application/{terminal.encoding.value}")
    header = reply.message.header
    assert (header.message_class, header.message_category) == ("Device", "Display")
    assert (header.message_type, header.service_id, header.device_id) == ("Response", "7", "d2")
    assert (header.sale_id, header.poi_id) == ("till", POI)
    assert reply.message.root == "SaleToPOIResponse"


async def test_only_outputs_that_require_a_response_get_a_result_in_their_order(
    terminal: Terminal,
) -> None:
    outputs = (
        text_output("one", required=True, qualify="Error"),
        text_output("two", required=False),
        text_output("three", required=True, qualify="POIReplication"),
    )
    reply = await terminal.post(nexo.DisplayRequest(display_output=outputs), device_id="d3")
    body = reply.message.body
    assert isinstance(body, nexo.DisplayResponse)
    assert [r.info_qualify for r in body.output_result] == ["Error", "POIReplication"]
    assert [r.response.result for r in body.output_result] == ["Success", "Success"]


@pytest.mark.parametrize(
    ("profile", "status"), [("swedbank", 204), ("plain-json", 200)], ids=["seed's", "schema's"]
)
async def test_an_absent_flag_means_what_the_profile_says(
    listen: Listen, encoding: nexo.Encoding, profile: str, status: int
) -> None:
    listener = await listen(profile_of=lambda _: profile)
    terminal = Terminal(listener.port, encoding)
    unmarked = text_output("Welcome", required=None)
    reply = await terminal.post(nexo.DisplayRequest(display_output=(unmarked,)), device_id="d4")
    assert reply.status == status


@pytest.mark.parametrize(
    ("mode", "status", "waits"),
    [("NotRequired", 204, False), ("Immediate", 200, False), ("PrintEnd", 200, True)],
)
async def test_a_print_is_answered_by_its_response_mode(
    terminal: Terminal, till: Till, mode: str, status: int, waits: bool
) -> None:
    reply = await terminal.post(receipt(mode, "SHOP", "38.00"), device_id="p1")
    assert reply.status == status
    (taken,) = await till.took(1)
    assert isinstance(taken.body, PrintJob)
    assert taken.body.wait is waits
    assert taken.body.receipt.lines == ("SHOP", "38.00")
    if status == 200:
        body = reply.message.body
        assert isinstance(body, nexo.PrintResponse)
        assert (body.document_qualifier, body.response.result) == ("CashierReceipt", "Success")


@pytest.mark.parametrize(
    ("outcome", "condition"),
    [
        (DeviceOutcome.REFUSED, "DeviceOut"),
        (DeviceOutcome.UNAVAILABLE, "UnavailableDevice"),
        (DeviceOutcome.WITHDRAWN, "Aborted"),
    ],
)
async def test_a_print_that_failed_says_so(
    terminal: Terminal, till: Till, outcome: DeviceOutcome, condition: str
) -> None:
    till.prints = DeviceAnswer(outcome=outcome)
    reply = await terminal.post(receipt("PrintEnd", "SHOP"), device_id="p2")
    body = reply.message.body
    assert isinstance(body, nexo.PrintResponse)
    assert (body.response.result, body.response.error_condition) == ("Failure", condition)


@pytest.mark.parametrize("mode", ["NotRequired", "Immediate"])
async def test_a_print_that_could_not_be_kept_is_never_acknowledged(
    terminal: Terminal, till: Till, mode: str
) -> None:
    till.failure = OSError("the disk is full")
    reply = await terminal.post(receipt(mode, "SHOP"), device_id="p3")
    if mode == "NotRequired":
        assert reply.status == 503
    else:
        body = reply.message.body
        assert isinstance(body, nexo.PrintResponse)
        assert body.response.result == "Failure"


@pytest.mark.parametrize(("mode", "status"), [(None, 204), ("SoundEnd", 200)])
async def test_a_sound_is_refused_as_a_device_the_till_has_not(
    terminal: Terminal, till: Till, mode: str | None, status: int
) -> None:
    sound = nexo.SoundRequest(
        response_mode=mode,
        sound_action="StartSound",
        sound_content=nexo.SoundContent(sound_format="Text", text="beep"),
    )
    reply = await terminal.post(sound, device_id="s1")
    assert reply.status == status
    if status == 200:
        body = reply.message.body
        assert isinstance(body, nexo.SoundResponse)
        assert body.response.error_condition == "UnavailableDevice"
    assert till.taken == []


@pytest.mark.parametrize(
    "request_body",
    [
        nexo.PINRequest(pin_request_type="PINEnter"),
        nexo.CardReaderInitRequest(),
        nexo.CardReaderAPDURequest(
            apdu_class="AA==", apdu_instruction="AA==", apdu_par1="AA==", apdu_par2="AA=="
        ),
        nexo.CardReaderPowerOffRequest(),
    ],
    ids=lambda body: type(body).__name__,
)
async def test_devices_that_no_till_offers_are_unavailable(
    terminal: Terminal, request_body: nexo.Element
) -> None:
    reply = await terminal.post(request_body, device_id="c1")
    assert reply.status == 200
    assert b"UnavailableDevice" in reply.body
    assert reply.message.header.message_type == "Response"


async def test_a_service_request_to_a_till_is_a_400_that_names_it(terminal: Terminal) -> None:
    reply = await terminal.post(nexo.LogoutRequest())
    assert reply.status == 400
    assert b"LogoutRequest" in reply.body


async def test_a_terminal_that_is_not_ours_is_refused(
    listen: Listen, encoding: nexo.Encoding, till: Till
) -> None:
    listener = await listen()
    stranger = Terminal(listener.port, encoding, poi_id="ANOTHER")
    reply = await stranger.post(
        nexo.DisplayRequest(display_output=(text_output("Welcome"),)), device_id="d1"
    )
    assert reply.status == 403
    assert b"ANOTHER" not in reply.body
    assert till.taken == []


async def test_both_encodings_are_understood_at_both_paths(
    listen: Listen, encoding: nexo.Encoding
) -> None:
    listener = await listen()
    terminal = Terminal(listener.port, encoding)
    body = terminal.written(
        nexo.DisplayRequest(display_output=(text_output("Approved", required=True),)),
        device_id="d1",
    )
    for path in PATHS.values():
        connection = await terminal.connect()
        reply = await connection.post(path, body, "text/plain")
        assert reply.status == 200
        assert reply.message.received is not None
        assert reply.message.received.encoding is encoding
        await connection.close()


async def test_an_input_update_shows_the_new_text_under_the_question_s_id(
    terminal: Terminal, till: Till
) -> None:
    update = nexo.InputUpdate(
        message_reference=nexo.MessageReference(device_id="q1"),
        output_content=text_content("Amount?", "12"),
    )
    reply = await terminal.post(update, device_id="q2")
    assert (reply.status, reply.body) == (204, b"")
    (taken,) = await till.took(1)
    assert taken.device_id == "q1"
    assert taken.body == Display(lines=("Amount?", "12"), kind="InputUpdate")
