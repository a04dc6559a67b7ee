"""The keys of `[poi.NAME]` that belong to this driver. An unknown or wrong one is named.

| Key | |
|---|---|
| `tls` | table of `ca`, `name`, `pin` (design: section 4); also makes `nexo+tcp` TLS |
| `language` | of the operator at login, two letters; `en` by default |
| `software` | table of `provider`, `application`, `version`, `certification` told at login |
| `passphrase_file` or `passphrase_env`, `key_identifier`, `key_version` | NexoCrypto |

The runtime may add what no file can hold: `device_post` (takes a terminal's request, gives status
and body), `callback_url` (where the terminal may post), `wall` (a clock, Unix seconds).
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path

import msgspec

from opi_pos.model.errors import ConfigurationError
from opi_pos.model.secret import Secret
from opi_pos.ports import DriverSettings
from opi_pos.wire import nexo
from opi_pos.wire.nexo.crypto import NexoCrypto, SharedKey
from terminal_bridge.keys import TlsOptions, keys_of, prefix_of

DevicePost = Callable[[bytes], Awaitable[tuple[int, bytes]]]
"""Takes a terminal's own request and gives the HTTP status and body of its answer."""


class SoftwareOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who the till is, for the terminal's records (nexo SaleSoftware)."""

    provider: str = "opi-pos"
    application: str = "opi-pos"
    version: str = ""
    certification: str | None = None

    def to_nexo(self) -> nexo.SaleSoftware:
        """As a login tells it."""
        return nexo.SaleSoftware(
            provider_identification=self.provider,
            application_name=self.application,
            software_version=self.version or version("opi-pos"),
            certification_code=self.certification,
        )


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys as they stand in the file."""

    tls: TlsOptions | None = None
    language: str = "en"
    software: SoftwareOptions = SoftwareOptions()
    passphrase_file: str = ""
    passphrase_env: str = ""
    key_identifier: str = ""
    key_version: int | None = None
    callback_url: str = ""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Options and what the runtime adds. `where` is the prefix of keys in errors."""

    where: str
    keys: Options
    device_post: DevicePost | None
    wall: Callable[[], float] | None


def read(settings: DriverSettings) -> Given:
    """Check all keys; raises `ConfigurationError`."""
    return Given(
        where=prefix_of(settings),
        keys=keys_of(settings, Options, "a nexo terminal"),
        device_post=settings.options.get("device_post"),
        wall=settings.options.get("wall"),
    )


def crypto(given: Given) -> NexoCrypto:
    """The protection that the profile demands; its passphrase stands in a file or variable."""
    keys = given.keys
    passphrase = _passphrase(given)
    if not keys.key_identifier:
        raise ConfigurationError(given.where + "key_identifier", "missing: this profile needs it")
    if keys.key_version is None:
        raise ConfigurationError(given.where + "key_version", "missing: this profile needs it")
    key = SharedKey(identifier=keys.key_identifier, version=keys.key_version, passphrase=passphrase)
    return NexoCrypto(key)


def _passphrase(given: Given) -> Secret:
    keys = given.keys
    if bool(keys.passphrase_file) == bool(keys.passphrase_env):
        raise ConfigurationError(
            given.where + "passphrase_file", "this profile needs it, or passphrase_env"
        )
    if keys.passphrase_env:
        key, text = "passphrase_env", os.environ.get(keys.passphrase_env, "")
    else:
        key, text = "passphrase_file", _text(given.where, keys.passphrase_file)
    if not text.strip():
        raise ConfigurationError(given.where + key, "is empty")
    return Secret(text.strip("\r\n"))


def _text(where: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not text"
        raise ConfigurationError(where + "passphrase_file", f"{path}: {why}") from None
