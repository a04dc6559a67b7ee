"""TLS contexts: the terminal as seen by the till, and the till's own door.

A terminal is reached by an address that its certificate does not name, so the name is checked
against a pattern of its own, beside the authority and an optional pin. Nothing here can switch
checking off.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typing_extensions import override

from opi_pos.http.certificate import NamePattern, Pin
from opi_pos.model.errors import ConfigurationError

_Check = Callable[[ssl.SSLObject | ssl.SSLSocket], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientTLS:
    """How the certificate of a terminal is checked.

    `ca`: PEM file of the authorities (default: those of the system; a self-signed certificate is
    its own authority). `name`: a host name, an address, or a pattern whose first label is `*`,
    compared with the names in the certificate (default: the address connected to). `pin`:
    `sha256/` and the base64 of the SHA-256 of the certificate's public key
    (SubjectPublicKeyInfo), which survives a renewal with the same key.
    """

    ca: Path | str | None = None
    name: str | None = None
    pin: str | None = None

    def context(self) -> ssl.SSLContext:
        """A context for asyncio or sockets. `ConfigurationError` names the key that is wrong."""
        # Not `create_default_context`: from Python 3.13 on that is stricter about the form of
        # certificates than those built into terminals are.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # What stands in the `ca` file is trusted, be it a root or the terminal's own certificate.
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        self._load_authorities(context)
        checks: list[_Check] = []
        if self.name is not None:
            context.check_hostname = False
            checks.append(NamePattern.parse(self.name).check)
        if self.pin is not None:
            checks.append(Pin.parse(self.pin).check)
        if checks:
            _check_after_handshake(context, checks)
        return context

    def _load_authorities(self, context: ssl.SSLContext) -> None:
        if self.ca is None:
            context.load_default_certs()
            return
        try:
            context.load_verify_locations(cafile=self.ca)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                "tls.ca", f"{self.ca} cannot be used: {_why(error)}"
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerTLS:
    """Certificate chain and private key of a door, as PEM files without a password."""

    cert: Path | str
    key: Path | str

    def context(self) -> ssl.SSLContext:
        """A server context, TLS 1.2 and up. `ConfigurationError` names the file."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        for key, path in (("tls.cert", self.cert), ("tls.key", self.key)):
            if not Path(path).is_file():
                raise ConfigurationError(key, f"{path} is not a file")
        try:
            context.load_cert_chain(self.cert, self.key, password=_refuse_password)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                "tls.cert", f"{self.cert} with {self.key} cannot be used: {_why(error)}"
            ) from error
        return context


def _check_after_handshake(context: ssl.SSLContext, checks: list[_Check]) -> None:
    """Make every connection of `context` run `checks` before a byte of the request can leave."""

    class CheckedObject(ssl.SSLObject):
        @override
        def do_handshake(self) -> None:
            super().do_handshake()
            for check in checks:
                check(self)

    class CheckedSocket(ssl.SSLSocket):
        @override
        def do_handshake(self, *args: Any) -> None:
            super().do_handshake(*args)
            for check in checks:
                check(self)

    context.sslobject_class = CheckedObject
    context.sslsocket_class = CheckedSocket


def _refuse_password() -> str:
    # Without this OpenSSL would ask on the terminal of the process.
    raise ValueError("the key is protected by a password; store it without one")


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
