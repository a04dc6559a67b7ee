"""How the terminal tells what became of a sale, as real ones write it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from opi_pos.model.secret import Secret
from opi_pos.poi.scenario import CARDS, Entry, Verification
from opi_pos.wire.netpay import Code, Response
from opi_pos.wire.netpay.values import MONTH_NAMES
from terminal_bridge.simulator.netpay.habits import Habits
from terminal_bridge.simulator.netpay.ledger import Sale

TEXTS: Final[Mapping[str, str]] = {
    Code.SUCCESS: "Transacción exitosa",
    Code.CANCELLED: "Cancelado por el Usuario",
    Code.CONNECTION: "Error de conexión",
    Code.NOT_PERMITTED: "TRANSACCION NO PERMITIDA",
    Code.REJECTED: "TARJETA RECHAZADA",
    Code.INVALID_CARD: "TARJETA INVALIDA",
}
NOT_FOUND: Final = "TRANSACCION NO ENCONTRADA"


def failure(sale: Sale, habits: Habits) -> Response:
    """Of a sale that was not approved: on most terminals it names nothing."""
    return Response(
        response_code=sale.code,
        message=TEXTS.get(sale.code, TEXTS[Code.REJECTED]),
        has_pin=False,
        folio_number=sale.request.folio_number if habits.names_failures else "",
        traceability=_echoed(sale.request.traceability, habits),
    )


def refusal(code: Code, traceability: Mapping[str, Any], habits: Habits) -> Response:
    """Of an order that the terminal does not carry out."""
    return Response(
        response_code=code,
        message=TEXTS[code],
        has_pin=False,
        traceability=_echoed(traceability, habits),
    )


def not_found(folio: str) -> Response:
    """Of a question about a folio that the terminal does not know [inferred]."""
    return Response(response_code="13", message=NOT_FOUND, folio_number=folio, is_re_print=True)


def approval(sale: Sale, at: datetime, serial: str, habits: Habits) -> Response:
    """Of a sale that was approved."""
    return _full(
        sale,
        at,
        serial,
        trans_type="A",
        is_re_print=False,
        has_pin=sale.scenario.verification is Verification.PIN,
        reprint_module=habits.tells,
        traceability=_echoed(sale.request.traceability, habits),
    )


def cancellation(
    sale: Sale, at: datetime, serial: str, habits: Habits, traceability: Mapping[str, Any]
) -> Response:
    """Of a sale that was cancelled: its own folio and order id, type V."""
    return _full(
        sale,
        at,
        serial,
        trans_type="V",
        is_re_print=False,
        has_pin=False,
        reprint_module=habits.tells,
        traceability=_echoed(traceability, habits),
    )


def reprint(sale: Sale, serial: str) -> Response:
    """How a sale stands: the code is the old one, traceability is lost, hasPin is left out."""
    return _full(
        sale,
        sale.begun_at,
        serial,
        trans_type="A",
        is_re_print=True,
        reprint_module=sale.state,
        message="Transaccion Valida",
    )


def _echoed(traceability: Mapping[str, Any], habits: Habits) -> Mapping[str, Any]:
    return dict(traceability) if habits.echoes_traceability else {}


def _full(sale: Sale, at: datetime, serial: str, **own: Any) -> Response:
    card, taken = CARDS[sale.scenario.card], sale.authorized or sale.amount
    tip = sale.tip.to_decimal() if sale.tip is not None else Decimal(0)
    words: dict[str, Any] = {
        "response_code": sale.code,
        "message": TEXTS.get(sale.code, ""),
        "affiliation": "7000001",
        "application_label": card.brand.upper(),
        "aid": card.application,
        "amount": taken.to_decimal(),
        "auth_code": sale.approval_code,
        "bank_name": "BANCO DE PRUEBA",
        "card_exp_date": Secret("12/49"),
        "card_type": "C",
        "card_type_name": card.brand.upper(),
        "city_name": "Monterrey NUEVO LEON",
        "folio_number": sale.request.folio_number,
        "is_qps": sale.scenario.entry is Entry.CONTACTLESS,
        "module_charge": "1",
        "module_lote": 1,
        "customer_name": Secret("PRUEBA/PRUEBA "),
        "terminal_id": serial,
        "order_id": sale.order_id if sale.authorized is not None else "",
        "pre_auth": 0,
        "pre_status": Decimal(0),
        "promotion": f"{sale.request.months or 0:02}",
        "re_print_date": "1.2.8_20210203",
        "re_print_mark": card.brand.upper(),
        "card_number": card.masked_pan[-4:],
        "store_name": "TIENDA DE PRUEBA SA DE CV",
        "street_name": "CALLE 1",
        "ticket_date": f"{MONTH_NAMES[at.month - 1]}. {at:%d, %y %H:%M:%S} ",
        "tip_amount": tip,
        "tip_less_amount": taken.to_decimal() - tip,
        "trans_date": f"{at:%Y-%m-%d %H:%M:%S}.0"
        if own["is_re_print"]
        else f"{at:%Y-%m-%d %H:%M:%S}.CST",
    }
    return Response(**{**words, **own})
