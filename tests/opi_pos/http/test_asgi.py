"""The tools of a plain endpoint, in a server that has no limits of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from opi_pos.aio.virtual import run
from opi_pos.http.asgi import (
    WHOLE_BODY,
    Disconnected,
    Message,
    Receive,
    RequestRefused,
    header,
    read_body,
    respond,
    same_secret,
)


def parts(*bodies: bytes, pause_s: float = 0.0) -> Receive:
    """A body in pieces, one every `pause_s`; after the last the peer says nothing more."""
    left = list(bodies)

    async def receive() -> Message:
        if not left:
            await asyncio.Event().wait()
        if pause_s:
            await asyncio.sleep(pause_s)
        body = left.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    return receive


def test_a_body_in_pieces_is_put_together() -> None:
    assert run(read_body({}, parts(b"ab", b"", b"c"))) == b"abc"


@pytest.mark.parametrize("scope", [{}, {"extensions": {WHOLE_BODY: {}}}])
def test_a_body_at_the_limit_is_read_and_one_byte_more_is_not(scope: dict[str, object]) -> None:
    assert run(read_body(scope, parts(b"abc"), limit=3)) == b"abc"
    with pytest.raises(RequestRefused) as caught:
        run(read_body(scope, parts(b"abcd"), limit=3))
    assert caught.value.status == 413


def test_a_body_too_long_is_refused_before_the_rest_of_it_is_read() -> None:
    async def main() -> None:
        receive = parts(b"ab", b"cd", b"never read")
        with pytest.raises(RequestRefused):
            await read_body({}, receive, limit=3)
        assert (await receive())["body"] == b"never read"

    run(main())


def test_a_body_that_dribbles_is_refused_at_the_deadline() -> None:
    async def main() -> float:
        with pytest.raises(RequestRefused) as caught:
            await read_body({}, parts(*[b"a"] * 100, pause_s=1), deadline_s=10)
        assert caught.value.status == 408
        return asyncio.get_running_loop().time()

    assert run(main()) == 10


def test_a_peer_that_goes_is_no_body() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    with pytest.raises(Disconnected):
        run(read_body({}, receive))


@pytest.mark.parametrize(
    ("status", "body", "content_type", "fields"),
    [
        (
            200,
            b"{}",
            b"application/json",
            {b"content-length": b"2", b"content-type": b"application/json"},
        ),
        (400, b"", b"text/plain", {b"content-length": b"0"}),
        (204, b"", None, {}),
    ],
)
def test_an_answer_is_framed(
    status: int, body: bytes, content_type: bytes | None, fields: dict[bytes, bytes]
) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    extra: Iterable[tuple[bytes, bytes]] = [(b"retry-after", b"1")]
    run(respond(send, status, body, content_type=content_type, headers=extra))
    assert sent[0]["status"] == status
    assert dict(sent[0]["headers"]) == fields | {b"retry-after": b"1"}
    assert sent[1]["body"] == body


@pytest.mark.parametrize(
    ("given", "expected", "same"),
    [("a", "a", True), ("a", "b", False), ("", "a", False), ("ä", "ä", True), ("ä", "a", False)],
)
def test_secrets_are_compared_as_they_are(given: str, expected: str, same: bool) -> None:
    assert same_secret(given, expected) is same


def test_a_header_is_found_by_its_lower_case_name() -> None:
    scope = {"headers": [(b"host", b"till"), (b"x", b"1"), (b"x", b"2")]}
    assert header(scope, b"x") == b"2"
    assert header(scope, b"y") is None
