"""NexoCrypto: Adyen's protection of local messages."""

from __future__ import annotations

import base64
import builtins
import json
from collections.abc import Callable
from typing import Any

import pytest

from opi_pos.model.errors import ConfigurationError, ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import nexo
from opi_pos.wire.nexo import crypto
from opi_pos.wire.nexo.crypto import NexoCrypto, SharedKey, derive, is_protected
from tests.opi_pos.wire.nexo import vectors

KEY = SharedKey(identifier="shop", version=1, passphrase=Secret("mysupersecretpassphrase"))
OLD = SharedKey(identifier="shop", version=0, passphrase=Secret("before"))
MESSAGE = vectors.payment_request_json()


def test_the_published_check_values_of_the_key_derivation() -> None:
    keys = derive(Secret("mysupersecretpassphrase"))
    assert keys.hmac.hex().startswith("633651f2")
    assert keys.hmac.hex().endswith("444742")
    assert keys.cipher.hex().startswith("89b3399a")
    assert keys.cipher.hex().endswith("89b12a")
    assert keys.iv.hex() == "17be85c2e52ba327bdce1910f4c2c7de"
    assert repr(keys) == "Keys(***)"


def test_keys_are_derived_once_for_a_passphrase() -> None:
    before = derive.cache_info().misses
    assert derive(Secret("once")) is derive(Secret("once"))
    assert derive.cache_info().misses == before + 1


def test_a_protected_message_opens_to_the_same_bytes() -> None:
    protected = NexoCrypto(KEY).protect(MESSAGE)
    assert is_protected(protected)
    assert not is_protected(MESSAGE)
    assert b"RequestedAmount" not in protected
    assert NexoCrypto(KEY).open(protected) == MESSAGE
    assert NexoCrypto(KEY).decode(protected) == nexo.decode(MESSAGE)


def test_the_wire_form_is_adyens() -> None:
    inside = json.loads(NexoCrypto(KEY).protect(MESSAGE))["SaleToPOIRequest"]
    assert list(inside) == ["MessageHeader", "NexoBlob", "SecurityTrailer"]
    assert inside["MessageHeader"] == json.loads(MESSAGE)["SaleToPOIRequest"]["MessageHeader"]
    trailer = inside["SecurityTrailer"]
    assert (trailer["AdyenCryptoVersion"], trailer["KeyIdentifier"]) == (1, "shop")
    assert trailer["KeyVersion"] == 1
    assert len(base64.b64decode(trailer["Nonce"])) == 16
    assert len(base64.b64decode(trailer["Hmac"])) == 32
    assert len(base64.b64decode(inside["NexoBlob"])) % 16 == 0


def test_every_message_has_its_own_nonce() -> None:
    own = NexoCrypto(KEY)
    assert own.protect(MESSAGE) != own.protect(MESSAGE)


def test_an_older_key_still_opens_and_the_first_protects() -> None:
    rolled = NexoCrypto(KEY, OLD)
    assert rolled.open(NexoCrypto(OLD).protect(MESSAGE)) == MESSAGE
    assert b'"KeyVersion":1' in rolled.protect(MESSAGE)


def tampered(change: Callable[[dict[str, Any]], None]) -> bytes:
    tree = json.loads(NexoCrypto(KEY).protect(MESSAGE))
    change(tree["SaleToPOIRequest"])
    return json.dumps(tree).encode()


def flipped(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[-1] ^= 1
    return base64.b64encode(bytes(data)).decode()


def change_trailer(name: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda inside: inside["SecurityTrailer"].update({name: value})


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "blob": lambda inside: inside.update(NexoBlob=flipped(inside["NexoBlob"])),
    "short blob": lambda inside: inside.update(NexoBlob=inside["NexoBlob"][:20]),
    "no blob": lambda inside: inside.update(NexoBlob=""),
    "not base64": lambda inside: inside.update(NexoBlob="???"),
    "code": lambda inside: inside["SecurityTrailer"].update(
        Hmac=flipped(inside["SecurityTrailer"]["Hmac"])
    ),
    "short code": change_trailer("Hmac", "AAAA"),
    "empty code": change_trailer("Hmac", ""),
    "nonce": lambda inside: inside["SecurityTrailer"].update(
        Nonce=flipped(inside["SecurityTrailer"]["Nonce"])
    ),
    "short nonce": change_trailer("Nonce", "AAAA"),
    "key name": change_trailer("KeyIdentifier", "other"),
    "key version": change_trailer("KeyVersion", 7),
    "crypto version": change_trailer("AdyenCryptoVersion", 2),
    "clear header": lambda inside: inside["MessageHeader"].update(POIID="other"),
    "more in the header": lambda inside: inside["MessageHeader"].update(x=1),
    "no trailer": lambda inside: inside.pop("SecurityTrailer"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_any_change_is_refused(name: str) -> None:
    with pytest.raises(ProtocolError):
        NexoCrypto(KEY).open(tampered(CHANGES[name]))


def test_another_passphrase_is_refused() -> None:
    other = SharedKey(identifier="shop", version=1, passphrase=Secret("wrong"))
    with pytest.raises(ProtocolError, match="another key"):
        NexoCrypto(other).open(NexoCrypto(KEY).protect(MESSAGE))


@pytest.mark.parametrize("data", [b"", b"ok", b"{}", b"[]", MESSAGE, b"[" * 50_000, b"\xff"])
def test_what_is_not_protected_is_a_protocol_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        NexoCrypto(KEY).open(data)


@pytest.mark.parametrize("data", [b"", b"<a/>", b'{"SaleToPOIRequest": {}}', b'{"a": 1}'])
def test_what_has_no_header_is_not_protected(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        NexoCrypto(KEY).protect(data)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest, **more)

    crypto._cipher_library.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigurationError, match=r"opi-pos\[crypto\]"):
        NexoCrypto(KEY)
