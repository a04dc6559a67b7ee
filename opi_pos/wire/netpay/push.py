"""Requests to the cloud, which pushes them to a terminal, and the cloud's own answer.

`PushAnswer` with code `00` means "pushed", never "paid".
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.wire.netpay import values
from opi_pos.wire.netpay.json import decoded
from opi_pos.wire.netpay.values import OddValueError

FOLIO_AT_MOST: Final = 250
MONTHS: Final = (3, 6, 9, 12, 18)
"""Months without interest that can be asked for."""


class SaleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST …/transactions/sale`."""

    serial_number: str
    """Of the terminal, ten digits."""
    store_id: str
    amount: Decimal
    """Pesos."""
    folio_number: str
    """The till's id of this sale; case counts. It is printed."""
    traceability: Mapping[str, Any] = {}
    """Comes back with the response, where the terminal does not lose it."""
    months: int | None = None
    """Without interest (`msi`)."""
    disable_print_animation: bool = False
    """The terminal prints no ticket."""
    extra: Mapping[str, Any] = {}
    """Members that a merchant's contract knows and the documentation does not."""


class CancelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST …/transactions/cancel`: undoes a whole sale of the same day."""

    serial_number: str
    store_id: str
    order_id: str
    """The terminal's own id of the sale."""
    traceability: Mapping[str, Any] = {}


class ReprintRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`POST …/transactions/reprint`: by the terminal's id, or by the till's folio: then it tells
    what became of that sale.
    """

    serial_number: str
    store_id: str
    order_id: str = ""
    folio_id: str = ""
    traceability: Mapping[str, Any] = {}
    disable_print_animation: bool = False


Request = SaleRequest | CancelRequest | ReprintRequest

SALE: Final = "sale"
CANCEL: Final = "cancel"
REPRINT: Final = "reprint"


def write_request(request: Request) -> tuple[str, bytes]:
    """The last part of the path, and the body."""
    common = {
        "traceability": dict(request.traceability),
        "serialNumber": request.serial_number,
        "storeId": request.store_id,
    }
    match request:
        case SaleRequest():
            return SALE, msgspec.json.encode({**common, **_sale(request), **dict(request.extra)})
        case CancelRequest(order_id=order_id):
            return CANCEL, msgspec.json.encode({**common, "orderId": order_id})
        case ReprintRequest():
            named = {"orderId": request.order_id}
            if not request.order_id:
                named["folioId"] = request.folio_id
            silent = request.disable_print_animation
            return REPRINT, msgspec.json.encode(
                {**common, **named, "disablePrintAnimation": silent}
            )


def _sale(request: SaleRequest) -> dict[str, Any]:
    if not 0 < len(request.folio_number) <= FOLIO_AT_MOST:
        raise ProtocolError("folioNumber", f"must have 1 to {FOLIO_AT_MOST} characters")
    if request.months is not None and request.months not in MONTHS:
        raise ProtocolError("msi", "must be 3, 6, 9, 12 or 18 months")
    members: dict[str, Any] = {
        # A JSON number with a dot; not a float, which could not hold every amount of pesos.
        "amount": msgspec.Raw(format(request.amount, ".2f").encode()),
        "folioNumber": request.folio_number,
        "disablePrintAnimation": request.disable_print_animation,
    }
    return {**members, "msi": f"{request.months:02}"} if request.months else members


def read_request(name: str, data: bytes) -> Request:
    """What a till sent to `…/transactions/<name>`. Raises `ProtocolError`."""
    members = decoded(data)
    try:
        common: dict[str, Any] = {
            "serial_number": values.text(members.get("serialNumber")),
            "store_id": values.text(members.get("storeId")),
            "traceability": values.members(members.get("traceability")),
        }
        silent = values.flag(members.get("disablePrintAnimation")) or False
        order_id = values.text(members.get("orderId"))
        if name == SALE:
            return SaleRequest(**common, **_read_sale(members), disable_print_animation=silent)
        if name == CANCEL:
            return CancelRequest(**common, order_id=order_id)
        if name == REPRINT:
            folio = values.text(members.get("folioId"))
            return ReprintRequest(
                **common, order_id=order_id, folio_id=folio, disable_print_animation=silent
            )
    except OddValueError:
        raise ProtocolError("", "has a member of the wrong kind") from None
    raise ProtocolError("", f"there is no request {name!r}")


def _read_sale(members: Mapping[str, Any]) -> dict[str, Any]:
    amount = values.amount(members.get("amount"))
    if amount is None or amount <= 0:
        raise ProtocolError("amount", "must be over zero")
    return {
        "amount": amount,
        "folio_number": values.text(members.get("folioNumber")),
        "months": values.months(values.text(members.get("msi"))),
    }


class PushAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The cloud's answer: `code` of its own, or `error` of what guards it."""

    code: str = ""
    message: str = ""
    error: str = ""

    @property
    def is_token_refused(self) -> bool:
        """The token is wrong or has expired; nothing was pushed."""
        return self.error == "invalid_token"


def read_push_answer(data: bytes) -> PushAnswer:
    """Raises `ProtocolError` for what is no JSON object, or says neither code nor error."""
    members = decoded(data)
    try:
        answer = PushAnswer(
            code=values.text(members.get("code")),
            message=values.text(members.get("message") or members.get("error_description")),
            error=values.text(members.get("error")),
        )
    except OddValueError:
        raise ProtocolError("", "has a member of the wrong kind") from None
    if not answer.code and not answer.error:
        raise ProtocolError("code", "missing")
    return answer


def write_push_answer(answer: PushAnswer) -> bytes:
    """As the cloud writes it."""
    if answer.error:
        return msgspec.json.encode({"error": answer.error, "error_description": answer.message})
    return msgspec.json.encode({"code": answer.code, "message": answer.message})
