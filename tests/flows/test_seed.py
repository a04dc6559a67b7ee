"""The sequence diagrams of the first system, arrow by arrow, over real sockets.

The till, its listener and the simulated terminal talk HTTP through a wiretap; what it wrote down is
compared with the diagrams: messages, HTTP statuses, texts and their order.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from opi_pos import Outcome, QuietCashier, SaleSystem
from opi_pos.model.devices import PrintJob, Question
from terminal_bridge.simulator.server import NexoServerConfig, serve_nexo
from tests.flows.wiretap import Arrow, Score, Wiretap

XML_PATH = "/EPASSaleToPOI/3.1"
JSON_PATH = "/nexo"


@dataclass
class Stage:
    """A till and a terminal with taps in between."""

    till: SaleSystem
    score: Score

    @property
    def arrows(self) -> list[str]:
        """What passed, as text."""
        return [str(arrow) for arrow in self.score.arrows]

    async def shown(self, text: str, times: int) -> None:
        """Wait until a display was posted and answered so often."""
        await self.score.until(lambda arrows: answered(arrows, text) >= times)


def answered(arrows: list[Arrow], text: str) -> int:
    shown = [n for n, arrow in enumerate(arrows) if arrow.note == text]
    return sum(any(later.what == "rsp 204" for later in arrows[n:]) for n in shown)


class Cashier(QuietCashier):
    """Says yes or no to a signature; prints to nowhere."""

    def __init__(self, *, accepts: bool) -> None:
        self.accepts = accepts
        self.questions: list[Question] = []
        self.printed: list[PrintJob] = []

    async def confirm(self, poi: str, question: Question) -> bool | None:
        self.questions.append(question)
        return self.accepts

    async def print(self, poi: str, job: PrintJob) -> bool:
        self.printed.append(job)
        return True


@asynccontextmanager
async def stage(
    tmp_path: Path, *, profile: str, full: bool, cashier: Cashier | None = None
) -> AsyncIterator[Stage]:
    score = Score()
    to_terminal = Wiretap("POS", "Terminal", score)
    to_till = Wiretap("Terminal", "POS", score)
    terminal_port, till_port = await to_terminal.start(), await to_till.start()
    config = NexoServerConfig(
        port=0,
        profile=profile,
        pace_s=0.0,
        pos_url=f"http://127.0.0.1:{till_port}" if full else None,
    )
    async with serve_nexo(config) as server:
        to_terminal.forward_to = server.port
        till = SaleSystem.open(
            terminal=f"nexo+http://127.0.0.1:{terminal_port}?profile={profile}",
            currency="SEK",
            journal=tmp_path / "till.db",
            cashier=cashier,
            logout_on_close=False,
            listen="127.0.0.1:0" if full else None,
        )
        async with till:
            if full:
                to_till.forward_to = int((till.listen_url or "").rpartition(":")[2])
            yield Stage(till, score)
    await to_terminal.stop()
    await to_till.stop()


def script(path: str, *lines: str) -> list[str]:
    """`> Login`: the till posts; `< 204`: the till answers; `T text`: a display and its 204."""
    arrows: list[str] = []
    for line in lines:
        kind, _, rest = line.partition(" ")
        match kind:
            case ">":
                arrows.append(f"POS: POST {path} {rest}")
            case "=":
                arrows.append(f"Terminal: rsp {rest}")
            case "T":
                arrows.append(f"Terminal: POST {path} DisplayRequest “{rest}”")
                arrows.append("POS: rsp 204")
            case "?":
                arrows.append(f"Terminal: POST {path} {rest}")
            case "<":
                arrows.append(f"POS: rsp {rest}")
            case _:
                raise AssertionError(f"no arrow begins with {kind!r}")
    return arrows


ENCODINGS = [
    pytest.param("swedbank", XML_PATH, id="xml"),
    pytest.param("westpay-plain", JSON_PATH, id="json"),
]


def plain(profile: str) -> str:
    """JSON over plain HTTP is the `plain-json` dialect."""
    return "plain-json" if profile == "westpay-plain" else profile


@pytest.mark.parametrize(("profile", "path"), ENCODINGS)
async def test_the_light_flow(tmp_path: Path, profile: str, path: str) -> None:
    async with stage(tmp_path, profile=plain(profile), full=False) as play:
        await play.till.login()
        assert (await play.till.pay("38.00")).approved
        assert (await play.till.pay("10.05")).outcome is Outcome.DECLINED
        await play.till.logout()
    assert play.arrows == script(
        path,
        "> LoginRequest",
        "= 200 LoginResponse Success",
        "> PaymentRequest",
        "= 200 PaymentResponse Success",
        "> PaymentRequest",
        "= 200 PaymentResponse Failure",
        "> LogoutRequest",
        "= 200 LogoutResponse Success",
    )


@pytest.mark.parametrize(("profile", "path"), ENCODINGS)
async def test_the_full_flow(tmp_path: Path, profile: str, path: str) -> None:
    async with stage(tmp_path, profile=plain(profile), full=True) as play:
        await play.till.login()
        await play.shown("Welcome", 1)
        assert (await play.till.pay("38.00")).approved
        await play.shown("Welcome", 2)
        await play.till.logout()
    assert play.arrows == script(
        path,
        "> LoginRequest",
        "= 200 LoginResponse Success",
        "T Please wait",
        "T Welcome",
        "> PaymentRequest",
        "T Present card",
        "T Enter PIN",
        "T Enter PIN: *",
        "T Enter PIN: **",
        "T Enter PIN: ***",
        "T Enter PIN: ****",
        "T Authorizing",
        "T Approved",
        "= 200 PaymentResponse Success",
        "T Welcome",
        "> LogoutRequest",
        "= 200 LogoutResponse Success",
    )


@pytest.mark.parametrize(("accepts", "outcome"), [(True, "approved"), (False, "declined")])
async def test_the_signature_is_answered_in_the_same_exchange(
    tmp_path: Path, accepts: bool, outcome: str
) -> None:
    cashier = Cashier(accepts=accepts)
    async with stage(tmp_path, profile="swedbank", full=True, cashier=cashier) as play:
        await play.till.login()
        await play.shown("Welcome", 1)
        result = await play.till.pay("10.07")
        await play.shown("Welcome", 2)
    assert result.outcome == outcome
    assert result.signature_accepted is accepts
    assert result.signature_refused is not accepts
    assert cashier.questions[0].signature
    assert cashier.printed[0].receipt.signature_required
    verdict, shown = ("Success", "Approved") if accepts else ("Failure", "Disapproved")
    assert play.arrows[6:] == script(
        XML_PATH,
        "> PaymentRequest",
        "T Present card",
        "T Authorizing",
        "? PrintRequest",
        "< 204",
        "? InputRequest",
        "< 200 InputResponse",
        f"T {shown}",
        f"= 200 PaymentResponse {verdict}",
        "T Welcome",
    )


@pytest.mark.parametrize(("accepts", "outcome"), [(True, "approved"), (False, "declined")])
async def test_the_signature_is_acknowledged_and_posted(
    tmp_path: Path, accepts: bool, outcome: str
) -> None:
    cashier = Cashier(accepts=accepts)
    async with stage(tmp_path, profile="plain-json", full=True, cashier=cashier) as play:
        await play.till.login()
        await play.shown("Welcome", 1)
        result = await play.till.pay("10.07")
        await play.shown("Welcome", 2)
    assert result.outcome == outcome
    arrows = play.arrows[6:]
    asked = arrows.index("Terminal: POST /nexo InputRequest")
    assert arrows[asked + 1] == "POS: rsp 204"
    assert "POS: POST /nexo InputResponse" in arrows[asked + 2 :]
