"""The paths on which a till is called back, without driving its terminals: for people who set them
on a terminal or in a portal.
"""

from __future__ import annotations

from typing import Final

from opi_pos.model.capabilities import Correlation, ListenerNeed
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.ids import POIID
from opi_pos.ports import Journal
from opi_pos.runtime.config import PoiSettings, TillSettings
from opi_pos.runtime.declared import declared
from opi_pos.runtime.drivers import driver_name
from opi_pos.runtime.letterboxes import CALLBACK_PATH
from opi_pos.runtime.notifying import named, poi_id_of, read_token
from opi_pos.runtime.tokens import own_token, secret_of

TOKEN_FILE: Final = "callback_token_file"  # noqa: S105 - a key
TAKES_WEBHOOKS: Final = frozenset({"viva"})
"""Drivers whose systems call back beside what is asked of them."""


async def callback_paths(settings: TillSettings, journal: Journal) -> dict[str, str]:
    """By the name of the terminal, or `notify.NAME`: the path below the listener's URL."""
    paths: dict[str, str] = {}
    for poi in settings.pois:
        if _has_own_path(poi):
            token = _configured(poi.options.get(TOKEN_FILE, ""), f"poi.{poi.name}.")
            paths[poi.name] = CALLBACK_PATH + (token or await _derived(journal, poi.poi_id))
    for name, table in settings.notify.items():
        token = _configured(table.get("token_file", ""), f"notify.{name}.")
        paths[f"notify.{name}"] = CALLBACK_PATH + (
            token or await _derived(journal, poi_id_of(name))
        )
    return paths


def _has_own_path(poi: PoiSettings) -> bool:
    """Whether its system knows one address per terminal or merchant, as its driver declares."""
    name = driver_name(poi.url, f"poi.{poi.name}.url")
    if name in TAKES_WEBHOOKS or TOKEN_FILE in poi.options:
        return True
    return any(
        can.needs_listener is ListenerNeed.FOR_CALLBACKS
        and can.correlation is not Correlation.CALLBACK_URL
        for can in declared().get(name, {}).values()
    )


async def _derived(journal: Journal, poi_id: POIID) -> str:
    return own_token(await secret_of(journal, poi_id))


def _configured(path: object, where: str) -> str:
    if not isinstance(path, str):
        raise ConfigurationError(where + "token_file", "must be a text")
    if not path:
        return ""
    with named(where):
        return read_token(path)
