"""Can we reach it: name, port, TLS. The same for every protocol over a network."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from opi_pos.cli.doctor.findings import Finding
from opi_pos.model.errors import ConfigurationError

CONNECT_S: Final = 5.0
SPEAK_S: Final = 3.0
"""How long whoever listens may take to show what it speaks."""
_TLS_HELLO: Final = b"\x15\x03"
"""How an answer of a TLS server to plain text begins: an alert record, version 3.x."""
_USUAL_PORTS: Final = {"http": 80, "https": 443}


class Place(NamedTuple):
    """Where a terminal's URL leads. `port` 0: the URL does not say, and no protocol does."""

    host: str
    port: int
    transport: str
    """What stands behind the + of the scheme: `http`, `https`, `tcp`, `tls`, …"""


def place_of(url: str, usual_port: int = 0) -> Place:
    """Take any `X+transport://host:port` apart; `usual_port` is the protocol's own."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError("--terminal", f"cannot be read: {error}") from None
    if not host:
        raise ConfigurationError("--terminal", f"{url}: needs a host")
    transport = parts.scheme.rpartition("+")[2]
    return Place(host, port or usual_port or _USUAL_PORTS.get(transport, 0), transport)


async def way_to(place: Place, scheme: str) -> list[Finding]:
    """Name, port and, where the transport decides it, TLS; ends with the first that fails.

    `scheme` is the part before the + of the URL, for remedies.
    """
    found = [await name_known(place.host)]
    if found[-1].good and place.port:
        found.append(await port_open(place.host, place.port))
        if found[-1].good and place.transport in {"http", "https"}:
            found.append(await tls_as_written(place, scheme))
    return found


async def name_known(host: str) -> Finding:
    """Whether the name leads to an address."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        what = f"{host}: {error.strerror or error}"
        remedy = "write the terminal's IP address, or correct the name"
        return Finding(check="name", good=False, what=what, remedy=remedy)
    return Finding(check="name", good=True, what=f"{host} is {found[0][4][0]}")


async def port_open(host: str, port: int) -> Finding:
    """Whether somebody takes a connection; it is closed again at once."""
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


async def tls_as_written(place: Place, scheme: str) -> Finding:
    """Does it speak TLS or not, and is the URL written so?"""
    secure = place.transport == "https"
    speaks = await _speaks_tls(place.host, place.port)
    if speaks is secure:
        what = "TLS, as the URL says" if secure else "no TLS, as the URL says"
        return Finding(check="tls", good=True, what=what)
    if secure:
        what = "it speaks no TLS on this port"
        remedy = f"write {scheme}+http://, or correct the port"
    else:
        what, remedy = "it speaks TLS on this port", f"write {scheme}+https://"
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
