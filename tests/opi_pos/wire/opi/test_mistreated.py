"""A sample as other peers would send it is still the same message."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from opi_pos.wire import opi
from tests.opi_pos.wire.opi.samples import FOLDER, INDEX, OWN

SAMPLES = OWN | {
    entry["file"]: Path(FOLDER, entry["file"]).read_bytes()
    for entry in INDEX
    if entry["file"].endswith(".xml") and not entry["file"].startswith("bad_")
}
NAMESPACE = opi.NAMESPACE


def bare(data: bytes) -> Any:
    """The tree without the language's namespace."""
    root = etree.fromstring(data)
    for element in root.iter():
        element.tag = etree.QName(element).localname
    etree.cleanup_namespaces(root)
    return root


def without_namespace(data: bytes) -> bytes:
    return etree.tostring(bare(data))


def with_a_slash(data: bytes) -> bytes:
    return without_namespace(data).replace(
        b"RequestType=", b'xmlns="http://www.nrf-arts.org/IXRetail/namespace/" RequestType=', 1
    )


def with_a_prefix(data: bytes) -> bytes:
    root = bare(data)
    for element in root.iter():
        element.tag = f"{{{NAMESPACE}}}{element.tag}"
    moved = etree.Element(root.tag, attrib=dict(root.attrib), nsmap={"o": NAMESPACE})
    moved.extend(list(root))
    return etree.tostring(moved, xml_declaration=True, encoding="UTF-8", standalone=True)


def shuffled(data: bytes) -> bytes:
    """Children in another order, but for those of one name, and those that the language does not
    know: theirs may mean something.
    """
    chance = random.Random(len(data))
    root = bare(data)
    own = {part for unknown in root.iter("Vendor", "E-Journal") for part in unknown.iter()}
    for element in [element for element in root.iter() if element not in own]:
        groups = [list(same) for _, same in groupby(element, key=lambda child: str(child.tag))]
        chance.shuffle(groups)
        element[:] = [child for group in groups for child in group]
    return etree.tostring(root)


def latin_1_declared_as_utf_8(data: bytes) -> bytes:
    text = etree.tostring(bare(data), encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode("latin-1", "xmlcharrefreplace")


def utf_8_declared_as_latin_1(data: bytes) -> bytes:
    text = etree.tostring(bare(data), encoding="unicode")
    return f'<?xml version="1.0" encoding="ISO-8859-1"?>{text}'.encode()


def indented(data: bytes) -> bytes:
    root = bare(data)
    etree.indent(root, space="\t")
    return etree.tostring(root, pretty_print=True).replace(b"\n", b"\r\n")


WAYS: list[Callable[[bytes], bytes]] = [
    without_namespace,
    with_a_slash,
    with_a_prefix,
    shuffled,
    latin_1_declared_as_utf_8,
    utf_8_declared_as_latin_1,
    indented,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_mistreated_sample_is_the_same_message(way: Callable[[bytes], bytes]) -> None:
    for name, data in SAMPLES.items():
        assert opi.decode(way(data)) == opi.decode(data), name


def test_all_samples_in_one_segment() -> None:
    stream = b"".join(opi.frame(data) for data in SAMPLES.values())
    assert opi.Frames().receive(stream) == list(SAMPLES.values())
