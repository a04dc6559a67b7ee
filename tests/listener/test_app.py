"""The listener as a whole: its port, who may use it, health, mounting, closing."""

from __future__ import annotations

import asyncio
import importlib.metadata
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

import listener.app
from listener.app import asgi, start
from listener.nexo.backlog import LANE_LIMIT
from listener.nexo.door import NexoDoor
from opi_pos.http.client import HttpClient
from opi_pos.http.listen import ListenConfig
from opi_pos.http.tls import ClientTLS
from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, Display
from opi_pos.model.errors import ConfigurationError
from opi_pos.wire import nexo
from tests.listener.certificate import self_signed
from tests.listener.conftest import Listen
from tests.listener.messages import asking, text_output
from tests.listener.terminal import PATHS, Connection, Terminal
from tests.listener.till import Till

TOKEN = "0123456789abcdef-token"


def display(terminal: Terminal) -> bytes:
    shown = nexo.DisplayRequest(display_output=(text_output("Welcome"),))
    return terminal.written(shown, device_id="d1")


def test_the_runtime_finds_the_listener_by_its_entry_point() -> None:
    (found,) = importlib.metadata.EntryPoints(
        [importlib.metadata.EntryPoint("http", "listener.app:start", "opi_pos.listeners")]
    )
    assert found.load() is listener.app.start


async def test_it_says_where_it_listens(listen: Listen) -> None:
    opened = await listen()
    assert opened.url == f"http://127.0.0.1:{opened.port}"


async def test_a_taken_port_is_named(listen: Listen, till: Till) -> None:
    opened = await listen()
    with pytest.raises(ConfigurationError, match=str(opened.port)):
        await start(till, ListenConfig(port=opened.port))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "till.example"])
async def test_an_address_beyond_this_machine_needs_peers_or_tokens(till: Till, host: str) -> None:
    with pytest.raises(ConfigurationError, match="peers") as raised:
        await start(till, ListenConfig(host=host, port=0))
    assert raised.value.key == "listen.host"


@pytest.mark.parametrize("guard", [{"peers": ("127.0.0.1",)}, {"tokens": (TOKEN,)}])
async def test_with_peers_or_tokens_it_listens_anywhere(
    listen: Listen, guard: dict[str, object]
) -> None:
    opened = await listen(host="0.0.0.0", **guard)
    assert opened.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("token", ["short", "with/a/slash/in/it/", "åäö" * 9])
