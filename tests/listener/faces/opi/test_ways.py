"""The ways to the face: our own driver over both channels, JSON over HTTP, and who may come in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from listener.faces.opening import Faces
from opi_pos import Outcome, QuietCashier, SaleSystem
from opi_pos.http.asgi import Receive, Scope, Send, read_body, respond
from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.model.devices import PrintJob, Question
from opi_pos.model.errors import ConfigurationError
from opi_pos.runtime.config import till_settings
from opi_pos.wire import opi
from tests.listener.faces.opi.bridge import OldTill, bridge
from tests.terminal_bridge.drivers.opi.terminal import connected, device_request, frame, read_frame


class Counter(QuietCashier):
    """Has paper, and looks at signatures."""

    def __init__(self) -> None:
        self.printed: list[str] = []

    async def print(self, poi: str, job: PrintJob) -> bool:
        self.printed.append(job.receipt.copy.value)
        return True

    async def confirm(self, poi: str, question: Question) -> bool | None:
        return question.signature


@pytest.mark.parametrize("profile", ["de", "nl", "ch"])
async def test_our_own_driver_pays_on_our_own_face(tmp_path: Path, profile: str) -> None:
    cashier = Counter()
    old = OldTill()
    async with bridge(tmp_path, old, profile=profile) as shop:
        # The till's channel 1 is on a free port, which the face is told afterwards.
        url = f"opi+tcp://127.0.0.1:{old.port}?listen=0&profile={profile}"
        till = SaleSystem.open(
            terminal=url, currency="EUR", journal=tmp_path / "till.db", cashier=cashier
        )
        async with till:
            (station,) = till._stations.values()
            channel: Any = station._channel
            _tell_port(shop, channel.port)
            paid = await till.pay("12.00", reference="a-1")
            assert (paid.outcome, str(paid.authorized)) == (Outcome.APPROVED, "12.00")
            signed = await till.pay("10.07", reference="a-2")
            assert signed.signature_accepted
            assert (await till.reverse(original="a-1")).approved
            assert (await till.pay("10.05", reference="a-3")).outcome is Outcome.DECLINED
            assert (await till.totals()).payload is not None
    assert {"customer", "cashier"} <= set(cashier.printed)


def _tell_port(shop: SaleSystem, port: int) -> None:
    cashier: Any = shop.cashier
    face = cashier._faces["opi"]
    face._tcp = msgspec.structs.replace(face._tcp, till_port=port)


# --- JSON over HTTP ------------------------------------------------------------------------------


class JsonTill:
    """A program that speaks OPI/JSON: posts, and takes posts."""

    def __init__(self, *, says_nothing: bool = False) -> None:
        self.asked: list[dict[str, Any]] = []
        self._says_nothing = says_nothing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = json.loads(await read_body(scope, receive))
        self.asked.append(request)
        if self._says_nothing:
            await respond(send, 204)
            return
        told: dict[str, Any] = {
            "RequestType": request["RequestType"],
            "WorkstationID": request["WorkstationID"],
            "RequestID": request["RequestID"],
            "OverallResult": "Success",
        }
        if "Input" in request:
            told["Input"] = {
                "InDeviceTarget": "CashierKeyboard",
                "InResult": "Success",
                "InputValue": {"InBoolean": "true"},
            }
        body = json.dumps(told).encode()
        await respond(send, 200, body, content_type=b"application/json")


@asynccontextmanager
async def json_face(path: Path, **face: Any) -> AsyncIterator[str]:
    settings = till_settings(
        {
            "journal": str(path / "bridge.db"),
            "poi": {"front": {"url": "sim://zvt", "currency": "EUR", "integration": "full"}},
            "face": {"opi-json": {"port": 0, **face}},
        }
    )
    faces = Faces(settings, QuietCashier())
    shop = SaleSystem.open(config=settings, cashier=faces.cashier)
    async with shop, faces.open(shop) as urls:
        yield urls["opi-json"]


async def post(url: str, text: str, callback: str = "") -> tuple[int, Any]:
    """An XML request in the JSON form."""
    headers = {"Content-Type": "application/json"}
    if callback:
        headers["X-Callback-Url"] = callback
    async with HttpClient() as client:
        data = opi.convert(text.encode(), opi.Form.JSON)
        reply = await client.post(url, data, headers=headers)
    return reply.status, json.loads(reply.body) if reply.body else None


@pytest.mark.parametrize("says_nothing", [False, True])
async def test_a_program_pays_in_json(tmp_path: Path, says_nothing: bool) -> None:
    till, old = JsonTill(says_nothing=says_nothing), OldTill()
    async with json_face(tmp_path) as url, Door(till, DoorConfig()) as door:
        callback = door.url + "/devices"
        await post(url, old.request("Login", service=True), callback)
        status, told = await post(url, old.payment("25.00"), callback)
    assert status == 200
    assert told["OverallResult"] == "Success"
    assert told["Tender"]["TotalAmount"]["text"] == "25.00"
    shown = [each for each in till.asked if each["RequestType"] == "Output"]
    assert shown
    assert shown[0]["WorkstationID"] == "W1"


@pytest.mark.parametrize(("reply", "status"), [("response", 200), ("no_content", 204)])
async def test_a_terminal_asks_at_the_same_door(tmp_path: Path, reply: str, status: int) -> None:
    display = '<Output OutDeviceTarget="CashierDisplay"><TextLine>x</TextLine></Output>'
    slip = '<Output OutDeviceTarget="Printer"><TextLine>x</TextLine></Output>'
    async with json_face(tmp_path, device_reply=reply) as url:
        told, _ = await post(url, device_request("Output", display))
        assert told == status
        told, answer = await post(url, device_request("Output", slip))
        assert (told, answer["OverallResult"]) == (200, "DeviceUnavailable"), "nothing runs"


async def test_a_callback_url_of_somebody_else_is_refused(tmp_path: Path) -> None:
    old = OldTill()
    async with json_face(tmp_path) as url:
        status, _ = await post(url, old.request("Login", service=True), "http://192.0.2.1/")
        assert status == 403


async def test_what_is_no_message_is_a_bad_request(tmp_path: Path) -> None:
    async with json_face(tmp_path) as url, HttpClient() as client:
        for body in (b"", b"{}", b"<a/>", b'{"DeviceRequest": {}}', b"x" * 300_000):
            assert (await client.post(url, body)).status in {400, 413}


# --- who may come in -----------------------------------------------------------------------------


async def test_only_listed_tills_come_in(tmp_path: Path) -> None:
    till = OldTill()
    async with (
        bridge(tmp_path, till, peers=["192.0.2.0/24"]),
        connected(till.port) as (reader, writer),
    ):
        writer.write(frame(till.payment()))
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await read_frame(reader)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff",
        frame("no message"),
        frame("<DeviceResponse/>"),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_no_request_ends_only_its_connection(tmp_path: Path, data: bytes) -> None:
    till = OldTill()
    async with bridge(tmp_path, till):
        async with connected(till.port) as (reader, writer):
            writer.write(data)
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await read_frame(reader)
        assert await till.login() == "Success"


async def test_a_till_that_closes_its_half_still_gets_its_answer(tmp_path: Path) -> None:
    till = OldTill()
    async with bridge(tmp_path, till), connected(till.port) as (reader, writer):
        writer.write(frame(till.request("Login", service=True)))
        writer.write_eof()
        assert b'OverallResult="Success"' in await read_frame(reader)


async def test_a_request_and_its_abort_on_one_connection(tmp_path: Path) -> None:
    till = OldTill()
    async with bridge(tmp_path, till, "sim://zvt?pace=0.05"):
        await till.login()
        async with connected(till.port) as (reader, writer):
            writer.write(frame(till.payment()))
            writer.write(frame(till.request("AbortRequest")))
            answers = [(await read_frame(reader)).decode() for _ in range(2)]
        kinds = {"Abort" if "AbortRequest" in each else "Payment" for each in answers}
        assert kinds == {"Abort", "Payment"}


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"profile": "xx"}, "face.opi.profile"),
        ({"host": "0.0.0.0"}, "face.opi.host"),
        ({"tokens_file": "/x"}, "face.opi.tokens_file"),
        ({"colour": "red"}, "face.opi.colour"),
        ({"peers": ["nobody"]}, "peers"),
    ],
)
async def test_wrong_keys_are_named(tmp_path: Path, keys: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        async with bridge(tmp_path, OldTill(), **keys):
            pass
    assert raised.value.key == key
