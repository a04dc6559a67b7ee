"""Broken and hostile input over real sockets: a clean 4xx at once, never a 500, nothing leaked."""

from __future__ import annotations

import base64
import logging
import random
import time

import pytest

from opi_pos.wire import nexo
from tests.listener.conftest import Listen
from tests.listener.messages import asking, receipt, text_output
from tests.listener.terminal import CONTENT_TYPES, PATHS, Connection, Terminal
from tests.listener.till import Till

# Test numbers of card schemes; no card has them.
CARD = "4111111111111111"
AT_ONCE_S = 1.0

XML_HEADER = (
    '<MessageHeader MessageClass="Device" MessageCategory="Display" MessageType="Request"'
    ' ServiceID="7" DeviceID="d1" SaleID="till" POIID="POI-1"/>'
)
JSON_HEADER = (
    '{"MessageClass": "Device", "MessageCategory": "Display", "MessageType": "Request",'
    ' "ServiceID": "7", "DeviceID": "d1", "SaleID": "till", "POIID": "POI-1"}'
)


def xml(body: str, prolog: str = "") -> bytes:
    return f"{prolog}<SaleToPOIRequest>{XML_HEADER}{body}</SaleToPOIRequest>".encode()


def json(body: str) -> bytes:
    return f'{{"SaleToPOIRequest": {{"MessageHeader": {JSON_HEADER}, {body}}}}}'.encode()


def laughs() -> str:
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{"&" + before + ";" * 1}{"&" + before + ";"}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    return f"<!DOCTYPE SaleToPOIRequest [{entities}]>"


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "a word": b"hello",
    "zeros": bytes(1000),
    "bare root": b"<SaleToPOIRequest/>",
    "another root": b"<html><body/></html>",
    "empty object": b"{}",
    "an array": b"[1, 2, 3]",
    "a number": b"17",
    "not a number": b"NaN",
    "doctype": xml("<DisplayRequest/>", "<!DOCTYPE SaleToPOIRequest>"),
    "external entity": xml(
        "<DisplayRequest/>", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    ),
    "billion laughs": xml("<DisplayRequest/>", laughs()),
    "xml depth": b"<a>" * 50_000,
    "xml depth inside": xml("<DisplayOutput>" * 5_000),
    "json depth": b"[" * 200_000,
    "json depth inside": json('"DisplayRequest": ' + '{"a":' * 5_000),
    "attributes": xml("<DisplayRequest " + " ".join(f'a{n}="1"' for n in range(2_000)) + "/>"),
    "latin-1 called utf-8": (
        b'<?xml version="1.0" encoding="utf-8"?>' + xml("<DisplayRequest>\xe5</DisplayRequest>")
    ).replace("å".encode(), b"\xe5"),
    "broken utf-8 in json": json('"DisplayRequest": {"DisplayOutput": "X"}').replace(b"X", b"\xff"),
    "an unknown charset": b'<?xml version="1.0" encoding="x-klingon"?>' + xml("<DisplayRequest/>"),
    "utf-16 without a mark": "<SaleToPOIRequest/>".encode("utf-16-le"),
    "utf-7": b'<?xml version="1.0" encoding="utf-7"?>' + xml("<DisplayRequest/>"),
    "two roots": xml("<DisplayRequest/>") + xml("<DisplayRequest/>"),
    "text behind": json('"DisplayRequest": {"DisplayOutput": []}') + b"}",
    "no header": b"<SaleToPOIRequest><DisplayRequest/></SaleToPOIRequest>",
    "no header in json": b'{"SaleToPOIRequest": {"DisplayRequest": {}}}',
    "no body": xml(""),
    "no body in json": b'{"SaleToPOIRequest": {"MessageHeader": ' + JSON_HEADER.encode() + b"}}",
    "another body": xml("<FooRequest/>"),
    "a header that is a list": b'{"SaleToPOIRequest": {"MessageHeader": [], "DisplayRequest": {}}}',
    "no outputs": xml("<DisplayRequest/>"),
    "endless number": json('"InputRequest": {"InputData": {"MaxInputTime": ' + "9" * 9000 + "}}"),
    "a response": (
        b'<SaleToPOIResponse><MessageHeader MessageClass="Service" MessageCategory="Logout"'
        b' MessageType="Response" ServiceID="7" SaleID="till" POIID="POI-1"/><LogoutResponse>'
        b'<Response Result="Success"/></LogoutResponse></SaleToPOIResponse>'
    ),
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("path", PATHS.values(), ids=[each.value for each in PATHS])
async def test_what_is_no_message_is_a_clean_400_at_once(
    listen: Listen, till: Till, body: bytes, path: str
) -> None:
    listener = await listen()
    connection = await Connection.to(listener.port)
    began = time.perf_counter()
    reply = await connection.post(path, body, "application/xml")
    assert time.perf_counter() - began < AT_ONCE_S
    assert reply.status == 400
    assert reply.headers["content-type"].startswith("text/plain")
    assert b"Traceback" not in reply.body
    assert till.taken == []
    # The connection is as good as before.
    assert (await connection.post(path, b"", "")).status == 400
    await connection.close()


