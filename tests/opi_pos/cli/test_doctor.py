"""`doctor` tells a dead terminal from a wrong name, port, path, protocol or certificate."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.opi_pos.cli.conftest import Serve
from tests.opi_pos.cli.running import InProcess
from tests.opi_pos.cli.test_signature import free_port


def findings(opi_pos: InProcess, journal: Path, *words: object) -> tuple[int, dict[str, Any]]:
    ran = opi_pos("doctor", *words, "--journal", journal, "--json")
    told = {finding["check"]: finding for finding in ran.object["findings"]}
    assert ran.object["good"] is (ran.code == 0)
    return ran.code, told


def test_a_good_terminal_passes_every_check(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    terminal = serve()
    code, told = findings(opi_pos, journal, "--terminal", terminal.url)
    assert code == 0
    assert list(told) == ["name", "port", "tls", "application"]
    assert not terminal.simulated.terminal.rules.logged_in


def test_nothing_listens_on_that_port(opi_pos: InProcess, journal: Path) -> None:
    code, told = findings(opi_pos, journal, "--terminal", f"nexo+http://127.0.0.1:{free_port()}")
    assert code == 1
    assert list(told) == ["name", "port"]
    assert "nothing listens" in told["port"]["what"]
    assert "port" in told["port"]["remedy"]


def test_the_name_is_unknown(opi_pos: InProcess, journal: Path) -> None:
    code, told = findings(opi_pos, journal, "--terminal", "nexo+http://terminal.invalid")
    assert code == 1
    assert list(told) == ["name"]


def test_the_path_is_wrong(opi_pos: InProcess, serve: Serve, journal: Path) -> None:
    url = f"nexo+http://127.0.0.1:{serve().port}/elsewhere"
    code, told = findings(opi_pos, journal, "--terminal", url)
    assert code == 1
    assert "404" in told["application"]["what"]
    assert "path" in told["application"]["remedy"]


def test_it_speaks_no_tls(opi_pos: InProcess, serve: Serve, journal: Path) -> None:
    url = serve().url.replace("nexo+http:", "nexo+https:")
    code, told = findings(opi_pos, journal, "--terminal", url)
    assert code == 1
    assert "nexo+http://" in told["tls"]["remedy"]


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Somebody who takes connections and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            try:
                while True:
                    server.accept()[0].close()
            except OSError:
                return

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_something_else_is_there(opi_pos: InProcess, silent_port: int, journal: Path) -> None:
    code, told = findings(opi_pos, journal, "--terminal", f"nexo+http://127.0.0.1:{silent_port}")
    assert code == 1
    assert told["port"]["good"] is True
    assert told["application"]["good"] is False


def test_it_reaches_us(opi_pos: InProcess, serve: Serve, journal: Path) -> None:
    port = free_port()
    terminal = serve(pos_url=f"http://127.0.0.1:{port}")
    words = ["--terminal", terminal.url, "--listen", f"127.0.0.1:{port}"]
    code, told = findings(opi_pos, journal, *words)
    assert code == 0
    assert told["listener"]["good"] is True


def test_it_does_not_reach_us(
    opi_pos: InProcess, serve: Serve, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opi_pos.cli.doctor.reached.HEARD_WITHIN_S", 0.2)
    terminal = serve(pos_url=f"http://127.0.0.1:{free_port()}")
    words = ["--terminal", terminal.url, "--listen", f"127.0.0.1:{free_port()}"]
    code, told = findings(opi_pos, journal, *words)
    assert code == 1
    assert "firewall" in told["listener"]["remedy"]


def test_people_read_a_remedy(opi_pos: InProcess, journal: Path) -> None:
    nobody = f"nexo+http://127.0.0.1:{free_port()}"
    ran = opi_pos("doctor", "--terminal", nobody, "--journal", journal)
    assert ran.code == 1
    assert "FAIL port" in ran.out
    assert "remedy:" in ran.out
