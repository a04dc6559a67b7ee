"""Callbacks that come to a terminal's own path: whose they are, or nobody's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from opi_pos.journal.memory import MemoryJournal
from opi_pos.model.callbacks import Callback, CallbackAnswer, Letter, Statement
from opi_pos.model.devices import Event
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import POIID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.orders import MoneyOrder
from opi_pos.model.results import Operation, Outcome, Proof, Result
from opi_pos.runtime.cashier import QuietCashier
from opi_pos.runtime.desk import Desk
from opi_pos.runtime.filing import DEAD_AT_MOST
from opi_pos.runtime.inbox import TillInboxes
from opi_pos.runtime.poi import Shop
from tests.opi_pos.runtime.test_inbox import FullDisk
from tests.opi_pos.runtime.tills import WallClock, play

POI = POIID("POI-1")
TAKEN = CallbackAnswer(body=b'{"code":"00"}', content_type="application/json")


async def read(callback: Callback, rows: Sequence[Exchange]) -> Letter:
    """`of` names a service id; without it the only open exchange is meant."""
    told = json.loads(callback.body)
    known = {row.service_id for row in rows}
    only = next(iter(known)) if len(known) == 1 else None
    named = ServiceID(told["of"]) if "of" in told else None
    states = None
    if "says" in told:
        states = Statement(
            reference=Reference(told["ref"]),
            outcome=Outcome(told["says"]),
            authorized=Amount.parse(told["amount"], "EUR") if "amount" in told else None,
        )
    return Letter(
        told=told,
        answer=TAKEN,
        whose=(named if named in known else None) if named else only,
        topic=told.get("topic", ""),
        anonymous="of" not in told,
        states=states,
    )


class Remembered:
    """A bus that remembers the names of events."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def publish(self, topic: str, news: object) -> None:
        if isinstance(news, Event):
            self.events.append(news.name)


class Till:
    """Inboxes with a journal and a cashier who remembers alarms."""

    def __init__(self, journal: MemoryJournal | None = None) -> None:
        self.journal = journal or MemoryJournal()
        self.clock = WallClock()
        self.decided: list[tuple[str, Outcome]] = []
        bus, cashier = Remembered(), QuietCashier()
        self._alarms = bus.events
        desk = Desk(cashier=cashier, journal=self.journal, bus=bus, clock=self.clock)
        shop = Shop(journal=self.journal, desk=desk, bus=bus, cashier=cashier, clock=self.clock)
        self.boxes = TillInboxes(shop)
        self.boxes.receive(POI, read, "", ("POST",))
        self.boxes.filing.decide = lambda row, statement: self.decided.append(
            (row.exchange_id, statement.outcome)
        )

    async def post(self, **told: Any) -> int:
        answer = await self.post_body(json.dumps(told).encode())
        assert (answer == TAKEN) == (answer.status == 200)
        return answer.status

    async def post_body(self, body: bytes, method: str = "POST") -> CallbackAnswer:
        path = await self.boxes.path_of(POI)
        callback = Callback(method=method, body=body)
        return await self.boxes.take(path.rpartition("/")[2], callback)

    async def has(self, number: str, state: str = "running", **result: Any) -> None:
        await self.journal.commit(exchanges=(row(number, state, **result),))

    async def facts(self, kind: str) -> list[Fact]:
        return [f.fact for f in await self.journal.facts_after(0, 1000) if f.fact.kind == kind]

    def alarms(self) -> list[str]:
        """Since the last call."""
        alarms = list(self._alarms)
        self._alarms.clear()
        return alarms


