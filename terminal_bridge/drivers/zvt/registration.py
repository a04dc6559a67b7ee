"""Registration (06 00): what the till takes upon itself, and what the terminal agreed to. Pure."""

from __future__ import annotations

from typing import Final

import msgspec

from opi_pos.model.reports import TerminalReport
from terminal_bridge.drivers.zvt.context import Terminal
from terminal_bridge.drivers.zvt.options import Printing
from terminal_bridge.drivers.zvt.profile import Signature
from terminal_bridge.zvt import Charsets, charsets
from terminal_bridge.zvt.dialogue.sequence import OFFERED
from terminal_bridge.zvt.limits import MAX_SIZE
from terminal_bridge.zvt.messages import session
from terminal_bridge.zvt.messages.session import LogOff, Registration
from terminal_bridge.zvt.messages.status import (
    DIAGNOSIS_NEEDED,
    INITIALISATION_NEEDED,
    OPT_ACTION_NEEDED,
    Completion,
)

_TEXT_BLOCKS: Final = "06D3"
_SIGNATURES: Final = "06D0"
_INPUTS: Final = ("040D", "040E")

INITIALISE: Final = 0x0693
DIAGNOSE: Final = 0x0670
OPT: Final = 0x0820

_PRINTED_BY_TILL: Final = session.ECR_PRINTS_PAYMENTS | session.ECR_PRINTS_ADMINISTRATION
_LOCKED: Final = session.ECR_CONTROLS_PAYMENT | session.ECR_CONTROLS_ADMINISTRATION


def registration(terminal: Terminal) -> Registration:
    """The command. A container, even an empty one, allows the terminal to send TLV."""
    options = terminal.options
    wished = charsets.code_of(terminal.charset) if terminal.charset else None
    width = options.print_width
    if width is not None and terminal.printing is not Printing.TERMINAL:
        width = terminal.width
    return Registration(
        password=terminal.password,
        config=config_of(terminal),
        currency=terminal.given.currency,
        printer_width=None if width is None else f"{width:02}",
        character_sets=() if wished is None else (wished,),
        supported_commands=_supported(terminal),
        sequence_id=OFFERED if terminal.sequence_ids else None,
        tlv=(),
    )


def config_of(terminal: Terminal) -> int:
    """Intermediate status always: it proves that the terminal runs."""
    config = session.SEND_INTERMEDIATE_STATUS | terminal.profile.config_also
    if terminal.locked:
        config |= _LOCKED
    match terminal.printing:
        case Printing.TILL:
            config |= _PRINTED_BY_TILL | session.PRINT_BY_COMMANDS
        case Printing.FIELDS:
            config |= _PRINTED_BY_TILL
        case Printing.TERMINAL:
            pass
    return config


def _supported(terminal: Terminal) -> tuple[str, ...]:
    """Commands of the terminal's that this till answers (tag 26)."""
    commands = []
    if terminal.printing is Printing.TILL and terminal.profile.print_blocks:
        commands.append(_TEXT_BLOCKS)
    if terminal.full:
        if terminal.signature is Signature.MENU:
            commands.append(_SIGNATURES)
        commands += _INPUTS
    return tuple(commands)


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What the terminal said to it."""

    terminal_id: str = ""
    currency: str = ""
    charsets: Charsets
    max_size: int = MAX_SIZE
    """Bytes of the longest message that it takes."""
    needs: tuple[int, ...] = ()
    """Commands that it wants to be sent: 06 93, 06 70, 08 20."""
    report: TerminalReport


def registered(end: Completion, terminal: Terminal) -> Registered:
    """From its completion."""
    wanted = end.status_byte or 0
    bits = (
        (INITIALISATION_NEEDED, INITIALISE),
        (DIAGNOSIS_NEEDED, DIAGNOSE),
        (OPT_ACTION_NEEDED, OPT),
    )
    return Registered(
        terminal_id=end.terminal_id or "",
        currency=end.currency or "",
        charsets=_agreed(end, terminal),
        max_size=end.max_apdu or MAX_SIZE,
        needs=tuple(control for bit, control in bits if wanted & bit),
        report=TerminalReport(
            application=end.device_name or "",
            version=end.software_version or end.device_software or "",
            serial_number=end.serial_no or end.terminal_id or "",
            capabilities=end.supported_commands,
        ),
    )


def _agreed(end: Completion, terminal: Terminal) -> Charsets:
    """Without an echo nothing was agreed on (13.08 ch. 2.1)."""
    echoed = [name for code in end.character_sets if (name := charsets.name_of(code))]
    if not terminal.charset or len(echoed) != 1:
        return terminal.profile.charsets
    return Charsets(**dict.fromkeys(Charsets.__struct_fields__, echoed[0]))


def log_off() -> LogOff:
    """06 02."""
    return LogOff()
