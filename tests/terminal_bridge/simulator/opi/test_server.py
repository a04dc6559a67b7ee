"""The simulated terminal on real sockets: both channels, and a bad line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.poi.faults import Fault, Strike
from opi_pos.wire import opi
from opi_pos.wire.opi import CardRequest
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.opi.server import OpiServer, OpiServerConfig, serve_opi
from tests.terminal_bridge.simulator.opi.till import Till, euros


class Shop:
    """A till on sockets: a listener for channel 1 and a connection for every request."""

    def __init__(self) -> None:
        self.till = Till()
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._writers: list[asyncio.StreamWriter] = []

    async def listen(self) -> int:
        self._server = await asyncio.start_server(self._asked, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        frames = opi.Frames()
        with suppress(ConnectionError):
            while data := await reader.read(4096):
                for message in frames.receive(data):
                    reply = await self.till.post(message)
                    writer.write(opi.frame(reply.body))
        writer.close()

    def over(self, port: int, *, framed: bool = True) -> None:
        async def receive(data: bytes) -> Reply:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(opi.frame(data) if framed else data)
            frames = opi.Frames()
            came: list[bytes] = []
            while part := await reader.read(4096):
                came += frames.receive(part)
            writer.close()
            frames.end()
            return Reply(status=200, body=came[0] if came else b"")

        self.till.receive = receive


@asynccontextmanager
async def shop(*faults: Fault, **settings: Any) -> AsyncIterator[tuple[Shop, OpiServer]]:
    till = Shop()
    pos_port = await till.listen()
    config = OpiServerConfig(port=0, pos_port=pos_port, pace_s=0.0, faults=faults, **settings)
    async with serve_opi(config) as server:
        till.over(server.port)
        try:
            yield till, server
        finally:
            await till.close()


@pytest.mark.parametrize("kept", [False, True])
async def test_a_payment_over_both_channels(kept: bool) -> None:
    async with shop(kept=kept, profile="nl") as (till, server):
        assert server.url.startswith("opi+tcp://127.0.0.1:")
        assert "profile=nl&listen=" in server.url
        await till.till.login()
        paid = await till.till.pay("25.07")
        assert paid.overall_result == "Success"
        assert till.till.lines[-2] == "< Printer: slip"
        assert till.connections == (1 if kept else len(till.till.asked))
        assert server.terminal.books.net() == {"EUR": 2507}


async def test_an_abort_on_a_second_connection() -> None:
    async with shop() as (till, _):
        await till.till.login()
        paying = asyncio.get_running_loop().create_task(till.till.pay("10.03", request_id="7"))
        await till.till.was_asked.wait()
        taken = await till.till.ask(CardRequest.ABORT, reference_number="7")
        assert (taken.overall_result, (await paying).overall_result) == ("Success", "Aborted")


async def test_both_channels_on_one_socket() -> None:
    async with shop(one_socket=True) as (till, server):
        assert server.url.endswith("listen=none")
        await till.till.login()
        request = till.till.request(CardRequest.PAYMENT, total_amount=euros("25.07"))
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(opi.frame(opi.encode(request)))
        frames, answer = opi.Frames(), b""
        while data := await reader.read(4096):
            for message in frames.receive(data):
                if isinstance(opi.decode(message), opi.DeviceRequest):
                    reply = await till.till.post(message)
                    writer.write(opi.frame(reply.body))
                else:
                    answer = message
        writer.close()
        paid = opi.decode(answer)
        assert isinstance(paid, opi.CardServiceResponse)
        assert paid.overall_result == "Success"
        assert till.till.lines[-1] == "< PrinterReceipt: slip"


async def test_a_till_without_lengths_is_answered_without_one() -> None:
    async with shop() as (till, server):
        till.over(server.port, framed=False)
        assert (await till.till.login()).overall_result == "Success"


async def test_a_till_that_goes_away_does_not_stop_the_payment() -> None:
    async with shop() as (till, server):
        await till.till.login()
        request = till.till.request(
            CardRequest.PAYMENT, request_id="9", total_amount=euros("10.00")
        )
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(opi.frame(opi.encode(request)))
        await writer.drain()
        await till.till.was_asked.wait()
        writer.transport.abort()
        told = await till.till.ask(CardRequest.REPEAT_LAST_MESSAGE)
        while told.overall_result == "Busy":
            told = await till.till.ask(CardRequest.REPEAT_LAST_MESSAGE)
        assert told.original_header.request_id == "9"
        assert server.terminal.books.net() == {"EUR": 1000}


@pytest.mark.parametrize("strike", [Strike.SEGMENTS, Strike.GLUED])
async def test_a_bad_line_is_read_all_the_same(strike: Strike) -> None:
    faults = [Fault(strike=strike, category=what) for what in ("CardPayment", "Display")]
    async with shop(*faults) as (till, server):
        await till.till.login()
        assert (await till.till.pay("10.01")).overall_result == "Success"
        assert server.terminal.books.net() == {"EUR": 1001}


async def test_a_wrong_length_ends_inside_a_message() -> None:
    async with shop(Fault(strike=Strike.WRONG_LENGTH, category="CardPayment")) as (till, server):
        await till.till.login()
        with pytest.raises(ProtocolError, match="inside"):
            await till.till.pay("10.01")
        assert server.terminal.books.net() == {"EUR": 1001}


async def test_half_an_answer_on_the_line() -> None:
    async with shop(Fault(strike=Strike.TRUNCATE, category="CardPayment")) as (till, _):
        await till.till.login()
        with pytest.raises(ProtocolError, match="inside"):
            await till.till.pay("10.01")


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x00\x00\x05hello",
        b"\xff\xff\xff\xff",
        opi.frame(b"<DeviceRequest RequestType='Output'/>"),
        opi.frame(b"<!DOCTYPE x><ServiceRequest RequestType='Login'/>"),
    ],
)
async def test_what_is_no_request_ends_the_connection_and_nothing_else(data: bytes) -> None:
    async with shop() as (till, server):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(data)
        assert await reader.read() == b""
        writer.close()
        assert (await till.till.login()).overall_result == "Success"


async def test_books_and_answers_outlive_the_process(tmp_path: Path) -> None:
    books = tmp_path / "books.jsonl"
    async with shop(books=books) as (till, _):
        await till.till.login()
        await till.till.pay("10.00", request_id="7")
    async with shop(books=books) as (till, server):
        await till.till.login()
        told = await till.till.ask(CardRequest.REPEAT_LAST_MESSAGE)
        assert told.original_header.request_id == "7"
        assert (await till.till.pay("1.00")).terminal.stan == "000002"
        assert server.terminal.books.net() == {"EUR": 1100}


@pytest.mark.parametrize("settings", [{"profile": "xx"}, {"host": "203.0.113.1"}])
async def test_what_cannot_be_served_is_named(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        async with serve_opi(OpiServerConfig(**({"port": 0} | settings))):
            pass