def row(number: str, state: str, outcome: Outcome | None = None, amount: str = "1.00") -> Exchange:
    reference, service_id = Reference(f"a-{number}"), ServiceID(number)
    money = Amount.parse(amount, "EUR")
    order = MoneyOrder(
        operation=Operation.PAYMENT,
        reference=reference,
        sale_time="2026-11-22T10:00:00+00:00",
        amount=money,
    )
    result = outcome and Result(
        outcome=outcome,
        proof=Proof.RESPONSE,
        operation=Operation.PAYMENT,
        reference=reference,
        service_id=service_id,
        authorized=money if outcome is Outcome.APPROVED else None,
    )
    return Exchange(
        exchange_id=ExchangeID(f"e-{number}"),
        scope="",
        poi_id=POI,
        sale_id=SaleID("s"),
        service_id=service_id,
        state=state,
        order=order,
        begun_at=1.0,
        changed_at=1.0,
        result=result or None,
    )


def test_a_letter_goes_to_the_exchange_that_it_names() -> None:
    async def main() -> None:
        till = Till()
        await till.has("1")
        await till.has("2", "in_doubt")
        first = await till.boxes.letters(POI, ServiceID("1"), "", fresh=False)
        second = await till.boxes.letters(POI, ServiceID("2"), "", fresh=False)
        assert await till.post(of="2", n=2) == 200
        assert await till.post(of="1", n=1) == 200
        assert (await first.next())["n"] == 1
        assert (await second.next())["n"] == 2
        assert {fact.exchange_id for fact in await till.facts("callback")} == {"e-1", "e-2"}

    play(main())


def test_a_nameless_letter_goes_to_the_only_open_exchange_and_never_to_one_of_two() -> None:
    async def main() -> None:
        till = Till()
        await till.has("1")
        box = await till.boxes.letters(POI, ServiceID("1"), "", fresh=False)
        assert await till.post(n=1) == 200
        assert (await box.next())["n"] == 1
        await till.has("2")
        assert await till.post(n=2) == 200
        (dead,) = await till.facts("dead_letter")
        assert dead.exchange_id is None
        assert dead.data["told"] == {"n": 2}
        assert till.alarms() == ["alarm.dead_letter"]

    play(main())


def test_the_double_of_a_nameless_letter_is_never_the_next_payments() -> None:
    async def main() -> None:
        till = Till()
        await till.has("1")
        assert await till.post(code="02") == 200
        await till.has("1", "ended", outcome=Outcome.ABORTED)
        await till.has("2")
        box = await till.boxes.letters(POI, ServiceID("2"), "", fresh=False)
        assert await till.post(code="02") == 200
        assert await till.post(of="2", code="00") == 200
        assert (await box.next())["code"] == "00"
        assert await till.facts("dead_letter") == []

    play(main())


def test_a_double_is_answered_alike_kept_once_and_told_once() -> None:
    async def main() -> None:
        till = Till()
        await till.has("1")
        box = await till.boxes.letters(POI, ServiceID("1"), "", fresh=False)
        for _ in range(3):
            assert await till.post(of="1") == 200
        assert len(await till.facts("callback")) == 1
        assert box._waiting.qsize() == 1

    play(main())


def test_doubles_at_the_same_moment_are_kept_once() -> None:
    async def main() -> None:
        till = Till()
        await till.has("1")
        await till.boxes.path_of(POI)
        for told in ({"of": "1"}, {"of": "9", "n": 1}):
            both = await asyncio.gather(till.post(**told), till.post(**told))
            assert set(both) == {200}
        assert len(await till.facts("callback")) == 1
        assert len(await till.facts("dead_letter")) == 1
        assert till.alarms() == ["alarm.dead_letter"]
        assert len(till.boxes._doubles) == 0

    play(main())


def test_a_second_answer_to_a_second_question_is_told_though_it_is_the_same() -> None:
    async def main() -> None:
        till = Till()
        await till.has("1")
        for _ in range(2):
            box = await till.boxes.letters(POI, ServiceID("1"), "status", fresh=True)
            assert await till.post(of="1", topic="status") == 200
            assert (await box.next())["of"] == "1"
            box.close()
        late = await till.boxes.letters(POI, ServiceID("1"), "status", fresh=False)
        assert (await late.next())["of"] == "1"

    play(main())


