"""From a terminal's settings to its driver. Nothing is opened here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from opi_pos.http.client import HttpClient
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.secret import Secret
from opi_pos.ports import DeviceDoor, DriverSettings, InboxDoor
from opi_pos.wire.viva import MAX_LIST_BYTES, Role
from terminal_bridge.drivers.viva import options
from terminal_bridge.drivers.viva.address import Address, parse
from terminal_bridge.drivers.viva.capabilities import VIVA
from terminal_bridge.drivers.viva.cloud import Cloud, Credentials
from terminal_bridge.drivers.viva.devices import Terminal
from terminal_bridge.drivers.viva.driver import Till, VivaDriver
from terminal_bridge.drivers.viva.options import Given
from terminal_bridge.drivers.viva.pace import DEFAULT, Pace
from terminal_bridge.drivers.viva.wakeups import METHODS, Wakeups
from terminal_bridge.keys import client_tls
from terminal_bridge.links.web import HttpWeb, Web


def connect(settings: DriverSettings, door: DeviceDoor) -> VivaDriver:
    """The driver of `viva+https` and `sim://viva` URLs.

    Raises `ConfigurationError` that names the key.
    """
    given = options.read(settings)
    address = parse(settings.url, given.where + "url")
    if address.simulation is not None:
        from terminal_bridge.drivers.viva.simulated import simulated  # noqa: PLC0415 - not every till's

        web = simulated(address.simulation, given.wall, given.where + "url")
        known = Credentials(client_id="simulated", client_secret=Secret("simulated"))
        return over(web, address, known, given)
    known = options.credentials(given)
    token = options.callback_token(given)
    driver = over(HttpWeb(_client(given, address)), address, known, given)
    inbox = door.inbox(settings.poi_id) if isinstance(door, InboxDoor) else None
    if inbox is not None:
        try:
            inbox.receive(driver.wakeups.read, token=token, methods=METHODS)
        except ConfigurationError as error:
            raise ConfigurationError(given.where + "callback_token_file", error.problem) from None
    return driver


def over(
    web: Web, address: Address, known: Credentials, given: Given, pace: Pace | None = None
) -> VivaDriver:
    """A driver over a way of the caller's own."""
    keys = given.keys
    others = {Role.ACCOUNTS: keys.accounts_url, Role.WWW: keys.www_url}
    servers = {**address.servers, **{role: url.rstrip("/") for role, url in others.items() if url}}
    own_pace = pace or replace(DEFAULT, deadline_s=keys.deadline_s)
    cloud = Cloud(web, servers, known)
    has_key = bool(known.merchant_id and known.api_key.reveal())
    return VivaDriver(
        cloud=cloud,
        wakeups=Wakeups(cloud, has_key=has_key),
        terminal=Terminal(address.terminal_id, keys.source_code),
        till=Till(
            register=keys.cash_register_id,
            pace=own_pace,
            wall=given.wall or _wall,
        ),
        capabilities=msgspec.structs.replace(
            VIVA, silence_s=own_pace.given_up_s + 30.0, running_s=own_pace.given_up_s + 30.0
        ),
    )


def _client(given: Given, address: Address) -> HttpClient:
    if given.keys.tls is not None and not address.secure:
        problem = "needs a URL that begins with viva+https"
        raise ConfigurationError(given.where + "tls", problem)
    return HttpClient(tls=client_tls(given.keys.tls), response_limit=MAX_LIST_BYTES)


def _wall() -> float:
    return datetime.now(UTC).timestamp()
