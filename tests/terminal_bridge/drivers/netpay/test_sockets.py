"""The whole way over real sockets: till, cloud, terminal, receiver."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.cli.doctor.protocols import netpay as doctor
from opi_pos.cli.options import Where
from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.faults import Fault, Strike
from opi_pos.runtime.callback_paths import callback_paths
from opi_pos.runtime.config import poi_settings
from opi_pos.wire import netpay
from terminal_bridge.drivers.netpay.options import VARIABLES
from terminal_bridge.simulator.netpay.server import NetpayServer, NetpayServerConfig, serve_netpay
from tests.opi_pos.cli.running import InProcess
from tests.opi_pos.wire.netpay.samples import CANCELLED, SALE, as_json

TOKEN = "a-path-of-at-least-22-letters"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES.values():
        monkeypatch.setenv(variable, "simulated")


@asynccontextmanager
async def till(path: Path, url: str, **words: Any) -> AsyncIterator[SaleSystem]:
    words = {"listen": "127.0.0.1:0", "currency": "MXN", "integration": "light", **words}
    async with SaleSystem.open(terminal=url, journal=path / "till.db", **words) as opened:
        yield opened


@asynccontextmanager
async def shop(
    path: Path, *, till_words: dict[str, Any] | None = None, **words: Any
) -> AsyncIterator[tuple[SaleSystem, NetpayServer, str]]:
    """Till, cloud, and the receiver's URL, which is set on the terminal."""
    async with (
        serve_netpay(NetpayServerConfig(port=0, pace_s=0.0, **words)) as served,
        till(path, served.url, **till_words or {}) as opened,
    ):
        receiver = (await opened.callback_urls())["terminal"]
        served.receiver.url = receiver
        yield opened, served, receiver


async def post(url: str, body: bytes, *, method: str = "POST") -> tuple[int, bytes]:
    async with HttpClient() as client:
        if method != "POST":
            reply = await client.ask(method, url, timeout_s=10)
        else:
            reply = await client.post(url, body, timeout_s=10)
        return reply.status, reply.body


async def test_a_day_over_sockets(tmp_path: Path) -> None:
    async with shop(tmp_path) as (opened, served, _):
        paid = await opened.pay("38.00", reference="a-1")
        assert (paid.outcome, paid.proof) == (Outcome.APPROVED, Proof.RESPONSE)
        assert (await opened.pay("38.05", reference="a-2")).outcome is Outcome.DECLINED
        assert (await opened.pay("38.06", reference="a-3")).outcome is Outcome.ABORTED
        lost = await opened.pay("38.14", reference="a-4")
        assert (lost.outcome, lost.condition) == (Outcome.DECLINED, "PRV")
        assert (await opened.pay("12.00", reference="a-5")).approved
        assert served.terminal.books.net() == {"MXN": 5000}
        assert (await opened.diagnose()).verdict.value == "approved"
        (terminal,) = served.terminal.terminals.values()
        assert terminal.undelivered == []


async def test_a_receiver_that_could_not_be_reached_is_made_good_by_asking(tmp_path: Path) -> None:
    words = {"silence_s": 0.2, "recovery_s": 20.0}
    fault = Fault(strike=Strike.UNREACHABLE, category="PaymentResponse")
    async with shop(tmp_path, till_words=words, faults=(fault,)) as (opened, served, _):
        result = await opened.pay("38.00", reference="a-1")
        (terminal,) = served.terminal.terminals.values()
        assert len(terminal.undelivered) == 1
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.STATUS)


async def test_the_receiver_answers_as_the_vendor_wants_it(tmp_path: Path) -> None:
    async with shop(tmp_path) as (opened, _, receiver):
        for _ in range(2):
            status, body = await post(receiver, as_json(SALE))
            assert status == 200
            assert json.loads(body) == {"code": "00", "message": "Recibido"}
        assert (await post(receiver, as_json(CANCELLED)))[0] == 200
        dead = [each.fact for each in await opened.shop.journal.facts_after(0, 1000)]
        assert [fact.kind for fact in dead].count("dead_letter") == 2
        refused = {
            b"": 400,
            b"[]": 400,
            b"{}": 400,
            b'{"responseCode":': 400,
            b"\x00" * 100: 400,
            b'{"x":' * 100_000: 413,
            b'{"x":' * 10_000: 400,
        }
        for odd, status in refused.items():
            assert (await post(receiver, odd))[0] == status, odd[:20]
        assert (await post(receiver, b"", method="GET"))[0] == 405
        assert (await post(receiver + "x", as_json(SALE)))[0] == 404
        assert (await post(receiver[:-1], as_json(SALE)))[0] == 404


async def test_two_tills_do_not_share_a_path_and_one_keeps_its_own(tmp_path: Path) -> None:
    paths = []
    for folder in ("one", "two", "one"):
        (tmp_path / folder).mkdir(exist_ok=True)
        async with shop(tmp_path / folder) as (_, _, receiver):
            paths.append(receiver.rpartition("/")[2])
    assert paths[0] == paths[2] != paths[1]
    token = tmp_path / "token"
    token.write_text(TOKEN)
    words = {"callback_token_file": str(token)}
    async with shop(tmp_path / "one", till_words=words) as (opened, _, receiver):
        assert receiver.endswith(f"/callback/{TOKEN}")
        told = await callback_paths(opened.settings, opened.shop.journal)
        assert told == {"terminal": f"/callback/{TOKEN}"}
        assert (await opened.pay("38.00")).approved


