"""What results mean: the class decides, and an unknown one is a doubt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opi_pos.wire import opi
from opi_pos.wire.opi import Meaning, OverallResult, meaning

RESULTS = {result.value.casefold() for result in OverallResult} | {"failed"}


@pytest.mark.parametrize("result", OverallResult)
def test_every_named_result_has_a_meaning_in_any_capitals(result: OverallResult) -> None:
    said = meaning(result)
    assert said is not Meaning.UNKNOWN
    assert meaning(f" {result.lower()} ") is said


@given(st.text().filter(lambda text: text.strip().casefold() not in RESULTS))
def test_any_other_result_is_unknown_and_never_a_decline(text: str) -> None:
    assert meaning(text) is Meaning.UNKNOWN


def test_only_what_did_not_begin_is_not_begun() -> None:
    assert {each for each in Meaning if each.not_begun} == {
        Meaning.LOGGED_OUT,
        Meaning.BUSY,
        Meaning.PRINT_FIRST,
        Meaning.REFUSED,
    }


def swiss(result: str, where: str, reason: str) -> Any:
    told = f'TerminalDeclineReason="{reason}"'
    element = f"<TerminalDeclineReason>{reason}</TerminalDeclineReason>"
    on_root = told if where == "root" else ""
    inside = {
        "authorisation": f"<Tender><Authorisation {told}/></Tender>",
        "error": f"<ErrorDetail {told}/>",
        "private": f"<PrivateData>{element}</PrivateData>",
        "element": element,
    }.get(where, "")
    return opi.decode(
        f'<CardServiceResponse RequestType="CardPayment" WorkstationID="1" RequestID="1"'
        f' OverallResult="{result}" {on_root}>{inside}</CardServiceResponse>'.encode()
    )


@pytest.mark.parametrize("where", ["root", "authorisation", "error", "private", "element"])
@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("107", Meaning.ABORTED),
        ("1", Meaning.UNKNOWN),
        ("001", Meaning.UNKNOWN),
        ("569", Meaning.NO_HOST),
        ("579", Meaning.NO_HOST),
        ("42", Meaning.FAILED),
        ("", Meaning.FAILED),
    ],
)
def test_a_swiss_reason_explains_a_failure(where: str, reason: str, said: Meaning) -> None:
    assert opi.meaning_of(swiss("Failure", where, reason)) is said
    assert opi.meaning_of(swiss("Success", where, reason)) is Meaning.DONE


def test_action_codes_decide_nothing() -> None:
    data = (
        b'<CardServiceResponse RequestType="CardPayment" WorkstationID="1" RequestID="1"'
        b' OverallResult="Success"><Tender><Authorisation ActionCode="51"/></Tender>'
        b"</CardServiceResponse>"
    )
    message: Any = opi.decode(data)
    assert opi.meaning_of(message) is Meaning.DONE
    assert opi.action_text("51") == "not enough funds"
    assert opi.action_text("051") == "not enough funds"
    assert opi.action_text("1709") == ""
