"""From a terminal's settings to its driver. Nothing is opened here."""

from __future__ import annotations

from datetime import UTC, datetime

from opi_pos.http.client import HttpClient
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.secret import Secret
from opi_pos.ports import DeviceDoor, DriverSettings, Inbox, InboxDoor
from terminal_bridge.drivers.netpay import options
from terminal_bridge.drivers.netpay.address import Address, parse
from terminal_bridge.drivers.netpay.asking import Terminal
from terminal_bridge.drivers.netpay.capabilities import NETPAY
from terminal_bridge.drivers.netpay.cloud import Cloud, Credentials, Paths
from terminal_bridge.drivers.netpay.cutoff import zone_of
from terminal_bridge.drivers.netpay.driver import NetpayDriver, Store
from terminal_bridge.drivers.netpay.options import Given
from terminal_bridge.drivers.netpay.orders import Orders
from terminal_bridge.keys import client_tls
from terminal_bridge.links.web import HttpWeb, Web


def connect(settings: DriverSettings, door: DeviceDoor) -> NetpayDriver:
    """The driver of `netpay+https` and `sim://netpay` URLs.

    Raises `ConfigurationError` that names the key; `listen` when nothing could be called back.
    """
    given = options.read(settings)
    address = parse(settings.url, given.where + "url")
    inbox = door.inbox(settings.poi_id) if isinstance(door, InboxDoor) else None
    if address.simulation is not None and inbox is not None:
        from terminal_bridge.drivers.netpay.simulated import simulated  # noqa: PLC0415 - not every till's

        web = simulated(address, inbox, given.wall, given.where + "url")
        known = Credentials(
            username="simulated",
            password=Secret("simulated"),
            app_user="simulated",
            app_secret=Secret("simulated"),
        )
        return over(web, address, inbox, known, given)
    # A program that mounts the listener itself says by a token of its own that it does.
    if inbox is None or not (inbox.url or given.keys.callback_token_file):
        raise ConfigurationError("listen", "missing: NetPay's terminals answer by callback")
    return over(HttpWeb(_client(given, address)), address, inbox, options.credentials(given), given)


def cloud_of(settings: DriverSettings) -> Cloud:
    """The merchant's access to the cloud alone, for a look at it."""
    given = options.read(settings)
    address = parse(settings.url, given.where + "url")
    client = HttpWeb(_client(given, address))
    return Cloud(client, _paths(address, given), options.credentials(given))


def over(
    web: Web, address: Address, inbox: Inbox, known: Credentials, given: Given
) -> NetpayDriver:
    """A driver over a way of the caller's own."""
    keys, where = given.keys, given.where
    store = address.store or keys.store_id
    if not store:
        raise ConfigurationError(where + "store_id", "missing, and the URL has no ?store=")
    codes = frozenset(keys.not_known_codes)
    terminal = Terminal(serial=address.serial, store=store, not_known_codes=codes)
    zone = zone_of(keys.time_zone, where + "time_zone")
    orders = Orders(terminal, keys, zone, given.wall or _wall)
    driver = NetpayDriver(
        cloud=Cloud(web, _paths(address, given), known),
        inbox=inbox,
        terminal=terminal,
        store=Store(
            make=orders.request,
            keep_signature=keys.keep_signature,
            till_prints=not keys.print_ticket,
        ),
        capabilities=NETPAY,
    )
    _receive(driver, inbox, given)
    return driver


def _paths(address: Address, given: Given) -> Paths:
    service = given.keys.service_path.rstrip("/")
    return Paths(base=address.base, service=service, token=given.keys.token_path)


def _receive(driver: NetpayDriver, inbox: Inbox, given: Given) -> None:
    token = options.callback_token(given)
    try:
        inbox.receive(driver.read, token=token)
    except ConfigurationError as error:
        raise ConfigurationError(given.where + "callback_token_file", error.problem) from None


def _client(given: Given, address: Address) -> HttpClient:
    tls = given.keys.tls
    if not address.secure:
        if tls is not None:
            raise ConfigurationError(
                given.where + "tls", "needs a URL that begins with netpay+https"
            )
        return HttpClient()
    return HttpClient(tls=client_tls(tls))


def _wall() -> float:
    return datetime.now(UTC).timestamp()
