"""The keys of `[notify.NAME]`.

| Key | |
|---|---|
| `merchant_id` | the shop's id at Computop (MID) |
| `mac_password_file` or `mac_password_env` | the HMAC password |
| `encryption_password_file` or `encryption_password_env` | for Len and Data, and for inquiries |
| `cipher` | `blowfish` (default) or `aes`, of what we write |
| `mac` | the formula of a notification's MAC; the general one by default [inferred] |
| `inquire` | whether Paygate is asked about payments in doubt; by default when it can be |
| `inquiry_url` | where |
| `ca` | a PEM file, when Paygate's certificate is checked against another CA |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from opi_pos.http.peers import is_loopback
from opi_pos.http.tls import ClientTLS
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.keys import read_keys
from opi_pos.model.secret import read_secret
from opi_pos.wire import computop
from opi_pos.wire.computop.mac import check_formula

INQUIRY_URL: Final = "https://www.computop-paygate.com/inquire.aspx"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As they stand in the file."""

    merchant_id: str = ""
    mac_password_file: str = ""
    mac_password_env: str = ""
    encryption_password_file: str = ""
    encryption_password_env: str = ""
    cipher: computop.Cipher = computop.Cipher.BLOWFISH
    mac: str = computop.NOTIFICATION_MAC
    inquire: bool | None = None
    inquiry_url: str = INQUIRY_URL
    ca: str | None = None


def read_settings(table: Mapping[str, Any], where: str) -> tuple[Settings, computop.Keys]:
    """Check all keys. Raises `ConfigurationError` that names the key below `where`."""
    settings = read_keys(table, Settings, where)
    if not settings.merchant_id:
        raise ConfigurationError(where + "merchant_id", "missing")
    check_formula(settings.mac, where + "mac")
    mac = read_secret(table, "mac_password", where)
    if mac is None:
        raise ConfigurationError(where + "mac_password_file", "missing")
    encryption = read_secret(table, "encryption_password", where)
    keys = computop.Keys(mac=mac, encryption=encryption, cipher=settings.cipher)
    keys.check(where + "encryption_password_file")
    if settings.inquire and encryption is None:
        raise ConfigurationError(where + "encryption_password_file", "missing: inquiries need it")
    _check_url(settings, where)
    return settings, keys


def tls_of(settings: Settings) -> ClientTLS | None:
    """How Paygate's certificate is checked."""
    return ClientTLS(ca=settings.ca) if settings.ca else None


def _check_url(settings: Settings, where: str) -> None:
    try:
        parts = urlsplit(settings.inquiry_url)
        host = parts.hostname or ""
        good = bool(host) and (parts.scheme == "https" or _is_test(parts.scheme, host))
    except ValueError:
        good = False
    if not good:
        raise ConfigurationError(where + "inquiry_url", "must be https://host/path")


def _is_test(scheme: str, host: str) -> bool:
    """An answer bears no MAC: only TLS tells that it is Paygate's."""
    return scheme == "http" and is_loopback(host)
