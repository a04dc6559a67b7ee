"""The driver over real connections, and the webhooks at a real listener."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from opi_pos import Outcome, SaleSystem
from opi_pos.http.client import HttpClient
from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.scenario import Scenario
from opi_pos.ports import DeviceDoor, Driver, DriverSettings, InboxDoor
from opi_pos.runtime.sale_system import Parts
from opi_pos.wire import viva
from terminal_bridge.drivers.viva import options
from terminal_bridge.drivers.viva.address import parse
from terminal_bridge.drivers.viva.connecting import over
from terminal_bridge.drivers.viva.driver import VivaDriver
from terminal_bridge.drivers.viva.pace import Pace
from terminal_bridge.drivers.viva.wakeups import METHODS
from terminal_bridge.links.web import HttpWeb
from terminal_bridge.simulator.viva.server import VivaServer, VivaServerConfig, serve_viva

T = TypeVar("T")

QUICK = Pace(first_s=0.02, longest_s=0.02, unknown_s=60.0, deadline_s=60.0, after_abort_s=1.0)
ONLY_WHEN_WOKEN = Pace(first_s=3600.0, longest_s=3600.0, deadline_s=86_400.0)


def served(**words: Any) -> Any:
    return serve_viva(VivaServerConfig(port=0, pace_s=0.0, **words))


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(options.CLIENT_ID_ENV, "simulated")
    monkeypatch.setenv(options.CLIENT_SECRET_ENV, "simulated")
    monkeypatch.setenv("SHOP_API_KEY", "api-key-1")


@asynccontextmanager
async def shop(
    folder: Path, cloud: VivaServer, pace: Pace = QUICK, **words: Any
) -> AsyncIterator[SaleSystem]:
    def connect(settings: DriverSettings, door: DeviceDoor) -> Driver:
        given = options.read(settings)
        web = HttpWeb(HttpClient())
        address = parse(cloud.url, "url")
        driver: VivaDriver = over(web, address, options.credentials(given), given, pace)
        assert isinstance(door, InboxDoor)
        door.inbox(settings.poi_id).receive(driver.wakeups.read, methods=METHODS)
        return driver

    async with SaleSystem.open(
        terminal=cloud.url,
        currency="EUR",
        journal=folder / "till.db",
        parts=Parts(connect=connect),
        merchant_id="merchant-1",
        api_key_env="SHOP_API_KEY",
        **words,
    ) as till:
        yield till


async def until(there: Callable[[], T | None]) -> T:
    """What there is, once there is something."""
    while True:
        if found := there():
            return found
        await asyncio.sleep(0.01)


async def test_a_day_at_the_till(tmp_path: Path) -> None:
    async with served() as cloud, shop(tmp_path, cloud) as till:
        assert (await till.diagnose()).verdict == "approved"
        paid = await till.pay("38.00", reference="a")
        assert paid.approved
        assert (await till.pay("38.05", reference="b")).outcome is Outcome.DECLINED
        back = await till.refund("8.00", reference="r", original="a")
        assert back.approved
        await till.reserve("50.00", reference="h")
        assert (await till.complete("h", "40.00", reference="c")).approved
        assert cloud.terminal.books.net() == {"EUR": 7000}


async def test_an_abort_over_http(tmp_path: Path) -> None:
    async with (
        served(scenario=Scenario(presented=False)) as cloud,
        shop(tmp_path, cloud) as till,
    ):
        paying = asyncio.gather(till.pay("38.00", reference="a"))
        await until(cloud.terminal.ledger.running)
        await till.abort("a")
        (result,) = await paying
    assert result.outcome is Outcome.ABORTED
    assert cloud.terminal.books.net() == {}


CUTS = [
    Fault(strike=Strike.DROP_AFTER),
    Fault(strike=Strike.TRUNCATE, category="TransactionStatus", times=2),
    Fault(strike=Strike.RESET, category="TransactionStatus", times=2),
    Fault(strike=Strike.UNAUTHORISED, category="TransactionStatus"),
]


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut.strike)
async def test_a_cut_connection_costs_no_money(tmp_path: Path, cut: Fault) -> None:
    async with served(faults=(cut,)) as cloud, shop(tmp_path, cloud) as till:
        assert (await till.pay("38.00", reference="a")).approved
        assert cloud.terminal.books.net() == {"EUR": 3800}


async def test_a_terminal_need_not_be_named_where_there_is_one(tmp_path: Path) -> None:
    async with served(terminals=("1", "2")) as cloud:
        url = cloud.url.rpartition("/")[0]
        async with SaleSystem.open(
            terminal=url, currency="EUR", journal=tmp_path / "till.db"
        ) as till:
            told = await till.diagnose()
            assert "live are: 1, 2" in told.message
            assert (await till.pay("1.00")).outcome is Outcome.NOT_STARTED
    async with served() as cloud:
        url = cloud.url.rpartition("/")[0]
        async with SaleSystem.open(
            terminal=url, currency="EUR", journal=tmp_path / "two.db"
        ) as till:
            assert (await till.pay("1.00")).approved


async def test_a_webhook_wakes_the_one_who_waits(tmp_path: Path) -> None:
    async with (
        served() as cloud,
        shop(tmp_path, cloud, ONLY_WHEN_WOKEN, listen="127.0.0.1:0") as till,
    ):
        url = next(iter((await till.callback_urls()).values()))
        assert await cloud.terminal.register_webhook(url)
        assert (await till.pay("38.00", reference="a")).approved
    assert cloud.terminal.books.net() == {"EUR": 3800}


async def test_what_a_webhook_says_is_not_believed(tmp_path: Path) -> None:
    async with (
        served(scenario=Scenario(presented=False)) as cloud,
        shop(tmp_path, cloud, ONLY_WHEN_WOKEN, listen="127.0.0.1:0") as till,
        HttpClient() as client,
    ):
        url = next(iter((await till.callback_urls()).values()))
        paying = asyncio.gather(till.pay("38.00", reference="a"))
        ledger = cloud.terminal.ledger
        (run,) = await until(ledger.running)
        order = run.order
        lie = viva.Session(
            session_id=order.session_id, success=True, event_id=0, amount=3800, currency_code="978"
        )
        for webhook in (
            viva.write_webhook(viva.Webhook(event_type_id=1802, session=lie)),
            viva.write_webhook(viva.Webhook(event_type_id=1802, session=viva.Session())),
            json.dumps({"EventTypeId": 1796, "EventData": {"MerchantTrns": "other"}}).encode(),
        ):
            for _ in range(2):
                assert (await client.post(url, webhook)).status == 200
        assert (await client.post(url, b"garbage")).status == 400
        assert (await client.post(url + "x", b"{}")).status == 404
        assert not paying.done()
        await till.abort("a")
        ended = await until(lambda: run.ended)
        told = viva.write_webhook(viva.Webhook(event_type_id=1803, session=ended))
        assert (await client.post(url, told)).status == 200
        (result,) = await paying
    assert result.outcome is Outcome.ABORTED


async def test_without_the_merchants_key_there_is_no_handshake(tmp_path: Path) -> None:
    async with (
        served() as cloud,
        HttpClient() as client,
        SaleSystem.open(
            terminal=cloud.url,
            currency="EUR",
            journal=tmp_path / "till.db",
            listen="127.0.0.1:0",
        ) as till,
    ):
        url = next(iter((await till.callback_urls()).values()))
        assert (await client.ask("GET", url)).status == 404
        assert not await cloud.terminal.register_webhook(url)


async def test_an_overturned_failure_stays_so_in_the_journal(tmp_path: Path) -> None:
    lie = Fault(strike=Strike.FALSE_DECLINE, category="Push", seconds=0.3)
    async with served(faults=(lie,)) as cloud:
        async with shop(tmp_path, cloud) as till:
            assert (await till.pay("38.00", reference="a")).outcome is Outcome.DECLINED
            session = await until(cloud.terminal.ledger.succeeded)
            assert len(session) == 1
            told = await till.status("a")
            assert told is not None
            assert told.approved
        async with shop(tmp_path, cloud) as till:
            again = await till.pay("38.00", reference="a")
            assert (again.approved, again.replayed) == (True, True)
        assert cloud.terminal.books.net() == {"EUR": 3800}
