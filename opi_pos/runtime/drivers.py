"""Find drivers and listeners by name, through entry points."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, Protocol, cast

from opi_pos.model.errors import ConfigurationError
from opi_pos.ports import DeviceDoor, Driver, DriverSettings, Receiver, ReceiverSettings

DRIVERS = "opi_pos.drivers"
LISTENERS = "opi_pos.listeners"
RECEIVERS = "opi_pos.receivers"


class Connect(Protocol):
    """What the entry point of a driver names. Nothing is opened before the first command."""

    def __call__(self, settings: DriverSettings, door: DeviceDoor) -> Driver: ...


class MakeReceiver(Protocol):
    """What the entry point of a receiver names. Nothing is opened before the first callback."""

    def __call__(self, settings: ReceiverSettings) -> Receiver: ...


def driver_name(url: str, key: str) -> str:
    """`nexo` of `nexo+http://…` and of `sim://nexo`."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise ConfigurationError(key, "must be a URL such as nexo+http://192.0.2.15:11000")
    if scheme == "sim":
        return rest.partition("?")[0].partition("/")[0]
    return scheme.partition("+")[0]


def find_driver(url: str, key: str = "url") -> Connect:
    """The factory for a terminal's URL; `key` is named in the error."""
    return cast("Connect", _find(DRIVERS, driver_name(url, key), key))


def find_listener(name: str = "http") -> Callable[..., Any]:
    """The factory of a listener."""
    return cast("Callable[..., Any]", _find(LISTENERS, name, "listen"))


def find_receiver(kind: str, key: str) -> MakeReceiver:
    """The factory of a receiver of notifications; `key` is named in the error."""
    return cast("MakeReceiver", _find(RECEIVERS, kind, key))


def _find(group: str, name: str, key: str) -> object:
    found = entry_points(group=group, name=name)
    if not found:
        known = ", ".join(sorted({entry.name for entry in entry_points(group=group)})) or "none"
        what = group.rpartition(".")[2].removesuffix("s")
        raise ConfigurationError(key, f"no {what} named {name!r} is installed; there are: {known}")
    return next(iter(found)).load()
