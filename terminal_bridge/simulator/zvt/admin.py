"""Commands of the administration: registration, status, diagnosis, initialisation, clock, …"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from terminal_bridge.simulator.zvt import shown
from terminal_bridge.simulator.zvt.command import Command
from terminal_bridge.simulator.zvt.effects import Keep, Reboot
from terminal_bridge.simulator.zvt.fields import Fields, bmp, pack
from terminal_bridge.simulator.zvt.job import Job, byte_field
from terminal_bridge.simulator.zvt.message import (
    PRINT_BLOCK,
    PRINT_LINE,
    SEQUENCE_ID,
    SET_TILL_CLOCK,
    Message,
)
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.slips import ADMIN, Paper
from terminal_bridge.simulator.zvt.steps import Procedure, do, pause, tell
from terminal_bridge.simulator.zvt.store import News
from terminal_bridge.zvt.charsets import code_of
from terminal_bridge.zvt.tables import errors, terminal_status
from terminal_bridge.zvt.tlv import Tlv

_NO_VERSION: Final = 0x02
_DETAILS: Final = 0x04
_REBOOTED: Final = b"\x01"
_NEVER: Final = -1


class Registered(Job):
    """06 00 was taken: its completion."""

    def run(self) -> Procedure[None]:
        """Complete with what the terminal is and can."""
        pt, profile = self.pt, self.pt.profile
        head = byte_field(0x19, pt.status_byte) + bmp(0x29, pack(profile.terminal_id, 4))
        if pt.registration.currency:
            head += bmp(0x49, bytes.fromhex(pt.registration.currency))
        yield from self.complete(head, self._abilities() or None)

    def _abilities(self) -> tuple[Tlv, ...]:
        profile, registration = self.pt.profile, self.pt.registration
        forms = [PRINT_LINE] * profile.lines + [PRINT_BLOCK] * profile.blocks
        listed = [Tlv(0x0A, control.to_bytes(2, "big")) for control in forms]
        objects = [] if self.simply else [Tlv.of(0x26, listed)]
        if registration.width is not None:
            objects.append(Tlv(0x12, pack(registration.width, 1)))
        if registration.charset:
            code = code_of(registration.charset)
            assert code is not None, "agreed on by its code"
            objects.append(Tlv.of(0x27, [Tlv(0x14, bytes((code,)))]))
        if registration.sequence:
            objects.append(Tlv(SEQUENCE_ID, bytes(3)))
        return tuple(objects)


class StatusEnquiry(Job):
    """05 01."""

    payment_receipt = False

    def run(self) -> Procedure[None]:
        """Complete with software version and status."""
        wanted = self.command.fields.byte(0x03)
        head = bytes((self.pt.status,))
        if not wanted & _NO_VERSION:
            version = self.pt.profile.software.encode("ascii")
            length = bytes(0xF0 | int(digit) for digit in f"{len(version):03d}")
            head = length + version + head
        details = bool(wanted & _DETAILS) and self.tlv
        yield from self.complete(head, self._details() if details else None)

    def _details(self) -> tuple[Tlv, ...]:
        pt = self.pt
        stamp = pt.stamp
        device = [
            Tlv(0x1F40, pt.profile.device.encode("ascii")),
            Tlv(0x1F41, pt.profile.software.encode("ascii")),
            Tlv(0x1F42, pack(pt.profile.terminal_id, 4)),
            Tlv(0x1F43, b"\x00"),
        ]
        objects = [
            Tlv(0x1F44, pack(pt.profile.terminal_id, 4)),
            Tlv.of(0xE4, device),
            Tlv.of(0x34, [Tlv(0x1F0E, pack(stamp[:8], 4)), Tlv(0x1F0F, pack(stamp[8:], 3))]),
        ]
        if pt.started:
            objects.append(Tlv(0x1F79, _REBOOTED))
            pt.started = False
        return tuple(objects)


class Housekeeping(Job):
    """06 70, 06 93, 06 79, 06 1A, 06 51: talk to the host, print, complete; a lock may open."""

    payment_receipt = False

    def __init__(
        self, pt: Pt, command: Command, title: str, *, opens: int = _NEVER, clock: bool = False
    ) -> None:
        """`opens`: the lock that goes; `clock`: tell the till the time."""
        super().__init__(pt, command)
        self._title = title
        self._opens = opens
        self._clock = clock

    def run(self) -> Procedure[None]:
        """One call of the host."""
        yield from self.show(shown.PLEASE_WAIT)
        yield from pause()
        if self.pt.store.lock == self._opens:
            yield from do(Keep(self.pt.take(News(lock=terminal_status.READY))))
        if self._clock and self.pt.registration.lists(SET_TILL_CLOCK):
            stamp = self.pt.stamp
            head = bmp(0xAA, pack(stamp[2:8], 3)) + bmp(0x0C, pack(stamp[8:], 3))
            yield from tell(Message(SET_TILL_CLOCK, head))
        lines = (self._title, f"Terminal-ID: {self.pt.profile.terminal_id}", "Durchgeführt: OK")
        yield from self.print_papers((Paper(ADMIN, lines),))
        yield from self.complete(*self._ending())

    def _ending(self) -> tuple[bytes, tuple[Tlv, ...] | None]:
        return b"", None


class Diagnosis(Housekeeping):
    """06 70."""

    def _ending(self) -> tuple[bytes, tuple[Tlv, ...] | None]:
        """What the maker's terminals add to its completion."""
        profile = self.pt.profile
        code = profile.diagnosis_ends_with
        objects = tuple(Tlv(tag, b"\0") for tag in profile.diagnosis_tags)
        return byte_field(0x27, code) if code else b"", None if self.simply else objects or None


class SetClock(Job):
    """06 91: the terminal takes over the till's date and time."""

    def run(self) -> Procedure[None]:
        """Set and complete, or fail when it is no time."""
        moment = moment_of(self.command.fields)
        if moment is None:
            yield from self.fail(errors.PROTOCOL_ERROR)
            return
        yield from do(Keep(self.pt.take(News(clock_s=moment - self.pt.now))))
        if self.pt.store.lock == _CLOCK_WRONG:
            yield from do(Keep(self.pt.take(News(lock=terminal_status.READY))))
        yield from self.complete()


_CLOCK_WRONG: Final = 0x62


def moment_of(fields: Fields) -> float | None:
    """Unix seconds of AA and 0C; None when they are no date and time."""
    text = fields.digits(0xAA) + fields.digits(0x0C)
    try:
        return datetime.strptime(text, "%y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


class Restart(Job):
    """06 18."""

    def run(self) -> Procedure[None]:
        """Complete, then start anew."""
        yield from self.complete()
        yield from do(Reboot())


class Simply(Job):
    """A command that only needs to be completed."""

    def run(self) -> Procedure[None]:
        """Complete."""
        yield from self.complete()
