"""Payments that are lost, and what the till must not conclude from 06 20 and 1F1F."""

from __future__ import annotations

import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.model.money import Amount
from opi_pos.poi.faults import Fault, Strike
from terminal_bridge.simulator.zvt.admin import StatusEnquiry
from terminal_bridge.simulator.zvt.steps import Procedure
from terminal_bridge.simulator.zvt.store import Kind, News, Transaction
from terminal_bridge.zvt import Apdu, decode
from terminal_bridge.zvt.messages.money import Authorisation
from tests.terminal_bridge.drivers.zvt.shop import Shop, play, taken

BOTH = [False, True]
LOST = Fault(strike=Strike.LOSE, category="0601", nth=2, times=1)


def listen(shop: Shop) -> list[bytes | None]:
    """The sync tags of every payment that the terminal gets to hear."""
    tags: list[bytes | None] = []
    begin = shop.terminal.terminal._begin

    def heard(link: int, apdu: Apdu, twist: object) -> object:
        message = decode(apdu)
        if isinstance(message, Authorisation):
            tags.append(message.sync_id)
        return begin(link, apdu, twist)  # type: ignore[arg-type]

    shop.terminal.terminal._begin = heard  # type: ignore[method-assign, assignment]
    return tags


@pytest.mark.parametrize("serial", BOTH)
def test_the_sync_tag_follows_the_terminal_and_is_empty_when_nothing_is_certain(
    serial: bool,
) -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        tags = listen(shop)
        assert (await till.pay("12.00", reference="a")).approved
        assert (await till.pay("12.00", reference="b")).approved
        await shop.drivers[0]._session.hang_up()
        assert (await till.pay("12.00", reference="c")).approved
        assert tags == [b"", bytes.fromhex("0001"), b""]

    shop = play(story, personality="sync", profile="sync", serial=serial)
    assert taken(shop.terminal.books) == 3600
    assert shop.controls == []


def test_a_terminal_without_the_sync_tag_is_sent_none() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        tags = listen(shop)
        assert (await till.pay("12.00", reference="a")).approved
        assert tags == [None]

    play(story, personality="sync")


@pytest.mark.parametrize("strike", [Strike.RESET, Strike.LOSE])
def test_the_payment_after_a_lost_one_does_not_undo_it(strike: Strike) -> None:
    """What the till missed is one ahead of its last tag: sent again it would be a reversal."""
    lost = Fault(strike=strike, category="060F", nth=4)

    async def story(shop: Shop, till: SaleSystem) -> None:
        tags = listen(shop)
        assert (await till.pay("12.00", reference="a")).approved
        found = await till.pay("13.00", reference="b")
        assert (found.outcome, found.proof) == (Outcome.APPROVED, Proof.EVIDENCE)
        assert (await till.pay("14.00", reference="c")).approved
        assert tags[1] == bytes.fromhex("0001")
        assert tags[2] in {b"", bytes.fromhex("0002")}

    shop = play(story, personality="sync", profile="sync", faults=[lost])
    assert taken(shop.terminal.books) == 3900


def pay_at_the_terminal(shop: Shop, minor: int) -> None:
    """Somebody pays there without a till."""
    pt = shop.terminal.terminal.pt
    numbers = pt.store.next_numbers()
    pt.take(News(numbers=numbers))
    paid = Transaction(
        kind=Kind.PAYMENT,
        amount=Amount(minor=minor, currency="EUR"),
        trace=numbers.trace,
        receipt=numbers.receipt,
        turnover=numbers.turnover,
        stamp="20240501120000",
    )
    pt.take(News(transaction=paid))


def test_where_menus_are_free_a_payment_at_the_terminal_is_not_taken_for_ours() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        assert (await till.pay("12.00", reference="a")).approved
        pay_at_the_terminal(shop, 1200)
        result = await till.pay("12.00", reference="b")
        assert result.outcome is Outcome.NOT_STARTED

    shop = play(story, faults=[LOST], locked=False)
    assert taken(shop.terminal.books) == 1200


def test_the_first_payment_of_a_fresh_terminal_is_doubted_when_it_shows_nothing() -> None:
    """That it shows nothing may mean that it never shows anything."""

    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert result.outcome is Outcome.IN_DOUBT

    shop = play(story, faults=[Fault(strike=Strike.LOSE, category="0601")])
    assert taken(shop.terminal.books) == 0


def test_the_first_payment_of_a_fresh_terminal_is_found_when_it_is_shown() -> None:
    async def story(shop: Shop, till: SaleSystem) -> None:
        result = await till.pay("12.00", reference="a")
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.EVIDENCE)

    shop = play(story, faults=[Fault(strike=Strike.RESET, category="060F", nth=3)])
    assert taken(shop.terminal.books) == 1200


def test_a_serial_terminal_that_says_nothing_to_05_01_is_paid_on() -> None:
    deaf = Fault(strike=Strike.LOSE, category="0501", times=100)

    async def story(shop: Shop, till: SaleSystem) -> None:
        assert (await till.pay("12.00", reference="a")).approved

    shop = play(story, serial=True, faults=[deaf])
    assert taken(shop.terminal.books) == 1200


def test_a_serial_terminal_whose_status_enquiry_tells_nothing_is_paid_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def bare(self: StatusEnquiry) -> Procedure[None]:
        yield from self.complete()

    monkeypatch.setattr(StatusEnquiry, "run", bare)

    async def story(shop: Shop, till: SaleSystem) -> None:
        assert (await till.pay("12.00", reference="a")).approved

    shop = play(story, serial=True)
    assert taken(shop.terminal.books) == 1200
