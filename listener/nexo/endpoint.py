"""A nexo door as a plain ASGI endpoint: no framework between a terminal and its 204."""

from __future__ import annotations

from listener.nexo.door import NexoDoor
from listener.nexo.incoming import HttpAnswer
from opi_pos.http.asgi import (
    Disconnected,
    Receive,
    RequestRefused,
    Scope,
    Send,
    read_body,
    respond,
)


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
        await respond(
            send, answer.status, answer.body, content_type=answer.content_type.encode() or None
        )
