"""NexoCrypto from end to end: a terminal that protects its answers, and one that does not."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.news import Ended, News, NoAnswer, Written
from opi_pos.model.secret import Secret
from opi_pos.wire import nexo
from opi_pos.wire.nexo.crypto import NexoCrypto, SharedKey
from terminal_bridge.drivers.nexo import connect
from tests.terminal_bridge.drivers.nexo.scripted import Http, Wishing, http_terminal, told
from tests.terminal_bridge.drivers.nexo.settings import NoDoor, Settings
from tests.terminal_bridge.drivers.nexo.wire import answer_to, command, failed, paid, payment

PASSPHRASE = "correct horse battery staple"


def shared(passphrase: str = PASSPHRASE, version: int = 3) -> NexoCrypto:
    key = SharedKey(identifier="front", version=version, passphrase=Secret(passphrase))
    return NexoCrypto(key)


Play = Callable[[bytes], Awaitable[bytes | Http | None]]


async def talk(play: Play, tmp_path: Path, wishes: Wishing | None = None) -> list[News]:
    """Pay at a terminal of profile adyen-local; TLS has tests of its own."""
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n", encoding="utf-8")
    options: dict[str, Any] = {
        "passphrase_file": str(secret),
        "key_identifier": "front",
        "key_version": 3,
    }
    async with http_terminal(play) as port:
        url = f"nexo+http://127.0.0.1:{port}?profile=adyen-local"
        driver = connect(Settings(url=url, options=options), NoDoor())
        try:
            return await told(driver, command(payment()), wishes)
        finally:
            assert PASSPHRASE not in repr(vars(driver))
            await driver.close()


async def test_request_and_answer_are_protected(tmp_path: Path) -> None:
    async def play(data: bytes) -> bytes:
        assert b"PaymentTransaction" not in data
        clear = shared().open(data)
        assert nexo.decode(clear).header.protocol_version == "3.0"
        return shared().protect(answer_to(clear, paid()))

    news = await talk(play, tmp_path)
    assert [type(one) for one in news] == [Written, Ended]


@pytest.mark.parametrize("crypto", [shared("another"), shared(version=4), None])
async def test_an_answer_that_is_not_protected_with_our_key_is_none(
    tmp_path: Path, crypto: NexoCrypto | None
) -> None:
    async def play(data: bytes) -> bytes:
        answer = answer_to(shared().open(data), paid())
        return crypto.protect(answer) if crypto else answer

    news = await talk(play, tmp_path)
    assert isinstance(news[-1], NoAnswer)
    assert news[-1].written is True


async def test_an_answer_that_was_changed_on_the_way_is_none(tmp_path: Path) -> None:
    async def play(data: bytes) -> bytes:
        sealed = shared().protect(answer_to(shared().open(data), failed("Refusal")))
        return sealed.replace(b'"ServiceID":"41"', b'"ServiceID":"42"')

    assert isinstance((await talk(play, tmp_path))[-1], NoAnswer)


async def test_an_abort_is_protected_and_may_be_taken_by_a_word_in_clear(tmp_path: Path) -> None:
    held: list[bytes] = []

    async def play(data: bytes) -> bytes:
        clear = shared().open(data)
        if isinstance(nexo.decode(clear).body, nexo.AbortRequest):
            return b"ok"
        held.append(clear)
        return shared().protect(answer_to(clear, failed("Aborted")))

    wishes = Wishing()
    wishes.wish("42")
    assert [type(one) for one in await talk(play, tmp_path, wishes)] == [Written, Ended]
    assert len(held) == 1


async def test_what_the_terminal_says_about_a_wrong_key_is_shown(tmp_path: Path) -> None:
    async def play(data: bytes) -> bytes:
        body = nexo.EventNotification(
            time_stamp="2026-03-01T09:30:00Z",
            event_to_notify="Reject",
            event_details="message=Crypto+error+%283%29",
        )
        return answer_to(shared().open(data), body, message_category="Event")

    last = (await talk(play, tmp_path))[-1]
    assert isinstance(last, NoAnswer)
    assert "Crypto error (3)" in last.problem


async def test_an_http_error_in_clear_is_told_as_such(tmp_path: Path) -> None:
    async def play(data: bytes) -> Http:
        return Http(503, b"busy")

    last = (await talk(play, tmp_path))[-1]
    assert isinstance(last, NoAnswer)
    assert "503" in last.problem


async def test_the_passphrase_is_in_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    async def play(data: bytes) -> bytes:
        return b"garbage"

    await talk(play, tmp_path)
    assert PASSPHRASE not in caplog.text
