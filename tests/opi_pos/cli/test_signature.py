"""The signature question at the command line, in light and in full integration."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.opi_pos.cli.conftest import Serve
from tests.opi_pos.cli.running import InProcess

SIGNED = "38.07"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("decision", "code", "accepted", "refused", "charged"),
    [
        ("accept", 0, True, False, 3807),
        ("refuse", 1, False, True, 0),
        ("ask", 0, False, False, 3807),
    ],
)
def test_in_light_mode_the_library_asks_after_completion(
    opi_pos: InProcess,
    serve: Serve,
    journal: Path,
    decision: str,
    code: int,
    accepted: bool,
    refused: bool,
    charged: int,
) -> None:
    terminal = serve()
    ran = opi_pos(
        *("pay", SIGNED, "--terminal", terminal.url, "--currency", "SEK", "--journal", journal),
        *("--light", "--signature", decision, "--reference", "r", "--json"),
    )
    assert ran.code == code
    told = ran.object
    assert told["signature_required"] is True
    assert (told["signature_accepted"], told["signature_refused"]) == (accepted, refused)
    assert bool(told["reversal_reference"]) is refused
    assert terminal.charges() == charged


@pytest.mark.parametrize(("decision", "code", "charged"), [("accept", 0, 3807), ("refuse", 1, 0)])
def test_in_full_integration_the_terminal_asks_while_it_runs(
    opi_pos: InProcess, serve: Serve, journal: Path, decision: str, code: int, charged: int
) -> None:
    port = free_port()
    terminal = serve(pos_url=f"http://127.0.0.1:{port}")
    ran = opi_pos(
        *("pay", SIGNED, "--terminal", terminal.url, "--currency", "SEK", "--journal", journal),
        *("--listen", f"127.0.0.1:{port}", "--signature", decision, "--reference", "r", "--json"),
    )
    assert ran.code == code
    assert ran.object["outcome"] == ("approved" if code == 0 else "declined")
    assert terminal.charges() == charged


def test_people_see_what_the_terminal_shows(
    opi_pos: InProcess, serve: Serve, journal: Path
) -> None:
    port = free_port()
    terminal = serve(pos_url=f"http://127.0.0.1:{port}")
    ran = opi_pos(
        *("pay", "38.00", "--terminal", terminal.url, "--currency", "SEK", "--journal", journal),
        *("--listen", f"127.0.0.1:{port}", "--reference", "r"),
    )
    assert ran.code == 0
    for text in ("Present card", "Enter PIN: ****", "Authorizing"):
        assert text in ran.out
