"""TLS between the client and the door: authority, name and pin, each alone able to refuse."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from opi_pos.http.certificate import Pin
from opi_pos.http.client import HttpClient
from opi_pos.http.door import Door, DoorConfig
from opi_pos.http.limits import Limits
from opi_pos.http.tls import ClientTLS, ServerTLS
from opi_pos.model.errors import ConfigurationError, LinkError

if TYPE_CHECKING:
    from tests.opi_pos.http.conftest import EchoApp, HeldApp

Key = ec.EllipticCurvePrivateKey


@dataclass
class Authority:
    """Issues certificates into a folder."""

    folder: Path
    name: str = "authority"

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.ca = self.folder / f"{self.name}.pem"
        self.ca.write_bytes(_issue(self.name, (), self.key, self.name, self.key, authority=True))

    def issue(self, common_name: str, names: tuple[str, ...] = (), *, days: int = 1) -> ServerTLS:
        key = ec.generate_private_key(ec.SECP256R1())
        cert, private = self.folder / "cert.pem", self.folder / "key.pem"
        cert.write_bytes(_issue(common_name, names, key, self.name, self.key, days=days))
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return ServerTLS(cert=cert, key=private)


def _issue(
    name: str,
    names: tuple[str, ...],
    key: Key,
    issuer: str,
    issuer_key: Key,
    *,
    authority: bool = False,
    days: int = 1,
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=10))
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_alternative(each) for each in names]), critical=False
        )
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def pin_of(tls: ServerTLS) -> str:
    return str(Pin.of(ssl.PEM_cert_to_DER_cert(Path(tls.cert).read_text())))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def post(app: EchoApp, server: ServerTLS, client: ClientTLS | None) -> bytes:
    """What comes back from a door with `server`, asked with `client` at its address."""
    async with Door(app, DoorConfig(tls=server)) as door, HttpClient(tls=client) as poster:
        assert door.url == f"https://127.0.0.1:{door.port}"
        return (await poster.post(door.url + "/d", b"secret")).body


async def refusal(app: EchoApp, server: ServerTLS, client: ClientTLS | None) -> str:
    """The text of the refusal; not a byte of the request may have left."""
    with pytest.raises(LinkError) as caught:
        await post(app, server, client)
    assert caught.value.written is False
    assert app.seen == []
    return str(caught.value)


@pytest.mark.parametrize(
    ("common_name", "names"),
    [
        ("whatever", ("t1.terminal.example",)),
        ("whatever", ("other.example", "t1.terminal.example")),
        ("t1.terminal.example", ()),
        ("t1.terminal.example", ("192.0.2.15",)),
    ],
)
async def test_a_name_in_the_certificate_is_matched_whatever_the_address(
    common_name: str, names: tuple[str, ...], authority: Authority, echo: EchoApp
) -> None:
    server = authority.issue(common_name, names)
    client = ClientTLS(ca=authority.ca, name="*.terminal.example", pin=pin_of(server))
    assert await post(echo, server, client) == b"secret"
    assert echo.scopes[0]["scheme"] == "https"


async def test_an_address_in_the_certificate_is_matched(
    authority: Authority, echo: EchoApp
) -> None:
    server = authority.issue("t", ("192.0.2.15",))
    client = ClientTLS(ca=authority.ca, name="192.0.2.15")
    assert await post(echo, server, client) == b"secret"
    assert "accepted: it is for t, 192.0.2.15, not for 192.0.2.16" in await refusal(
        type(echo)(), server, ClientTLS(ca=authority.ca, name="192.0.2.16")
    )


async def test_without_a_name_the_certificate_must_name_the_address(
    authority: Authority, echo: EchoApp
) -> None:
    client = ClientTLS(ca=authority.ca)
    assert await post(echo, authority.issue("t", ("127.0.0.1",)), client) == b"secret"
    text = await refusal(type(echo)(), authority.issue("t", ("192.0.2.15",)), client)
    assert "the certificate is not accepted" in text


async def test_a_self_signed_certificate_is_its_own_authority(
    authority: Authority, echo: EchoApp
) -> None:
    server = authority.issue("t1.terminal.example")
    client = ClientTLS(ca=server.cert, name="t1.terminal.example")
    assert await post(echo, server, client) == b"secret"


async def test_another_name_is_refused(authority: Authority, echo: EchoApp) -> None:
    server = authority.issue("t1.terminal.example", ("t1.elsewhere.example",))
    client = ClientTLS(ca=authority.ca, name="*.terminal.example", pin=pin_of(server))
    text = await refusal(echo, server, client)
    assert "is for t1.elsewhere.example, not for *.terminal.example" in text


async def test_another_authority_is_refused_even_with_the_right_pin(
    authority: Authority, tmp_path: Path, echo: EchoApp
) -> None:
    server = authority.issue("t1.terminal.example")
    other = Authority(tmp_path, "other")
    client = ClientTLS(ca=other.ca, name="*.terminal.example", pin=pin_of(server))
    assert "the certificate is not accepted" in await refusal(echo, server, client)


@pytest.mark.parametrize("client", [None, ClientTLS(), ClientTLS(name="t1.terminal.example")])
async def test_without_an_authority_those_of_the_system_decide(
    client: ClientTLS | None, authority: Authority, echo: EchoApp
) -> None:
    server = authority.issue("t1.terminal.example", ("127.0.0.1", "t1.terminal.example"))
    assert "the certificate is not accepted" in await refusal(echo, server, client)


async def test_another_key_than_the_pinned_one_is_refused_and_shown(
    authority: Authority, echo: EchoApp
) -> None:
    old = pin_of(authority.issue("t1.terminal.example"))
    server = authority.issue("t1.terminal.example")
    client = ClientTLS(ca=authority.ca, name="*.terminal.example", pin=old)
    assert f"its key is {pin_of(server)}, not the pinned one" in await refusal(echo, server, client)


async def test_an_expired_certificate_is_refused(authority: Authority, echo: EchoApp) -> None:
    server = authority.issue("t1.terminal.example", days=-1)
    client = ClientTLS(ca=authority.ca, name="*.terminal.example", pin=pin_of(server))
    assert "expired" in await refusal(echo, server, client)


async def test_a_terminal_without_tls_is_refused(authority: Authority, echo: EchoApp) -> None:
    client = ClientTLS(ca=authority.ca, name="*.terminal.example")
    async with Door(echo, DoorConfig()) as door, HttpClient(tls=client) as poster:
        with pytest.raises(LinkError) as caught:
            await poster.post(door.url.replace("http:", "https:"), b"secret")
    assert caught.value.written is False


async def test_the_checks_hold_for_plain_streams_and_under_uvloop(
    authority: Authority, echo: EchoApp
) -> None:
    uvloop = pytest.importorskip("uvloop")
    server = authority.issue("t1.terminal.example")
    right = ClientTLS(ca=authority.ca, name="*.terminal.example").context()
    wrong = ClientTLS(ca=authority.ca, name="*.elsewhere.example").context()

    async def main() -> None:
        async with Door(echo, DoorConfig(tls=server)) as door:
            _, writer = await asyncio.open_connection("127.0.0.1", door.port, ssl=right)
            writer.close()
            with pytest.raises(ssl.SSLCertVerificationError, match="not for"):
                await asyncio.open_connection("127.0.0.1", door.port, ssl=wrong)

    await main()
    await asyncio.to_thread(uvloop.run, main())


def test_the_checks_hold_for_blocking_sockets(authority: Authority, echo: EchoApp) -> None:
    import socket  # noqa: PLC0415 - only here

    server = authority.issue("t1.terminal.example")
    wrong = ClientTLS(ca=authority.ca, name="*.elsewhere.example").context()

    async def main() -> None:
        async with Door(echo, DoorConfig(tls=server)) as door:

            def connect() -> None:
                with socket.create_connection(("127.0.0.1", door.port)) as raw:
                    wrong.wrap_socket(raw, server_hostname="127.0.0.1")

            with pytest.raises(ssl.SSLCertVerificationError, match="not for"):
                await asyncio.to_thread(connect)

    asyncio.run(main())


@pytest.mark.parametrize("old", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_the_door_speaks_no_tls_older_than_1_2(
    old: ssl.TLSVersion, authority: Authority, echo: EchoApp
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = old
    async with Door(echo, DoorConfig(tls=authority.issue("t"))) as door:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", door.port, ssl=context)


async def test_a_handshake_has_the_deadline_of_a_request(
    authority: Authority, echo: EchoApp
) -> None:
    config = DoorConfig(tls=authority.issue("t"), limits=Limits(receive_s=0.2))
    async with Door(echo, config) as door, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        assert await reader.read() == b""
        writer.close()


@pytest.fixture
def trusted(authority: Authority) -> ssl.SSLContext:
    return ClientTLS(ca=authority.ca, name="*.terminal.example").context()


async def test_a_refusal_reaches_the_peer_over_tls_too(
    authority: Authority, trusted: ssl.SSLContext, echo: EchoApp
) -> None:
    config = DoorConfig(tls=authority.issue("t1.terminal.example"), limits=Limits(linger_s=0.2))
    async with Door(echo, config) as door, asyncio.timeout(5):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port, ssl=trusted)
        writer.write(b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 9999999\r\n\r\n" + b"a" * 9999)
        assert (await reader.read()).startswith(b"HTTP/1.1 413 ")
        writer.close()


async def test_a_door_with_tls_closes_in_time_with_a_stream_open(
    authority: Authority, trusted: ssl.SSLContext, held: HeldApp
) -> None:
    config = DoorConfig(tls=authority.issue("t1.terminal.example"), limits=Limits(grace_s=0.2))
    door = Door(held, config)
    await door.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port, ssl=trusted)
    writer.write(b"GET /stream HTTP/1.1\r\nHost: t\r\n\r\n")
    await reader.readuntil(b"data: 1\n\n")
    async with asyncio.timeout(2):
        await door.close()
    assert held.how == ["cancelled"]
    writer.close()


def test_files_that_cannot_be_used_are_named(authority: Authority, tmp_path: Path) -> None:
    good = authority.issue("t")
    absent, garbage = tmp_path / "absent.pem", tmp_path / "garbage.pem"
    garbage.write_text("garbage")
    for tls, message in (
        (ServerTLS(cert=absent, key=good.key), rf"tls\.cert: {absent} is not a file"),
        (ServerTLS(cert=good.cert, key=absent), rf"tls\.key: {absent} is not a file"),
        (ServerTLS(cert=garbage, key=good.key), rf"tls\.cert: {garbage} with .* cannot be used"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            tls.context()
    for path in (absent, garbage):
        with pytest.raises(ConfigurationError, match=rf"tls\.ca: {path} cannot be used"):
            ClientTLS(ca=path).context()


def test_a_key_with_a_password_is_refused_without_asking(authority: Authority) -> None:
    server = authority.issue("t")
    key = ec.generate_private_key(ec.SECP256R1())
    Path(server.key).write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))
    )
    with pytest.raises(ConfigurationError, match="protected by a password"):
        server.context()


def test_wrong_names_and_pins_are_refused_when_configured() -> None:
    with pytest.raises(ConfigurationError, match=r"tls\.name"):
        HttpClient(tls=ClientTLS(name="*"))
    with pytest.raises(ConfigurationError, match=r"tls\.pin"):
        HttpClient(tls=ClientTLS(pin="sha256/short"))
