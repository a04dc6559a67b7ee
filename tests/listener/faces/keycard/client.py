"""A client written from the words of the API's documentation alone: standard library only, JSON in
the POST body, and an HTTP server that tracks what comes to the CallbackUrl.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any


class Client:
    """Sends commands, and keeps the callbacks of each CallbackUrl apart."""

    def __init__(self, host: str, port: int, path: str) -> None:
        self.host, self.port, self.path = host, port, path
        self.callbacks: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.callback_port = 0
        self.status = 200
        self.name = "127.0.0.1"
        self._grew = asyncio.Event()
        self._server: asyncio.Server | None = None

    def url(self, path: str) -> str:
        return f"http://{self.name}:{self.callback_port}{path}"

    async def send(self, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: application/json\r\n"
            f"{extra}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        head_bytes, _, rest = answer.partition(b"\r\n\r\n")
        return int(head_bytes.split()[1]), json.loads(rest) if rest else {}

    async def command(
        self, command: str, parameter: str | None = None, *, path: str = "/callback"
    ) -> dict[str, Any]:
        """One command; its immediate response."""
        message = {"Command": command, "CallbackUrl": self.url(path)}
        if parameter is not None:
            message["Parameter"] = parameter
        status, answer = await self.send(json.dumps(message).encode("utf-8"))
        assert str(status) == answer["HttpStatus"]
        return answer

    async def run(
        self, command: str, parameter: str | None = None, *, path: str = "/callback"
    ) -> dict[str, Any]:
        """One command to its end message."""
        answer = await self.command(command, parameter, path=path)
        assert answer["Proceed"] is True, answer
        return await self.end(command, path)

    async def end(self, command: str, path: str = "/callback") -> dict[str, Any]:
        """Wait for the end message of a command, and take it off."""

        def found() -> dict[str, Any] | None:
            for place, (where, message) in enumerate(self.callbacks):
                is_end = message["IsIntermediateState"] is False
                if where == path and message["Command"] == command and is_end:
                    del self.callbacks[place]
                    return message
            return None

        message: dict[str, Any] | None = None

        def came() -> bool:
            nonlocal message
            message = found()
            return message is not None

        await self.until(came)
        assert message is not None
        return message

    async def until(self, reached: Callable[[], bool]) -> None:
        """Wait for callbacks until something is so."""
        async with asyncio.timeout(60):
            while not reached():
                self._grew.clear()
                await self._grew.wait()

    async def intermediates(self, count: int, path: str = "/callback") -> list[str]:
        """Wait for that many texts."""
        await self.until(lambda: len(self.texts(path)) >= count)
        return self.texts(path)

    def texts(self, path: str = "/callback") -> list[str]:
        return [
            text(message)
            for where, message in self.callbacks
            if where == path and message["IsIntermediateState"]
        ]

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.callback_port or 0)
        self.callback_port = self._server.sockets[0].getsockname()[1]

    async def stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        fields = {
            name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines[1:])
        }
        body = await reader.readexactly(int(fields["content-length"]))
        if self.status == 200:
            self.callbacks.append((lines[0].split()[1], json.loads(body)))
            self.headers.append(fields)
            self._grew.set()
        writer.write(
            f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def client(url: str) -> AsyncIterator[Client]:
    authority, _, path = url.removeprefix("http://").partition("/")
    host, _, port = authority.partition(":")
    made = Client(host, int(port), "/" + path)
    await made.listen()
    try:
        yield made
    finally:
        await made.stop_listening()


def text(message: dict[str, Any]) -> str:
    return base64.b64decode(message["Value"]).decode("utf-8")


def receipt(message: dict[str, Any]) -> list[str]:
    return [base64.b64decode(line).decode("utf-8") for line in message["ReceiptText"]]
