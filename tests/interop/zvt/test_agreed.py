"""What till and terminal agree on at the registration, over real sockets."""

from __future__ import annotations

import pytest

from opi_pos.model.news import Verdict
from tests.interop.zvt.shop import Bea, till_at
from tests.interop.zvt.terminals import Personality, on_tcp

STATUS = "040F 2700 04{amount} 0B000041 870007"


@pytest.mark.parametrize(("size", "takes"), [("0040", False), ("0400", True)])
async def test_no_command_is_longer_than_the_terminal_takes(size: str, takes: bool) -> None:
    """Tag 1A; a whole message counts."""
    personality = Personality(
        registration=("8000", f"060F 1900 06 04 1A02{size}"), others={"06E0": ("8000",)}
    )
    async with on_tcp(personality) as (terminal, url), till_at(url, Bea()) as till:
        answer = await till.show_customer("x" * 60)
        assert (answer.verdict is Verdict.APPROVED) is takes
        assert ("06E0" in terminal.controls) is takes
        assert (await till.pay("1.00", reference="a")).approved


async def test_sequence_ids_are_used_where_the_terminal_agrees() -> None:
    personality = Personality(
        registration=("8000", "060F 1900 06061F7303000000"),
        answer="8000 06061F7303000002",
        shown=("04FF 17 06061F7303000003",),
        status=(STATUS + " 06061F7303000004",),
        end=("060F 06061F7303000005",),
        others={"0620": ("8483 06061F7303000001",)},
    )
    async with on_tcp(personality) as (terminal, url), till_at(url, sequence_ids=True) as till:
        assert (await till.pay("12.34", reference="a")).approved
        register, _, pay = terminal.commands
        assert bytes.fromhex("1F7303000000") in register
        assert pay.endswith(bytes.fromhex("06061F7303000002"))
        echoed = [answer[-3:].hex() for answer in terminal.answers[1:]]
        assert echoed == ["000003", "000004", "000005"]


async def test_sequence_ids_are_left_out_where_it_does_not() -> None:
    async with on_tcp(Personality()) as (terminal, url), till_at(url, sequence_ids=True) as till:
        assert (await till.pay("12.34", reference="a")).approved
        assert all(b"\x1f\x73" not in raw for raw in terminal.commands[1:])


async def test_a_utf_8_terminal_is_read_as_utf_8() -> None:
    personality = Personality(
        registration=("8000", "060F 1900 06 05 27 03 14 01 FE"),
        prints=("06D1 00 4772C3BCC39F65", "06D1 81"),
    )
    async with on_tcp(personality) as (_, url), till_at(url, charset="utf-8") as till:
        result = await till.pay("12.34", reference="a")
        assert result.receipts[0].lines == ("Grüße",)


async def test_without_an_echo_the_usual_character_set_stays() -> None:
    personality = Personality(prints=("06D1 00 477281E165", "06D1 81"))
    async with on_tcp(personality) as (_, url), till_at(url, charset="utf-8") as till:
        result = await till.pay("12.34", reference="a")
        assert result.receipts[0].lines == ("Grüße",)
