"""NexoCrypto: how Adyen's terminals protect messages on the local network.

The whole message is encrypted (AES-256-CBC) into `NexoBlob`; a clear copy of its header stands
beside it, and a trailer with the key's name, the nonce and an HMAC-SHA256 over the plain bytes.
Keys come from a passphrase (PBKDF2, about 7 ms), so they are derived once. Needs the extra
`crypto`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.limits import MAX_BYTES
from opi_pos.wire.nexo.codec import decode
from opi_pos.wire.nexo.envelope import BLOB
from opi_pos.wire.nexo.message import HEADER, REQUEST_ROOT, RESPONSE_ROOT, TRAILER, Message
from opi_pos.wire.nexo.received import Encoding

_SALT: Final = b"AdyenNexoV1Salt"
_ROUNDS: Final = 4000
_HMAC_BYTES: Final = 32
_AES_BYTES: Final = 32
_BLOCK_BYTES: Final = 16
_CRYPTO_VERSION: Final = 1
_REFUSED: Final = "the protected message was changed, or protected with another key"


class Keys(NamedTuple):
    """What a passphrase gives; never printed."""

    hmac: bytes
    cipher: bytes
    iv: bytes

    def __repr__(self) -> str:
        return "Keys(***)"


@cache
def derive(passphrase: Secret) -> Keys:
    """The keys of a passphrase, derived once."""
    length = _HMAC_BYTES + _AES_BYTES + _BLOCK_BYTES
    secret = passphrase.reveal().encode()
    material = hashlib.pbkdf2_hmac("sha1", secret, _SALT, _ROUNDS, length)
    return Keys(
        material[:_HMAC_BYTES],
        material[_HMAC_BYTES : _HMAC_BYTES + _AES_BYTES],
        material[_HMAC_BYTES + _AES_BYTES :],
    )


class SharedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A passphrase and the name under which till and terminal know it."""

    identifier: str
    version: int
    passphrase: Secret


class _Trailer(msgspec.Struct, rename="pascal"):
    adyen_crypto_version: int
    key_identifier: str
    key_version: int
    nonce: str
    hmac: str


class _Protected(msgspec.Struct):
    header: dict[str, Any] = msgspec.field(name=HEADER)
    blob: str = msgspec.field(name=BLOB)
    trailer: _Trailer = msgspec.field(name=TRAILER)


_ENVELOPE: Final = msgspec.json.Decoder(dict[str, _Protected])
_INNER: Final = msgspec.json.Decoder(dict[str, dict[str, Any]])


class NexoCrypto:
    """Protects messages with one key and opens those protected with any of several.

    Several keys let a new passphrase be rolled out: the first protects.
    """

    def __init__(self, *keys: SharedKey) -> None:
        _cipher_library()
        self._own = keys[0]
        self._keys = {(key.identifier, key.version): key for key in keys}

    def protect(self, message: bytes) -> bytes:
        """The protected form of a whole JSON message."""
        root, header = _clear_header(message)
        keys = derive(self._own.passphrase)
        nonce = secrets.token_bytes(_BLOCK_BYTES)
        blob = _encrypt(keys, nonce, message)
        trailer = {
            "AdyenCryptoVersion": _CRYPTO_VERSION,
            "KeyIdentifier": self._own.identifier,
            "KeyVersion": self._own.version,
            "Nonce": _text(nonce),
            "Hmac": _text(_code(keys, message)),
        }
        inside = {HEADER: header, BLOB: _text(blob), TRAILER: trailer}
        return msgspec.json.encode({root: inside})

    def open(self, data: bytes) -> bytes:
        """The message inside. Raises ProtocolError when anything about it is not right."""
        root, protected = _envelope(data)
        trailer = protected.trailer
        key = self._keys.get((trailer.key_identifier, trailer.key_version))
        if key is None or trailer.adyen_crypto_version != _CRYPTO_VERSION:
            raise ProtocolError(f"{root}.{TRAILER}", "a key or version that we do not know")
        keys = derive(key.passphrase)
        nonce, code = _bytes(trailer.nonce), _bytes(trailer.hmac)
        if len(nonce) != _BLOCK_BYTES or len(code) != _HMAC_BYTES:
            raise ProtocolError(f"{root}.{TRAILER}", _REFUSED)
        message = _decrypt(keys, nonce, _bytes(protected.blob))
        if not hmac.compare_digest(_code(keys, message), code):
            raise ProtocolError(f"{root}.{TRAILER}", _REFUSED)
        if _clear_header(message) != (root, protected.header):
            raise ProtocolError(f"{root}.{HEADER}", "the clear header is not the protected one")
        return message

    def decode(self, data: bytes) -> Message:
        """Opens and decodes."""
        return decode(self.open(data), Encoding.JSON)


