"""Can we reach it: name, port, TLS, and what answers there."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Final

from opi_pos.cli.doctor.findings import Finding
from opi_pos.http.listen import DEFAULT_PORT
from opi_pos.model.errors import ConfigurationError
from opi_pos.wire.nexo.profile import profile as nexo_profile
from terminal_bridge.drivers.nexo.address import Address, Scheme, parse

CONNECT_S: Final = 5.0
SPEAK_S: Final = 3.0
"""How long whoever listens may take to show what it speaks."""
_TLS_HELLO: Final = b"\x15\x03"
"""How an answer of a TLS server to plain text begins: an alert record, version 3.x."""


async def reach(url: str) -> list[Finding]:
    """The way to a terminal's URL, step by step; ends with the first that fails."""
    host, port, secure = place_of(url)
    found = [await _name(host)]
    if found[-1].good:
        found.append(await _port(host, port))
    if found[-1].good and url.startswith("nexo+http"):
        found.append(await _language(host, port, secure=secure))
    return found


def place_of(url: str) -> tuple[str, int, bool]:
    """Host, port and whether TLS is meant."""
    address = parse(url, "--terminal")
    return address.host, address.port or _usual_port(address), address.scheme is Scheme.HTTPS


def _usual_port(address: Address) -> int:
    if not address.profile:
        return DEFAULT_PORT
    try:
        return nexo_profile(address.profile).default_port
    except KeyError:
        raise ConfigurationError("--terminal", f"no profile {address.profile!r}") from None


async def _name(host: str) -> Finding:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        what = f"{host}: {error.strerror or error}"
        remedy = "write the terminal's IP address, or correct the name"
        return Finding(check="name", good=False, what=what, remedy=remedy)
    return Finding(check="name", good=True, what=f"{host} is {found[0][4][0]}")


async def _port(host: str, port: int) -> Finding:
    place = f"{host}:{port}"
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        what = f"{place} does not answer at all"
        remedy = "is the terminal on, in this network, and not behind a firewall?"
        return Finding(check="port", good=False, what=what, remedy=remedy)
    except ConnectionRefusedError:
        what = f"{place}: the machine is there, but nothing listens on that port"
        remedy = "correct the port, or start the payment application on the terminal"
        return Finding(check="port", good=False, what=what, remedy=remedy)
    except OSError as error:
        what = f"{place}: {error.strerror or error}"
        remedy = "check address, cable and network of the terminal"
        return Finding(check="port", good=False, what=what, remedy=remedy)
    writer.close()
    return Finding(check="port", good=True, what=f"{place} takes connections")


async def _language(host: str, port: int, *, secure: bool) -> Finding:
    """Does it speak TLS or not, and is the URL written so?"""
    speaks = await _speaks_tls(host, port)
    if speaks is secure:
        what = "TLS, as the URL says" if secure else "no TLS, as the URL says"
        return Finding(check="tls", good=True, what=what)
    if secure:
        what, remedy = "it speaks no TLS on this port", "write nexo+http://, or correct the port"
    else:
        what, remedy = "it speaks TLS on this port", "write nexo+https://"
    return Finding(check="tls", good=False, what=what, remedy=remedy)


async def _speaks_tls(host: str, port: int) -> bool:
    """Any handshake proves it, whatever the certificate: that is checked when it is used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(SPEAK_S):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, TimeoutError):
        # A server that asks for a client certificate ends the handshake, yet speaks TLS.
        return await _answers_in_tls(host, port)
    writer.close()
    return True


async def _answers_in_tls(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(SPEAK_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"OPTIONS * HTTP/1.1\r\nHost: terminal\r\nConnection: close\r\n\r\n")
                return (await reader.read(2)) == _TLS_HELLO
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
