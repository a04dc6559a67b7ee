"""XML to elements and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import hardened_xml
from opi_pos.wire.hardened_xml import XmlElement
from opi_pos.wire.opi.limits import MAX_BYTES, MAX_DEPTH, MAX_NODES
from opi_pos.wire.opi.names import NAMESPACE, PREFIXES, is_name, local_name, namespace_of
from opi_pos.wire.opi.node import Attribute, Node
from opi_pos.wire.xml_text import IN_ATTRIBUTE, IN_TEXT, illegal

_GROWN: Final = 3
"""How much longer a message may be in UTF-8 than as it came; its own length was checked before."""

_DECLARING: Final = "http://www.w3.org/2000/xmlns/"
_BAD_NAME: Final = "a name that XML cannot carry"


def read_xml(data: bytes) -> Node:
    """The root element. Raises ProtocolError."""
    root = hardened_xml.parse(data, max_bytes=_GROWN * MAX_BYTES, max_depth=MAX_DEPTH)
    if sum(1 + len(element.attrib) for element in root.iter()) > MAX_NODES:
        raise ProtocolError("", f"more than {MAX_NODES} elements and attributes")
    return _node(root, frozenset({"", NAMESPACE, _namespace(root.tag)}))


def _namespace(tag: object) -> str:
    return namespace_of(str(tag))


def _node(element: XmlElement, own: frozenset[str]) -> Node:
    attributes = tuple((str(name), str(value)) for name, value in element.items())
    return Node(_name(element.tag, own), attributes, tuple(_content(element, own)))


def _name(tag: object, own: frozenset[str]) -> str:
    return local_name(str(tag)) if _namespace(tag) in own else str(tag)


def _content(element: XmlElement, own: frozenset[str]) -> Iterator[str | Node]:
    if len(element) == 0:
        if element.text:
            yield element.text
        return
    yield from _between(element.text)
    for child in element:
        yield _node(child, own)
        yield from _between(child.tail)


def _between(text: str | None) -> Iterator[str]:
    """Text beside elements, unless it is only there to indent them."""
    if text and not text.isspace():
        yield text


def write_xml(root: Node, charset: str) -> bytes:
    """The document, in the language's own namespace by default and without a prefix."""
    prefixes = _prefixes(root, charset)
    declared = "".join(
        f' xmlns:{prefix}="{_escaped(uri, IN_ATTRIBUTE)}"'
        for uri, prefix in prefixes.items()
        if prefix != "xml"
    )
    parts = [f'<?xml version="1.0" encoding="{charset.upper()}"?>\n']
    _write(root, parts, prefixes, f' xmlns="{NAMESPACE}"{declared}')
    return "".join(parts).encode(charset, "xmlcharrefreplace")


def _prefixes(root: Node, charset: str) -> dict[str, str]:
    """A prefix for each foreign namespace; every name is one that XML can carry."""
    found: dict[str, str] = {}
    known = {uri: prefix for prefix, uri in PREFIXES.items()}
    for node in (root, *root.walk()):
        for name in (node.name, *(name for name, _ in node.attributes)):
            _check(local_name(name), charset)
            uri = namespace_of(name)
            if uri and uri not in found:
                found[uri] = known.get(uri, f"ns{len(found)}")
    if _DECLARING in found:
        raise ProtocolError("", _BAD_NAME)
    return found


def _check(name: str, charset: str) -> None:
    try:
        name.encode(charset)
    except UnicodeEncodeError:
        raise ProtocolError("", _BAD_NAME) from None
    if not is_name(name) or name == "xmlns":
        raise ProtocolError("", _BAD_NAME)


def _write(node: Node, parts: list[str], prefixes: dict[str, str], declared: str = "") -> None:
    name = _written(node.name, prefixes)
    parts.append(f"<{name}{declared}{_attributes(node.attributes, prefixes)}")
    if not node.content:
        parts.append("/>")
        return
    parts.append(">")
    for item in node.content:
        if isinstance(item, str):
            parts.append(_escaped(item, IN_TEXT))
        else:
            _write(item, parts, prefixes)
    parts.append(f"</{name}>")


def _attributes(attributes: tuple[Attribute, ...], prefixes: dict[str, str]) -> str:
    written = {_written(name, prefixes): value for name, value in attributes}
    return "".join(f' {name}="{_escaped(value, IN_ATTRIBUTE)}"' for name, value in written.items())


def _written(name: str, prefixes: dict[str, str]) -> str:
    uri = namespace_of(name)
    return f"{prefixes[uri]}:{local_name(name)}" if uri else local_name(name)


def _escaped(text: str, table: dict[int, str]) -> str:
    if illegal(text):
        raise ProtocolError("", "a character that XML cannot carry")
    return text.translate(table)
