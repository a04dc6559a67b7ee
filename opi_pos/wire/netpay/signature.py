"""The picture of a handwritten signature (`hexSign`, JBIG1), where somebody asked to keep it.

Written with letters only: a journal that masks what could be a card number leaves it whole.
"""

from __future__ import annotations

from typing import Final

from opi_pos.model.errors import ProtocolError

_HEX: Final = "0123456789abcdef"
_LETTERS: Final = "ghijklmnopabcdef"
_TO_LETTERS: Final = str.maketrans(_HEX, _LETTERS)
_TO_HEX: Final = str.maketrans(_LETTERS, _HEX)


def packed(hex_sign: str) -> str:
    """As it is kept; empty when it is no picture."""
    try:
        picture = bytes.fromhex(hex_sign)
    except ValueError:
        return ""
    return picture.hex().translate(_TO_LETTERS)


def picture(kept: str) -> bytes:
    """The JBIG1 bytes (ITU-T T.82). Raises `ProtocolError`."""
    try:
        return bytes.fromhex(kept.translate(_TO_HEX))
    except ValueError:
        raise ProtocolError("", "is no signature") from None
