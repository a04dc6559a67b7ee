"""The configuration: keywords or a TOML file, the same keys (design: section 4).

Every key has a default but `url`; an unknown key is an error that names it.
"""

from __future__ import annotations

import ipaddress
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from opi_pos.model.errors import ConfigurationError, UsageError
from opi_pos.model.ids import POIID, SaleID
from opi_pos.model.keys import read_keys
from opi_pos.model.money import exponent_of
from opi_pos.model.orders import Integration

DEFAULT_SALE_ID = SaleID("POS-1")
DEFAULT_POI_ID = POIID("POI-1")
REFERENCE_WINDOW_S = 24 * 3600.0


class ListenSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[listen]`: where terminals reach the till. An address other than loopback needs `peers`
    (addresses or networks) or `tls`.
    """

    host: str = "127.0.0.1"
    port: int = 11000
    peers: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    """Vendor profiles whose paths are served; by default those of the configured terminals."""
    tokens_file: str = ""
    """A file with one token a line; every request then carries one."""
    tls: dict[str, str] = {}
    """`cert` and `key`: paths of PEM files."""


class PoiSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[poi.NAME]`: one terminal. Keys that are not here belong to its driver (`options`)."""

    name: str
    url: str
    sale_id: SaleID = DEFAULT_SALE_ID
    poi_id: POIID = DEFAULT_POI_ID
    currency: str = ""
    integration: Integration = Integration.LIGHT
    recovery_s: float = 90.0
    recovery_cap_s: float = 300.0
    busy_s: float = 30.0
    link_delay_s: float | None = None
    silence_s: float | None = None
    while_in_doubt: str = "closed"
    address: str = "fixed"
    """`auto` follows the terminal when it announces a new address."""
    logout_on_close: bool = True
    options: Mapping[str, Any] = {}


class TillSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The whole configuration."""

    pois: tuple[PoiSettings, ...]
    journal: str = ""
    """A path; empty means the user's state folder."""
    scope: str = ""
    """By default the journal itself is the scope of references."""
    sale_id: SaleID = DEFAULT_SALE_ID
    reference_window_s: float = REFERENCE_WINDOW_S
    listen: ListenSettings | None = None
    faces: Mapping[str, Mapping[str, Any]] = {}
    """`[face.NAME]`: what is offered to foreign tills. `listener.faces` checks the keys."""
    notify: Mapping[str, Mapping[str, Any]] = {}
    """`[notify.NAME]`: systems that tell of payments; their receiver checks the keys."""


def read_config(path: str | Path) -> TillSettings:
    """Read a TOML file; raises `ConfigurationError` that names the key or the line."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(path), f"cannot be read: {error}") from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(str(path), f"is not TOML: {error}") from None
    return till_settings(table)


_TILL_KEYS = {"journal": str, "scope": str, "sale_id": str, "reference_window_s": float}


def till_settings(table: Mapping[str, Any]) -> TillSettings:
    """From the tables of a TOML file."""
    known = {*_TILL_KEYS, "listen", "poi", "face", "notify"}
    _refuse_unknown(table, known, "")
    plain = {key: _typed(table[key], kind, key) for key, kind in _TILL_KEYS.items() if key in table}
    sale_id = SaleID(str(plain.get("sale_id", DEFAULT_SALE_ID)))
    pois = table.get("poi", {})
    if not isinstance(pois, dict) or not pois:
        raise ConfigurationError("poi", "needs at least one terminal, such as [poi.front]")
    faced = _faced(table, pois)
    return TillSettings(
        pois=tuple(_poi(name, keys, sale_id, name in faced) for name, keys in pois.items()),
        listen=_listen(table["listen"]) if "listen" in table else None,
        faces=_tables(table, "face"),
        notify=_tables(table, "notify"),
        **plain,
    )


def _tables(config: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """`[face.NAME]` and `[notify.NAME]` tables as they stand."""
    tables = config.get(kind, {})
    if not isinstance(tables, dict):
        raise ConfigurationError(kind, f"must be tables, such as [{kind}.NAME]")
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ConfigurationError(f"{kind}.{name}", "must be a table")
    return tables


_ASK_BY_THEMSELVES = ("sim://", "zvt+", "nexo+tcp:")
"""Terminals that ask the till on the way on which they are asked; others need `[listen]`."""


def _faced(config: Mapping[str, Any], pois: Mapping[str, object]) -> set[str]:
    """Terminals behind a face that can tell what they show, which is the foreign till's to see."""
    only = next(iter(pois)) if len(pois) == 1 else None
    behind = {face.get("poi", only) for face in _tables(config, "face").values()}
    tables = {name: table for name, table in pois.items() if isinstance(table, dict)}
    urls = {name: str(table.get("url", "")) for name, table in tables.items()}
    heard = {"nexo+http"} if "listen" in config else set()
    asking = (*_ASK_BY_THEMSELVES, *heard)
    return {name for name, url in urls.items() if name in behind and url.startswith(asking)}


