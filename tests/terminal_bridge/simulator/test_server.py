"""The simulated terminal over real sockets: the seed's diagrams in XML and JSON, and faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opi_pos.http.asgi import Receive, Scope, Send, read_body, respond
from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.model.errors import ConfigurationError, LinkError
from opi_pos.poi.faults import Fault, Strike
from opi_pos.wire import nexo
from terminal_bridge.links.framed_tcp import frame
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.server import NexoServer, NexoServerConfig, serve_nexo
from tests.terminal_bridge.simulator.till import FULL, LIGHT, Till, login, payment, status

PATHS = {"swedbank": "/EPASSaleToPOI/3.1", "plain-json": "/nexo", "westpay": "/nexo"}


class TillApp:
    """The till's door over HTTP."""

    def __init__(self, till: Till) -> None:
        self._till = till
        self.paths: set[str] = set()
        self.content_types: set[bytes] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths.add(scope["path"])
        self.content_types.add(dict(scope["headers"])[b"content-type"])
        reply = await self._till.post(await read_body(scope, receive))
        await respond(send, reply.status, reply.body)


class Connected:
    """A till and a terminal that reach each other over HTTP."""

    def __init__(self, till: Till, app: TillApp, server: NexoServer) -> None:
        self.till = till
        self.app = app
        self.server = server


@asynccontextmanager
async def connected(profile: str = "swedbank", **settings: Any) -> AsyncIterator[Connected]:
    till = Till(nexo.profile(profile).encoding)
    app = TillApp(till)
    async with Door(app, DoorConfig()) as door, HttpClient() as client:
        settings.setdefault("pos_url", door.url)
        config = NexoServerConfig(profile=profile, port=0, pace_s=0.0, **settings)
        async with serve_nexo(config) as server:
            url = server.url.removeprefix("nexo+").partition("?")[0]

            async def receive(data: bytes) -> Reply:
                headers = {"X-Callback-Url": f"{door.url}/called-back"}
                answer = await client.post(url, data, headers=headers, timeout_s=20)
                return Reply(status=answer.status, body=answer.body)

            till.receive = receive
            yield Connected(till, app, server)


def displays(*texts: str) -> list[str]:
    return [line for text in texts for line in (f"< Display {text}", "> 204")]


PIN = ("Enter PIN", "Enter PIN: *", "Enter PIN: **", "Enter PIN: ***", "Enter PIN: ****")


@pytest.mark.parametrize("profile", ["swedbank", "plain-json"])
async def test_the_full_diagram_of_the_seed_arrow_by_arrow(profile: str) -> None:
    async with connected(profile) as line:
        till = line.till
        await till.send(login(FULL), "1")
        await till.seen("< Display Welcome")
        await till.send(payment("38.00"), "2")
        await till.seen("< Display Welcome", 2)
        await till.send(nexo.LogoutRequest(), "3")
    assert till.lines == [
        "> LoginRequest",
        "< 200 LoginResponse Success",
        *displays("Please wait", "Welcome"),
        "> PaymentRequest",
        *displays("Present card", *PIN, "Authorizing", "Approved"),
        "< 200 PaymentResponse Success",
        *displays("Welcome"),
        "> LogoutRequest",
        "< 200 LogoutResponse Success",
    ]
    assert line.app.paths == {PATHS[profile]}
    assert line.app.content_types == {nexo.profile(profile).content_type.encode()}


@pytest.mark.parametrize("profile", ["swedbank", "plain-json"])
async def test_the_simple_diagram_of_the_seed_arrow_by_arrow(profile: str) -> None:
    async with connected(profile) as line:
        till = line.till
        await till.send(login(LIGHT), "1")
        await till.send(payment("38.00"), "2")
        await till.send(status("2"), "3")
        await till.send(nexo.LogoutRequest(), "4")
    assert till.lines == [
        "> LoginRequest",
        "< 200 LoginResponse Success",
        "> PaymentRequest",
        "< 200 PaymentResponse Success",
        "> TransactionStatusRequest",
        "< 200 TransactionStatusResponse Success",
        "> LogoutRequest",
        "< 200 LogoutResponse Success",
    ]


@pytest.mark.parametrize("confirm", [True, False])
@pytest.mark.parametrize("posted", [True, False])
async def test_a_signature_is_answered_in_the_exchange_or_posted(
    *, confirm: bool, posted: bool
) -> None:
    async with connected("plain-json" if posted else "swedbank") as line:
        till = line.till
        till.confirm, till.acknowledge_then_post = confirm, posted
        await till.send(login(FULL), "1")
        await till.seen("< Display Welcome")
        till.lines.clear()
        await till.send(payment("38.07"), "2")
    shown = "Approved" if confirm else "Disapproved"
    answered = ["> 204", "> InputResponse"] if posted else ["> 200"]
    expected = [
        "> PaymentRequest",
        *displays("Present card", "Authorizing"),
        "< Print CashierReceipt",
        "> 204",
        "< Input GetConfirmation",
        *answered,
        *displays(shown),
        f"< 200 PaymentResponse {'Success' if confirm else 'Failure Refusal'}",
    ]
    # The 204 of a posted answer comes on a connection of its own, at no certain place.
    acknowledged = [line for line in till.lines if line == "< 204"]
    assert acknowledged == (["< 204"] if posted else [])
    assert [line for line in till.lines if line != "< 204"] == expected


