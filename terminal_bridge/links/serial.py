"""A byte stream over a serial line, through pyserial. It never blocks the event loop.

POSIX: the descriptor is watched by the loop. Windows: a thread reads. The line is exclusive: a
second process that opens it is told so (`flock` on POSIX, always so on Windows).
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import serial

from opi_pos.model.errors import LinkError
from terminal_bridge.links.byte_link import CHUNK, MAX_UNSENT, Backoff

BY_ID: Final = Path("/dev/serial/by-id")
"""Where Linux names USB adapters by maker and serial number, whatever port they are plugged in."""
THREAD_WAIT_S: Final = 0.1
"""How long the reading thread waits for a byte before it looks whether it should end."""


def stable_device(device: str, by_id: Path = BY_ID) -> str:
    """The lasting name of a device: a USB adapter that is plugged in again may come back as
    another `ttyUSB…`, but has the same name in `/dev/serial/by-id`. Without one, `device` itself.
    """
    try:
        links = sorted(by_id.iterdir())
    except OSError:
        return device
    real = os.path.realpath(device)
    return next((str(link) for link in links if os.path.realpath(link) == real), device)


class SerialLink:
    """See `ByteLink`. 8 data bits, no parity, no handshake."""

    def __init__(self, device: str, *, baud: int = 9600, stop_bits: int = 2) -> None:
        """`device`: `/dev/ttyUSB0`, a name in `/dev/serial/by-id`, or `COM3`."""
        self._device = device
        self._baud = baud
        self._stop_bits = stop_bits
        self._port: _Port | None = None
        self._backoff = Backoff()

    @property
    def place(self) -> str:
        """The device."""
        return self._device

    async def connect(self) -> None:
        """See `ByteLink`."""
        await self.close()
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._backoff.wait_s(loop.time()))
        try:
            opened = self._open()
        except (OSError, ValueError) as error:  # SerialException is an OSError
            self._backoff.failed(loop.time())
            problem = f"{self._device}: cannot be opened: {_why(error)}"
            raise LinkError(problem, written=False) from None
        self._backoff.succeeded()
        self._device = stable_device(self._device)
        self._port = _watched(opened, self._device)

    def _open(self) -> serial.Serial:
        return serial.Serial(
            port=self._device,
            baudrate=self._baud,
            stopbits=self._stop_bits,
            timeout=THREAD_WAIT_S,
            write_timeout=0,
            exclusive=True,
        )

    async def read(self) -> bytes:
        """See `ByteLink`."""
        if self._port is None:
            raise LinkError(f"{self._device}: not open", written=False)
        return await self._port.read()

    def write(self, data: bytes) -> None:
        """See `ByteLink`."""
        if self._port is None:
            raise LinkError(f"{self._device}: not open", written=False)
        self._port.write(data)

    async def close(self) -> None:
        """See `ByteLink`."""
        port, self._port = self._port, None
        if port is not None:
            port.close()


def _why(error: Exception) -> str:
    """What a person can do something about: pyserial repeats the number and the device."""
    if "lock" in str(error):
        return "another process has it open"
    number = getattr(error, "errno", None)
    if isinstance(number, int):
        return os.strerror(number)
    return "it is no serial device" if "configure port" in str(error) else str(error)


class _Port(Protocol):
    async def read(self) -> bytes: ...
    def write(self, data: bytes) -> None: ...
    def close(self) -> None: ...


def _watched(opened: serial.Serial, place: str) -> _Port:
    if sys.platform == "win32":
        return _ThreadPort(opened, place)
    return _DescriptorPort(opened, place)


class _Heard:
    """What was read and not yet taken, and how it ended."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._unread = bytearray()
        self._came = asyncio.Event()
        self._problem = ""
        self.ended = False

    def put(self, data: bytes) -> None:
        self._unread += data
        self._came.set()

    def end(self, problem: str = "") -> None:
        self.ended = True
        self._problem = self._problem or problem
        self._came.set()

    async def take(self) -> bytes:
        while not self._unread:
            if self._problem:
                raise LinkError(f"{self._place}: {self._problem}", written=True)
            if self.ended:
                return b""
            self._came.clear()
            await self._came.wait()
        data = bytes(self._unread)
        self._unread.clear()
        return data


