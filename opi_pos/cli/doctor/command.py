"""The command `doctor`: tells a dead terminal from a wrong port, path, protocol or certificate."""

from __future__ import annotations

import asyncio
from typing import Annotated

from opi_pos.cli.doctor.findings import Finding, show
from opi_pos.cli.doctor.notifying import notifying
from opi_pos.cli.doctor.visit import visit_of
from opi_pos.cli.grammar import Option
from opi_pos.cli.opening import owner_of, settings_of
from opi_pos.cli.options import Where, spread
from opi_pos.cli.screen import Screen


@spread
def doctor(
    where: Where,
    *,
    listen: Annotated[
        str | None,
        Option("--listen", metavar="HOST:PORT", help="Log in, and see whether it reaches us."),
    ] = None,
) -> int:
    """Can we reach the terminal, does its application answer, can it reach us? No money moves."""
    findings = asyncio.run(_examine(where, listen))
    return show(Screen(json=where.json), findings)


async def _examine(where: Where, listen: str | None) -> list[Finding]:
    settings = settings_of(where)
    terminal = settings.pois[0]
    visit = visit_of(terminal.url)
    simulated = terminal.url.startswith("sim://")
    findings = [] if simulated else await visit.reach(terminal.url)
    if all(finding.good for finding in findings):
        findings.append(await visit.application(terminal))
    findings += await notifying(settings)
    if listen is None or not all(finding.good for finding in findings):
        return findings
    owner = owner_of(settings)
    if owner:
        what = f"not tried: {owner} drives this terminal"
        remedy = "its displays show there whether the terminal reaches it; or stop that process"
        findings.append(Finding(check="listener", good=False, what=what, remedy=remedy))
    else:
        findings.append(await visit.reached(where, listen))
    return findings
