"""The first system's diagrams again, with our face as the terminal and our own till as the foreign
one, over real sockets, in both encodings and both integrations.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from opi_pos import Outcome, SaleSystem
from tests.flows.test_seed import ENCODINGS, XML_PATH, Cashier, plain, script
from tests.flows.wiretap import Arrow, Score, Wiretap
from tests.listener.faces.nexo.bridge import Bridge, bridge


@dataclass
class Stage:
    """A foreign till, a bridge, and taps in between."""

    till: SaleSystem
    bridge: Bridge
    score: Score

    @property
    def arrows(self) -> list[str]:
        return [str(arrow) for arrow in self.score.arrows]

    async def shown(self, text: str, times: int) -> None:
        await self.score.until(lambda arrows: _answered(arrows, text) >= times)


def _answered(arrows: list[Arrow], text: str) -> int:
    shown = [n for n, arrow in enumerate(arrows) if arrow.note == text]
    return sum(any(later.what == "rsp 204" for later in arrows[n:]) for n in shown)


@asynccontextmanager
async def stage(
    tmp_path: Path, *, profile: str, full: bool, behind: str = "full", accepts: bool = True
) -> AsyncIterator[Stage]:
    score = Score()
    to_face, to_till = Wiretap("POS", "Terminal", score), Wiretap("Terminal", "POS", score)
    face_port, till_port = await to_face.start(), await to_till.start()
    words = {"profile": profile, "integration": behind}
    if full:
        words["till_url"] = f"http://127.0.0.1:{till_port}"
    async with bridge(tmp_path / "bridge.db", words=words) as opened:
        to_face.forward_to = opened.port
        till = SaleSystem.open(
            terminal=f"nexo+http://127.0.0.1:{face_port}?profile={profile}",
            currency="SEK",
            journal=tmp_path / "till.db",
            cashier=Cashier(accepts=accepts),
            logout_on_close=False,
            listen="127.0.0.1:0" if full else None,
        )
        async with till:
            if full:
                to_till.forward_to = int((till.listen_url or "").rpartition(":")[2])
            yield Stage(till, opened, score)
    await to_face.stop()
    await to_till.stop()


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
async def test_the_signature_is_asked_of_the_foreign_till(
    tmp_path: Path, accepts: bool, outcome: str
) -> None:
    async with stage(tmp_path, profile="swedbank", full=True, accepts=accepts) as play:
        await play.till.login()
        await play.shown("Welcome", 1)
        result = await play.till.pay("10.07")
        await play.shown("Welcome", 2)
    assert result.outcome == outcome
    assert result.signature_accepted is accepts
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
