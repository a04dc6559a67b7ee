"""At a real terminal window: the signature question, and colours that pipes never see."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.opi_pos.cli.running import WITHIN_S

pty = pytest.importorskip("pty", reason="Windows has no pseudo terminals in the standard library")


class Window:
    """A program in a terminal window."""

    def __init__(self, *arguments: object) -> None:
        self._ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "opi_pos.cli", *map(str, arguments)]
        environment = {**os.environ, "TERM": "xterm-256color"}
        for name in ("NO_COLOR", "PYTHONWARNINGS"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        )
        os.close(theirs)
        self.seen = ""

    def until(self, words: str) -> None:
        """Read until the words stand on the screen."""
        while words not in self.seen:
            self.seen += os.read(self._ours, 4096).decode()

    def type(self, line: str) -> None:
        """A line and the enter key."""
        self.seen = ""
        os.write(self._ours, f"{line}\n".encode())

    def end(self) -> int:
        """Read the rest, and wait for the end."""
        try:
            while data := os.read(self._ours, 4096):
                self.seen += data.decode(errors="replace")
        except OSError:  # Linux tells the end of a pseudo terminal so
            pass
        os.close(self._ours)
        return self.process.wait(WITHIN_S)


def test_the_person_at_the_tty_is_asked_until_the_answer_is_clear(journal: Path) -> None:
    words = ["--terminal", "sim://nexo", "--currency", "SEK", "--journal", journal]
    window = Window("pay", "38.07", *words, "--reference", "r")
    window.until("Is the signature right? [y/n] ")
    assert "541333******0012" in window.seen
    window.type("perhaps")
    window.until("Is the signature right? [y/n] ")
    window.type("n")
    assert window.end() == 1
    assert "DECLINED 38.07 SEK" in window.seen
    assert "\x1b[" in window.seen
