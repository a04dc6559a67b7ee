"""Published and computed vectors of signatures and ciphers, by reference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.secret import Secret
from opi_pos.wire import computop
from opi_pos.wire.computop.mac import REQUEST_MAC
from opi_pos.wire.computop.sealing import Cipher, Keys, seal, unseal

FILE = Path(__file__).parents[5] / "shared" / "protocols" / "opi" / "computop_vectors.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
pytestmark = pytest.mark.skipif(not VECTORS, reason="the shared folder with the facts is not here")

NAMES = ("PayID", "TransID", "MID", "Status", "Code")
REQUEST_NAMES = ("PayID", "TransID", "MerchantID", "Amount", "Currency")


def named(vector: dict[str, Any]) -> Any:
    return pytest.param(vector, id=vector["name"])


@pytest.mark.parametrize(
    "vector", [named(each) for each in VECTORS.get("hmac", []) if len(each["parts"]) == len(NAMES)]
)
@pytest.mark.parametrize(
    ("formula", "names"),
    [(computop.NOTIFICATION_MAC, NAMES), (REQUEST_MAC, REQUEST_NAMES)],
)
def test_signatures(vector: dict[str, Any], formula: str, names: tuple[str, ...]) -> None:
    members = {name: value for name, value in zip(names, vector["parts"], strict=True) if value}
    assert computop.sign(members, formula, Secret(vector["key"])) == vector["mac_upper_hex"]


@pytest.mark.parametrize("vector", [named(each) for each in VECTORS.get("blowfish_ecb", [])])
def test_blowfish_with_any_padding(vector: dict[str, Any]) -> None:
    keys = Keys(mac=Secret("x"), encryption=Secret(vector["key"]))
    for length in (vector["len"], vector["len_bytes"]):
        for data in (vector["data_hex"].upper(), vector["data_hex"].lower()):
            assert unseal(str(length), data, keys) == vector["plaintext"]
    if vector["padding"] == "zero":
        length, data = seal(vector["plaintext"], keys)
        assert (int(length), data.lower()) == (vector["len"], vector["data_hex"].lower())


@pytest.mark.parametrize("vector", [named(each) for each in VECTORS.get("aes_cbc", [])])
def test_aes(vector: dict[str, Any]) -> None:
    keys = Keys(mac=Secret("x"), encryption=Secret(vector["key"]), cipher=Cipher.AES)
    assert unseal(str(vector["len"]), vector["data"], keys) == vector["plaintext"]
    sealed = seal(vector["plaintext"], keys, bytes.fromhex(vector["iv_hex"]))
    assert sealed == (str(vector["len"]), vector["data"])


@pytest.fixture
def keys() -> Keys:
    sample = VECTORS["pos_notification"]
    return Keys(mac=Secret(sample["hmac_key"]), encryption=Secret(sample["blowfish_key"]))


@pytest.mark.parametrize(
    "form", ["form_body_plain", "form_body_plain_lowercase_names", "form_body_encrypted"]
)
def test_a_whole_notification(form: str, keys: Keys) -> None:
    sample = VECTORS["pos_notification"]
    told = computop.read_notification(sample[form].encode(), keys)
    assert (told.ref_nr, told.xid) == ("POS1-2021-0001", sample["params"]["XID"])
    assert told.said is computop.Said.DONE
    assert told.amount is not None
    assert (told.amount.minor, told.amount.currency) == (1250, "EUR")
    assert told.warnings == ()


def test_a_whole_inquiry(keys: Keys) -> None:
    sample = VECTORS["inquire"]
    written = computop.write_inquiry("pos_merchant", "POS1-2021-0001", keys)
    assert written.decode() == sample["post_body"]
    asked = computop.read_inquiry_request(written, keys)
    assert asked == ("pos_merchant", "POS1-2021-0001")
    answer = sample["response_plaintext_example"].encode()
    told = computop.read_inquiry(answer, keys)
    assert told.answered
    assert (told.last_status, told.authorized_minor, told.captured_minor) == ("OK", 1250, 1250)
