"""How the content of a field becomes a value, and back.

A reader raises `ValueError` for content it does not understand, and nothing else; the message then
keeps the bytes. A writer raises `ProtocolError` without a path for a value that cannot be written.
Numbers that are compared and not computed with (trace, receipt, dates) stay digits, as they came.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import msgspec

from opi_pos.model.card import mask_pan
from opi_pos.model.currencies import CODES
from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from terminal_bridge.zvt.charsets import CP437, read_text, write_text
from terminal_bridge.zvt.currencies import code_of, number_of

_CURRENCIES: Final = {bytes.fromhex(number.zfill(4)): code for number, code in CODES.items()}

Reader = Callable[[bytes], Any]
Writer = Callable[[Any, int], bytes]
"""Value and size in bytes; a size under 1 means as long as the value."""

_MAX_NUMBER_BYTES: Final = 8
_AMOUNT_BYTES: Final = 6
_GOODS_BYTES: Final = 3
_MAX_COUNTED: Final = 999
_MAX_VISIBLE: Final = 10
"""Digits of a card number that may be seen; what has no more is masked as it is."""


class Coding(NamedTuple):
    """`secret` content is kept in a `Secret` only, wherever it turns up."""

    read: Reader
    write: Writer
    secret: bool = False


def digits_of(data: bytes) -> str:
    """BCD as digits; raises `ValueError` if a nibble is none."""
    digits = data.hex()
    if digits and not digits.isdigit():
        raise ValueError
    return digits


def _sized(data: bytes, size: int) -> bytes:
    if 0 < size != len(data):
        raise ProtocolError("", f"must have {size} bytes, not {len(data)}")
    return data


def pack_nibbles(text: str, size: int = 0) -> bytes:
    """Nibbles from hexadecimal digits, zeros before them up to `size` bytes."""
    padded = text.zfill(2 * size if size > 0 else len(text) + len(text) % 2)
    try:
        return _sized(bytes.fromhex(padded), size)
    except (ValueError, TypeError):
        raise ProtocolError("", "must be hexadecimal digits") from None


def pack_digits(text: str, size: int = 0) -> bytes:
    """BCD from decimal digits, zeros before them up to `size` bytes."""
    if not (text.isascii() and text.isdigit()):
        raise ProtocolError("", "must be decimal digits")
    return pack_nibbles(text, size)


def read_amount(data: bytes) -> int:
    """BCD minor units."""
    digits = data.hex()
    if not digits.isdigit() or len(data) > _MAX_NUMBER_BYTES:
        raise ValueError
    return int(digits)


def write_amount(value: int, size: int) -> bytes:
    """BCD minor units, six bytes if nothing else is said."""
    if value < 0:
        raise ProtocolError("", "must not be negative")
    return pack_digits(str(value), size if size > 0 else _AMOUNT_BYTES)


def _read_byte(data: bytes) -> int:
    (value,) = data
    return value


def _write_byte(value: int, size: int) -> bytes:
    del size
    if not 0 <= value <= 0xFF:
        raise ProtocolError("", "must be one byte")
    return bytes((value,))


def _read_number(data: bytes) -> int:
    if not 0 < len(data) <= _MAX_NUMBER_BYTES:
        raise ValueError
    return int.from_bytes(data, "big")


def _write_number(value: int, size: int) -> bytes:
    try:
        return value.to_bytes(size if size > 0 else max(1, (value.bit_length() + 7) // 8), "big")
    except OverflowError:
        raise ProtocolError("", "does not fit the field") from None


def _write_bytes(value: bytes, size: int) -> bytes:
    return _sized(value, size)


def _read_ascii(data: bytes) -> str:
    return data.decode("latin-1")


def _write_ascii(value: str, size: int) -> bytes:
    try:
        return _sized(value.encode("latin-1"), size)
    except UnicodeEncodeError:
        raise ProtocolError("", "has characters outside ISO 8859-1") from None


def _read_padded(data: bytes) -> str:
    return data.decode("latin-1").rstrip(" ")


def _write_padded(value: str, size: int) -> bytes:
    return _write_ascii(value.ljust(size), size)


def _read_ended(data: bytes) -> str:
    return data.decode("latin-1").rstrip("\0")


def _write_nul_padded(value: str, size: int) -> bytes:
    return _write_ascii(value.ljust(size, "\0"), size)


def _write_ended(value: str, size: int) -> bytes:
    return _write_ascii(value, size) + b"\0"


def _write_counted(value: str, size: int) -> bytes:
    """LLLVAR in front, as no bitmap has it; the reader's content comes without."""
    content = _write_ascii(value, size)
    if len(content) > _MAX_COUNTED:
        raise ProtocolError("", f"longer than {_MAX_COUNTED} bytes")
    return bytes(0xF0 | int(digit) for digit in f"{len(content):03}") + content


def _read_nibbles(data: bytes) -> str:
    return data.hex().upper()


def _read_currency(data: bytes) -> str:
    known = _CURRENCIES.get(data)
    return code_of(digits_of(data)) if known is None else known


