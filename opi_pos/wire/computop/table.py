"""The fields and their formats. A real message may leave them: it is read with a warning.

Formats are written as Computop writes them: `an32` is 32 letters and digits, `ans..64` up to 64 of
anything, `n12..19` from 12 to 19 digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

NOTIFICATION: Final[Mapping[str, tuple[str, bool]]] = {
    "MID": ("ans..30", True),
    "PayID": ("an32", True),
    "XID": ("an32", True),
    "TransID": ("ans..64", True),
    "RefNr": ("ans..30", True),
    "Status": ("a..50", True),
    "Description": ("ans..1024", True),
    "Code": ("an8", True),  # printed as n8, but real codes such as 2206014H end in a letter
    "MAC": ("an64", True),
    "POSTerminalID": ("an..20", True),
    "MessageType": ("an2", True),  # printed as n2; the newer interface adds 0B, 0C, A1
    "DMACKSN": ("an..20", True),
    "DMAC": ("an16", True),
    "CodeExt": ("an..10", False),
    "AQ": ("a..5", False),
    "EMVData": ("ans..2028", False),
    "CCNr": ("n12..19", False),
    "PCNr": ("n16", False),
    "CCBrand": ("a..22", False),
    "CCExpiry": ("n6", False),
    "MaskedPan": ("an12..19", True),
    "baseAmount": (
        "n..10",
        False,
    ),  # printed as mandatory, but sent with a conversion only
    "baseCurrency": ("a3", False),
    "Amount": ("n..10", False),
    "Currency": ("a3", False),
    "dccRateValue": ("ans..13", False),  # printed as ans13; its own example has 6 characters
    "schemeReferenceID": ("ans..64", False),
}
"""Name, format, and whether it must be there."""

INQUIRY: Final[Mapping[str, tuple[str, bool]]] = {
    "MID": ("ans..30", True),
    "PayID": ("an32", True),
    "Status": ("a..50", True),
    "Description": ("ans..1024", True),
    "Code": ("an8", True),
    "LastStatus": ("ans..50", True),  # printed as an32; its values hold underscores
    "LastXCode": ("an8", False),
    "LastXAmount": ("n..10", False),
    "XID": ("an32", False),
    "AmountAuth": ("n..10", True),
    "AmountCap": ("n..10", True),
    "AmountCred": ("n..10", True),
    "MaskedPan": ("an12..19", True),
} | {
    name: NOTIFICATION[name]
    for name in (
        "CCNr",
        "CCBrand",
        "CCExpiry",
        "baseAmount",
        "baseCurrency",
        "dccRateValue",
        "schemeReferenceID",
    )
}

SENSITIVE: Final = frozenset({"CCNr", "PCNr", "CCExpiry", "EMVData"})
"""What is dropped as it is read: a merchant may have switched on the full card number."""

_FORMAT: Final = re.compile(r"(?P<kind>a|as|n|an|ans|ns)(?P<least>\d*)(?P<dots>\.\.)?(?P<most>\d*)")
_KINDS: Final = {
    "a": r"[A-Za-z]",
    "as": r"[^0-9]",
    "n": r"[0-9]",
    "an": r"[A-Za-z0-9]",
    "ans": r".",
    "ns": r"[^A-Za-z]",
}


def _pattern(written: str) -> re.Pattern[str]:
    found = _FORMAT.fullmatch(written)
    assert found is not None, written
    length = f"{found['least'] or 0},{found['most']}" if found["dots"] else found["least"]
    return re.compile(f"{_KINDS[found['kind']]}{{{length}}}", re.DOTALL)


_PATTERNS: Final = {
    written: _pattern(written) for table in (NOTIFICATION, INQUIRY) for written, _ in table.values()
}


def warnings(members: Mapping[str, str], table: Mapping[str, tuple[str, bool]]) -> tuple[str, ...]:
    """What does not keep to the table, by name; never a value."""
    found = []
    for name, (written, needed) in table.items():
        value = members.get(name)
        if value is None:
            if needed:
                found.append(f"{name}: missing")
        elif _PATTERNS[written].fullmatch(value) is None:
            found.append(f"{name}: is not {written}")
    return tuple(found)
