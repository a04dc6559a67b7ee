"""The character set of each kind of message. Decoding never fails (PA00P015 13.08 ch. 1.6).

The default for display and print is CP437. Real terminals differ by kind of message within one
session, so each kind has its own setting.
"""

from __future__ import annotations

from typing import Final

import msgspec

from opi_pos.model.errors import UsageError

CP437: Final = "cp437"
LATIN_1: Final = "iso8859_1"
UTF_8: Final = "utf-8"
ASCII: Final = "ascii"
ZVT_7BIT: Final = "zvt-7bit"
"""ASCII with Ä Ö Ü ä ö ü ß at 5B 5C 5D 7B 7C 7D 7E."""

DEFAULT_CODE: Final = 0xFF
_BY_CODE: Final[dict[int, str]] = {
    0x00: ASCII,
    **{part: f"iso8859_{part}" for part in range(1, 17) if part != 12},
    0xFE: UTF_8,
    DEFAULT_CODE: CP437,
}
_BY_NAME: Final = {name: code for code, name in _BY_CODE.items()}

_NAMES: Final = (*_BY_NAME, ZVT_7BIT)

_UMLAUTS: Final = str.maketrans("[\\]{|}~", "ÄÖÜäöüß")
_BRACKETS: Final = str.maketrans("ÄÖÜäöüß", "[\\]{|}~")


def is_known(name: str) -> bool:
    """Whether texts can be read and written in this set."""
    return name in _NAMES


class Charsets(msgspec.Struct, frozen=True, kw_only=True):
    """Names of character sets by kind of message; a terminal profile sets them."""

    status: str = CP437
    """04 FF and the other dialogs of the terminal."""
    print_line: str = CP437
    """06 D1."""
    print_block: str = CP437
    """06 D3, unless the block names its own."""
    display: str = CP437
    """What the till shows: 06 E0 to 06 E3."""
    fields: str = CP437
    """Texts inside 04 0F, 06 0F and 06 1E: BMP 3C, tag 24."""

    def __post_init__(self) -> None:
        for kind in self.__struct_fields__:
            if not is_known(getattr(self, kind)):
                raise UsageError(f"character set for {kind}: must be one of {', '.join(_NAMES)}")


DEFAULT: Final = Charsets()
CARD_COMPLETE: Final = Charsets(
    status=LATIN_1, print_line=LATIN_1, print_block=LATIN_1, display=LATIN_1, fields=LATIN_1
)


def name_of(code: int) -> str | None:
    """The character set of tag 14; None for a code that is not defined."""
    return _BY_CODE.get(code)


def code_of(name: str) -> int | None:
    """The code of tag 14 for a character set; None if it has none."""
    return _BY_NAME.get(name)


def read_text(data: bytes, charset: str) -> str:
    """The text, with U+FFFD for what the set does not define."""
    if charset == ZVT_7BIT:
        return data.decode(ASCII, "replace").translate(_UMLAUTS)
    return data.decode(charset, "replace")


def write_text(text: str, charset: str) -> bytes:
    """The bytes, with `?` for what the set does not have."""
    if charset == ZVT_7BIT:
        return text.translate(_BRACKETS).encode(ASCII, "replace")
    return text.encode(charset, "replace")
