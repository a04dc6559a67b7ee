"""ISO 4217 numbers, as BMP 49 and tag 1F21 have them, and their codes."""

from __future__ import annotations

from typing import Final

from opi_pos.model.errors import ProtocolError, UsageError
from opi_pos.model.money import Amount

_TABLE: Final = (
    "AED784 AFN971 ALL008 AMD051 ANG532 AOA973 ARS032 AUD036 AWG533 AZN944 BAM977 BBD052 BDT050"
    " BGN975 BHD048 BIF108 BMD060 BND096 BOB068 BRL986 BSD044 BTN064 BWP072 BYN933 BZD084 CAD124"
    " CDF976 CHF756 CLP152 CNY156 COP170 CRC188 CUP192 CVE132 CZK203 DJF262 DKK208 DOP214 DZD012"
    " EGP818 ERN232 ETB230 EUR978 FJD242 FKP238 GBP826 GEL981 GHS936 GIP292 GMD270 GNF324 GTQ320"
    " GYD328 HKD344 HNL340 HTG332 HUF348 IDR360 ILS376 INR356 IQD368 IRR364 ISK352 JMD388 JOD400"
    " JPY392 KES404 KGS417 KHR116 KMF174 KPW408 KRW410 KWD414 KYD136 KZT398 LAK418 LBP422 LKR144"
    " LRD430 LSL426 LYD434 MAD504 MDL498 MGA969 MKD807 MMK104 MNT496 MOP446 MRU929 MUR480 MVR462"
    " MWK454 MXN484 MYR458 MZN943 NAD516 NGN566 NIO558 NOK578 NPR524 NZD554 OMR512 PAB590 PEN604"
    " PGK598 PHP608 PKR586 PLN985 PYG600 QAR634 RON946 RSD941 RUB643 RWF646 SAR682 SBD090 SCR690"
    " SDG938 SEK752 SGD702 SHP654 SLE925 SOS706 SRD968 SSP728 STN930 SVC222 SYP760 SZL748 THB764"
    " TJS972 TMT934 TND788 TOP776 TRY949 TTD780 TWD901 TZS834 UAH980 UGX800 USD840 UYU858 UZS860"
    " VED926 VES928 VND704 VUV548 WST882 XAF950 XCD951 XCG532 XOF952 XPF953 YER886 ZAR710 ZMW967"
    " ZWG924"
)
NUMBERS: Final[dict[str, str]] = {entry[:3]: entry[3:] for entry in _TABLE.split()}
"""Number of three digits by code. XCG took over the number of ANG."""

CODES: Final[dict[str, str]] = {number: code for code, number in NUMBERS.items()}
"""Code by number."""


def code_of(number: str) -> str:
    """The code of a number of up to four digits; an unknown number stays as it came."""
    return CODES.get(number[-3:], number) if number[:-3] in ("", "0") else number


def number_of(code: str) -> str:
    """Four digits for the wire, from a code or an unknown number; raises `ProtocolError`."""
    number = NUMBERS.get(code, code)
    if not (number.isascii() and number.isdigit() and len(number) <= 4):
        raise ProtocolError("currency", "is no ISO 4217 code")
    return number.zfill(4)


def to_amount(minor: int | None, currency: str | None, *, default: str) -> Amount | None:
    """An amount of a message at the edge; `default` is the currency of messages without one.

    None if the message has no amount; raises `ProtocolError` for a currency that has no code.
    """
    if minor is None:
        return None
    try:
        return Amount(minor=minor, currency=currency or default)
    except UsageError as error:
        raise ProtocolError("amount", str(error)) from None
