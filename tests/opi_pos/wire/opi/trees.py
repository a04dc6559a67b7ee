"""XML as a value to compare: names, attributes and texts, the order of siblings left out."""

from __future__ import annotations

from typing import Any

from lxml import etree


def tree_of(data: bytes) -> Any:
    return _tree(etree.fromstring(data))


def _tree(element: Any) -> Any:
    text = element.text or ""
    if len(element):
        text = text.strip()
    return (
        etree.QName(element).localname,
        sorted((etree.QName(name).localname, value) for name, value in element.items()),
        text,
        sorted((_tree(child) for child in element), key=repr),
    )
