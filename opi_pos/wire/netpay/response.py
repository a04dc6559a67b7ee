"""The response that a terminal posts to its receiver after every sale, reprint and cancellation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import msgspec

from opi_pos.model.card import mask_text
from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire.limits import MAX_BYTES
from opi_pos.wire.netpay import values
from opi_pos.wire.netpay.codes import State
from opi_pos.wire.netpay.json import decoded
from opi_pos.wire.netpay.values import OddValueError

MAX_OTHERS: Final = 64
"""Members that the data model does not have; more are left out."""
_SHOWN: Final = (
    "response_code",
    "message",
    "reprint_module",
    "is_re_print",
    "trans_type",
    "amount",
    "folio_number",
    "order_id",
    "terminal_id",
    "odd",
)


class Response(msgspec.Struct, frozen=True, kw_only=True, rename="camel", repr_omit_defaults=True):
    """The data model's 38 fields, and those that terminals send beside them. Only `response_code`
    is always there. Amounts are pesos with two decimals. What came in a shape that nobody has seen
    is left out, and its name stands in `odd`.
    """

    response_code: str
    message: str = ""
    affiliation: str = ""
    application_label: str = ""
    arqc: str = ""
    aid: str = ""
    amount: Decimal | None = None
    """With everything and tip."""
    auth_code: str = ""
    bank_name: str = ""
    card_exp_date: Secret = Secret("")
    """See `expiry`."""
    card_type: str = ""
    """`D` debit, `C` credit."""
    card_type_name: str = ""
    city_name: str = ""
    folio_number: str = ""
    """The till's own id, as the sale gave it."""
    has_pin: bool | None = None
    hex_sign: Secret = Secret("")
    """A JBIG1 picture of the handwritten signature, in hexadecimal."""
    is_qps: bool | None = None
    module_charge: str = ""
    module_lote: int | None = None
    customer_name: Secret = Secret("")
    terminal_id: str = ""
    """Its serial number."""
    order_id: str = ""
    """The terminal's own id: `yymmddHHMMSS-<serial>`."""
    pre_auth: int | None = None
    pre_status: Decimal | None = None
    promotion: str = ""
    """See `months`."""
    re_print_date: str = ""
    """The version of the terminal's application, whatever the name says."""
    re_print_mark: str = ""
    reprint_module: str = ""
    """See `codes.State`: the state of the transaction, in a reprint."""
    card_number: str = ""
    """The last four digits."""
    store_name: str = ""
    street_name: str = ""
    ticket_date: str = ""
    tip_amount: Decimal | None = None
    tip_less_amount: Decimal | None = None
    trans_date: str = ""
    trans_type: str = ""
    """`A` sale, `V` cancellation."""
    transaction_certificate: str = ""
    traceability: Mapping[str, Any] = {}
    """What the request gave; terminals lose it at times."""
    bin: str = ""
    is_re_print: bool | None = None
    internal_number: str = ""
    table_id: str = ""
    auth_amount: Decimal | None = None
    host_ref_num: str = ""
    rrn_number: str = ""
    span_route: str = ""
    spin_premia: Mapping[str, Any] = {}
    odd: tuple[str, ...] = ()
    others: Mapping[str, Any] = {}
    """Members that nobody knows, as they came: for a person who looks, never for a decision."""

    def __repr__(self) -> str:
        """Only what names a transaction and tells how it ended."""
        shown = ((name, getattr(self, name)) for name in _SHOWN)
        words = ", ".join(f"{name}={value!r}" for name, value in shown if value not in ("", None))
        return mask_text(f"Response({words})")

    @property
    def is_reprint(self) -> bool:
        """Whether it tells how an earlier transaction stands now. A response to a sale itself says
        `C`, whatever came of it.
        """
        if self.is_re_print is not None:
            return self.is_re_print
        return self.reprint_module in _ONLY_IN_REPRINTS

    @property
    def is_void(self) -> bool:
        """Whether it is the end of a cancellation."""
        return self.trans_type == "V" and not self.is_reprint

    @property
    def ended_at(self) -> datetime | None:
        """By the terminal's clock, without a zone."""
        return values.moment(self.trans_date) or values.ticket_moment(self.ticket_date)

    @property
    def expiry(self) -> tuple[int, int] | None:
        """Year and month."""
        return values.expiry(self.card_exp_date.reveal())

    @property
    def months(self) -> int | None:
        """Months without interest."""
        return values.months(self.promotion)


