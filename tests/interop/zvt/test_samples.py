"""Every sample of a terminal's message comes to our till within a payment, over a real socket."""

from __future__ import annotations

from typing import Any

import pytest

from opi_pos import Outcome, Proof
from tests.interop.zvt.samples import vectors
from tests.interop.zvt.shop import Bea, till_at
from tests.interop.zvt.terminals import Personality, on_tcp

STATUS = "040F 2700 04{amount} 0B000041 870007"


def of(*controls: str) -> list[Any]:
    found = [
        vector
        for vector in vectors()
        if vector["direction"] == "PT->ECR"
        and vector["framing"] == "apdu"
        and vector["hex"][:4] in controls
        and "fragments" not in vector
    ]
    return [pytest.param(vector, id=vector["id"]) for vector in found]


def plain(vector: dict[str, Any]) -> str:
    """Control and data, without the length."""
    text: str = vector["hex"]
    size = 6 if text[4:6] != "FF" else 10
    return text[:4] + text[size:]


@pytest.mark.parametrize("vector", of("04FF", "06D1", "06D3", "06DA", "8000"))
async def test_what_is_said_on_the_way_changes_no_result(vector: dict[str, Any]) -> None:
    shown = (plain(vector), "04FF 17")
    async with on_tcp(Personality(shown=shown)) as (terminal, url), till_at(url, Bea()) as till:
        result = await till.pay("12.34", reference="a")
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.RESPONSE)
        assert terminal.controls.count("0601") == 1


@pytest.mark.parametrize("vector", of("040F"))
async def test_a_status_information_decides(vector: dict[str, Any]) -> None:
    told = vector["expect"]
    amount = told.get("amount_minor", 1234)
    async with (
        on_tcp(Personality(status=(plain(vector),))) as (_, url),
        till_at(url, Bea()) as till,
    ):
        result = await till.pay(f"{amount // 100}.{amount % 100:02d}", reference="a")
        approved = told.get("approved") or told.get("result_code") == 0
        assert result.outcome is (Outcome.APPROVED if approved else Outcome.DECLINED)
        if "receipt_no" in told:
            assert result.terminal_transaction is not None
            number = f"{int(told['receipt_no']):04d}-{int(told['trace_no']):06d}"
            assert result.terminal_transaction.id == number
        if "pan_masked" in told:
            assert result.card is not None
            assert result.card.masked_pan == told["pan_masked"]


@pytest.mark.parametrize("vector", of("060F", "061E"))
async def test_an_end_ends(vector: dict[str, Any]) -> None:
    status = (STATUS,) if plain(vector).startswith("060F") else ()
    async with (
        on_tcp(Personality(status=status, end=(plain(vector),))) as (_, url),
        till_at(url, Bea()) as till,
    ):
        result = await till.pay("12.34", reference="a")
        assert result.approved == bool(status)
        assert result.outcome in {Outcome.APPROVED, Outcome.ABORTED, Outcome.DECLINED}


@pytest.mark.parametrize("vector", of("8483", "8437", "847D", "841E"))
async def test_a_refusal_is_proof_that_nothing_began(vector: dict[str, Any]) -> None:
    others = {"0601": (plain(vector),)}
    async with on_tcp(Personality(others=others)) as (_, url), till_at(url, Bea()) as till:
        result = await till.pay("12.34", reference="a")
        assert result.outcome is Outcome.NOT_STARTED
        assert result.condition


@pytest.mark.parametrize("vector", of("841E", "8437", "847D"))
async def test_a_refused_registration_is_named(vector: dict[str, Any]) -> None:
    personality = Personality(registration=(plain(vector),))
    async with on_tcp(personality) as (terminal, url), till_at(url, Bea(), busy_s=0.1) as till:
        result = await till.pay("12.34", reference="a")
        assert result.outcome is Outcome.NOT_STARTED
        assert "refused the registration" in result.message
        assert "0601" not in terminal.controls
