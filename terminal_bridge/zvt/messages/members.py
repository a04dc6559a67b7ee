"""The members that many commands share, each with its place in the message."""

from __future__ import annotations

from typing import Annotated

from opi_pos.model.secret import Secret
from terminal_bridge.zvt.fields import bmp, tag, untagged

# Untagged.
Password = Annotated[Secret | None, untagged(3, "password", required=True)]
"""Six digits."""
OptionalPassword = Annotated[Secret | None, untagged(3, "password", leads=True)]

# Money. Amounts in minor units, currencies as ISO 4217 codes.
Amount = Annotated[int | None, bmp(0x04)]
Currency = Annotated[str | None, bmp(0x49)]
Tip = Annotated[int | None, tag("1F36")]
Cashback = Annotated[int | None, tag("1F25")]
PartialApproval = Annotated[int | None, tag("1F70")]
SyncId = Annotated[bytes | None, tag("1F1F")]
"""Unique transaction id for synchronisation; b"" says that the till has none."""

# Numbers that name a transaction: digits as they came.
ReceiptNo = Annotated[str | None, bmp(0x87)]
"""Four digits that wrap; FFFF is a wildcard, and none."""
TraceNo = Annotated[str | None, bmp(0x0B)]
LongTraceNo = Annotated[str | None, tag("1F2B")]
"""A trace number past six digits; BMP 0B is 000000 then."""
TurnoverNo = Annotated[str | None, bmp(0x88)]
OriginalTraceNo = Annotated[str | None, bmp(0x37)]
ApprovalCode = Annotated[str | None, bmp(0x3B)]
TerminalId = Annotated[str | None, bmp(0x29)]
ReservationKind = Annotated[int | None, tag("1F06")]

# Time: digits HHMMSS, MMDD, YYMM, YYMMDD.
Time = Annotated[str | None, bmp(0x0C)]
Date = Annotated[str | None, bmp(0x0D)]
FullDate = Annotated[str | None, bmp(0xAA)]
Expiry = Annotated[str | None, bmp(0x0E)]

# Cards. What is in the clear is a Secret.
MaskedPan = Annotated[str | None, bmp(0x22)]
Pan = Annotated[Secret | None, bmp(0x22, coding="secret")]
"""A number that the till supplies (mail order): digits, or nibbles with D and F."""
Track1 = Annotated[Secret | None, bmp(0x2D)]
Track2 = Annotated[Secret | None, bmp(0x23)]
Track3 = Annotated[Secret | None, bmp(0x24)]
Cvv = Annotated[Secret | None, bmp(0x3A)]
CardType = Annotated[int | None, bmp(0x8A)]
CardTypeId = Annotated[int | None, tag("41", "60.41")]
"""The card type where BMP 8A says 255."""
ApplicationId = Annotated[bytes | None, tag("60.43", "43")]
ApplicationLabel = Annotated[str | None, tag("60.42", "42")]
PreferredName = Annotated[str | None, tag("60.44", "44")]
ProductName = Annotated[str | None, tag("60.4A", "4A")]
CardPollTimeout = Annotated[int | None, tag("1F5B")]
CardReadingControl = Annotated[int | None, tag("1F15")]

# The rest.
ResultCode = Annotated[int | None, bmp(0x27)]
TypeByte = Annotated[int | None, bmp(0x19)]
TimeoutS = Annotated[int | None, bmp(0x01)]
MaxStatusInfos = Annotated[int | None, bmp(0x02)]
ServiceByte = Annotated[int | None, bmp(0x03)]
AdditionalText = Annotated[str | None, bmp(0x3C)]
AdditionalData = Annotated[bytes | None, bmp(0x3C, coding="bytes")]
"""From the till: fleet card data, binary."""
ReceiptWishes = Annotated[bytes | None, tag("1F04")]
TransactionParameter = Annotated[int | None, tag("1F05")]
VendorCode = Annotated[bytes | None, tag("1F16")]
VendorText = Annotated[str | None, tag("1F17")]
Texts = Annotated[tuple[str, ...], tag("24.07", many=True)]
ReceiptType = Annotated[int | None, tag("1F07")]
ReceiptInfo = Annotated[int | None, tag("1F37")]
