"""A journal of its own and a terminal on a real socket for every test of the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.opi_pos.cli.running import InProcess, Terminal, served

Serve = Callable[..., Terminal]


@pytest.fixture(autouse=True)
def _own_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may touch the user's own journal."""
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("OPI_POS_DEBUG", raising=False)


@pytest.fixture
def opi_pos(capsys: pytest.CaptureFixture[str]) -> InProcess:
    """Runs one command line in this process."""
    return InProcess(capsys)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves terminals until the end of the test."""
    with ExitStack() as stack:

        def start(**config: Any) -> Terminal:
            return stack.enter_context(served(**config))

        yield start


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Where this test's journal stands."""
    return tmp_path / "till.db"
