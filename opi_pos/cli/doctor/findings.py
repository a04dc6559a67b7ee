"""What the doctor found: one line each, with the remedy."""

from __future__ import annotations

from typing import Any

import msgspec

from opi_pos.cli.screen import Screen


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One question and its answer. `remedy` says what to do when it is not good."""

    check: str
    good: bool
    what: str
    remedy: str = ""


def show(screen: Screen, findings: list[Finding]) -> int:
    """Print them, and return the exit code: 0 when all is well."""
    good = all(finding.good for finding in findings)
    screen.object({"good": good, "findings": [_object(finding) for finding in findings]})
    for finding in findings:
        mark, style = ("ok  ", "green") if finding.good else ("FAIL", "bold red")
        screen.line(f"{mark} {finding.check}: {finding.what}", style)
        if finding.remedy and not finding.good:
            screen.line(f"     remedy: {finding.remedy}")
    return 0 if good else 1


def _object(finding: Finding) -> dict[str, Any]:
    return {**msgspec.structs.asdict(finding), "remedy": finding.remedy or None}
