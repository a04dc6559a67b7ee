"""Amounts of money: whole minor units and a currency, never a float."""

from __future__ import annotations

import re
from decimal import Decimal

import msgspec

from opi_pos.model.errors import UsageError

# ISO 4217 active codes by number of decimals (list one, funds codes left out).
_CODES: dict[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN"
        " BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS"
        " GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR"
        " LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD"
        " PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN"
        " SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR"
        " ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
}
EXPONENTS: dict[str, int] = {
    code: exponent for exponent, codes in _CODES.items() for code in codes.split()
}
"""Number of decimals by ISO 4217 code."""

MAX_MINOR = 10**12
"""One past the largest amount, in minor units: more is a typing error, not a sale."""

_MAX_DIGITS = len(str(MAX_MINOR))

_PLAIN = re.compile(r"(\d{1,13})(?:\.(\d{1,6}))?", re.ASCII)


def exponent_of(currency: str) -> int:
    """Number of decimals of `currency`; raises `UsageError` for an unknown code."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UsageError(
            "currency: must be an ISO 4217 code in capitals, such as EUR or SEK"
        ) from None


class Amount(msgspec.Struct, frozen=True, kw_only=True, order=False):
    """`Amount(minor=1250, currency="EUR")` is 12.50 EUR."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent_of(self.currency)
        if not 0 <= self.minor < MAX_MINOR:
            raise UsageError(f"amount: must be from 0 to under {MAX_MINOR} minor units")

    @classmethod
    def parse(cls, text: str, currency: str) -> Amount:
        """Read `38` or `38.00`: plain digits with a dot, at most the currency's decimals, over 0.

        Raises `UsageError` that names the remedy.
        """
        exponent = exponent_of(currency)
        match = _PLAIN.fullmatch(text)
        if match is None:
            raise UsageError("amount: write plain digits with a dot, such as 38.00")
        whole, decimals = match[1], match[2] or ""
        if len(decimals) > exponent:
            raise UsageError(f"amount: {currency} has {exponent} decimals, not {len(decimals)}")
        minor = int(whole + decimals.ljust(exponent, "0"))
        if minor == 0:
            raise UsageError("amount: must be greater than zero")
        return cls(minor=minor, currency=currency)

    @classmethod
    def from_decimal(cls, value: Decimal, currency: str) -> Amount:
        """From a message; raises `UsageError` if it has more decimals than the currency."""
        exponent = exponent_of(currency)
        if not value.is_finite():
            raise UsageError("amount: must be a finite number")
        # Not by Decimal arithmetic: it rounds to 28 digits, and 1E+999999 would become an integer
        # of a million digits.
        if value.adjusted() > _MAX_DIGITS:
            raise UsageError(f"amount: must be from 0 to under {MAX_MINOR} minor units")
        _, digits, places = value.as_tuple()
        shift = int(places) + exponent
        kept = len(digits) if shift >= 0 else max(0, len(digits) + shift)
        if any(digits[kept:]):
            raise UsageError(f"amount: has more decimals than {currency} allows")
        minor = int("".join(map(str, digits[:kept])) or "0") * 10 ** max(0, shift)
        return cls(minor=-minor if value.is_signed() else minor, currency=currency)

    def to_decimal(self) -> Decimal:
        """The amount in major units, with all of the currency's decimals."""
        # Built, not computed: arithmetic would follow the caller's decimal context.
        return Decimal((0, tuple(map(int, str(self.minor))), -exponent_of(self.currency)))

    def __str__(self) -> str:
        """Decimal text without the currency, such as `12.50`."""
        return format(self.to_decimal(), "f")

    def with_minor(self, minor: int) -> Amount:
        """Another amount in the same currency."""
        return Amount(minor=minor, currency=self.currency)
