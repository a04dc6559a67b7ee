"""Do the systems of `[notify.NAME]` answer us: those that can be asked."""

from __future__ import annotations

from collections.abc import Sequence

from opi_pos.cli.doctor.findings import Finding
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import Reference
from opi_pos.ports import Visitable
from opi_pos.runtime.config import TillSettings
from opi_pos.runtime.drivers import find_receiver
from opi_pos.runtime.notifying import notify_settings

_REMEDY = "check merchant_id, both passwords, cipher and inquiry_url"


async def notifying(settings: TillSettings) -> list[Finding]:
    """One finding for each table."""
    return [await _visited(name, settings) for name in settings.notify]


async def _visited(name: str, settings: TillSettings) -> Finding:
    given = notify_settings(name, settings.notify[name], _nothing_known)
    receiver = find_receiver(given.kind, f"notify.{name}.kind")(given)
    check = f"notify.{name}"
    try:
        if not isinstance(receiver, Visitable):
            return Finding(check=check, good=True, what="it only tells, and cannot be asked")
        good, what = await receiver.visit()
    finally:
        await receiver.close()
    return Finding(check=check, good=good, what=what, remedy="" if good else _REMEDY)


async def _nothing_known(_: Reference) -> Sequence[Exchange]:
    return ()
