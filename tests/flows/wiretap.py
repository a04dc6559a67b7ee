"""A tap on the wire: passes HTTP on and writes down every arrow, as a sequence diagram would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from opi_pos.wire import nexo


@dataclass(frozen=True, slots=True)
class Arrow:
    """One line of the diagram: who, what, and the text that is shown."""

    sender: str
    what: str
    note: str = ""

    def __str__(self) -> str:
        return f"{self.sender}: {self.what}" + (f" “{self.note}”" if self.note else "")


class Score:
    """The arrows in the order in which they passed; one can wait for them."""

    def __init__(self) -> None:
        self.arrows: list[Arrow] = []
        self._grew = asyncio.Event()

    def append(self, arrow: Arrow) -> None:
        self.arrows.append(arrow)
        self._grew.set()

    async def until(self, reached: Callable[[list[Arrow]], bool]) -> None:
        """Wait until the arrows so far satisfy `reached`."""
        async with asyncio.timeout(10):
            while not reached(self.arrows):
                self._grew.clear()
                await self._grew.wait()

    def __str__(self) -> str:
        return "\n".join(str(arrow) for arrow in self.arrows)


class Wiretap:
    """Listens for `sender`, forwards to `port`; arrows of several taps go into one list."""

    def __init__(self, sender: str, receiver: str, score: Score) -> None:
        self._sender = sender
        self._receiver = receiver
        self._score = score
        self._server: asyncio.Server | None = None
        self.forward_to = 0
        self.lose = ""
        """Cut the line instead of the next answer that begins so, such as `rsp 200 PaymentRes`."""

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.forward_to)
        try:
            while True:
                head, body = await _read(reader)
                if not head:
                    break
                self._score.append(self._request(head, body))
                far_writer.write(head + body)
                answer_head, answer_body = await _read(far_reader)
                if answer_head:
                    arrow = self._answer(answer_head, answer_body)
                    if self.lose and arrow.what.startswith(self.lose):
                        self.lose = ""
                        break
                    self._score.append(arrow)
                writer.write(answer_head + answer_body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            far_writer.close()
            writer.close()

    def _request(self, head: bytes, body: bytes) -> Arrow:
        method, path = head.split(b" ")[:2]
        assert method == b"POST"
        message = nexo.decode(body)
        name = type(message.body).__name__
        return Arrow(self._sender, f"POST {path.decode()} {name}", _note(message))

    def _answer(self, head: bytes, body: bytes) -> Arrow:
        status = head.split(b" ")[1].decode()
        if not body:
            return Arrow(self._receiver, f"rsp {status}")
        message = nexo.decode(body)
        response = getattr(message.body, "response", None)
        result = response.result if response is not None else ""
        name = type(message.body).__name__
        return Arrow(self._receiver, f"rsp {status} {name} {result}".rstrip())


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b"", b""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return head, await reader.readexactly(int(value))
    return head, b""


def _note(message: nexo.Message) -> str:
    body = message.body
    if isinstance(body, nexo.DisplayRequest):
        return " ".join(
            text.text for out in body.display_output for text in out.output_content.output_text
        )
    if isinstance(body, nexo.EventNotification):
        return body.event_to_notify
    return ""
