"""Every driver, each with every profile, refuses what it does not declare: it connects to nothing,
and names the capability. (What it declares works: see each driver's `test_contract`.)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from opi_pos.model.ids import POIID, ServiceID
from opi_pos.model.orders import Integration
from opi_pos.ports import Inbox
from opi_pos.runtime.declared import declared
from opi_pos.runtime.drivers import find_driver
from opi_pos.testing.scenes import lacking
from opi_pos.testing.stand import Stand
from opi_pos.testing.stories import Till, is_refused_unsent
from tests.terminal_bridge.drivers.nexo.settings import NoDoor, Settings

ADDRESSES: dict[str, str] = {
    "keycard": "keycard+http://{host}/",
    # A line for each driver that is installed; `OPTIONS` below has what it cannot be made without.
    "netpay": "netpay+http://{host}/1490293930?store=9194",
    "nexo": "nexo+http://{host}?profile={profile}",
    "opi": "opi+tcp://{host}?listen=none&profile={profile}",
    "viva": "viva+http://{host}/16008507",
    "zvt": "zvt+tcp://{host}?profile={profile}",
}
SECRET = "SECRET_OF_THE_TEST"
OPTIONS: dict[tuple[str, str], dict[str, Any]] = {
    ("nexo", "adyen-local"): {
        "passphrase_env": SECRET,
        "key_identifier": "key",
        "key_version": 1,
    },
    ("netpay", ""): {
        "username": "u",
        "password_env": SECRET,
        "app_user": "a",
        "app_secret_env": SECRET,
    },
    ("viva", ""): {"client_id": "c", "client_secret_env": SECRET},
}
"""What a driver needs to be made at all."""
EVERY = [(driver, profile) for driver, profiles in declared().items() for profile in profiles]


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SECRET, "a secret of the test")


class Box:
    path = "/callback/x"

    async def next(self) -> dict[str, Any]:
        raise AssertionError("nobody waits")

    def close(self) -> None:
        pass


class CalledBackNever:
    url = "http://127.0.0.1:9"

    async def open(self, service_id: ServiceID, read: Any, *, topic: str = "") -> Box:
        return Box()

    def receive(self, read: Any, **words: Any) -> None:
        pass

    async def letters(self, service_id: ServiceID, **words: Any) -> Box:
        return Box()


class Door(NoDoor):
    def inbox(self, poi_id: POIID) -> Inbox:
        inbox: Any = CalledBackNever()
        return inbox  # type: ignore[no-any-return]


class Nobody(Stand):
    """A terminal that nobody may connect to."""

    connections = 0

    @property
    def taken(self) -> int:
        return 0

    @property
    def heard(self) -> int:
        return self.connections

    async def hung_up(self) -> None:
        pass


@asynccontextmanager
async def stand(driver: str, profile: str) -> AsyncIterator[Nobody]:
    nobody = Nobody()

    def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nobody.connections += 1
        writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        url = ADDRESSES[driver].format(host=host, profile=profile)
        settings = Settings(
            url=url, options=OPTIONS.get((driver, profile), {}), integration=Integration.FULL
        )
        nobody.poi_id = settings.poi_id
        nobody.driver = find_driver(url)(settings, Door())
        yield nobody
        await nobody.driver.close()


@pytest.mark.parametrize(("driver", "profile"), EVERY)
async def test_what_is_not_declared_is_refused_unsent(driver: str, profile: str) -> None:
    async with stand(driver, profile) as nobody:
        till = Till(nobody)
        for capability, order in lacking(till):
            news = await till.told(order)
            assert is_refused_unsent(news, capability), f"{capability}: {news}"
    assert nobody.connections == 0


@pytest.mark.parametrize(("driver", "profile"), EVERY)
async def test_the_record_is_that_of_the_driver(driver: str, profile: str) -> None:
    async with stand(driver, profile) as nobody:
        can, record = nobody.driver.capabilities, declared()[driver][profile]
        assert can.operations == record.operations
        assert can.services == record.services
        assert (can.reversal, can.refund, can.status) == (
            record.reversal,
            record.refund,
            record.status,
        )
