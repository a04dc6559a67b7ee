"""The simulated server behind its port, asked by a client that knows only the documentation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from opi_pos.poi.faults import Fault, Strike
from opi_pos.poi.scenario import Scenario
from terminal_bridge.simulator.keycard.habits import Habits
from terminal_bridge.simulator.keycard.server import (
    KeycardServer,
    KeycardServerConfig,
    serve_keycard,
)
from tests.listener.faces.keycard.client import Client, client, receipt, text

NOBODY_PRESENTS_A_CARD = "1003"


@asynccontextmanager
async def asked(**words: Any) -> AsyncIterator[tuple[Client, KeycardServer]]:
    config = KeycardServerConfig(port=0, pace_s=0.0, **words)
    async with (
        serve_keycard(config) as server,
        client(server.url.removeprefix("keycard+")) as c,
    ):
        yield c, server


def taken(server: KeycardServer) -> int:
    return server.terminal.books.net().get("EUR", 0)


async def listed(c: Client) -> list[dict[str, Any]]:
    c.callbacks = [each for each in c.callbacks if each[0] != "/list"]
    await c.run("GetAbortedSessions", path="/list")
    (content,) = c.texts("/list")
    found = json.loads(content)
    assert isinstance(found, list)
    return found


async def test_a_day() -> None:
    async with asked() as (c, server):
        assert (await c.run("IsIdle"))["Success"] is True
        assert (await c.run("DiagnosisSimple", path="/diagnosis"))["Success"] is True
        paid = await c.run("Authorisation", "1234", path="/pay")
        assert (paid["Success"], paid["ReceiptNumber"], text(paid)) == (True, 1, "Zahlung erfolgt")
        assert any("12,34" in line for line in receipt(paid))
        assert "Present card" in c.texts("/pay")
        declined = await c.run("Authorisation", "1005")
        assert (declined["Success"], declined["ReceiptNumber"]) == (False, -1)
        assert taken(server) == 1234
        assert (await c.run("Reversal"))["Success"] is True
        assert (await c.run("Reversal"))["Success"] is False
        assert taken(server) == 0
        closed = await c.run("EndOfDay")
        assert receipt(closed) == ["KASSENSCHNITT", "Summe EUR 0.00"]


async def test_it_takes_the_whole_or_nothing_for_its_answers_have_no_amount() -> None:
    async with asked() as (c, server):
        assert (await c.run("Authorisation", "1008"))["Success"] is False
        assert taken(server) == 0


async def test_what_it_did_itself_is_undone() -> None:
    async with asked() as (c, server):
        assert (await c.run("Authorisation", "1014"))["Success"] is False
        assert taken(server) == 0
        assert (await c.run("Reversal"))["Success"] is False


async def test_kc_refused() -> None:
    async with asked() as (c, server):
        for command, parameter in (("Authorisation", "12,34"), ("authorisation", "1"), ("Pay", "")):
            answer = await c.command(command, parameter)
            assert (answer["Proceed"], answer["HttpStatus"]) == (False, "400")
        assert not c.callbacks
        assert taken(server) == 0


async def test_one_operation_at_a_time() -> None:
    async with asked() as (c, _):
        await c.command("Authorisation", NOBODY_PRESENTS_A_CARD, path="/pay")
        await c.intermediates(1, "/pay")
        assert (await c.command("EndOfDay"))["Proceed"] is False
        assert (await c.run("IsIdle"))["Success"] is False
        assert (await c.run("CancelTransaction"))["Success"] is True
        await c.end("Authorisation", "/pay")
        assert (await c.run("IsIdle"))["Success"] is True
        assert (await c.run("CancelTransaction"))["Success"] is False


async def test_kc_late_final_of_other_command() -> None:
    late = Fault(strike=Strike.LATE, category="PaymentResponse", seconds=0.3)
    async with asked(faults=(late,)) as (c, server):
        await c.command("Authorisation", NOBODY_PRESENTS_A_CARD, path="/pay")
        await c.intermediates(1, "/pay")
        assert (await c.run("CancelTransaction", path="/cancel"))["Success"] is True
        assert not [each for each in c.callbacks if each[0] == "/pay" and is_end(each[1])]
        assert (await c.end("Authorisation", "/pay"))["Success"] is False
        assert taken(server) == 0
        (entry,) = await listed(c)
        assert (entry["Command"], entry["State"]) == ("Authorisation", "aborted")
        assert (await c.run("RemoveAbortedSession", str(entry["Id"])))["Success"] is True
        assert await listed(c) == []
        assert (await c.run("RemoveAbortedSession", str(entry["Id"])))["Success"] is False


async def test_kc_callback_unreachable() -> None:
    async with asked(scenario=Scenario(presented=False)) as (c, server):
        await c.stop_listening()
        await c.command("Authorisation", "1234", path="/pay")
        async with client(server.url.removeprefix("keycard+")) as other:
            while not (entries := await listed(other)):
                pass
        (entry,) = entries
        assert (entry["Parameter"], entry["State"]) == ("1234", "aborted")
        assert taken(server) == 0


async def test_an_end_that_nobody_took_is_remembered_and_the_money_stays() -> None:
    gone = Fault(strike=Strike.UNREACHABLE, category="PaymentResponse")
    async with asked(faults=(gone,)) as (c, server):
        await c.command("Authorisation", "1234")
        while not (entries := await listed(c)):
            pass
        assert taken(server) == 1234
        assert [entry["State"] for entry in entries] == ["unfinished"]


def is_end(message: dict[str, Any]) -> bool:
    flag = message.get("IsIntermediateState", message.get("IntermediateState"))
    return str(flag) == "False"


@pytest.mark.parametrize("end_first", [False, True])
async def test_an_old_server_says_everything_as_the_documentation_prints_it(
    end_first: bool,
) -> None:
    habits = Habits(
        session_ids=False,
        string_values=True,
        prose_flag=True,
        charset="cp437",
        end_twice=True,
        end_first=end_first,
    )
    async with asked(habits=habits, scenario=Scenario(readable=False)) as (c, _):
        answer = await c.command("Authorisation", "1234")
        assert answer["Proceed"] == "True"
        assert "SessionId" not in answer
        if end_first:
            assert sum(is_end(message) for _, message in c.callbacks) == 2
        await c.until(lambda: sum(is_end(message) for _, message in c.callbacks) == 2)
        end = next(message for _, message in c.callbacks if is_end(message))
        assert (end["Success"], end["ReceiptNumber"]) == ("False", "-1")
        assert "IsIntermediateState" not in end
        assert end["Value"] == "S2FydGUgdW5ngWx0aWc="


async def test_faults_of_the_line_strike_commands_too() -> None:
    faults = (
        Fault(strike=Strike.BUSY, category="Payment"),
        Fault(strike=Strike.HTTP_500, category="Payment", nth=2),
    )
    async with asked(faults=faults) as (c, server):
        busy = await c.command("Authorisation", "100")
        assert (busy["Proceed"], busy["Message"]) == (False, "Terminal busy")
        body = {"Command": "Authorisation", "CallbackUrl": c.url("/x"), "Parameter": "100"}
        assert await c.send(json.dumps(body).encode()) == (500, {})
        assert (await c.run("Authorisation", "100"))["Success"] is True
        assert taken(server) == 100
