"""Len and Data: pairs of names and values, encrypted and written in hexadecimal digits.

Blowfish in ECB mode has been padded with NULs, with spaces and by PKCS#5, all three by programs in
use; so nothing is unpadded: the text is cut at Len, which counts characters. AES is CBC with the
initial vector before a hyphen; the hyphen tells which of the two it is.
"""

from __future__ import annotations

import binascii
import enum
from functools import cache
from typing import Any, Final

import msgspec

from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.limits import MAX_BYTES

_AES_BLOCK: Final = 16
_BLOWFISH_BLOCK: Final = 8
_AES_KEYS: Final = (16, 24, 32)
_BLOWFISH_KEYS: Final = range(4, 57)
_PADDING: Final = "".join(map(chr, range(_AES_BLOCK + 1))) + " "


class Cipher(enum.StrEnum):
    BLOWFISH = "blowfish"
    AES = "aes"


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What a merchant shares with Paygate."""

    mac: Secret
    encryption: Secret | None = None
    """None: only plain messages can be read and written."""
    cipher: Cipher = Cipher.BLOWFISH
    """Of what we write; what is read tells its own."""

    def check(self, key: str) -> None:
        """Raises `ConfigurationError` that names `key` when a cipher cannot take the password."""
        if self.encryption is None:
            return
        length = len(self.encryption.reveal().encode())
        allowed = _AES_KEYS if self.cipher is Cipher.AES else _BLOWFISH_KEYS
        if length not in allowed:
            told = "16, 24 or 32" if self.cipher is Cipher.AES else "4 to 56"
            raise ConfigurationError(key, f"must be {told} bytes for {self.cipher}")


def unseal(length: str, data: str, keys: Keys) -> str:
    """The text behind `Len` and `Data`. A wrong key gives a text without sense, not an error."""
    if keys.encryption is None:
        raise ProtocolError("Data", "is encrypted, and no password for that is configured")
    if not (length.isascii() and length.isdigit()) or len(length) > len(str(MAX_BYTES)):
        raise ProtocolError("Len", "must be a whole number")
    vector, hyphen, sealed = data.strip().rpartition("-")
    cipher = Cipher.AES if hyphen else Cipher.BLOWFISH
    plain = _decrypt(cipher, keys.encryption, _hex(vector), _hex(sealed))
    return _decoded(plain)[: int(length)].rstrip(_PADDING)


def seal(text: str, keys: Keys, vector: bytes = b"") -> tuple[str, str]:
    """`Len` and `Data` of a text. AES needs 16 random bytes as `vector`."""
    if keys.encryption is None:
        raise ConfigurationError("encryption", "missing: Paygate takes inquiries encrypted")
    plain = text.encode()
    if keys.cipher is Cipher.AES:
        tail = _AES_BLOCK - len(plain) % _AES_BLOCK
        sealed = _encrypt(keys.cipher, keys.encryption, vector, plain + bytes([tail]) * tail)
        return str(len(text)), f"{vector.hex()}-{sealed.hex()}"
    padded = plain + b"\0" * (-len(plain) % _BLOWFISH_BLOCK)
    return str(len(text)), _encrypt(keys.cipher, keys.encryption, b"", padded).hex().upper()


def _hex(text: str) -> bytes:
    try:
        return binascii.unhexlify(text)
    except (binascii.Error, ValueError):
        raise ProtocolError("Data", "must be hexadecimal digits") from None


def _decoded(plain: bytes) -> str:
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return plain.decode("latin-1")


def _decrypt(cipher: Cipher, password: Secret, vector: bytes, sealed: bytes) -> bytes:
    block = _AES_BLOCK if cipher is Cipher.AES else _BLOWFISH_BLOCK
    if not sealed or len(sealed) % block:
        raise ProtocolError("Data", "is cut short: it is not a whole number of blocks")
    decryptor = _cipher(cipher, password, vector).decryptor()
    plain: bytes = decryptor.update(sealed) + decryptor.finalize()
    return plain


def _encrypt(cipher: Cipher, password: Secret, vector: bytes, padded: bytes) -> bytes:
    encryptor = _cipher(cipher, password, vector).encryptor()
    sealed: bytes = encryptor.update(padded) + encryptor.finalize()
    return sealed


def _cipher(cipher: Cipher, password: Secret, vector: bytes) -> Any:
    ciphers, aes, blowfish = _library()
    key = password.reveal().encode()
    if cipher is Cipher.BLOWFISH:
        return ciphers.Cipher(blowfish(key), ciphers.modes.ECB())
    if len(vector) != _AES_BLOCK:
        raise ProtocolError("Data", "must begin with an initial vector of 16 bytes")
    if len(key) not in _AES_KEYS:
        raise ProtocolError("Data", "is AES, and the password is not 16, 24 or 32 bytes long")
    return ciphers.Cipher(aes(key), ciphers.modes.CBC(vector))


@cache
def _library() -> tuple[Any, Any, Any]:
    try:
        from cryptography.hazmat.decrepit.ciphers.algorithms import (  # noqa: PLC0415 an extra
            Blowfish,
        )
        from cryptography.hazmat.primitives import ciphers  # noqa: PLC0415
        from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415
            algorithms,
            modes,  # noqa: F401 a submodule
        )
    except ImportError:
        raise ConfigurationError(
            "crypto", "needs the package cryptography: install opi-pos[crypto]"
        ) from None
    return ciphers, algorithms.AES, Blowfish
