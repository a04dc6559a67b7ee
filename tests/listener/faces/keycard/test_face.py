"""Key & Card's API as its documentation tells it, over real sockets, on any driver."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from opi_pos import Outcome
from opi_pos.model.devices import DeviceRequest, Display, Progress
from opi_pos.model.ids import POIID
from opi_pos.model.money import Amount
from opi_pos.model.news import DeviceAsked, Verdict
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.model.results import Operation, TransactionID
from tests.listener.faces.keycard.bridge import bridge
from tests.listener.faces.keycard.client import Client, client, receipt, text
from tests.listener.faces.terminal import Told, ToldTerminal

SLIP = Receipt(copy=Copy.CUSTOMER, lines=("K-U-N-D-E-N-B-E-L-E-G", "Betrag EUR 12,34"))


def shows(told: Told, line: str, progress: Progress = Progress.WAIT_CARD) -> None:
    display = Display(lines=(line,), progress=progress)
    request = DeviceRequest(poi_id=POIID("POI-1"), body=display, service_id=told.command.service_id)
    told.tell(DeviceAsked(request=request))


async def listed(c: Client) -> list[dict[str, Any]]:
    """What GetAbortedSessions tells; the same in its intermediate state and its end message."""
    end = await c.run("GetAbortedSessions", path="/list")
    (content,) = await c.intermediates(1, path="/list")
    c.callbacks = [each for each in c.callbacks if each[0] != "/list"]
    assert text(end) == content
    found = json.loads(content)
    assert isinstance(found, list)
    return found


async def test_kc_happy(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        answer = await c.command("Authorisation", "1234")
        assert answer["Proceed"] is True
        assert answer["SessionId"].isdigit()
        told = await terminal.money.get()
        assert told.order.amount == Amount(minor=1234, currency="EUR")
        shows(told, "Willkommen", Progress.IDLE)
        shows(told, "Bitte Karte einstecken")
        shows(told, "Bitte PIN eingeben", Progress.WAIT_PIN)
        assert await c.intermediates(2) == ["Bitte Karte einstecken", "Bitte PIN eingeben"]
        told.approve(
            receipts=(SLIP,),
            message="Zahlung erfolgt",
            terminal_transaction=TransactionID(id="17", time=""),
        )
        end = await c.end("Authorisation")
        assert end["Success"] is True
        assert end["ReceiptNumber"] == 17
        assert receipt(end) == list(SLIP.lines)
        assert text(end) == "Zahlung erfolgt"
        assert all(message["ReceiptNumber"] == -1 for _, message in c.callbacks)
        assert await listed(c) == []


async def test_on_the_simulated_terminal_too(tmp_path: Path) -> None:
    async with bridge(tmp_path, "sim://nexo") as opened, client(opened.url) as c:
        end = await c.run("Authorisation", "1234")
        assert end["Success"] is True
        assert any("12" in line for line in receipt(end))
        assert "Present card" in c.texts()
        reversed_ = await c.run("Reversal")
        assert reversed_["Success"] is True
        declined = await c.run("Authorisation", "1005")
        assert declined["Success"] is False
        closed = await c.run("EndOfDay")
        assert closed["Success"] is True
        diagnosed = await c.run("DiagnosisSimple")
        assert diagnosed["Success"] is True


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", "JSON"),
        (b"[]", "JSON"),
        (b'{"Command": "authorisation", "CallbackUrl": "URL", "Parameter": "1"}', "case-sensitive"),
        (b'{"Command": "Pay", "CallbackUrl": "URL", "Parameter": "1"}', "Command"),
        (b'{"CallbackUrl": "URL"}', "Command"),
        (b'{"Command": "Authorisation", "CallbackUrl": "URL"}', "Parameter is not a number"),
        (b'{"Command": "Authorisation", "CallbackUrl": "URL", "Parameter": "12,34"}', "Parameter"),
        (b'{"Command": "Authorisation", "CallbackUrl": "URL", "Parameter": "-5"}', "Parameter"),
        (b'{"Command": "Authorisation", "CallbackUrl": "URL", "Parameter": "0"}', "greater"),
        (b'{"Command": "RemoveAbortedSession", "CallbackUrl": "URL"}', "Parameter"),
        (b'{"Command": "IsIdle"}', "CallbackUrl"),
        (b'{"Command": "IsIdle", "CallbackUrl": "nowhere"}', "CallbackUrl"),
    ],
    ids=range(12),
)
async def test_kc_refused(tmp_path: Path, body: bytes, problem: str) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        status, answer = await c.send(body.replace(b"URL", c.url("/x").encode()))
        assert status == 400
        assert answer["HttpStatus"] == "400"
        assert answer["Proceed"] is False
        assert problem in answer["Message"]
        assert answer["SessionId"] == ""
        assert await listed(c) == []
        assert not terminal.charges
        assert not c.callbacks


async def test_one_operation_at_a_time(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        assert (await c.run("IsIdle"))["Success"] is True
        await c.command("Authorisation", "1234")
        told = await terminal.money.get()
        for command in ("Authorisation", "Reversal", "EndOfDay", "DiagnosisSimple"):
            answer = await c.command(command, "1")
            assert (answer["Proceed"], answer["HttpStatus"]) == (False, "409")
            assert "Busy" in answer["Message"]
        assert (await c.run("IsIdle"))["Success"] is False
        told.approve()
        assert (await c.end("Authorisation"))["Success"] is True
        assert (await c.run("IsIdle"))["Success"] is True
        assert len(terminal.charges) == 1


async def test_kc_late_final_of_other_command(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        await c.command("Authorisation", "1234", path="/pay")
        told = await terminal.money.get()
        await c.command("CancelTransaction", path="/cancel")
        await told.aborted.wait()
        told.end(Verdict.ABORTED, message="Vorgang abgebrochen")
        paid = await c.end("Authorisation", "/pay")
        assert paid["Success"] is False
        assert text(paid) == "Vorgang abgebrochen"
        assert (await c.end("CancelTransaction", "/cancel"))["Success"] is True
        (entry,) = await listed(c)
        assert (entry["Command"], entry["Parameter"]) == ("Authorisation", "1234")
        assert entry["State"] == "aborted"
        removed = await c.run("RemoveAbortedSession", str(entry["Id"]))
        assert removed["Success"] is True
        assert await listed(c) == []
        assert (await c.run("RemoveAbortedSession", str(entry["Id"])))["Success"] is False


async def test_a_cancel_that_comes_too_late_is_no_success(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        assert (await c.run("CancelTransaction"))["Success"] is False
        await c.command("Authorisation", "1234")
        told = await terminal.money.get()
        await c.command("CancelTransaction", path="/cancel")
        await told.aborted.wait()
        told.approve()
        assert (await c.end("Authorisation"))["Success"] is True
        assert (await c.end("CancelTransaction", "/cancel"))["Success"] is False
        assert await listed(c) == []


async def test_kc_callback_unreachable_as_the_original(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with (
        bridge(tmp_path, terminal, on_callback_failure="abort") as opened,
        client(opened.url) as c,
    ):
        await c.command("Authorisation", "1234")
        told = await terminal.money.get()
        await c.stop_listening()
        shows(told, "Bitte Karte einstecken")
        await told.aborted.wait()
        told.end(Verdict.ABORTED)
        await c.listen()
        assert (await c.end("Authorisation"))["Success"] is False
        (entry,) = await listed(c)
        assert entry["State"] == "aborted"
        assert (await c.run("RemoveAbortedSession", str(entry["Id"])))["Success"] is True


async def test_a_dead_receiver_does_not_kill_the_payment(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        await c.command("Authorisation", "1234")
        told = await terminal.money.get()
        await c.stop_listening()
        shows(told, "Bitte Karte einstecken")
        told.approve()
        while not (await opened.till.exchanges())[0].outcome:
            pass
        assert not told.aborted.is_set()
        await c.listen()
        assert (await c.end("Authorisation"))["Success"] is True
        assert await listed(c) == []


async def test_a_receiver_that_answers_with_an_error_has_not_taken_it(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        await c.command("Authorisation", "1234", path="/pay")
        told = await terminal.money.get()
        c.status = 500
        told.approve()
        while not (await opened.till.exchanges())[0].outcome:
            pass
        c.status = 200
        assert (await c.end("Authorisation", "/pay"))["Success"] is True


async def test_a_doubt_has_no_end_message_until_it_is_known(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        await c.command("Authorisation", "1234", path="/pay")
        told = await terminal.money.get()
        told.approve(foreign_currency="USD", authorized=None)
        while (await opened.till.exchanges())[0].state != "in_doubt":
            pass
        assert (await c.run("IsIdle"))["Success"] is False
        refused = await c.run("Authorisation", "500", path="/other")
        assert refused["Success"] is False
        assert "in doubt" in text(refused)
        assert not [each for each in c.callbacks if each[0] == "/pay"]
        await opened.till.resolve(
            told.order.reference, Outcome.APPROVED, who="Ann", why="slip seen"
        )
        assert (await c.end("Authorisation", "/pay"))["Success"] is True


async def test_a_restart_in_mid_payment_ends_in_the_truth(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        answer = await c.command("Authorisation", "1234", path="/pay")
        first = await terminal.money.get()
        reborn = ToldTerminal()
        reborn.may_tell.clear()
        c.port = 0
        await c.stop_listening()
    async with bridge(tmp_path, reborn) as opened, client(opened.url) as c2:
        (entry,) = await listed(c2)
        assert (str(entry["Id"]), entry["State"]) == (answer["SessionId"], "unfinished")
        assert (await c2.run("IsIdle"))["Success"] is False
        assert not reborn.charges
        c.status = 200
        await c.listen()
        first.approve()
        reborn.status = [await first.next()]
        reborn.may_tell.set()
        assert (await c.end("Authorisation", "/pay"))["Success"] is True
        await c.stop_listening()
        while await listed(c2):
            pass


async def test_what_was_aborted_is_listed_after_a_restart_until_it_is_removed(
    tmp_path: Path,
) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        for cents in ("100", "200"):
            await c.command("Authorisation", cents)
            (await terminal.money.get()).end(Verdict.ABORTED)
            assert (await c.end("Authorisation"))["Success"] is False
        before = await listed(c)
        assert [entry["Parameter"] for entry in before] == ["100", "200"]
    async with bridge(tmp_path, ToldTerminal()) as opened, client(opened.url) as c:
        assert await listed(c) == before
        assert (await c.run("RemoveAbortedSession", str(before[0]["Id"])))["Success"] is True
        assert all(told["Command"] != "Authorisation" for _, told in c.callbacks), "told once"
    async with bridge(tmp_path, ToldTerminal()) as opened, client(opened.url) as c:
        assert await listed(c) == before[1:]


async def test_only_the_previous_payment_is_reversed_and_only_once(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        nothing = await c.run("Reversal")
        assert (nothing["Success"], text(nothing)) == (False, "There is no previous payment")
        for cents in ("100", "200"):
            await c.command("Authorisation", cents)
            (await terminal.money.get()).approve(approval_code=cents)
            await c.end("Authorisation")
        await c.command("Reversal")
        told = await terminal.money.get()
        assert told.order.operation is Operation.REVERSAL
        assert told.order.original is not None
        assert told.order.original.approval_code == "200"
        told.approve()
        assert (await c.end("Reversal"))["Success"] is True
        assert (await c.run("Reversal"))["Success"] is False


async def test_a_payment_of_somebody_else_is_not_reversed(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        paying = asyncio.gather(opened.till.pay("1.00"))
        told = await terminal.money.get()
        busy = await c.command("Authorisation", "500")
        assert busy["Proceed"] is False
        told.approve()
        await paying
        end = await c.run("Reversal")
        assert (end["Success"], text(end)) == (False, "The previous payment is somebody else's")
        assert len(terminal.charges) == 1


async def test_less_than_asked_is_neither_success_nor_forgotten(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        await c.command("Authorisation", "1234")
        told = await terminal.money.get()
        told.approve(authorized=Amount(minor=1000, currency="EUR"))
        end = await c.end("Authorisation")
        assert (end["Success"], text(end)) == (False, "Partially approved: 10.00 EUR")
        assert [entry["State"] for entry in await listed(c)] == ["partial"]


async def test_sessions_are_never_numbered_twice(tmp_path: Path) -> None:
    numbers = []
    for _ in range(2):
        async with bridge(tmp_path, ToldTerminal()) as opened, client(opened.url) as c:
            numbers += [(await c.command("IsIdle"))["SessionId"] for _ in range(3)]
    assert len(set(numbers)) == 6


async def test_callbacks_are_numbered_and_signed_with_a_key(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("0123456789abcdef\n")
    async with (
        bridge(tmp_path, "sim://nexo", callback_key_file=str(key)) as opened,
        client(opened.url) as c,
    ):
        await c.run("Authorisation", "1234")
        sequence = [int(fields["x-sequence"]) for fields in c.headers]
        assert sequence == list(range(1, len(sequence) + 1))
        assert all(fields["x-signature"].startswith("sha256=") for fields in c.headers)


@pytest.mark.parametrize(
    "url",
    [
        "http://192.168.1.1/",
        "http://10.0.0.1:8080/x",
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://0.0.0.0:PORT/",
        "http://224.0.0.1/",
        "http://93.184.216.34/",
        "http://[::ffff:10.0.0.1]/",
        "http://user:secret@127.0.0.1:PORT/",
        "http://127.0.0.1:PORT\\@evil.example/",
        "http://evil.example#@127.0.0.1:PORT/",
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "//127.0.0.1:PORT/",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:PORT/" + "a" * 3000,
        "http://127.0.0.1:PORT/\r\nX-Evil: 1",
        "http://",
        "",
    ],
    ids=range(20),
)
async def test_hostile_callback_urls_are_refused_before_anything_begins(
    tmp_path: Path, url: str
) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        body = {
            "Command": "Authorisation",
            "CallbackUrl": url.replace("PORT", str(c.callback_port)),
            "Parameter": "1",
        }
        status, answer = await c.send(json.dumps(body).encode())
        assert (status, answer["Proceed"]) == (400, False)
        assert "CallbackUrl" in answer["Message"]
        assert "169.254" not in answer["Message"]
        assert not terminal.charges
        assert not c.callbacks


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "127.1", "2130706433"])
async def test_the_callers_own_machine_is_allowed(tmp_path: Path, name: str) -> None:
    async with bridge(tmp_path, ToldTerminal()) as opened, client(opened.url) as c:
        c.name = name
        assert (await c.run("IsIdle"))["Success"] is True


async def test_a_web_page_cannot_start_a_payment(tmp_path: Path) -> None:
    terminal = ToldTerminal()
    async with bridge(tmp_path, terminal) as opened, client(opened.url) as c:
        body = {"Command": "Authorisation", "CallbackUrl": c.url("/x"), "Parameter": "1"}
        status, _ = await c.send(json.dumps(body).encode(), Origin="http://evil.example")
        assert status == 403
        assert not terminal.charges
