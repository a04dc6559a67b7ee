"""Requests whose answer is waited for: questions, prints, and announced addresses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from listener.nexo import answers, prints
from listener.nexo.announcement import to_announcement
from listener.nexo.held import Held
from listener.nexo.incoming import NO_CONTENT, SHUT, HttpAnswer, Incoming, Waiting
from listener.nexo.questions import input_response, to_question
from opi_pos.aio.tasks import Tasks
from opi_pos.model.devices import DeviceRequest
from opi_pos.model.errors import LinkError
from opi_pos.model.ids import POIID
from opi_pos.ports import DeviceDoor
from opi_pos.wire import nexo

POST_ATTEMPTS: Final = 5
POST_PAUSE_S: Final = 1.0
"""How often, and how long apart, an answer is posted to a terminal that does not take it."""

_log = logging.getLogger("listener.nexo")

Post = Callable[[POIID, str, str, bytes], Awaitable[None]]
"""Posts a message of ours to a terminal: its POIID, the path that its profile gives, the content
type, the body. `LinkError` when the terminal did not take it.
"""


@dataclass(slots=True)
class Waited:
    """Hands such requests to the till, and makes responses of what it answers."""

    till: DeviceDoor
    held: Held
    tasks: Tasks
    post: Post | None
    posting: set[tuple[POIID, str, str]] = field(default_factory=set)
    """Acknowledged questions whose answer is not yet posted."""

    def question(self, incoming: Incoming, request: nexo.InputRequest) -> HttpAnswer | Waiting:
        """Ask the cashier. A password is not asked for: it would have to be encrypted under a key
        that no till has been given.
        """
        question = to_question(request)
        if question is None or request.input_data.input_command == "Password":
            return self._refused(incoming, request, "UnavailableDevice")
        asked = incoming.asks(question)
        if incoming.profile.input_reply == "acknowledge_then_post":
            return self._acknowledge(incoming, request, asked)

        async def answered() -> HttpAnswer:
            return incoming.reply(input_response(request, await self.till.device_request(asked)))

        return self._hold(incoming, request, answered)

    def print_request(self, incoming: Incoming, request: nexo.PrintRequest) -> HttpAnswer | Waiting:
        """Print, and answer when it is durable, or printed if the terminal wants to know that."""
        asked = incoming.asks(prints.to_print_job(request))

        async def printed() -> HttpAnswer:
            answer = await self.till.device_request(asked)
            if not prints.wants_response(request):
                return NO_CONTENT
            return incoming.reply(prints.print_response(request, answer))

        return self._hold(incoming, request, printed)

    def transmission(
        self, incoming: Incoming, request: nexo.TransmitRequest
    ) -> HttpAnswer | Waiting:
        """Take an announced address. The till sends nothing on to others."""
        announced = to_announcement(request)
        if announced is None:
            return self._refused(incoming, request, "UnavailableService")

        async def heard() -> HttpAnswer:
            believed = await self.till.announce(
                incoming.poi_id, announced.host, announced.port, incoming.peer
            )
            return incoming.reply(answers.transmitted(request, None if believed else "NotAllowed"))

        return self._hold(incoming, request, heard)

    def _hold(self, incoming: Incoming, request: Any, waiting: Waiting) -> HttpAnswer | Waiting:
        if self.held.full(incoming.poi_id):
            return self._refused(incoming, request, "Busy", otherwise=SHUT)

        def failed() -> HttpAnswer:
            return self._refused(incoming, request, "UnavailableService", otherwise=SHUT)

        return self.held.counted(incoming.poi_id, waiting, failed)

    def _refused(
        self,
        incoming: Incoming,
        request: Any,
        condition: str,
        *,
        otherwise: HttpAnswer = NO_CONTENT,
    ) -> HttpAnswer:
        refused = answers.failed(request, condition)
        return otherwise if refused is None else incoming.reply(refused)

    # The other way to answer a question: acknowledge it, and post the answer when it is there.

    def _acknowledge(
        self, incoming: Incoming, request: nexo.InputRequest, asked: DeviceRequest
    ) -> HttpAnswer:
        post = self.post
        if post is None:
            return self._refused(incoming, request, "UnavailableService")
        doubled = (asked.poi_id, asked.service_id, asked.device_id)
        if doubled in self.posting:
            return NO_CONTENT
        if self.held.full(incoming.poi_id):
            return self._refused(incoming, request, "Busy")

        async def posted() -> HttpAnswer:
            answer = await self.till.device_request(asked)
            content_type, body = incoming.written(input_response(request, answer))
            path = incoming.profile.callback_path or incoming.profile.path
            await _until_taken(lambda: post(incoming.poi_id, path, content_type, body))
            return NO_CONTENT

        async def acknowledged() -> None:
            try:
                await self.held.counted(incoming.poi_id, posted, lambda: SHUT)()
            finally:
                self.posting.discard(doubled)

        self.posting.add(doubled)
        self.tasks.spawn(acknowledged(), name="listener.nexo post")
        return NO_CONTENT


async def _until_taken(post: Callable[[], Awaitable[None]]) -> None:
    """Post it. A terminal that takes it never asks again, and then gets the recorded answer."""
    for attempt in range(1, POST_ATTEMPTS + 1):
        try:
            await post()
        except LinkError as error:
            _log.warning("posting an answer, attempt %d of %d: %s", attempt, POST_ATTEMPTS, error)
            if attempt < POST_ATTEMPTS:
                await asyncio.sleep(POST_PAUSE_S)
        else:
            return