def is_protected(data: bytes) -> bool:
    """Whether these bytes look like a protected message: test terminals also send clear ones."""
    return b'"NexoBlob"' in data


def _envelope(data: bytes) -> tuple[str, _Protected]:
    if len(data) > 2 * MAX_BYTES:  # base64 of the largest message and its header
        raise ProtocolError("", f"larger than {2 * MAX_BYTES} bytes")
    try:
        envelope = _ENVELOPE.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ProtocolError("", "not a protected message") from None
    for root in (REQUEST_ROOT, RESPONSE_ROOT):
        if root in envelope and len(envelope) == 1:
            return root, envelope[root]
    raise ProtocolError("", "not a protected message")


def _clear_header(message: bytes) -> tuple[str, dict[str, Any]]:
    """The root's name and the header, as they stand in the bytes."""
    try:
        inner = _INNER.decode(message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ProtocolError("", "not a JSON message") from None
    for root, inside in inner.items():
        header = inside.get(HEADER)
        if root in (REQUEST_ROOT, RESPONSE_ROOT) and isinstance(header, dict):
            return root, header
    raise ProtocolError("", f"{HEADER}: missing")


def _code(keys: Keys, message: bytes) -> bytes:
    return hmac.digest(keys.hmac, message, "sha256")


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ProtocolError(TRAILER, "base64 expected") from None


def _vector(keys: Keys, nonce: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(keys.iv, nonce, strict=True))


def _encrypt(keys: Keys, nonce: bytes, message: bytes) -> bytes:
    ciphers = _cipher_library()
    padding = _BLOCK_BYTES - len(message) % _BLOCK_BYTES
    cipher = ciphers.Cipher(
        ciphers.algorithms.AES(keys.cipher), ciphers.modes.CBC(_vector(keys, nonce))
    ).encryptor()
    done: bytes = cipher.update(message + bytes([padding]) * padding) + cipher.finalize()
    return done


def _decrypt(keys: Keys, nonce: bytes, blob: bytes) -> bytes:
    if not blob or len(blob) % _BLOCK_BYTES:
        raise ProtocolError(BLOB, _REFUSED)
    ciphers = _cipher_library()
    cipher = ciphers.Cipher(
        ciphers.algorithms.AES(keys.cipher), ciphers.modes.CBC(_vector(keys, nonce))
    ).decryptor()
    padded: bytes = cipher.update(blob) + cipher.finalize()
    # Wrong padding is not told apart from a wrong code: the code over the bytes decides alone.
    padding = padded[-1]
    if not 1 <= padding <= _BLOCK_BYTES or padded[-padding:] != bytes([padding]) * padding:
        return padded
    return padded[:-padding]


@cache
def _cipher_library() -> Any:
    try:
        from cryptography.hazmat.primitives import ciphers  # noqa: PLC0415 an extra
        from cryptography.hazmat.primitives.ciphers import (  # noqa: F401, PLC0415 submodules
            algorithms,
            modes,
        )
    except ImportError:
        raise ConfigurationError(
            "crypto", "needs the package cryptography: install opi-pos[crypto]"
        ) from None
    return ciphers
