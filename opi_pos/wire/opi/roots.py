"""Which of the six messages a JSON object is, when it does not say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from opi_pos.wire.opi.messages import MESSAGES
from opi_pos.wire.opi.requests import CARD_TYPES, DEVICE_TYPES, SERVICE_TYPES

_KEY: Final = "Message"
_HINTS: Final = {
    "Device": frozenset({"output", "input", "event", "eventresult", "sequenceid"}),
    "CardService": frozenset({"tender", "cardvalue", "originaltransaction", "saleitem"}),
    "Service": frozenset({"reconciliation", "submission", "diagnosisresult", "versions"}),
}
"""Members, in small letters, that only this family has."""

_TYPES: Final = {"Device": DEVICE_TYPES, "CardService": CARD_TYPES, "Service": SERVICE_TYPES}


def root_of(told: Mapping[str, Any]) -> str | None:
    """The name of the root element, None when there is no telling."""
    named = told.get(_KEY)
    if isinstance(named, str):
        return named if named in MESSAGES else None
    members = {key.removeprefix("@").casefold(): value for key, value in told.items()}
    family = _family(members)
    if family is None:
        return None
    return family + ("Response" if "overallresult" in members else "Request")


def _family(members: Mapping[str, Any]) -> str | None:
    kind = members.get("requesttype")
    if not isinstance(kind, str):
        return None
    for family, hints in _HINTS.items():
        if not hints.isdisjoint(members):
            return family
    for family, types in _TYPES.items():
        if kind.strip().casefold() in types:
            return family
    return None