def _secret(value: object) -> Secret:
    return Secret(values.text(value))


_SPECIAL: Final = {
    **dict.fromkeys(
        ("amount", "pre_status", "tip_amount", "tip_less_amount", "auth_amount"), values.amount
    ),
    **dict.fromkeys(("module_lote", "pre_auth"), values.whole),
    **dict.fromkeys(("has_pin", "is_qps", "is_re_print"), values.flag),
    **dict.fromkeys(("traceability", "spin_premia"), values.members),
    **dict.fromkeys(("card_exp_date", "hex_sign", "customer_name"), _secret),
}
_ONLY_IN_REPRINTS: Final = frozenset(State) - {State.STANDING}
_ALWAYS: Final = frozenset({"response_code", "message", "traceability"})
_NO_SECRET: Final = Secret("")
_OURS: Final = frozenset({"odd", "others"})
_NAMES: Final = {
    wire: name
    for name, wire in zip(
        Response.__struct_fields__, Response.__struct_encode_fields__, strict=True
    )
    if name not in _OURS
}
_LOWERED: Final = {wire.lower(): name for wire, name in _NAMES.items()}


def read_response(data: bytes) -> Response:
    """What a terminal posted. `ProtocolError` when it is no JSON object with a responseCode."""
    known: dict[str, Any] = {}
    odd: list[str] = []
    others: dict[str, Any] = {}
    for wire, value in decoded(data).items():
        name = _NAMES.get(wire) or _LOWERED.get(wire.lower())
        if name is None or (name in known and wire not in _NAMES):
            others[wire] = value
            continue
        try:
            known[name] = _SPECIAL.get(name, values.text)(value)
        except OddValueError:
            odd.append(wire)
    code = known.get("response_code", "")
    if not code:
        raise ProtocolError("responseCode", "missing")
    known["response_code"] = code.zfill(2) if code.isdigit() else code
    few = dict(list(others.items())[:MAX_OTHERS])
    return Response(**known, odd=tuple(odd), others=few)


def write_response(response: Response) -> bytes:
    """As terminals write it: amounts as texts, flags in their own shapes, absent members left out
    when they have no value.
    """
    told: dict[str, Any] = {}
    for wire, name in _NAMES.items():
        value = getattr(response, name)
        if value not in (None, "", _NO_SECRET) or name in _ALWAYS:
            told[wire] = _plain(name, value)
    return msgspec.json.encode({**told, **response.others})


def _plain(name: str, value: object) -> object:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Decimal):
        short = format(value.normalize(), "f")
        return short if "." in short else short + ".0"
    if isinstance(value, Mapping):
        return dict(value)
    return int(value) if name == "is_qps" and isinstance(value, bool) else value


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """What the receiver answers, with status 200: code `00`, and any text."""

    code: str
    message: str = ""


RECEIVED: Final = Acknowledgement(code="00", message="Recibido")


def write_acknowledgement(acknowledgement: Acknowledgement) -> bytes:
    """The body of the answer."""
    return msgspec.json.encode(acknowledgement)


def read_acknowledgement(data: bytes) -> Acknowledgement:
    """What a receiver answered; anything but code `00` means that it did not take the response."""
    if len(data) > MAX_BYTES:
        raise ProtocolError("", f"larger than {MAX_BYTES} bytes")
    try:
        return msgspec.json.decode(data, type=Acknowledgement)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        raise ProtocolError("code", "is no acknowledgement") from None
