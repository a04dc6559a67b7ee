"""Every order against the simulator, on virtual time: what the driver says, the books must show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

import msgspec
import pytest

from opi_pos.aio import virtual
from opi_pos.model.ids import Reference, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer, Ended, News, NoSession, NotKnown, Refusal, Running, Verdict
from opi_pos.model.orders import (
    AskCustomer,
    AskStatus,
    CloseDay,
    Diagnose,
    Integration,
    Login,
    Logout,
    MoneyOrder,
    Order,
    Original,
    PrintOnTerminal,
    ReadCard,
    ShowCustomer,
    StopExchange,
    Totals,
)
from opi_pos.model.results import Operation
from opi_pos.ports import Wishes
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo import connect
from terminal_bridge.drivers.nexo.driver import NexoDriver
from terminal_bridge.drivers.nexo.simulated import SimulatedLink
from tests.terminal_bridge.drivers.nexo.scripted import Wishing, told
from tests.terminal_bridge.drivers.nexo.settings import NoDoor, Settings
from tests.terminal_bridge.drivers.nexo.wire import SALE_TIME, command

PROFILES = [name for name in nexo.profile_names() if nexo.profile(name).login]


class Till:
    """A driver on a simulated terminal, logged in unless `login` is False."""

    def __init__(self, url: str) -> None:
        self.driver: NexoDriver = connect(Settings(url=url), NoDoor())
        self._ids = count(1)
        self.last_id = ServiceID("0")

    async def news(self, order: Order, wishes: Wishing | None = None) -> News:
        """The last news of an order."""
        self.last_id = ServiceID(str(next(self._ids)))
        return (await told(self.driver, command(order, self.last_id), wishes))[-1]

    async def answer(self, order: Order, wishes: Wishing | None = None) -> Answer:
        last = await self.news(order, wishes)
        assert isinstance(last, Ended), last
        return last.answer

    async def log_in(self) -> None:
        answer = await self.answer(Login(integration=Integration.LIGHT))
        assert answer.verdict is Verdict.APPROVED

    @property
    def taken_minor(self) -> int:
        """What the terminal's books say was taken, less what was given back."""
        link = self.driver._link
        assert isinstance(link, SimulatedLink)
        return link.terminal.books.net().get("SEK", 0)


def sek(minor: int) -> Amount:
    return Amount(minor=minor, currency="SEK")


def money(reference: str, minor: int | None, operation: Operation, **members: Any) -> MoneyOrder:
    return MoneyOrder(
        operation=operation,
        reference=Reference(reference),
        sale_time=SALE_TIME,
        amount=sek(minor) if minor is not None else None,
        **members,
    )


def original(answer: Answer, reference: str = "a") -> Original:
    assert answer.service_id is not None
    return Original(
        reference=Reference(reference),
        service_id=answer.service_id,
        transaction=answer.terminal_transaction,
        amount=answer.authorized,
        approval_code=answer.approval_code,
    )


