"""Every command of PA00P015 13.08 (and the names 13.13 adds), who sends it and how it ends."""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class Direction(enum.Enum):
    """Who sends a command."""

    TO_TERMINAL = "till to terminal"
    TO_TILL = "terminal to till"
    BOTH = "both"


class Ending(enum.Enum):
    """What gives the master rights back to the till."""

    ANSWER = "answer"
    """80 00 or 84 xx; the rights never leave."""
    COMPLETION = "completion"
    """06 0F or 06 1E."""
    STATUS = "status information"
    """The till's answer to 04 0F."""


class Command(NamedTuple):
    """`abortable`: 06 B0 may be sent while it runs. `late`: its answer waits for a person, for as
    long as BMP F0 says instead of T3.
    """

    name: str
    direction: Direction
    ending: Ending
    abortable: bool = False
    late: bool = False


TO_TERMINAL: Final = Direction.TO_TERMINAL
TO_TILL: Final = Direction.TO_TILL
BOTH: Final = Direction.BOTH
ANSWER: Final = Ending.ANSWER
COMPLETION: Final = Ending.COMPLETION
STATUS: Final = Ending.STATUS

COMMANDS: Final[dict[int, Command]] = {
    0x0401: Command("Set date/time in ECR", TO_TILL, ANSWER),
    0x040C: Command("Request file data", TO_TILL, ANSWER),
    0x040D: Command("Input request", TO_TILL, ANSWER),
    0x040E: Command("Menu request", TO_TILL, ANSWER),
    0x040F: Command("Status information", TO_TILL, ANSWER),
    0x04FF: Command("Intermediate status", TO_TILL, ANSWER),
    0x0501: Command("Status enquiry", TO_TERMINAL, COMPLETION),
    0x0600: Command("Registration", TO_TERMINAL, COMPLETION),
    0x0601: Command("Authorisation", TO_TERMINAL, COMPLETION, abortable=True),
    0x0602: Command("Log-Off", TO_TERMINAL, ANSWER),
    0x0603: Command("Account balance", TO_TERMINAL, COMPLETION, abortable=True),
    0x0604: Command("Activate card", TO_TERMINAL, COMPLETION, abortable=True),
    0x0605: Command("Procurement", TO_TERMINAL, COMPLETION, abortable=True),
    0x0609: Command("Prepaid top-up", TO_TERMINAL, COMPLETION, abortable=True),
    0x060A: Command("Tax free", TO_TERMINAL, COMPLETION, abortable=True),
    0x060C: Command("Book tip", TO_TERMINAL, COMPLETION, abortable=True),
    0x060F: Command("Completion", TO_TILL, ANSWER),
    0x0610: Command("Send turnover totals", TO_TERMINAL, COMPLETION),
    0x0612: Command("Reprint receipts", TO_TERMINAL, COMPLETION),
    0x0618: Command("Reset terminal", TO_TERMINAL, COMPLETION),
    0x061A: Command("Print system configuration", TO_TERMINAL, COMPLETION),
    0x061B: Command("Set/reset terminal ID", TO_TERMINAL, COMPLETION),
    0x061E: Command("Abort (by PT)", TO_TILL, ANSWER),
    0x0620: Command("Repeat receipt", TO_TERMINAL, COMPLETION),
    0x0621: Command("Telephonic authorisation", TO_TERMINAL, COMPLETION, abortable=True),
    0x0622: Command("Pre-authorisation / reservation", TO_TERMINAL, COMPLETION, abortable=True),
    0x0623: Command(
        "Partial reversal / booking of reservation", TO_TERMINAL, COMPLETION, abortable=True
    ),
    0x0624: Command("Book total", TO_TERMINAL, COMPLETION, abortable=True),
    0x0625: Command("Pre-authorisation reversal", TO_TERMINAL, COMPLETION, abortable=True),
    0x0626: Command("Reversal of external transaction", TO_TERMINAL, COMPLETION, abortable=True),
    0x0630: Command("Reversal", TO_TERMINAL, COMPLETION, abortable=True),
    0x0631: Command("Refund", TO_TERMINAL, COMPLETION, abortable=True),
    0x0650: Command("End of day", TO_TERMINAL, COMPLETION),
    0x0651: Command("Send offline transactions", TO_TERMINAL, COMPLETION),
    0x0652: Command("Partial reconciliation", TO_TERMINAL, COMPLETION),
    0x0670: Command("Diagnosis", TO_TERMINAL, COMPLETION),
    0x0679: Command("Self test", TO_TERMINAL, COMPLETION),
    0x0685: Command("Display text (old)", TO_TERMINAL, ANSWER),
    0x0686: Command("Numerical input (old)", TO_TERMINAL, ANSWER, late=True),
    0x0687: Command("Customer PIN check (old)", TO_TERMINAL, ANSWER, late=True),
    0x0688: Command("Function key input (old)", TO_TERMINAL, ANSWER, late=True),
    0x0691: Command("Set date/time in PT", TO_TERMINAL, COMPLETION),
    0x0693: Command("Initialisation", TO_TERMINAL, COMPLETION),
    0x0695: Command("Change password", TO_TERMINAL, COMPLETION),
    0x06B0: Command("Abort (by ECR)", TO_TERMINAL, ANSWER),
    0x06C0: Command("Read card", TO_TERMINAL, STATUS, abortable=True),
    0x06C5: Command("Close card session", TO_TERMINAL, ANSWER),
    0x06C6: Command("Send APDUs", TO_TERMINAL, ANSWER),
    0x06D0: Command("Menu with graphic (verify signature)", TO_TILL, ANSWER),
    0x06D1: Command("Print line", BOTH, ANSWER),
    0x06D3: Command("Print text block", BOTH, ANSWER),
    0x06D8: Command("Dial-up", TO_TILL, ANSWER),
    0x06D9: Command("Transmit via dial-up", TO_TILL, ANSWER),
    0x06DA: Command("Receive via dial-up", TO_TILL, ANSWER),
    0x06DB: Command("Hang-up", TO_TILL, ANSWER),
    0x06DD: Command("Transparent mode", TO_TILL, ANSWER),
    0x06E0: Command("Display text", TO_TERMINAL, ANSWER, abortable=True),
    0x06E1: Command("Display text + function key", TO_TERMINAL, ANSWER, abortable=True, late=True),
    0x06E2: Command("Display text + numeric input", TO_TERMINAL, ANSWER, abortable=True, late=True),
    0x06E3: Command("Customer card PIN check", TO_TERMINAL, ANSWER, abortable=True, late=True),
    0x06E4: Command("Block list query", TO_TILL, ANSWER),
    0x06E5: Command("MAC calculation", TO_TERMINAL, ANSWER),
    0x06E6: Command("Card poll with authorisation", TO_TERMINAL, COMPLETION, abortable=True),
    0x06E7: Command("Numeric input, DUKPT", TO_TERMINAL, ANSWER, abortable=True, late=True),
    0x06F0: Command("Display image", TO_TERMINAL, ANSWER),
    0x06F1: Command("Display image + function key", TO_TERMINAL, ANSWER),
    0x0801: Command("Activate service mode", TO_TERMINAL, COMPLETION),
    0x0802: Command("Switch protocol", TO_TERMINAL, ANSWER),
    0x0803: Command("Configure power management", TO_TERMINAL, COMPLETION),
    0x0810: Command("Software update", TO_TERMINAL, COMPLETION),
    0x0811: Command("Read file", TO_TERMINAL, COMPLETION),
    0x0812: Command("Delete file", TO_TERMINAL, COMPLETION),
    0x0813: Command("Change configuration", TO_TERMINAL, COMPLETION),
    0x0814: Command("Write file", TO_TERMINAL, COMPLETION),
    0x0820: Command("Start OPT action", TO_TERMINAL, COMPLETION),
    0x0821: Command("Set OPT time", TO_TERMINAL, COMPLETION),
    0x0822: Command("OPT pre-initialisation", TO_TERMINAL, COMPLETION),
    0x0823: Command("Output OPT data", TO_TERMINAL, COMPLETION),
    0x0824: Command("OPT out of order", TO_TERMINAL, COMPLETION),
    0x0830: Command("Select language", TO_TERMINAL, COMPLETION),
    0x0840: Command("Change baud rate", TO_TERMINAL, ANSWER),
    0x0850: Command("Activate card reader", TO_TERMINAL, ANSWER),
    0x0FA1: Command("Feig cVEND function (vendor)", TO_TERMINAL, COMPLETION),
}

_ANSWER_CLASS: Final = 0x84


def ending_of(control: int) -> Ending:
    """How a command ends; one that nobody knows is taken to end with 06 0F."""
    known = COMMANDS.get(control)
    return Ending.COMPLETION if known is None else known.ending


def command_name(control: int) -> str:
    """The name of a command or an answer."""
    if control == 0x8000:
        return "Positive answer"
    if control >> 8 == _ANSWER_CLASS:
        return "Positive answer (84 00)" if control == 0x8400 else "Negative answer"
    known = COMMANDS.get(control)
    return "Unknown command" if known is None else known.name
