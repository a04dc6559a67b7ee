"""The driver against a server of the documentation, and on our own face."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opi_pos import Outcome, Proof, QuietCashier, SaleSystem
from opi_pos.http.client import HttpClient
from opi_pos.model.devices import Display, Event
from opi_pos.model.errors import CapabilityError, ConfigurationError
from opi_pos.model.results import Confidence
from opi_pos.runtime.sale_system import Parts
from terminal_bridge.drivers.keycard import connect
from tests.listener.faces.keycard.bridge import bridge
from tests.terminal_bridge.drivers.keycard.server import Server, server


class Screen(QuietCashier):
    """Remembers what was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.events: list[Event] = []

    async def display(self, poi: str, display: Display) -> None:
        self.shown += display.lines

    async def event(self, poi: str, event: Event) -> None:
        self.events.append(event)


@asynccontextmanager
async def till(
    path: Path, url: str, cashier: Screen | None = None, **words: Any
) -> AsyncIterator[SaleSystem]:
    words = {"listen": "127.0.0.1:0", **words}
    async with SaleSystem.open(
        terminal=url,
        currency="EUR",
        journal=path / "till.db",
        cashier=cashier,
        integration="light",
        parts=Parts(connect=connect),
        **words,
    ) as opened:
        yield opened


async def paid(shop: SaleSystem, play: Server, amount: str = "12.34", **end: Any) -> Any:
    paying = asyncio.gather(shop.pay(amount))
    await play.arrived.wait()
    await play.end(**end)
    (result,) = await paying
    return result


async def test_kc_happy(tmp_path: Path) -> None:
    screen = Screen()
    async with server() as play, till(tmp_path, play.url, screen) as shop:
        paying = asyncio.gather(shop.pay("12.34"))
        await play.arrived.wait()
        await play.show("Bitte Karte einstecken")
        await play.show("Bitte PIN eingeben")
        await play.end(
            success=True, value="Zahlung erfolgt", number=17, lines=("Betrag EUR 12,34",)
        )
        (result,) = await paying
        assert result.approved
        assert result.proof is Proof.RESPONSE
        assert result.confidence is Confidence.CALLBACK_ONLY
        assert str(result.authorized) == "12.34"
        assert result.terminal_transaction is not None
        assert result.terminal_transaction.id == "17"
        assert result.receipts[0].lines == ("Betrag EUR 12,34",)
        assert result.message == "Zahlung erfolgt"
        assert screen.shown == ["Bitte Karte einstecken", "Bitte PIN eingeben"]
        assert play.requests[0]["Parameter"] == "1234"
        assert play.statuses == [200, 200, 200]


async def test_kc_refused(tmp_path: Path) -> None:
    async with (
        server(refuses="Parameter is not a number") as play,
        till(tmp_path, play.url) as shop,
    ):
        result = await shop.pay("12.34")
        assert result.outcome is Outcome.NOT_STARTED
        assert result.message == "Parameter is not a number"


async def test_only_card_numbers_are_hidden_on_a_receipt(tmp_path: Path) -> None:
    lines = ("Beleg 8123456789012340", "Karte 4111111111111111")
    async with server() as play, till(tmp_path, play.url) as shop:
        result = await paid(shop, play, success=True, lines=lines)
        assert result.receipts[0].lines == (lines[0], "Karte 411111******1111")


async def test_a_busy_server_is_tried_again(tmp_path: Path) -> None:
    async with server(refuses="Terminal busy") as play, till(tmp_path, play.url) as shop:
        paying = asyncio.gather(shop.pay("12.34"))
        await play.until(lambda: len(play.requests) > 0)
        play.habits.refuses = None
        await play.arrived.wait()
        await play.end(success=True)
        assert (await paying)[0].approved
        urls = {request["CallbackUrl"] for request in play.requests}
        assert len(urls) == len(play.requests) == 2


async def test_kc_late_final_of_other_command(tmp_path: Path) -> None:
    async with server() as play, till(tmp_path, play.url) as shop:
        paying = asyncio.gather(shop.pay("12.34"))
        await play.arrived.wait()
        await shop.abort()
        await play.cancelled.wait()
        await play.until(lambda: 200 in play.statuses)
        assert not paying.done()
        await play.end(success=False, value="Vorgang abgebrochen")
        (result,) = await paying
        assert result.outcome is Outcome.ABORTED
        pay, cancel = play.requests
        assert cancel["Command"] == "CancelTransaction"
        assert pay["CallbackUrl"] != cancel["CallbackUrl"]


