"""The till program that is killed: one life, from the opening of its journal to its own end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from opi_pos.journal.lock import FileOwnership
from opi_pos.model.results import MONEY_STAYED, Outcome
from opi_pos.ports import DeviceDoor, Driver, DriverSettings
from opi_pos.runtime.sale_system import Parts, SaleSystem
from terminal_bridge.drivers.nexo import connect
from terminal_bridge.drivers.nexo.driver import NexoDriver
from terminal_bridge.drivers.zvt.connecting import connect as connect_zvt
from terminal_bridge.drivers.zvt.driver import ZvtDriver
from tests.kill.steps import SteppedBytes, SteppedJournal, SteppedLink, Steps

LINK_DELAY_S = 0.2
"""The tests' link is this machine: a request that is not there by then will not come."""
QUERY_EVERY_S = 0.2
OPEN = "the till is open"


class Sale(msgspec.Struct, frozen=True, kw_only=True):
    """What the cashier wants."""

    reference: str
    amount: str = "12.00"


SALES = (Sale(reference="k-1"), Sale(reference="k-2", amount="7.50"))


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One life to be lived."""

    url: str
    journal: str
    sale_id: str = "till-1"
    sales: tuple[Sale, ...] = SALES
    kill_at: int | None = None
    """The step at which it is killed, from 1; None lets it come to its own end."""
    fine: bool = False
    """Whether the COMMITs themselves are steps, too."""
    tries: int = 1
    """How often a sale is tried of which the till says that no money moved."""
    careless: bool = False
    """Does not wait for the disk: a mistake that must be found."""


class Step(msgspec.Struct, frozen=True, tag=True):
    """A step was taken."""

    name: str


class Told(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the program was told of a sale."""

    reference: str
    outcome: Outcome


class Ended(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """How a life ended, in the words of who waited for it."""

    killed_by: int = 0
    """The signal's number; 0 when it came to its own end."""
    exit_code: int = 0


Line = Step | Told | Ended
"""What is told of a life. Its own words survive the kill."""

Tell = Callable[[Line], None]


async def live(job: Job, tell: Tell) -> None:
    """Open the till, make the sales, close it."""
    steps = Steps(lambda name: tell(Step(name)), job.kill_at, fine=job.fine)
    journal = await SteppedJournal.begin(Path(job.journal), steps, careless=job.careless)
    till = SaleSystem.open(
        terminal=job.url,
        currency="EUR",
        sale_id=job.sale_id,
        link_delay_s=LINK_DELAY_S,
        **_WORDS.get(job.url.partition(":")[0], {}),
        parts=Parts(
            journal=journal,
            ownership=FileOwnership(job.journal),
            connect=lambda settings, door: _driver(settings, door, steps),
            look_for_mail_s=0.02,
        ),
    )
    async with till:
        steps.take(OPEN)
        for sale in job.sales:
            for _ in range(job.tries):
                result = await till.pay(sale.amount, reference=sale.reference)
                tell(Told(reference=sale.reference, outcome=result.outcome))
                steps.take("pay returned")
                if result.outcome not in MONEY_STAYED:
                    break
    await journal.close()
    steps.take("the till is closed")


_WORDS: Mapping[str, dict[str, Any]] = {"zvt+tcp": {"recovery": {"settle_s": LINK_DELAY_S}}}
"""Keywords of `SaleSystem.open` by the URL's scheme: how patient the till has to be."""


def _driver(settings: DriverSettings, door: DeviceDoor, steps: Steps) -> Driver:
    driver: NexoDriver | ZvtDriver
    if settings.url.startswith("zvt"):
        driver = connect_zvt(settings, door)
        driver._session.link = SteppedBytes(driver._session.link, steps)
    else:
        driver = connect(settings, door)
        driver._link = SteppedLink(driver._link, steps)
    driver._capabilities = msgspec.structs.replace(
        driver._capabilities, query_every_s=QUERY_EVERY_S
    )
    return driver


def run(job: Job, pipe: int) -> None:
    """Live in this process; what is told goes into `pipe`, line by line and at once."""
    encode = msgspec.json.Encoder().encode
    asyncio.run(live(job, lambda line: _write(pipe, encode(line) + b"\n")))


def _write(pipe: int, data: bytes) -> None:
    while data:
        data = data[os.write(pipe, data) :]