def test_what_an_earlier_process_took_is_told_once_though_it_comes_again() -> None:
    async def main() -> None:
        till = Till()
        await till.has("1")
        assert await till.post(of="1") == 200
        reborn = Till(till.journal)
        assert await till.boxes.path_of(POI) == await reborn.boxes.path_of(POI)
        assert await reborn.post(of="1") == 200
        box = await reborn.boxes.letters(POI, ServiceID("1"), "", fresh=False)
        assert box._waiting.qsize() == 1

    play(main())


def test_a_full_disk_keeps_no_letter_and_takes_none() -> None:
    async def main() -> None:
        disk = FullDisk()
        till = Till(disk)
        await till.has("1")
        await till.boxes.path_of(POI)
        disk.fails = True
        for told in ({"of": "1"}, {"of": "9"}, {"of": "9", "ref": "x", "says": "approved"}):
            assert await till.post(**told) == 503
        disk.fails = False
        assert await till.post(of="1") == 200

    play(main())


@pytest.mark.parametrize(
    ("outcome", "says", "amount", "alarm"),
    [
        (Outcome.APPROVED, "approved", "1.00", []),
        (Outcome.APPROVED, "approved", "1.01", ["alarm.callback_contradicts"]),
        (Outcome.APPROVED, "declined", "1.00", ["alarm.callback_contradicts"]),
        (Outcome.DECLINED, "aborted", "1.00", []),
        (Outcome.NOT_STARTED, "approved", "1.00", ["alarm.callback_contradicts"]),
        (Outcome.DECLINED, "in_doubt", "1.00", []),
    ],
)
def test_a_statement_confirms_or_contradicts_what_ended(
    outcome: Outcome, says: str, amount: str, alarm: list[str]
) -> None:
    async def main() -> None:
        till = Till()
        await till.has("1", "ended", outcome=outcome)
        for _ in range(2):
            assert await till.post(of="1", ref="a-1", says=says, amount=amount) == 200
        assert till.alarms() == alarm
        (kept,) = await till.facts("callback")
        assert kept.exchange_id == "e-1"
        assert len(await till.facts("alarm")) == len(alarm)
        assert await till.facts("dead_letter") == []
        assert till.decided == []

    play(main())


def test_a_statement_about_a_doubt_is_handed_on() -> None:
    async def main() -> None:
        till = Till()
        await till.has("1", "in_doubt", outcome=Outcome.IN_DOUBT)
        assert await till.post(of="9", ref="a-1", says="approved") == 200
        assert till.decided == [("e-1", Outcome.APPROVED)]

    play(main())


def test_a_statement_reveals_a_payment_that_nobody_knows() -> None:
    async def main() -> None:
        till = Till()
        assert await till.post(of="9", ref="z", says="declined") == 200
        assert till.alarms() == []
        assert await till.post(of="9", ref="z", says="approved") == 200
        assert till.alarms() == ["alarm.unknown_payment"]
        assert len(await till.facts("dead_letter")) == 2

    play(main())


def test_dead_letters_are_bounded() -> None:
    async def main() -> None:
        till = Till()
        statuses = [await till.post(of="9", n=n) for n in range(DEAD_AT_MOST + 1)]
        assert statuses == [200] * DEAD_AT_MOST + [503]

    play(main())


def test_another_method_or_path_is_refused() -> None:
    async def main() -> None:
        till = Till()
        assert (await till.post_body(b"{}", "GET")).status == 405
        assert (await till.boxes.take("x" * 32, Callback())).status == 404
        assert (await till.boxes.take("", Callback())).status == 404
        assert (await till.boxes.take("é" * 32, Callback())).status == 404

    play(main())


def test_a_configured_token_is_the_path() -> None:
    async def main() -> None:
        till = Till()
        till.boxes.receive(POI, read, "k" * 22, ("POST", "GET"))
        assert await till.boxes.path_of(POI) == "/callback/" + "k" * 22
        for short in ("k" * 21, "k" * 22 + "/"):
            with pytest.raises(ConfigurationError):
                till.boxes.receive(POI, read, short, ("POST",))

    play(main())
