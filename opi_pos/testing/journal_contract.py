"""What every journal must do. Subclass it in a test module and give it two fixtures:

`journal` is a journal over empty storage, `other` is a second one over the same storage, as another
process would open it. The suite itself needs no test framework.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from typing import Any

import msgspec

from opi_pos.model.card import Card
from opi_pos.model.errors import JournalError, KeyTakenError
from opi_pos.model.facts import Exchange, Fact, Key, Mail
from opi_pos.model.ids import POIID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder, Original, SaleItem
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.model.results import Operation, Outcome, Proof, Result, TransactionID
from opi_pos.model.secret import Secret
from opi_pos.ports import Journal

FRONT, COUNTER = POIID("front"), POIID("counter")
CARD = Card(masked_pan="411111******1111", brand="VISA", entry_mode="chip", token="tok-9")  # noqa: S106
PANS = ("4111111111111111", "5555 5555 5555 4444", "3782-822463-10005", "6011000990139424")
"""Test card numbers of the card brands, as people write them."""


def exchange(
    number: int = 1, *, outcome: Outcome | None = None, reference: str = "", **changes: Any
) -> Exchange:
    """An exchange as the runtime writes it; `number` makes ids and times."""
    order = MoneyOrder(
        operation=changes.pop("operation", Operation.PAYMENT),
        reference=Reference(reference or f"order-{number}"),
        sale_time="2024-05-01T12:00:00+02:00",
        amount=Amount(minor=3800, currency="SEK"),
        operator="Anna",
        language="sv",
        items=(SaleItem(product_code="7", amount=Amount(minor=3800, currency="SEK"), label="Tea"),),
    )
    plain = Exchange(
        exchange_id=ExchangeID(f"exchange-{number}"),
        scope="shop-12",
        poi_id=FRONT,
        sale_id=SaleID("till-3"),
        service_id=ServiceID(str(1000 + number)),
        state="sending" if outcome is None else "ended",
        order=order,
        begun_at=1000.0 + number,
        changed_at=1000.0 + number,
        result=result(order, outcome) if outcome is not None else None,
    )
    return msgspec.structs.replace(plain, **changes)


def result(order: MoneyOrder, outcome: Outcome) -> Result:
    """A result with everything in it."""
    return Result(
        outcome=outcome,
        proof=Proof.RESPONSE,
        operation=order.operation,
        reference=order.reference,
        service_id=ServiceID("1001"),
        requested=order.amount,
        authorized=order.amount if outcome is Outcome.APPROVED else None,
        terminal_transaction=TransactionID(id="4711", time="2024-05-01T12:00:31.498Z"),
        approval_code="00123",
        card=CARD,
        receipts=(Receipt(copy=Copy.CUSTOMER, lines=("Thank you, Ms Holder", "38.00 SEK")),),
        message="Approved for Ms Holder",
        ended_at=1031.0,
    )


def fact(number: int = 1, *, kind: str = "noted", **changes: Any) -> Fact:
    """A fact of `exchange(1)`."""
    plain = Fact(
        kind=kind,
        poi_id=FRONT,
        at=1000.0 + number,
        exchange_id=ExchangeID("exchange-1"),
        data={"number": number, "nested": {"list": [1, "two", None, 2.5, True]}},
    )
    return msgspec.structs.replace(plain, **changes)


def mail(number: int = 1, **changes: Any) -> Mail:
    """Mail for the owner of `FRONT`."""
    plain = Mail(
        mail_id=f"mail-{number}",
        poi_id=FRONT,
        kind="order",
        body={"reference": f"order-{number}", "amount": {"minor": 3800, "currency": "SEK"}},
        sender="host:4711:a1",
        posted_at=1000.0,
        alive_until=1010.0,
    )
    return msgspec.structs.replace(plain, **changes)


async def error_of(call: Coroutine[Any, Any, object]) -> BaseException | None:
    """What a call raised."""
    try:
        await call
    except JournalError as error:
        return error
    return None


class ExchangeContract:
    """Rows and the key that only one of them holds (rule 6)."""

    async def test_a_committed_exchange_is_read_back_whole(self, journal: Journal) -> None:
        original = Original(
            reference=Reference("order-0"),
            service_id=ServiceID("12"),
            transaction=TransactionID(id="4111111111111111", time="2024-05-01T12:00:31.498Z"),
        )
        written = exchange(outcome=Outcome.APPROVED, parent=ExchangeID("exchange-0"))
        written = msgspec.structs.replace(
            written, order=msgspec.structs.replace(written.order, original=original)
        )
        await journal.commit(exchanges=[written])
        assert await journal.exchange(written.exchange_id) == written
        assert await journal.exchange(ExchangeID("unknown")) is None

    async def test_a_row_with_a_known_id_replaces_the_row(self, journal: Journal) -> None:
        await journal.commit(exchanges=[exchange(1), exchange(2)])
        running = exchange(1, state="running", service_id=ServiceID("7"), changed_at=1005.0)
        await journal.commit(exchanges=[running])
        assert await journal.find("shop-12", "order-1") == [running]
        assert await journal.open_exchanges() == [running, exchange(2)]

    async def test_an_open_exchange_holds_its_key(self, journal: Journal) -> None:
        await journal.commit(exchanges=[exchange(1)])
        second = exchange(2, reference="order-1")
        error = await error_of(journal.commit(exchanges=[second], facts=[fact(kind="intent")]))
        assert isinstance(error, KeyTakenError)
        assert await journal.exchange(second.exchange_id) is None
        assert await journal.facts_after(0) == []

    async def test_money_moved_or_in_doubt_holds_the_key_and_a_refusal_frees_it(
        self, journal: Journal
    ) -> None:
        for number, outcome in enumerate(Outcome):
            reference = f"order-{outcome}"
            first = exchange(2 * number, reference=reference)
            await journal.commit(exchanges=[first])
            ended = exchange(2 * number, reference=reference, outcome=outcome)
            await journal.commit(exchanges=[ended])
            again = exchange(2 * number + 1, reference=reference)
            error = await error_of(journal.commit(exchanges=[again]))
            holds = outcome in {"approved", "partially_approved", "in_doubt"}
            assert isinstance(error, KeyTakenError) is holds, outcome
            latest = await journal.latest(first.key)
            assert latest == (ended if holds else again), outcome

    async def test_an_ended_exchange_cannot_take_back_a_key_that_another_holds(
        self, journal: Journal
    ) -> None:
        await journal.commit(exchanges=[exchange(1, outcome=Outcome.DECLINED)])
        await journal.commit(exchanges=[exchange(2, reference="order-1")])
        late = exchange(1, outcome=Outcome.APPROVED)
        assert isinstance(await error_of(journal.commit(exchanges=[late])), KeyTakenError)
        kept = await journal.exchange(late.exchange_id)
        assert kept is not None
        assert kept.outcome is Outcome.DECLINED

    async def test_two_new_rows_of_one_commit_cannot_share_a_key(self, journal: Journal) -> None:
        rows = [exchange(1), exchange(2, reference="order-1")]
        assert isinstance(await error_of(journal.commit(exchanges=rows)), KeyTakenError)
        assert await journal.exchanges() == []

    async def test_a_key_given_back_can_be_taken_in_the_same_commit(self, journal: Journal) -> None:
        await journal.commit(exchanges=[exchange(1)])
        refused = exchange(1, outcome=Outcome.NOT_STARTED)
        again = exchange(2, reference="order-1")
        await journal.commit(exchanges=[refused, again])
        assert await journal.find("shop-12", "order-1") == [refused, again]

    async def test_an_exchange_keeps_its_key(self, journal: Journal) -> None:
        await journal.commit(exchanges=[exchange(1)])
        for change in ({"reference": "other"}, {"operation": Operation.REFUND}, {"scope": "x"}):
            error = await error_of(journal.commit(exchanges=[exchange(1, **change)]))
            assert isinstance(error, JournalError)
        assert await journal.exchanges() == [exchange(1)]

    async def test_scope_and_operation_are_part_of_the_key(self, journal: Journal) -> None:
        await journal.commit(
            exchanges=[
                exchange(1),
                exchange(2, reference="order-1", scope="shop-13"),
                exchange(3, reference="order-1", operation=Operation.REFUND),
            ]
        )
        found = await journal.find("shop-12", "order-1")
        assert [row.exchange_id for row in found] == ["exchange-1", "exchange-3"]
        assert await journal.latest(exchange(3).key) is None

    async def test_of_a_race_for_one_key_exactly_one_wins(
        self, journal: Journal, other: Journal
    ) -> None:
        rows = [exchange(number, reference="same") for number in range(20)]
        calls = [
            (journal, other)[number % 2].commit(exchanges=[row]) for number, row in enumerate(rows)
        ]
        errors = await asyncio.gather(*map(error_of, calls))
        assert errors.count(None) == 1
        assert all(isinstance(error, KeyTakenError) for error in errors if error is not None)
        assert len(await other.find("shop-12", "same")) == 1

    async def test_a_refused_commit_undoes_nothing_of_its_neighbours(
        self, journal: Journal
    ) -> None:
        await journal.commit(exchanges=[exchange(1)])
        neighbours = [exchange(number) for number in range(2, 12)]
        bad = exchange(99, reference="order-1")
        calls = [journal.commit(exchanges=[row]) for row in [*neighbours[:5], bad, *neighbours[5:]]]
        errors = await asyncio.gather(*map(error_of, calls))
        assert [place for place, error in enumerate(errors) if error is not None] == [5]
        assert await journal.open_exchanges() == [exchange(1), *neighbours]

    async def test_the_latest_of_a_free_key_is_the_newest(self, journal: Journal) -> None:
        for number in (1, 2, 3):
            row = exchange(number, reference="order-1", outcome=Outcome.DECLINED)
            await journal.commit(exchanges=[row])
        latest = await journal.latest(
            Key(scope="shop-12", operation=Operation.PAYMENT, reference=Reference("order-1"))
        )
        assert latest is not None
        assert latest.exchange_id == "exchange-3"

    async def test_open_exchanges_are_those_not_ended_by_poi_and_oldest_first(
        self, journal: Journal
    ) -> None:
        doubt = exchange(2, outcome=Outcome.IN_DOUBT, state="in_doubt")
        elsewhere = exchange(3, poi_id=COUNTER)
        await journal.commit(
            exchanges=[exchange(1), doubt, elsewhere, exchange(4, outcome=Outcome.APPROVED)]
        )
        assert await journal.open_exchanges() == [exchange(1), doubt, elsewhere]
        assert await journal.open_exchanges(FRONT) == [exchange(1), doubt]
        assert await journal.open_exchanges(COUNTER) == [elsewhere]
        await journal.commit(exchanges=[exchange(1, outcome=Outcome.APPROVED)])
        assert await journal.open_exchanges(FRONT) == [doubt]

    async def test_exchanges_are_paged_newest_first(self, journal: Journal) -> None:
        await journal.commit(exchanges=[exchange(number) for number in range(1, 8)])
        first = await journal.exchanges(limit=3)
        assert [row.exchange_id for row in first] == ["exchange-7", "exchange-6", "exchange-5"]
        second = await journal.exchanges(limit=3, before=first[-1].begun_at)
        assert [row.exchange_id for row in second] == ["exchange-4", "exchange-3", "exchange-2"]

    async def test_a_cancelled_caller_does_not_undo_what_was_asked(
        self, journal: Journal, other: Journal
    ) -> None:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(journal.commit(exchanges=[exchange(1)]))
            await asyncio.sleep(0)  # the request is on its way
            task.cancel()
        await journal.commit(exchanges=[exchange(2)])
        assert await other.open_exchanges() == [exchange(1), exchange(2)]


class FactContract:
    """Facts only grow."""

    async def test_facts_are_read_in_the_order_of_their_commits(self, journal: Journal) -> None:
        await journal.commit(facts=[fact(1), fact(2, exchange_id=None)])
        await journal.commit(exchanges=[exchange(1)], facts=[fact(3)])
        stored = await journal.facts_after(0)
        assert [item.fact for item in stored] == [fact(1), fact(2, exchange_id=None), fact(3)]
        assert [item.sequence for item in stored] == sorted({item.sequence for item in stored})
        own = await journal.facts(ExchangeID("exchange-1"))
        assert [item.fact for item in own] == [fact(1), fact(3)]

    async def test_the_outbox_goes_on_after_a_cursor(self, journal: Journal) -> None:
        await journal.commit(facts=[fact(number) for number in range(7)])
        cursor, seen = 0, []
        while batch := await journal.facts_after(cursor, 3):
            assert len(batch) <= 3
            seen += [item.fact.data["number"] for item in batch]
            cursor = batch[-1].sequence
        assert seen == list(range(7))

    async def test_noted_facts_go_before_the_next_commit(self, journal: Journal) -> None:
        journal.note(fact(1))
        journal.note(fact(2))
        await journal.commit(exchanges=[exchange(1)], facts=[fact(3)])
        assert [item.fact for item in await journal.facts_after(0)] == [fact(1), fact(2), fact(3)]

    async def test_noted_facts_stay_when_the_commit_is_refused(self, journal: Journal) -> None:
        await journal.commit(exchanges=[exchange(1)])
        journal.note(fact(1))
        taken = exchange(2, reference="order-1")
        await error_of(journal.commit(exchanges=[taken], facts=[fact(2)]))
        await journal.commit(facts=[fact(3)])
        assert [item.fact for item in await journal.facts_after(0)] == [fact(1), fact(3)]

    async def test_closing_keeps_what_was_noted(self, journal: Journal, other: Journal) -> None:
        journal.note(fact(1))
        await journal.close()
        await journal.close()
        assert [item.fact for item in await other.facts_after(0)] == [fact(1)]
        assert isinstance(await error_of(journal.commit(facts=[fact(2)])), JournalError)

    async def test_data_is_kept_as_it_was_when_it_was_handed_in(self, journal: Journal) -> None:
        data: dict[str, Any] = {"list": [1]}
        journal.note(fact(1, data=data))
        data["list"].append(2)
        await journal.commit()
        assert (await journal.facts_after(0))[0].fact.data == {"list": [1]}


class SecrecyContract:
    """Rule 11: card data cannot leak into the journal."""

    async def test_card_numbers_are_masked_wherever_they_are_put(self, journal: Journal) -> None:
        await put_card_numbers_everywhere(journal)
        seen = await everything_of(journal)
        for pan in PANS:
            assert pan not in seen
            assert pan.replace(" ", "").replace("-", "") not in seen
        assert "411111******1111" in seen

    async def test_identifiers_stay_even_if_they_look_like_card_numbers(
        self, journal: Journal
    ) -> None:
        row = exchange(1, reference=PANS[0])
        await journal.commit(exchanges=[row], facts=[fact(data={"reference": PANS[0]})])
        await journal.post(mail(body={"order": {"reference": PANS[0]}}))
        assert await journal.latest(row.key) == row
        assert (await journal.facts_after(0))[0].fact.data == {"reference": PANS[0]}
        assert (await journal.take_mail(FRONT, 1000.0))[0].body["order"]["reference"] == PANS[0]

    async def test_a_secret_is_refused_and_not_shown(self, journal: Journal) -> None:
        secret = {"track": [Secret("4111111111111111=2512")]}

        async def note() -> None:
            journal.note(fact(data=secret))

        calls = (
            note(),
            journal.commit(facts=[fact(data=secret)]),
            journal.post(mail(body=secret)),
            journal.answer_mail("mail-1", state="answered", answer=secret),
        )
        for call in calls:
            error = await error_of(call)
            assert isinstance(error, JournalError)
            assert "4111" not in str(error)
        await journal.commit()
        assert await journal.facts_after(0) == []

    async def test_a_time_that_is_no_time_is_refused_at_once(self, journal: Journal) -> None:
        for bad in (math.nan, math.inf):
            assert isinstance(
                await error_of(journal.commit(exchanges=[exchange(1, changed_at=bad)])),
                JournalError,
            )
            assert isinstance(await error_of(journal.commit(facts=[fact(at=bad)])), JournalError)
        await journal.commit(exchanges=[exchange(1)])


class SmallContract:
    """Service ids, memories, erasure."""

    async def test_service_ids_are_never_reserved_twice(
        self, journal: Journal, other: Journal
    ) -> None:
        assert await journal.reserve_service_ids(FRONT, 500, 100) == 500
        assert await other.reserve_service_ids(FRONT, 500, 10) == 600
        assert await journal.reserve_service_ids(FRONT, 9000, 1) == 9000
        assert await journal.reserve_service_ids(FRONT, 1, 1) == 9001
        assert await journal.reserve_service_ids(COUNTER, 1, 1) == 1
        assert isinstance(await error_of(journal.reserve_service_ids(FRONT, 1, 0)), JournalError)

    async def test_blocks_reserved_at_once_do_not_overlap(
        self, journal: Journal, other: Journal
    ) -> None:
        calls = [(journal, other)[n % 2].reserve_service_ids(FRONT, 1, 10) for n in range(20)]
        firsts = sorted(await asyncio.gather(*calls))
        assert firsts == list(range(1, 201, 10))

    async def test_a_memory_is_kept_by_poi_and_name(self, journal: Journal, other: Journal) -> None:
        await journal.remember(FRONT, "address", "192.0.2.15:11000")
        await journal.remember(FRONT, "address", "192.0.2.16:11000")
        assert await other.recall(FRONT, "address") == "192.0.2.16:11000"
        assert await other.recall(COUNTER, "address") is None
        assert await other.recall(FRONT, "session") is None

    async def test_erasure_leaves_the_accounting_row(self, journal: Journal) -> None:
        old = exchange(1, outcome=Outcome.APPROVED)
        await journal.commit(exchanges=[old], facts=[fact(1, data={"operator": "Anna"})])
        assert await erase(journal, 2000.0) == 1
        kept = await journal.exchange(old.exchange_id)
        assert kept is not None
        assert old.result is not None
        assert kept.result == msgspec.structs.replace(
            old.result, receipts=(), message="", card=Card(brand="VISA", entry_mode="chip")
        )
        assert kept.order == msgspec.structs.replace(old.order, operator="", language="", items=())
        assert await journal.latest(old.key) == kept
        [stored] = await journal.facts(old.exchange_id)
        assert stored.fact == fact(1, data={})
        assert await erase(journal, 2000.0) == 0

    async def test_erasure_spares_what_is_open_in_doubt_or_young(self, journal: Journal) -> None:
        doubt = exchange(2, outcome=Outcome.IN_DOUBT, state="in_doubt")
        young = exchange(3, outcome=Outcome.APPROVED, changed_at=5000.0)
        rows = [exchange(1), doubt, young]
        facts = [fact(1), fact(4999), fact(2, exchange_id=doubt.exchange_id)]
        await journal.commit(exchanges=rows, facts=facts)
        assert await erase(journal, 2000.0) == 0
        assert [await journal.exchange(row.exchange_id) for row in rows] == rows
        assert [item.fact for item in await journal.facts_after(0)] == facts


class MailContract:
    """The mailbox between processes (rule 9)."""

    async def test_mail_is_taken_once_in_the_order_of_posting(
        self, journal: Journal, other: Journal
    ) -> None:
        for number in (3, 1, 2):
            await other.post(mail(number))
        await other.post(mail(4, poi_id=COUNTER))
        taken = await journal.take_mail(FRONT, 1005.0)
        assert taken == [mail(number, state="taken") for number in (3, 1, 2)]
        assert list(await journal.take_mail(FRONT, 1005.0)) == []
        assert await other.mail("mail-4") == mail(4, poi_id=COUNTER)
        assert await other.mail("mail-9") is None

    async def test_mail_whose_sender_is_gone_is_withdrawn(
        self, journal: Journal, other: Journal
    ) -> None:
        await other.post(mail(1))
        await other.post(mail(2))
        renewed = await other.renew_mail("mail-2", 1020.0)
        assert renewed == mail(2, alive_until=1020.0)
        taken = await journal.take_mail(FRONT, 1010.5)
        assert taken == [mail(2, alive_until=1020.0, state="taken")]
        assert await other.mail("mail-1") == mail(1, state="withdrawn")

    async def test_a_sign_of_life_is_written_only_when_it_tells_something(
        self, journal: Journal, other: Journal
    ) -> None:
        await other.post(mail(1))
        journal.changed()
        assert await other.renew_mail("mail-1", 1010.9) == mail(1)
        assert not journal.changed()
        assert await other.renew_mail("mail-1", 1011.0) == mail(1, alive_until=1011.0)
        assert journal.changed()
        assert await other.renew_mail("mail-1", 1000.0) == mail(1, alive_until=1000.0)

    async def test_mail_that_its_owner_gives_back_is_taken_by_the_next(
        self, journal: Journal, other: Journal
    ) -> None:
        await other.post(mail(1))
        await journal.take_mail(FRONT, 1000.0)
        await journal.answer_mail("mail-1", state="posted")
        assert await other.take_mail(FRONT, 1001.0) == [mail(1, state="taken")]

    async def test_the_sender_sees_its_place_and_then_the_answer(
        self, journal: Journal, other: Journal
    ) -> None:
        await other.post(mail(1))
        await journal.take_mail(FRONT, 1000.0)
        await journal.answer_mail("mail-1", state="taken", place=2)
        assert await other.renew_mail("mail-1", 1030.0) == mail(
            1, state="taken", place=2, alive_until=1030.0
        )
        await journal.answer_mail("mail-1", state="answered", answer={"outcome": "approved"})
        answered = await other.mail("mail-1")
        assert answered is not None
        assert (answered.state, answered.answer) == ("answered", {"outcome": "approved"})
        assert answered.place == 2

    async def test_finished_mail_stays_as_it_is(self, journal: Journal, other: Journal) -> None:
        await other.post(mail(1))
        await other.answer_mail("mail-1", state="withdrawn")
        assert list(await journal.take_mail(FRONT, 1000.0)) == []
        await journal.answer_mail("mail-1", state="answered", answer={"outcome": "approved"})
        assert await other.renew_mail("mail-1", 2000.0) == mail(1, state="withdrawn")
        assert await journal.renew_mail("unknown", 2000.0) is None

    async def test_a_mail_id_is_used_once(self, journal: Journal, other: Journal) -> None:
        await journal.post(mail(1))
        assert isinstance(await error_of(other.post(mail(1, kind="abort"))), JournalError)
        assert await journal.mail("mail-1") == mail(1)

    async def test_changed_tells_of_another_process(self, journal: Journal, other: Journal) -> None:
        journal.changed()
        assert not journal.changed()
        await other.post(mail(1))
        assert journal.changed()
        assert not journal.changed()


class JournalContract(ExchangeContract, FactContract, SecrecyContract, SmallContract, MailContract):
    """All of it."""


async def erase(journal: Journal, before: float) -> int:
    """Blank what is personal."""
    return await journal.erase_personal_data(before)


async def put_card_numbers_everywhere(journal: Journal) -> None:
    """Every way into the journal, with every test card number."""
    for number, pan in enumerate(PANS):
        whole = int("".join(filter(str.isdigit, pan)))
        data = {"text": f"card {pan} read", "nested": [{"deep": {pan: [whole, float(whole)]}}]}
        data["control"] = f"\x01{pan}\x02"
        row = exchange(number, outcome=Outcome.APPROVED)
        assert row.result is not None
        talkative = msgspec.structs.replace(
            row.result,
            message=f"card {pan}",
            card=Card(masked_pan=pan, token=pan),
            receipts=(Receipt(copy=Copy.CASHIER, lines=(f"PAN {pan}",), fields={"pan": pan}),),
        )
        order = msgspec.structs.replace(row.order, operator=pan, language=pan, reason=pan)
        row = msgspec.structs.replace(row, result=talkative, order=order)
        journal.note(fact(number, data=data))
        await journal.commit(exchanges=[row], facts=[fact(number, data=data)])
        await journal.remember(FRONT, f"json-{number}", msgspec.json.encode(data).decode())
        await journal.remember(FRONT, f"text-{number}", f"card {pan}")
        await journal.post(mail(number, body=data))
        await journal.answer_mail(f"mail-{number}", state="taken", answer=data)


async def everything_of(journal: Journal) -> str:
    """All that the journal gives back, as text."""
    memories = [
        await journal.recall(FRONT, f"{form}-{number}")
        for form in ("json", "text")
        for number in range(len(PANS))
    ]
    mails = [await journal.mail(f"mail-{number}") for number in range(len(PANS))]
    return repr((await journal.exchanges(), await journal.facts_after(0), memories, mails))
