"""Every sample of the shared folder is read as its index says, and written again without loss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import opi
from tests.opi_pos.wire.opi.samples import FOLDER, INDEX, REASON
from tests.opi_pos.wire.opi.trees import tree_of

pytestmark = pytest.mark.skipif(not INDEX, reason=REASON)

MESSAGES = [entry for entry in INDEX if entry["type"] in opi.MESSAGES]
XML = [entry for entry in MESSAGES if entry["file"].endswith(".xml")]
REFUSED = ("bad_doctype.xml",)


def data_of(entry: dict[str, Any]) -> bytes:
    return Path(FOLDER, str(entry["file"])).read_bytes()


def ids(entry: dict[str, Any]) -> str:
    return str(entry["file"])


@pytest.mark.parametrize("entry", MESSAGES, ids=ids)
def test_a_sample_is_what_its_index_says(entry: dict[str, Any]) -> None:
    if entry["file"] in REFUSED:
        with pytest.raises(ProtocolError, match="document type"):
            opi.decode(data_of(entry))
        return
    message = opi.decode(data_of(entry))
    assert type(message).__name__ == entry["type"]
    assert message.request_type == entry["request_type"]
    assert getattr(message, "overall_result", None) == entry["overall_result"]
    assert opi.decode(opi.encode(message)) == message
    for form in opi.Form:
        for charset in ("utf-8", "iso-8859-1"):
            written = opi.encode(message, form, charset=charset, strict=False)
            assert opi.decode(written) == message


@pytest.mark.parametrize("entry", XML, ids=ids)
def test_a_sample_crosses_to_json_and_comes_back_the_same_tree(entry: dict[str, Any]) -> None:
    if entry["file"] in REFUSED or not entry.get("well_formed", True):
        return
    data = data_of(entry)
    there = opi.convert(data, opi.Form.JSON)
    assert json.loads(there)["RequestType"] == entry["request_type"]
    assert tree_of(opi.convert(there, opi.Form.XML)) == tree_of(data)
    assert opi.convert(data, opi.Form.XML) == data


def test_the_json_form_is_the_one_that_oracle_publishes() -> None:
    xml = Path(FOLDER, "eftlink_payment_req.xml").read_bytes()
    published = Path(FOLDER, "eftlink_payment_req.json").read_bytes()
    assert json.loads(opi.convert(xml, opi.Form.JSON)) == json.loads(published)
    assert opi.decode(published) == opi.decode(xml)


def test_a_result_under_another_name_of_json_is_no_message() -> None:
    with pytest.raises(ProtocolError, match="not one of the six"):
        opi.decode(Path(FOLDER, "nexi_proxy_dcc.json").read_bytes())


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("eftlink_payment_req.json", opi.CardServiceRequest),
        ("eftlink_device_req.json", opi.DeviceRequest),
        ("eftlink_device_resp.json", opi.DeviceResponse),
    ],
)
def test_published_json_is_read_and_crosses_to_xml(file: str, kind: type[opi.Message]) -> None:
    data = Path(FOLDER, file).read_bytes()
    message = opi.decode(data)
    assert type(message) is kind
    assert opi.decode(opi.convert(data, opi.Form.XML)) == message
    assert opi.decode(opi.encode(message, opi.Form.JSON, strict=False)) == message
