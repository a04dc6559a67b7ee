"""The manual and the program say the same."""

from __future__ import annotations

import asyncio
import re
import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from transitions import MachineError

from opi_pos.aio.virtual import run
from opi_pos.poi.faults import faults_from
from terminal_bridge.simulator.zvt.dispatch import COMMANDS
from terminal_bridge.simulator.zvt.machine import TABLE, fire
from terminal_bridge.simulator.zvt.profile import PROFILES
from terminal_bridge.simulator.zvt.states import PtState

MANUAL = Path(__file__).parents[4] / "docs" / "simulator-zvt.md"
LEGAL = {(row["trigger"], source): row["dest"] for row in TABLE for source in row["source"]}
TRIGGERS = sorted({row["trigger"] for row in TABLE})
ILLEGAL = [pair for pair in product(TRIGGERS, PtState) if pair not in LEGAL]


@dataclass
class Standing:
    state: PtState


@pytest.mark.parametrize(("trigger", "source"), sorted(LEGAL, key=str))
def test_a_legal_pair_leads_where_the_table_says(trigger: str, source: PtState) -> None:
    standing = Standing(source)
    fire(standing, trigger)
    assert standing.state is LEGAL[(trigger, source)]


@pytest.mark.parametrize(("trigger", "source"), ILLEGAL)
def test_an_illegal_pair_is_refused_and_changes_nothing(trigger: str, source: PtState) -> None:
    standing = Standing(source)
    with pytest.raises(MachineError):
        fire(standing, trigger)
    assert standing.state is source


def diagram() -> str:
    """The table as a Mermaid state diagram; what may happen anywhere stands once."""
    anywhere = {row["trigger"] for row in TABLE if set(row["source"]) == set(PtState)}
    lines = ["stateDiagram-v2", f"    [*] --> {PtState.IDLE.value}"]
    for row in TABLE:
        dest = row["dest"].value
        if row["trigger"] in anywhere:
            lines.append(f"    note left of {dest}: {row['trigger']}, from anywhere")
            continue
        lines += [f"    {source.value} --> {dest}: {row['trigger']}" for source in row["source"]]
    return "\n".join(lines)


def test_the_manual_draws_the_table() -> None:
    assert f"```mermaid\n{diagram()}\n```" in MANUAL.read_text("utf-8"), diagram()


def test_the_manual_lists_every_profile() -> None:
    section = MANUAL.read_text("utf-8").split("## Profiles")[1].split("## Faults")[0]
    assert re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE) == [
        "strict",
        "recording",
        "newest",
        "sync",
        "asking",
        "card-complete",
        "hobex",
        "ingenico",
        "ccv",
        "feig",
        "global-payments",
        "clover",
    ]
    assert set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE)) == set(PROFILES)


def test_the_manual_names_every_command() -> None:
    text = MANUAL.read_text("utf-8").split("## What it does")[1].split("## When")[0]
    for control in COMMANDS:
        name = f"{control >> 8:02X} {control & 0xFF:02X}"
        ranged = 0x0622 <= control <= 0x0625
        registered = control in {0x0600, 0x06C5}
        assert ranged or registered or name in text, name


def test_the_faults_of_the_manual_can_be_loaded() -> None:
    example = re.search(r"```toml\n(.*?)```", MANUAL.read_text("utf-8"), re.DOTALL)
    assert example is not None
    assert len(faults_from(tomllib.loads(example[1]))) == 2


def test_the_example_of_the_manual_runs() -> None:
    example = re.search(r"```python\n(.*?)```", MANUAL.read_text("utf-8"), re.DOTALL)
    assert example is not None
    body = "".join(f"    {line}\n" for line in example[1].splitlines())
    scope: dict[str, object] = {"asyncio": asyncio}
    exec(f"async def main():\n{body}", scope)
    run(scope["main"]())  # type: ignore[operator]
