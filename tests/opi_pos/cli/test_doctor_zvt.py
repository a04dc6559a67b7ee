"""`doctor` for ZVT: a wrong port or protocol, a dead terminal, a refused registration, a device."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.opi_pos.cli.running import InProcess
from tests.opi_pos.cli.test_signature import free_port

Answer = Callable[[socket.socket], None]
Listen = Callable[[Answer], int]

ACK = bytes.fromhex("800000")


@contextmanager
def listening(answer: Answer) -> Iterator[int]:
    """Somebody on a port, who does `answer` with every connection and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(10)
                        answer(connection)
            except OSError:
                return

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.fixture
def listen() -> Iterator[Listen]:
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(listening(answer))


def says(data: bytes, *, first: bool = False) -> Answer:
    """Say `data` (before or after the till spoke), and stay until the till hangs up."""

    def answer(connection: socket.socket) -> None:
        try:
            if first:
                connection.sendall(data)
            while connection.recv(4096):
                if not first:
                    connection.sendall(data)
        except OSError:
            return

    return answer


def hang_up(connection: socket.socket) -> None:
    connection.recv(4096)


def commands(connection: socket.socket) -> Iterator[bytes]:
    """Class and instruction of each command; acknowledgements are passed over."""
    with connection.makefile("rb") as stream:
        while len(head := stream.read(3)) == 3:
            stream.read(head[2])
            if head != ACK:
                yield head[:2]


def well(connection: socket.socket) -> None:
    """As naive a terminal as can be: it accepts everything, and completes it at once."""
    for command in commands(connection):
        completion = "060f00" if command == b"\x06\x00" else "060f0100"
        connection.sendall(ACK + bytes.fromhex(completion))


@pytest.fixture
def doctor(opi_pos: InProcess, tmp_path: Path) -> Callable[..., tuple[int, dict[str, Any]]]:
    def ask(url: str, *words: object, **options: object) -> tuple[int, dict[str, Any]]:
        config = tmp_path / "till.toml"
        keys = "".join(f"{name} = {value!r}\n" for name, value in options.items())
        config.write_text(f'[poi.front]\nurl = "{url}"\n{keys}', encoding="utf-8")
        ran = opi_pos("doctor", "--config", config, "--json", *words)
        told = {finding["check"]: finding for finding in ran.object["findings"]}
        assert ran.object["good"] is (ran.code == 0)
        return ran.code, told

    return ask


Doctor = Callable[..., tuple[int, dict[str, Any]]]


def test_a_good_terminal_passes_every_check(doctor: Doctor, listen: Listen) -> None:
    code, told = doctor(f"zvt+tcp://127.0.0.1:{listen(well)}", "--listen", "127.0.0.1:0")
    assert code == 0
    assert list(told) == ["name", "port", "application", "listener"]
    assert "own connection" in told["listener"]["what"]


def test_nothing_listens_on_that_port(doctor: Doctor) -> None:
    code, told = doctor(f"zvt+tcp://127.0.0.1:{free_port()}")
    assert code == 1
    assert list(told) == ["name", "port"]
    assert "nothing listens" in told["port"]["what"]


@pytest.mark.parametrize(
    ("speaker", "what"),
    [
        (says(b"VER|APP 1.0\r\n", first=True), "'VER|APP 1.0'"),
        (says(bytes.fromhex("150369")), "15 03 69"),
        (says(bytes.fromhex("15")), "serial line"),
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "web server"),
        (says(bytes.fromhex("15030300020246")), "TLS"),
        (says(b"\xff\xfe\x00\x01"), "FF FE 00 01"),
    ],
)
def test_another_protocol_is_on_that_port(
    doctor: Doctor, listen: Listen, speaker: Answer, what: str
) -> None:
    code, told = doctor(f"zvt+tcp://127.0.0.1:{listen(speaker)}")
    assert code == 1
    assert told["port"]["good"] is True
    assert what in told["application"]["what"]
    assert "20007" in told["application"]["remedy"]


