"""From a terminal's settings to its driver. Nothing is opened here.

| Key of `[poi.NAME]` | |
|---|---|
| `callback_url` | where the server reaches our listener, if not at the address we reach it from |
| `tls` | table of `ca`, `name`, `pin`, for `keycard+https` |
"""

from __future__ import annotations

import socket
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

import msgspec

from opi_pos.http.client import HttpClient
from opi_pos.http.peers import is_loopback
from opi_pos.http.tls import ClientTLS
from opi_pos.model.errors import ConfigurationError, LinkError
from opi_pos.ports import DeviceDoor, DriverSettings, Inbox, InboxDoor
from terminal_bridge.drivers.keycard.calling import Server
from terminal_bridge.drivers.keycard.capabilities import KEYCARD
from terminal_bridge.drivers.keycard.driver import KeycardDriver
from terminal_bridge.keys import TlsOptions, client_tls, keys_of, prefix_of
from terminal_bridge.links.web import HttpWeb

SIMULATED: Final = "sim://"
_SCHEMES: Final = {"keycard+http": "http", "keycard+https": "https"}
_DISCARD: Final = 9


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys as they stand in the file."""

    callback_url: str = ""
    tls: TlsOptions | None = None


def connect(settings: DriverSettings, door: DeviceDoor) -> KeycardDriver:
    """The driver of `keycard+http`, `keycard+https` and `sim://keycard` URLs.

    Raises `ConfigurationError` that names the key; `listen` when nothing could be called back.
    """
    where = prefix_of(settings)
    inbox = door.inbox(settings.poi_id) if isinstance(door, InboxDoor) else None
    if settings.url.startswith(SIMULATED) and inbox is not None:
        from terminal_bridge.drivers.keycard.simulated import simulated  # noqa: PLC0415 - not every till's

        return simulated(settings, inbox, where + "url")
    parts = _parts(settings.url, where + "url")
    options = _options(settings, where)
    if inbox is None or not (inbox.url or options.callback_url):
        raise ConfigurationError("listen", "missing: this system answers by callbacks")
    client = HttpClient(tls=_tls(options, parts, where))
    return KeycardDriver(
        server=Server(HttpWeb(client), urlunsplit(parts)),
        inbox=inbox,
        base_url=lambda: base_url(options.callback_url, inbox, parts),
        capabilities=KEYCARD,
    )


def base_url(configured: str, inbox: Inbox, server: SplitResult) -> str:
    """Where the server reaches our listener. Raises `LinkError` when there is no way to it."""
    if configured:
        return configured.rstrip("/")
    own = urlsplit(inbox.url)
    host = server.hostname or ""
    if not is_loopback(own.hostname or "") or is_loopback(host):
        return inbox.url
    address = _address_towards(host, server.port or _DISCARD)
    place = f"[{address}]" if ":" in address else address
    return urlunsplit(own._replace(netloc=f"{place}:{own.port}"))


def _address_towards(host: str, port: int) -> str:
    """Our own address on the way to a host; nothing is sent."""
    try:
        family, kind, *_, target = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(target)
            return str(probe.getsockname()[0])
    except OSError as error:
        problem = f"{host}: {error.strerror or 'cannot be resolved'}"
        raise LinkError(problem, written=False) from None


def _parts(url: str, key: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known, host, port = parts.scheme in _SCHEMES, parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(key, f"cannot be read: {error}") from None
    if not known or not host:
        raise ConfigurationError(key, "must be keycard+http://host:port/path")
    if parts.username is not None or parts.query or parts.fragment or port == 0:
        raise ConfigurationError(key, "must not hold more than host, port and path")
    return parts._replace(scheme=_SCHEMES[parts.scheme], path=parts.path or "/")


def _options(settings: DriverSettings, where: str) -> Options:
    options = keys_of(settings, Options, "a Key & Card server")
    if options.callback_url and urlsplit(options.callback_url).scheme not in {"http", "https"}:
        raise ConfigurationError(where + "callback_url", "must be http://… or https://…")
    return options


def _tls(options: Options, parts: SplitResult, where: str) -> ClientTLS | None:
    tls = options.tls
    if parts.scheme == "http":
        if tls is not None:
            raise ConfigurationError(where + "tls", "needs a URL that begins with keycard+https")
        return None
    return client_tls(tls)
