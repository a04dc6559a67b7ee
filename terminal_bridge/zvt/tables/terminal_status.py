"""The terminal's state after a status enquiry (05 01), and which commands lead out of it.

PA00P015 13.08 ch. 9. While locked the terminal answers every command with 06 1E, except
`ALLOWED_WHILE_LOCKED` and the command that clears the lock.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from terminal_bridge.zvt.tables.text import Text


class TerminalStatus(NamedTuple):
    """A state of the terminal. `recovery` is empty where only a person helps, or none is needed."""

    text: Text
    recovery: tuple[int, ...] = ()


READY: Final = 0x00
INITIALISATION_REQUIRED: Final = 0x51
DIAGNOSIS_REQUIRED: Final = 0xC2
END_OF_DAY_REQUIRED: Final = 0xF0

ALLOWED_WHILE_LOCKED: Final = frozenset(
    {0x0501, 0x06E0, 0x06E1, 0x06E2, 0x0685, 0x0686, 0x0688, 0x0801, 0x0810}
    | {0x0600, 0x0602, 0x06C0, 0x06B0}
)

TERMINAL_STATUS: Final[dict[int, TerminalStatus]] = {
    0x00: TerminalStatus(Text("ready", "bereit")),
    0x51: TerminalStatus(
        Text("initialisation required", "Initialisierung erforderlich"), (0x0693,)
    ),
    0x62: TerminalStatus(Text("date/time wrong", "Datum/Uhrzeit falsch"), (0x0691, 0x0670)),
    0x64: TerminalStatus(Text("read the card again", "Karte erneut einlesen")),
    0x65: TerminalStatus(Text("OPT action due", "OPT-Aktion erforderlich"), (0x0820,)),
    0x9C: TerminalStatus(Text("please wait", "bitte warten"), (0x0501,)),
    0x9D: TerminalStatus(Text("partial issue of goods", "Teilausgabe der Ware")),
    0xB1: TerminalStatus(Text("memory full", "Speicher voll"), (0x0650,)),
    0xB2: TerminalStatus(Text("merchant journal full", "Händlerjournal voll"), (0x0811, 0x0812)),
    0xBF: TerminalStatus(Text("supply voltage too low", "Versorgungsspannung zu niedrig")),
    0xC0: TerminalStatus(Text("card lock defective", "Kartenverriegelung defekt")),
    0xC1: TerminalStatus(Text("merchant card locked", "Händlerkarte gesperrt"), (0x0691, 0x0670)),
    0xC2: TerminalStatus(Text("diagnosis required", "Diagnose erforderlich"), (0x0670,)),
    0xC4: TerminalStatus(Text("card profile invalid", "Kartenprofil ungültig"), (0x0810,)),
    0xCC: TerminalStatus(Text("printer not ready", "Drucker nicht bereit")),
    0xDC: TerminalStatus(Text("card inserted", "Karte steckt"), (0x06B0,)),
    0xDF: TerminalStatus(Text("out of order", "außer Betrieb")),
    0xE0: TerminalStatus(Text("remote maintenance active", "Fernwartung aktiv")),
    0xE1: TerminalStatus(Text("card not completely removed", "Karte nicht vollständig entnommen")),
    0xE2: TerminalStatus(
        Text("card reader silent/defective", "Kartenleser antwortet nicht / defekt")
    ),
    0xE3: TerminalStatus(Text("shutter closed", "Shutter geschlossen")),
    0xE4: TerminalStatus(Text("terminal activation required", "Terminalaktivierung erforderlich")),
    0xF0: TerminalStatus(
        Text("reconciliation required", "Kassenabschluss erforderlich"), (0x0650,)
    ),
    0xF6: TerminalStatus(Text("OPT data missing", "OPT-Daten nicht vorhanden"), (0x0820,)),
}


def terminal_status(code: int) -> TerminalStatus:
    """The state behind a status byte; an unknown byte says only its number."""
    unknown = TerminalStatus(Text(f"unknown state {code:02X}", f"unbekannter Zustand {code:02X}"))
    return TERMINAL_STATUS.get(code, unknown)