@pytest.mark.parametrize(
    ("speaker", "remedy", "timers"),
    [
        (says(b""), "nobody speaks ZVT", {"t3_s": 0.3}),
        (hang_up, "another till", {}),
        (says(bytes.fromhex("800000")), "began to answer", {"t4_s": 0.3}),
    ],
)
def test_a_dead_terminal(
    doctor: Doctor, listen: Listen, speaker: Answer, remedy: str, timers: dict[str, float]
) -> None:
    code, told = doctor(f"zvt+tcp://127.0.0.1:{listen(speaker)}", **timers)
    assert code == 1
    assert remedy in told["application"]["remedy"]


@pytest.mark.parametrize(
    ("answer", "what", "remedy"),
    [
        ("843700", "password", "password_file"),
        ("841e036f0756", "CHF", "currency"),
        ("849a00", "ZVT protocol error", "screen"),
    ],
)
def test_a_refused_registration_is_named(
    doctor: Doctor, listen: Listen, answer: str, what: str, remedy: str
) -> None:
    code, told = doctor(f"zvt+tcp://127.0.0.1:{listen(says(bytes.fromhex(answer)))}")
    assert code == 1
    assert told["application"]["what"].startswith("The terminal refused the registration: ")
    assert what in told["application"]["what"]
    assert remedy in told["application"]["remedy"]


def test_a_terminal_that_knows_no_command_is_no_zvt_terminal_now(
    doctor: Doctor, listen: Listen
) -> None:
    code, told = doctor(f"zvt+tcp://127.0.0.1:{listen(says(bytes.fromhex('848300')))}")
    assert code == 1
    assert "not possible" in told["application"]["what"]
    assert "ECR interface" in told["application"]["remedy"]


def test_a_terminal_that_wants_something_done(doctor: Doctor, listen: Listen) -> None:
    def locked(connection: socket.socket) -> None:
        for command in commands(connection):
            completion = "060f00" if command == b"\x06\x00" else "060f01c2"
            connection.sendall(ACK + bytes.fromhex(completion))

    code, told = doctor(f"zvt+tcp://127.0.0.1:{listen(locked)}")
    assert code == 1
    assert "diagnosis required" in told["application"]["what"]
    assert "opi-pos login" in told["application"]["remedy"]


def test_an_unknown_profile_is_named(opi_pos: InProcess) -> None:
    ran = opi_pos("doctor", "--terminal", "zvt+tcp://127.0.0.1?profile=nobody")
    assert ran.code == 2
    assert "nobody" in ran.complaint


# --- the serial device --------------------------------------------------------------------------

posix = pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")


@posix
def test_there_is_no_such_device(doctor: Doctor, tmp_path: Path) -> None:
    code, told = doctor(f"zvt+serial://{tmp_path}/ttyUSB7")
    assert code == 1
    assert list(told) == ["device"]
    assert "plug it in" in told["device"]["remedy"]


@posix
def test_it_is_no_serial_device(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    code, told = doctor(f"zvt+serial://{tmp_path}/file")
    assert code == 1
    assert "no serial device" in told["device"]["what"]
    assert "/dev/ttyUSB0" in told["device"]["remedy"]


@posix
def test_another_process_has_the_device(doctor: Doctor) -> None:
    import fcntl  # noqa: PLC0415 - not on Windows
    import pty  # noqa: PLC0415

    ours, theirs = pty.openpty()
    try:
        fcntl.flock(theirs, fcntl.LOCK_EX | fcntl.LOCK_NB)
        code, told = doctor(f"zvt+serial://{os.ttyname(theirs)}")
    finally:
        os.close(theirs)
        os.close(ours)
    assert code == 1
    assert "stop the other program" in told["device"]["remedy"]


@posix
def test_nobody_is_at_the_other_end_of_the_line(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pty  # noqa: PLC0415 - not on Windows

    monkeypatch.setattr("opi_pos.cli.doctor.application.ANSWER_S", 0.3)
    ours, theirs = pty.openpty()
    try:
        code, told = doctor(f"zvt+serial://{os.ttyname(theirs)}")
    finally:
        os.close(theirs)
        os.close(ours)
    assert code == 1
    assert told["device"]["good"] is True
    assert "said nothing" in told["application"]["what"]
    assert "cable" in told["application"]["remedy"]
