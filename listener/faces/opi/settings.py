"""`[face.NAME]` with `kind = "opi"` (TCP, both channels) or `kind = "opi-json"` (HTTP)."""

from __future__ import annotations

from typing import Final

import msgspec

from listener.faces.settings import FaceSettings
from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.opi.profile import PoiProfile, profile_of
from opi_pos.wire import opi

JSON_PATH: Final = "/opi"


class OpiFaceSettings(FaceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An O.P.I. terminal towards foreign tills."""

    port: int = 20002
    """Channel 0; what tills are set to. 0 takes a free one."""
    profile: str = "de"
    """The country's words and printers: `de`, `nl`, `ch`."""
    terminal_id: str = "10000001"
    """TerminalID of its answers."""
    till_host: str = ""
    """Where tills listen on channel 1; by default where they spoke from."""
    till_port: int | None = None
    """By default the profile's; 0 for tills that take no questions."""
    answer_within_s: float = 600.0
    """How long a request is held. Then the connection ends, and the till asks for a repetition."""
    kept_answers: int = 200
    """Answers that RepeatLastMessage can repeat."""


class OpiJsonFaceSettings(OpiFaceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same messages over HTTP, in the JSON form (XML is answered in XML)."""

    port: int = 11002
    path: str = JSON_PATH
    till_url: str = ""
    """Where tills take DeviceRequests; by default what they say in X-Callback-Url."""
    device_reply: str = ""
    """What a display of the terminal behind is answered with, which may ask here as well:
    `response` or `no_content` (204); by default the profile's.
    """


def wire_profile(settings: OpiFaceSettings, name: str) -> opi.Profile:
    """The codec's profile. Raises `ConfigurationError`."""
    try:
        return opi.profile(settings.profile)
    except KeyError:
        known = ", ".join(opi.profile_names())
        key = f"face.{name}.profile"
        raise ConfigurationError(key, f"unknown profile; known: {known}") from None


def poi_profile(settings: OpiFaceSettings, wire: opi.Profile) -> PoiProfile:
    """The rules' profile. Slips come from the terminal behind: none holds up a payment here."""
    return msgspec.structs.replace(
        profile_of(wire.name), kept_answers=settings.kept_answers, print_last_ticket=False
    )