async def test_a_program_that_serves_http_itself_mounts_the_receiver(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    words = {"callback_token_file": str(tmp_path / "token"), "listen": None}
    async with (
        serve_netpay(NetpayServerConfig(port=0, pace_s=0.0)) as served,
        till(tmp_path, served.url, **words) as opened,
        Door(opened.asgi(), DoorConfig()) as door,
    ):
        served.receiver.url = f"{door.url}/callback/{TOKEN}"
        assert (await opened.pay("38.00")).approved


def test_the_command_line_tells_the_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "till.toml"
    config.write_text(
        f'journal = "{tmp_path}/till.db"\n[listen]\nport = 11500\n'
        '[poi.front]\nurl = "netpay+https://cloud.invalid/1490293930?store=1"\n'
        '[poi.back]\nurl = "sim://nexo"\npoi_id = "P2"\n'
        "[notify.host]\n"
    )
    told = InProcess(capsys)("callbacks", "--config", config, "--json").object
    assert told["port"] == 11500
    assert set(told["paths"]) == {"front", "notify.host"}
    again = InProcess(capsys)("callbacks", "--config", config, "--poi", "front")
    assert told["paths"]["front"] in again.out
    nobody = InProcess(capsys)("callbacks", "--terminal", "sim://nexo", "--json")
    assert nobody.object["paths"] == {}


async def test_the_doctor_looks_at_token_and_receiver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve_netpay(NetpayServerConfig(port=0)) as served:
        good = await doctor.application(poi_settings(name="x", url=served.url))
        assert good.good
        where = Where(terminal=served.url, journal=tmp_path / "till.db", currency="MXN")
        reached = await doctor.reached(where, "127.0.0.1:0")
        assert reached.good, reached.what
        assert "callback/" not in reached.what
        monkeypatch.setenv(VARIABLES["password"], "wrong")
        bad = await doctor.application(poi_settings(name="x", url=served.url))
        assert not bad.good
        assert "invalid_grant" in bad.what
        assert "wrong" not in bad.what


@pytest.mark.parametrize(
    ("url", "words", "key"),
    [
        ("netpay+ftp://x/1490293930", {}, "url"),
        ("netpay+https:///1490293930", {}, "url"),
        ("netpay+https://u:p@x/1490293930", {}, "url"),
        ("netpay+https://x/", {}, "url"),
        ("netpay+https://x/not a serial", {}, "url"),
        ("netpay+https://x/1490293930?shop=1", {}, "url"),
        ("netpay+http://192.0.2.1/1490293930?store=1", {}, "url"),
        ("netpay+https://x/1490293930", {}, "store_id"),
        ("netpay+https://x/1490293930?store=1", {"colour": "red"}, "colour"),
        ("netpay+https://x/1490293930?store=1", {"months": 5}, "months"),
        ("netpay+https://x/1490293930?store=1", {"password_file": "/none"}, "password_file"),
        ("netpay+https://x/1490293930?store=1", {"password_env": "NOT_SET"}, "password_file"),
        ("netpay+https://x/1490293930?store=1", {"time_zone": "Mars/Base"}, "time_zone"),
        ("netpay+https://x/1490293930?store=1", {"token_path": "x"}, "token_path"),
        ("netpay+http://127.0.0.1/1490293930?store=1", {"tls": {}}, "tls"),
        (
            "netpay+https://x/1490293930?store=1",
            {"callback_token_file": "/none"},
            "callback_token_file",
        ),
        ("sim://netpay?colour=red", {}, "url"),
        ("sim://netpay?pace=fast", {}, "url"),
    ],
    ids=range(18),
)
async def test_wrong_keys_are_named(
    tmp_path: Path, url: str, words: dict[str, Any], key: str
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        async with till(tmp_path, url, **words):
            pass
    assert raised.value.key == f"poi.terminal.{key}"


@pytest.mark.parametrize("name", list(VARIABLES))
async def test_a_missing_secret_is_named_with_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(VARIABLES[name])
    with pytest.raises(ConfigurationError, match=VARIABLES[name]):
        async with till(tmp_path, "netpay+https://x/1490293930?store=1"):
            pass


async def test_a_short_token_and_a_missing_listener_are_named(tmp_path: Path) -> None:
    url = "netpay+https://x/1490293930?store=1"
    (tmp_path / "token").write_text("short")
    with pytest.raises(ConfigurationError) as raised:
        async with till(tmp_path, url, callback_token_file=str(tmp_path / "token")):
            pass
    assert raised.value.key == "poi.terminal.callback_token_file"
    with pytest.raises(ConfigurationError) as raised:
        async with till(tmp_path, url, listen=None):
            pass
    assert raised.value.key == "listen"


async def test_secrets_come_from_files_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable)
    secret = tmp_path / "secret"
    secret.write_text("simulated\n")
    words = {
        "username": "simulated",
        "password_file": str(secret),
        "app_user": "simulated",
        "app_secret_file": str(secret),
        "months": 6,
    }
    fault = Fault(strike=Strike.LATE, seconds=0.2)
    async with shop(tmp_path, till_words=words, faults=(fault,)) as (opened, served, _):
        assert (await opened.pay("38.00")).approved
        (terminal,) = served.terminal.terminals.values()
        assert terminal.ledger.sales[0].request.months == 6
        assert "simulated" not in repr(opened.station().driven().driver)
        assert netpay.write_response(terminal.delivered[0])
