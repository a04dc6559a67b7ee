"""What a till program is told about its own mistakes, and which currency it means."""

from __future__ import annotations

import pytest

from opi_pos import SaleSystem
from opi_pos.aio import virtual
from opi_pos.journal.lock import MemoryLocks, MemoryOwnership
from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.errors import UsageError
from opi_pos.model.money import Amount
from opi_pos.runtime.sale_system import Parts
from tests.opi_pos.runtime.scripted import ABLE
from tests.opi_pos.runtime.test_capabilities import Recording


def test_money_that_goes_back_is_in_the_currency_in_which_it_came() -> None:
    async def scene() -> None:
        parts = Parts(
            journal=MemoryJournal(),
            ownership=MemoryOwnership(MemoryLocks()),
            connect=Recording(ABLE).connect,
            look_for_mail_s=None,
        )
        async with SaleSystem.open(terminal="test://", parts=parts) as till:
            with pytest.raises(UsageError, match="currency: missing"):
                await till.pay("12.00", reference="a")
            await till.pay("12.00", currency="SEK", reference="a")
            back = await till.refund("5.00", reference="b", original="a")
            assert back.authorized == Amount(minor=500, currency="SEK")
            with pytest.raises(UsageError, match="currency: missing"):
                await till.refund("5.00", reference="c")

    virtual.run(scene())


def test_a_till_that_is_not_open_says_so() -> None:
    async def scene() -> None:
        till = SaleSystem.open(terminal="test://", currency="EUR", parts=Parts())
        with pytest.raises(UsageError, match="the till is not open: use `async with"):
            await till.pay("12.00", reference="a")

    virtual.run(scene())