async def test_a_token_that_cannot_stand_in_a_path_or_can_be_guessed_is_refused(
    till: Till, token: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        await start(till, ListenConfig(port=0, tokens=(token,)))
    assert raised.value.key == "listen.tokens"
    assert token not in str(raised.value)


async def test_an_unknown_profile_is_named(till: Till) -> None:
    with pytest.raises(ConfigurationError, match="klingon"):
        await start(till, ListenConfig(port=0, profiles=("klingon",)))


async def test_a_peer_that_is_not_listed_is_turned_away(listen: Listen) -> None:
    opened = await listen(peers=("192.0.2.15",))
    connection = await Connection.to(opened.port)
    assert (await connection.reply()).status == 403
    await connection.close()


async def test_a_token_opens_the_path_behind_it(listen: Listen, encoding: nexo.Encoding) -> None:
    opened = await listen(tokens=("another-token-0123456789", TOKEN))
    terminal = Terminal(opened.port, encoding)
    connection = await terminal.connect()
    body = display(terminal)
    assert (await connection.post(f"/{TOKEN}/nexo", body)).status == 204
    assert (await connection.post("/nexo", body)).status == 404
    assert (await connection.post(f"/{TOKEN[:-1]}/nexo", body)).status == 404
    assert (await connection.post(f"/{TOKEN}", body)).status == 404
    await connection.close()


async def test_a_token_may_come_as_a_bearer_token(listen: Listen) -> None:
    opened = await listen(tokens=(TOKEN,))
    terminal = Terminal(opened.port, nexo.Encoding.JSON)
    body = display(terminal)
    for given, status in [(TOKEN, 204), (TOKEN + "x", 404), ("", 404)]:
        connection = await terminal.connect()
        connection.send_raw(
            b"POST /nexo HTTP/1.1\r\nHost: till\r\nAuthorization: Bearer %s\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (given.encode(), len(body), body)
        )
        assert (await connection.reply()).status == status
        await connection.close()


async def test_health_needs_no_terminal(listen: Listen) -> None:
    opened = await listen()
    connection = await Connection.to(opened.port)
    connection.send("/health", b"", method="GET")
    reply = await connection.reply()
    assert (reply.status, reply.body) == (200, b'{"status":"ok"}')
    await connection.close()


async def test_it_closes_within_five_seconds_with_questions_held(
    listen: Listen, encoding: nexo.Encoding, till: Till
) -> None:
    opened = await listen()
    terminal = Terminal(opened.port, encoding)
    held = [
        await terminal.asks(asking("GetConfirmation", "Ok?"), device_id=f"q{number}")
        for number in range(5)
    ]
    await till.took(5)
    began = time.perf_counter()
    await opened.close()
    await opened.close()
    assert time.perf_counter() - began < 5
    for connection in held:
        assert (await connection.reply()).status == 503
        await connection.close()


async def test_terminals_reach_it_over_tls(
    listen: Listen, encoding: nexo.Encoding, till: Till, tmp_path: Path
) -> None:
    tls = self_signed(tmp_path)
    opened = await listen(tls=tls)
    assert opened.url.startswith("https://")
    body = display(Terminal(opened.port, encoding))
    async with HttpClient(tls=ClientTLS(ca=tls.cert)) as terminal:
        reply = await terminal.post(f"{opened.url}{PATHS[encoding]}", body)
    assert reply.status == 204
    assert len(till.taken) == 1


def test_a_program_that_serves_http_mounts_it(till: Till) -> None:
    front = asgi(till, ListenConfig())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await front.close()

    app = Starlette(routes=[Mount("/terminals", app=front)], lifespan=lifespan)
    terminal = Terminal(0, nexo.Encoding.XML)
    with TestClient(app) as client:
        shown = client.post("/terminals/EPASSaleToPOI/3.1", content=display(terminal))
        assert shown.status_code == 204
        assert client.get("/terminals/health").json() == {"status": "ok"}
        assert client.post("/EPASSaleToPOI/3.1", content=b"").status_code == 404
    assert len(till.taken) == 1


def test_a_mounted_one_keeps_to_its_peers_itself(till: Till) -> None:
    terminal = Terminal(0, nexo.Encoding.JSON)
    body = display(terminal)
    front = asgi(till, ListenConfig(peers=("192.0.2.0/24",)))
    for peer, status in [("192.0.2.7", 204), ("198.51.100.7", 404)]:
        client = TestClient(front, client=(peer, 50000))
        assert client.post("/nexo", content=body).status_code == status


async def test_a_till_that_is_stuck_makes_no_terminal_wait(
    listen: Listen, encoding: nexo.Encoding, till: Till
) -> None:
    opened = await listen()
    terminal = Terminal(opened.port, encoding)
    till.slow.clear()
    connection = await terminal.connect()
    for number in range(300):
        shown = nexo.DisplayRequest(display_output=(text_output(str(number)),))
        body = terminal.written(shown, device_id="d1")
        assert (await connection.post("/nexo", body)).status == 204
    till.slow.set()
    # One was being handed over, and the newest waited; what was dropped are the oldest.
    taken = await till.took(LANE_LIMIT + 1)
    shown_lines = [request.body.lines[0] for request in taken if isinstance(request.body, Display)]
    assert shown_lines == ["0", *(str(number) for number in range(300 - LANE_LIMIT, 300))]
    await connection.close()


async def test_it_answers_without_any_socket(till: Till) -> None:
    door = NexoDoor(till, nexo.profile("swedbank"))
    terminal = Terminal(0, nexo.Encoding.XML)
    shown = await door.answer(display(terminal), "application/xml", "192.0.2.15")
    assert (shown.status, shown.body) == (204, b"")
    body = terminal.written(asking("GetConfirmation", "Ok?"), device_id="q1")
    asked = asyncio.gather(door.answer(body, "application/xml", "192.0.2.15"))
    await till.took(2)
    till.answer("q1", DeviceAnswer(outcome=DeviceOutcome.DONE, confirmed=True))
    (answer,) = await asked
    assert answer.status == 200
    await door.close()
    assert (await door.answer(body, "", "")).status == 503
