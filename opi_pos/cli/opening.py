"""From options to a till: the configuration, the journal, and whether we listen ourselves."""

from __future__ import annotations

import secrets
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from opi_pos.cli.cashier import ScreenCashier
from opi_pos.cli.options import Style, Where
from opi_pos.journal.lock import FileOwnership
from opi_pos.journal.sqlite import SqliteJournal
from opi_pos.model.errors import ConfigurationError, UsageError
from opi_pos.model.ids import POIID, SaleID
from opi_pos.model.orders import Integration
from opi_pos.runtime.config import (
    DEFAULT_POI_ID,
    DEFAULT_SALE_ID,
    ListenSettings,
    PoiSettings,
    TillSettings,
    check_listen,
    parse_listen,
    poi_settings,
    read_config,
)
from opi_pos.runtime.places import default_journal
from opi_pos.runtime.sale_system import SaleSystem


def is_given(where: Where) -> bool:
    """Whether the options name a terminal at all."""
    return where.terminal is not None or where.config is not None


def settings_of(where: Where, style: Style | None = None) -> TillSettings:
    """The configuration that the options make, with just the terminal that is meant."""
    style = style or Style()
    if style.light and style.listen:
        raise UsageError("--light and --listen exclude each other: light means that nobody listens")
    settings = _from_file(where) if where.config is not None else _from_url(where)
    poi = _changed(settings.pois[0], where)
    listen = settings.listen
    if style.light:
        poi = msgspec.structs.replace(poi, integration=Integration.LIGHT)
        listen = None
    elif style.listen is not None:
        poi = msgspec.structs.replace(poi, integration=Integration.FULL)
        listen = _guarded(parse_listen(style.listen), poi.url)
    return msgspec.structs.replace(
        settings,
        pois=(poi,),
        listen=listen,
        journal=str(where.journal or settings.journal or default_journal()),
        scope=settings.scope if where.scope is None else where.scope,
        sale_id=poi.sale_id,
    )


def _from_file(where: Where) -> TillSettings:
    if where.terminal is not None:
        raise UsageError("--terminal and --config exclude each other: give one of them")
    settings = read_config(where.config or "")
    pois = {poi.name: poi for poi in settings.pois}
    if where.poi is None and len(pois) > 1:
        raise UsageError(f"--poi: name one of the terminals: {', '.join(pois)}")
    name = where.poi or next(iter(pois))
    if name not in pois:
        raise UsageError(f"--poi {name}: not in the file; it has: {', '.join(pois)}")
    return msgspec.structs.replace(settings, pois=(pois[name],))


def _from_url(where: Where) -> TillSettings:
    if where.terminal is None:
        raise UsageError("name a terminal: --terminal URL, or --config FILE --poi NAME")
    if where.poi is not None:
        raise UsageError("--poi names a terminal of a --config file; with --terminal use --poi-id")
    sale_id = SaleID(where.sale_id or DEFAULT_SALE_ID)
    poi_id = POIID(where.poi_id or DEFAULT_POI_ID)
    poi = poi_settings(name="terminal", url=where.terminal, sale_id=sale_id, poi_id=poi_id)
    return TillSettings(pois=(poi,), sale_id=sale_id)


def _changed(poi: PoiSettings, where: Where) -> PoiSettings:
    """What the command line says goes before the file."""
    words = {
        "currency": where.currency,
        "poi_id": where.poi_id,
        "sale_id": where.sale_id,
        "recovery_s": where.recovery_s,
    }
    given = {name: value for name, value in words.items() if value is not None}
    kept = {name: getattr(poi, name) for name in PoiSettings.__struct_fields__}
    return poi_settings(**{**kept, **given})


def _guarded(listen: ListenSettings, terminal: str) -> ListenSettings:
    """Beyond loopback, only the terminal itself may come in."""
    if listen.host in {"127.0.0.1", "::1", "localhost"}:
        return listen
    if terminal.startswith("netpay"):
        problem = "the terminal calls from an address of its own: use --config with [listen] peers"
        raise ConfigurationError("--listen", problem)
    host = urlsplit(terminal).hostname
    if host is None:
        raise ConfigurationError("--listen", "a terminal without an address cannot be let in")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigurationError("--terminal", f"{host}: {error.strerror}") from None
    peers = tuple(dict.fromkeys(str(address[0]) for *_, address in found))
    return check_listen(msgspec.structs.replace(listen, peers=peers))


def open_till(
    where: Where,
    cashier: ScreenCashier | None = None,
    style: Style | None = None,
    *,
    stay: bool = False,
) -> SaleSystem:
    """The till, not yet opened; `stay` leaves the session open at the end. Where another process
    drives the terminal it has its listener too, so we do not take the port ourselves.
    """
    settings = settings_of(where, style)
    if stay:
        pois = (msgspec.structs.replace(settings.pois[0], logout_on_close=False),)
        settings = msgspec.structs.replace(settings, pois=pois)
    asked_to_listen = style is not None and style.listen is not None
    if settings.listen is not None and not asked_to_listen and owner_of(settings):
        settings = msgspec.structs.replace(settings, listen=None)
    return SaleSystem.open(config=settings, cashier=cashier)


def owner_of(settings: TillSettings) -> str:
    """Who drives the terminal, for a person to read; empty when nobody does."""
    return FileOwnership(Path(settings.journal)).owner(settings.pois[0].poi_id)


class Books(NamedTuple):
    """A journal and whose references are meant."""

    path: Path
    scope: str


def books_of(where: Where) -> Books:
    """The journal that the options mean, whether or not they name a terminal."""
    settings = read_config(where.config) if where.config is not None else None
    written = settings.journal if settings is not None else ""
    path = where.journal or (Path(written) if written else default_journal())
    known = settings.scope if settings is not None else ""
    return Books(path, known if where.scope is None else where.scope)


async def open_books(books: Books) -> SqliteJournal:
    """Open a journal that must be there already."""
    if not books.path.exists():
        raise UsageError(f"--journal {books.path}: there is no such file")
    return await SqliteJournal.open(books.path)


def made_up_reference() -> str:
    """A reference for a sale that was given none."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
