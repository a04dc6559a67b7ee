"""From the till's configuration to what its listener is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from opi_pos.http.listen import ListenConfig
from opi_pos.http.tls import ServerTLS
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.ids import POIID
from opi_pos.runtime.config import ListenSettings, PoiSettings


def listen_config(listen: ListenSettings, pois: Sequence[PoiSettings]) -> ListenConfig:
    """What the listener is told: `[listen]`, and how the configured terminals speak."""
    profiles = {poi.poi_id: _profile_of(poi.url) for poi in pois}
    served = tuple(dict.fromkeys([*listen.profiles, *(p for p in profiles.values() if p)]))
    words: dict[str, Any] = {"profiles": served} if served else {}
    if listen.tls:
        words["tls"] = _server_tls(listen.tls)
    return ListenConfig(
        host=listen.host,
        port=listen.port,
        peers=listen.peers,
        profile_of=profiles.get,
        reply_url=_reply_urls(pois).get,
        **words,
    )


def _server_tls(keys: Mapping[str, str]) -> ServerTLS:
    unknown = set(keys) - {"cert", "key"}
    if unknown or len(keys) != 2:
        raise ConfigurationError("listen.tls", 'needs just "cert" and "key"')
    return ServerTLS(cert=Path(keys["cert"]), key=Path(keys["key"]))


def _profile_of(url: str) -> str | None:
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
