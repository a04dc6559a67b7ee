"""The group `simulate` knows every kind, and loads the one that is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from opi_pos.cli.simulate.command import KINDS, SIMULATE


def test_every_kind_is_a_command_of_its_own() -> None:
    assert list(SIMULATE.commands) == list(KINDS)
    assert {SIMULATE.commands[kind].__name__ for kind in KINDS} == set(KINDS)
    with pytest.raises(KeyError):
        SIMULATE.commands["serving"]


def test_a_simulator_of_one_kind_loads_nothing_of_the_others() -> None:
    look = (
        "import sys; from opi_pos.cli.simulate.command import SIMULATE; SIMULATE.commands['zvt'];"
        "print(*sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(ran.stdout.split())
    assert "opi_pos.cli.simulate.zvt" in loaded
    others = {f"opi_pos.cli.simulate.{kind}" for kind in KINDS if kind != "zvt"}
    assert loaded & (others | {"typer", "starlette"}) == set()
