"""Card numbers and tracks pass through the codec and are seen nowhere else."""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import Any

import msgspec
import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.model.secret import Secret
from opi_pos.wire import nexo
from tests.opi_pos.wire.nexo.vectors import json_message, xml_message

PAN = "4111111111111111"
TRACK = "4111111111111111=29121010000012345678"
XML, JSON = nexo.Encoding.XML, nexo.Encoding.JSON

READ_XML = xml_message(
    "CardReaderInit",
    "Response",
    f"""<CardReaderInitResponse><Response Result="Success"/>
    <TrackData TrackNumb="2">{TRACK}</TrackData><Track1 PAN="{PAN}">{PAN}</Track1>
    </CardReaderInitResponse>""",
    "Device",
)
READ_JSON = json_message(
    "CardReaderInit",
    "Response",
    f"""{{"Response": {{"Result": "Success"}}, "Track1": "{PAN}",
    "TrackData": [{{"TrackNumb": 2, "TrackValue": "{TRACK}"}}]}}""",
    "Device",
)
LOYALTY = nexo.LoyaltyAccountID(
    entry_mode=("MagStripe",), identification_type="PAN", loyalty_id=Secret(PAN)
)
CHECK = nexo.CheckData(track_data=nexo.TrackData(track_value=Secret(TRACK)))
SENSITIVE = nexo.SensitiveCardData(
    pan=Secret(PAN),
    expiry_date=Secret("2912"),
    track_data=(nexo.TrackData(track_value=Secret(TRACK)),),
)


def seen(text: str) -> bool:
    return re.search("4111", text) is not None


@pytest.mark.parametrize("struct", [LOYALTY, CHECK, SENSITIVE])
def test_no_struct_shows_a_card_number(struct: nexo.Element) -> None:
    assert not seen(repr(struct) + str(struct) + f"{struct}")


@pytest.mark.parametrize("data", [READ_XML, READ_JSON])
def test_a_message_shows_neither_its_secrets_nor_its_bytes(data: bytes) -> None:
    message: Any = nexo.decode(data)
    assert message.body.track_data[0].track_value == Secret(TRACK)
    assert not seen(repr(message))
    assert not seen(repr(message.received))
    assert not seen(repr(message.body.foreign))


@pytest.mark.parametrize("data", [READ_XML, READ_JSON])
def test_a_message_with_secrets_cannot_be_stored_by_mistake(data: bytes) -> None:
    message = nexo.decode(data)
    for value in (message, message.received, message.body):
        with pytest.raises(TypeError):
            pickle.dumps(value)
        with pytest.raises((TypeError, NotImplementedError)):
            msgspec.json.encode(value)
        with pytest.raises(TypeError):
            json.dumps(value)
    with pytest.raises(TypeError):
        copy.deepcopy(message.received)


@pytest.mark.parametrize("data", [READ_XML, READ_JSON])
def test_only_writing_reveals_them(data: bytes) -> None:
    message = nexo.decode(data)
    for encoding in nexo.Encoding:
        written = nexo.encode(message, encoding)
        assert TRACK.encode() in written
        assert nexo.decode(written).body.track_data == message.body.track_data  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", nexo.Encoding)
def test_errors_never_repeat_what_stood_there(encoding: nexo.Encoding) -> None:
    if encoding is XML:
        bad = READ_XML.replace(b'TrackNumb="2"', b"<x>").replace(b"/>", f"/>{PAN}<".encode())
    else:
        bad = READ_JSON.replace(b'"Success"', f'{{"{PAN}": {PAN}}}'.encode())
    with pytest.raises(ProtocolError) as caught:
        nexo.decode(bad)
    assert not seen(f"{caught.value!s} {caught.value!r} {caught.value.path}")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_strict_errors_never_repeat_the_value() -> None:
    body = nexo.CardReaderInitResponse(
        response=nexo.Response(result=PAN),
        track_data=(nexo.TrackData(track_value=Secret(PAN * 10)),),
    )
    header = nexo.header_for(body, sale_id="1", poi_id="2", device_id="3")
    with pytest.raises(ProtocolError) as caught:
        nexo.encode(nexo.Message(header=header, body=body), XML)
    assert not seen(str(caught.value))
