"""Receipts as terminals write them, as structured fields and lines.

Four forms are read: Swedbank's JSON in base64, Adyen's lines of `name=…&value=…&key=…`, plain text
lines, and XHTML. Field names of the JSON are dotted paths (`Mandatory.Payment.TotalAmount`); of
Adyen's lines their keys. What cannot be taken apart is given as plain lines, never lost.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.wire import hardened_xml
from opi_pos.wire.hardened_xml import XmlElement
from opi_pos.wire.limits import MAX_DEPTH
from opi_pos.wire.nexo.catalogue.output import (
    OutputContent,
    OutputText,
    PaymentReceipt,
    PrintOutput,
)
from opi_pos.wire.nexo.enumerations import DocumentQualifier
from opi_pos.wire.nexo.tree import local_name

_COPIES: Final[dict[str, Copy]] = {
    DocumentQualifier.CASHIER_RECEIPT: Copy.CASHIER,
    DocumentQualifier.CUSTOMER_RECEIPT: Copy.CUSTOMER,
    DocumentQualifier.SALE_RECEIPT: Copy.SALE,
    DocumentQualifier.JOURNAL: Copy.JOURNAL,
}
_TREE_ROOTS: Final = ("Merchant", "Cardholder")
_SIGNATURE: Final = "Mandatory.Payment.SignatureBlock"
_BLOCKS: Final = frozenset(("br", "div", "h1", "h2", "h3", "h4", "li", "p", "table", "tr"))
_PROLOG: Final = re.compile(rb"^\s*(?:<\?xml[^>]*\?>)?\s*(?:<!DOCTYPE[^>\[]*>)?")
_TAG: Final = re.compile(r"<[^>]*>")
_HTML_ENTITY: Final = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)[A-Za-z]+;")

Content = tuple[tuple[str, ...], dict[str, str]]
"""Lines and fields."""


def receipt(document: PaymentReceipt | PrintOutput) -> Receipt:
    """One copy. It must be printed when it is the customer's, or when somebody has to sign it."""
    lines, fields = content(document.output_content)
    signature = document.required_signature_flag is True or fields.pop(_SIGNATURE, "") == "true"
    copy = _COPIES.get(document.document_qualifier, Copy.OTHER)
    return Receipt(
        copy=copy,
        lines=lines,
        fields=fields,
        signature_required=signature,
        must_print=copy is Copy.CUSTOMER or signature,
    )


def content(output: OutputContent) -> Content:
    """The lines and fields of an output, whatever its form."""
    if output.output_xhtml:
        return _from_xhtml(output.output_xhtml)
    texts = [text.text for text in output.output_text]
    if len(texts) == 1 and (tree := _json_tree(texts[0])) is not None:
        return _from_tree(tree)
    if any(_pairs(text) for text in texts):
        return _from_pairs(texts)
    return tuple(_plain_lines(output.output_text)), {}


def _json_tree(text: str) -> dict[str, Any] | None:
    """Swedbank's receipt, or None when it is none."""
    if not text.startswith("ey"):  # base64 of `{"`
        return None
    try:
        tree = msgspec.json.decode(base64.b64decode(text, validate=True))
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None
    inside = next((tree[root] for root in _TREE_ROOTS if root in tree), None)
    return inside if isinstance(inside, dict) else None


def _from_tree(tree: dict[str, Any]) -> Content:
    fields = dict(_leaves(tree, ""))
    lines: list[str] = []
    optional = tree.get("Optional")
    if isinstance(optional, dict) and isinstance(optional.get("ReceiptString"), list):
        lines = [str(line) for line in optional["ReceiptString"]]
    return tuple(lines), fields


def _leaves(node: dict[str, Any], path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, dict) and depth < MAX_DEPTH:
            yield from _leaves(value, f"{path}{name}.", depth + 1)
        elif isinstance(value, bool):
            yield f"{path}{name}", "true" if value else "false"
        elif isinstance(value, str | int | float):
            yield f"{path}{name}", str(value)


def _pairs(text: str) -> dict[str, str]:
    """The members of one of Adyen's lines, empty when it is a line of another kind."""
    if "name=" not in text and "key=" not in text:
        return {}
    pairs = dict(parse_qsl(text, keep_blank_values=True))
    return pairs if "name" in pairs or "key" in pairs else {}


def _from_pairs(texts: Iterable[str]) -> Content:
    """Adyen: each line is a form-encoded name, value and key; the key tells what it is."""
    lines: list[str] = []
    fields: dict[str, str] = {}
    for text in texts:
        pairs = _pairs(text)
        name, value = pairs.get("name", ""), pairs.get("value", "")
        if "key" in pairs and (value or name):
            fields[pairs["key"]] = value or name
        lines.append(f"{name} {value}".strip() if pairs else text)
    return tuple(lines), fields


def _plain_lines(texts: Iterable[OutputText]) -> Iterator[str]:
    """Texts without an end of line go on in the next one."""
    line = ""
    for text in texts:
        line += text.text
        if text.end_of_line_flag is not False:
            yield from line.split("\n")
            line = ""
    if line:
        yield line


def _from_xhtml(encoded: str) -> Content:
    try:
        data = base64.b64decode("".join(encoded.split()), validate=True)
    except ValueError:
        return (), {}
    lines = [""]
    try:
        inside = _HTML_ENTITY.sub(b" ", _PROLOG.sub(b"", data))
        _collect_text(hardened_xml.parse(b"<body>" + inside + b"</body>"), lines)
    except ProtocolError:
        lines = _TAG.sub(" ", data.decode("utf-8", "replace")).split("\n")
    tidy = [" ".join(line.split()) for line in lines]
    return tuple(line for line in tidy if line), {}


def _collect_text(element: XmlElement, lines: list[str]) -> None:
    """Appends the text of an element to the last line; block elements begin a new one."""
    block = local_name(element.tag).lower() in _BLOCKS
    if block:
        lines.append("")
    lines[-1] += element.text or ""
    for child in element:
        _collect_text(child, lines)
        lines[-1] += child.tail or ""
    if block:
        lines.append("")
