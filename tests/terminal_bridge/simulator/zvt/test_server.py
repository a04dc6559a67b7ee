"""The simulated terminal behind a TCP port and on a pty, with real bytes and real time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from opi_pos.model.errors import ConfigurationError, LinkError
from opi_pos.poi.faults import Fault, Strike
from terminal_bridge.simulator.zvt.byte_link import SimulatedLink
from terminal_bridge.simulator.zvt.pipe import StreamPipe
from terminal_bridge.simulator.zvt.server import (
    MAX_CONNECTIONS,
    ZvtServer,
    ZvtServerConfig,
    serve_zvt,
)
from terminal_bridge.simulator.zvt.station import SimulatedZvt
from tests.terminal_bridge.simulator.zvt.play import play
from tests.terminal_bridge.simulator.zvt.till import (
    REGISTER,
    REGISTER_TLV,
    Till,
    command,
    controls,
    find,
    pay,
    register,
    reverse,
)

LAST = command(0x0620, "000000 03 03")


@asynccontextmanager
async def connected(server: ZvtServer) -> AsyncIterator[Till]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield Till(StreamPipe(reader, writer))
    finally:
        writer.close()
        await writer.wait_closed()


class SerialPort:
    """A till's end of a pty, opened as a program opens its serial port."""

    closes = False

    def __init__(self, path: str) -> None:
        import tty  # noqa: PLC0415 - not on Windows

        self._file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._file)
        self._came = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._file, self._came.set)

    async def read(self) -> bytes:
        while True:
            try:
                return os.read(self._file, 4096)
            except BlockingIOError:
                self._came.clear()
                await self._came.wait()

    def write(self, data: bytes) -> None:
        os.write(self._file, data)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._file)
        os.close(self._file)


def quick(**settings: object) -> ZvtServerConfig:
    return ZvtServerConfig(port=0, pace_s=0.0, **settings)  # type: ignore[arg-type]


async def test_a_till_pays_over_tcp() -> None:
    async with serve_zvt(quick()) as server:
        assert server.url == f"zvt+tcp://127.0.0.1:{server.port}"
        async with connected(server) as till:
            assert (await till.end(REGISTER_TLV)).control == 0x060F
            came = await till.run(pay(1250))
            assert came[-1].control == 0x060F
            assert "06D3" in controls(came)
            assert (await till.end(reverse(1))).control == 0x060F
            assert (await till.end(command(0x0650, "000000"))).control == 0x060F
        assert server.terminal.books.net() == {"EUR": 0}


async def test_a_till_may_connect_anew_for_every_command() -> None:
    async with serve_zvt(quick()) as server:
        for message in (REGISTER, pay(1000), pay(500), command(0x0650, "000000")):
            async with connected(server) as till:
                assert (await till.end(message)).control == 0x060F
        assert server.terminal.books.net() == {"EUR": 1500}


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no ptys")
async def test_a_till_pays_over_a_serial_line() -> None:
    async with serve_zvt(quick(serial=True)) as server:
        assert server.url == f"zvt+serial://{server.path}"
        port = SerialPort(server.path)
        till = Till(port, serial=True)
        assert (await till.end(REGISTER)).control == 0x060F
        assert (await till.end(pay(1010))).control == 0x060F
        port.close()
        port = SerialPort(server.path)
        status = find(await Till(port, serial=True).run(LAST), 0x040F)
        assert status.data[2:9] == bytes.fromhex("04 000000001010")
        port.close()
        assert server.terminal.books.net() == {"EUR": 1010}


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no ptys")
async def test_a_noisy_pty_repairs_itself() -> None:
    faults = tuple(
        Fault(strike=Strike.FLIP, category=direction, nth=nth)
        for direction, nth in (("to_till", 21), ("to_terminal", 30))
    )
    async with serve_zvt(quick(serial=True, faults=faults)) as server:
        port = SerialPort(server.path)
        till = Till(port, serial=True)
        assert (await till.end(register(0x36))).control == 0x060F
        assert (await till.end(pay(1000))).control == 0x060F
        port.close()


