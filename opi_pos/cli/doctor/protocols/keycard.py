"""Key & Card's REST API: it answers by callbacks, so without a listener of ours it is not asked."""

from __future__ import annotations

import asyncio

from opi_pos.cli.cashier import ScreenCashier
from opi_pos.cli.doctor import reached as general
from opi_pos.cli.doctor.findings import Finding
from opi_pos.cli.doctor.visit import Visit
from opi_pos.cli.opening import open_till
from opi_pos.cli.options import Style, Where
from opi_pos.cli.screen import Screen
from opi_pos.model.news import Verdict
from opi_pos.runtime.config import PoiSettings


async def application(settings: PoiSettings) -> Finding:
    """A command without a way back would be aborted by the server, and kept in its list."""
    del settings
    what = "not asked: it answers by callbacks; add --listen HOST:PORT"
    return Finding(check="application", good=True, what=what)


async def reached(where: Where, listen: str) -> Finding:
    """`DiagnosisSimple`, whose result comes by callback."""
    async with open_till(where, ScreenCashier(Screen(json=True)), Style(listen=listen)) as till:
        url = till.listen_url
        try:
            async with asyncio.timeout(general.HEARD_WITHIN_S):
                answer = await till.diagnose()
        except TimeoutError:
            what = f"nothing came to {url} within {general.HEARD_WITHIN_S:g} s"
            remedy = "set callback_url to where the server reaches this machine, and open the port"
            return Finding(check="listener", good=False, what=what, remedy=remedy)
    if answer.verdict is Verdict.APPROVED:
        return Finding(check="listener", good=True, what=f"it is well, and reached {url}")
    what = f"it answers: {answer.message or answer.verdict.value}"
    remedy = "look at the terminal and at the server's log"
    return Finding(check="listener", good=False, what=what, remedy=remedy)


VISIT = Visit(application=application, reached=reached)
