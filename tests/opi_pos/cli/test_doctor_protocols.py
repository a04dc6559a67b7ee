"""`doctor` for any protocol: any `X+transport://` URL, and one file for what is particular."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from opi_pos.cli.doctor.network import place_of
from opi_pos.cli.doctor.visit import Visit, visit_of
from opi_pos.cli.options import Where
from opi_pos.model.errors import ConfigurationError
from tests.opi_pos.cli.conftest import Serve
from tests.opi_pos.cli.running import InProcess
from tests.opi_pos.cli.test_doctor import findings
from tests.opi_pos.cli.test_doctor_zvt import Listen, hang_up, listening, says
from tests.opi_pos.cli.test_signature import free_port


@pytest.fixture
def listen() -> Iterator[Listen]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(listening(answer))


@pytest.mark.parametrize(
    ("url", "usual_port", "place"),
    [
        ("opi+tcp://192.0.2.15:4100?listen=4102", 0, ("192.0.2.15", 4100, "tcp")),
        ("opi+tcp://terminal", 4100, ("terminal", 4100, "tcp")),
        ("viva+https://api.example", 0, ("api.example", 443, "https")),
        ("keycard+http://[::1]/path", 0, ("::1", 80, "http")),
        ("x+tcp://terminal", 0, ("terminal", 0, "tcp")),
    ],
)
def test_any_url_has_its_place(url: str, usual_port: int, place: tuple[str, int, str]) -> None:
    assert place_of(url, usual_port) == place


@pytest.mark.parametrize("url", ["viva+https://", "x+tcp://host:99999", "x+tcp://[::1"])
def test_a_url_without_a_place_is_named(url: str) -> None:
    with pytest.raises(ConfigurationError):
        place_of(url)


def test_each_protocol_has_its_own_file_or_the_general_way() -> None:
    assert visit_of("zvt+tcp://host") is visit_of("sim://zvt")
    assert visit_of("nexo+http://host") != Visit()
    assert visit_of("somebodys+tcp://host") == Visit()
    assert visit_of("../x+tcp://host") == Visit()


def test_keycard_is_reached_and_not_asked_without_a_listener(
    opi_pos: InProcess, listen: Listen, journal: Path
) -> None:
    url = f"keycard+http://127.0.0.1:{listen(says(b'HTTP/1.1 200 OK'))}/api"
    code, told = findings(opi_pos, journal, "--terminal", url)
    assert code == 0
    assert list(told) == ["name", "port", "tls", "application"]
    assert "--listen" in told["application"]["what"]


def test_keycard_that_does_not_answer_is_told(
    opi_pos: InProcess, listen: Listen, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opi_pos.cli.doctor.reached.HEARD_WITHIN_S", 0.2)
    url = f"keycard+http://127.0.0.1:{listen(hang_up)}/api"
    words = ["--terminal", url, "--listen", f"127.0.0.1:{free_port()}"]
    code, told = findings(opi_pos, journal, *words)
    assert code == 1
    assert told["listener"]["good"] is False


@pytest.mark.parametrize(
    ("listens", "told"), [("none", "not needed"), ("4102", "port 4102")], ids=["own", "channel 1"]
)
async def test_an_opi_terminal_is_not_said_to_reach_what_it_was_not_seen_to(
    listens: str, told: str
) -> None:
    url = f"opi+tcp://127.0.0.1:4100?listen={listens}"
    finding = await visit_of(url).reached(Where(terminal=url, currency="EUR"), "127.0.0.1:0")
    assert told in finding.what
    assert "reached" not in finding.what


def test_the_scheme_of_a_remedy_is_the_protocols_own(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    url = f"keycard+https://127.0.0.1:{serve().port}/api"
    code, told = findings(opi_pos, journal, "--terminal", url)
    assert code == 1
    assert "keycard+http://" in told["tls"]["remedy"]
