"""The driver over real sockets: HTTP, HTTPS and framed TCP, against a scripted terminal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.ids import ServiceID
from opi_pos.model.news import Ended, NoAnswer, Verdict, Written
from opi_pos.model.orders import Integration, Login, StopExchange
from opi_pos.ports import Driver
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo import connect
from tests.terminal_bridge.drivers.nexo.scripted import (
    Http,
    Post,
    Socket,
    Wishing,
    framed_terminal,
    http_terminal,
    silent_terminal,
    told,
)
from tests.terminal_bridge.drivers.nexo.settings import NoDoor, Settings, self_signed
from tests.terminal_bridge.drivers.nexo.wire import answer_to, command, failed, paid, payment


@asynccontextmanager
async def driving(url: str, **options: Any) -> AsyncIterator[Driver]:
    driver = connect(Settings(url=url, options=options), NoDoor())
    try:
        yield driver
    finally:
        await driver.close()


async def approve(data: bytes) -> bytes:
    return answer_to(data, paid())


# --- HTTP ---


async def test_a_payment_is_one_post_to_the_profiles_path() -> None:
    posts: list[Post] = []
    async with (
        http_terminal(approve, posts=posts) as port,
        driving(f"nexo+http://127.0.0.1:{port}") as driver,
    ):
        news = await told(driver, command(payment()))
    assert [type(one) for one in news] == [Written, Ended]
    (post,) = posts
    assert post.line == "POST /EPASSaleToPOI/3.1 HTTP/1.1"
    assert post.headers["content-type"] == "application/xml; charset=utf-8"
    assert post.headers["accept"] == "*/*"
    assert "authorization" not in post.headers


async def test_the_urls_own_path_wins() -> None:
    posts: list[Post] = []
    async with http_terminal(approve, posts=posts) as port:
        url = f"nexo+http://127.0.0.1:{port}/other/path?profile=plain-json"
        async with driving(url) as driver:
            await told(driver, command(payment()))
    assert posts[0].line == "POST /other/path HTTP/1.1"
    assert posts[0].headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("callback", ["", "http://192.0.2.7:11000/nexo"])
async def test_a_profile_may_tell_the_terminal_where_to_call_back(callback: str) -> None:
    posts: list[Post] = []
    async with http_terminal(approve, posts=posts) as port:
        url = f"nexo+http://127.0.0.1:{port}?profile=westpay"
        async with driving(url, callback_url=callback) as driver:
            await told(driver, command(payment()))
    assert posts[0].headers.get("x-callback-url", "") == callback


async def test_an_abort_is_a_second_connection_while_the_payment_is_open() -> None:
    stopped = asyncio.Event()

    async def play(data: bytes) -> bytes | None:
        if isinstance(nexo.decode(data).body, nexo.AbortRequest):
            stopped.set()
            return None
        await stopped.wait()
        return answer_to(data, failed("Aborted"))

    posts: list[Post] = []
    wishes = Wishing()
    async with (
        http_terminal(play, posts=posts) as port,
        driving(f"nexo+http://127.0.0.1:{port}") as driver,
    ):
        talk = driver.carry_out(command(payment()), wishes)
        assert await anext(talk) == Written()
        wishes.wish("42")
        last = await anext(talk)
        await talk.aclose()
    assert isinstance(last, Ended)
    assert last.answer.verdict is Verdict.ABORTED
    assert len(posts) == 2


async def test_a_terminal_that_is_not_there_never_got_a_byte() -> None:
    async with http_terminal(approve) as port:
        pass
    async with driving(f"nexo+http://127.0.0.1:{port}") as driver:
        (news,) = await told(driver, command(payment()))
    assert isinstance(news, NoAnswer)
    assert news.written is False


async def test_a_terminal_that_hangs_up_leaves_the_outcome_open() -> None:
    async def hang_up(data: bytes) -> bytes:
        raise ConnectionError

    async with http_terminal(hang_up) as port, driving(f"nexo+http://127.0.0.1:{port}") as driver:
        news = await told(driver, command(payment()))
    assert [type(one) for one in news] == [Written, NoAnswer]
    assert isinstance(news[1], NoAnswer)
    assert news[1].written is True


@pytest.mark.parametrize(
    "answer", [Http(500), Http(200, b"ok"), Http(200, b"\xff\xff"), Http(302, b"elsewhere")]
)
async def test_what_is_no_answer_leaves_the_outcome_open(answer: Http) -> None:
    async def play(data: bytes) -> Http:
        return answer

    async with http_terminal(play) as port, driving(f"nexo+http://127.0.0.1:{port}") as driver:
        news = await told(driver, command(payment()))
    assert isinstance(news[-1], NoAnswer)
    assert news[-1].written is True


async def test_another_exchanges_answer_is_handed_on_under_its_own_name() -> None:
    async def play(data: bytes) -> bytes:
        return answer_to(data, paid(reference="order-1"), service_id="40")

    async with http_terminal(play) as port, driving(f"nexo+http://127.0.0.1:{port}") as driver:
        news = await told(driver, command(payment()))
    assert isinstance(news[-1], Ended)
    assert (news[-1].answer.service_id, news[-1].answer.reference) == ("40", "order-1")


async def test_closing_a_talk_closes_its_connection() -> None:
    gone = asyncio.Event()
    async with silent_terminal(gone) as port, driving(f"nexo+http://127.0.0.1:{port}") as driver:
        talk = driver.carry_out(command(payment()), Wishing())
        assert await anext(talk) == Written()
        await talk.aclose()
        await gone.wait()


# --- HTTPS ---


async def over_tls(tmp_path: Path, **tls: str) -> list[Any]:
    """Pay over TLS at a terminal whose certificate says front.terminal.example."""
    context, ca = self_signed(tmp_path, "front.terminal.example")
    async with http_terminal(approve, tls=context) as port:
        url = f"nexo+https://127.0.0.1:{port}?profile=plain-json"
        async with driving(url, tls={"ca": str(ca), **tls}) as driver:
            return await told(driver, command(payment()))


async def test_the_name_is_checked_apart_from_the_address(tmp_path: Path) -> None:
    news = await over_tls(tmp_path, name="*.terminal.example")
    assert [type(one) for one in news] == [Written, Ended]


@pytest.mark.parametrize(
    "tls",
    [
        {"name": "*.other.example"},
        {},
        {"name": "*.terminal.example", "pin": "sha256/" + "A" * 43 + "="},
    ],
)
async def test_a_wrong_name_or_key_never_gets_a_byte(tmp_path: Path, tls: dict[str, str]) -> None:
    (news,) = await over_tls(tmp_path, **tls)
    assert isinstance(news, NoAnswer)
    assert news.written is False


# --- framed TCP ---


def asked(data: bytes) -> str:
    return nexo.decode(data).body_name


async def test_a_payment_over_one_connection_in_the_profiles_encoding() -> None:
    async def script(socket: Socket) -> None:
        data = await socket.read()
        assert data.lstrip()[:1] == b"{"
        socket.write(answer_to(data, paid()))
        await socket.read()

    async with (
        framed_terminal(script) as port,
        driving(f"nexo+tcp://127.0.0.1:{port}?profile=framed-json") as driver,
    ):
        news = await told(driver, command(payment()))
    assert [type(one) for one in news] == [Written, Ended]


async def test_without_a_profile_framed_messages_are_xml() -> None:
    async def script(socket: Socket) -> None:
        data = await socket.read()
        assert data.lstrip()[:1] == b"<"
        socket.write(answer_to(data, paid()))
        await socket.read()

    async with framed_terminal(script) as port, driving(f"nexo+tcp://127.0.0.1:{port}") as driver:
        assert isinstance((await told(driver, command(payment())))[-1], Ended)


async def test_an_abort_goes_over_the_same_connection_and_waits_for_nothing() -> None:
    async def script(socket: Socket) -> None:
        paying = await socket.read()
        assert asked(await socket.read()) == "AbortRequest"
        socket.write(answer_to(paying, failed("Aborted")))
        await socket.read()

    wishes = Wishing()
    async with framed_terminal(script) as port, driving(f"nexo+tcp://127.0.0.1:{port}") as driver:
        talk = driver.carry_out(command(payment()), wishes)
        assert await anext(talk) == Written()
        wishes.wish("42")
        last = await anext(talk)
        await talk.aclose()
    assert isinstance(last, Ended)
    assert last.answer.verdict is Verdict.ABORTED


async def test_old_answers_on_the_connection_end_nothing() -> None:
    async def script(socket: Socket) -> None:
        data = await socket.read()
        socket.write(answer_to(data, paid(reference="order-1"), service_id="40"))
        socket.write(b"\xff\xff garbage")
        socket.write(answer_to(data, failed("Refusal")))
        await socket.read()

    async with framed_terminal(script) as port, driving(f"nexo+tcp://127.0.0.1:{port}") as driver:
        news = await told(driver, command(payment()))
    assert isinstance(news[-1], Ended)
    assert news[-1].answer.verdict is Verdict.DECLINED


async def test_a_lost_connection_leaves_every_open_exchange_open() -> None:
    async def script(socket: Socket) -> None:
        await socket.read()

    async with framed_terminal(script) as port, driving(f"nexo+tcp://127.0.0.1:{port}") as driver:
        news = await told(driver, command(payment()))
    assert isinstance(news[-1], NoAnswer)
    assert news[-1].written is True


def confirmation() -> nexo.Message:
    body = nexo.InputRequest(
        display_output=nexo.DisplayOutput(
            device="CashierDisplay",
            info_qualify="Display",
            output_content=nexo.OutputContent(
                output_format="Text", output_text=(nexo.OutputText(text="Signature ok?"),)
            ),
        ),
        input_data=nexo.InputData(
            device="CashierInput", info_qualify="Input", input_command="GetConfirmation"
        ),
    )
    header = nexo.header_for(
        body, sale_id="till-3", poi_id="A-POIID", service_id="41", device_id="7"
    )
    return nexo.Message(header=header, body=body)


def confirmed(data: bytes) -> bytes:
    body = nexo.InputResponse(
        input_result=nexo.InputResult(
            device="CashierInput",
            info_qualify="Input",
            response=nexo.Response(result="Success"),
            input=nexo.Input(input_command="GetConfirmation", confirmed_flag=True),
        )
    )
    return answer_to(data, body)


async def test_the_terminals_own_questions_are_answered_on_the_same_connection() -> None:
    async def script(socket: Socket) -> None:
        paying = await socket.read()
        socket.write(nexo.encode(confirmation(), nexo.Encoding.XML))
        reply = nexo.decode(await socket.read())
        assert isinstance(reply.body, nexo.InputResponse)
        assert reply.header.device_id == "7"
        socket.write(answer_to(paying, paid()))
        await socket.read()

    async def device_post(data: bytes) -> tuple[int, bytes]:
        return 200, confirmed(data)

    async with framed_terminal(script) as port:
        url = f"nexo+tcp://127.0.0.1:{port}"
        async with driving(url, device_post=device_post) as driver:
            news = await told(driver, command(payment()))
    assert isinstance(news[-1], Ended)


async def test_a_stop_from_before_a_restart_goes_over_a_new_connection() -> None:
    read: list[str] = []
    done = asyncio.Event()

    async def script(socket: Socket) -> None:
        read.append(asked(await socket.read()))
        done.set()

    async with framed_terminal(script) as port, driving(f"nexo+tcp://127.0.0.1:{port}") as driver:
        assert await told(driver, command(StopExchange(target=ServiceID("7")))) == []
        await done.wait()
    assert read == ["AbortRequest"]


async def test_a_full_login_over_one_connection_needs_no_listener() -> None:
    async def script(socket: Socket) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            data = await socket.read()
            body = nexo.LoginResponse(response=nexo.Response(result="Success"))
            socket.write(answer_to(data, body))
            await socket.read()

    async with framed_terminal(script) as port:
        settings = Settings(url=f"nexo+tcp://127.0.0.1:{port}", integration=Integration.FULL)
        driver = connect(settings, NoDoor())
        news = await told(driver, command(Login(integration=Integration.FULL)))
        assert isinstance(news[-1], Ended)
        assert driver.capabilities.needs_listener == "no"
        await driver.close()


@pytest.mark.parametrize(("name", "known"), [("*.terminal.example", True), ("x.example", False)])
async def test_a_framed_connection_can_be_tls(tmp_path: Path, name: str, known: bool) -> None:
    async def script(socket: Socket) -> None:
        data = await socket.read()
        socket.write(answer_to(data, paid()))
        await socket.read()

    context, ca = self_signed(tmp_path, "front.terminal.example")
    async with (
        framed_terminal(script, tls=context) as port,
        driving(f"nexo+tcp://127.0.0.1:{port}", tls={"ca": str(ca), "name": name}) as driver,
    ):
        last = (await told(driver, command(payment())))[-1]
    if known:
        assert isinstance(last, Ended)
    else:
        assert isinstance(last, NoAnswer)
        assert last.written is False
