"""Channel 1 over real sockets: who may come in, and what breaks it."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from contextlib import AsyncExitStack

import pytest

from listener.opi.channel import CONNECTIONS_AT_MOST, HELD_AT_MOST, start
from opi_pos.model.devices import AbortInput, DeviceAnswer, DeviceOutcome, Question
from opi_pos.model.errors import ConfigurationError
from opi_pos.ports import DeviceChannel
from opi_pos.wire.opi.limits import MAX_BYTES
from tests.listener.opi.door import POI, Noting, channel
from tests.terminal_bridge.drivers.opi.terminal import (
    ask,
    connected,
    device_request,
    frame,
    local,
    read_frame,
)

DISPLAY = device_request(
    "Output", '<Output OutDeviceTarget="CashierDisplay"><TextLine>x</TextLine></Output>'
)
ASKING = device_request(
    "Input", '<Input InDeviceTarget="CashierKeyboard"><Command>GetConfirmation</Command></Input>'
)
WITHDRAWING = device_request("AbortInput", "")


async def hung_up(reader: asyncio.StreamReader) -> bool:
    """Whether the till closed without another byte."""
    async with asyncio.timeout(20):
        try:
            return await reader.read(1) == b""
        except ConnectionError:
            return True


async def test_a_connection_for_each_request_and_one_for_all() -> None:
    door = Noting()
    async with channel(door) as opened:
        for _ in range(2):
            told = await ask(opened.port, DISPLAY)
            assert told.get("OverallResult") == "Success"
        async with connected(opened.port) as (reader, writer):
            writer.write(frame(DISPLAY) * 3)
            for _ in range(3):
                assert ET.fromstring(await read_frame(reader)).get("OverallResult") == "Success"
    assert len(door.requests) == 5


async def test_any_fragmentation() -> None:
    async with channel(Noting()) as opened, connected(opened.port) as (reader, writer):
        for byte in frame(DISPLAY):
            writer.write(bytes([byte]))
            await writer.drain()
        assert ET.fromstring(await read_frame(reader)).get("OverallResult") == "Success"


async def test_a_terminal_that_sends_no_length_is_answered_in_kind() -> None:
    async with channel(Noting()) as opened, connected(opened.port) as (reader, writer):
        writer.write(DISPLAY.encode())
        data = await reader.readuntil(b"</DeviceResponse>")
        assert data.lstrip().startswith(b"<")


async def test_a_question_is_withdrawn_on_its_own_connection() -> None:
    door = Noting(DeviceAnswer(outcome=DeviceOutcome.DONE, confirmed=True))
    door.waits = asyncio.Event()
    async with channel(door) as opened, connected(opened.port) as (reader, writer):
        writer.write(frame(ASKING) + frame(WITHDRAWING))
        told = [ET.fromstring(await read_frame(reader)) for _ in range(2)]
    results = {each.get("RequestType"): each.get("OverallResult") for each in told}
    assert results == {"Input": "Aborted", "AbortInput": "Success"}
    asked, withdrawn = door.requests
    assert isinstance(asked.body, Question)
    assert withdrawn.body == AbortInput(device_id=asked.device_id)


async def test_nobody_else_may_connect() -> None:
    door = Noting()
    async with (
        channel(door, peers=("192.0.2.15",)) as opened,
        connected(opened.port) as (reader, writer),
    ):
        writer.write(frame(DISPLAY))
        assert await hung_up(reader)
    assert door.requests == []


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff",
        (MAX_BYTES + 1).to_bytes(4, "big"),
        frame("no message"),
        frame('<!DOCTYPE a [<!ENTITY b "c">]><DeviceRequest/>'),
        frame("<CardServiceResponse/>"),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_no_request_ends_the_connection_and_not_the_channel(data: bytes) -> None:
    async with channel(Noting()) as opened:
        async with connected(opened.port) as (reader, writer):
            writer.write(data)
            assert await hung_up(reader)
        assert (await ask(opened.port, DISPLAY)).get("OverallResult") == "Success"


async def test_only_so_many_connections() -> None:
    door = Noting()
    door.waits = asyncio.Event()
    async with channel(door) as opened, AsyncExitStack() as stack:
        held = [
            await stack.enter_async_context(connected(opened.port))
            for _ in range(CONNECTIONS_AT_MOST)
        ]
        for _, each in held:
            each.write(frame(ASKING))
        await door.until(CONNECTIONS_AT_MOST)
        async with connected(opened.port) as (reader, _):
            assert await hung_up(reader)
        door.waits.set()
        told = ET.fromstring(await read_frame(held[0][0]))
        assert local(told, "Input@InResult") is not None


async def test_only_so_many_requests_are_held_on_one() -> None:
    door = Noting()
    door.waits = asyncio.Event()
    async with channel(door) as opened, connected(opened.port) as (reader, writer):
        writer.write(frame(ASKING) * (HELD_AT_MOST + 1))
        assert await hung_up(reader)


async def test_a_port_that_is_taken_is_named() -> None:
    async with channel(Noting()) as opened:
        config = DeviceChannel(
            listener="opi",
            host="127.0.0.1",
            port=opened.port,
            peers=(),
            profile="de",
            asks_for=lambda: None,
        )
        with pytest.raises(ConfigurationError, match=str(opened.port)):
            await start(Noting(), POI, config)
