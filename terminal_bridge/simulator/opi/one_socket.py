"""Both channels on the till's own connection, as some stacks have it."""

from __future__ import annotations

import asyncio

from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.poi.faults import Struck
from opi_pos.wire import opi
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.opi.line import write_frame


class OneSocket:
    """Asks on the connection on which the oldest open request came; the till's answers come among
    its requests and are told apart by their root element.
    """

    def __init__(self) -> None:
        self._open: list[asyncio.StreamWriter] = []
        self._waiting: asyncio.Future[bytes] | None = None

    def opened(self, writer: asyncio.StreamWriter) -> None:
        """A request came on this connection."""
        self._open.append(writer)

    def closed(self, writer: asyncio.StreamWriter) -> None:
        """It was answered, or the till hung up."""
        if writer in self._open:
            self._open.remove(writer)
        if not self._open and self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(LinkError("the till hung up", written=True))

    def takes(self, message: bytes) -> bool:
        """Whether it is an answer of the till's, which is then handed over."""
        try:
            if not isinstance(opi.decode(message), opi.DeviceResponse):
                return False
        except ProtocolError:
            return False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(message)
        return True

    async def post(self, data: bytes, struck: Struck) -> Reply:
        """The till's answer to a DeviceRequest. Raises LinkError."""
        if not self._open:
            raise LinkError("no request of a till is open", written=False)
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await write_frame(self._open[0], data, struck)
            return Reply(status=200, body=await self._waiting)
        except OSError:
            raise LinkError("the till broke the connection", written=True) from None
        finally:
            self._waiting = None
