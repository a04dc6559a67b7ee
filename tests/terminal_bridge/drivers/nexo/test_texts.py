"""AdditionalResponse, in every form that terminals write it, as one sentence."""

from __future__ import annotations

import base64
import json

import pytest

from terminal_bridge.drivers.nexo.texts import LONGEST, sentence


def in_base64(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    ("additional", "told"),
    [
        (None, ""),
        ("", ""),
        ("Refused by acquirer 51", "Refused by acquirer 51"),
        ("two\nlines\t here", "two lines here"),
        ("Balance = 0, sorry", "Balance = 0, sorry"),
        ("POI busy: a=b", "POI busy: a=b"),
        (
            "tid=47061&message=DECLINED&refusalReason=210%20Not%20enough%20balance",
            "210 Not enough balance",
        ),
        ("warning=&message=Wrong+state", "Wrong state"),
        ("tid=47061&transactionType=GOODS_SERVICES", ""),
        (in_base64({"message": "CANCELLED"}), "CANCELLED"),
        (in_base64({"additionalData": {"refusalReasonRaw": "51 : NSF"}}), "51 : NSF"),
        (in_base64({"store": "Mitte"}), ""),
        ('{"message": "No card"}', "No card"),
        (in_base64(["a", "list"]), in_base64(["a", "list"])),
        ("{broken json", "{broken json"),
    ],
)
def test_what_the_terminal_says_is_readable(additional: str | None, told: str) -> None:
    assert sentence(additional) == told


def test_a_card_number_in_a_text_is_masked() -> None:
    assert "4761739001010010" not in sentence("card 4761739001010010 refused")


def test_a_long_text_is_cut() -> None:
    assert len(sentence("x" * (LONGEST + 1))) == LONGEST


def test_a_form_without_end_and_a_deep_document_are_told_as_nothing_worse_than_text() -> None:
    assert sentence("a=1&" * 10_000 + "message=no")[:4] == "a=1&"
    assert sentence("[" * 5_000) == "[" * LONGEST
    assert sentence('{"a":' * 5_000)[:5] == '{"a":'
