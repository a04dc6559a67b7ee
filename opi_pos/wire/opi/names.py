"""Names of elements and attributes, with and without a namespace.

The language is read by local names: many peers send no namespace at all. Written is its own one,
by default and without a prefix, since some readers compare text.
"""

from __future__ import annotations

import re
from typing import Final

NAMESPACE: Final = "http://www.nrf-arts.org/IXRetail/namespace"
"""Without a slash at the end: the form with one is another language of the same house."""

PREFIXES: Final = {
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "IFSF": "http://www.ifsf.org/",
    "xml": "http://www.w3.org/XML/1998/namespace",
}
"""Foreign namespaces that are common enough to have a prefix of their own in the JSON form."""

_ABOUT_SCHEMA: Final = f"{{{PREFIXES['xsi']}}}"
_LOCAL: Final = re.compile(r"[^\W\d][\w.\-]*").fullmatch


def local_name(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def namespace_of(name: str) -> str:
    """The foreign namespace of a name, empty for the language's own."""
    return name[1:].rpartition("}")[0] if name.startswith("{") else ""


def is_about_schema(name: str) -> bool:
    """Whether an attribute is about validation, such as `xsi:noNamespaceSchemaLocation`."""
    return name.startswith(_ABOUT_SCHEMA)


def is_name(name: str) -> bool:
    """Whether XML can carry it as a local name."""
    return _LOCAL(name) is not None
