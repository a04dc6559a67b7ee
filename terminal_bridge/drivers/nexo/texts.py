"""AdditionalResponse as a sentence for the cashier.

The specification has plain text there. Adyen writes form-encoded `key=value` or base64 JSON.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from opi_pos.model.card import mask_text

LONGEST: Final = 300
"""Characters of a message; the rest is cut."""

MOST_FIELDS: Final = 200
"""Members of a form that are looked at."""

_TELLING: Final = (
    "refusalReason",
    "refusalReasonRaw",
    "message",
    "errors",
    "error",
    "errorMessage",
    "warning",
    "description",
)
"""Members that speak to people, the most telling first; `message` is often a mere CANCELLED."""

_NAME: Final = re.compile(r"[A-Za-z0-9_.]+", re.ASCII)


def sentence(additional: str | None) -> str:
    """What the terminal wants to say, on one line, card numbers masked; empty if nothing."""
    text = (additional or "").strip()
    fields = _from_json(text) or _from_form(text)
    if fields:
        text = _told(fields)
    return mask_text(" ".join(text.split()))[:LONGEST]


def _told(fields: Mapping[str, Any]) -> str:
    inner = fields.get("additionalData")
    everything = {**inner, **fields} if isinstance(inner, dict) else fields
    for name in _TELLING:
        value = everything.get(name)
        if isinstance(value, str) and value:
            return value
    return ""


def _from_json(text: str) -> Mapping[str, Any] | None:
    try:
        data = text.encode() if text.startswith("{") else base64.b64decode(text, validate=True)
        fields = json.loads(data)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _from_form(text: str) -> Mapping[str, Any] | None:
    """`tid=1&message=Not+enough+balance`; plain text with an `=` somewhere in it is none."""
    first, _, rest = text.partition("=")
    if not _NAME.fullmatch(first) or not ("&" in rest or first in _TELLING):
        return None
    try:
        return dict(parse_qsl(text, max_num_fields=MOST_FIELDS))
    except ValueError:
        return None
