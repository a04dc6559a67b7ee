"""The keys of `[poi.NAME]` that belong to this driver. An unknown or wrong one is named.

| Key | |
|---|---|
| `username`, `password_file` or `password_env` | the merchant's; else `OPI_POS_NETPAY_USERNAME`, `OPI_POS_NETPAY_PASSWORD` |
| `app_user`, `app_secret_file` or `app_secret_env` | the application's, issued by NetPay; else `OPI_POS_NETPAY_APP_USER`, `OPI_POS_NETPAY_APP_SECRET` |
| `store_id` | where the URL has no `?store=` |
| `callback_token_file` | the last part of the receiver's path, see docs/callbacks.md |
| `service_path`, `token_path` | where the cloud's paths are others |
| `print_ticket` | false: the terminal prints no ticket |
| `months` | months without interest of every sale: 3, 6, 9, 12 or 18 |
| `keep_signature` | true keeps the signature's picture in the journal: personal data |
| `not_known_codes` | response codes by which your terminals say that they do not know a folio |
| `sale_members` | table of members that a contract adds to every sale |
| `time_zone` | of the store, by which a sale can be cancelled until 20:00 |
| `tls` | table of `ca`, `name`, `pin` |
"""  # noqa: E501 - a table

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

import msgspec

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.secret import Secret
from opi_pos.ports import DriverSettings
from opi_pos.wire.netpay.push import MONTHS
from opi_pos.wire.netpay.token import TOKEN_PATH
from terminal_bridge.drivers.netpay.cloud import Credentials
from terminal_bridge.keys import TlsOptions, keys_of, prefix_of, text_in

VARIABLES: Final = {
    "username": "OPI_POS_NETPAY_USERNAME",
    "password": "OPI_POS_NETPAY_PASSWORD",
    "app_user": "OPI_POS_NETPAY_APP_USER",
    "app_secret": "OPI_POS_NETPAY_APP_SECRET",
}


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys as they stand in the file."""

    username: str = ""
    password_file: str = ""
    password_env: str = ""
    app_user: str = ""
    app_secret_file: str = ""
    app_secret_env: str = ""
    store_id: str = ""
    callback_token_file: str = ""
    service_path: str = "/integration-service"
    token_path: str = TOKEN_PATH
    print_ticket: bool = True
    months: int | None = None
    keep_signature: bool = False
    not_known_codes: tuple[str, ...] = ()
    sale_members: dict[str, Any] = {}
    time_zone: str = "America/Mexico_City"
    tls: TlsOptions | None = None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Options and what the runtime adds. `where` is the prefix of keys in errors."""

    where: str
    keys: Options
    wall: Callable[[], float] | None


def read(settings: DriverSettings) -> Given:
    """Check all keys; raises `ConfigurationError`."""
    where = prefix_of(settings)
    keys = keys_of(settings, Options, "a NetPay terminal")
    if keys.months is not None and keys.months not in MONTHS:
        raise ConfigurationError(where + "months", "must be 3, 6, 9, 12 or 18")
    for path in ("service_path", "token_path"):
        if not getattr(keys, path).startswith("/"):
            raise ConfigurationError(where + path, "must begin with a slash")
    return Given(where=where, keys=keys, wall=settings.options.get("wall"))


def credentials(given: Given) -> Credentials:
    """Who the till is to NetPay. Secrets stand in files and in the environment, never in the
    configuration or on a command line.
    """
    return Credentials(
        username=_plain(given, "username"),
        password=_secret(given, "password"),
        app_user=_plain(given, "app_user"),
        app_secret=_secret(given, "app_secret"),
    )


def _plain(given: Given, name: str) -> str:
    text = str(getattr(given.keys, name) or os.environ.get(VARIABLES[name], "")).strip()
    if not text:
        raise ConfigurationError(given.where + name, f"missing; or set {VARIABLES[name]}")
    return text


def _secret(given: Given, name: str) -> Secret:
    file, variable = getattr(given.keys, f"{name}_file"), getattr(given.keys, f"{name}_env")
    if file and variable:
        raise ConfigurationError(f"{given.where}{name}_env", f"stands beside {name}_file")
    if file:
        return Secret(text_in(file, f"{given.where}{name}_file"))
    text = os.environ.get(variable or VARIABLES[name], "").strip()
    if not text:
        problem = f"missing: {name}_file or {name}_env; or set {VARIABLES[name]}"
        raise ConfigurationError(f"{given.where}{name}_file", problem)
    return Secret(text)


def callback_token(given: Given) -> str:
    """The receiver's own word, or nothing."""
    path = given.keys.callback_token_file
    return text_in(path, given.where + "callback_token_file") if path else ""
