"""The last parts of callback paths: made of a secret that the journal keeps for each terminal, so
that they are the same after a restart and nobody can guess them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
from typing import Final

from opi_pos.model.ids import POIID, ServiceID
from opi_pos.ports import Journal

KEPT_AS: Final = "callbacks"
SHORTEST: Final = 22
"""Of a token of the configuration: 128 bits in base64url."""
_LENGTH: Final = 32


async def secret_of(journal: Journal, poi_id: POIID) -> str:
    """Letters only: the journal masks what could be a card number."""
    if (known := await journal.recall(poi_id, KEPT_AS)) is not None:
        return known
    made = "".join(secrets.choice(string.ascii_lowercase) for _ in range(_LENGTH))
    await journal.remember(poi_id, KEPT_AS, made)
    return await journal.recall(poi_id, KEPT_AS) or made


def token_of(secret: str, service_id: ServiceID, topic: str) -> str:
    """Of one exchange, and of what is asked beside it."""
    named = f"{service_id}/{topic}".encode()
    return hmac.new(secret.encode(), named, hashlib.sha256).hexdigest()[:_LENGTH]


def own_token(secret: str) -> str:
    """Of a terminal's own path."""
    return token_of(secret, ServiceID(""), "terminal")


def is_token(word: str) -> bool:
    """Whether a configured word is long enough, and can stand in a path."""
    return (
        len(word) >= SHORTEST
        and word.isascii()
        and all(each.isalnum() or each in "-_" for each in word)
    )
