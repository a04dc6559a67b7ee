"""`[face.nexo]`."""

from __future__ import annotations

from typing import Final

import msgspec

from listener.faces.settings import FaceSettings
from opi_pos.model.errors import ConfigurationError
from opi_pos.poi.nexo.profile import PoiProfile, profile_of
from opi_pos.wire import nexo

DEFAULT_PORT: Final = 11001
"""Beside 11000, where the till listens for its own terminals."""


class NexoFaceSettings(FaceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A nexo terminal towards foreign tills."""

    port: int = DEFAULT_PORT
    profile: str = "swedbank"
    """The dialect: path, receipts, and what a status says meanwhile. XML and JSON are both taken,
    and answered in kind.
    """
    poi_ids: tuple[str, ...] = ()
    """POIIDs that a till may name; by default any, as a terminal takes the one it is given."""
    till_url: str = ""
    """Where a till that logs in with full integration takes displays and questions."""
    till_urls: dict[str, str] = msgspec.field(default_factory=dict)
    """The same by SaleID, for several tills."""
    merchant_id: str = "0"
    """PaymentAcquirerData.MerchantID, which the schema demands; terminals seldom tell it."""
    acquirer_poi_id: str = ""
    """AcquirerPOIID; by default the poi_id of the terminal behind."""
    serial_number: str = ""
    """POISerialNumber; by default the poi_id of the terminal behind."""
    answer_within_s: float = 600.0
    """How long a till's request is held. Then it ends with 504 and the till asks for the status."""
    kept_answers: int = 200
    """Answers that a transaction status can repeat."""

    def serves(self, poi_id: str) -> bool:
        """Whether a message with this POIID is meant for this face."""
        return not self.poi_ids or poi_id in self.poi_ids


def wire_profile(settings: NexoFaceSettings, name: str) -> nexo.Profile:
    """The codec's profile. Raises `ConfigurationError`."""
    key = f"face.{name}.profile"
    try:
        profile = nexo.profile(settings.profile)
    except KeyError:
        known = ", ".join(nexo.profile_names())
        raise ConfigurationError(key, f"unknown profile; known: {known}") from None
    if profile.transport != "http" or profile.crypto is not None:
        raise ConfigurationError(key, "faces speak plain HTTP(S); this profile does not")
    return profile


def poi_profile(settings: NexoFaceSettings) -> PoiProfile:
    """The rules' profile: the terminal behind has its own busy times."""
    return msgspec.structs.replace(
        profile_of(settings.profile), kept_answers=settings.kept_answers, busy_after_login_s=0.0
    )
