"""Can it reach us: log in with full integration and wait for the terminal's first own message."""

from __future__ import annotations

import asyncio
from typing import Final

from opi_pos.cli.cashier import ScreenCashier
from opi_pos.cli.doctor.findings import Finding
from opi_pos.cli.opening import open_till
from opi_pos.cli.options import Style, Where
from opi_pos.cli.screen import Screen
from opi_pos.model.devices import Display, Event
from opi_pos.model.news import Verdict

HEARD_WITHIN_S: Final = 15.0


class _Hearing(ScreenCashier):
    """Notes that the terminal spoke."""

    def __init__(self) -> None:
        super().__init__(Screen(json=True))
        self.heard = asyncio.Event()

    async def display(self, poi: str, display: Display) -> None:
        """It has reached us."""
        self.heard.set()

    async def event(self, poi: str, event: Event) -> None:
        """It has reached us, unless the alarm is our own."""
        if not event.name.startswith("alarm."):
            self.heard.set()


async def reached(where: Where, listen: str) -> Finding:
    """The terminal's own message within the deadline."""
    hearing = _Hearing()
    async with open_till(where, hearing, Style(listen=listen)) as till:
        url = till.listen_url
        answer = await till.login(reset=True)
        if answer.verdict is not Verdict.APPROVED:
            words = " ".join(word for word in (answer.condition, answer.message) if word)
            what = f"its login failed, so it has no reason to call: {words}"
            remedy = "wait until it is free, then try again"
            return Finding(check="listener", good=False, what=what, remedy=remedy)
        try:
            async with asyncio.timeout(HEARD_WITHIN_S):
                await hearing.heard.wait()
        except TimeoutError:
            what = f"nothing came to {url} within {HEARD_WITHIN_S:g} s of the login"
            remedy = (
                "enter this machine's address and port as the till's in the terminal's menu, and"
                " open the port in the firewall"
            )
            return Finding(check="listener", good=False, what=what, remedy=remedy)
    return Finding(check="listener", good=True, what=f"the terminal reached {url}")