def _poi(name: str, table: object, sale_id: SaleID, faced: bool) -> PoiSettings:
    where = f"poi.{name}."
    if not isinstance(table, dict):
        raise ConfigurationError(where[:-1], "must be a table")
    keys = dict(table)
    if "url" not in keys:
        raise ConfigurationError(where + "url", "missing")
    own = {"name", "options", "sale_id"}
    core = {f: keys.pop(f) for f in PoiSettings.__struct_fields__ if f in keys and f not in own}
    core.setdefault("poi_id", DEFAULT_POI_ID)
    if faced:
        core.setdefault("integration", Integration.FULL.value)
    return poi_settings(name=name, sale_id=sale_id, options=keys, **core)


def poi_settings(**keys: Any) -> PoiSettings:
    """Check and build; `name` prefixes the key that an error names."""
    where = f"poi.{keys['name']}."
    settings = read_keys(keys, PoiSettings, where)
    _check_poi(settings, where)
    return settings


def _check_poi(settings: PoiSettings, where: str) -> None:
    if settings.while_in_doubt not in {"closed", "allow"}:
        raise ConfigurationError(where + "while_in_doubt", 'must be "closed" or "allow"')
    if settings.address not in {"fixed", "auto"}:
        raise ConfigurationError(where + "address", 'must be "fixed" or "auto"')
    if not settings.poi_id:
        raise ConfigurationError(where + "poi_id", "must not be empty")
    for key in ("recovery_s", "recovery_cap_s", "busy_s", "link_delay_s", "silence_s"):
        value = getattr(settings, key)
        if value is not None and not 0 < value <= 86_400:
            raise ConfigurationError(where + key, "must be over 0 and at most 86400 seconds")
    if settings.currency:
        try:
            exponent_of(settings.currency)
        except UsageError as error:
            raise ConfigurationError(where + "currency", str(error)) from None


def _listen(table: object) -> ListenSettings:
    return check_listen(read_keys(table, ListenSettings, "listen."))


def check_listen(settings: ListenSettings) -> ListenSettings:
    """Design section 4: another address than loopback needs peers or TLS."""
    if not 0 <= settings.port < 65_536:
        raise ConfigurationError("listen.port", "must be from 0 to 65535")
    for peer in settings.peers:
        try:
            ipaddress.ip_network(peer, strict=False)
        except ValueError:
            raise ConfigurationError("listen.peers", "must be IP addresses or networks") from None
    return settings


def parse_listen(text: str) -> ListenSettings:
    """`HOST:PORT`, `:PORT` or `[::1]:PORT`."""
    host, separator, port = text.rpartition(":")
    if not separator or not port.isdecimal():
        raise ConfigurationError("listen", "write HOST:PORT, such as 127.0.0.1:11000")
    plain = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    return check_listen(ListenSettings(host=plain, port=int(port)))


def _refuse_unknown(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            names = ", ".join(sorted(known))
            raise ConfigurationError(where + key, f"is not a key; known keys: {names}")


def _typed(value: object, kind: type, key: str) -> Any:
    good = (
        isinstance(value, (int, float)) and not isinstance(value, bool)
        if kind is float
        else (isinstance(value, kind))
    )
    if not good:
        raise ConfigurationError(key, "must be a number" if kind is float else "must be a text")
    return kind(value)
