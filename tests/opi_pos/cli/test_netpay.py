"""NetPay from the command line: a simulator, a till that listens, and a letter for nobody."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from opi_pos.http.client import HttpClient
from terminal_bridge.drivers.netpay.options import VARIABLES
from tests.opi_pos.cli.running import InProcess, Program, program
from tests.opi_pos.cli.test_signature import free_port
from tests.opi_pos.wire.netpay.samples import SALE, as_json

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process")

TOKEN = "a-path-of-at-least-22-letters"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES.values():
        monkeypatch.setenv(variable, "simulated")


async def post(url: str, body: bytes) -> int:
    async with HttpClient() as client:
        return (await client.post(url, body, timeout_s=10)).status


def test_it_pays_and_shows_the_letters_that_fit_nothing(
    opi_pos: InProcess, tmp_path: Path, journal: Path
) -> None:
    port, config = free_port(), tmp_path / "till.toml"
    (tmp_path / "token").write_text(TOKEN)
    receiver = f"http://127.0.0.1:{port}/callback/{TOKEN}"
    simulator = ["--port", "0", "--pace", "0", "--receiver-url", receiver, "--json"]
    with program(Program("simulate", "netpay", *simulator)) as terminal:
        url = json.loads(terminal.line())["url"]
        config.write_text(
            f'journal = "{journal}"\n[listen]\nport = {port}\n[poi.front]\nurl = "{url}"\n'
            f'currency = "MXN"\ncallback_token_file = "{tmp_path}/token"\n'
        )
        where = ["--config", config, "--json"]
        assert opi_pos("callbacks", *where).object["paths"] == {"front": f"/callback/{TOKEN}"}
        paid = opi_pos("pay", "38.00", "--reference", "r", *where)
        assert (paid.code, paid.object["proof"]) == (0, "response")
        assert opi_pos("journal", "letters", *where).object == {"letters": []}
        with program(Program("serve", *where)) as till:
            assert json.loads(till.line())["event"] == "ready"
            assert asyncio.run(post(receiver, as_json({**SALE, "traceability": {}}))) == 200
            guest = opi_pos("pay", "12.00", "--reference", "s", *where)
            assert (guest.code, guest.object["proof"]) == (0, "response")
            till.interrupt()
            assert till.end().code == 0
        terminal.interrupt()
        books = json.loads(terminal.end().out)
    assert books["net_minor"] == {"MXN": 5000}
    (letter,) = opi_pos("journal", "letters", *where).object["letters"]
    assert letter["poi_id"] == "POI-1"
    assert letter["data"]["told"]["folio"] == SALE["folioNumber"]
    shown = opi_pos("journal", "letters", "--journal", journal).out
    assert "which this journal does not know" in shown
    assert str(SALE["folioNumber"]) in shown
    assert "PEREZ" not in shown


def test_beyond_loopback_the_terminal_must_be_listed(opi_pos: InProcess, journal: Path) -> None:
    url = "netpay+https://cloud.invalid/1490293930?store=9194"
    where = ["--terminal", url, "--currency", "MXN", "--journal", journal]
    refused = opi_pos("pay", "1.00", *where, "--listen", "0.0.0.0:0")
    assert refused.code == 2
    assert "peers" in refused.complaint
    assert "callback" in opi_pos("pay", "1.00", *where).complaint
    guarded = opi_pos("simulate", "netpay", "--host", "0.0.0.0")
    assert guarded.code == 2
