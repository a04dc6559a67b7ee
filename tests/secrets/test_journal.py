"""Card numbers that somebody hands to the journal: they are not in its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.model.card import Card
from opi_pos.model.facts import Exchange, Fact, Mail
from opi_pos.model.ids import POIID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.model.results import Operation, Outcome, Proof, Result
from tests.secrets.cards import PAN, SHAPES
from tests.secrets.till import assert_hidden

POI = POIID("POI-1")
ORDER = MoneyOrder(
    operation=Operation.PAYMENT,
    reference=Reference("r"),
    sale_time="2026-03-01T09:30:00+01:00",
    amount=Amount.parse("12.00", "EUR"),
)


def exchange(text: str) -> Exchange:
    result = Result(
        outcome=Outcome.APPROVED,
        proof=Proof.RESPONSE,
        operation=Operation.PAYMENT,
        reference=Reference("r"),
        service_id=ServiceID("1"),
        approval_code=text,
        card=Card(masked_pan=text, brand=text, entry_mode=text, token=text),
        receipts=(Receipt(copy=Copy.CUSTOMER, lines=(text, f"PAN {text}"), fields={"PAN": text}),),
        condition=text,
        message=text,
    )
    return Exchange(
        exchange_id=ExchangeID("1"),
        scope="",
        poi_id=POI,
        sale_id=SaleID("POS-1"),
        service_id=ServiceID("1"),
        state="ended",
        order=ORDER,
        begun_at=1.0,
        changed_at=2.0,
        result=result,
        evidence={"told": text, "deep": [{text: [text]}]},
    )


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
async def test_no_row_fact_mail_or_memory_holds_a_card_number(tmp_path: Path, text: str) -> None:
    journal = await SqliteJournal.open(tmp_path / "till.db")
    data = {"text": text, text: 1, "list": [text, {"pan": text}], "number": int(PAN)}
    fact = Fact(kind="heard", poi_id=POI, at=1.0, exchange_id=ExchangeID("1"), data=data)
    mail = Mail(
        mail_id="m",
        poi_id=POI,
        kind="serve",
        body=data,
        sender="me",
        posted_at=1.0,
        alive_until=9.0,
    )
    journal.note(fact)
    await journal.commit(exchanges=[exchange(text)], facts=[fact])
    await journal.post(mail)
    await journal.answer_mail("m", state="answered", answer=data)
    await journal.remember(POI, "note", text)
    read = [
        repr(await journal.exchanges()),
        repr(await journal.facts(ExchangeID("1"))),
        repr(await journal.mail("m")),
        repr(await journal.recall(POI, "note")),
        repr((fact, mail, exchange(text))),
    ]
    await journal.close()
    files = [file.read_bytes().decode("utf-8", "replace") for file in tmp_path.iterdir()]  # noqa: ASYNC240
    assert_hidden("\n".join([*read, *files]))
