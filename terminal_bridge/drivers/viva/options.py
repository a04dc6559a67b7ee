"""The keys of `[poi.NAME]` that belong to this driver. An unknown or wrong one is named.

| Key | |
|---|---|
| `client_id` | of the merchant's POS APIs credentials; else from `OPI_POS_VIVA_CLIENT_ID` |
| `client_secret_file` or `client_secret_env` | its secret: a file, or the name of an environment variable; else from `OPI_POS_VIVA_CLIENT_SECRET` |
| `merchant_id`, `api_key_file` or `api_key_env` | of the merchant's account; only for webhooks |
| `callback_token_file` | the last part of the webhooks' path, see docs/callbacks.md |
| `cash_register_id` | who we are to the cloud; by default the SaleID |
| `source_code` | only terminals of this source, where the URL names none |
| `deadline_s` | after how long an order is wished to stop, 120 by default |
| `accounts_url`, `www_url` | other servers than those that belong to the URL's host |
| `tls` | table of `ca`, `name`, `pin` |
"""  # noqa: E501 - a table

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import msgspec

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.secret import Secret
from opi_pos.ports import DriverSettings
from terminal_bridge.drivers.viva.cloud import Credentials
from terminal_bridge.keys import TlsOptions, keys_of, prefix_of, text_in

CLIENT_ID_ENV: Final = "OPI_POS_VIVA_CLIENT_ID"
CLIENT_SECRET_ENV: Final = "OPI_POS_VIVA_CLIENT_SECRET"  # noqa: S105 - a variable's name
LONGEST_S: Final = 600.0


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys as they stand in the file."""

    client_id: str = ""
    client_secret_file: str = ""
    client_secret_env: str = ""
    merchant_id: str = ""
    api_key_file: str = ""
    api_key_env: str = ""
    callback_token_file: str = ""
    cash_register_id: str = ""
    source_code: str = ""
    deadline_s: float = 120.0
    accounts_url: str = ""
    www_url: str = ""
    tls: TlsOptions | None = None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Options and what the runtime adds. `where` is the prefix of keys in errors."""

    where: str
    keys: Options
    wall: Callable[[], float] | None


def read(settings: DriverSettings) -> Given:
    """Check all keys; raises `ConfigurationError`."""
    where = prefix_of(settings)
    keys = keys_of(settings, Options, "a Viva terminal")
    _check(keys, where)
    return Given(where=where, keys=keys, wall=settings.options.get("wall"))


def _check(keys: Options, where: str) -> None:
    if not 0 < keys.deadline_s <= LONGEST_S:
        raise ConfigurationError(where + "deadline_s", f"must be over 0 and at most {LONGEST_S:g}")
    for name in ("accounts_url", "www_url"):
        url = getattr(keys, name)
        if url and (urlsplit(url).scheme != "https" or not urlsplit(url).hostname):
            raise ConfigurationError(where + name, "must be https://…")


def credentials(given: Given) -> Credentials:
    """Who the till is to Viva. Secrets stand in files and in the environment, never in the
    configuration or on a command line.
    """
    keys, where = given.keys, given.where
    client_id = keys.client_id or os.environ.get(CLIENT_ID_ENV, "")
    if not client_id.strip():
        raise ConfigurationError(where + "client_id", f"missing; or set {CLIENT_ID_ENV}")
    secret = _secret(where + "client_secret", keys.client_secret_file, keys.client_secret_env)
    if secret is None:
        secret = _secret(where + "client_secret", "", CLIENT_SECRET_ENV, needed=False)
    if secret is None:
        problem = f"missing: client_secret_file or client_secret_env; or set {CLIENT_SECRET_ENV}"
        raise ConfigurationError(where + "client_secret_file", problem)
    api_key = _secret(where + "api_key", keys.api_key_file, keys.api_key_env)
    return Credentials(
        client_id=client_id.strip(),
        client_secret=secret,
        merchant_id=keys.merchant_id,
        api_key=api_key or Secret(""),
    )


def callback_token(given: Given) -> str:
    """The last part of the webhooks' path; empty: the journal's own."""
    path = given.keys.callback_token_file
    return text_in(path, given.where + "callback_token_file") if path else ""


def _secret(key: str, file: str, env: str, *, needed: bool = True) -> Secret | None:
    """From a file or a variable; None when neither is named."""
    if file and env:
        raise ConfigurationError(f"{key}_file", f"{key}_env is given, too")
    if file:
        return Secret(text_in(file, f"{key}_file"))
    text = os.environ.get(env, "").strip() if env else ""
    if env and needed and not text:
        raise ConfigurationError(f"{key}_env", "names a variable that is empty")
    return Secret(text) if text else None
