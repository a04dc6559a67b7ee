"""Notifications and inquiries against payments in the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from listener.computop import receiver
from opi_pos import Outcome, Proof
from opi_pos.aio.tasks import Tasks
from opi_pos.http.client import HttpClient
from opi_pos.model.callbacks import Letter, Statement
from opi_pos.model.errors import ConfigurationError, JournalError
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import POIID, Reference
from opi_pos.model.money import Amount
from opi_pos.model.news import Verdict
from opi_pos.model.orders import Command
from opi_pos.poi.books import Movement
from opi_pos.poi.faults import Fault, Strike
from opi_pos.runtime.notifying import NotifySettings
from terminal_bridge.simulator.computop.paygate import INQUIRY, NOTIFY
from tests.listener.computop.shop import KEYS, LOST, TOKEN, alarms, entry, result, says, shop
from tests.opi_pos.runtime.scripted import Step

APPROVED, DECLINED = says(Verdict.APPROVED), says(Verdict.DECLINED)


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_notification_confirms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encrypted: bool
) -> None:
    async with shop(tmp_path, monkeypatch, APPROVED, encrypted=encrypted) as here:
        with here.till.watch() as watcher:
            assert (await here.till.pay("1.00", reference="a-1")).approved
            here.paygate.heard(entry("a-1"))
            await here.paygate.until_told()
        assert here.paygate.answers == [200]
        assert await here.stands("a-1") == ["confirms"]
        assert await alarms(watcher) == []


@pytest.mark.parametrize(("script", "minor"), [(DECLINED, 100), (APPROVED, 200)])
async def test_money_that_the_till_did_not_count_is_an_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: Any, minor: int
) -> None:
    async with shop(tmp_path, monkeypatch, script) as here:
        with here.till.watch() as watcher:
            known = await here.till.pay("1.00", reference="a-1")
            here.paygate.heard(entry("a-1", minor))
            await here.paygate.until_told()
        assert await here.stands("a-1") == ["contradicts"]
        assert await alarms(watcher) == ["callback_contradicts"]
        assert await here.till.status("a-1") == known, "a callback alone changes no result"


async def test_an_unknown_payment_is_revealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(tmp_path, monkeypatch) as here:
        with here.till.watch() as watcher:
            here.paygate.heard(entry("never-seen"))
            await here.paygate.until_told()
        assert await alarms(watcher) == ["unknown_payment"]


async def test_a_doubled_notification_is_answered_alike_and_counts_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = (Fault(strike=Strike.DOUBLE, category=NOTIFY),)
    async with shop(tmp_path, monkeypatch, DECLINED, faults=faults, encrypted=True) as here:
        with here.till.watch() as watcher:
            await here.till.pay("1.00", reference="a-1")
            here.paygate.heard(entry("a-1"))
            await here.paygate.until_told()
        assert here.paygate.answers == [200, 200]
        assert await here.stands("a-1") == ["contradicts"]
        assert await alarms(watcher) == ["callback_contradicts"]


async def test_a_forged_notification_is_refused_and_kept_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    faults = (Fault(strike=Strike.FLIP, category=NOTIFY),)
    monkeypatch.setattr("terminal_bridge.simulator.computop.paygate.REPEATED_AFTER_S", 0.0)
    async with shop(tmp_path, monkeypatch, DECLINED, faults=faults) as here:
        await here.till.pay("1.00", reference="a-1")
        here.paygate.heard(entry("a-1"))
        await here.paygate.until_told()
        assert here.paygate.answers == [400, 400]
        assert await here.stands("a-1") == []
    assert "PayID*TransID*MerchantID*Status*Code" in caplog.text
    assert "password" not in caplog.text
    assert TOKEN not in caplog.text


async def test_a_reversal_says_nothing_about_the_sale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(tmp_path, monkeypatch, APPROVED) as here:
        with here.till.watch() as watcher:
            await here.till.pay("1.00", reference="a-1")
            here.paygate.heard(entry("a-1", movement=Movement.REVERSAL))
            await here.paygate.until_told()
        assert await here.stands("a-1") == []
        assert await alarms(watcher) == ["unknown_payment"], "nobody at the till undid it"


async def test_an_inquiry_ends_a_doubt_without_any_notification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = (Fault(strike=Strike.LOSE, category=NOTIFY),)
    async with shop(tmp_path, monkeypatch, LOST, faults=faults) as here, asyncio.timeout(20):
        assert (await here.till.pay("1.00", reference="a-1")).outcome is Outcome.IN_DOUBT
        with here.till.watch() as watcher:
            here.paygate.heard(entry("a-1"))
            told = await result(watcher)
        assert (told.outcome, told.proof) == (Outcome.APPROVED, Proof.EVIDENCE)
        assert told.authorized == Amount.parse("1.00", "EUR")


async def test_an_inquiry_tells_that_less_was_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(tmp_path, monkeypatch, LOST) as here, asyncio.timeout(20):
        await here.till.pay("1.00", reference="a-1")
        with here.till.watch() as watcher:
            here.paygate.heard(entry("a-1", 60))
            told = await result(watcher)
        assert told.outcome is Outcome.PARTIALLY_APPROVED


async def test_a_failure_ends_the_doubt_of_an_only_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(tmp_path, monkeypatch, LOST) as here, asyncio.timeout(20):
        doubt = await here.till.pay("1.00", reference="a-1")
        assert doubt.requested is not None
        with here.till.watch() as watcher:
            here.paygate.failed("a-1", doubt.requested)
            told = await result(watcher)
        assert (told.outcome, told.proof) == (Outcome.DECLINED, Proof.EVIDENCE)


async def asked(here: Any, times: int) -> None:
    """Until Paygate has been asked so often."""
    async with asyncio.timeout(20):
        while here.paygate.inquiries < times:
            await here.paygate.asked.wait()
            here.paygate.asked.clear()


async def test_the_failure_of_an_earlier_attempt_decides_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(tmp_path, monkeypatch, DECLINED, LOST) as here:
        declined = await here.till.pay("1.00", reference="a-1")
        assert declined.requested is not None
        here.paygate.failed("a-1", declined.requested)
        assert (await here.till.pay("1.00", reference="a-1")).outcome is Outcome.IN_DOUBT
        await asked(here, 2)
        known = await here.till.status("a-1")
        assert known is not None
        assert known.outcome is Outcome.IN_DOUBT


async def test_a_reservation_of_the_same_reference_proves_no_payment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(tmp_path, monkeypatch, APPROVED, LOST) as here:
        assert (await here.till.reserve("1.00", reference="a-1")).approved
        here.paygate.heard(entry("a-1"))
        assert (await here.till.pay("1.00", reference="a-1")).outcome is Outcome.IN_DOUBT
        await asked(here, 2)
        known = await here.till.status("a-1")
        assert known is not None
        assert known.outcome is Outcome.IN_DOUBT


async def test_a_journal_that_fails_for_a_while_ends_no_asking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [JournalError("full"), JournalError("full")]

    async def full(*letter: Any, **about: Any) -> Any:
        if failures:
            raise failures.pop()
        return await keep(*letter, **about)

    faults = (Fault(strike=Strike.LOSE, category=NOTIFY),)
    async with shop(tmp_path, monkeypatch, LOST, faults=faults) as here, asyncio.timeout(20):
        filing = here.till.door.inboxes.filing
        keep: Any = filing.keep_stray
        monkeypatch.setattr(filing, "keep_stray", full)
        await here.till.pay("1.00", reference="a-1")
        with here.till.watch() as watcher:
            here.paygate.heard(entry("a-1"))
            told = await result(watcher)
        assert told.approved
        assert failures == []


async def test_the_answer_about_one_attempt_is_not_booked_on_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(tmp_path, monkeypatch, LOST, LOST, inquire=False) as here:
        first = await here.till.pay("1.00", reference="a-1")
        journal = here.till.shop.journal
        (row,) = await journal.open_exchanges()
        await here.till.resolve("a-1", Outcome.DECLINED, who="Ann", why="looked")
        second = await here.till.pay("1.00", reference="a-1")
        assert (first.outcome, second.outcome) == (Outcome.IN_DOUBT, Outcome.IN_DOUBT)
        states = Statement(reference=row.order.reference, outcome=Outcome.APPROVED, proved=True)
        letter = Letter(told={"last_status": "OK"}, states=states)
        filing = here.till.door.inboxes.filing
        with here.till.watch() as watcher:
            await filing.keep_stray(POIID("notify.paygate"), letter, "digest", asked=row)
        assert await alarms(watcher) == ["callback_contradicts"]
        assert [each.state for each in await journal.find(row.scope, Reference("a-1"))] == [
            "ended",
            "in_doubt",
        ]


@pytest.mark.parametrize("strike", [Strike.NOT_FOUND, Strike.HTTP_500, Strike.GARBAGE])
async def test_an_inquiry_that_fails_decides_nothing_and_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strike: Strike
) -> None:
    faults = (
        Fault(strike=Strike.LOSE, category=NOTIFY),
        Fault(strike=strike, category=INQUIRY, times=2),
    )
    async with shop(tmp_path, monkeypatch, LOST, faults=faults) as here, asyncio.timeout(20):
        await here.till.pay("1.00", reference="a-1")
        with here.till.watch() as watcher:
            here.paygate.heard(entry("a-1"))
            told = await result(watcher)
        assert told.approved
        assert here.paygate.inquiries >= 3


async def test_money_given_back_is_for_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(tmp_path, monkeypatch, LOST, inquire=True) as here:
        here.paygate.heard(entry("a-1"))
        here.paygate.heard(entry("a-1", movement=Movement.REFUND))
        await here.till.pay("1.00", reference="a-1")
        here.paygate.payments["a-1"].credited_minor = 100
        await asked(here, 2)
        known = await here.till.status("a-1")
        assert known is not None
        assert known.outcome is Outcome.IN_DOUBT


async def test_another_merchants_notification_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal_bridge.simulator.computop.paygate.REPEATED_AFTER_S", 0.0)
    async with shop(tmp_path, monkeypatch, merchant_id="another") as here:
        here.paygate.heard(entry("a-1"))
        await here.paygate.until_told()
        assert here.paygate.answers == [400, 400]


async def test_nobody_is_answered_without_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(tmp_path, monkeypatch) as here, HttpClient() as client:
        url = f"{here.till.listen_url}/callback/{TOKEN[:-1]}x"
        assert (await client.post(url, b"MID=shop")).status == 404


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ({"merchant_id": ""}, "merchant_id"),
        ({"merchant_id": 3}, "merchant_id"),
        ({"colour": "red"}, "colour"),
        ({"cipher": "rot13"}, "cipher"),
        ({"mac": "PayID**"}, "mac"),
        ({"mac_password_file": "/nowhere"}, "mac_password_file"),
        ({"mac_password_file": ""}, "mac_password_file"),
        ({"mac_password_env": "HOME"}, "mac_password_env"),
        ({"cipher": "aes"}, "encryption_password_file"),
        ({"encryption_password_file": "", "inquire": True}, "encryption_password_file"),
        ({"inquiry_url": "ftp://x"}, "inquiry_url"),
        ({"inquiry_url": "http://192.0.2.1/inquire.aspx"}, "inquiry_url"),
        ({"ca": "/nowhere.pem"}, "ca"),
    ],
)
async def test_wrong_keys_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: dict[str, Any], key: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        async with shop(tmp_path, monkeypatch, **keys):
            pass
    assert raised.value.key.endswith(key)
    for secret in (KEYS.mac, KEYS.encryption):
        assert secret is not None
        assert secret.reveal() not in str(raised.value)


async def test_one_that_comes_before_the_result_is_held_against_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(command: Command) -> list[Step]:
        written, aborted = says(Verdict.ABORTED)(command)
        return [written, "abort", aborted]

    async with shop(tmp_path, monkeypatch, stopped, inquire=False) as here:
        with here.till.watch() as watcher:
            async with asyncio.timeout(20), Tasks() as tasks:
                paying = tasks.spawn(here.till.pay("1.00", reference="a-1"), name="payment")
                while not await here.till.facts("a-1"):
                    continue
                here.paygate.heard(entry("a-1"))
                await here.paygate.until_told()
                assert await here.stands("a-1") == ["open"]
                await here.till.abort()
                assert (await paying).outcome is Outcome.ABORTED
        assert await alarms(watcher) == ["callback_contradicts"]


async def visited(path: Path, **keys: Any) -> tuple[bool, str]:
    table = {"merchant_id": "shop", "mac_password_file": str(path / "mac"), **keys}
    opened = receiver(NotifySettings(name="paygate", kind="computop", find=nobody, options=table))
    try:
        return await opened.visit()
    finally:
        await opened.close()


async def nobody(_: Reference) -> Sequence[Exchange]:
    return ()


async def test_a_visit_tells_whether_paygate_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop(tmp_path, monkeypatch) as here:
        url = here.till.settings.notify["paygate"]["inquiry_url"]
        password = {"encryption_password_file": str(tmp_path / "blowfish")}
        good, what = await visited(tmp_path, inquiry_url=url, **password)
        assert good, what
        (tmp_path / "mac").write_text("another password")
        good, what = await visited(tmp_path, inquiry_url=url, **password)
        assert not good
        assert "21500010" in what
    good, what = await visited(tmp_path, inquiry_url=url, **password)
    assert not good
    assert "connect" in what
    good, what = await visited(tmp_path, inquiry_url=url)
    assert good, what
