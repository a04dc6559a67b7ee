"""Card numbers in what O.P.I. terminals answer and ask, and in what tills ask of our face."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.model.errors import OpiPosError, ProtocolError
from opi_pos.model.results import Outcome
from opi_pos.wire import opi
from terminal_bridge.drivers.opi import driver as opi_driver
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.opi.one_socket import OneSocket
from terminal_bridge.simulator.opi.server import OpiServerConfig, serve_opi
from terminal_bridge.simulator.opi.terminal import Answered, SimulatedOpi
from tests.listener.faces.opi.bridge import OldTill, bridge, device_response
from tests.listener.faces.opi.test_ways import JsonTill, json_face
from tests.secrets.cards import SHAPES, card_numbers_in
from tests.secrets.opi import garbage, grafted, planted_in
from tests.secrets.till import Watched, assert_hidden, watched
from tests.terminal_bridge.drivers.opi.terminal import connected, device_request

SERVED = OpiServerConfig(port=0, one_socket=True, pace_s=0.0)
SOME = {name: SHAPES[name] for name in ("16 digits", "track 2 as hex", "base64")}


def plant(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Simulated terminals say the text wherever they can, on both channels."""
    exchange, post = SimulatedOpi.exchange, OneSocket.post

    async def exchanging(self: SimulatedOpi, data: bytes) -> Answered:
        answered = await exchange(self, data)
        reply = answered.reply
        return answered._replace(
            reply=Reply(status=reply.status, body=planted_in(reply.body, text))
        )

    async def posting(self: OneSocket, data: bytes, struck: Any) -> Any:
        return await post(self, planted_in(data, text), struck)

    monkeypatch.setattr(SimulatedOpi, "exchange", exchanging)
    monkeypatch.setattr(OneSocket, "post", posting)


async def attempt(till: Watched, call: Awaitable[object]) -> None:
    """Whatever comes of it, a program may log it."""
    try:
        till.look_at(await call)
    except OpiPosError as error:
        till.look_at("".join(traceback.format_exception(error)), error)


@pytest.mark.parametrize("text", SOME.values(), ids=SOME)
async def test_no_answer_of_a_terminal_leaves_a_card_number_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    plant(monkeypatch, text)
    async with (
        serve_opi(SERVED) as served,
        watched(tmp_path, text, caplog, terminal=served.url) as till,
    ):
        sale = till.till
        approved = await sale.pay("12.00", reference="approved", operator=text)
        assert approved.outcome is Outcome.APPROVED
        till.look_at(approved, await sale.status("approved"), await sale.reprint("approved"))
        for amount in ("38.05", "38.07", "38.02"):
            await attempt(till, sale.pay(amount, reference=amount))
        await attempt(till, sale.refund("1.00", reference="refund", original="approved"))
        await attempt(till, sale.reverse("approved"))
        for call in (sale.diagnose(), sale.totals(), sale.read_card(), sale.close_day()):
            await attempt(till, call)
        own = opi.ServiceRequest(request_type="Diagnosis", workstation_id="w", request_id="9")
        await attempt(till, sale.converse(grafted(own, text)))
        till.look_at(await sale.exchanges(), await sale.facts("approved"))
        till.look_at(sale.station().driven().driver, served.terminal.books.entries)
        assert till.clerk.shown, "it asks on the same connection"
    assert_hidden(await till.shown(tmp_path))


@pytest.mark.parametrize("text", SOME.values(), ids=SOME)
async def test_no_request_of_a_terminal_leaves_a_card_number_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(opi_driver, "STILL_ASKS_S", float("inf"))
    async with (
        serve_opi(OpiServerConfig(port=0, pos_port=0, pace_s=0.0)) as served,
        watched(tmp_path, text, caplog, terminal=_on_a_free_port(served.url)) as till,
    ):
        station: Any = till.till.station()
        await till.till.pay("12.00", reference="r")
        for data in (*_device_requests(text), *garbage(text)):
            await _say(station._channel.port, frame_of(data))
        await _say(station._channel.port, text.encode())
    assert till.clerk.shown
    assert_hidden(await till.shown(tmp_path))


@pytest.mark.parametrize("text", SOME.values(), ids=SOME)
async def test_no_request_of_a_till_leaves_a_card_number_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    caplog.set_level(logging.DEBUG)
    old = OldTill()
    async with old.listening(), bridge(tmp_path, old) as shop:
        old.answers = lambda request: planted_in(device_response(request).encode(), text).decode()
        assert await old.login() == "Success"
        for xml in _till_requests(old):
            await _say(old.port, frame_of(planted_in(xml.encode(), text)))
        for data in garbage(text):
            await _say(old.port, frame_of(data))
        await _say(old.port, text.encode())
        seen = [repr(await shop.exchanges()), repr(shop.cashier)]
    assert_hidden("\n".join([caplog.text, *seen, *_files(tmp_path)]))


