"""ZVT bytes as somebody else would write them: nothing here comes from the library under test."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from typing import Protocol

ACK = bytes.fromhex("800000")
UNKNOWN = bytes.fromhex("848300")
WITHIN_S = 20.0
"""How long anything may take before a test fails; nothing waits that long."""


class Wire(Protocol):
    """Whole messages both ways."""

    async def send(self, message: bytes) -> None: ...

    async def receive(self) -> bytes:
        """The next message; empty when the other side is gone."""
        ...

    async def close(self) -> None: ...


def hexed(text: str) -> bytes:
    return bytes.fromhex(text)


def message(control: str, data: bytes | str = b"") -> bytes:
    """A message with its length; the long form from 255 bytes on."""
    content = hexed(data) if isinstance(data, str) else data
    size = len(content)
    length = bytes([size]) if size < 255 else bytes([255, size & 255, size >> 8])
    return hexed(control) + length + content


def control_of(raw: bytes) -> str:
    return raw[:2].hex().upper()


def data_of(raw: bytes) -> bytes:
    return raw[5:] if raw[2] == 255 else raw[3:]


class Stream:
    """TCP: messages back to back."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, port: int) -> Stream:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, message: bytes) -> None:
        self.writer.write(message)
        await self.writer.drain()

    async def receive(self) -> bytes:
        try:
            async with asyncio.timeout(WITHIN_S):
                raw = await self.reader.readexactly(3)
                size = raw[2]
                if size == 255:
                    long = await self.reader.readexactly(2)
                    raw, size = raw + long, long[0] + 256 * long[1]
                return raw + await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


def checksum(data: bytes) -> bytes:
    """Bit by bit, low byte first."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return bytes([value & 255, value >> 8])


def framed(message: bytes) -> bytes:
    doubled = message.replace(b"\x10", b"\x10\x10")
    return b"\x10\x02" + doubled + b"\x10\x03" + checksum(message + b"\x03")


class Line:
    """A serial line: frames, and one ACK for each. No repeats: the line of a test is clean."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)
        self._bytes: asyncio.Queue[int] = asyncio.Queue()
        self._waiting: deque[bytes] = deque()
        asyncio.get_running_loop().add_reader(descriptor, self._readable)
        self._open = True
        self.as_recorded = b""
        """The next frame as somebody else wrote it."""
        self.slowly = False
        """Write byte by byte."""

    @classmethod
    def to(cls, path: str) -> Line:
        import tty  # noqa: PLC0415 - not on Windows

        descriptor = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(descriptor)
        return cls(descriptor)

    def _readable(self) -> None:
        try:
            data = os.read(self._descriptor, 4096)
        except OSError:
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._descriptor)
        for byte in data:
            self._bytes.put_nowait(byte)

    async def _byte(self) -> int:
        async with asyncio.timeout(WITHIN_S):
            return await self._bytes.get()

    async def send(self, message: bytes) -> None:
        """The message, and its ACK is waited for; a message that comes first is kept."""
        data, self.as_recorded = self.as_recorded or framed(message), b""
        for part in [data[at : at + 1] for at in range(len(data))] if self.slowly else [data]:
            os.write(self._descriptor, part)
            await asyncio.sleep(0)
        while (byte := await self._byte()) != 0x06:
            assert byte == 0x10, f"{byte:02X} instead of ACK"
            self._waiting.append(await self._frame())

    async def receive(self) -> bytes:
        if self._waiting:
            return self._waiting.popleft()
        assert await self._byte() == 0x10
        return await self._frame()

    async def _frame(self) -> bytes:
        assert await self._byte() == 0x02
        message = bytearray()
        while True:
            byte = await self._byte()
            if byte == 0x10:
                byte = await self._byte()
                if byte == 0x03:
                    break
            message.append(byte)
        told = bytes([await self._byte(), await self._byte()])
        assert told == checksum(bytes(message) + b"\x03")
        os.write(self._descriptor, b"\x06")
        return bytes(message)

    async def close(self) -> None:
        if self._open:
            self._open = False
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)
