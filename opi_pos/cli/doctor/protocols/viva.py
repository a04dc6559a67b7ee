"""Viva's cloud: its servers, whether it accepts us, whether it knows the terminal, and whether its
webhooks would find us. Nobody can say whether the terminal is switched on.
"""

from __future__ import annotations

from typing import Final

from opi_pos.cli.cashier import ScreenCashier
from opi_pos.cli.doctor.application import ask
from opi_pos.cli.doctor.findings import Finding
from opi_pos.cli.doctor.network import place_of, way_to
from opi_pos.cli.doctor.visit import Visit
from opi_pos.cli.opening import open_till
from opi_pos.cli.options import Style, Where
from opi_pos.cli.screen import Screen
from opi_pos.http.client import HttpClient
from opi_pos.model.errors import LinkError, ProtocolError
from opi_pos.model.news import Answer, Verdict
from opi_pos.runtime.config import PoiSettings
from opi_pos.wire.viva import Role, read_webhook_key
from terminal_bridge.drivers.viva.address import parse

_WITHIN_S: Final = 10.0


async def reach(url: str) -> list[Finding]:
    """The way to the servers that a payment needs; ends with the first step that fails."""
    servers = parse(url, "--terminal").servers
    findings: list[Finding] = []
    for server in dict.fromkeys((servers[Role.ACCOUNTS], servers[Role.API])):
        findings += await way_to(place_of(f"viva+{server}"), "viva")
        if not findings[-1].good:
            break
    return findings


async def application(settings: PoiSettings) -> Finding:
    """A token, and the terminal among the merchant's."""
    return await ask(settings, answered=_answered, remedy_for=_remedy_for)


def _answered(answer: Answer) -> Finding:
    known = answer.verdict is Verdict.APPROVED
    remedy = "" if known else "name a live terminal in the URL: viva+https://HOST/TERMINAL-ID"
    return Finding(check="application", good=known, what=answer.message, remedy=remedy)


def _remedy_for(problem: str) -> str:
    if "does not accept" in problem:
        return (
            "use the POS APIs credentials of this very environment: demo has others than production"
        )
    if "certificate" in problem:
        return "something stands in between: configure its CA with tls = { ca = … }"
    return "look at Viva's status page, and at this machine's way to the internet"


async def reached(where: Where, listen: str) -> Finding:
    """The handshake that Viva makes with a receiver of webhooks, made by ourselves."""
    async with open_till(where, ScreenCashier(Screen(json=True)), Style(listen=listen)) as till:
        urls = await till.callback_urls()
        url = next(iter(urls.values()), "")
        async with HttpClient() as client:
            try:
                reply = await client.ask("GET", url, timeout_s=_WITHIN_S)
                if reply.status == 200:
                    read_webhook_key(reply.body)
                    what = "the webhooks' path shows the merchant's key; register it with Viva"
                    return Finding(check="listener", good=True, what=what)
                problem = f"the webhooks' path answers HTTP {reply.status}"
            except (LinkError, ProtocolError) as error:
                problem = str(error)
    remedy = "webhooks are optional; they need merchant_id and api_key_file in the --config file"
    return Finding(check="listener", good=False, what=problem, remedy=remedy)


VISIT = Visit(reach=reach, application=application, reached=reached)
