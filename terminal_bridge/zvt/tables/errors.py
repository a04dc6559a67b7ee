"""Result and error codes: BMP 27, 06 1E and 84 xx, in English and German (PA00P015 13.08 ch. 10).

01 to 63 are codes 1 to 99 of the host, as a binary byte. Host codes A0 to AF come as 00, with the
value in BMP A0.
"""

from __future__ import annotations

from typing import Final

from terminal_bridge.zvt.tables.text import Text

OK: Final = 0x00
CARD_ERROR: Final = 0x66
NOT_REGISTERED: Final = 0x6B
ABORTED: Final = 0x6C
BLOCKED: Final = 0x6E
WRONG_CURRENCY: Final = 0x6F
END_OF_DAY_IMPOSSIBLE: Final = 0x77
CARD_UNKNOWN: Final = 0x7A
FUNCTION_NOT_POSSIBLE: Final = 0x83
PROTOCOL_ERROR: Final = 0x9A
PLEASE_WAIT: Final = 0x9C
BUSY: Final = 0xA0
ALREADY_REVERSED: Final = 0xB4
REVERSAL_IMPOSSIBLE: Final = 0xB5
PRE_AUTHORISATION_ERROR: Final = 0xB8
DIAGNOSIS_REQUIRED: Final = 0xC2
PRINTER_NOT_READY: Final = 0xCC
CASHBACK_IMPOSSIBLE: Final = 0xCD
END_OF_DAY_PENDING: Final = 0xF0
SYSTEM_ERROR: Final = 0xFF

LAST_HOST_CODE: Final = 0x63

