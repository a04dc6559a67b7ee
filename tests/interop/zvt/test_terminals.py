"""Our till pays on terminals of other makers, over real sockets and a real pty."""

from __future__ import annotations

import sys

import pytest

from opi_pos import Outcome, Proof
from tests.interop.zvt.shop import Bea, till_at
from tests.interop.zvt.terminals import Personality, on_pty, on_tcp

posix = pytest.mark.skipif(sys.platform == "win32", reason="there is no pty")

STATUS = "040F 2700 04{amount} 0B000041 0C143005 0D1121 870007"
PRINTED = ("06D1 00 5A61686C756E67", "06D1 40 4B756E64656E", "06D1", "06D1 FF 03", "06D1 81")
BLOCK = "06D3 06 12 1F070102 250C 0701 41 0702 4243 0901 81"

TERMINALS: dict[str, Personality] = {
    "as simple as can be": Personality(shown=()),
    "status before 80 00": Personality(before_answer=(STATUS,), status=()),
    "shows before 80 00": Personality(before_answer=("04FF 0A",)),
    "all of it before 80 00": Personality(before_answer=("04FF 0A", STATUS, *PRINTED), status=()),
    "even its end before 80 00": Personality(
        before_answer=("04FF 0A", STATUS, "060F"), shown=(), status=(), end=()
    ),
    "shows before the 80 00 of a registration": Personality(
        registration=("04FF 17", "8000", "060F 1900")
    ),
    "the end of a registration before its 80 00": Personality(
        registration=("060F 1900 2952500295", "8000")
    ),
    "no registration at all": Personality(registers=False),
    "no 80 00 at all": Personality(answer=None),
    "84 00 for yes": Personality(answer="8400"),
    "80 00 with data": Personality(answer="8000 0600"),
    "80 00 twice": Personality(answer="8000", shown=("8000", "04FF 0A")),
    "04 FF of odd lengths": Personality(
        shown=("04FF", "04FF 0A", "04FF 0A03", "04FF 0A0306", "04FF 0A030600", "04FF 0A99FF")
    ),
    "04 FF with TLV and no timeout": Personality(shown=("04FF FF 06 07 24 05 07 03 414243",)),
    "04 FF with a long text": Personality(
        shown=("04FF FF 03 06 81 84 24 81 81 07 7F " + "41" * 127,)
    ),
    "statuses that nobody knows": Personality(shown=("04FF 99", "04FF A5 03", "04FF EE 02")),
    "the same status over and over": Personality(shown=("04FF 17 03",) * 20),
    "commands that nobody knows": Personality(
        shown=("04FF 0A", "0FAA 0102", "06D8 313233", "0105", "0419 00")
    ),
    "the till's own commands": Personality(shown=("0601 04000000000100", "0600")),
    "prints line by line": Personality(prints=PRINTED),
    "prints a block": Personality(prints=(BLOCK,)),
    "prints after its end": Personality(after_end=PRINTED),
    "prints without an end mark": Personality(prints=("06D1 00 41", "06D1 00 42")),
    "lines with TLV behind": Personality(prints=("06D1 00 41 06 04 1F 07 01 01", "06D1 81")),
    "TLV unasked, nested and strange": Personality(
        status=(STATUS + " 06 17 2F 08 1F10 01 02 1F12 01 02 FF40 02 FFFF 60 05 43 03 A00000",)
    ),
    "status twice": Personality(status=(STATUS, STATUS)),
    "wrong PIN first": Personality(status=("040F 2737 04{amount}", STATUS)),
    "fields in another order": Personality(
        status=("040F 870007 0B000041 490978 8A06 04{amount} 2952500295 2700",)
    ),
    "an unknown field at the end": Personality(status=(STATUS + " FE 010203",)),
    "a masked card": Personality(status=(STATUS + " 22 F0F8 EEEEEEEEEEEE4771",)),
    "a whole card number": Personality(status=(STATUS + " 22 F0F8 6725904411001000",)),
    "numbers that are none": Personality(
        status=("040F 2700 04{amount} 0BFFFFFF 0CEEEEEE 0D9999 87FFFF",)
    ),
    "long status": Personality(
        status=(STATUS + " 3C F2F0F0 " + "4B" * 200 + " 8B F0F5 5669736100",)
    ),
    "amount in the end only": Personality(
        status=("040F 2700 0B000041 870007 04{amount}",), end=("060F 2700",)
    ),
    "completion with all and sundry": Personality(
        end=("060F 2700 0C143005 AA261122 2952500295 490978 06 03 1F17 00",)
    ),
    "everything at once": Personality(waits=False),
    "byte by byte": Personality(in_pieces=True, prints=PRINTED),
    "hangs up after every command": Personality(closes=True),
    "registers with more than was asked": Personality(
        registration=(
            "8000",
            "04FF 17",
            "0401 AA261122 0C143005",
            "06D1 00 41",
            "06D1 81",
            "060F 1900 2952500295 490978 06 0A 26 04 0A02 06D1 12 01 24 FF",
        )
    ),
    "status information after a registration": Personality(
        registration=("8000", "040F 2700 2929001234 490978", "060F")
    ),
    "an empty completion of the registration": Personality(registration=("8000", "060F")),
    "registration by 80 00 alone, then status": Personality(
        registration=("8000", "060F 19FF"), others={"0670": ("8000", "060F")}
    ),
    "a snapshot of another payment": Personality(
        others={"0620": ("8000", "040F 2700 04000000000999 0B000040 870006", "060F")}
    ),
    "an empty snapshot": Personality(others={"0620": ("8000", "060F")}),
    "a snapshot that is refused": Personality(others={"0620": ("8000", "061E 83")}),
}


@pytest.mark.parametrize("name", TERMINALS)
async def test_it_pays(name: str) -> None:
    async with on_tcp(TERMINALS[name]) as (terminal, url), till_at(url, Bea()) as till:
        result = await till.pay("12.34", reference="a")
        assert (result.outcome, result.proof) == (Outcome.APPROVED, Proof.RESPONSE), result
        assert str(result.authorized) == "12.34"
        again = await till.pay("5.00", reference="b")
        assert again.approved, again
        assert terminal.controls.count("0601") == 2


NOT_SERIAL = {
    # What has no connection cannot be hung up, and what is not ours on it cannot be told apart.
    "hangs up after every command",
    "byte by byte",
    "no 80 00 at all",
    "registers with more than was asked",
    "even its end before 80 00",
    "the end of a registration before its 80 00",
    "status information after a registration",
}


@posix
@pytest.mark.parametrize("name", [name for name in TERMINALS if name not in NOT_SERIAL])
async def test_it_pays_over_a_serial_line(name: str) -> None:
    async with on_pty(TERMINALS[name]) as (terminal, url), till_at(url, Bea()) as till:
        result = await till.pay("10.10", reference="a")
        assert result.approved, result
        assert terminal.controls.count("0601") == 1
