"""Test card numbers in the shapes in which they turn up, and the search for them."""

from __future__ import annotations

import base64
import binascii
import json
import re

PANS = ("4111111111111111", "5500005555555559", "378282246310005", "6799998900000060018")
"""Numbers from test ranges, of every length in use; they belong to nobody."""

PAN = PANS[0]
SPACED = "4111 1111 1111 1111"
DASHED = "5500-0055-5555-5559"
TRACK_1 = "%B4111111111111111^DOE/JANE^29121010000012345678?"
TRACK_2 = ";5500005555555559=29121010000012345678?"
TRACK_2_AS_HEX = "4111111111111111D29121010000012345678F"
IN_BASE64 = base64.b64encode(
    json.dumps({"Merchant": {"PAN": PAN, "Line": SPACED}}).encode()
).decode()
IN_A_FORM = "tid=1&message=Card+4111111111111111+is+blocked&pan=4111111111111111"
IN_JSON = json.dumps({"message": f"card {PAN}", "pan": int(PAN)})

SHAPES = {
    **{f"{len(pan)} digits": pan for pan in PANS},
    "spaced": SPACED,
    "dashed": DASHED,
    "in a sentence": f"Card {PAN} was refused.",
    "track 1": TRACK_1,
    "track 2": TRACK_2,
    "track 2 as hex": TRACK_2_AS_HEX,
    "base64": IN_BASE64,
    "form": IN_A_FORM,
    "JSON": IN_JSON,
}

BEHIND_THE_NUMBER = "29121010000012345678"
"""Expiry date, service code and the issuer's own data: a track's, and as secret as the number."""

_SECRET = (*PANS, BEHIND_THE_NUMBER)
_GAPS = re.compile(r"[ -]")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


def card_numbers_in(text: str | bytes) -> set[str]:
    """The test numbers and the rest of tracks that can be read in it, also between gaps and inside
    base64.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    seen = {pan for pan in _SECRET if pan in _GAPS.sub("", text)}
    for run in _BASE64.findall(text):
        inside = _decoded(run)
        seen |= {pan for pan in _SECRET if pan.encode() in re.sub(rb"[ -]", b"", inside)}
    return seen


def _decoded(run: str) -> bytes:
    try:
        return base64.b64decode(run + "=" * (-len(run) % 4))
    except (binascii.Error, ValueError):
        return b""
