"""Rule 13 for every driver that is installed: what its record lacks is refused by the till before
anything is recorded or sent, with the capability named; what it has reaches the driver.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import msgspec
import pytest

from opi_pos import SaleSystem
from opi_pos.aio import virtual
from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer
from opi_pos.model.errors import CapabilityError
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import POIID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Ended, News, Verdict, Written
from opi_pos.model.orders import Command, MoneyOrder
from opi_pos.model.results import Operation, Outcome, Proof, Result
from opi_pos.ports import DeviceDoor, DriverSettings, Wishes
from opi_pos.runtime.declared import declared
from opi_pos.runtime.sale_system import Parts
from tests.opi_pos.runtime.tills import WallClock

RECORDS = {
    f"{driver}{f'-{profile}' if profile else ''}": can
    for driver, profiles in declared().items()
    for profile, can in profiles.items()
}
Call = Callable[[SaleSystem], Awaitable[object]]

CALLS: dict[str, Call] = {
    "payment": lambda till: till.pay("1.00"),
    "refund": lambda till: till.refund("1.00", reference="r-1"),
    "reservation": lambda till: till.reserve("1.00"),
    "completion": lambda till: till.complete("held", "1.00"),
    "release": lambda till: till.release("held"),
    "reversal": lambda till: till.reverse("paid"),
    "tip_adjustment": lambda till: till.adjust_tip("paid", "1.00"),
    "tip": lambda till: till.pay("1.00", tip="0.10"),
    "cashback": lambda till: till.pay("1.00", cashback="0.10"),
    "partial_approval": lambda till: till.pay("1.00", allow_partial=True),
    "diagnose": lambda till: till.diagnose(),
    "totals": lambda till: till.totals(),
    "close_day": lambda till: till.close_day(),
    "read_card": lambda till: till.read_card(),
    "show_customer": lambda till: till.show_customer("Hello"),
    "ask_customer": lambda till: till.ask_customer("Receipt?", kind="confirm"),
    "print_on_terminal": lambda till: till.print_on_terminal("Hello"),
    "converse": lambda till: till.converse(object()),
}


class Recording:
    """A driver with somebody's capabilities, which says yes to whatever reaches it."""

    def __init__(self, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self.orders: list[str] = []

    def connect(self, settings: DriverSettings, door: DeviceDoor) -> Recording:
        return self

    async def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        order = command.order
        yield Written()
        if not isinstance(order, MoneyOrder):
            self.orders.append(str(type(order).__struct_config__.tag))
            yield Ended(answer=Answer(verdict=Verdict.APPROVED))
            return
        self.orders.append(order.operation)
        yield Ended(
            answer=Answer(
                verdict=Verdict.APPROVED,
                service_id=command.service_id,
                reference=order.reference,
                sale_time=order.sale_time,
                authorized=order.amount,
            )
        )

    async def close(self) -> None:
        pass


def ended(number: int, reference: str, operation: Operation) -> Exchange:
    """What an earlier day left: an approved payment, and money that is held."""
    order = MoneyOrder(
        operation=operation,
        reference=Reference(reference),
        sale_time="2026-03-01T09:30:00+01:00",
        amount=Amount(minor=100, currency="EUR"),
    )
    service_id = ServiceID(str(number))
    return Exchange(
        exchange_id=ExchangeID(f"x-{number}"),
        scope="shop",
        poi_id=POIID("POI-1"),
        sale_id=SaleID("till-1"),
        service_id=service_id,
        state="ended",
        order=order,
        begun_at=1_789_999_000.0 + number,
        changed_at=1_789_999_000.0 + number,
        result=Result(
            outcome=Outcome.APPROVED,
            proof=Proof.RESPONSE,
            operation=operation,
            reference=order.reference,
            service_id=service_id,
            authorized=order.amount,
            ended_at=1_789_999_000.0 + number,
        ),
    )


def has(can: Capabilities, name: str) -> bool:
    if name in {"tip", "cashback", "partial_approval"}:
        return bool(getattr(can, name))
    return name in can.operations or name in can.services


@pytest.mark.parametrize("record", RECORDS)
def test_what_is_lacking_is_refused_by_name_and_the_rest_reaches_the_driver(record: str) -> None:
    can = RECORDS[record]

    async def scene() -> None:
        for name, call in CALLS.items():
            driver = Recording(msgspec.structs.replace(can, names_original=True))
            journal = MemoryJournal()
            rows = [
                ended(1, "held", Operation.RESERVATION),
                ended(2, "paid", Operation.PAYMENT),
            ]
            await journal.commit(exchanges=rows)
            async with opened(driver, journal) as till:
                before, known = list(driver.orders), await journal.exchanges()
                if has(can, name):
                    await call(till)
                    assert len(driver.orders) > len(before), name
                    continue
                with pytest.raises(CapabilityError) as raised:
                    await call(till)
                assert raised.value.capability == name
                assert name in str(raised.value)
                assert driver.orders == before, name
                assert await journal.exchanges() == known, name

    virtual.run(scene())


def opened(driver: Recording, journal: MemoryJournal) -> SaleSystem:
    parts: Any = Parts(
        journal=journal,
        ownership=MemoryOwnership(MemoryLocks()),
        clock=WallClock(),
        connect=driver.connect,
        look_for_mail_s=None,
    )
    return SaleSystem.open(terminal="test://", currency="EUR", scope="shop", parts=parts)


def test_every_operation_is_called_here() -> None:
    assert {operation.value for operation in Operation} <= set(CALLS)
