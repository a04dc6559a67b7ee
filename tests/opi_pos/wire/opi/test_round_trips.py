"""Whatever a message holds comes back out of either form."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import opi
from opi_pos.wire.opi.json_form import read_json, write_json
from opi_pos.wire.opi.mapping import in_writing_order
from opi_pos.wire.opi.node import Node
from opi_pos.wire.opi.xml_form import read_xml, write_xml
from tests.opi_pos.wire.opi.samples import OWN
from tests.opi_pos.wire.opi.strategies import MESSAGES, NODES, attributes
from tests.opi_pos.wire.opi.trees import tree_of

CHARSETS = st.sampled_from(["utf-8", "iso-8859-1"])
ROOTS = st.sampled_from(list(opi.MESSAGES))
some = settings(
    deadline=None,
    max_examples=120,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def folded(node: Node) -> Node:
    """Without the order of attributes, which means nothing."""
    content = tuple(item if isinstance(item, str) else folded(item) for item in node.content)
    return Node(node.name, tuple(sorted(node.attributes)), content)


@some
@given(MESSAGES, st.sampled_from(opi.Form), CHARSETS)
def test_a_message_survives_either_form(message: opi.Message, form: opi.Form, charset: str) -> None:
    written = opi.encode(message, form, charset=charset, strict=False)
    read = opi.read(written)
    assert read.message == message
    assert read.form is form
    assert read.note == ""


@some
@given(ROOTS, attributes(), st.lists(NODES, max_size=3), CHARSETS)
def test_any_element_crosses_the_forms_without_loss(
    name: str, told: tuple[tuple[str, str], ...], inside: list[Node], charset: str
) -> None:
    """Also with names that the language knows in places where it does not have them."""
    known = tuple((key, value) for key, value in told if key.casefold() != "requesttype")
    inside.sort(key=lambda node: node.name)
    root = Node(name, (("RequestType", "Login"), *known), tuple(inside))
    ordered = in_writing_order(root, opi.MESSAGES[name])
    crossed = in_writing_order(read_json(write_json(root)), opi.MESSAGES[name])
    assert folded(crossed) == folded(ordered)
    try:
        xml = write_xml(root, charset)
    except ProtocolError:
        assert charset == "iso-8859-1"  # a name has letters that it lacks
        return
    assert folded(read_xml(xml)) == folded(root)


@pytest.mark.parametrize("data", OWN.values(), ids=OWN)
def test_our_samples_cross_and_come_back(data: bytes) -> None:
    there = opi.convert(data, opi.Form.JSON)
    back = opi.convert(there, opi.Form.XML)
    assert tree_of(back) == tree_of(data)
    assert opi.convert(back, opi.Form.JSON) == there
    assert opi.decode(there) == opi.decode(back) == opi.decode(data)
