"""From bytes to a message that can be answered; opens what a terminal protected."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from listener.nexo.essentials import require_essentials
from opi_pos.model.errors import ProtocolError
from opi_pos.model.ids import POIID
from opi_pos.wire import nexo

if TYPE_CHECKING:
    from opi_pos.wire.nexo.crypto import NexoCrypto

CryptoOf: TypeAlias = "Callable[[POIID], NexoCrypto | None]"
"""The keys of a terminal; None when it sends in the clear."""

_PROTECTED = b'"NexoBlob"'


def read(body: bytes, crypto_of: CryptoOf | None) -> tuple[nexo.Message, NexoCrypto | None]:
    """The message, and what protected it. `ProtocolError` for everything that is not right."""
    crypto = None
    if crypto_of is not None and _PROTECTED in body:
        # The clear copy of the header names the terminal; `open` holds it against the inner one.
        crypto = _crypto(nexo.read_header(body), crypto_of)
        if crypto is None:
            raise ProtocolError("", "protected, and its key is not configured")
        body = crypto.open(body)
    message = nexo.decode(body)
    require_essentials(message)
    if crypto_of is not None and crypto is None and _crypto(message.header, crypto_of) is not None:
        raise ProtocolError("", "must be protected: a key is configured for this terminal")
    return message, crypto


def _crypto(header: nexo.MessageHeader | None, crypto_of: CryptoOf) -> NexoCrypto | None:
    return crypto_of(POIID(header.poi_id)) if header is not None else None
