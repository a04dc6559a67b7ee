"""Names and pins of certificates, against certificates made by an independent library."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.http.certificate import NamePattern, Pin, public_key_info
from opi_pos.model.errors import ConfigurationError

KEYS: dict[str, CertificateIssuerPrivateKeyTypes] = {
    "rsa": rsa.generate_private_key(65537, 2048),
    "ec": ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
}


def certificate(key: CertificateIssuerPrivateKeyTypes, name: str = "terminal") -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("name", ["t", "t" * 60])
def test_the_public_key_is_cut_out_of_the_certificate_to_the_byte(kind: str, name: str) -> None:
    key = KEYS[kind]
    expected = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert public_key_info(certificate(key, name).public_bytes(Encoding.DER)) == expected


def test_a_pin_is_the_hash_of_the_key_and_outlives_a_renewal() -> None:
    key = KEYS["ec"]
    info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = "sha256/" + base64.b64encode(hashlib.sha256(info).digest()).decode()
    old, renewed = (certificate(key).public_bytes(Encoding.DER) for _ in range(2))
    assert old != renewed
    assert Pin.of(old) == Pin.of(renewed) == Pin.parse(text)
    assert str(Pin.parse(text)) == text


def test_a_certificate_of_version_1_has_no_version_field_to_skip() -> None:
    # SEQUENCE { SEQUENCE { serial, 4 fields, key }, … }, every field as short as can be.
    key = b"\x30\x03\x02\x01\x05"
    tbs = b"\x02\x01\x01" + b"\x30\x00" * 4 + key
    der = b"\x30" + bytes([len(tbs) + 2]) + b"\x30" + bytes([len(tbs)]) + tbs
    assert public_key_info(der) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256/",
        "sha1/" + "A" * 44,
        "sha256/" + base64.b64encode(b"a" * 31).decode(),
        "sha256/" + base64.b64encode(b"a" * 33).decode(),
        "sha256/" + "*" * 44,
        base64.b64encode(b"a" * 32).decode(),
    ],
)
def test_what_is_no_pin_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"tls\.pin: must be sha256/"):
        Pin.parse(text)


DER = certificate(KEYS["ec"]).public_bytes(Encoding.DER)


@given(st.binary(max_size=60) | st.integers(0, len(DER) - 1).map(lambda at: DER[:at]))
def test_what_is_no_certificate_is_a_value_error_and_nothing_else(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a certificate"):
        public_key_info(data)


@given(st.integers(0, len(DER) - 1), st.integers(0, 255))
def test_a_flipped_byte_gives_a_key_or_a_value_error(at: int, byte: int) -> None:
    changed = DER[:at] + bytes([byte]) + DER[at + 1 :]
    try:
        assert public_key_info(changed)[0] == 0x30
    except ValueError as error:
        assert str(error) == "not a certificate"  # noqa: PT017


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("t1.terminal.example", "t1.terminal.example", True),
        ("T1.Terminal.Example", "t1.terminal.EXAMPLE.", True),
        ("t1.terminal.example", "t2.terminal.example", False),
        ("*.terminal.example", "P400Plus-123456789.terminal.example", True),
        ("*.terminal.example", "terminal.example", False),
        ("*.terminal.example", ".terminal.example", False),
        ("*.terminal.example", "a.b.terminal.example", False),
        ("*.terminal.example", "a.terminal.example.evil", False),
        ("*.terminal.example", "a.terminalxexample", False),
        ("*.terminal.example", "*.terminal.example", True),
        ("t1.terminal.example", "*.terminal.example", True),
        ("t1.terminal.example", "*.example", False),
        ("terminal.example", "*.example", False),
        ("terminal", "*", False),
        ("terminal", "terminal", True),
        ("192.0.2.15", "192.0.2.15", False),
    ],
)
def test_a_pattern_matches_one_label(pattern: str, name: str, matches: bool) -> None:
    assert NamePattern.parse(pattern).matches(name) is matches


@pytest.mark.parametrize(
    "pattern", ["", "*", "*.", "*.com", "a.*.example", "t*.terminal.example", "a..b", ".example"]
)
def test_a_pattern_that_is_too_wide_or_none_is_refused(pattern: str) -> None:
    with pytest.raises(ConfigurationError, match=r"tls\.name: "):
        NamePattern.parse(pattern)
