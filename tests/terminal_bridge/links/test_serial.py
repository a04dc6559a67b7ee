"""A byte stream over a pty, as a serial line; and the threads that read where no loop can watch."""

from __future__ import annotations

import asyncio
import os
import pty
import sys
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import serial

from opi_pos.model.errors import LinkError
from terminal_bridge.links.byte_link import MAX_UNSENT
from terminal_bridge.links.serial import SerialLink, _Port, _ThreadPort, stable_device

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pty")


@dataclass
class Pty:
    """Both ends: `master` is the terminal's, `path` the device that the till opens."""

    master: int
    slave: int
    path: str

    def say(self, data: bytes) -> None:
        os.write(self.master, data)

    async def hear(self, size: int) -> bytes:
        """Read so many bytes that the till wrote."""
        loop = asyncio.get_running_loop()
        heard = b""
        while len(heard) < size:
            came = asyncio.Event()
            loop.add_reader(self.master, came.set)
            await came.wait()
            loop.remove_reader(self.master)
            heard += os.read(self.master, size - len(heard))
        return heard


@pytest.fixture
def line() -> Iterator[Pty]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    yield Pty(master, slave, os.ttyname(slave))
    for descriptor in (master, slave):
        try:
            os.close(descriptor)
        except OSError:
            continue  # the test closed it


async def test_bytes_go_there_and_back(line: Pty) -> None:
    link = SerialLink(line.path)
    await link.connect()
    link.write(b"\x10\x02\x06\x00")
    assert await line.hear(4) == b"\x10\x02\x06\x00"
    line.say(b"\x06")
    assert await link.read() == b"\x06"
    await link.close()


async def test_the_line_is_set_as_zvt_wants_it(line: Pty, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[serial.Serial] = []

    class Noting(serial.Serial):
        def __init__(self, **words: Any) -> None:
            super().__init__(**words)
            opened.append(self)

    monkeypatch.setattr("terminal_bridge.links.serial.serial.Serial", Noting)
    link = SerialLink(line.path, baud=115200, stop_bits=1)
    await link.connect()
    port = opened[0]
    assert (port.baudrate, port.bytesize, port.parity, port.stopbits) == (115200, 8, "N", 1)
    assert (port.rtscts, port.xonxoff, port.exclusive) == (False, False, True)
    await link.close()


async def test_a_second_process_cannot_open_the_same_line(line: Pty) -> None:
    first, second = SerialLink(line.path), SerialLink(line.path)
    await first.connect()
    with pytest.raises(LinkError) as caught:
        await second.connect()
    assert not caught.value.written
    await first.close()
    await second.connect()
    await second.close()


async def test_a_device_that_is_not_there_is_named(tmp_path: Path) -> None:
    link = SerialLink(str(tmp_path / "ttyUSB0"))
    with pytest.raises(LinkError, match=r"ttyUSB0: cannot be opened: No such file") as caught:
        await link.connect()
    assert not caught.value.written


async def test_a_device_that_goes_away_is_an_error_and_can_be_opened_again(line: Pty) -> None:
    link = SerialLink(line.path)
    await link.connect()
    os.close(line.master)
    with pytest.raises(LinkError) as caught:
        await link.read()
    assert caught.value.written
    with pytest.raises(LinkError):
        link.write(b"x")
    await link.close()


async def test_more_than_the_line_takes_at_once_is_written_when_it_may(line: Pty) -> None:
    link = SerialLink(line.path)
    await link.connect()
    data = bytes(range(256)) * 256
    link.write(data)
    assert await line.hear(len(data)) == data
    await link.close()


async def test_a_line_that_nobody_reads_is_given_up_before_memory_is(line: Pty) -> None:
    link = SerialLink(line.path)
    await link.connect()
    for _ in range(3):
        if not link_is_lost(link):
            link.write(b"x" * MAX_UNSENT)
    assert link_is_lost(link)
    with pytest.raises(LinkError):
        link.write(b"x")
    await link.close()


def link_is_lost(link: SerialLink) -> bool:
    assert link._port is not None
    return bool(link._port._heard.ended)  # type: ignore[attr-defined]


async def test_a_reader_that_waits_ends_when_the_line_is_closed(line: Pty) -> None:
    link = SerialLink(line.path)
    await link.connect()
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(link.read())
        group.create_task(link.close())
    assert reading.result() == b""


def test_a_usb_adapter_has_a_name_that_lasts(tmp_path: Path) -> None:
    by_id, device = tmp_path / "by-id", tmp_path / "ttyUSB0"
    by_id.mkdir()
    device.touch()
    assert stable_device(str(device), by_id) == str(device)
    (by_id / "usb-maker-4711").symlink_to(device)
    assert stable_device(str(device), by_id) == str(by_id / "usb-maker-4711")
    assert stable_device(str(device), tmp_path / "nowhere") == str(device)


# --- threads, as on Windows -------------------------------------------------------------------


def threaded(line: Pty) -> _Port:
    return _ThreadPort(serial.Serial(line.path, timeout=0.02, write_timeout=0), line.path)


async def test_threads_carry_bytes_both_ways(line: Pty) -> None:
    port = threaded(line)
    port.write(b"\x06\x01")
    assert await line.hear(2) == b"\x06\x01"
    line.say(b"\x80\x00\x00")
    heard = b""
    while len(heard) < 3:
        heard += await port.read()
    assert heard == b"\x80\x00\x00"
    port.close()


async def test_threads_end_with_the_port(line: Pty) -> None:
    port = threaded(line)
    assert isinstance(port, _ThreadPort)
    port.close()
    assert not any(thread.is_alive() for thread in port._threads)
    assert await port.read() == b""
    with pytest.raises(LinkError):
        port.write(b"x")


async def test_threads_tell_of_a_device_that_went_away(line: Pty) -> None:
    port = threaded(line)
    os.close(line.master)
    with pytest.raises(LinkError):
        await until_end(port)
    port.close()


async def until_end(port: _Port) -> None:
    while True:
        await port.read()
