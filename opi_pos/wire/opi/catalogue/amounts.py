"""Amounts: decimal text in major units, with a dot."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.wire.opi.schema import ATTR, NEEDED, TEXT, Element


class TotalAmount(Element, frozen=True, kw_only=True):
    """An amount, and what it is made of. `text` includes tip and cash back.

    A sender that writes the tip names all three: 27.00 = PaymentAmount 25.00 + Gratuity 2.00.
    """

    currency: Annotated[str | None, ATTR] = None
    payment_amount: Annotated[Decimal | None, ATTR] = None
    cash_back_amount: Annotated[Decimal | None, ATTR] = None
    gratuity_amount: Annotated[Decimal | None, ATTR] = None
    donation_amount: Annotated[Decimal | None, ATTR] = None
    changeable: Annotated[bool | None, ATTR] = None
    original_amount: Annotated[Decimal | None, ATTR] = None
    available_amount: Annotated[Decimal | None, ATTR] = None
    text: Annotated[Decimal | None, TEXT] = None


class PaymentTotal(Element, frozen=True, kw_only=True):
    """TotalAmount of a Reconciliation: one kind of payment of one card circuit.

    That `Debit` counts payments and `Credit` refunds rests on one sample [inferred].
    """

    number_payments: Annotated[int | None, ATTR, NEEDED] = None
    payment_type: Annotated[str | None, ATTR, NEEDED] = None
    currency: Annotated[str | None, ATTR] = None
    card_circuit: Annotated[str | None, ATTR] = None
    acquirer: Annotated[str | None, ATTR] = None
    number_held: Annotated[int | None, ATTR] = None
    amount_held: Annotated[Decimal | None, ATTR] = None
    text: Annotated[Decimal | None, TEXT] = None


class CountedAmount(Element, frozen=True, kw_only=True):
    """Successful or Failed of a Submission."""

    number_payments: Annotated[int | None, ATTR, NEEDED] = None
    text: Annotated[Decimal | None, TEXT] = None


class SaleItem(Element, frozen=True, kw_only=True):
    """One line of the sale."""

    item_id: Annotated[str | None, ATTR, NEEDED] = None
    unit_measure: str | None = None
    unit_price: Decimal | None = None
    quantity: Decimal | None = None
    tax_code: str | None = None
    additional_product_code: str | None = None
    additional_product_info: str | None = None
    type_movement: str | None = None
    sale_channel: str | None = None
    vat_rate: Decimal | None = None
    product_code: Annotated[str | None, NEEDED] = None
    amount: Annotated[Decimal | None, NEEDED] = None
