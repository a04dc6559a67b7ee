"""From a terminal's settings to its driver. Nothing is opened here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from opi_pos.model.errors import ConfigurationError
from opi_pos.ports import DeviceDoor, DriverSettings
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo import options
from terminal_bridge.drivers.nexo.address import Address, Scheme, parse
from terminal_bridge.drivers.nexo.dialect import DEFAULT_PROFILE, Dialect, capabilities_of
from terminal_bridge.drivers.nexo.driver import NexoDriver
from terminal_bridge.drivers.nexo.envelopes import sort
from terminal_bridge.drivers.nexo.options import DevicePost, Given
from terminal_bridge.drivers.nexo.requests import Till
from terminal_bridge.links.link import Link, Receive, Reply

FRAMED_PROFILE: Final = "framed-xml"
"""What `nexo+tcp` speaks when its URL names no profile."""


def connect(settings: DriverSettings, door: DeviceDoor) -> NexoDriver:
    """The driver of `nexo+http`, `nexo+https`, `nexo+tcp` and `sim://nexo` URLs.

    `door` is not used: a terminal's own requests come in through the listener, and on one socket
    through `device_post` (see `options`). Raises `ConfigurationError` that names the key.
    """
    given = options.read(settings)
    key = given.where + "url"
    address = parse(settings.url, key)
    profile = _profile(address, key)
    dialect = _dialect(address, profile, given)
    link = _link(address, dialect, given)
    return _driver(settings, given, dialect, link)


def over(link: Link, settings: DriverSettings) -> NexoDriver:
    """A driver over a link of the caller's own; the URL gives the profile alone."""
    given = options.read(settings)
    key = given.where + "url"
    address = parse(settings.url, key)
    return _driver(settings, given, Dialect(profile=_profile(address, key)), link)


def _driver(settings: DriverSettings, given: Given, dialect: Dialect, link: Link) -> NexoDriver:
    one_socket = settings.url.startswith(f"{Scheme.TCP}:")
    return NexoDriver(
        link=link,
        dialect=dialect,
        capabilities=capabilities_of(dialect.profile, settings.integration, one_socket=one_socket),
        till=Till(
            software=given.keys.software.to_nexo(),
            profile=dialect.profile,
            language=given.keys.language,
        ),
        now=_clock(given.wall),
    )


def _clock(wall: Callable[[], float] | None) -> Callable[[], datetime]:
    """The time with the offset of this place."""
    if wall is None:
        return lambda: datetime.now().astimezone()
    return lambda: datetime.fromtimestamp(wall(), UTC).astimezone()


def _profile(address: Address, key: str) -> nexo.Profile:
    name = address.profile
    if not name:
        name = FRAMED_PROFILE if address.scheme is Scheme.TCP else DEFAULT_PROFILE
    try:
        return nexo.profile(name)
    except KeyError:
        known = ", ".join(nexo.profile_names())
        raise ConfigurationError(key, f"unknown profile {name}; known: {known}") from None


def _dialect(address: Address, profile: nexo.Profile, given: Given) -> Dialect:
    if profile.crypto is None or address.scheme is Scheme.SIMULATED:
        return Dialect(profile=profile)
    if address.scheme is Scheme.TCP:
        key = given.where + "url"
        raise ConfigurationError(key, f"profile {profile.name} needs nexo+https, not nexo+tcp")
    return Dialect(profile=profile, crypto=options.crypto(given))


def _link(address: Address, dialect: Dialect, given: Given) -> Link:
    match address.scheme:
        case Scheme.HTTP | Scheme.HTTPS:
            return _http_link(address, dialect, given)
        case Scheme.TCP:
            return _framed_link(address, dialect, given)
        case Scheme.SIMULATED:
            return _simulated_link(address, dialect, given)


def _http_link(address: Address, dialect: Dialect, given: Given) -> Link:
    from opi_pos.http.tls import ClientTLS  # noqa: PLC0415 - heavy, and not every terminal's
    from terminal_bridge.links.http import HttpLink  # noqa: PLC0415

    profile, tls = dialect.profile, given.keys.tls
    if tls is not None and address.scheme is Scheme.HTTP:
        raise ConfigurationError(given.where + "tls", "needs a URL that begins with nexo+https")
    checked = None
    if address.scheme is Scheme.HTTPS:
        checked = ClientTLS(ca=tls.ca, name=tls.name, pin=tls.pin) if tls else ClientTLS()
    with _prefixed(given.where):
        return HttpLink(
            address.http_url(profile.default_port, profile.path),
            headers=dialect.headers(given.keys.callback_url),
            tls=checked,
        )


def _framed_link(address: Address, dialect: Dialect, given: Given) -> Link:
    from opi_pos.http.tls import ClientTLS  # noqa: PLC0415 - heavy, and not every terminal's
    from terminal_bridge.links.framed_tcp import FramedTcpLink  # noqa: PLC0415

    tls = given.keys.tls
    with _prefixed(given.where):
        checked = ClientTLS(ca=tls.ca, name=tls.name, pin=tls.pin).context() if tls else None
    return FramedTcpLink(
        address.host,
        address.port or dialect.profile.default_port,
        sort=sort,
        receive=_receive(given.device_post),
        tls=checked,
    )


def _simulated_link(address: Address, dialect: Dialect, given: Given) -> Link:
    from terminal_bridge.drivers.nexo.simulated import SimulatedLink  # noqa: PLC0415 - not a till's

    return SimulatedLink(
        dialect.profile,
        address.simulation,
        post=_receive(given.device_post),
        wall=given.wall,
        key=given.where + "url",
    )


def _receive(device_post: DevicePost | None) -> Receive | None:
    """A terminal's own request, handed to the till's door."""
    if device_post is None:
        return None

    async def receive(data: bytes) -> Reply:
        status, body = await device_post(data)
        return Reply(status=status, body=body)

    return receive


@contextmanager
def _prefixed(where: str) -> Iterator[None]:
    """`tls.ca` is `poi.front.tls.ca` for who reads the error."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(where + error.key, error.problem) from None
