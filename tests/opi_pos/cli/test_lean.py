"""A plain line is read alike by the lean reader and by typer; the rest is left to typer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest
import typer
import typer.main

from opi_pos.cli.full import for_typer
from opi_pos.cli.lean import plain_values
from opi_pos.cli.lookups import status
from opi_pos.cli.messages import convert
from opi_pos.cli.money import pay, refund, reverse

PAY = ["38.00", "--terminal", "nexo+http://h:1", "--currency", "SEK"]


def by_typer(command: Callable[..., Any], line: list[str]) -> dict[str, Any]:
    """What typer would call the command with."""
    seen: dict[str, Any] = {}

    @functools.wraps(command)
    def record(**given: Any) -> int:
        seen.update(given)
        return 0

    app = typer.Typer(add_completion=False)
    app.command()(for_typer(record))
    typer.main.get_command(app).main(line, standalone_mode=False)
    return seen


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (pay, PAY),
        (pay, [*PAY, "--json", "--light", "--reference", "r", "--recovery-s", "2.5"]),
        (pay, ["--json", "--terminal=sim://nexo", "5", "--signature", "refuse", "--tip", "1.00"]),
        (pay, ["5.00", "--config", "a/b.toml", "--poi", "front", "--allow-partial"]),
        (pay, ["5.00", "--journal=x y.db", "--listen", ":0", "--reference", "", "--sale-id", "ä"]),
        (pay, ["5.00", "--terminal=sim://nexo?a=b=c", "--timeout-s", "30"]),
        (refund, ["5.00", "--reference", "new", "--original", "old"]),
        (reverse, ["--original", "old", "--amount", "1.00"]),
        (status, ["ref", "--journal", "till.db"]),
        (convert, ["--to", "xml"]),
        (convert, ["--to=json", "file.xml"]),
    ],
)
def test_both_read_a_plain_line_alike(command: Callable[..., Any], line: list[str]) -> None:
    plain = plain_values(command, line)
    assert plain is not None
    told = by_typer(command, line)
    assert plain == told
    assert {name: type(value) for name, value in plain.items()} == {
        name: type(value) for name, value in told.items()
    }


@pytest.mark.parametrize(
    ("command", "line"),
    [
        (pay, []),
        (pay, ["--help"]),
        (pay, ["-5.00"]),
        (pay, ["5.00", "6.00"]),
        (pay, [*PAY, "--unknown"]),
        (pay, [*PAY, "--json=yes"]),
        (pay, [*PAY, "--tip"]),
        (pay, [*PAY, "--tip", "-1"]),
        (pay, [*PAY, "--currency", "NOK"]),
        (pay, [*PAY, "--signature", "maybe"]),
        (pay, [*PAY, "--recovery-s", "nan"]),
        (pay, [*PAY, "--recovery-s", "1e3"]),
        (pay, ["--", "5.00"]),
        (pay, ["5.00", "--config", ""]),
        (refund, ["5.00"]),
    ],
)
def test_everything_else_is_left_to_typer(command: Callable[..., Any], line: list[str]) -> None:
    assert plain_values(command, line) is None
