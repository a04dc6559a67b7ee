"""NetPay: the cloud and its token, and whether the terminal's receiver can be reached from outside
this process. Nobody can say whether the terminal is switched on.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

from opi_pos.cli.cashier import ScreenCashier
from opi_pos.cli.doctor.findings import Finding
from opi_pos.cli.doctor.visit import Visit
from opi_pos.cli.opening import open_till
from opi_pos.cli.options import Style, Where
from opi_pos.cli.screen import Screen
from opi_pos.model.errors import LinkError
from opi_pos.runtime.config import PoiSettings
from terminal_bridge.drivers.netpay.connecting import cloud_of

_WITHIN_S: Final = 15.0
_PROBE: Final = """
import sys, urllib.error, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    print(opener.open(sys.stdin.readline().strip(), timeout=10).status)
except urllib.error.HTTPError as error:
    print(error.code)
except Exception as error:
    print(type(error).__name__)
"""
"""Asks with GET, which a receiver refuses by name and a stranger's path does not know: nothing is
taken for a result. The URL comes by standard input, so that no list of processes shows it.
"""


async def application(settings: PoiSettings) -> Finding:
    """A token for the merchant's password."""
    cloud = cloud_of(settings)
    try:
        await cloud.token()
    except LinkError as error:
        remedy = "NetPay issues the application's user and secret, and the merchant's password"
        return Finding(check="application", good=False, what=str(error), remedy=remedy)
    finally:
        await cloud.close()
    what = "NetPay gives a token; whether the terminal is on, only a sale tells"
    return Finding(check="application", good=True, what=what)


async def reached(where: Where, listen: str) -> Finding:
    """The receiver, asked by another process."""
    async with open_till(where, ScreenCashier(Screen(json=True)), Style(listen=listen)) as till:
        url = next(iter((await till.callback_urls()).values()), "")
        if not url:
            what = "another process drives this terminal, and listens for it"
            return Finding(check="listener", good=True, what=what)
        answer = await _from_outside(url)
        place = till.listen_url
    if answer == "405":
        what = f"the receiver at {place} can be reached; `opi-pos callbacks` tells its path"
        return Finding(check="listener", good=True, what=what)
    what = f"the receiver at {place} cannot be reached from another process: {answer}"
    remedy = "open the port in the firewall, and set the receiver on the terminal"
    return Finding(check="listener", good=False, what=what, remedy=remedy)


async def _from_outside(url: str) -> str:
    """The HTTP status, or what kept it from coming."""
    probe = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _PROBE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_WITHIN_S):
            told, _ = await probe.communicate(url.encode() + b"\n")
    except TimeoutError:
        probe.kill()
        await probe.wait()
        return "no answer"
    return told.decode().strip()


VISIT = Visit(application=application, reached=reached)
