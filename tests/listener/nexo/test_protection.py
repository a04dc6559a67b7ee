"""Terminals that protect their messages: opened, answered in kind, never taken in the clear."""

from __future__ import annotations

import logging

import pytest

from opi_pos.model.devices import DeviceAnswer, DeviceOutcome
from opi_pos.model.ids import POIID
from opi_pos.model.secret import Secret
from opi_pos.wire import nexo
from tests.listener.conftest import Listen
from tests.listener.messages import asking, text_output
from tests.listener.terminal import Connection, Reply, Terminal
from tests.listener.till import POI, Till

pytest.importorskip("cryptography", reason="the extra `crypto` is not installed")

from opi_pos.wire.nexo.crypto import NexoCrypto, SharedKey

PASSPHRASE = "correct horse battery staple"


def keys(passphrase: str = PASSPHRASE) -> NexoCrypto:
    return NexoCrypto(SharedKey(identifier="till", version=1, passphrase=Secret(passphrase)))


def crypto_of(poi_id: POIID) -> NexoCrypto | None:
    return keys() if poi_id == POI else None


async def post(listen: Listen, body: bytes) -> Reply:
    listener = await listen(profiles=("adyen-local",), crypto_of=crypto_of)
    connection = await Connection.to(listener.port)
    reply = await connection.post("/nexo/", body, "application/json")
    await connection.close()
    return reply


def display(poi_id: str = POI) -> bytes:
    shown = nexo.DisplayRequest(display_output=(text_output("Present card", required=True),))
    return Terminal(0, nexo.Encoding.JSON, poi_id).written(shown, device_id="d1")


async def test_a_protected_display_gets_a_protected_response(listen: Listen, till: Till) -> None:
    reply = await post(listen, keys().protect(display()))
    assert reply.status == 200
    assert b"DisplayResponse" not in reply.body
    opened = keys().decode(reply.body)
    assert isinstance(opened.body, nexo.DisplayResponse)
    assert opened.header.device_id == "d1"
    assert len(till.taken) == 1


async def test_a_protected_question_is_held_and_its_answer_protected(
    listen: Listen, till: Till
) -> None:
    listener = await listen(profiles=("adyen-local",), crypto_of=crypto_of)
    connection = await Connection.to(listener.port)
    asked = Terminal(0, nexo.Encoding.JSON).written(
        asking("GetConfirmation", "Signature ok?"), device_id="q1"
    )
    connection.send("/nexo/", keys().protect(asked))
    await till.took(1)
    till.answer("q1", DeviceAnswer(outcome=DeviceOutcome.DONE, confirmed=True))
    opened = keys().decode((await connection.reply()).body)
    assert isinstance(opened.body, nexo.InputResponse)
    await connection.close()


@pytest.mark.parametrize(
    "body",
    [
        display(),
        keys("another passphrase").protect(display()),
        keys().protect(display()).replace(b'"DeviceID":"d1"', b'"DeviceID":"d2"'),
        keys().protect(display("ANOTHER")),
        keys().protect(display()).replace(b'"KeyVersion":1', b'"KeyVersion":2'),
        keys().protect(display())[:-40],
    ],
    ids=["clear", "another key", "changed header", "no key here", "unknown version", "cut"],
)
async def test_what_cannot_be_trusted_is_a_400(
    listen: Listen, till: Till, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reply = await post(listen, body)
    assert reply.status == 400
    assert till.taken == []
    assert PASSPHRASE not in caplog.text + reply.body.decode()


async def test_a_terminal_without_a_key_speaks_in_the_clear_beside_it(
    listen: Listen, till: Till
) -> None:
    till.poi_ids.add("CLEAR")
    reply = await post(listen, display("CLEAR"))
    assert isinstance(reply.message.body, nexo.DisplayResponse)
