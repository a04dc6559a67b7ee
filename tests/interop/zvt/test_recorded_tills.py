"""The tills of the recordings, byte for byte, and every sample of a till's message, against the
simulated terminal over real sockets and a real pty.
"""

from __future__ import annotations

import sys

import pytest

from opi_pos.poi.scenario import Cancel, Host, Scenario
from tests.interop.zvt.flows import blocks_of, is_answer
from tests.interop.zvt.samples import samples
from tests.interop.zvt.test_tills import till_at
from tests.interop.zvt.tills import Habits
from tests.interop.zvt.wire import Line, control_of, hexed, message

WAYS = [
    False,
    pytest.param(True, marks=pytest.mark.skipif(sys.platform == "win32", reason="no pty")),
]
ITS_OWN = {"04FF", "06D1", "06D3"}
"""What a terminal shows and prints is its own business."""


@pytest.mark.parametrize("serial", WAYS)
@pytest.mark.parametrize(
    ("number", "scenario"),
    [
        (1, Scenario()),
        (2, Scenario(host=Host.DECLINE)),
        (3, Scenario(cancel=Cancel.AT_CARD)),
        (4, Scenario()),
        (5, Scenario()),
        (6, Scenario()),
        (9, Scenario()),
        (10, Scenario()),
    ],
)
async def test_what_it_says_is_answered_in_the_recorded_order(
    number: int, scenario: Scenario, serial: bool
) -> None:
    def present(amount: object) -> Scenario:
        return scenario if amount is not None else Scenario()

    async with till_at(Habits(anew=number == 10), serial=serial, scenario=present) as (
        till,
        server,
    ):
        if number == 6:
            # The recorded till reverses receipt 7: so many there must be.
            for _ in range(6):
                await till.pay(100)
        for block in blocks_of(number):
            await till.run(block.command)
            wanted = [control_of(raw) for raw in block.told]
            got = [control for control in till.controls if control not in ITS_OWN]
            assert got == [control for control in wanted if control not in ITS_OWN]
        assert server.terminal.terminal.pt.violations == []


@pytest.mark.parametrize("serial", WAYS)
async def test_every_sample_of_a_tills_message_is_answered(serial: bool) -> None:
    """But for the one that the standard itself printed with a wrong length."""
    found = samples("ECR->PT", "apdu")
    sent = [raw for raw in found if not is_answer(raw) and raw[2] + 3 == len(raw)]
    assert len(sent) == 18
    async with till_at(Habits(), serial=serial) as (till, _):
        for raw in sent:
            await till.run(raw)
            assert till.controls[0][:2] in {"80", "84"}, raw.hex()
        await till.run(message("0600", "000000BE0978"))
        assert hexed("2700") in await till.pay(1234)


@pytest.mark.skipif(sys.platform == "win32", reason="no pty")
async def test_every_framed_sample_pays() -> None:
    frames = samples("ECR->PT", "serial")
    async with till_at(Habits(), serial=True, scenario=Scenario()) as (till, server):
        till.wire = line = Line.to(server.path)
        for frame in frames:
            apdu = frame[2:-4].replace(b"\x10\x10", b"\x10")
            line.as_recorded = frame
            await till.run(apdu)
            assert till.controls[-1] == "060F"
        assert len(server.terminal.books.entries) == len(frames)
