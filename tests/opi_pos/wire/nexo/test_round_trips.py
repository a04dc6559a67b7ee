"""Nothing is lost on the way through structs and encodings, for every body of the catalogue."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import hardened_xml, nexo
from opi_pos.wire.nexo import json_reader, xml_reader
from opi_pos.wire.nexo.schema import Element
from tests.opi_pos.wire.nexo.strategies import ANY_MESSAGE, complete, messages

XML, JSON = nexo.Encoding.XML, nexo.Encoding.JSON
FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def without_bytes(message: nexo.Message) -> nexo.Message:
    """The same content, as if made here, so that it cannot be written by repeating its bytes."""
    return nexo.Message(
        header=message.header,
        body=message.body,
        security_trailer=message.security_trailer,
        foreign=message.foreign,
    )


@pytest.mark.parametrize("kind", nexo.BODIES.values(), ids=nexo.BODIES)
@FEW
@given(data=st.data())
def test_every_body_survives_both_encodings_and_the_way_between(
    kind: type[Element], data: st.DataObject
) -> None:
    message = data.draw(messages(kind))
    xml, json = nexo.encode(message, XML), nexo.encode(message, JSON)
    assert nexo.decode(xml) == message
    assert nexo.decode(json) == message
    assert nexo.encode(nexo.decode(xml), JSON) == json
    assert nexo.encode(nexo.decode(json), XML) == xml


@pytest.mark.parametrize("version", list(nexo.Version))
@pytest.mark.parametrize("kind", nexo.BODIES.values(), ids=nexo.BODIES)
def test_every_member_of_every_body_survives(kind: type[Element], version: nexo.Version) -> None:
    if version is nexo.V3_0 and kind.__name__.startswith("TransactionReport"):
        pytest.skip("3.1 brought transaction reports")
    for choice in range(6):
        trailer = complete(nexo.ContentInformation, version, choice)
        assert isinstance(trailer, nexo.ContentInformation)
        message = nexo.Message(
            header=nexo.header_for(kind, sale_id="till-1", poi_id="poi-1", service_id="7"),
            body=complete(kind, version, choice),
            security_trailer=trailer,
        )
        xml = nexo.encode(message, XML, version=version)
        json = nexo.encode(message, JSON, version=version)
        assert nexo.decode(xml) == message
        assert nexo.decode(json) == message
        assert nexo.encode(nexo.decode(xml), JSON, version=version) == json
        assert nexo.encode(nexo.decode(json), XML, version=version) == xml


@MANY
@given(ANY_MESSAGE)
def test_writing_what_was_read_gives_the_same_text_without_repeating_bytes(
    message: nexo.Message,
) -> None:
    for encoding in (XML, JSON):
        written = nexo.encode(message, encoding)
        again = without_bytes(nexo.decode(written))
        assert nexo.encode(again, encoding) == written
        assert nexo.encode(again, encoding, strict=False) == written


@MANY
@given(ANY_MESSAGE)
def test_the_fast_and_the_tolerant_reader_agree(message: nexo.Message) -> None:
    xml, json = nexo.encode(message, XML), nexo.encode(message, JSON)
    assert xml_reader._tolerantly(hardened_xml.parse(xml), xml) == message
    assert json_reader._tolerantly(json, json) == message


@MANY
@given(ANY_MESSAGE)
def test_a_message_of_3_1_that_3_0_also_has_survives_3_0(message: nexo.Message) -> None:
    try:
        nexo.check(message, nexo.V3_0)
    except ProtocolError:
        return
    for encoding in (XML, JSON):
        old = nexo.encode(message, encoding, version=nexo.V3_0)
        assert nexo.decode(old) == message
        assert nexo.encode(nexo.decode(old), encoding, version=nexo.V3_0) == old
