"""The sample messages in the shared folder, each as its index expects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from opi_pos.wire.nexo.receipts import receipt

FOLDER = Path(__file__).parents[5] / "shared" / "examples" / "nexo"
INDEX: list[dict[str, Any]] = (
    json.loads((FOLDER / "index.json").read_text("utf-8")) if FOLDER.is_dir() else []
)
pytestmark = pytest.mark.skipif(not INDEX, reason="the sample messages are not here")

XML, JSON = nexo.Encoding.XML, nexo.Encoding.JSON


def entries(*expected: str) -> list[Any]:
    return [pytest.param(e, id=e["file"]) for e in INDEX if e["expect"] in expected]


def data_of(entry: dict[str, Any]) -> bytes:
    return Path(FOLDER, str(entry["file"])).read_bytes()


@pytest.mark.parametrize("entry", entries("malformed"))
def test_malformed_samples_are_protocol_errors(entry: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        nexo.decode(data_of(entry))


@pytest.mark.parametrize("entry", entries("strict-3.1", "dialect"))
def test_samples_are_read_and_written_back_as_they_came(entry: dict[str, Any]) -> None:
    data = data_of(entry)
    message = nexo.decode(data)
    assert message.received is not None
    assert message.received.encoding.value == entry["format"]
    assert message.root == entry["root"]
    assert message.header.message_category == entry["message_category"]
    assert message.header.message_type == entry["message_type"]
    assert nexo.encode(message, message.received.encoding, strict=False) == data


@pytest.mark.parametrize("entry", entries("strict-3.1"))
def test_valid_samples_cross_the_encodings_and_come_back(entry: dict[str, Any]) -> None:
    message = nexo.decode(data_of(entry))
    assert message.received is not None
    own = message.received.encoding
    other = JSON if own is XML else XML
    crossed = nexo.decode(nexo.encode(message, other))
    assert (crossed.header, crossed.body) == (message.header, message.body)
    back = nexo.decode(nexo.encode(crossed, own))
    assert (back.header, back.body) == (message.header, message.body)


@pytest.mark.parametrize("entry", entries("dialect"))
def test_a_dialect_crosses_the_encodings_or_the_error_names_what_it_lacks(
    entry: dict[str, Any],
) -> None:
    message = nexo.decode(data_of(entry))
    problem = ""
    try:
        assert nexo.decode(nexo.encode(message, JSON)).body_name == message.body_name
    except ProtocolError as error:
        problem = str(error)
    assert not problem or problem.endswith(": missing")


def test_the_receipts_of_the_sample_payment_are_taken_apart() -> None:
    (entry,) = (e for e in INDEX if e["file"].startswith("080-"))
    body: Any = nexo.decode(data_of(entry)).body
    cashier, customer = (receipt(paper) for paper in body.payment_receipt)
    assert "Godkänd" in cashier.lines
    assert customer.fields["Mandatory.Payment.TotalAmount"] == "56,00"
    assert (cashier.signature_required, customer.must_print) == (False, True)
