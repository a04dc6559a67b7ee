"""The page of the language says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from opi_pos.poi.opi.machine import TABLE, PoiState
from opi_pos.wire import opi

PAGE = (Path(__file__).parents[4] / "docs" / "opi.md").read_text("utf-8")


def test_the_table_of_results_is_that_of_the_code() -> None:
    section = PAGE.partition("## Results")[2].partition("## Profiles")[0]
    told: dict[str, str] = {}
    for results, said in re.findall(r"^\| (`.+?`) \| `([A-Z_]+)` \|", section, re.MULTILINE):
        told |= {result.casefold(): said for result in re.findall(r"`(\w+)`", results)}
    assert {result.value.casefold() for result in opi.OverallResult} <= set(told)
    assert all(opi.meaning(result).name == said for result, said in told.items())


def test_the_table_of_profiles_is_that_of_the_code() -> None:
    section = PAGE.partition("## Profiles")[2].partition("## The simulated")[0]
    ports = re.search(r"^\| ports.*?\| (.+) \| (.+) \| (.+) \|$", section, re.MULTILINE)
    assert ports is not None
    for name, told in zip(("de", "nl", "ch"), ports.groups(), strict=True):
        profile = opi.profile(name)
        assert told == f"{profile.channel_0_port}, {profile.channel_1_port}"
        assert profile.totals in section
        assert profile.closure in section


def test_the_diagram_of_states_is_the_table() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+): (\w+)$", PAGE, re.MULTILINE))
    rows = {
        (source.value, row["dest"].value, row["trigger"])
        for row in TABLE
        for source in row["source"]
        if row["trigger"] != "reboot"
    }
    assert drawn == rows
    assert {row["trigger"] for row in TABLE if set(row["source"]) == set(PoiState)} == {"reboot"}
