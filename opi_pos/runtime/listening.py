"""From the till's configuration to what its listener is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from opi_pos.http.listen import ListenConfig
from opi_pos.http.tls import ServerTLS
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.ids import POIID
from opi_pos.model.orders import Integration
from opi_pos.ports import DeviceDoor
from opi_pos.runtime.config import ListenSettings, PoiSettings
from opi_pos.runtime.drivers import driver_name, find_listener


def listen_config(
    listen: ListenSettings,
    pois: Sequence[PoiSettings],
    crypto_of: Callable[[POIID], Any] | None = None,
) -> ListenConfig:
    """What the listener is told: `[listen]`, and how the configured terminals speak."""
    # Other drivers have profiles too, of which the listener knows nothing.
    nexo = [poi for poi in pois if driver_name(poi.url, "url") == "nexo"]
    profiles = {poi.poi_id: profile_of(poi.url) for poi in nexo}
    served = tuple(dict.fromkeys([*listen.profiles, *(p for p in profiles.values() if p)]))
    words: dict[str, Any] = {"profiles": served} if served else {}
    if listen.tls:
        words["tls"] = _server_tls(listen.tls)
    return ListenConfig(
        host=listen.host,
        port=listen.port,
        peers=listen.peers,
        profile_of=profiles.get,
        tokens=_tokens(listen),
        reply_url=_reply_urls(pois).get,
        crypto_of=crypto_of,
        **words,
    )


def device_post_of(
    driver: str, settings: PoiSettings, door: DeviceDoor
) -> Callable[..., Awaitable[Any]] | None:
    """What takes the requests that come in on a driver's own link, for drivers that hand them on
    as bytes; None for those that read them themselves, or get none.
    """
    if driver == "nexo" and settings.integration is Integration.FULL:
        served = listen_config(ListenSettings(), [settings])
        post: Callable[..., Awaitable[Any]] = find_listener("in-process")(door, served)
        return post
    if driver == "opi":
        make = find_listener("opi-in-process")
        asked: Callable[..., Awaitable[Any]] = make(door, settings.poi_id, profile_of(settings.url))
        return asked
    return None


def _server_tls(keys: Mapping[str, str]) -> ServerTLS:
    unknown = set(keys) - {"cert", "key"}
    if unknown or len(keys) != 2:
        raise ConfigurationError("listen.tls", 'needs just "cert" and "key"')
    return ServerTLS(cert=Path(keys["cert"]), key=Path(keys["key"]))


def _tokens(listen: ListenSettings) -> tuple[str, ...]:
    """One token a line; in a file, so that none stands in the configuration."""
    if not listen.tokens_file:
        return ()
    try:
        text = Path(listen.tokens_file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError("listen.tokens_file", f"cannot be read: {error}") from None
    tokens = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not tokens:
        raise ConfigurationError("listen.tokens_file", "holds no token")
    return tokens


def profile_of(url: str) -> str | None:
    query = url.partition("?")[2]
    words = dict(pair.partition("=")[::2] for pair in query.split("&"))
    return words.get("profile")


def _reply_urls(pois: Sequence[PoiSettings]) -> dict[POIID, str]:
    """Where an answer is posted to a terminal that wants it posted."""
    return {
        poi.poi_id: poi.url.partition("?")[0].removeprefix("nexo+")
        for poi in pois
        if poi.url.startswith("nexo+http")
    }
