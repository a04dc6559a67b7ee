"""The figures in the documents are made from the tables."""

from __future__ import annotations

import enum
import io
import re
import runpy
import warnings
from pathlib import Path

import pytest

from opi_pos.session.diagram import TABLES, diagram, filled, section, stays
from opi_pos.session.machine import Row

PAGE = Path(__file__).resolve().parents[3] / "docs" / "states.md"


class Light(enum.Enum):
    RED = "red"
    GREEN = "green"
    BROKEN = "broken"


TABLE = (
    Row("go", (Light.RED,), Light.GREEN),
    Row("hurry", (Light.RED,), Light.GREEN),
    Row("stop", (Light.GREEN,), Light.RED),
    Row("fail", (Light.RED, Light.GREEN), Light.BROKEN),
    Row("stop", (Light.RED,), None),
    Row("fail", (Light.BROKEN,), Light.BROKEN),
    Row("stop", (Light.BROKEN,), None),
)


def test_the_page_is_what_the_tables_say() -> None:
    assert filled(PAGE.read_text("utf-8")) == PAGE.read_text("utf-8"), (
        "run: python -m opi_pos.session.diagram < docs/states.md > states.new"
    )


def test_triggers_between_the_same_two_states_share_an_arrow() -> None:
    assert diagram(Light, TABLE).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> red",
        "    red --> green: go / hurry",
        "    red --> broken: fail",
        "    green --> red: stop",
        "    green --> broken: fail",
        "    broken --> [*]",
    ]


def test_what_moves_nothing_stands_below() -> None:
    assert stays(Light, TABLE).splitlines()[2:] == [
        "| `stop` | `red`, `broken` |",
        "| `fail` | `broken` |",
    ]


@pytest.mark.parametrize("name", TABLES)
def test_every_pair_of_a_table_is_shown(name: str) -> None:
    states, table = TABLES[name]
    shown = set()
    arrow = r"^ {4}(\w+) --> \w+: (.*)$"
    for source, triggers in re.findall(arrow, section(name), re.MULTILINE):
        shown |= {(trigger, source) for trigger in triggers.split(" / ")}
    for trigger, held in re.findall(r"^\| `(\w+)` \| (.*) \|$", section(name), re.MULTILINE):
        shown |= {(trigger, state.strip("`")) for state in held.split(", ")}
    assert shown == {(row.trigger, source.value) for row in table for source in row.sources}
    assert all(state.value in section(name) for state in states)


def test_the_text_around_the_figures_stays() -> None:
    page = PAGE.read_text("utf-8")
    assert filled(filled("before\n" + page + "after")) == "before\n" + page + "after"


@pytest.mark.parametrize("name", TABLES)
def test_a_page_without_its_markers_is_refused(name: str) -> None:
    page = PAGE.read_text("utf-8").replace(f"<!-- {name} table: end -->", "")
    with pytest.raises(ValueError, match=f"{name} table: end"):
        filled(page)


def test_as_a_command_it_writes_the_page_anew(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = PAGE.read_text("utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(page.replace("stateDiagram-v2", "old")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it is imported here already
        runpy.run_module("opi_pos.session.diagram", run_name="__main__")
    assert capsys.readouterr().out == page