async def test_approved_although_it_was_cancelled(tmp_path: Path) -> None:
    async with server() as play, till(tmp_path, play.url) as shop:
        paying = asyncio.gather(shop.pay("12.34"))
        await play.arrived.wait()
        await shop.abort()
        await play.cancelled.wait()
        await play.end(success=True)
        assert (await paying)[0].approved


@pytest.mark.parametrize(
    "habits",
    [
        {"session_id": False},
        {"string_values": True},
        {"prose_flag": True},
        {"string_values": True, "prose_flag": True, "charset": "cp437"},
        {"final_twice": True},
    ],
    ids=range(5),
)
async def test_servers_have_habits(tmp_path: Path, habits: dict[str, Any]) -> None:
    async with server(**habits) as play, till(tmp_path, play.url) as shop:
        result = await paid(shop, play, success=True, value="Grüße", number=5)
        assert result.approved
        assert result.message == "Grüße"
        assert set(play.statuses) == {200}
        declined = await paid(shop, play, "1.00", success=False)
        assert declined.outcome is Outcome.DECLINED


async def test_an_end_message_that_is_faster_than_the_answer(tmp_path: Path) -> None:
    async with server(final_first=True) as play, till(tmp_path, play.url) as shop:
        assert (await shop.pay("12.34")).approved


async def test_a_lost_answer_is_made_good_by_the_callback(tmp_path: Path) -> None:
    async with server(answers=False) as play, till(tmp_path, play.url) as shop:
        assert (await paid(shop, play, success=True)).approved
        assert play.commands().count("Authorisation") == 1


async def test_silence_is_in_doubt_and_a_late_end_message_ends_the_doubt(tmp_path: Path) -> None:
    screen = Screen()
    async with (
        server() as play,
        till(tmp_path, play.url, screen, silence_s=0.2, recovery_s=1.0) as shop,
    ):
        paying = asyncio.gather(shop.pay("12.34", reference="a-1"))
        await play.arrived.wait()
        hidden, play.running = play.running, None
        play.aborted = [{"Id": 41, "Command": "Authorisation", "Parameter": "1234"}]
        (result,) = await paying
        assert result.outcome is Outcome.IN_DOUBT
        assert play.commands().count("Authorisation") == 1
        assert any('"Id": 41' in event.details for event in screen.events)
        play.running = hidden
        await play.end(success=True)
        found = await shop.status("a-1")
        assert found is not None
        assert found.approved


async def test_while_the_server_is_busy_the_payment_runs(tmp_path: Path) -> None:
    async with (
        server() as play,
        till(tmp_path, play.url, silence_s=0.2, recovery_s=20.0) as shop,
    ):
        paying = asyncio.gather(shop.pay("12.34"))
        await play.arrived.wait()
        await play.until(lambda: "IsIdle" in play.commands())
        await play.end(success=True)
        (result,) = await paying
        assert result.approved


async def test_after_a_restart_the_same_address_takes_the_end_message(tmp_path: Path) -> None:
    async with server() as play:
        async with till(tmp_path, play.url) as shop:
            paying = asyncio.gather(shop.pay("12.34", reference="a-1"), return_exceptions=True)
            await play.arrived.wait()
            port = (shop.listen_url or "").rpartition(":")[2]
        await paying
        async with till(tmp_path, play.url, listen=f"127.0.0.1:{port}") as shop:
            await play.end(success=True, number=7)
            result = await shop.status("a-1")
            assert result is not None
            assert result.approved
            assert result.proof is Proof.STATUS
            assert result.confidence is Confidence.CALLBACK_ONLY
        assert play.commands().count("Authorisation") == 1


async def test_an_end_message_is_kept_though_nobody_waits(tmp_path: Path) -> None:
    async with server() as play, till(tmp_path, play.url) as shop:
        paying = asyncio.gather(shop.pay("12.34", reference="a-1"))
        await play.arrived.wait()
        poi = shop.station().driven()
        (exchange,) = poi.rules.exchanges.values()
        inbox = shop.door.inboxes
        # The driver's conversation has died; its address has not.
        for box in inbox._boxes.values():
            box.close()
        await play.end(success=True)
        facts = [fact.fact for fact in await shop.facts("a-1")]
        (kept,) = [fact for fact in facts if fact.kind == "callback"]
        assert kept.exchange_id == exchange.exchange_id
        assert kept.data["told"]["success"] is True
        assert play.statuses == [200]
        paying.cancel()


