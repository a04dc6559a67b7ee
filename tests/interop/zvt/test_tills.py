"""Tills of other makers pay on the simulated terminal, over real sockets and a real pty."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import structs

from opi_pos.poi.scenario import Host, Scenario
from terminal_bridge.simulator.zvt.profile import PROFILES, profile_of
from terminal_bridge.simulator.zvt.server import ZvtServer, ZvtServerConfig, serve_zvt
from tests.interop.zvt.tills import TILLS, Habits, NaiveTill
from tests.interop.zvt.wire import Line, Stream, Wire, control_of, hexed, message

posix = pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")
APPROVED = bytes.fromhex("2700")


@asynccontextmanager
async def till_at(
    habits: Habits, *, serial: bool = False, **config: Any
) -> AsyncIterator[tuple[NaiveTill, ZvtServer]]:
    """A till at a simulated terminal of its own."""
    profile = profile_of(config.pop("profile", "strict"))
    if not habits.one_read_one_message:
        profile = structs.replace(profile, gap_s=0.0)
    settings: dict[str, Any] = {"port": 0, "pace_s": 0.0, "serial": serial, **config}
    settings["profile"] = profile
    async with serve_zvt(ZvtServerConfig(**settings)) as server:

        async def reach() -> Wire:
            return Line.to(server.path) if serial else await Stream.to(server.port)

        till = NaiveTill(reach, habits)
        try:
            yield till, server
        finally:
            await till.close()


@pytest.mark.parametrize("name", TILLS)
async def test_it_pays_reverses_and_closes_the_day(name: str) -> None:
    async with till_at(TILLS[name]) as (till, server):
        books = server.terminal.books
        await till.register()
        told = await till.pay(1234)
        assert APPROVED in told
        assert till.controls[0] == "8000"
        assert till.controls[-1] == "060F"
        assert books.net() == {"EUR": 1234}
        again = await till.pay(500)
        assert APPROVED in again
        assert books.net() == {"EUR": 1734}
        receipt = again[again.index(b"\x87") + 1 :][:2]
        await till.run(message("0630", hexed("000000") + b"\x87" + receipt))
        assert till.controls[-1] == "060F", till.controls
        assert books.net() == {"EUR": 1234}
        await till.run(message("0650", "000000"))
        assert till.controls[-1] == "060F"
        assert books.period == 2
        if not (TILLS[name].acknowledges_answers or not TILLS[name].acknowledges_end):
            assert server.terminal.terminal.pt.violations == []


SERIAL = [name for name, habits in TILLS.items() if not habits.one_read_one_message]


@posix
@pytest.mark.parametrize("name", SERIAL)
async def test_it_pays_over_a_serial_line(name: str) -> None:
    async with till_at(TILLS[name], serial=True) as (till, server):
        await till.register()
        assert APPROVED in await till.pay(1010)
        assert APPROVED in await till.pay(1610)
        assert server.terminal.books.net() == {"EUR": 2620}


@posix
async def test_a_slow_serial_till_is_heard_out() -> None:
    async with till_at(Habits(), serial=True) as (till, server):
        till.wire = line = Line.to(server.path)
        line.slowly = True
        await till.register()
        assert APPROVED in await till.pay(1010)


@pytest.mark.parametrize("personality", PROFILES)
@pytest.mark.parametrize("name", ["portalum", "wirelane ecrterm", "zvtlib", "only 06 D3, listed"])
async def test_it_pays_on_every_kind_of_terminal(name: str, personality: str) -> None:
    habits = TILLS[name]
    # Some makers insist on the password, and one refuses the first registration after a start.
    async with till_at(habits, profile=personality) as (till, server):
        register = habits.register or ""
        if personality == "ccv":
            await till.run(message("0600", register))
        if personality == "card-complete":
            register = "000000" + register[6:]
        await till.run(message("0600", register))
        assert till.controls[-1] == "060F"
        assert APPROVED in await till.pay(1234)
        assert server.terminal.books.net() == {"EUR": 1234}


@pytest.mark.parametrize("config", [*range(0, 256, 17), 0x3E, 0xBE, 0x86, 0xDE])
async def test_any_config_byte_pays(config: int) -> None:
    async with till_at(Habits(register=f"000000{config:02X}0978")) as (till, server):
        await till.register()
        assert APPROVED in await till.pay(1234)
        assert server.terminal.books.net() == {"EUR": 1234}
        assert ("04FF" in till.controls) == bool(config & 0x08)
        assert ("06D1" in till.controls) == (config & 0x82 == 0x82)


async def test_a_declined_payment_ends_with_06_1e() -> None:
    async with till_at(Habits(), scenario=Scenario(host=Host.DECLINE)) as (till, server):
        await till.register()
        told = await till.pay(1234)
        assert told.startswith(hexed("2705"))
        assert till.came[-1] == hexed("061E0105")
        assert server.terminal.books.net() == {}


async def test_two_tills_take_turns_on_connections_of_their_own() -> None:
    """Some keep one open for the day, and another comes beside it."""
    async with till_at(Habits()) as (till, server):
        beside = NaiveTill(lambda: Stream.to(server.port), Habits(anew=True))
        await till.register()
        for minor in (100, 200):
            assert APPROVED in await till.pay(minor)
            assert APPROVED in await beside.pay(minor)
        assert server.terminal.books.net() == {"EUR": 600}


async def test_a_registration_on_another_connection_counts() -> None:
    async with till_at(Habits(register="000000BE0978", anew=True)) as (till, _):
        await till.register()
        await till.pay(1234)
        assert "06D1" in till.controls


@pytest.mark.parametrize("command", ["0677", "0F19", "06FF", "0885"])
async def test_an_unknown_command_gets_84_83_and_the_till_goes_on(command: str) -> None:
    async with till_at(Habits()) as (till, _):
        await till.run(message(command))
        assert till.came == [hexed("848300")]
        assert APPROVED in await till.pay(1234)


async def test_a_message_may_come_in_pieces_and_two_answers_at_once() -> None:
    async with till_at(Habits(register=None)) as (_, server):
        wire = await Stream.to(server.port)
        for byte in message("0601", "04000000001234"):
            await wire.send(bytes([byte]))
        controls = []
        while (raw := await wire.receive()) and control_of(raw) != "060F":
            controls.append(control_of(raw))
            if control_of(raw) == "040F":
                await wire.send(hexed("80"))
                await wire.send(hexed("0000"))
        await wire.send(hexed("800000") + message("0601", "04000000000100"))
        assert control_of(await wire.receive()) == "8000"
        assert controls == ["8000", "040F"]
        await wire.close()


async def test_a_till_may_leave_with_the_end_unanswered_and_come_again_at_once() -> None:
    async with till_at(Habits(acknowledges_end=False)) as (till, server):
        await till.register()
        first, till.wire = till.wire, None
        assert first is not None
        assert APPROVED in await till.pay(1234)
        await first.close()
        assert server.terminal.books.net() == {"EUR": 1234}


async def test_a_till_may_leave_its_connections_open() -> None:
    async with till_at(TILLS["zvtlib"]) as (till, server):
        left: list[Wire] = []
        for _ in range(25):
            wire = await Stream.to(server.port)
            till.wire = wire
            left.append(wire)
            await wire.send(message("0600", "000000BE0978"))
            assert control_of(await wire.receive()) == "8000"
            assert control_of(await wire.receive()) == "060F"
            await wire.send(hexed("800000"))
        till.wire = None
        assert APPROVED in await till.pay(1234)
        for open_wire in left:
            await open_wire.close()