class _DescriptorPort:
    """POSIX: the loop tells when the descriptor may be read or written."""

    def __init__(self, opened: serial.Serial, place: str) -> None:
        self._serial = opened
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._descriptor: int = opened.fileno()
        os.set_blocking(self._descriptor, False)
        self._heard = _Heard(place)
        self._unsent = bytearray()
        self._closed = False
        self._loop.add_reader(self._descriptor, self._readable)

    async def read(self) -> bytes:
        return await self._heard.take()

    def _readable(self) -> None:
        try:
            data = os.read(self._descriptor, CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(f"the line broke: {_why(error)}")
            return
        if data:
            self._heard.put(data)
        else:
            self._lose("the device is gone")

    def _lose(self, problem: str) -> None:
        self._heard.end(problem)
        self._unwatch()

    def write(self, data: bytes) -> None:
        if self._closed or self._heard.ended:
            raise LinkError(f"{self._place}: the line is closed", written=False)
        if len(self._unsent) + len(data) > MAX_UNSENT:
            self._lose("nobody takes what is sent")
            return
        waits = bool(self._unsent)
        self._unsent += data
        if not waits:
            self._writable()

    def _writable(self) -> None:
        try:
            sent = os.write(self._descriptor, self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._lose(f"the line broke: {_why(error)}")
            return
        del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._descriptor, self._writable)
        else:
            self._loop.remove_writer(self._descriptor)

    def _unwatch(self) -> None:
        if not self._closed:
            self._loop.remove_reader(self._descriptor)
            self._loop.remove_writer(self._descriptor)

    def close(self) -> None:
        self._unwatch()
        self._closed = True
        self._heard.end()
        self._serial.close()


class _ThreadPort:
    """Windows, and wherever a descriptor cannot be watched: one thread reads, one writes."""

    def __init__(self, opened: serial.Serial, place: str) -> None:
        self._serial = opened
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._heard = _Heard(place)
        self._unsent = bytearray()
        self._may_write = threading.Condition()
        self._closed = False
        self._threads = [self._start(self._reads), self._start(self._writes)]

    def _start(self, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, name=f"serial {self._place}", daemon=True)
        thread.start()
        return thread

    async def read(self) -> bytes:
        return await self._heard.take()

    def write(self, data: bytes) -> None:
        if self._closed or self._heard.ended:
            raise LinkError(f"{self._place}: the line is closed", written=False)
        with self._may_write:
            self._unsent += data
            self._may_write.notify()
        if len(self._unsent) > MAX_UNSENT:
            self._heard.end("nobody takes what is sent")

    def _reads(self) -> None:
        try:
            while not self._closed:
                data = self._serial.read(max(1, self._serial.in_waiting))
                if data:
                    self._tell(self._heard.put, bytes(data))
        except (OSError, TypeError) as error:  # TypeError: closed by another thread
            if not self._closed:
                self._tell(self._heard.end, f"the line broke: {_why(error)}")

    def _writes(self) -> None:
        try:
            while (data := self._next_to_write()) is not None:
                self._serial.write(data)
        except (OSError, TypeError) as error:
            if not self._closed:
                self._tell(self._heard.end, f"the line broke: {_why(error)}")

    def _next_to_write(self) -> bytes | None:
        with self._may_write:
            while not self._unsent and not self._closed:
                self._may_write.wait()
            if self._closed:
                return None
            data = bytes(self._unsent)
            self._unsent.clear()
            return data

    def _tell(self, what: Callable[..., None], *values: object) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *values)

    def close(self) -> None:
        if self._closed:
            return
        with self._may_write:
            self._closed = True
            self._may_write.notify_all()
        self._heard.end()
        for thread in self._threads:
            thread.join(2 * THREAD_WAIT_S)
        self._serial.close()
