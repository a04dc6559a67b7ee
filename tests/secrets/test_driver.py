"""Card numbers in what terminals answer."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable
from pathlib import Path

import pytest

from opi_pos.model.errors import OpiPosError
from opi_pos.model.results import Outcome
from opi_pos.wire import nexo
from terminal_bridge.simulator.server import NexoServerConfig, serve_nexo
from tests.secrets.cards import SHAPES
from tests.secrets.planting import garbage
from tests.secrets.terminal import Planter, lost, of_another, saying
from tests.secrets.till import Watched, assert_hidden, watched

SERVED = NexoServerConfig(port=0, pace_s=0.0)


async def attempt(till: Watched, call: Awaitable[object]) -> None:
    """Whatever comes of it, a program may log it."""
    try:
        till.look_at(await call)
    except OpiPosError as error:
        till.look_at("".join(traceback.format_exception(error)), error)


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
async def test_no_answer_of_a_terminal_leaves_a_card_number_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    async with serve_nexo(SERVED) as served:
        Planter(served.terminal, text)
        async with watched(tmp_path, text, caplog, terminal=served.url) as till:
            sale = till.till
            approved = await sale.pay("12.00", reference="approved")
            assert approved.outcome is Outcome.APPROVED
            assert approved.receipts
            till.look_at(approved, await sale.status("approved"), await sale.reprint("approved"))
            for amount in ("38.05", "38.07", "38.08", "38.02", "38.11", "38.17"):
                await attempt(till, sale.pay(amount, reference=amount, operator=text))
            await attempt(till, sale.refund("1.00", reference="refund", original="approved"))
            await attempt(till, sale.reverse("approved"))
            for call in (
                sale.diagnose(host=True),
                sale.totals(),
                sale.read_card(),
                sale.ask_customer(text, kind="digits"),
                sale.show_customer(text),
                sale.print_on_terminal(text),
                sale.close_day(),
                sale.converse(nexo.DiagnosisRequest()),
            ):
                await attempt(till, call)
            till.look_at(await sale.exchanges(), await sale.facts("approved"))
    assert_hidden(await till.shown(tmp_path))


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
async def test_nothing_that_is_no_answer_leaves_a_card_number_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    async with serve_nexo(SERVED) as served:
        planter = Planter(served.terminal, text)
        async with watched(tmp_path, text, caplog, terminal=served.url) as till:
            answers = [
                lost,
                of_another(text),
                *map(saying, garbage(text)),
                saying(text.encode(), 500),
            ]
            for number, answer in enumerate(answers):
                planter.instead.append(answer)
                result = await till.till.pay("12.00", reference=f"r-{number}")
                assert (result.outcome, result.proof) == (Outcome.APPROVED, "status")
                till.look_at(result, await till.till.facts(f"r-{number}"))
            assert not planter.instead
    assert_hidden(await till.shown(tmp_path))


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
async def test_no_mail_between_processes_holds_a_card_number(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    async with serve_nexo(SERVED) as served:
        Planter(served.terminal, text)
        async with (
            watched(tmp_path, text, caplog, terminal=served.url) as owner,
            watched(tmp_path, text, caplog, terminal=served.url) as guest,
        ):
            result = await guest.till.pay("12.00", reference="r", operator=text)
            assert result.approved
            guest.look_at(result)
            await attempt(guest, guest.till.diagnose())
            await attempt(guest, guest.till.ask_customer(text, kind="digits"))
    assert_hidden(await owner.shown(tmp_path) + "\n".join(guest.seen))
