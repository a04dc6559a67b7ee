"""What 04 FF says in its first byte, in English and German (PA00P015 13.08 ch. 3.7)."""

from __future__ import annotations

from typing import Final

from terminal_bridge.zvt.tables.text import Text

_STATUS: Final[dict[int, Text]] = {
    0x00: Text("PT is waiting for amount-confirmation", "BZT wartet auf Betragbestätigung"),
    0x01: Text("Please watch PIN-Pad", "Bitte Anzeigen auf dem PIN-Pad beachten"),
    0x02: Text("Please watch PIN-Pad", "Bitte Anzeigen auf dem PIN-Pad beachten"),
    0x03: Text("Not accepted", "Vorgang nicht möglich"),
    0x04: Text("PT is waiting for response from FEP", "BZT wartet auf Antwort vom FEP"),
    0x05: Text("PT is sending auto-reversal", "BZT sendet Autostorno"),
    0x06: Text("PT is sending post-bookings", "BZT sendet Nachbuchungen"),
    0x07: Text("Card not admitted", "Karte nicht zugelassen"),
    0x08: Text("Card unknown / undefined", "Karte unbekannt / undefiniert"),
    0x09: Text("Expired card", "Karte verfallen"),
    0x0A: Text("Insert card", "Karte einstecken"),
    0x0B: Text("Please remove card!", "Bitte Karte entnehmen!"),
    0x0C: Text("Card not readable", "Karte nicht lesbar"),
    0x0D: Text("Processing error", "Vorgang abgebrochen"),
    0x0E: Text("Please wait...", "Vorgang wird bearbeitet bitte warten..."),
    0x0F: Text(
        "PT is commencing an automatic end-of-day batch",
        "BZT leitet einen automatischen Kassenabschluss ein",
    ),
    0x10: Text("Invalid card", "Karte ungültig"),
    0x11: Text("Balance display", "Guthabenanzeige"),
    0x12: Text("System malfunction", "Systemfehler"),
    0x13: Text("Payment not possible", "Zahlung nicht möglich"),
    0x14: Text("Credit not sufficient", "Guthaben nicht ausreichend"),
    0x15: Text("Incorrect PIN", "Geheimzahl falsch"),
    0x16: Text("Limit not sufficient", "Limit nicht ausreichend"),
    0x17: Text("Please wait...", "Bitte warten..."),
    0x18: Text("PIN try limit exceeded", "Geheimzahl zu oft falsch"),
    0x19: Text("Card-data incorrect", "Kartendaten falsch"),
    0x1A: Text("Service-mode", "Servicemodus"),
    0x1B: Text("Approved. Please fill-up", "Autorisierung erfolgt. Bitte tanken"),
    0x1C: Text("Approved. Please take goods", "Zahlung erfolgt. Bitte Ware entnehmen"),
    0x1D: Text("Declined", "Autorisierung nicht möglich"),
    0x26: Text(
        "PT is waiting for input of the mobile number", "BZT wartet auf Eingabe der Mobilfunknummer"
    ),
    0x27: Text(
        "PT is waiting for repeat of mobile number",
        "BZT wartet auf Wiederholung der Mobilfunknummer",
    ),
    0x28: Text("Currency selection, please wait...", "Währungsauswahl, bitte warten..."),
    0x29: Text("Language selection, please wait...", "Sprachauswahl, bitte warten..."),
    0x2A: Text("For loading please insert card", "Zum Laden Karte einstecken"),
    0x2B: Text("Emergency transaction, please wait", "Offline-Notbetrieb, bitte warten"),
    0x2C: Text("Application selection, please wait", "Auswahl Debit/Kredit, bitte warten"),
    0x5E: Text("Contactless card read", "Kontaktlose Karte gelesen"),
    0x66: Text(
        "PT is waiting for input of the mobile number + remove card",
        "BZT wartet auf Eingabe der Mobilfunknummer + Karte entnehmen",
    ),
    0x67: Text(
        "PT is waiting for repeat of the mobile number + remove card",
        "BZT wartet auf Wiederholung der Mobilfunknummer + Karte entnehmen",
    ),
    0x68: Text(
        "PT has detected customer card insertion", "BZT hat Einstecken der Kundenkarte erkannt"
    ),
    0x69: Text("Please select DCC", "Bitte DCC auswählen"),
    0x6A: Text("PIN digit entered", "PIN-Ziffer eingegeben"),
    0x6B: Text(
        "PIN digit entered, confirmation possible", "PIN-Ziffer eingegeben, Bestätigung möglich"
    ),
    0x6C: Text("Last PIN digit deleted", "Letzte PIN-Ziffer gelöscht"),
    0x6D: Text("PIN entered", "PIN eingegeben"),
    0xC7: Text(
        "PT is waiting for input of the mileage", "BZT wartet auf Eingabe des Kilometerstands"
    ),
    0xC8: Text("PT is waiting for cashier", "BZT wartet auf Kassierer"),
    0xC9: Text(
        "PT is commencing an automatic diagnosis", "BZT leitet eine automatische Diagnose ein"
    ),
    0xCA: Text(
        "PT is commencing an automatic initialisation",
        "BZT leitet eine automatische Initialisierung ein",
    ),
    0xCB: Text("Merchant-journal full", "Händlerjournal voll"),
    0xCC: Text(
        "Debit advice not possible, PIN required", "Lastschrift nicht möglich, PIN notwendig"
    ),
    0xD2: Text("Connecting dial-up", "DFÜ-Verbindung wird hergestellt"),
    0xD3: Text("Dial-up connection made", "DFÜ-Verbindung besteht"),
    0xE0: Text("PT is waiting for application-selection", "BZT wartet auf Anwendungsauswahl"),
    0xE1: Text("PT is waiting for language-selection", "BZT wartet auf Sprachauswahl"),
    0xE2: Text(
        "PT requests to use the cleaning card", "BZT fordert auf, die Reinigungskarte zu benutzen"
    ),
    0xF1: Text("Offline", "Offline"),
    0xF2: Text("Online", "Online"),
    0xF3: Text("Offline transaction", "Offline-Transaktion"),
}

TEXT_FOLLOWS: Final = 0xFF
"""No standard code fits; the text is in TLV 24/07."""

REMOVE_CARD: Final = _STATUS[0x0B]
_WITH_CARD: Final = range(0x41, 0x5E)
"""01 to 1D again, with the wish to remove the card; 4A is not used."""


def status_text(code: int) -> Text | None:
    """The text of an intermediate status; None where the standard has none (ignore those)."""
    if code == 0x4B:
        return REMOVE_CARD
    if code in _WITH_CARD and code != 0x4A:
        first = _STATUS[code - 0x40]
        return Text(f"{first.en}. {REMOVE_CARD.en}", f"{first.de}. {REMOVE_CARD.de}")
    return _STATUS.get(code)


def codes() -> list[int]:
    """Every code that has a text, in order."""
    return [code for code in range(0x100) if status_text(code) is not None]
