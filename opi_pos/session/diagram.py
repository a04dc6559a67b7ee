"""The tables as the documents show them: a Mermaid state diagram, and what moves nothing.

    python -m opi_pos.session.diagram < docs/states.md > states.new

writes the page anew between its markers; a test compares.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterable

from opi_pos.session.machine import EXCHANGE_TABLE, SESSION_TABLE, Row
from opi_pos.session.states import ExchangeState, SessionState

TABLES: dict[str, tuple[type[enum.Enum], tuple[Row, ...]]] = {
    "session": (SessionState, SESSION_TABLE),
    "exchange": (ExchangeState, EXCHANGE_TABLE),
}


def diagram(states: type[enum.Enum], table: Iterable[Row]) -> str:
    """Mermaid source. Triggers that lead from one state to the same other one share an arrow."""
    arrows: dict[tuple[enum.Enum, enum.Enum | None], list[str]] = {}
    for row in table:
        for source in row.sources:
            if row.dest not in {None, source}:
                arrows.setdefault((source, row.dest), []).append(row.trigger)
    first = next(iter(states))
    lines = ["stateDiagram-v2", f"    [*] --> {first.value}"]
    lines += [
        f"    {source.value} --> {dest.value}: {' / '.join(arrows[source, dest])}"
        for source in states
        for dest in states
        if (source, dest) in arrows
    ]
    leaving = {source for source, _ in arrows}
    lines += [f"    {state.value} --> [*]" for state in states if state not in leaving]
    return "\n".join(lines)


def stays(states: type[enum.Enum], table: Iterable[Row]) -> str:
    """A Markdown table of what may arrive in a state and leaves it as it is."""
    held: dict[str, set[enum.Enum]] = {}
    for row in table:
        if staying := {source for source in row.sources if row.dest in {None, source}}:
            held.setdefault(row.trigger, set()).update(staying)
    lines = ["| Arrives | and moves nothing in |", "|---|---|"]
    for trigger, where in held.items():
        names = ", ".join(f"`{state.value}`" for state in states if state in where)
        lines.append(f"| `{trigger}` | {names} |")
    return "\n".join(lines)


def section(name: str) -> str:
    """What stands between the markers of one table."""
    states, table = TABLES[name]
    return f"\n```mermaid\n{diagram(states, table)}\n```\n\n{stays(states, table)}\n"


def filled(page: str) -> str:
    """`page` with everything between its markers written anew; ValueError if one is missing."""
    for name in TABLES:
        begin, end = f"<!-- {name} table: begin -->\n", f"<!-- {name} table: end -->"
        before, found_begin, rest = page.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found_begin and found_end):
            raise ValueError(f"the page needs the markers {begin.strip()} and {end}")
        page = before + begin + section(name) + "\n" + end + after
    return page


if __name__ == "__main__":
    sys.stdout.write(filled(sys.stdin.read()))