def samples(terminal: Terminal) -> list[bytes]:
    """One message of each kind that a terminal sends."""
    display = nexo.DisplayRequest(display_output=(text_output("Present card", "38.00"),))
    return [
        terminal.written(display, device_id="d1"),
        terminal.written(asking("GetConfirmation", "Signature ok?"), device_id="q1"),
        terminal.written(receipt("Immediate", "SHOP"), device_id="p1"),
    ]


async def test_a_message_cut_anywhere_is_a_400(listen: Listen, encoding: nexo.Encoding) -> None:
    listener = await listen()
    terminal = Terminal(listener.port, encoding)
    connection = await terminal.connect()
    for whole in (sample.rstrip() for sample in samples(terminal)):
        for end in range(0, len(whole), 7):
            reply = await connection.post(PATHS[encoding], whole[:end])
            assert reply.status == 400, (end, reply.body)
    await connection.close()


async def test_flipped_bits_never_make_a_500(
    listen: Listen, encoding: nexo.Encoding, till: Till
) -> None:
    listener = await listen()
    terminal = Terminal(listener.port, encoding)
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    display = samples(terminal)[0]
    connection = await terminal.connect()
    for _ in range(400):
        mutant = bytearray(display)
        for _ in range(chance.randint(1, 4)):
            mutant[chance.randrange(len(mutant))] ^= 1 << chance.randrange(8)
        reply = await connection.post(PATHS[encoding], bytes(mutant))
        assert reply.status in {200, 204, 400, 403}, f"seed {seed}: {bytes(mutant)!r}"
    await connection.close()


LEAKS: dict[str, bytes] = {
    "a value of a wrong type": json('"InputRequest": {"InputData": {"MaxInputTime": "CARD"}}'),
    "an unknown member": json('"CARD": {"CARD": "CARD"}'),
    "a member twice over": json('"DisplayRequest": {"DisplayOutput": {"CARD": 1}}'),
    "an attribute": xml('<DisplayRequest><DisplayOutput Device="CARD"/></DisplayRequest>'),
    "an element": xml("<PaymentRequestCARD>CARD</PaymentRequestCARD>"),
    "a broken end": xml("<DisplayRequest><DisplayOutput>CARD</DisplayRequest>"),
    "a broken string": json('"DisplayRequest": "CARD'),
    "track data of a payment": xml(
        "<PaymentRequest><SaleData/><PaymentTransaction/><PaymentData><PaymentInstrumentData>"
        '<CardData><SensitiveCardData PAN="CARD"><TrackData>CARD=2512</TrackData>'
        "</SensitiveCardData></CardData></PaymentInstrumentData></PaymentData></PaymentRequest>"
    ),
    "the terminal's own name": json('"DisplayRequest": {"DisplayOutput": []}').replace(
        b"POI-1", b"CARD"
    ),
    "only a number": b"CARD",
    "a doctype": xml("<DisplayRequest/>", '<!DOCTYPE CARD [<!ENTITY CARD "CARD">]>'),
}


@pytest.mark.parametrize("body", LEAKS.values(), ids=LEAKS.keys())
async def test_a_card_number_in_a_bad_message_shows_in_no_log_and_no_answer(
    listen: Listen, till: Till, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    listener = await listen()
    connection = await Connection.to(listener.port)
    reply = await connection.post("/nexo", body.replace(b"CARD", CARD.encode()))
    assert reply.status in {204, 400, 403}
    for seen in (reply.body.decode(), caplog.text, *(repr(r.args) for r in caplog.records)):
        assert CARD not in seen
        assert base64.b64encode(CARD.encode()).decode()[:16] not in seen
    assert reply.status == 204 or "listener.nexo" in caplog.text
    for taken in till.taken:
        assert CARD not in repr(taken)
    await connection.close()


async def test_a_card_number_in_the_path_shows_in_no_log(
    listen: Listen, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    listener = await listen()
    connection = await Connection.to(listener.port)
    reply = await connection.post(f"/nexo/{CARD}", b"{}")
    assert reply.status == 404
    assert CARD not in caplog.text + reply.body.decode()
    await connection.close()


@pytest.mark.parametrize(("extra", "status"), [(0, 400), (1, 413)], ids=["limit", "one past it"])
async def test_a_body_has_at_most_256_kib(listen: Listen, extra: int, status: int) -> None:
    listener = await listen()
    connection = await Connection.to(listener.port)
    reply = await connection.post("/nexo", b" " * (256 * 1024 + extra))
    assert reply.status == status
    await connection.close()


async def test_another_method_is_405_and_says_which_one_is_right(listen: Listen) -> None:
    listener = await listen()
    connection = await Connection.to(listener.port)
    for path in PATHS.values():
        for method in ("GET", "PUT", "DELETE", "OPTIONS"):
            connection.send(path, b"", method=method)
            reply = await connection.reply()
            assert (reply.status, reply.headers["allow"]) == (405, "POST")
    await connection.close()


@pytest.mark.parametrize("path", ["/", "/nexo/", "/nexo/x", "/EPASSaleToPOI/3.0", "/etc/passwd"])
async def test_another_path_is_404(listen: Listen, path: str, encoding: nexo.Encoding) -> None:
    listener = await listen()
    terminal = Terminal(listener.port, encoding)
    connection = await terminal.connect()
    reply = await connection.post(path, samples(terminal)[0], CONTENT_TYPES[encoding])
    assert reply.status == 404
    await connection.close()
