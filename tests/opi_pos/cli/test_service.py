"""`serve` under a supervisor: it says when it is ready, and leaves when it is told to."""

from __future__ import annotations

import configparser
import json
import shlex
import socket
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest

from listener.faces.opening import Faces
from opi_pos import QuietCashier
from opi_pos.cli.supervisor import READY, tell_supervisor
from opi_pos.runtime.config import till_settings
from tests.opi_pos.cli.running import InProcess, Program, program

SERVICE = Path(__file__).parents[3] / "docs" / "service"

posix = pytest.mark.skipif(sys.platform == "win32", reason="systemd is not there")


def config(path: Path) -> Path:
    file = path / "till.toml"
    file.write_text(
        f'journal = "{(path / "till.db").as_posix()}"\n'
        '[poi.front]\nurl = "sim://zvt?pace=0.1"\ncurrency = "EUR"\n'
        "[face.keycard]\nport = 0\n",
        "utf-8",
    )
    return file


@posix
def test_it_tells_when_it_is_ready_and_leaves_in_mid_payment(
    opi_pos: InProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.settimeout(60)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        where = ["--config", config(tmp_path), "--json"]
        with program(Program("serve", *where)) as served:
            ready = json.loads(served.line())
            assert supervisor.recv(100) == b"READY=1"
            assert _pays(ready["faces"]["keycard"], "1003")["Proceed"] is True
            while not (rows := _exchanges(opi_pos, tmp_path)):
                pass
            served.terminate()
            assert supervisor.recv(100) == b"STOPPING=1"
            ran = served.end()
    assert ran.code == 0
    assert json.loads(ran.out.splitlines()[-1]) == {"event": "closed"}
    (row,) = _exchanges(opi_pos, tmp_path)
    assert (row["reference"], row["result"]) == (rows[0]["reference"], None)


def _exchanges(opi_pos: InProcess, path: Path) -> list[dict[str, object]]:
    ran = opi_pos("journal", "list", "--journal", path / "till.db", "--json")
    found: list[dict[str, object]] = ran.object["exchanges"]
    return found


def _pays(url: str, cents: str) -> dict[str, object]:
    """By a client whose callbacks nobody takes."""
    body = {"Command": "Authorisation", "CallbackUrl": "http://127.0.0.1:9/x", "Parameter": cents}
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request) as reply:
        answer: dict[str, object] = json.load(reply)
    return answer


@posix
def test_a_supervisor_in_the_abstract_namespace_is_told_and_one_that_is_gone_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if sys.platform == "linux":
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
            name = f"opi-pos-test-{tmp_path.name}-{id(tmp_path)}"
            supervisor.bind("\0" + name)
            supervisor.settimeout(60)
            monkeypatch.setenv("NOTIFY_SOCKET", "@" + name)
            tell_supervisor(READY)
            assert supervisor.recv(100) == b"READY=1"
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    tell_supervisor(READY)
    assert not (tmp_path / "nobody").exists()


def test_a_wrong_configuration_ends_with_the_code_that_is_not_started_again(
    opi_pos: InProcess, tmp_path: Path
) -> None:
    file = config(tmp_path)
    file.write_text(file.read_text("utf-8") + "colour = 1\n", "utf-8")
    ran = opi_pos("serve", "--config", file)
    assert ran.code == 2
    assert "face.keycard.colour" in ran.complaint
    assert _unit()["Service"]["RestartPreventExitStatus"] == "2"


def test_the_unit_and_its_configuration_fit_the_program(opi_pos: InProcess) -> None:
    service = _unit()["Service"]
    _, command, option, path = shlex.split(service["ExecStart"])
    assert f" {option} " in opi_pos(command, "--help").out
    state = f"/var/lib/{service['StateDirectory']}/"
    table = tomllib.loads((SERVICE / Path(path).name).read_text("utf-8"))
    assert table["journal"].startswith(state)
    credential = service["LoadCredential"].partition(":")[0]
    expected = f"/run/credentials/opi-pos.service/{credential}"
    assert table["poi"]["counter"]["password_file"] == expected
    assert list(Faces(till_settings(table), QuietCashier())._settings) == ["keycard"]


def _unit() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[method-assign,assignment]
    unit.read_string((SERVICE / "opi-pos.service").read_text("utf-8"))
    return unit
