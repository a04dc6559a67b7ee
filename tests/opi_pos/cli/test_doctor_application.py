"""A terminal that knows no diagnosis is not ill."""

from __future__ import annotations

import msgspec
import pytest

from opi_pos.cli.doctor.application import ask
from opi_pos.model.capabilities import Capabilities
from opi_pos.runtime.config import PoiSettings
from tests.opi_pos.runtime.scripted import ABLE
from tests.opi_pos.runtime.test_capabilities import Recording

MUTE = msgspec.structs.replace(ABLE, services=frozenset({"ask_status"}))
SETTINGS = PoiSettings(name="terminal", url="test://")


@pytest.mark.parametrize(("can", "orders"), [(ABLE, ["diagnose"]), (MUTE, [])])
async def test_it_is_asked_only_where_it_can_answer(can: Capabilities, orders: list[str]) -> None:
    driver = Recording(can)
    finding = await ask(SETTINGS, connect=driver.connect)
    assert finding.good
    assert ("not asked" in finding.what) is (not orders)
    assert driver.orders == orders