async def test_westpays_terminal_posts_to_where_the_header_says() -> None:
    async with connected("westpay", pos_url=None) as line:
        await line.till.send(login(FULL), "1")
        await line.till.seen("< Display Welcome")
    assert line.app.paths == {"/called-back"}


@pytest.mark.parametrize(
    ("path", "method", "status_code"), [("/elsewhere", "POST", 404), ("", "GET", 405)]
)
async def test_only_a_post_at_the_profiles_path_is_taken(
    path: str, method: str, status_code: int
) -> None:
    async with serve_nexo(NexoServerConfig(port=0)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        target = path or PATHS["swedbank"]
        writer.write(f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        head = await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert head.split()[1] == str(status_code).encode()


@pytest.mark.parametrize("strike", [Strike.DROP_AFTER, Strike.TRUNCATE])
async def test_an_answer_that_is_lost_breaks_the_connection(strike: Strike) -> None:
    async with connected(faults=(Fault(strike=strike),)) as line:
        await line.till.send(login(LIGHT), "1")
        with pytest.raises(LinkError) as broken:
            await line.till.send(payment("38.00"), "2")
        assert broken.value.written
        assert line.server.terminal.books.net() == {"SEK": 3800}
        answer = await line.till.ask(status("2"), "3", nexo.TransactionStatusResponse)
        assert answer.repeated_message_response is not None


async def test_books_and_answers_outlive_the_server(tmp_path: Path) -> None:
    books = tmp_path / "books.jsonl"
    async with connected(books=books) as line:
        await line.till.send(login(LIGHT), "1")
        await line.till.send(payment("38.00"), "2")
    async with connected(books=books) as line:
        assert line.server.terminal.books.net() == {"SEK": 3800}
        await line.till.send(login(LIGHT), "3")
        answer = await line.till.ask(status("2"), "4", nexo.TransactionStatusResponse)
        assert answer.repeated_message_response is not None
        again = await line.till.ask(payment("38.00"), "2", nexo.PaymentResponse)
        assert again.response.error_condition == "MessageFormat"


async def test_an_unknown_profile_and_a_taken_port_are_configuration_errors() -> None:
    with pytest.raises(ConfigurationError):
        async with serve_nexo(NexoServerConfig(profile="nobody")):
            pass
    async with serve_nexo(NexoServerConfig(port=0)) as first:
        with pytest.raises(ConfigurationError):
            async with serve_nexo(NexoServerConfig(port=first.port)):
                pass


class FramedTill:
    """One framed connection: answers come by their ids, requests go to the till's door."""

    def __init__(self, till: Till) -> None:
        self._till = till
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        till.receive = self._exchange

    async def connect(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._reading = asyncio.get_running_loop().create_task(self._read())

    async def close(self) -> None:
        self._reading.cancel()
        self._writer.close()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _exchange(self, data: bytes) -> Reply:
        message = nexo.decode(data)
        self._writer.write(frame(data))
        if message.root == "SaleToPOIResponse" or message.body_name == "AbortRequest":
            return Reply(status=204)
        answered: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[message.header.service_id or ""] = answered
        return await answered

    async def _read(self) -> None:
        while True:
            length = int.from_bytes(await self._reader.readexactly(4), "big")
            data = await self._reader.readexactly(length)
            message = nexo.decode(data)
            if message.root == "SaleToPOIResponse":
                waiting = self._waiting.pop(message.header.service_id or "")
                waiting.set_result(Reply(status=200, body=data))
                continue
            reply = await self._till.post(data)
            if reply.body:
                self._writer.write(frame(reply.body))


@pytest.mark.parametrize("profile", ["framed-xml", "framed-json"])
async def test_one_framed_connection_carries_both_ways(profile: str) -> None:
    till = Till(nexo.profile(profile).encoding)
    async with serve_nexo(NexoServerConfig(profile=profile, port=0, pace_s=0.0)) as server:
        connection = FramedTill(till)
        await connection.connect(server.port)
        await till.send(login(FULL), "1")
        await till.seen("< Display Welcome")
        till.lines.clear()
        await till.send(payment("38.07"), "2")
        await connection.close()
    assert [line for line in till.lines if not line.startswith("> 20")] == [
        "> PaymentRequest",
        "< Display Present card",
        "< Display Authorizing",
        "< Print CashierReceipt",
        "< Input GetConfirmation",
        "< Display Approved",
        "< 200 PaymentResponse Success",
    ]
    assert server.url.startswith("nexo+tcp://")


async def test_a_framed_till_that_hangs_up_is_not_charged_twice() -> None:
    till = Till()
    config = NexoServerConfig(profile="framed-xml", port=0, pace_s=0.0)
    async with serve_nexo(config) as server:
        first = FramedTill(till)
        await first.connect(server.port)
        await till.send(login(LIGHT), "1")
        await first.close()
        second = FramedTill(till)
        await second.connect(server.port)
        await till.send(payment("38.00"), "2")
        again = await till.ask(payment("38.00"), "2", nexo.PaymentResponse)
        assert again.response.error_condition == "MessageFormat"
        assert server.terminal.books.net() == {"SEK": 3800}
        await second.close()