@pytest.mark.parametrize("serial", [False, True])
async def test_a_server_that_ends_hangs_up(serial: bool) -> None:
    async with serve_zvt(quick(serial=serial)) as server:
        if serial:
            return
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_one_till_too_many_is_turned_away() -> None:
    async with serve_zvt(quick()) as server:
        streams = [
            await asyncio.open_connection("127.0.0.1", server.port) for _ in range(MAX_CONNECTIONS)
        ]
        first = Till(StreamPipe(*streams[0]))
        assert (await first.end(REGISTER)).control == 0x060F
        async with connected(server) as till:
            assert await till.receive() is None
        for _, writer in streams:
            writer.close()


async def test_books_turnover_and_numbers_outlive_the_process(tmp_path: Path) -> None:
    file = tmp_path / "zvt.jsonl"
    async with serve_zvt(quick(books=file)) as server, connected(server) as till:
        await till.run(register(0x36))
        await till.run(pay(1000))
        await till.run(pay(200))
        server.terminal.lock(0xC2)
    async with serve_zvt(quick(books=file)) as server, connected(server) as till:
        assert (await till.end(pay(1000))).data == b"\xc2"
        assert (await till.end(command(0x0670, ""))).control == 0x060F
        assert (await till.end(reverse(1))).control == 0x060F
        status = find(await till.run(LAST), 0x040F)
        assert bytes.fromhex("37000001") in status.data
        assert bytes.fromhex("0B000003") in status.data
        await till.run(command(0x0650, "000000"))
        assert server.terminal.books.net() == {"EUR": 200}
    async with serve_zvt(quick(books=file)) as server:
        assert server.terminal.books.period == 2
        assert server.terminal.store.turnover == []
        assert server.terminal.store.last is not None


async def test_a_cut_off_line_is_dropped_and_a_damaged_one_named(tmp_path: Path) -> None:
    file = tmp_path / "zvt.jsonl"
    async with serve_zvt(quick(books=file)) as server, connected(server) as till:
        await till.run(pay(1000))
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"news":{"tr')
    async with serve_zvt(quick(books=file)) as server:
        assert server.terminal.books.net() == {"EUR": 1000}
    assert file.read_bytes() == whole
    file.write_bytes(b"nonsense\n" + whole)
    with pytest.raises(ConfigurationError, match="line 1"):
        async with serve_zvt(quick(books=file)):
            pytest.fail("it was to be refused")


async def test_what_cannot_be_served_is_told() -> None:
    with pytest.raises(ConfigurationError, match="unknown profile"):
        async with serve_zvt(quick(profile="nobody")):
            pytest.fail("it was to be refused")
    async with serve_zvt(quick()) as server:
        taken = ZvtServerConfig(port=server.port)
        with pytest.raises(ConfigurationError, match="cannot listen"):
            async with serve_zvt(taken):
                pytest.fail("it was to be refused")


@pytest.mark.parametrize("serial", [False, True])
def test_a_driver_s_link_needs_no_socket(serial: bool) -> None:
    async def story(_: Till, terminal: SimulatedZvt) -> None:
        link = SimulatedLink(terminal, serial=serial)
        with pytest.raises(LinkError):
            link.write(b"\x06")
        await link.connect()
        till = Till(LinkPipe(link), serial=serial)
        assert (await till.end(REGISTER)).control == 0x060F
        terminal.reboot()
        if not serial:
            assert await link.read() == b""
            with pytest.raises(LinkError, match="refused"):
                await link.connect()
        await asyncio.sleep(5)
        await link.connect()
        assert (await Till(LinkPipe(link), serial=serial).end(REGISTER)).control == 0x060F
        await link.close()

    play(story, serial=serial)


class LinkPipe:
    """A link as a pipe."""

    closes = True

    def __init__(self, link: SimulatedLink) -> None:
        self.read = link.read
        self.write = link.write

    def close(self) -> None:
        raise AssertionError("the link is closed by its owner")
