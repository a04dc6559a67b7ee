"""Receipts in the forms that terminals write into OutputText."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from opi_pos.model.receipts import Copy, Receipt
from opi_pos.poi.nexo.profile import ReceiptForm
from opi_pos.wire import nexo

_QUALIFIERS: Final = {
    Copy.CASHIER: nexo.DocumentQualifier.CASHIER_RECEIPT,
    Copy.CUSTOMER: nexo.DocumentQualifier.CUSTOMER_RECEIPT,
    Copy.SALE: nexo.DocumentQualifier.SALE_RECEIPT,
    Copy.JOURNAL: nexo.DocumentQualifier.JOURNAL,
    Copy.OTHER: nexo.DocumentQualifier.DOCUMENT,
}


def qualifier_of(receipt: Receipt) -> str:
    """The DocumentQualifier of a copy."""
    return _QUALIFIERS[receipt.copy]


def content_of(receipt: Receipt, form: ReceiptForm) -> nexo.OutputContent:
    """A receipt as OutputContent: its lines, or Swedbank's JSON in base64."""
    lines = receipt.lines
    match form:
        case ReceiptForm.TEXT:
            pass
        case ReceiptForm.KEY_VALUE:
            lines = tuple(_pairs(receipt))
        case ReceiptForm.BASE64_JSON:
            tree = msgspec.json.encode(tree_of(receipt))
            lines = (base64.b64encode(tree).decode(),)
    texts = tuple(nexo.OutputText(text=line) for line in lines)
    return nexo.OutputContent(output_format=nexo.OutputFormat.TEXT, output_text=texts)


def _pairs(receipt: Receipt) -> Iterator[str]:
    """Adyen's form-encoded lines: what a line is called, its value, and a key for programs."""
    for path, value in receipt.fields.items():
        name = path.rpartition(".")[2]
        yield urlencode({"name": name, "value": value, "key": name[:1].lower() + name[1:]})


def tree_of(receipt: Receipt) -> dict[str, Any]:
    """The JSON of a receipt: `Merchant` or `Cardholder`, `Mandatory` and `Optional` below."""
    tree: dict[str, Any] = {"Mandatory": {}, "Optional": {}}
    for path, value in receipt.fields.items():
        *parents, name = path.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[name] = value
    payment = tree["Mandatory"].setdefault("Payment", {})
    payment["SignatureBlock"] = receipt.signature_required
    tree["Optional"]["ReceiptString"] = list(receipt.lines)
    return {"Merchant" if receipt.copy is Copy.CASHIER else "Cardholder": tree}
