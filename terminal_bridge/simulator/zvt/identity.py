"""Commands that change who the terminal is (06 1B, 06 95), or ask for it as Feig's do (0F A1)."""

from __future__ import annotations

from typing import Final

from terminal_bridge.simulator.zvt.command import Command
from terminal_bridge.simulator.zvt.effects import Keep
from terminal_bridge.simulator.zvt.fields import pack
from terminal_bridge.simulator.zvt.job import Job, Twist, byte_field
from terminal_bridge.simulator.zvt.message import Message, refused
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.steps import Procedure, do
from terminal_bridge.simulator.zvt.store import News
from terminal_bridge.zvt.tables import errors

_PASSWORD: Final = 3
_SYSTEM_INFORMATION: Final = 1
_DEVICE_ID: Final = "17FD1E3C"
"""Eight hexadecimal digits, as text."""
_VERSION_SIZE: Final = 17


class SetTerminalId(Job):
    """06 1B: only while the turnover is empty. Without BMP 29 the id is reset."""

    def run(self) -> Procedure[None]:
        """Take the new id over, or fail."""
        if self.pt.store.turnover:
            yield from self.fail(errors.END_OF_DAY_PENDING)
            return
        wanted = self.command.fields.digits(0x29) or self.pt.made_with.terminal_id
        if not wanted.isdecimal():
            yield from self.fail(errors.PROTOCOL_ERROR)
            return
        yield from do(Keep(self.pt.take(News(terminal_id=wanted))))
        yield from self.complete()


class ChangePassword(Job):
    """06 95: the old one was checked where one is insisted on."""

    def run(self) -> Procedure[None]:
        """Take the new one over."""
        new = self.command.head[_PASSWORD:].hex()
        if not new.isdecimal():
            yield from self.fail(errors.PROTOCOL_ERROR)
            return
        if self.pt.profile.password:
            yield from do(Keep(self.pt.take(News(password=new))))
        yield from self.complete(byte_field(0x27, errors.OK))


class SystemInformation(Job):
    """0F A1 with instruction 1: the completion is untagged (the layout is [inferred])."""

    def run(self) -> Procedure[None]:
        """Complete with device, software and terminal."""
        profile = self.pt.profile
        version = profile.software[:_VERSION_SIZE].ljust(_VERSION_SIZE)
        head = (_DEVICE_ID + version).encode("ascii") + pack(profile.terminal_id, 4)
        yield from self.complete(head)


def vendor_function(pt: Pt, command: Command, _twist: Twist) -> Job | Message:
    """0F A1: an instruction of two bytes, behind a password or not."""
    if not pt.profile.vendor_functions:
        return refused(errors.FUNCTION_NOT_POSSIBLE)
    if command.data[-2:] != _SYSTEM_INFORMATION.to_bytes(2, "big"):
        return refused(errors.FUNCTION_NOT_POSSIBLE)
    return SystemInformation(pt, command)
