"""`simulate opi`: a terminal for tills in any language, from its ready line to its books."""

from __future__ import annotations

import json
import socket
from decimal import Decimal
from pathlib import Path

from opi_pos.wire import opi
from tests.opi_pos.cli.running import InProcess, Program, program

LOSES_AN_ANSWER = """
[[faults]]
strike = "drop_after"
category = "CardPayment"
"""


def ask(port: int, request: opi.Message) -> opi.CardServiceResponse | opi.ServiceResponse | None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(opi.frame(opi.encode(request)))
        frames, came = opi.Frames(), list[bytes]()
        while data := connection.recv(4096):
            came += frames.receive(data)
    answer = opi.decode(came[0]) if came else None
    assert answer is None or isinstance(answer, opi.CardServiceResponse | opi.ServiceResponse)
    return answer


def test_a_day_that_loses_an_answer(tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text(LOSES_AN_ANSWER, "utf-8")
    where = ["--port", "0", "--pos-port", "0", "--profile", "nl", "--pace", "0"]
    with program(Program("simulate", "opi", *where, "--faults", faults, "--json")) as terminal:
        ready = json.loads(terminal.line())
        assert ready["url"].endswith("?profile=nl&listen=none")
        head = {"workstation_id": "1", "pos_data": opi.POSdata(pos_time_stamp="now")}
        login = opi.ServiceRequest(request_type="Login", request_id="1", **head)  # type: ignore[arg-type]
        assert ask(ready["port"], login) is not None
        pay = opi.CardServiceRequest(
            request_type="CardPayment",
            request_id="2",
            total_amount=opi.TotalAmount(currency="EUR", text=Decimal("10.00")),
            **head,  # type: ignore[arg-type]
        )
        assert ask(ready["port"], pay) is None
        repeat = opi.CardServiceRequest(
            request_type="RepeatLastMessage",
            request_id="3",
            **head,  # type: ignore[arg-type]
        )
        told = ask(ready["port"], repeat)
        assert told is not None
        assert told.original_header is not None
        assert told.original_header.request_id == "2"
        terminal.interrupt()
        ran = terminal.end()
    assert ran.code == 0
    assert json.loads(ran.out.splitlines()[-1]) == {"event": "closed", "net_minor": {"EUR": 1000}}


def test_an_unknown_profile_is_named(opi_pos: InProcess) -> None:
    ran = opi_pos("simulate", "opi", "--profile", "xx")
    assert ran.code == 2
    assert "xx" in ran.complaint