ERRORS: Final[dict[int, Text]] = {
    0x00: Text("no error", "kein Fehler"),
    0x64: Text("card unreadable (LRC/parity)", "Karte nicht lesbar (LRC/Parität)"),
    0x65: Text("no card data (no track, no chip)", "keine Kartendaten (weder Spur noch Chip)"),
    0x66: Text("processing error / reader mechanics", "Verarbeitungsfehler / Kartenlesermechanik"),
    0x67: Text("not permitted for ec/Maestro cards", "für ec-/Maestro-Karten nicht erlaubt"),
    0x68: Text("not permitted for credit/fuel cards", "für Kredit-/Tankkarten nicht erlaubt"),
    0x6A: Text("turnover file full", "Umsatzdatei voll"),
    0x6B: Text("function disabled (PT not registered)", "Funktion deaktiviert (nicht angemeldet)"),
    0x6C: Text("aborted: timeout or stop key", "Abbruch durch Timeout oder Stop-Taste"),
    0x6E: Text("card on block list (answer to 06 E4)", "Karte in Sperrliste (Antwort auf 06 E4)"),
    0x6F: Text("wrong currency (06 09: amount not allowed)", "falsche Währung"),
    0x71: Text("chip credit too low", "Guthaben nicht ausreichend (Chip)"),
    0x72: Text("chip error", "Chipfehler"),
    0x73: Text("card data wrong (country key, checksum)", "Kartendaten falsch"),
    0x74: Text("DUKPT engine exhausted", "DUKPT-Schlüsselvorrat erschöpft"),
    0x75: Text("text not authentic (MAC)", "Text nicht authentisch"),
    0x76: Text("PAN not on whitelist", "PAN nicht in Whitelist"),
    0x77: Text("end of day impossible", "Kassenabschluss nicht möglich"),
    0x78: Text("card expired", "Karte verfallen"),
    0x79: Text("card not yet valid", "Karte noch nicht gültig"),
    0x7A: Text("card unknown", "Karte unbekannt"),
    0x7B: Text(
        "girocard: magstripe fallback impossible", "girocard: Magnetstreifen-Fallback nicht möglich"
    ),
    0x7C: Text(
        "magstripe fallback impossible (other cards)", "Magnetstreifen-Fallback nicht möglich"
    ),
    0x7D: Text(
        "communication error (module absent/silent)", "Kommunikationsfehler (Modul antwortet nicht)"
    ),
    0x7E: Text(
        "girocard: no fallback, direct debit possible",
        "girocard: kein Fallback, Lastschrift möglich",
    ),
    0x83: Text("function not possible", "Funktion nicht möglich"),
    0x85: Text("key missing", "Schlüssel fehlt"),
    0x89: Text("PIN pad defective", "PIN-Pad defekt"),
    0x9A: Text(
        "ZVT protocol error (parse error, mandatory element missing)", "ZVT-Protokollfehler"
    ),
    0x9B: Text("dial-up / communication fault", "DFÜ-/Kommunikationsfehler"),
    0x9C: Text("please wait", "bitte warten"),
    0xA0: Text("receiver not ready (busy)", "Empfänger nicht bereit"),
    0xA1: Text("remote station does not answer", "Gegenstelle antwortet nicht"),
    0xA3: Text("no connection", "keine Verbindung"),
    0xA4: Text("Geldkarte submission impossible", "Einreichung Geldkarte nicht möglich"),
    0xA5: Text("forbidden by PCI-DSS/P2PE rules", "wegen PCI-DSS/P2PE nicht erlaubt"),
    0xB1: Text("memory full", "Speicher voll"),
    0xB2: Text("merchant journal full", "Händlerjournal voll"),
    0xB4: Text("already reversed", "bereits storniert"),
    0xB5: Text("reversal impossible", "Storno nicht möglich"),
    0xB7: Text(
        "pre-authorisation wrong (amount too high) / wrong amount",
        "Vorautorisierung fehlerhaft / Betrag falsch",
    ),
    0xB8: Text(
        "pre-authorisation error (also end marker of the open-pre-auth enquiry)",
        "Fehler Vorautorisierung",
    ),
    0xBF: Text("external supply voltage too low", "Versorgungsspannung zu niedrig"),
    0xC0: Text("card lock mechanism defective", "Kartenverriegelung defekt"),
    0xC1: Text("merchant card locked", "Händlerkarte gesperrt"),
    0xC2: Text("diagnosis required", "Diagnose erforderlich"),
    0xC3: Text("maximum amount exceeded", "Höchstbetrag überschritten"),
    0xC4: Text("card profile invalid, reload", "Kartenprofil ungültig, neu laden"),
    0xC5: Text("payment method not supported", "Zahlungsart nicht unterstützt"),
    0xC6: Text("currency not applicable", "Währung nicht anwendbar"),
    0xC8: Text("amount too small", "Betrag zu klein"),
    0xC9: Text("max transaction amount too small", "max. Transaktionsbetrag zu klein"),
    0xCB: Text("EUR only", "nur in EURO erlaubt"),
    0xCC: Text("printer not ready", "Drucker nicht bereit"),
    0xCD: Text("cashback impossible", "Cashback nicht möglich"),
    0xD2: Text(
        "not permitted for service/bank customer cards",
        "für Service-/Bankkundenkarten nicht erlaubt",
    ),
    0xDC: Text("card inserted", "Karte steckt"),
    0xDD: Text("card eject error (motor reader)", "Fehler beim Kartenauswurf"),
    0xDE: Text("card insert error (motor reader)", "Fehler beim Karteneinzug"),
    0xE0: Text("remote maintenance activated", "Fernwartung aktiviert"),
    0xE2: Text("card reader silent/defective", "Kartenleser antwortet nicht / defekt"),
    0xE3: Text("shutter closed", "Shutter geschlossen"),
    0xE4: Text("terminal activation required", "Terminalaktivierung erforderlich"),
    0xE7: Text("at least one goods group not found", "mind. eine Warengruppe nicht gefunden"),
    0xE8: Text("no goods group table loaded", "keine Warengruppentabelle geladen"),
    0xE9: Text("restriction code not permitted", "Restriktionscode nicht erlaubt"),
    0xEA: Text("card code not permitted (not activated by diagnosis)", "Kartencode nicht erlaubt"),
    0xEB: Text("PIN algorithm unknown", "PIN-Algorithmus unbekannt"),
    0xEC: Text("PIN processing impossible", "PIN-Verarbeitung nicht möglich"),
    0xED: Text("PIN pad defective", "PIN-Pad defekt"),
    0xF0: Text("end-of-day batch pending", "offener Kassenabschluss vorhanden"),
    0xF1: Text("ec-cash/Maestro offline error", "ec-cash-/Maestro-Offlinefehler"),
    0xF5: Text("OPT error", "OPT-Fehler"),
    0xF6: Text("OPT data missing (personalisation needed)", "OPT-Daten nicht vorhanden"),
    0xFA: Text(
        "offline transaction transfer failed", "Fehler bei Übertragung der Offline-Transaktionen"
    ),
    0xFB: Text("turnover record defective", "Umsatzdatensatz defekt"),
    0xFC: Text("required device missing/defective", "notwendiges Gerät fehlt/defekt"),
    0xFD: Text("baud rate not supported", "Baudrate nicht unterstützt"),
    0xFE: Text("register unknown", "Kasse unbekannt"),
    0xFF: Text("system error; details in tags 1F16/1F17", "Systemfehler; Details in 1F16/1F17"),
}


def error_text(code: int) -> Text:
    """What a result code means; a code outside the list says only its number."""
    if code in ERRORS:
        return ERRORS[code]
    if 0 < code <= LAST_HOST_CODE:
        return Text(f"host code {code}", f"Hostcode {code}")
    return Text(f"unknown code {code:02X}", f"unbekannter Code {code:02X}")
