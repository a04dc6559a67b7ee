"""The whole way that the API's documentation describes: its client, our face, a ZVT terminal. Every
hop is a socket.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from opi_pos.model.results import Operation
from opi_pos.poi.scenario import Scenario
from terminal_bridge.simulator.zvt.server import ZvtServer, ZvtServerConfig, serve_zvt
from tests.listener.faces.keycard.bridge import Bridge, bridge
from tests.listener.faces.keycard.client import Client, client, receipt, text

NOBODY_PRESENTS_A_CARD = "1003"
DECLINED = "1005"
ASKS_THE_HOST = "BZT wartet auf Antwort vom FEP"


@asynccontextmanager
async def shop(path: Path) -> AsyncIterator[tuple[Client, Bridge, ZvtServer]]:
    config = ZvtServerConfig(port=0, pace_s=0.0)
    async with (
        serve_zvt(config) as terminal,
        bridge(path, terminal.url) as opened,
        client(opened.url) as c,
    ):
        yield c, opened, terminal


def taken(terminal: ZvtServer) -> int:
    return terminal.terminal.books.net().get("EUR", 0)


async def test_a_day_with_all_eight_commands(tmp_path: Path) -> None:
    async with shop(tmp_path) as (c, _, terminal):
        assert (await c.run("IsIdle"))["Success"] is True
        diagnosed = await c.run("DiagnosisSimple", path="/diagnosis")
        assert diagnosed["Success"] is True
        assert c.texts("/diagnosis") == [], "it has an end message and nothing else"

        paid = await c.run("Authorisation", "1234", path="/pay")
        assert paid["Success"] is True
        assert paid["ReceiptNumber"] == 1
        assert any("12,34" in line for line in receipt(paid))
        assert "Bitte Karte entnehmen!" in c.texts("/pay")
        assert taken(terminal) == 1234

        declined = await c.run("Authorisation", DECLINED)
        assert declined["Success"] is False
        assert taken(terminal) == 1234

        undone = await c.run("Reversal")
        assert undone["Success"] is True
        assert taken(terminal) == 0
        again = await c.run("Reversal")
        assert (again["Success"], text(again)) == (False, "There is no previous payment")

        await c.command("Authorisation", NOBODY_PRESENTS_A_CARD, path="/stopped")
        await c.intermediates(1, "/stopped")
        assert (await c.run("CancelTransaction", path="/cancel"))["Success"] is True
        assert (await c.end("Authorisation", "/stopped"))["Success"] is False
        listed = json.loads(text(await c.run("GetAbortedSessions")))
        assert [entry["Parameter"] for entry in listed] == [NOBODY_PRESENTS_A_CARD]
        assert (await c.run("RemoveAbortedSession", str(listed[0]["Id"])))["Success"] is True
        assert json.loads(text(await c.run("GetAbortedSessions"))) == []

        closed = await c.run("EndOfDay")
        assert closed["Success"] is True
        assert receipt(closed)
        assert taken(terminal) == 0


async def test_a_till_beside_it_shares_the_journal(tmp_path: Path) -> None:
    async with shop(tmp_path) as (c, opened, _):
        await c.run("Authorisation", "1234")
        await c.run("Reversal")
        rows = await opened.till.exchanges()
        operations = [row.order.operation for row in reversed(rows)]
        assert operations == [Operation.PAYMENT, Operation.REVERSAL]
        assert all(row.result is not None and row.result.approved for row in rows)


async def test_a_restart_in_mid_payment_ends_as_the_terminals_books_say(tmp_path: Path) -> None:
    config = ZvtServerConfig(port=0, pace_s=0.0, scenario=Scenario(host_s=1.0))
    async with serve_zvt(config) as terminal, AsyncExitStack() as stack:
        async with bridge(tmp_path, terminal.url) as opened:
            c = await stack.enter_async_context(client(opened.url))
            assert (await c.run("Authorisation", "100"))["Success"] is True
            await c.command("Authorisation", "3000", path="/lost")
            await c.until(lambda: ASKS_THE_HOST in c.texts("/lost"))
        async with bridge(tmp_path, terminal.url):
            lost = await c.end("Authorisation", "/lost")
            assert lost["Success"] is (taken(terminal) == 3100)
            assert taken(terminal) in {100, 3100}
