"""Whose response it is; never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from opi_pos.model.facts import Exchange
from opi_pos.model.ids import POIID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder, Original
from opi_pos.model.results import Operation, TransactionID
from opi_pos.wire import netpay
from terminal_bridge.drivers.netpay.matching import Match, match
from terminal_bridge.drivers.netpay.naming import folio_of, reference_in
from tests.opi_pos.wire.netpay.samples import CANCELLED, SALE, SERIAL, as_json

ORDER_ID = str(SALE["orderId"])


def row(number: str, *, undoes: str = "") -> Exchange:
    service_id = ServiceID(number)
    original = Original(
        reference=Reference(f"a-{undoes}"),
        service_id=ServiceID(undoes),
        transaction=TransactionID(id=ORDER_ID, time=""),
    )
    return Exchange(
        exchange_id=ExchangeID(f"e-{number}"),
        scope="",
        poi_id=POIID("p"),
        sale_id=SaleID("s"),
        service_id=service_id,
        state="running",
        order=MoneyOrder(
            operation=Operation.REVERSAL if undoes else Operation.PAYMENT,
            reference=Reference(f"a-{number}"),
            sale_time="2026-11-22T10:00:00+00:00",
            amount=Amount(minor=100, currency="MXN"),
            original=original if undoes else None,
        ),
        begun_at=1.0,
        changed_at=1.0,
    )


def whose(rows: list[Exchange], asked: dict[str, ServiceID] | None = None, **members: Any) -> Match:
    return match(netpay.read_response(as_json(members)), rows, asked or {}, SERIAL)


def of(number: str, *, anonymous: bool = False) -> Match:
    return Match(ServiceID(number), anonymous)


NOBODYS = Match()
TWO = [row("17"), row("18")]


def test_a_response_is_found_by_each_of_its_names() -> None:
    assert whose(TWO, **SALE) == of("17")
    assert whose(TWO, **CANCELLED | {"traceability": {"session": "18"}}) == of("18")
    assert whose(TWO, **CANCELLED | {"folioNumber": "a-18-18"}) == of("18")
    assert whose([row("19", undoes="17")], **SALE | {"transType": "V"}) == of("19")
    by_order: dict[str, Any] = {"responseCode": "00", "orderId": ORDER_ID, "folioNumber": ""}
    assert whose([row("19", undoes="17")], **by_order) == of("19")


def test_a_folio_that_was_cut_off_is_believed_beside_its_session_only() -> None:
    for folio in ("a-17-1", "A-17-17", "a"):
        assert whose(TWO, **SALE | {"folioNumber": folio}) == of("17")
        alone = SALE | {"folioNumber": folio, "traceability": {}, "orderId": ""}
        assert whose(TWO, **alone) == NOBODYS


def test_a_question_about_a_cancellation_is_about_its_sale() -> None:
    reprint = SALE | {"isRePrint": True, "reprintModule": "V", "traceability": {}}
    assert whose([row("19", undoes="17")], **reprint) == of("19")
    echoed = reprint | {"traceability": {"session": "17"}}
    assert whose([row("19", undoes="17")], **echoed) == of("19")


@pytest.mark.parametrize("rows", [[], TWO], ids=["none", "two"])
def test_what_names_nothing_is_nobodys_unless_one_is_open(rows: list[Exchange]) -> None:
    assert whose(rows, **CANCELLED) == Match(None, anonymous=True)
    assert whose([row("17")], **CANCELLED) == of("17", anonymous=True)
    bare: dict[str, Any] = {"responseCode": "02", "terminalId": SERIAL}
    assert whose([row("17")], **bare) == of("17", anonymous=True)


@pytest.mark.parametrize(
    "members",
    [
        SALE | {"terminalId": "1490293931"},
        SALE | {"folioNumber": "a-17-170"},
        SALE | {"folioNumber": "A-17-17", "traceability": {}},
        SALE | {"folioNumber": "a-18-18"},
        SALE | {"traceability": {"session": "18"}},
        SALE | {"traceability": {"session": "99"}},
        {"responseCode": "00", "traceability": {"session": "99"}},
        {"responseCode": "00", "folioNumber": "sold by hand"},
        {"responseCode": "00", "orderId": ORDER_ID},
        CANCELLED | {"terminalId": "0000000000"},
    ],
    ids=range(10),
)
def test_another_name_or_two_names_are_nobodys(members: dict[str, Any]) -> None:
    assert whose(TWO, **members) == NOBODYS
    assert whose([row("18")], **members | {"traceability": {"session": "x"}}) == NOBODYS


def test_an_ended_sale_is_found_while_it_is_asked_about() -> None:
    reprint = SALE | {"isRePrint": True, "traceability": {}}
    asked = {"a-17-17": ServiceID("17")}
    assert whose([], asked, **reprint) == of("17")
    assert whose([], **reprint) == NOBODYS
    assert whose([], asked, **SALE) == NOBODYS
    assert whose([], asked, **reprint | {"folioNumber": "a-17-18"}) == NOBODYS


def test_a_folio_is_another_for_every_attempt_and_within_its_length() -> None:
    ids = [ServiceID(number) for number in ("ZZNIO1G81A", "ZZNIO1G82A")]
    first, second = (folio_of("a-1", each) for each in ids)
    assert first != second
    assert {reference_in(first), reference_in(second)} == {"a-1"}
    for foreign in ("sold by hand", "TICKET-17", "-ZZNIO1G81A"):
        assert reference_in(foreign) == foreign
    assert len(folio_of("x" * 300, ServiceID("1234567890"))) == 250
