"""From a terminal's settings to its driver. Nothing is opened here."""

from __future__ import annotations

from typing import Final

from opi_pos.http.peers import is_loopback
from opi_pos.model.ids import ServiceID
from opi_pos.ports import DeviceChannel, DeviceDoor, DriverSettings
from terminal_bridge.drivers.opi import options
from terminal_bridge.drivers.opi.address import Address, Scheme, parse
from terminal_bridge.drivers.opi.capabilities import capabilities_of
from terminal_bridge.drivers.opi.driver import OpiDriver
from terminal_bridge.drivers.opi.link import ChannelZero
from terminal_bridge.drivers.opi.options import Given
from terminal_bridge.drivers.opi.requests import Writer
from terminal_bridge.links.link import Link

LISTENER: Final = "opi"
_ANY: Final = "0.0.0.0"  # noqa: S104 - connections are taken from the terminal alone


def connect(settings: DriverSettings, door: DeviceDoor) -> OpiDriver:
    """The driver of `opi+tcp` and `sim://opi` URLs.

    `door` is not used: what the terminal asks comes in at its channel, see `device_channel`.
    Raises `ConfigurationError` that names the key.
    """
    given = options.read(settings)
    address = parse(settings.url, given.where + "url")
    asking = _Asking(given)
    if address.scheme is Scheme.SIMULATED:
        from terminal_bridge.drivers.opi.simulated import (  # noqa: PLC0415 - not a till's
            SimulatedLink,
        )

        link: Link = SimulatedLink(
            address.profile,
            address.simulation,
            serve=asking.serve,
            wall=settings.options.get("wall"),
            key=given.where + "url",
        )
    else:
        link = ChannelZero(address.host, address.port, serve=asking.serve)
    return asking.drives(_driver(given, address, link, asking))


def over(link: Link, settings: DriverSettings) -> OpiDriver:
    """A driver over a link of the caller's own; the URL gives the profile alone."""
    given = options.read(settings)
    address = parse(settings.url, given.where + "url")
    asking = _Asking(given)
    return asking.drives(_driver(given, address, link, asking))


class _Asking:
    """What the terminal asks on our own connection goes to the till's door, with the exchange for
    which it asks.
    """

    def __init__(self, given: Given) -> None:
        self._post = given.device_post
        self._driver: OpiDriver | None = None

    def drives(self, driver: OpiDriver) -> OpiDriver:
        """Known only once it is made, as each needs the other."""
        self._driver = driver
        return driver

    def asks_for(self) -> ServiceID | None:
        """See `OpiDriver`."""
        return self._driver.asks_for() if self._driver is not None else None

    async def serve(self, message: bytes) -> bytes:
        """The DeviceResponse; nothing where nobody takes it."""
        service_id = self.asks_for()
        if self._post is None or service_id is None:
            return b""
        return await self._post(message, service_id)


def _driver(given: Given, address: Address, link: Link, asking: _Asking) -> OpiDriver:
    channel = _channel(given, address, asking)
    return OpiDriver(
        link=link,
        writer=Writer(profile=address.profile, options=given.keys, clock=given.clock),
        capabilities=capabilities_of(listens=channel is not None),
        channel=channel,
    )


def _channel(given: Given, address: Address, asking: _Asking) -> DeviceChannel | None:
    if address.scheme is Scheme.SIMULATED or address.listen is None:
        return None
    host = given.keys.listen_host or ("127.0.0.1" if is_loopback(address.host) else _ANY)
    return DeviceChannel(
        listener=LISTENER,
        host=host,
        port=address.listen,
        peers=(address.host, *given.keys.terminal_hosts),
        profile=address.profile.name,
        asks_for=asking.asks_for,
    )
