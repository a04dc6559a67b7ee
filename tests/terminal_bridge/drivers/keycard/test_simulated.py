"""`sim://keycard` on virtual time: whatever the server's habits, the till ends as its books say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from opi_pos import Outcome, QuietCashier, SaleSystem
from opi_pos.aio import virtual
from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.devices import Display
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.results import Confidence
from opi_pos.runtime.sale_system import Parts
from terminal_bridge.drivers.keycard import connect
from terminal_bridge.drivers.keycard.calling import Server
from terminal_bridge.drivers.keycard.driver import KeycardDriver
from terminal_bridge.drivers.keycard.simulated import OwnServer
from tests.opi_pos.runtime.tills import WallClock, play


class Screen(QuietCashier):
    def __init__(self) -> None:
        self.shown: list[str] = []

    async def display(self, poi: str, display: Display) -> None:
        self.shown += display.lines


@asynccontextmanager
async def till(words: str = "", **more: Any) -> AsyncIterator[SaleSystem]:
    parts = Parts(
        journal=MemoryJournal(),
        ownership=MemoryOwnership(MemoryLocks()),
        clock=WallClock(),
        connect=connect,
        look_for_mail_s=None,
        draw=lambda below: 0,
    )
    url = f"sim://keycard{words}"
    async with SaleSystem.open(terminal=url, currency="EUR", parts=parts, **more) as opened:
        yield opened


def taken(shop: SaleSystem) -> int:
    """By the terminal's own books."""
    driver = shop.station().driven().driver
    assert isinstance(driver, KeycardDriver)
    server: Server = driver._server
    assert isinstance(server._web, OwnServer)
    return server._web.server.books.net().get("EUR", 0)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "?pace=0.5",
        "?session_ids=false&string_values=true&prose_flag=true&charset=cp437",
        "?end_first=true",
        "?end_twice=true",
        "?end_first=true&end_twice=true&string_values=true",
    ],
    ids=range(6),
)
def test_kc_happy_whatever_the_habits(words: str) -> None:
    async def main() -> None:
        screen = Screen()
        async with till(words, cashier=screen) as shop:
            result = await shop.pay("12.34", reference="a-1")
            assert result.approved
            assert result.confidence is Confidence.CALLBACK_ONLY
            assert result.terminal_transaction is not None
            assert result.terminal_transaction.id == "1"
            assert result.receipts
            assert taken(shop) == 1234
            assert "Present card" in screen.shown
            assert (await shop.pay("10.05")).outcome is Outcome.DECLINED
            assert (await shop.pay("10.17")).message == "Karte ungültig"
            assert (await shop.reverse("a-1")).approved
            assert taken(shop) == 0
            assert (await shop.close_day()).verdict.value == "approved"
            assert (await shop.diagnose()).verdict.value == "approved"

    play(main())


@pytest.mark.parametrize(
    ("amount", "expected"), [("10.03", Outcome.ABORTED), ("10.13", Outcome.APPROVED)]
)
def test_kc_late_final_of_other_command(amount: str, expected: Outcome) -> None:
    async def main() -> None:
        async with till("?pace=0.2") as shop:
            paying = asyncio.gather(shop.pay(amount))
            await asyncio.sleep(1.0)
            await shop.abort()
            (result,) = await paying
            assert result.outcome is expected
            assert (taken(shop) > 0) is (expected is Outcome.APPROVED)

    play(main())


def test_nobody_presents_a_card_until_the_terminal_gives_up() -> None:
    async def main() -> None:
        async with till() as shop:
            began = asyncio.get_running_loop().time()
            result = await shop.pay("10.03")
            assert result.outcome is Outcome.DECLINED
            assert asyncio.get_running_loop().time() - began >= 60
            assert taken(shop) == 0

    play(main())


def test_a_slow_host_is_waited_for() -> None:
    async def main() -> None:
        async with till("?host_s=200") as shop:
            assert (await shop.pay("10.00")).approved
            assert taken(shop) == 1000

    play(main())


def test_the_same_seed_gives_the_same_day() -> None:
    async def day() -> list[object]:
        async with till("?seed=7") as shop:
            return [await shop.pay("12.34", reference="a"), await shop.pay("1.00", reference="b")]

    assert virtual.run(day()) == virtual.run(day())


@pytest.mark.parametrize("words", ["?colour=red", "?pace=fast", "?charset=utf-8&wrong_pins=-1"])
def test_a_parameter_that_cannot_be_meant_is_named(words: str) -> None:
    async def main() -> None:
        with pytest.raises(ConfigurationError) as raised:
            async with till(words):
                pass
        assert raised.value.key == "poi.terminal.url"

    play(main())
