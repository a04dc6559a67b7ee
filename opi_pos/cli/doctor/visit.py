"""How the terminals of one protocol are looked at, and where that stands.

A protocol has its own file in `opi_pos.cli.doctor.protocols`, by the name of its driver, with a
`VISIT`. One that has none is looked at in the general way: name, port, TLS, and whether its driver
gets an answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from opi_pos.cli.doctor.application import ask
from opi_pos.cli.doctor.findings import Finding
from opi_pos.cli.doctor.network import place_of, way_to
from opi_pos.cli.doctor.reached import reached
from opi_pos.cli.options import Where
from opi_pos.model.errors import ConfigurationError
from opi_pos.runtime.config import PoiSettings
from opi_pos.runtime.drivers import driver_name

Reach = Callable[[str], Awaitable[list[Finding]]]
Application = Callable[[PoiSettings], Awaitable[Finding]]
Reached = Callable[[Where, str], Awaitable[Finding]]

_PROTOCOLS = "opi_pos.cli.doctor.protocols"


async def reach(url: str) -> list[Finding]:
    """The way to a terminal's URL, step by step; ends with the first step that fails."""
    return await way_to(place_of(url), driver_name(url, "--terminal"))


async def application(settings: PoiSettings) -> Finding:
    """Does its application answer; no login of ours, no money."""
    return await ask(settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The three questions. Each has a general way to find out."""

    reach: Reach = reach
    application: Application = application
    reached: Reached = reached
    """Can it reach us, asked only with `--listen`."""


def visit_of(url: str) -> Visit:
    """The visit for a terminal's URL."""
    name = driver_name(url, "--terminal")
    place = f"{_PROTOCOLS}.{name}"
    if not name.isidentifier() or find_spec(place) is None:
        return Visit()
    visit = import_module(place).VISIT
    if not isinstance(visit, Visit):
        raise ConfigurationError("--terminal", f"{place} has no visit")
    return visit
