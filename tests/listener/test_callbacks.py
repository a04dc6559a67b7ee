"""Callbacks over real sockets: what their owner is told of a request, and what the caller gets."""

from __future__ import annotations

import asyncio

from opi_pos.model.callbacks import Callback, CallbackAnswer
from tests.listener.conftest import Listen


class Owner:
    """Takes what comes and remembers it."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Callback]] = []

    async def take(self, token: str, callback: Callback) -> CallbackAnswer:
        self.taken.append((token, callback))
        if token != "box":
            return CallbackAnswer(status=404)
        if callback.method == "GET":
            return CallbackAnswer(body=b'{"Key":"k"}', content_type="application/json")
        if callback.body == b"full":
            return CallbackAnswer(status=503)
        return CallbackAnswer(body=b'{"code":"00","message":"Recibido"}', content_type="text/json")


async def ask(port: int, head: str, body: bytes = b"") -> tuple[str, dict[str, str], bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    fields = f"{head}\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(fields.encode() + body)
    raw = await reader.read()
    writer.close()
    top, _, answer = raw.partition(b"\r\n\r\n")
    status, *lines = top.decode().split("\r\n")
    named = (line.partition(": ") for line in lines)
    return status.split(" ", 1)[1], {name.lower(): value for name, _, value in named}, answer


async def test_the_owner_decides_the_answer(listen: Listen) -> None:
    owner = Owner()
    port = (await listen(callbacks=owner.take)).port
    status, fields, body = await ask(port, "POST /callback/box HTTP/1.1", b"{}")
    assert (status, fields["content-type"]) == ("200 OK", "text/json")
    assert body == b'{"code":"00","message":"Recibido"}'
    status, _, body = await ask(port, "GET /callback/box HTTP/1.1")
    assert (status, body) == ("200 OK", b'{"Key":"k"}')
    status, _, body = await ask(port, "POST /callback/box HTTP/1.1", b"full")
    assert (status[:3], body) == ("503", b"")


async def test_the_owner_is_told_the_whole_request(listen: Listen) -> None:
    owner = Owner()
    port = (await listen(callbacks=owner.take)).port
    head = (
        "POST /callback/box?a=1&b=%20 HTTP/1.1\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nX-Odd: caf\xe9"
    )
    await ask(port, head, b"MAC=AB&Len=3")
    ((token, callback),) = owner.taken
    assert token == "box"
    assert (callback.method, callback.query, callback.peer) == ("POST", "a=1&b=%20", "127.0.0.1")
    assert callback.body == b"MAC=AB&Len=3"
    assert callback.content_type == "application/x-www-form-urlencoded"
    assert "x-odd" in callback.headers
    assert "MAC" not in repr(callback)
    assert "application" not in repr(callback)


async def test_other_methods_and_paths_are_turned_away(listen: Listen) -> None:
    owner = Owner()
    port = (await listen(callbacks=owner.take)).port
    for method in ("PUT", "DELETE", "OPTIONS"):
        status, fields, _ = await ask(port, f"{method} /callback/box HTTP/1.1")
        assert (status[:3], fields["allow"]) == ("405", "POST")
    assert owner.taken == []
    unknown = await ask(port, "POST /callback/other HTTP/1.1", b"{}")
    nothing = await ask(port, "POST /nowhere HTTP/1.1", b"{}")
    assert unknown[0] == nothing[0] == "404 Not Found"


async def test_a_body_past_the_limit_never_reaches_the_owner(listen: Listen) -> None:
    owner = Owner()
    port = (await listen(callbacks=owner.take)).port
    whole = b"x" * (256 * 1024)
    assert (await ask(port, "POST /callback/box HTTP/1.1", whole))[0] == "200 OK"
    status, _, _ = await ask(port, "POST /callback/box HTTP/1.1", whole + b"x")
    assert status[:3] == "413"
    assert len(owner.taken) == 1
