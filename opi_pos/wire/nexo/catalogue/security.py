"""Cryptographic message syntax: protected card data, PIN blocks and the security trailer."""

from __future__ import annotations

from typing import Annotated

from opi_pos.wire.nexo.enumerations import Algorithm, AttributeType, CMSVersion, ContentType
from opi_pos.wire.nexo.facets import BASE64, length, octets
from opi_pos.wire.nexo.schema import AT_LEAST_ONE, ATTR, ONE_OF, Element


class ContentInformation(Element, frozen=True, kw_only=True):
    """A protected content: exactly one of the five kinds."""

    content_type: Annotated[str, ATTR, ContentType]
    enveloped_data: Annotated[EnvelopedData | None, ONE_OF] = None
    authenticated_data: Annotated[AuthenticatedData | None, ONE_OF] = None
    signed_data: Annotated[SignedData | None, ONE_OF] = None
    digested_data: Annotated[DigestedData | None, ONE_OF] = None
    named_key_encrypted_data: Annotated[NamedKeyEncryptedData | None, ONE_OF] = None


class EnvelopedData(Element, frozen=True, kw_only=True):
    """Content encrypted under a transported or shared key."""

    version: Annotated[str | None, ATTR, CMSVersion] = None  # absent: v0
    key_transport: Annotated[KeyTransport | None, ONE_OF] = None
    kek: Annotated[KEK | None, ONE_OF] = None
    encrypted_content: EncryptedContent


class KeyTransport(Element, frozen=True, kw_only=True):
    """A content key encrypted with the recipient's public key."""

    version: Annotated[str | None, ATTR, CMSVersion] = None  # absent: v0
    encrypted_key: Annotated[str, ATTR, BASE64]
    recipient_identifier: RecipientIdentifier
    key_encryption_algorithm: AlgorithmIdentifier


class RecipientIdentifier(Element, frozen=True, kw_only=True):
    """Whose public key was used."""

    issuer_and_serial_number: IssuerAndSerialNumber


class IssuerAndSerialNumber(Element, frozen=True, kw_only=True):
    """A certificate, by issuer and number."""

    issuer: Issuer
    serial_number: int


class Issuer(Element, frozen=True, kw_only=True):
    """The name of a certificate authority."""

    relative_distinguished_name: Annotated[tuple[RelativeDistinguishedName, ...], AT_LEAST_ONE] = ()


class RelativeDistinguishedName(Element, frozen=True, kw_only=True):
    """One part of a name."""

    attribute_type: Annotated[str, AttributeType]
    attribute_value: str


class AlgorithmIdentifier(Element, frozen=True, kw_only=True):
    """An algorithm and its parameters."""

    algorithm: Annotated[str, ATTR, Algorithm]
    parameter: Parameter | None = None


class Parameter(Element, frozen=True, kw_only=True):
    """The initialisation vector of a block cipher."""

    initialisation_vector: Annotated[str | None, ATTR, BASE64] = None


class KEK(Element, frozen=True, kw_only=True):
    """A content key encrypted with a shared key."""

    version: Annotated[str | None, ATTR, CMSVersion] = None  # absent: v4
    encrypted_key: Annotated[str, ATTR, BASE64]
    kek_identifier: KEKIdentifier
    key_encryption_algorithm: AlgorithmIdentifier


class KEKIdentifier(Element, frozen=True, kw_only=True):
    """Which shared key was used, in which version."""

    key_identifier: Annotated[str, ATTR]
    key_version: Annotated[str, ATTR, length(10, 10)]
    derivation_identifier: Annotated[str | None, ATTR, octets(5, 16)] = None


class EncryptedContent(Element, frozen=True, kw_only=True):
    """The encrypted bytes and how they were made."""

    content_type: Annotated[str, ATTR, ContentType]
    content_encryption_algorithm: AlgorithmIdentifier
    encrypted_data: Annotated[str, BASE64]


class AuthenticatedData(Element, frozen=True, kw_only=True):
    """Content with a message authentication code."""

    version: Annotated[str | None, ATTR, CMSVersion] = None  # absent: v0
    mac: Annotated[str, ATTR, BASE64]
    key_transport: Annotated[KeyTransport | None, ONE_OF] = None
    kek: Annotated[KEK | None, ONE_OF] = None
    mac_algorithm: AlgorithmIdentifier
    encapsulated_content: EncapsulatedContent


class EncapsulatedContent(Element, frozen=True, kw_only=True):
    """The content that a code or signature covers."""

    content_type: Annotated[str, ATTR, ContentType]
    content: Annotated[str | None, BASE64] = None


class SignedData(Element, frozen=True, kw_only=True):
    """Content with digital signatures."""

    version: Annotated[str | None, ATTR, CMSVersion] = None  # absent: v1
    digest_algorithm: Annotated[tuple[AlgorithmIdentifier, ...], AT_LEAST_ONE] = ()
    encapsulated_content: EncapsulatedContent
    certificate: Annotated[tuple[str, ...], BASE64] = ()
    signer: Annotated[tuple[Signer, ...], AT_LEAST_ONE] = ()


class Signer(Element, frozen=True, kw_only=True):
    """One signature."""

    version: Annotated[str | None, ATTR, CMSVersion] = None  # absent: v1
    signer_identifier: SignerIdentifier
    digest_algorithm: AlgorithmIdentifier
    signature_algorithm: AlgorithmIdentifier
    signature: Annotated[str, BASE64]


class SignerIdentifier(Element, frozen=True, kw_only=True):
    """Whose certificate verifies a signature."""

    issuer_and_serial_number: IssuerAndSerialNumber


class DigestedData(Element, frozen=True, kw_only=True):
    """Content with a digest."""

    version: Annotated[str | None, ATTR, CMSVersion] = None
    digest_algorithm: AlgorithmIdentifier
    encapsulated_content: EncapsulatedContent
    digest: Annotated[str, BASE64]


class NamedKeyEncryptedData(Element, frozen=True, kw_only=True):
    """Content encrypted with a key known by name."""

    version: Annotated[str | None, ATTR, CMSVersion] = None  # absent: v0
    key_name: str | None = None
    encrypted_content: EncryptedContent
