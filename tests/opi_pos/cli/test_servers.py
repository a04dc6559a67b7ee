"""Commands that run until a signal: `simulate`, `listen`, `serve`. Each tells when it is ready."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from opi_pos.http.client import HttpClient, HttpReply
from opi_pos.poi.faults import Fault, Strike
from opi_pos.wire import nexo
from tests.opi_pos.cli.conftest import Serve
from tests.opi_pos.cli.running import InProcess, Program, Terminal, program

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process")


def test_simulate_names_its_url_takes_payments_and_keeps_its_books(
    opi_pos: InProcess, journal: Path, tmp_path: Path
) -> None:
    faults, books = tmp_path / "faults.toml", tmp_path / "books.jsonl"
    faults.write_text('[[faults]]\nstrike = "drop_after"\ncategory = "Payment"\n', "utf-8")
    words = ["--port", "0", "--pace", "0", "--faults", faults, "--books", books, "--seed", "7"]
    with program(Program("simulate", "nexo", *words, "--json")) as terminal:
        ready = json.loads(terminal.line())
        assert ready["event"] == "ready"
        where = ["--terminal", ready["url"], "--currency", "SEK", "--journal", journal, "--json"]
        paid = opi_pos("pay", "38.00", "--reference", "r", *where)
        assert (paid.code, paid.object["proof"]) == (0, "status")
        terminal.interrupt()
        ran = terminal.end()
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out) == {"event": "closed", "net_minor": {"SEK": 3800}}
    entries = [json.loads(line).get("entry") for line in books.read_text("utf-8").splitlines()]
    assert [entry["reference"] for entry in entries if entry] == ["r"]


def message(body: nexo.Element, device_id: str) -> bytes:
    header = nexo.header_for(
        body, sale_id="till", poi_id="whoever", service_id="1", device_id=device_id
    )
    return nexo.encode(nexo.Message(header=header, body=body), nexo.Encoding.XML)


async def post(url: str, data: bytes) -> HttpReply:
    async with HttpClient() as client:
        return await client.post(f"{url}/EPASSaleToPOI/3.1", data, timeout_s=10)


def output(text: str) -> nexo.DisplayOutput:
    return nexo.DisplayOutput(
        device="CashierDisplay",
        info_qualify="Status",
        response_required_flag=False,
        output_content=nexo.OutputContent(
            output_format="Text", output_text=(nexo.OutputText(text=text),)
        ),
    )


async def test_listen_shows_what_any_terminal_sends_and_refuses_at_the_deadline(
    journal: Path,
) -> None:
    with program(Program("listen", "--port", "0", "--journal", journal, "--json")) as listener:
        ready = json.loads(listener.line())
        assert ready["url"].endswith(str(ready["port"]))
        shown = nexo.DisplayRequest(display_output=(output("Present card"),))
        assert (await post(ready["url"], message(shown, "1"))).status == 204
        told = json.loads(listener.line())
        assert (told["event"], told["poi"], told["lines"]) == (
            "display",
            "whoever",
            ["Present card"],
        )
        question = nexo.InputRequest(
            display_output=output("Signature OK?"),
            input_data=nexo.InputData(
                device="CashierInput",
                info_qualify="Input",
                input_command="GetConfirmation",
                max_input_time=1,
            ),
        )
        reply = await post(ready["url"], message(question, "2"))
        assert reply.status == 200
        answer = nexo.decode(reply.body).body
        assert isinstance(answer, nexo.InputResponse)
        assert answer.input_result.response.result == "Failure"
        listener.terminate()
        assert listener.end().code == 0


def test_serve_owns_the_terminals_and_serves_other_processes(
    opi_pos: InProcess, serve: Serve, journal: Path, tmp_path: Path
) -> None:
    terminal = serve()
    config = tmp_path / "till.toml"
    config.write_text(
        f'journal = "{journal.as_posix()}"\n[listen]\nport = 0\n'
        f'[poi.front]\nurl = "{terminal.url}"\ncurrency = "SEK"\n',
        "utf-8",
    )
    where = ["--config", config, "--json"]
    with program(Program("serve", *where)) as owner:
        ready = json.loads(owner.line())
        assert ready["terminals"]["front"] == {"poi_id": "POI-1", "driven_here": True}
        paid = opi_pos("pay", "38.00", "--reference", "r", *where)
        assert (paid.code, paid.object["outcome"]) == (0, "approved")
        assert opi_pos("pay", "38.00", "--reference", "r", *where).object["replayed"] is True
        terminal.forget_payments()
        assert _abort_a_payment(opi_pos, terminal, where) == "aborted"
        owner.interrupt()
        ran = owner.end()
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out.splitlines()[-1]) == {"event": "closed"}
    assert terminal.charges() == 3800


def test_a_doubt_is_resolved_by_the_process_that_drives_the_terminal(
    opi_pos: InProcess, serve: Serve, journal: Path, tmp_path: Path
) -> None:
    lost = Fault(strike=Strike.DROP_AFTER)
    deaf = Fault(strike=Strike.GARBAGE, category="TransactionStatus", times=1000)
    config = tmp_path / "till.toml"
    config.write_text(
        f'journal = "{journal.as_posix()}"\n[poi.front]\nurl = "{serve(faults=(lost, deaf)).url}"\n'
        'currency = "SEK"\nrecovery_s = 0.2\n',
        "utf-8",
    )
    where = ["--config", config, "--json"]
    with program(Program("serve", *where)) as owner:
        assert json.loads(owner.line())["event"] == "ready"
        assert opi_pos("pay", "38.00", "--reference", "r", *where).code == 3
        closed = opi_pos("pay", "5.00", "--reference", "next", *where)
        assert closed.object["outcome"] == "not_started"
        words = ["--as", "approved", "--who", "Ada", "--why", "its display"]
        assert opi_pos("journal", "resolve", "r", *words, *where).object["proof"] == "manual"
        assert opi_pos("pay", "5.00", "--reference", "next", *where).code == 0
        owner.terminate()
        assert owner.end().code == 0


def _abort_a_payment(opi_pos: InProcess, terminal: Terminal, where: list[object]) -> str:
    """By another process than the one that pays, while a third drives the terminal."""
    with program(Program("pay", "38.03", "--reference", "stop", *where)) as paying:
        terminal.wait_for_payment()
        told = opi_pos("abort", "stop", *where)
        assert (told.code, told.object["references"]) == (0, ["stop"])
        outcome = paying.end().object["outcome"]
        assert isinstance(outcome, str)
        return outcome
