"""A terminal that plants a text wherever its answers can carry one."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from terminal_bridge.links.link import Reply
from terminal_bridge.simulator.dropped import LinkDroppedError
from terminal_bridge.simulator.nexo import SimulatedNexo
from tests.secrets.planting import grafted

Answer = Callable[[nexo.Message, Reply], Reply]
"""Makes another reply of the terminal's own; may raise `LinkDroppedError`."""


class Planter:
    """Stands between a simulated terminal and its till. Every answer carries `text`; the next
    answers to a payment are made by `instead`, one each.
    """

    def __init__(self, terminal: SimulatedNexo, text: str) -> None:
        self.text = text
        self.instead: deque[Answer] = deque()
        self._receive: Callable[[bytes], Awaitable[Reply]] = terminal.receive
        terminal.receive = self.receive  # type: ignore[method-assign]

    async def receive(self, data: bytes) -> Reply:
        """See `SimulatedNexo.receive`."""
        request = nexo.decode(data)
        reply = await self._receive(data)
        if request.header.message_category == "Payment" and self.instead:
            reply = self.instead.popleft()(request, reply)
        return self.plant(reply)

    def plant(self, reply: Reply) -> Reply:
        """The same answer with the text in it; what is no message stays."""
        try:
            message = nexo.decode(reply.body)
        except ProtocolError:
            return reply
        body = grafted(message.body, self.text)
        made = nexo.Message(header=message.header, body=body)
        data = nexo.encode(made, nexo.Encoding.XML, strict=False)
        return Reply(status=reply.status, content_type=reply.content_type, body=data)


def lost(request: nexo.Message, reply: Reply) -> Reply:
    """The answer does not arrive."""
    raise LinkDroppedError("the answer was lost")


def saying(data: bytes, status: int = 200) -> Answer:
    """Bytes that are no answer."""
    return lambda _, reply: Reply(status=status, content_type="application/xml", body=data)


def of_another(text: str) -> Answer:
    """The result of somebody else's transaction, whose very names are the text."""

    def answer(request: nexo.Message, reply: Reply) -> Reply:
        message = nexo.decode(reply.body)
        assert isinstance(message.body, nexo.PaymentResponse)
        named = nexo.TransactionIdentification(transaction_id=text, time_stamp=text)
        sale = msgspec.structs.replace(message.body.sale_data, sale_transaction_id=named)
        body = msgspec.structs.replace(message.body, sale_data=sale)
        made = nexo.Message(header=message.header, body=body)
        data = nexo.encode(made, nexo.Encoding.XML, strict=False)
        return Reply(status=200, content_type=reply.content_type, body=data)

    return answer
