"""ZVT over TCP and over a serial line: what answers there, and whether it lets us register."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from opi_pos.cli.doctor.application import ask
from opi_pos.cli.doctor.findings import Finding
from opi_pos.cli.doctor.network import place_of, way_to
from opi_pos.cli.doctor.visit import Visit
from opi_pos.cli.options import Where
from opi_pos.model.errors import ConfigurationError, LinkError
from opi_pos.model.news import Answer, Verdict
from opi_pos.model.reports import Condition, DiagnosisReport
from opi_pos.ports import DeviceDoor, DriverSettings
from opi_pos.runtime.config import PoiSettings
from terminal_bridge.drivers.zvt.address import Address, Scheme, parse
from terminal_bridge.drivers.zvt.connecting import connect
from terminal_bridge.drivers.zvt.driver import ZvtDriver
from terminal_bridge.drivers.zvt.profile import DEFAULT, profile_of
from terminal_bridge.links.byte_link import ByteLink
from terminal_bridge.links.serial import BY_ID, SerialLink

_KEPT: Final = 64
"""Bytes of an answer that are kept to tell what speaks there."""
_NAK: Final = b"\x15"
_REMEDIES: Final = {
    "37": "set password (six digits), password_file or password_env in the --config file",
    "6F": "set currency to the terminal's own, in the --config file or with --currency",
    "7D": "it was updated or started anew: try again, or use ?profile=ccv",
    "83": "its ECR interface is switched off, or another protocol is set in its menu",
    "A0": "it works on something: look at its screen, and try again when it is free",
    "9C": "it works on something: look at its screen, and try again when it is free",
}


async def reach(url: str) -> list[Finding]:
    """Name and port, or the serial device."""
    address = parse(url, "--terminal")
    if address.scheme is Scheme.SERIAL:
        return [await _device(address)]
    return await way_to(place_of(url, _port_of(address)), "zvt")


def _port_of(address: Address) -> int:
    try:
        return address.port or profile_of(address.profile or DEFAULT).port
    except KeyError:
        raise ConfigurationError("--terminal", f"no profile {address.profile!r}") from None


# --- the serial device --------------------------------------------------------------------------


async def _device(address: Address) -> Finding:
    """Whether it is there and free; nothing is written to it."""
    link = SerialLink(address.device, baud=address.baud, stop_bits=address.stop_bits)
    try:
        await link.connect()
    except LinkError as error:
        problem = str(error)
        return Finding(check="device", good=False, what=problem, remedy=_device_remedy(problem))
    name = link.place
    await link.close()
    what = f"{address.device} is there and free, at {address.baud} baud"
    if name != address.device:
        what += f"; its lasting name is {name}"
    return Finding(check="device", good=True, what=what)


def _device_remedy(problem: str) -> str:
    if "ermission" in problem:
        return "let this user use serial devices (on Debian: the group dialout), and log in anew"
    if "another process" in problem or "busy" in problem:
        return "stop the other program, or let it drive the terminal and use the same journal"
    if "No such" in problem or "not find" in problem:
        there = _devices()
        return f"plug it in, or name one that is there: {', '.join(there) or 'there is none'}"
    return "name a serial device, such as /dev/ttyUSB0, a name in /dev/serial/by-id, or COM3"


def _devices() -> list[str]:
    """Serial devices of this machine, by their lasting names where they have one."""
    from serial.tools.list_ports import comports  # noqa: PLC0415 - only for the remedy

    named = sorted(str(link) for link in BY_ID.glob("*"))
    known = {str(Path(link).resolve()) for link in named}
    return named + sorted(port.device for port in comports() if port.device not in known)


# --- what speaks there --------------------------------------------------------------------------


class _Heard:
    """A link that remembers how the answer began."""

    def __init__(self) -> None:
        self.link: ByteLink | None = None
        self.first = b""

    def around(self, link: ByteLink) -> ByteLink:
        self.link = link
        return self

    @property
    def _inner(self) -> ByteLink:
        assert self.link is not None, "put around a link before it is used"
        return self.link

    @property
    def place(self) -> str:
        return self._inner.place

    async def connect(self) -> None:
        await self._inner.connect()

    async def read(self) -> bytes:
        data = await self._inner.read()
        self.first = (self.first + data)[:_KEPT]
        return data

    def write(self, data: bytes) -> None:
        self._inner.write(data)

    async def close(self) -> None:
        await self._inner.close()


async def application(settings: PoiSettings) -> Finding:
    """Register and ask for the status. A refused registration is named."""
    heard = _Heard()

    def overheard(settings: DriverSettings, door: DeviceDoor) -> ZvtDriver:
        return connect(settings, door, tap=heard.around)

    serial = settings.url.startswith(Scheme.SERIAL)
    finding = await ask(
        settings,
        connect=overheard,
        answered=_answered,
        remedy_for=lambda problem: _remedy_for(problem, heard.first, serial=serial),
    )
    if not finding.good and (foreign := _foreign(heard.first)) and not serial:
        return Finding(check="application", good=False, what=foreign, remedy=_OTHER_PORT)
    return finding


_OTHER_PORT: Final = "correct the port (often 20007), or set the terminal's ECR interface to ZVT"


def _foreign(first: bytes) -> str:
    """What speaks there, if it is not ZVT; empty when it may be."""
    if first.startswith(b"HTTP/"):
        return "a web server answers on this port, not ZVT"
    if first[:2] == b"\x15\x03" and first[2:3] <= b"\x04":
        return "it speaks TLS on this port, not ZVT"
    if first[:2] == b"\x10\x02" or first == _NAK:
        return "it speaks like ZVT's serial line (DLE, ACK, NAK) on a network port"
    if len(first) >= 4 and all(0x20 <= byte < 0x7F or byte in b"\r\n\t" for byte in first):
        text = first.decode("ascii").split("\n", 1)[0].strip()
        return f"something else speaks on this port: {text!r}"
    if first and first[0] not in _CLASSES:
        return f"something else speaks on this port: {first[:8].hex(' ').upper()} …"
    return ""


_CLASSES: Final = frozenset({0x01, 0x04, 0x05, 0x06, 0x08, 0x0F, 0x80, 0x84})


def _remedy_for(problem: str, first: bytes, *, serial: bool) -> str:
    if serial and not first:
        return (
            "nothing came back: check cable and power, baud and stopbits in the URL, and that the"
            " terminal's ECR interface is set to ZVT on this line"
        )
    if serial:
        return "the line is bad, or baud and stopbits in the URL are not the terminal's"
    if not first and "closed" in problem:
        return (
            "it took the connection and hung up: another till may be connected to it, or this is"
            " not its ZVT port"
        )
    if not first:
        return (
            "the port is open and nobody speaks ZVT on it: correct the port (often 20007), set its"
            " ECR interface to ZVT, and look whether it is busy or hangs"
        )
    return "it began to answer and stopped: look at its screen, and try again"


def _answered(answer: Answer) -> Finding:
    """An answer in ZVT; a refusal is named, because no payment would get past it."""
    words = answer.message
    if answer.verdict is not Verdict.APPROVED:
        remedy = _REMEDIES.get(answer.condition, "look at its screen; see also `opi-pos diagnose`")
        code = f" (code {answer.condition})" if answer.condition else ""
        what = f"{words or 'it refuses'}{code}"
        return Finding(check="application", good=False, what=what, remedy=remedy)
    report = answer.payload
    if isinstance(report, DiagnosisReport) and report.condition is Condition.MAINTENANCE:
        remedy = "`opi-pos login` does what it wants done, where a till can"
        what = f"it answers, and takes no payments now: {words or 'maintenance'}"
        return Finding(check="application", good=False, what=what, remedy=remedy)
    what = f"it answers in ZVT, lets us register and is well ({words or 'ready'})"
    return Finding(check="application", good=True, what=what)


async def reached(where: Where, listen: str) -> Finding:
    """A ZVT terminal never calls."""
    del where, listen
    what = "not needed: whatever the terminal says comes on the till's own connection"
    return Finding(check="listener", good=True, what=what)


VISIT = Visit(reach=reach, application=application, reached=reached)
