"""nexo Retailer: its profiles name the usual port."""

from __future__ import annotations

from opi_pos.cli.doctor.findings import Finding
from opi_pos.cli.doctor.network import Place, way_to
from opi_pos.cli.doctor.visit import Visit
from opi_pos.http.listen import DEFAULT_PORT
from opi_pos.model.errors import ConfigurationError
from opi_pos.wire.nexo.profile import profile
from terminal_bridge.drivers.nexo.address import Address, parse


async def reach(url: str) -> list[Finding]:
    """Name, port, TLS."""
    address = parse(url, "--terminal")
    transport = address.scheme.value.rpartition("+")[2]
    place = Place(address.host, address.port or _usual_port(address), transport)
    return await way_to(place, "nexo")


def _usual_port(address: Address) -> int:
    if not address.profile:
        return DEFAULT_PORT
    try:
        return profile(address.profile).default_port
    except KeyError:
        raise ConfigurationError("--terminal", f"no profile {address.profile!r}") from None


VISIT = Visit(reach=reach)