def played(url: str, scene: Callable[[Till], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        till = Till(url)
        try:
            await scene(till)
        finally:
            await till.driver.close()

    virtual.run(main())


@pytest.mark.parametrize("profile", PROFILES)
def test_a_whole_day_of_money_agrees_with_the_terminals_books(profile: str) -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        await till.answer(money("a", 10_000, Operation.PAYMENT))
        paid = await till.answer(money("b", 2_000, Operation.PAYMENT))
        assert (paid.verdict, paid.authorized) == (Verdict.APPROVED, sek(2_000))
        assert (paid.reference, paid.sale_time) == ("b", SALE_TIME)
        assert till.taken_minor == 12_000
        undone = await till.answer(money("c", None, Operation.REVERSAL, original=original(paid)))
        assert undone.verdict is Verdict.APPROVED
        assert till.taken_minor == 10_000
        refunded = await till.answer(money("d", 1_000, Operation.REFUND))
        assert (refunded.verdict, refunded.authorized) == (Verdict.APPROVED, sek(1_000))
        assert till.taken_minor == 9_000

    played(f"sim://nexo?profile={profile}", scene)


def test_part_of_a_payment_is_reversed() -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        paid = await till.answer(money("a", 10_000, Operation.PAYMENT))
        order = money("b", 4_000, Operation.REVERSAL, original=original(paid))
        undone = await till.answer(order)
        assert (undone.verdict, undone.authorized) == (Verdict.APPROVED, sek(4_000))
        assert till.taken_minor == 6_000

    played("sim://nexo?profile=plain-json", scene)


def test_a_linked_refund_pays_back_at_most_what_was_paid() -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        paid = await till.answer(money("a", 5_000, Operation.PAYMENT))
        too_much = money("b", 6_000, Operation.REFUND, original=original(paid))
        assert (await till.answer(too_much)).verdict is Verdict.DECLINED
        order = money("c", 2_000, Operation.REFUND, original=original(paid))
        assert (await till.answer(order)).verdict is Verdict.APPROVED
        assert till.taken_minor == 3_000

    played("sim://nexo?profile=plain-json", scene)


def test_a_reservation_is_completed_and_another_released() -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        held = await till.answer(money("a", 8_000, Operation.RESERVATION))
        assert (held.verdict, till.taken_minor) == (Verdict.APPROVED, 0)
        completion = money("b", 6_000, Operation.COMPLETION, original=original(held))
        assert (await till.answer(completion)).authorized == sek(6_000)
        assert till.taken_minor == 6_000
        other = await till.answer(money("c", 9_000, Operation.RESERVATION))
        release = money("d", None, Operation.RELEASE, original=original(other, "c"))
        assert (await till.answer(release)).verdict is Verdict.APPROVED
        again = money("e", 9_000, Operation.COMPLETION, original=original(other, "c"))
        assert (await till.answer(again)).verdict is Verdict.REFUSED
        assert till.taken_minor == 6_000

    played("sim://nexo?profile=plain-json", scene)


def test_swedbanks_terminal_reverses_the_last_transaction_only() -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        first = await till.answer(money("a", 10_000, Operation.PAYMENT))
        await till.answer(money("b", 2_000, Operation.PAYMENT))
        undone = await till.answer(money("c", None, Operation.REVERSAL, original=original(first)))
        assert undone.verdict in {Verdict.DECLINED, Verdict.REFUSED}
        assert till.taken_minor == 12_000

    played("sim://nexo?profile=swedbank", scene)


@pytest.mark.parametrize(
    ("minor", "verdict"),
    [(3_802, Verdict.DECLINED), (3_805, Verdict.DECLINED), (3_806, Verdict.ABORTED)],
)
def test_what_is_not_approved_takes_nothing(minor: int, verdict: Verdict) -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        assert (await till.answer(money("a", minor, Operation.PAYMENT))).verdict is verdict
        assert till.taken_minor == 0

    played("sim://nexo", scene)


def test_tip_surcharge_and_half_an_approval_are_told() -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        tipped = await till.answer(money("a", 10_004, Operation.PAYMENT))
        assert (tipped.authorized, tipped.tip) == (sek(11_004), sek(1_000))
        charged = await till.answer(money("b", 10_016, Operation.PAYMENT))
        assert (charged.authorized, charged.surcharge) == (sek(10_216), sek(200))
        half = await till.answer(money("c", 10_008, Operation.PAYMENT, allow_partial=True))
        assert (half.verdict, half.authorized) == (Verdict.APPROVED, sek(5_004))
        assert till.taken_minor == 11_004 + 10_216 + 5_004

    played("sim://nexo?profile=plain-json", scene)


def test_a_signature_in_light_mode_is_asked_of_the_till() -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        signed = await till.answer(money("a", 3_807, Operation.PAYMENT))
        assert (signed.verdict, signed.signature_required) == (Verdict.APPROVED, True)
        assert any(receipt.must_print for receipt in signed.receipts)

    played("sim://nexo", scene)


@pytest.mark.parametrize("profile", PROFILES)
def test_without_a_login_nothing_begins(profile: str) -> None:
    async def scene(till: Till) -> None:
        answer = await till.answer(money("a", 10_000, Operation.PAYMENT))
        assert answer.verdict is Verdict.REFUSED
        assert answer.refusal in {Refusal.LOGGED_OUT, Refusal.NOT_ALLOWED}
        status = AskStatus(service_id=till.last_id, order=money("a", 10_000, Operation.PAYMENT))
        assert isinstance(await till.news(status), NoSession)
        assert till.taken_minor == 0

    played(f"sim://nexo?profile={profile}", scene)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_status_tells_what_became_of_an_exchange(profile: str) -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        order = money("a", 10_000, Operation.PAYMENT)
        paid = await till.answer(order)
        asked = AskStatus(service_id=till.last_id, order=order)
        await till.answer(money("b", 2_000, Operation.PAYMENT))
        repeated = await till.answer(asked)
        assert msgspec.structs.asdict(repeated) == msgspec.structs.asdict(paid)
        unknown = AskStatus(service_id=ServiceID("999"), order=order)
        assert isinstance(await till.news(unknown), NotKnown)

    played(f"sim://nexo?profile={profile}", scene)


@pytest.mark.parametrize("profile", nexo.profile_names())
def test_while_a_payment_runs_it_can_be_asked_about_and_stopped(profile: str) -> None:
    async def scene(till: Till) -> None:
        if till.driver.capabilities.login:
            await till.log_in()
        order = money("a", 10_003, Operation.PAYMENT)  # nobody presents a card
        wishes = Wishing()
        async with asyncio.TaskGroup() as group:
            paying = group.create_task(till.answer(order, wishes))
            await asyncio.sleep(1)
            asked = AskStatus(service_id=till.last_id, order=order)
            assert isinstance(await till.news(asked), Running)
            wishes.wish("900")
            stopped = await paying
        assert stopped.verdict is Verdict.ABORTED
        assert till.taken_minor == 0

    played(f"sim://nexo?profile={profile}", scene)


def test_an_exchange_is_stopped_after_its_command_is_gone() -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        order = money("a", 10_003, Operation.PAYMENT)
        talk = till.driver.carry_out(command(order, "500"), _NO_WISHES)
        await anext(talk)
        await talk.aclose()
        await asyncio.sleep(1)
        assert await told(till.driver, command(StopExchange(target=ServiceID("500")), "501")) == []
        await asyncio.sleep(1)
        ended = await till.answer(AskStatus(service_id=ServiceID("500"), order=order))
        assert ended.verdict is Verdict.ABORTED

    played("sim://nexo", scene)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "order",
    [
        Diagnose(host=True),
        Totals(),
        CloseDay(),
        ReadCard(reference=Reference("card"), sale_time=SALE_TIME, amount=sek(3_800)),
        ShowCustomer(lines=("Welcome",)),
        AskCustomer(kind="confirm", lines=("Member?",)),
        AskCustomer(kind="digits", lines=("Number?",), min_length=1, max_length=4),
        AskCustomer(kind="text", lines=("Name?",)),
        AskCustomer(kind="menu", lines=("Which?",), choices=("A", "B")),
        PrintOnTerminal(lines=("Thank you",)),
        Logout(),
    ],
    ids=lambda order: type(order).__name__ + getattr(order, "kind", ""),
)
def test_orders_without_money_are_carried_out(profile: str, order: Order) -> None:
    async def scene(till: Till) -> None:
        await till.log_in()
        answer = await till.answer(order)
        assert answer.verdict is Verdict.APPROVED, answer
        assert (answer.payload is None) == isinstance(
            order, ReadCard | ShowCustomer | PrintOnTerminal | Logout
        )
        assert (answer.card is not None) == isinstance(order, ReadCard)

    played(f"sim://nexo?profile={profile}", scene)


_NO_WISHES: Wishes = Wishing()
