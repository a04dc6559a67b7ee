"""Rule 1: events in, effects out. No clock, no I/O, no await; the same events, the same effects."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import opi_pos.session
from opi_pos.model.news import Written
from opi_pos.session.effects import Effect
from opi_pos.testing.playbook import WALL, Playbook, submit, told
from tests.opi_pos.session.values import approved, order, ready

MODULES = sorted(Path(next(iter(opi_pos.session.__path__))).glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_of_the_rules_awaits_or_reads_a_clock(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    waits = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, waits)]
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not {name.partition(".")[0] for name in imported} & {"asyncio", "time", "random", "os"}


def _day() -> list[list[Effect]]:
    session, at = ready(), Playbook(ready()).at
    steps = [
        submit("A", order()).step,
        told("A", "1", Written()).step,
        told("A", "1", approved()).step,
    ]
    return [step(session, at) for step in steps]


def test_the_same_events_give_the_same_effects() -> None:
    assert _day() == _day()


def test_an_effect_is_a_plain_value_that_cannot_be_changed() -> None:
    for effect in (effect for effects in _day() for effect in effects):
        field = next(iter(inspect.signature(type(effect)).parameters))
        with pytest.raises(AttributeError):
            setattr(effect, field, None)


def test_times_in_the_record_are_the_walls_and_deadlines_are_the_loops() -> None:
    session = ready()
    play = Playbook(session, now=500.0)
    play >> submit("A", order()) << ...
    assert session.exchanges["A"].row(play.at).begun_at == WALL + 500.0  # type: ignore[index]
    assert session.wake_at() == 560.0
