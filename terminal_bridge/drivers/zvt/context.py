"""What every part of the driver needs of one terminal and of one command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from opi_pos.model.devices import DeviceAnswer, DeviceBody, DeviceRequest
from opi_pos.model.ids import DeviceID, ServiceID
from opi_pos.model.news import DeviceAsked, News
from opi_pos.model.orders import Command, Integration
from opi_pos.model.secret import Secret
from terminal_bridge.drivers.zvt.options import Given, Options, Printing
from terminal_bridge.drivers.zvt.profile import Profile, Recovery, Signature

Tell = Callable[[News], Awaitable[DeviceAnswer | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """One terminal as it is set up: its profile, and what the till wants."""

    profile: Profile
    given: Given
    integration: Integration

    @property
    def options(self) -> Options:
        """The keys of the configuration."""
        return self.given.keys

    @property
    def password(self) -> Secret:
        """Six digits."""
        return self.given.password

    @property
    def language(self) -> str:
        """Of texts for the cashier."""
        return self.options.language

    @property
    def full(self) -> bool:
        """Whether the terminal may ask the till."""
        return self.integration is Integration.FULL

    @property
    def printing(self) -> Printing:
        """Who prints; a terminal without a printer does not."""
        wished = self.options.printing
        if wished is Printing.TERMINAL and not self.profile.terminal_prints:
            return Printing.TILL
        return wished

    @property
    def locked(self) -> bool:
        """Whether nobody can pay at the terminal's own menus."""
        return self.options.locked or self.profile.always_locked

    @property
    def charset(self) -> str:
        """The one to be agreed on; empty for none."""
        return self.options.charset or self.profile.wished_charset

    @property
    def width(self) -> int:
        """Columns of a receipt."""
        return max(self.options.print_width or 40, self.profile.narrowest)

    @property
    def signature(self) -> Signature:
        """When the cashier is asked. In light integration the till asks after completion."""
        wished = self.options.signature or self.profile.signature
        return wished if self.full else Signature.AFTER

    @property
    def recovery(self) -> Recovery:
        """How a lost payment is judged."""
        return self.options.recovery or self.profile.recovery

    @property
    def sequence_ids(self) -> bool:
        """Whether they are offered."""
        wished = self.options.sequence_ids
        return self.profile.sequence_ids if wished is None else wished

    @property
    def t3_s(self) -> float:
        """From a command to its answer."""
        return self.options.t3_s or self.profile.t3_s

    @property
    def t4_s(self) -> float:
        """From an answer to the end of the command."""
        return self.options.t4_s or self.profile.t4_s

    def now(self) -> datetime:
        """The till's time."""
        return self.given.clock()


_devices = count(1)
"""Device requests of this process: a repeated one would be taken for the same (rule 10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A command on its way, and whom to tell."""

    terminal: Terminal
    command: Command
    tell: Tell
    beside: bool = False
    """Of a command that is not the order itself (a registration before it, a question about it):
    what it prints is the till's, but it proves nothing about the order.
    """

    def aside(self) -> Talk:
        """For a command beside the order."""
        return replace(self, beside=True)

    async def ask(self, body: DeviceBody) -> DeviceAnswer | None:
        """Put a device request to the till; None where the till cannot be asked."""
        request = DeviceRequest(
            poi_id=self.command.poi_id,
            service_id=ServiceID("") if self.beside else self.command.service_id,
            device_id=DeviceID(f"Z{next(_devices)}"),
            body=body,
        )
        return await self.tell(DeviceAsked(request=request))
