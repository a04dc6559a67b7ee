"""Keys of `[poi.NAME]` that only this driver knows.

| Key | |
|---|---|
| `application_sender` | how the till calls itself; `opi-pos` by default |
| `popid` | the till's number, where a terminal wants one |
| `workstation_id` | by default the till's `sale_id` |
| `language` | of what the terminal says, `de` |
| `printer` | whether the till has one; by default, whether its cashier prints |
| `signature_s` | how long the terminal shall wait for the answer about a signature |
| `listen_host` | the address that channel 1 listens at |
| `terminal_hosts` | who may connect there, beside the terminal's own address |

The runtime adds what no file can hold (`wall`, `device_post`, `can_print`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.ids import ServiceID
from opi_pos.ports import DriverSettings
from terminal_bridge.keys import keys_of, prefix_of

DevicePost = Callable[[bytes, ServiceID], Awaitable[bytes]]
"""Takes a DeviceRequest that came while an exchange runs; gives the DeviceResponse."""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys as they stand in the file."""

    application_sender: str = "opi-pos"
    popid: str | None = None
    workstation_id: str = ""
    language: str = ""
    printer: bool | None = None
    signature_s: int = 180
    listen_host: str = ""
    terminal_hosts: tuple[str, ...] = ()


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration and the runtime say."""

    where: str
    keys: Options
    currency: str
    clock: Callable[[], datetime]
    device_post: DevicePost | None


def read(settings: DriverSettings) -> Given:
    """Check all keys; raises `ConfigurationError` that names one."""
    where = prefix_of(settings)
    keys = keys_of(settings, Options, "an O.P.I. terminal")
    if not 1 <= keys.signature_s <= 3600:
        raise ConfigurationError(where + "signature_s", "must be from 1 to 3600 seconds")
    if keys.printer is None:
        # Slips that nobody prints come out at the terminal instead, or hold up the next payment.
        prints = bool(settings.options.get("can_print", True))
        keys = msgspec.structs.replace(keys, printer=prints)
    return Given(
        where=where,
        keys=keys,
        currency=getattr(settings, "currency", ""),
        clock=_clock(settings.options.get("wall")),
        device_post=settings.options.get("device_post"),
    )


def _clock(wall: Callable[[], float] | None) -> Callable[[], datetime]:
    if wall is None:
        return lambda: datetime.now().astimezone()
    return lambda: datetime.fromtimestamp(wall(), UTC).astimezone()
