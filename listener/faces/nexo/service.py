"""One service of a foreign till, from its request until its outcome is known and told."""

from __future__ import annotations

import asyncio

from listener.nexo.incoming import HttpAnswer
from opi_pos.model.orders import MoneyOrder
from opi_pos.poi.nexo.requests import Header


class Service:
    """What runs for a till. It outlives the till's HTTP exchange, its session, and the bridge."""

    def __init__(self, header: Header, order: MoneyOrder | None = None) -> None:
        self.header = header
        self.order = order
        """None for what moves no money."""
        self.told: asyncio.Future[HttpAnswer] = asyncio.get_running_loop().create_future()
        """The answer to the till's own exchange."""
        self.in_doubt = False
        """Nobody knows yet; it no longer keeps others from trying."""
        self.stopped = ""
        """The text of an abort that was wished."""
        self.progressed = False
        """The terminal has shown something that belongs to it."""
        self.printed_to_sign = False
        self.left_to_till = False
        """The signature was not looked at here; the till must."""
        self.ended = asyncio.Event()

    def tell(self, answer: HttpAnswer) -> None:
        """Answer the till's exchange; who has hung up is not told."""
        if not self.told.done():
            self.told.set_result(answer)
