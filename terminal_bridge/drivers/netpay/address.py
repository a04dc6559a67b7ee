"""Terminal URLs of this driver.

netpay+https://suite.netpay.com.mx/gateway/1490293930?store=9194     production
netpay+https://api-154.api-netpay.com/1490293930?store=9194          NetPay's sandbox
netpay+http://127.0.0.1:8080/1490293930?store=9194                   a simulator on this machine
sim://netpay                                                         a simulator in this process
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from opi_pos.http.peers import is_loopback
from opi_pos.model.errors import ConfigurationError

_SCHEMES: Final = {"netpay+https": "https", "netpay+http": "http"}
_SIMULATED: Final = "netpay"
_SIMULATED_SERIAL: Final = "1490293930"
_SIMULATED_STORE: Final = "9194"
_SERIAL: Final = re.compile(r"[0-9A-Za-z-]{4,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the cloud is, and which terminal of which store is meant."""

    base: str
    """Without a slash at its end."""
    serial: str
    store: str = ""
    secure: bool = True
    simulation: dict[str, str] | None = None
    """The parameters of a simulator in this process; None for any other."""


def parse(url: str, key: str) -> Address:
    """Read a URL; raises `ConfigurationError` under `key`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ConfigurationError(key, f"cannot be read: {error}") from None
    words = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme == "sim" and host == _SIMULATED:
        return Address(
            base="https://sim.invalid",
            serial=_SIMULATED_SERIAL,
            store=_SIMULATED_STORE,
            simulation=words,
        )
    if parts.scheme not in _SCHEMES or not host:
        raise ConfigurationError(key, "must be netpay+https://HOST/SERIAL-NUMBER?store=STORE-ID")
    if parts.username is not None or parts.fragment or port == 0 or set(words) - {"store"}:
        raise ConfigurationError(key, "must hold host, port, path, serial number and ?store= only")
    scheme = _SCHEMES[parts.scheme]
    if scheme == "http" and not is_loopback(host):
        raise ConfigurationError(key, "must be netpay+https://: secrets travel there")
    path, _, serial = parts.path.rstrip("/").rpartition("/")
    if not _SERIAL.fullmatch(serial):
        raise ConfigurationError(key, "must end with the terminal's serial number")
    return Address(
        base=_base(scheme, parts, path),
        serial=serial,
        store=words.get("store", ""),
        secure=scheme == "https",
    )


def _base(scheme: str, parts: SplitResult, path: str) -> str:
    return f"{scheme}://{parts.netloc}{path}"
