"""The driver: orders out, news in, over whichever link. Busy, message references and the rest of
nexo's words end here.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from functools import partial
from typing import Final

import msgspec

from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.errors import CapabilityError, LinkError, OpiPosError
from opi_pos.model.ids import ServiceID
from opi_pos.model.news import AbortLost, News, NoAnswer
from opi_pos.model.orders import Command, Converse, StopExchange
from opi_pos.ports import Wishes
from opi_pos.wire import nexo
from opi_pos.wire.nexo.crypto import NexoCrypto
from terminal_bridge.drivers.nexo.dialect import Dialect
from terminal_bridge.drivers.nexo.reading import abort_problem, news_of
from terminal_bridge.drivers.nexo.requests import Till, abort_of, body_of, is_device
from terminal_bridge.links.conversation import Conversation
from terminal_bridge.links.link import Link, Reply

ABORT_S: Final = 10.0
"""How long the reply to an abort is waited for."""
REMEMBERED: Final = 256
"""Exchanges whose category is kept, so that a later abort can name it (rule 12)."""

_ABORTABLE: Final = frozenset(
    {"Payment", "Reversal", "CardAcquisition", "Input", "Display", "Print", "Reconciliation"}
)

Now = Callable[[], datetime]
"""The time with its offset, for the login."""


class NexoDriver:
    """Talks to one nexo terminal. See `opi_pos.ports.Driver`."""

    def __init__(
        self, *, link: Link, dialect: Dialect, capabilities: Capabilities, till: Till, now: Now
    ) -> None:
        self._link = link
        self._dialect = dialect
        self._capabilities = capabilities
        self._till = till
        self._now = now
        self._categories: OrderedDict[ServiceID, str] = OrderedDict()

    @property
    def capabilities(self) -> Capabilities:
        """What the terminal can do, by its profile."""
        return self._capabilities

    @property
    def crypto(self) -> NexoCrypto | None:
        """The keys of a terminal that protects its messages, also those to the till's listener."""
        return self._dialect.crypto

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """See `Driver`. An order that cannot be written ends in `NoAnswer(written=False)`, and a
        `StopExchange` that was taken ends without news: nexo has no response to an abort.
        """
        if isinstance(command.order, StopExchange):
            if problem := await self._stop(command, command.order.target):
                yield AbortLost(problem=problem)
            return
        try:
            message, data = self._written(command)
        except OpiPosError as error:
            yield NoAnswer(written=False, problem=str(error))
            return
        conversation = Conversation(self._link)
        try:
            conversation.begin(data)
            if message.header.message_category in _ABORTABLE:
                conversation.heed(wishes, partial(self._abort, command))
            happening = await conversation.next()
            while not isinstance(happening, Reply | NoAnswer):
                yield happening
                happening = await conversation.next()
            for news in self._read(happening, message, command):
                yield news
        finally:
            await conversation.aclose()

    async def close(self) -> None:
        """See `Driver`."""
        await self._link.close()

    def _read(
        self, happening: Reply | NoAnswer, message: nexo.Message, command: Command
    ) -> tuple[News, ...]:
        if isinstance(happening, NoAnswer):
            return (happening,)
        reply = self._dialect.opened(happening)
        if isinstance(reply, NoAnswer):
            return (reply,)
        return news_of(reply, message, command.order, self._dialect.profile.running_conditions)

    # --- writing ---

    def _written(self, command: Command) -> tuple[nexo.Message, bytes]:
        """The message of a command, checked against the capabilities, and its bytes."""
        self._check(command)
        body = body_of(command, self._till, self._now())
        message = self._message(command, body)
        self._remember(command.service_id, message.header.message_category)
        return message, self._dialect.encode(message)

    def _message(self, command: Command, body: nexo.Element) -> nexo.Message:
        header = nexo.header_for(
            body,
            sale_id=command.sale_id,
            poi_id=command.poi_id,
            service_id=command.service_id,
        )
        header = msgspec.structs.replace(
            header,
            protocol_version=self._dialect.version_on(header.message_category),
            device_id=(command.device_id or command.service_id) if is_device(header) else None,
        )
        if isinstance(command.order, Converse) and isinstance(command.order.message, nexo.Message):
            return msgspec.structs.replace(command.order.message, header=header, received=None)
        return nexo.Message(header=header, body=body)

    def _check(self, command: Command) -> None:
        """Rule 13, again at the last moment: what the terminal cannot do is not sent."""
        if capability := self._capabilities.lacks(command.order):
            raise CapabilityError(capability, "this terminal cannot do that")

    def _remember(self, service_id: ServiceID, category: str) -> None:
        self._categories[service_id] = category
        while len(self._categories) > REMEMBERED:
            self._categories.popitem(last=False)

    # --- aborting ---

    async def _abort(self, command: Command, service_id: ServiceID) -> str:
        """Stop the command itself, under an id of its own, beside it."""
        aborting = msgspec.structs.replace(command, service_id=service_id)
        return await self._stop(aborting, command.service_id)

    async def _stop(self, command: Command, target: ServiceID) -> str:
        """Post the wish that `target` stops; gives the problem, or nothing when it was taken."""
        # After a restart nobody knows any more what it was; a payment is what people abort.
        category = self._categories.get(target, nexo.MessageCategory.PAYMENT)
        message = self._message(command, abort_of(command, category, target))
        try:
            async with asyncio.timeout(ABORT_S):
                reply = await self._link.exchange(
                    self._dialect.encode(message), on_written=_unneeded
                )
        except LinkError as error:
            return str(error)
        except TimeoutError:
            return f"no reply to the abort within {ABORT_S:g} s"
        opened = self._dialect.opened(reply)
        # A word in clear is all that some terminals have for an abort; it decides nothing.
        return abort_problem(reply if isinstance(opened, NoAnswer) else opened)


def _unneeded() -> None:
    """Nobody asks whether an abort left: it is repeated as long as it is wished."""