def _write_currency(value: str, size: int) -> bytes:
    return pack_digits(number_of(value), max(size, 2))


def _read_pan(data: bytes) -> str:
    """Masked digits are E and come as `*`; whatever came in the clear is masked here."""
    digits = data.hex().rstrip("f")
    masked = digits.count("e")
    if len(digits) - masked <= _MAX_VISIBLE:
        return digits.replace("e", "*")
    return mask_pan(digits.replace("e", "*"))


def _write_pan(value: str, size: int) -> bytes:
    """A masked number: digits and `*`."""
    del size
    if value != mask_pan(value):
        raise ProtocolError("", "a card number in the clear is a Secret")
    text = value.replace("*", "E")
    return pack_nibbles(text + "F" * (len(text) % 2))


def _read_secret(data: bytes) -> Secret:
    return Secret(data.hex().upper())


def _write_secret(value: Secret, size: int) -> bytes:
    text = value.reveal()
    return pack_nibbles(text + "F" * (len(text) % 2), size)


def _read_password(data: bytes) -> Secret:
    return Secret(digits_of(data))


def _write_password(value: Secret, size: int) -> bytes:
    return pack_digits(value.reveal(), size)


def _read_secret_text(data: bytes) -> Secret:
    return Secret(data.decode("latin-1"))


def _write_secret_text(value: Secret, size: int) -> bytes:
    return _write_ascii(value.reveal(), size)


def _read_goods(data: bytes) -> tuple[str, ...]:
    digits = digits_of(data)
    if len(data) % _GOODS_BYTES:
        raise ValueError
    return tuple(digits[at : at + 6] for at in range(0, len(digits), 6))


def _write_goods(value: tuple[str, ...], size: int) -> bytes:
    del size
    return b"".join(pack_digits(code, _GOODS_BYTES) for code in value)


class CardTotal(msgspec.Struct, frozen=True):
    """One scheme's share of an end of day: how many, and how much in minor units."""

    count: int = 0
    amount: int = 0


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """BMP 60: the end of day. Counts above 255 do not fit; 13.13 has tags EC to EE for them."""

    receipt_from: str = "0000"
    receipt_to: str = "0000"
    girocard: CardTotal = CardTotal()
    jcb: CardTotal = CardTotal()
    mastercard: CardTotal = CardTotal()
    amex: CardTotal = CardTotal()
    visa: CardTotal = CardTotal()
    diners: CardTotal = CardTotal()
    others: CardTotal = CardTotal()


_SCHEMES: Final = ("girocard", "jcb", "mastercard", "amex", "visa", "diners", "others")
_TOTALS_BYTES: Final = 4 + 7 * len(_SCHEMES)


def _read_totals(data: bytes) -> Totals:
    if len(data) != _TOTALS_BYTES:
        raise ValueError
    shares = {}
    for place, scheme in enumerate(_SCHEMES):
        at = 4 + 7 * place
        shares[scheme] = CardTotal(data[at], read_amount(data[at + 1 : at + 7]))
    return Totals(receipt_from=digits_of(data[:2]), receipt_to=digits_of(data[2:4]), **shares)


def _write_totals(value: Totals, size: int) -> bytes:
    del size
    parts = [pack_digits(value.receipt_from, 2), pack_digits(value.receipt_to, 2)]
    for scheme in _SCHEMES:
        share: CardTotal = getattr(value, scheme)
        parts += [_write_byte(share.count, 1), write_amount(share.amount, _AMOUNT_BYTES)]
    return b"".join(parts)


def text_coding(charset: str) -> Coding:
    """Texts in one character set."""
    return Coding(
        lambda data: read_text(data, charset), lambda value, _size: write_text(value, charset)
    )


CODINGS: Final[dict[str, Coding]] = {
    "amount": Coding(read_amount, write_amount),
    "ascii": Coding(_read_ascii, _write_ascii),
    "byte": Coding(_read_byte, _write_byte),
    "bytes": Coding(bytes, _write_bytes),
    "cp437": text_coding(CP437),
    "counted": Coding(_read_ascii, _write_counted),
    "currency": Coding(_read_currency, _write_currency),
    "digits": Coding(digits_of, pack_digits),
    "ended": Coding(_read_ended, _write_ended),
    "goods": Coding(_read_goods, _write_goods),
    "nibbles": Coding(_read_nibbles, pack_nibbles),
    "nul_padded": Coding(_read_ended, _write_nul_padded),
    "number": Coding(_read_number, _write_number),
    "padded": Coding(_read_padded, _write_padded),
    "pan": Coding(_read_pan, _write_pan, secret=True),
    "password": Coding(_read_password, _write_password, secret=True),
    "secret": Coding(_read_secret, _write_secret, secret=True),
    "secret_bytes": Coding(_read_secret, _write_secret, secret=True),
    "secret_text": Coding(_read_secret_text, _write_secret_text, secret=True),
    "totals": Coding(_read_totals, _write_totals),
}
"""By the names that the tables use. `text` is made for each message, in its character set."""