@pytest.mark.parametrize("text", SOME.values(), ids=SOME)
async def test_no_request_in_json_leaves_a_card_number_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    caplog.set_level(logging.DEBUG)
    old, till = OldTill(), JsonTill()
    async with (
        json_face(tmp_path) as url,
        Door(till, DoorConfig()) as door,
        HttpClient() as client,
    ):
        headers = {"Content-Type": "application/json", "X-Callback-Url": door.url}
        requests = [opi.convert(xml.encode(), opi.Form.JSON) for xml in _till_requests(old)]
        sent = [*(planted_in(each, text) for each in requests), *garbage(text)]
        statuses = {(await client.post(url, data, headers=headers)).status for data in sent}
    assert {200, 400} <= statuses <= {200, 204, 400, 415}
    assert_hidden("\n".join([caplog.text, *_files(tmp_path)]))


@pytest.mark.parametrize("text", SOME.values(), ids=SOME)
async def test_the_log_of_a_simulated_terminal_shows_no_card_number(
    caplog: pytest.LogCaptureFixture, text: str
) -> None:
    caplog.set_level(logging.DEBUG)
    old = OldTill()
    async with serve_opi(OpiServerConfig(port=0, pos_port=0, pace_s=0.0)) as served:
        await _say(served.port, frame_of(old.request("Login", service=True).encode()))
        for xml in _till_requests(old):
            await _say(served.port, frame_of(planted_in(xml.encode(), text)))
        for data in garbage(text):
            await _say(served.port, frame_of(data))
        told = [repr(served.terminal.books.entries), repr(vars(served.terminal.memory))]
    assert served.terminal.books.entries
    assert_hidden("\n".join([caplog.text, *told]))


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_neither_a_repr_nor_an_error_of_the_codec_shows_a_card_number(text: str) -> None:
    kind: Any
    for name, kind in opi.MESSAGES.items():
        head = {"request_type": "CardPayment", "workstation_id": "w", "request_id": "1"}
        more = {"overall_result": "Success"} if name.endswith("Response") else {}
        message = grafted(kind(**head, **more), text)
        for form in opi.Form:
            data = opi.encode(message, form, strict=False)
            read = opi.read(data)
            assert card_numbers_in(data), "it was there"
            assert_hidden(f"{read!r} {read.message!s} {opi.read_head(data)!r}")
            _assert_error_hides(data[: len(data) * 2 // 3])
    for data in garbage(text):
        _assert_error_hides(data)


def _assert_error_hides(data: bytes) -> None:
    try:
        told = repr(opi.read(data))
    except ProtocolError as error:
        told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert_hidden(told)


def _on_a_free_port(url: str) -> str:
    return url.replace("listen=none", "listen=0")


def _device_requests(text: str) -> list[bytes]:
    """Every kind that a terminal asks, with the text in it."""
    lines = "<TextLine>one</TextLine><TextLine>two</TextLine>"
    targets = ("CashierDisplay", "CustomerDisplay", "Printer", "PrinterReceipt", "Log", "Odd")
    asked = [
        device_request("Output", f'<Output OutDeviceTarget="{target}">{lines}</Output>')
        for target in targets
    ]
    for command in ("GetConfirmation", "GetAnyKey", "GetChar", "GetDecimals", "GetMenu", "Odd"):
        inside = f'<Input InDeviceTarget="CashierKeyboard"><Command>{command}</Command></Input>'
        asked.append(device_request("Input", inside, RequestID=f"8.{command}"))
    asked.append(device_request("Event", '<Event EventType="CardInserted"/>'))
    asked.append(device_request("RepeatLastMessage", ""))
    return [planted_in(each.encode(), text) for each in asked]


def _till_requests(old: OldTill) -> list[str]:
    """Every kind that a till asks."""
    services = ("Login", "Diagnosis", "Reconciliation", "Nonsense")
    cards = ("RepeatLastMessage", "AbortRequest", "CardSwipe", "TicketReprint")
    return [
        old.request("Login", service=True),
        old.payment("12.00"),
        old.payment("10.05"),
        old.payment("1.00", "PaymentRefund"),
        *(old.request(kind, service=True) for kind in services),
        *(old.request(kind) for kind in cards),
    ]


def frame_of(data: bytes) -> bytes:
    """Behind its length."""
    return len(data).to_bytes(4, "big") + data


async def _say(port: int, data: bytes) -> None:
    """Say it on a connection of its own, until the other side has answered or hung up."""
    async with connected(port) as (reader, writer):
        writer.write(data)
        writer.write_eof()
        with suppress(OSError):
            await reader.read()


def _files(folder: Path) -> list[str]:
    return [each.read_bytes().decode("utf-8", "replace") for each in folder.iterdir()]
