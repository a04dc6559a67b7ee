"""The table in the documents is what the installed drivers declare."""

from __future__ import annotations

import io
import runpy
import warnings
from importlib.metadata import entry_points
from pathlib import Path

import msgspec
import pytest

from opi_pos.cli.driver_table import SECTIONS, differences, filled, overview
from opi_pos.model.capabilities import Capabilities, ReversalScope
from opi_pos.model.results import Operation
from opi_pos.runtime.declared import CAPABILITIES, declared
from opi_pos.runtime.drivers import DRIVERS
from terminal_bridge.drivers.keycard.capabilities import KEYCARD

PAGE = Path(__file__).resolve().parents[3] / "docs" / "drivers.md"
AGAIN = "run: python -m opi_pos.cli.driver_table < docs/drivers.md > drivers.new"


def test_the_page_is_what_the_drivers_declare() -> None:
    page = PAGE.read_text("utf-8")
    assert filled(page, declared()) == page, AGAIN


def test_every_driver_declares_what_it_can_do() -> None:
    drivers = {entry.name for entry in entry_points(group=DRIVERS)}
    assert {entry.name for entry in entry_points(group=CAPABILITIES)} == drivers
    for profiles in declared().values():
        assert profiles
        assert all(isinstance(can, Capabilities) for can in profiles.values())


def test_a_driver_is_a_column_and_a_profile_shows_only_its_differences() -> None:
    more = msgspec.structs.replace(
        KEYCARD,
        operations=KEYCARD.operations | {Operation.REFUND},
        reversal=ReversalScope.BY_REFERENCE,
    )
    records = {"plain": {"": KEYCARD}, "rich": {"one": KEYCARD, "two": more, "three": KEYCARD}}
    rows = overview(records).splitlines()
    assert rows[0] == "|  | **plain** | **rich** |"
    assert "| `refund` | no | no |" in rows
    assert "| `reverse` | last_only | last_only |" in rows
    assert differences(records).splitlines()[2:] == [
        "| rich | `two` | `refund` none; `reverse` by_reference |",
        "| rich | `three` | nothing; as `one` |",
    ]


@pytest.mark.parametrize("name", SECTIONS)
def test_a_page_without_its_markers_is_refused(name: str) -> None:
    page = PAGE.read_text("utf-8").replace(f"<!-- {name} table: end -->", "")
    with pytest.raises(ValueError, match=f"{name} table: end"):
        filled(page, {})


def test_as_a_command_it_writes_the_page_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = PAGE.read_text("utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(page.replace("| `pay` |", "| old |")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it is imported here already
        runpy.run_module("opi_pos.cli.driver_table", run_name="__main__")
    assert capsys.readouterr().out == page
