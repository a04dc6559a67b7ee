"""A nexo door as a plain ASGI endpoint: no framework between a terminal and its 204."""

from __future__ import annotations

from typing import Final

from listener.nexo.door import NexoDoor
from listener.nexo.incoming import NO_CONTENT, HttpAnswer
from opi_pos.http.asgi import (
    Disconnected,
    Message,
    Receive,
    RequestRefused,
    Scope,
    Send,
    read_body,
    respond,
)

# Made once: this is the answer to nearly everything.
_NO_CONTENT_START: Final[Message] = {"type": "http.response.start", "status": 204, "headers": []}
_END: Final[Message] = {"type": "http.response.body", "body": b""}


class NexoEndpoint:
    """Answers POSTs of terminals; anything else is 405."""

    def __init__(self, door: NexoDoor) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. A terminal that hangs up while it is held ends the wait, nothing else."""
        if scope["method"] != "POST":
            await respond(send, 405, headers=((b"allow", b"POST"),))
            return
        try:
            body = await read_body(scope, receive)
        except RequestRefused as refused:
            await respond(send, refused.status)
            return
        except Disconnected:
            return
        client = scope.get("client")
        answer = self._door.take(body, client[0] if client else "")
        if not isinstance(answer, HttpAnswer):

            async def gone() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass

            finished = await self._door.finish(answer, gone)
            if finished is None:
                return
            answer = finished
        if answer is NO_CONTENT:
            await send(_NO_CONTENT_START)
            await send(_END)
        else:
            content_type = answer.content_type.encode() or None
            await respond(send, answer.status, answer.body, content_type=content_type)
