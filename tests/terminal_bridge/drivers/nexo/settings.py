"""Settings of one terminal, and certificates for it."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from opi_pos.model.devices import DeviceAnswer, DeviceRequest
from opi_pos.model.ids import POIID, SaleID
from opi_pos.model.orders import Integration

TERMINAL = POIID("A-POIID")
TILL = SaleID("till-3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """As `[poi.front]` of a configuration."""

    url: str
    options: Mapping[str, Any] = field(default_factory=dict)
    integration: Integration = Integration.LIGHT
    name: str = "front"
    poi_id: POIID = TERMINAL
    sale_id: SaleID = TILL


class NoDoor:
    """A till that no terminal asks anything."""

    def knows(self, poi_id: POIID) -> bool:
        return False

    async def device_request(self, request: DeviceRequest) -> DeviceAnswer | None:
        raise AssertionError("nobody asks")

    async def announce(self, poi_id: POIID, host: str, port: int, peer: str) -> bool:
        return False


def self_signed(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A terminal's own TLS context, and the certificate as a CA file for the till."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "terminal")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, private)
    return context, cert
