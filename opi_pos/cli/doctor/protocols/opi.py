"""O.P.I.: its profiles name the usual port, and two ports are easily mixed up."""

from __future__ import annotations

from opi_pos.cli.doctor.application import ask
from opi_pos.cli.doctor.findings import Finding
from opi_pos.cli.doctor.network import place_of, way_to
from opi_pos.cli.doctor.visit import Visit
from opi_pos.cli.opening import settings_of
from opi_pos.cli.options import Where
from opi_pos.runtime.config import PoiSettings
from terminal_bridge.drivers.opi.address import parse


async def reach(url: str) -> list[Finding]:
    """Name and port of channel 0."""
    return await way_to(place_of(url, parse(url, "--terminal").port), "opi")


async def application(settings: PoiSettings) -> Finding:
    """A diagnosis. Most terminals want a login first, which is an answer too."""
    return await ask(settings, remedy_for=_remedy_for)


def _remedy_for(problem: str) -> str:
    if "cannot be read" in problem or "no response" in problem or "too long" in problem:
        return "something else listens on that port, or Oracle's OPI, which is another protocol"
    if "hung up" in problem:
        return (
            "is it the terminal's own port (channel 0)? Channel 1 is the till's: ?listen=PORT;"
            " and some terminals serve one till at a time"
        )
    return "look at its screen; it may be switched to another cash register protocol"


async def reached(where: Where, listen: str) -> Finding:
    """Nothing is asked on channel 1 before a payment, so no login shows whether it is reached; and
    its port is the URL's, not that of `--listen`.
    """
    del listen
    port = parse(settings_of(where).pois[0].url, "--terminal").listen
    if port is None:
        what = "not needed: the terminal asks on the till's own connection"
    else:
        what = (
            f"not seen: a terminal asks on channel 1 only during a payment; this machine's address"
            f" and port {port} must stand in its menu, and the firewall must let it in"
        )
    return Finding(check="listener", good=True, what=what)


VISIT = Visit(reach=reach, application=application, reached=reached)
