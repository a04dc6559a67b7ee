"""From a terminal's settings to its driver. Nothing is opened here."""

from __future__ import annotations

from collections.abc import Callable

from opi_pos.model.errors import ConfigurationError
from opi_pos.ports import DeviceDoor, DriverSettings
from terminal_bridge.drivers.zvt import options, profile
from terminal_bridge.drivers.zvt.address import Address, Scheme, parse
from terminal_bridge.drivers.zvt.context import Terminal
from terminal_bridge.drivers.zvt.driver import ZvtDriver
from terminal_bridge.drivers.zvt.session import Session
from terminal_bridge.links.byte_link import ByteLink
from terminal_bridge.links.tcp import TcpLink
from terminal_bridge.zvt import Framing, SerialFraming, TcpFraming


def connect(
    settings: DriverSettings, door: DeviceDoor, *, tap: Callable[[ByteLink], ByteLink] | None = None
) -> ZvtDriver:
    """The driver of `zvt+tcp`, `zvt+serial` and `sim://zvt` URLs.

    `tap` may put something around the link, to see what passes. Raises `ConfigurationError` that
    names the key.
    """
    given = options.read(settings)
    key = given.where + "url"
    address = parse(settings.url, key)
    terminal = _terminal(address, settings, given)
    switch_off = None
    framing: Callable[[], Framing] = TcpFraming
    link: ByteLink
    match address.scheme:
        case Scheme.TCP:
            link = TcpLink(address.host, address.port or terminal.profile.port)
        case Scheme.SERIAL:
            from terminal_bridge.links.serial import SerialLink  # noqa: PLC0415 - not every till's

            link = SerialLink(address.device, baud=address.baud, stop_bits=address.stop_bits)
            framing = SerialFraming
        case Scheme.SIMULATED:
            from terminal_bridge.drivers.zvt.simulated import simulated  # noqa: PLC0415 - as above

            wall = settings.options.get("wall")
            link, framing = simulated(address.simulation, terminal.profile.name, wall, key)
            switch_off = link.switch_off
    seen = link if tap is None else tap(link)
    session = Session(terminal=terminal, link=seen, framing=framing)
    return ZvtDriver(session, settings.poi_id, door, switch_off=switch_off)


def over(link: ByteLink, settings: DriverSettings, door: DeviceDoor | None = None) -> ZvtDriver:
    """A driver over a link of the caller's own; the URL gives profile and framing."""
    given = options.read(settings)
    address = parse(settings.url, given.where + "url")
    terminal = _terminal(address, settings, given)
    framing: Callable[[], Framing] = TcpFraming
    if address.scheme is Scheme.SERIAL:
        framing = SerialFraming
    session = Session(terminal=terminal, link=link, framing=framing)
    return ZvtDriver(session, settings.poi_id, door)


def _terminal(address: Address, settings: DriverSettings, given: options.Given) -> Terminal:
    name = address.profile or profile.DEFAULT
    try:
        known = profile.profile_of(name)
    except KeyError:
        names = ", ".join(profile.names())
        problem = f"unknown profile {name}; known: {names}"
        raise ConfigurationError(given.where + "url", problem) from None
    return Terminal(profile=known, given=given, integration=settings.integration)
