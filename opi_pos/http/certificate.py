"""What a certificate is checked for beside its authority: a name of our choice, a pinned key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ssl
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from opi_pos.model.errors import ConfigurationError

_PIN_PREFIX = "sha256/"
_SEQUENCE = 0x30
_EXPLICIT_0 = 0xA0


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A host name, an address, or `*.rest`, where `*` stands for exactly one label.

    Compared as RFC 6125 says: with the subject's alternative names, and with the common name only
    where there is no alternative DNS name. A wildcard in the certificate covers one label too.
    """

    labels: tuple[str, ...] = ()
    address: IPv4Address | IPv6Address | None = None

    @classmethod
    def parse(cls, text: str) -> NamePattern:
        """`ConfigurationError` for a pattern that is empty or that would match any name."""
        try:
            return cls(address=ip_address(text))
        except ValueError:
            pass
        labels = _labels(text)
        if (
            not all(labels)
            or "*" in "".join(labels[1:])
            or labels[0] not in ("*", labels[0].strip("*"))
        ):
            raise ConfigurationError("tls.name", "must be a host name or a pattern *.host.name")
        if labels[0] == "*" and len(labels) < 3:
            raise ConfigurationError("tls.name", f"{text} would match any name")
        return cls(labels=labels)

    def matches(self, name: str) -> bool:
        """Whether a DNS name from a certificate is meant."""
        theirs = _labels(name)
        if len(theirs) != len(self.labels) or theirs[1:] != self.labels[1:] or not theirs[0]:
            return False
        if theirs[0] == self.labels[0] or self.labels[0] == "*":
            return True
        return theirs[0] == "*" and len(theirs) > 2

    def check(self, connection: ssl.SSLObject | ssl.SSLSocket) -> None:
        """`ssl.SSLCertVerificationError` if the peer's certificate bears another name."""
        names, addresses = _names(connection)
        if self.address is not None:
            accepted = self.address in addresses
        else:
            accepted = any(self.matches(name) for name in names)
        if not accepted:
            wanted = self.address or ".".join(self.labels)
            seen = ", ".join([*names, *map(str, addresses)]) or "no name"
            raise _refusal(f"it is for {seen}, not for {wanted} (tls.name)")


@dataclass(frozen=True, slots=True)
class Pin:
    """The SHA-256 of a public key as it stands in a certificate (RFC 7469 §2.4)."""

    digest: bytes

    @classmethod
    def parse(cls, text: str) -> Pin:
        """From `sha256/<base64>`; `ConfigurationError` if it is anything else."""
        try:
            digest = base64.b64decode(text.removeprefix(_PIN_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            digest = b""
        if not text.startswith(_PIN_PREFIX) or len(digest) != hashlib.sha256().digest_size:
            raise ConfigurationError("tls.pin", "must be sha256/ and 32 bytes in base64")
        return cls(digest)

    @classmethod
    def of(cls, certificate: bytes) -> Pin:
        """The pin of a certificate in DER. `ValueError` if that is no certificate."""
        return cls(hashlib.sha256(public_key_info(certificate)).digest())

    def __str__(self) -> str:
        return _PIN_PREFIX + base64.b64encode(self.digest).decode()

    def check(self, connection: ssl.SSLObject | ssl.SSLSocket) -> None:
        """`ssl.SSLCertVerificationError` if the peer's key is another one."""
        certificate = connection.getpeercert(binary_form=True)
        seen = Pin.of(certificate or b"")
        if not hmac.compare_digest(seen.digest, self.digest):
            raise _refusal(f"its key is {seen}, not the pinned one (tls.pin)")


def public_key_info(certificate: bytes) -> bytes:
    """The SubjectPublicKeyInfo, header included, of an X.509 certificate in DER (RFC 5280 §4.1).

    Certificate ::= SEQUENCE { tbs SEQUENCE { [0] version OPTIONAL, serial, algorithm, issuer,
    validity, subject, subjectPublicKeyInfo, ... }, ... }. `ValueError` if it is not built so.
    """
    tag, start, end = _element(certificate, 0, len(certificate))
    inner_tag, at, tbs_end = _element(certificate, start, end)
    if (tag, inner_tag) != (_SEQUENCE, _SEQUENCE):
        raise ValueError("not a certificate")
    if certificate[at : at + 1] == bytes([_EXPLICIT_0]):
        _, _, at = _element(certificate, at, tbs_end)
    for _ in range(5):  # serial, algorithm, issuer, validity, subject
        _, _, at = _element(certificate, at, tbs_end)
    tag, _, after = _element(certificate, at, tbs_end)
    if tag != _SEQUENCE:
        raise ValueError("not a certificate")
    return certificate[at:after]


def _refusal(text: str) -> ssl.SSLCertVerificationError:
    # With a number first, as OpenSSL's own, or the text would be shown as a tuple.
    return ssl.SSLCertVerificationError(ssl.SSLErrorNumber.SSL_ERROR_SSL, text)


def _element(der: bytes, at: int, limit: int) -> tuple[int, int, int]:
    """Tag, first byte of the content and first byte after it, of the element at `at`."""
    if at + 2 > limit:
        raise ValueError("not a certificate")
    tag, length = der[at], der[at + 1]
    start = at + 2
    if length & 0x80:
        width = length & 0x7F
        length = int.from_bytes(der[start : start + width], "big")
        start += width
    if start + length > limit:
        raise ValueError("not a certificate")
    return tag, start, start + length


def _labels(name: str) -> tuple[str, ...]:
    return tuple(name.lower().removesuffix(".").split("."))


def _names(
    connection: ssl.SSLObject | ssl.SSLSocket,
) -> tuple[list[str], list[IPv4Address | IPv6Address]]:
    certificate = connection.getpeercert() or {}
    alternatives: list[tuple[str, str]] = list(certificate.get("subjectAltName", ()))  # type: ignore[arg-type]
    names = [value for kind, value in alternatives if kind == "DNS"]
    addresses = [ip_address(value.strip()) for kind, value in alternatives if kind == "IP Address"]
    if not names:
        subject: tuple[tuple[tuple[str, str], ...], ...] = certificate.get("subject", ())  # type: ignore[assignment]
        names = [value for part in subject for key, value in part if key == "commonName"]
    return names, addresses