async def test_a_stranger_finds_no_address(tmp_path: Path) -> None:
    async with server() as play, till(tmp_path, play.url) as shop, HttpClient() as stranger:
        paying = asyncio.gather(shop.pay("12.34"))
        await play.arrived.wait()
        path = play.requests[0]["CallbackUrl"].rpartition("/")[2]
        assert len(path) == 32
        for guess in (path[:-1], path[::-1], "x" * 32, ""):
            reply = await stranger.post(f"{shop.listen_url}/callback/{guess}", b"{}")
            assert reply.status == 404
        unread = await stranger.post(f"{shop.listen_url}/callback/{path}", b"{}")
        assert unread.status == 400
        await play.end(success=True)
        assert (await paying)[0].approved


async def test_only_the_last_payment_is_reversed(tmp_path: Path) -> None:
    async with server() as play, till(tmp_path, play.url) as shop:
        for reference in ("a-1", "a-2"):
            paying = asyncio.gather(shop.pay("1.00", reference=reference))
            await play.arrived.wait()
            await play.end(success=True)
            await paying
        with pytest.raises(CapabilityError, match="undoes only what it did last"):
            await shop.reverse("a-1")
        undoing = asyncio.gather(shop.reverse("a-2"))
        await play.arrived.wait()
        await play.end(success=True)
        (result,) = await undoing
        assert result.approved
        assert str(result.authorized) == "1.00"
        again = await shop.reverse("a-2")
        assert again.replayed
        assert play.commands().count("Reversal") == 1


async def test_services_go_by_callback_too(tmp_path: Path) -> None:
    async with server() as play, till(tmp_path, play.url) as shop:
        assert (await shop.close_day()).message == "fertig"
        assert (await shop.diagnose()).verdict.value == "approved"
        with pytest.raises(CapabilityError):
            await shop.totals()
        with pytest.raises(CapabilityError):
            await shop.refund("1.00", reference="r-1")
        assert play.commands() == ["EndOfDay", "DiagnosisSimple"]


async def test_without_a_listener_it_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as raised:
        async with till(tmp_path, "keycard+http://127.0.0.1:1/", listen=None):
            pass
    assert raised.value.key == "listen"


@pytest.mark.parametrize(
    ("url", "words", "key"),
    [
        ("keycard+ftp://x/", {}, "poi.terminal.url"),
        ("keycard+http://", {}, "poi.terminal.url"),
        ("keycard+http://u:p@x/", {}, "poi.terminal.url"),
        ("keycard+http://x/", {"colour": "red"}, "poi.terminal.colour"),
        ("keycard+http://x/", {"callback_url": "nowhere"}, "poi.terminal.callback_url"),
        ("keycard+http://x/", {"tls": {}}, "poi.terminal.tls"),
    ],
    ids=range(6),
)
async def test_wrong_keys_are_named(
    tmp_path: Path, url: str, words: dict[str, Any], key: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        async with till(tmp_path, url, **words):
            pass
    assert raised.value.key == key


async def test_no_server_is_not_started(tmp_path: Path) -> None:
    async with till(tmp_path, "keycard+http://127.0.0.1:9/") as shop:
        result = await shop.pay("1.00")
        assert (result.outcome, result.proof) == (Outcome.NOT_STARTED, Proof.LINK)


@pytest.mark.parametrize(
    ("behind", "shown"), [("sim://nexo", "Present card"), ("sim://zvt", "Bitte Karte entnehmen!")]
)
async def test_it_pays_on_our_own_face(tmp_path: Path, behind: str, shown: str) -> None:
    screen = Screen()
    (tmp_path / "bridge").mkdir()
    async with bridge(tmp_path / "bridge", behind) as opened:
        url = "keycard+" + opened.url
        async with till(tmp_path, url, screen) as shop:
            result = await shop.pay("38.00", reference="a-1")
            assert result.approved
            assert result.receipts
            assert shown in screen.shown
            undone = await shop.reverse("a-1")
            assert undone.approved
            assert (await shop.pay("10.05")).outcome is Outcome.DECLINED
            assert (await shop.close_day()).verdict.value == "approved"
            assert (await shop.diagnose()).verdict.value == "approved"
        rows = await opened.till.exchanges()
        assert [row.outcome for row in rows].count(Outcome.APPROVED) == 2
