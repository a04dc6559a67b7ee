"""How a payment ends on terminals that end it in their own way: the class of the end decides."""

from __future__ import annotations

import pytest

from opi_pos import Outcome, Proof
from tests.interop.zvt.shop import Bea, till_at
from tests.interop.zvt.terminals import Personality, on_tcp

OLD = "040F 2700 04000000000999 0B000040 0C143000 0D1121 870006"
STATUS = "040F 2700 04{amount} 0B000041 0C143005 0D1121 870007"
OURS = STATUS.replace("{amount}", "000000001234")
DECLINED = "040F 2705 04{amount} 0B000041 870007"
REVERSED = "040F 2700 04000000001234 0B000042 37000041 870008"

Ending = tuple[Personality, Outcome, Proof, str | None]

ENDINGS: dict[str, Ending] = {
    "declined by 06 1E": (
        Personality(status=(DECLINED,), end=("061E 05",)),
        Outcome.DECLINED,
        Proof.RESPONSE,
        None,
    ),
    "declined by 06 1E alone": (
        Personality(status=(), end=("061E 05",)),
        Outcome.DECLINED,
        Proof.RESPONSE,
        None,
    ),
    "declined by 06 0F": (
        Personality(status=(DECLINED,)),
        Outcome.DECLINED,
        Proof.RESPONSE,
        None,
    ),
    "declined with a text of the host's": (
        Personality(status=("040F 2705 2929000274 3CF0F0F9 416267656C65686E74",), end=("061E 05",)),
        Outcome.DECLINED,
        Proof.RESPONSE,
        None,
    ),
    "stopped by the cardholder": (
        Personality(status=(), end=("061E 6C",)),
        Outcome.ABORTED,
        Proof.RESPONSE,
        None,
    ),
    "stopped, with the maker's own words": (
        Personality(
            status=("040F 276C 2952500295",),
            end=("061E 6C 06 0F 1F16 05 FF00001441 1F17 04 54455854",),
        ),
        Outcome.ABORTED,
        Proof.RESPONSE,
        None,
    ),
    "an abort that says nothing": (
        Personality(status=(), end=("061E",)),
        Outcome.DECLINED,
        Proof.RESPONSE,
        None,
    ),
    "taken back after it was approved": (
        Personality(status=(STATUS,), end=("04FF 05", "061E 6C")),
        Outcome.DECLINED,
        Proof.RESPONSE,
        None,
    ),
    "an abort without an error after an approval, and the payment stands": (
        Personality(status=(STATUS,), end=("061E 00",), others={"0620": ("8000", OLD, "060F")}),
        Outcome.APPROVED,
        Proof.EVIDENCE,
        OURS,
    ),
    "an abort without an error after an approval, and nothing stands": (
        Personality(status=(STATUS,), end=("061E 00",), others={"0620": ("8000", OLD, "060F")}),
        Outcome.DECLINED,
        Proof.EVIDENCE,
        None,
    ),
    "completed without a result, and the payment stands": (
        Personality(status=(), others={"0620": ("8000", OLD, "060F")}),
        Outcome.APPROVED,
        Proof.EVIDENCE,
        OURS,
    ),
    "completed without a result, and none is repeated": (
        Personality(status=()),
        Outcome.IN_DOUBT,
        Proof.NONE,
        None,
    ),
    "an approval without an amount": (
        Personality(status=("040F 2700",)),
        Outcome.APPROVED,
        Proof.RESPONSE,
        None,
    ),
    "an approval of an amount that cannot be read": (
        Personality(
            status=("040F 2700 04EEEEEEEEEEEE 0B000041 870007",),
            others={"0620": ("8000", OLD, "060F")},
        ),
        Outcome.APPROVED,
        Proof.EVIDENCE,
        OURS,
    ),
    "a smaller amount than was asked for": (
        Personality(status=("040F 2700 04000000001000 870007",)),
        Outcome.PARTIALLY_APPROVED,
        Proof.RESPONSE,
        None,
    ),
    "a result that is no number": (
        Personality(status=("040F 27FF 04{amount}",), end=("061E FF",)),
        Outcome.DECLINED,
        Proof.RESPONSE,
        None,
    ),
    "gone after 04 0F, and it stands": (
        Personality(closes_after="040F", others={"0620": ("8000", OLD, "060F")}),
        Outcome.APPROVED,
        Proof.EVIDENCE,
        OURS,
    ),
    "gone after 04 0F, and it was reversed": (
        Personality(closes_after="040F", others={"0620": ("8000", OLD, "060F")}),
        Outcome.DECLINED,
        Proof.EVIDENCE,
        REVERSED,
    ),
    "gone after 04 0F, and nothing is repeated": (
        Personality(closes_after="040F"),
        Outcome.IN_DOUBT,
        Proof.NONE,
        None,
    ),
    "gone in the prints, and it stands": (
        Personality(
            prints=("06D1 00 41", "06D1 81"),
            closes_after="06D1",
            others={"0620": ("8000", OLD, "060F")},
        ),
        Outcome.APPROVED,
        Proof.EVIDENCE,
        OURS,
    ),
    "refused as unknown": (
        Personality(others={"0601": ("8483",)}),
        Outcome.NOT_STARTED,
        Proof.RESPONSE,
        None,
    ),
    "refused for a wrong currency": (
        Personality(shown=(), status=(), end=("061E 6F 0756",)),
        Outcome.NOT_STARTED,
        Proof.RESPONSE,
        None,
    ),
    "given up for a wrong currency": (
        Personality(status=(), end=("061E 6F 0756",)),
        Outcome.DECLINED,
        Proof.RESPONSE,
        None,
    ),
    "given up because a diagnosis is due": (
        Personality(status=(), end=("061E C2",)),
        Outcome.DECLINED,
        Proof.RESPONSE,
        None,
    ),
}


@pytest.mark.parametrize("name", ENDINGS)
async def test_the_end_of_a_payment(name: str) -> None:
    personality, outcome, proof, later = ENDINGS[name]
    async with on_tcp(personality) as (terminal, url):
        terminal.later = later
        recovery_s = 0.3 if outcome is Outcome.IN_DOUBT else 20.0
        words = {"recovery": {"settle_s": 0.0}, "recovery_s": recovery_s}
        async with till_at(url, Bea(), **words) as till:
            result = await till.pay("12.34", reference="a")
            assert (result.outcome, result.proof) == (outcome, proof), result
            assert result.approved == (outcome is Outcome.APPROVED)
            assert terminal.controls.count("0601") == 1


async def test_what_it_wants_done_is_done_before_the_next_payment() -> None:
    wants = Personality(status=(), end=("061E C2",), others={"0670": ("8000", "060F")})
    async with on_tcp(wants) as (terminal, url), till_at(url, Bea()) as till:
        await till.pay("12.34", reference="a")
        await till.pay("12.34", reference="b")
        assert terminal.controls[-3:] == ["0601", "0670", "0601"]


async def test_a_terminal_that_ends_everything_with_06_1e_is_believed_by_its_records() -> None:
    personality = Personality(
        registration=("8000", "061E 00"),
        status=(STATUS,),
        end=("061E 00",),
        others={"0620": ("8000", OLD, "061E 00"), "0501": ("8000", "061E 00")},
    )
    async with on_tcp(personality) as (terminal, url), till_at(url, Bea()) as till:
        terminal.later = OURS
        result = await till.pay("12.34", reference="a")
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.EVIDENCE)
        assert terminal.controls.count("0601") == 1
