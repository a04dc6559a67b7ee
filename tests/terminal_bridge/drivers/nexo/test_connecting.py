"""From settings to a driver: what is unknown or missing is named, nothing is opened."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.capabilities import ListenerNeed, ReversalScope
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.news import Ended, Verdict
from opi_pos.model.orders import Integration, Login
from opi_pos.model.results import Operation
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo import connect, over
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import MemoryLink
from tests.terminal_bridge.drivers.nexo.scripted import told
from tests.terminal_bridge.drivers.nexo.settings import NoDoor, Settings
from tests.terminal_bridge.drivers.nexo.wire import answer_to, command, paid, payment, response

HTTP = "nexo+http://192.0.2.15:11000"
HTTPS = "nexo+https://192.0.2.15"
ADYEN = HTTPS + "?profile=adyen-local"


def refused(url: str, **options: Any) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        connect(Settings(url=url, options=options), NoDoor())
    return caught.value


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (HTTP + "?profile=visa", "visa"),
        (HTTP + "?colour=red", "colour"),
        ("zvt+tcp://192.0.2.15", "zvt+tcp"),
        ("nexo+tcp://192.0.2.15?profile=adyen-local", "nexo+https"),
        ("sim://nexo?seed=x", "seed"),
        ("sim://nexo?pace=fast", "pace"),
        ("sim://nexo?hosts=decline", "hosts"),
        ("sim://nexo?host=perhaps", "host"),
    ],
)
def test_a_wrong_part_of_the_url_is_named(url: str, named: str) -> None:
    error = refused(url)
    assert error.key == "poi.front.url"
    assert named in error.problem


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"tlss": {}}, "poi.front.tlss"),
        ({"tls": {"certificate": "x"}}, "poi.front.tls.certificate"),
        ({"tls": {"ca": 7}}, "poi.front.tls.ca"),
        ({"tls": "x"}, "poi.front.tls"),
        ({"language": 7}, "poi.front.language"),
        ({"software": {"vendor": "x"}}, "poi.front.software.vendor"),
        ({"key_version": "one"}, "poi.front.key_version"),
        ({"tls": {"ca": "/no/such/file.pem"}}, "poi.front.tls.ca"),
        ({"tls": {"pin": "md5/abc"}}, "poi.front.tls.pin"),
    ],
)
def test_a_wrong_key_is_named_with_its_table(options: dict[str, Any], key: str) -> None:
    assert refused(HTTPS + "?profile=westpay", **options).key == key


def test_an_unknown_key_tells_which_there_are() -> None:
    assert "passphrase_file" in refused(HTTP, passfrase_file="x").problem


def test_plain_http_takes_no_tls() -> None:
    error = refused(HTTP, tls={"name": "*.terminal.example"})
    assert error.key == "poi.front.tls"


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({}, "passphrase_file"),
        ({"passphrase_file": "a", "passphrase_env": "b"}, "passphrase_file"),
        ({"passphrase_file": "/no/such/file"}, "passphrase_file"),
        ({"passphrase_env": "NO_SUCH_VARIABLE"}, "passphrase_env"),
    ],
)
def test_protection_needs_a_passphrase(options: dict[str, Any], key: str) -> None:
    error = refused(ADYEN, key_identifier="k", key_version=1, **options)
    assert error.key == f"poi.front.{key}"


@pytest.mark.parametrize("missing", ["key_identifier", "key_version"])
def test_protection_needs_the_name_of_its_key(tmp_path: Path, missing: str) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text("correct horse\n")
    options: dict[str, Any] = {"key_identifier": "k", "key_version": 1}
    del options[missing]
    assert refused(ADYEN, passphrase_file=str(secret), **options).key == f"poi.front.{missing}"


@pytest.mark.parametrize(
    "url",
    [HTTP, HTTPS, "nexo+tcp://192.0.2.15:4000", "sim://nexo", HTTP + "?profile=westpay"],
)
async def test_nothing_is_opened_before_the_first_order(url: str) -> None:
    driver = connect(Settings(url=url), NoDoor())
    await driver.close()


@pytest.mark.parametrize("name", nexo.profile_names())
@pytest.mark.parametrize("integration", list(Integration))
def test_every_profile_declares_what_it_can_do(name: str, integration: Integration) -> None:
    settings = Settings(url=f"sim://nexo?profile={name}", integration=integration)
    can = connect(settings, NoDoor()).capabilities
    assert Operation.PAYMENT in can.operations
    assert can.abort
    assert can.silence_s == nexo.profile(name).response_timeout_s
    assert can.running_s > can.silence_s
    assert can.login == ("login" in can.services)
    full = integration is Integration.FULL
    assert (can.needs_listener is ListenerNeed.FOR_DEVICE_REQUESTS) == full


def test_swedbanks_terminals_reverse_the_last_transaction_only() -> None:
    swedbank = connect(Settings(url="sim://nexo?profile=swedbank"), NoDoor()).capabilities
    westpay = connect(Settings(url="sim://nexo?profile=westpay"), NoDoor()).capabilities
    assert swedbank.reversal is ReversalScope.LAST_ONLY
    assert westpay.reversal is ReversalScope.BY_REFERENCE


async def test_the_runtimes_clock_and_the_shops_software_stand_in_the_login() -> None:
    got: list[nexo.LoginRequest] = []

    async def receive(data: bytes) -> Reply:
        body = nexo.decode(data).body
        assert isinstance(body, nexo.LoginRequest)
        got.append(body)
        answer = answer_to(data, nexo.LoginResponse(response=response()))
        return Reply(status=200, body=answer)

    options = {
        "wall": lambda: 1_772_353_800.0,
        "language": "fi",
        "software": {"provider": "Shop", "application": "Till", "version": "7"},
    }
    driver = over(MemoryLink(receive), Settings(url=HTTP, options=options))
    await told(driver, command(Login(integration=Integration.LIGHT)))
    await driver.close()
    (login,) = got
    offset = time.strftime("%z", time.localtime(1_772_353_800))
    assert login.date_time.replace(":", "").endswith(offset)
    assert login.operator_language == "fi"
    assert login.sale_software.application_name == "Till"


async def test_the_simulated_terminal_takes_a_payment() -> None:
    driver = connect(Settings(url="sim://nexo?profile=plain-json&seed=7"), NoDoor())
    login = await told(driver, command(Login(integration=Integration.LIGHT), "1"))
    assert isinstance(login[-1], Ended)
    news = await told(driver, command(payment(), "2"))
    assert isinstance(news[-1], Ended)
    assert news[-1].answer.verdict is Verdict.APPROVED
    await driver.close()


async def test_a_scenario_in_the_url_decides_what_the_simulated_terminal_does() -> None:
    driver = connect(Settings(url="sim://nexo?profile=adyen-local&host=decline"), NoDoor())
    news = await told(driver, command(payment(), "2"))
    assert isinstance(news[-1], Ended)
    assert news[-1].answer.verdict is Verdict.DECLINED
    await driver.close()


async def test_the_simulated_terminals_own_requests_go_to_the_tills_door() -> None:
    asked: list[str] = []

    async def device_post(data: bytes) -> tuple[int, bytes]:
        asked.append(nexo.decode(data).body_name)
        return 204, b""

    settings = Settings(
        url="sim://nexo?profile=plain-json",
        integration=Integration.FULL,
        options={"device_post": device_post},
    )
    driver = connect(settings, NoDoor())
    await told(driver, command(Login(integration=Integration.FULL), "1"))
    news = await told(driver, command(payment(), "2"))
    assert isinstance(news[-1], Ended)
    assert "DisplayRequest" in asked
    await driver.close()


async def test_a_driver_can_stand_on_a_link_of_the_callers_own() -> None:
    async def receive(data: bytes) -> Reply:
        return Reply(status=200, body=answer_to(data, paid()))

    driver = over(MemoryLink(receive), Settings(url=HTTP + "?profile=westpay"))
    assert isinstance((await told(driver, command(payment())))[-1], Ended)
    await driver.close()
