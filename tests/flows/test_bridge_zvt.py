"""The first system's arrows once more: a till that speaks nexo, our face, and a ZVT terminal behind
it. All over real sockets; the texts are what the terminal tells in its intermediate statuses.

The till is our own, or one that shares no code with us.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from opi_pos import Outcome, Proof, SaleSystem
from opi_pos.poi.books import Movement
from terminal_bridge.simulator.zvt.server import ZvtServer, ZvtServerConfig, serve_zvt
from tests.flows.raw_till import RawTill, Tree, first
from tests.flows.test_seed import ENCODINGS, Cashier, answered, plain, script
from tests.flows.wiretap import Score, Wiretap
from tests.listener.faces.nexo.bridge import Bridge, bridge

INSERT = "Karte einstecken"
WAIT = "Vorgang wird bearbeitet bitte warten..."
PIN = "Bitte Anzeigen auf dem PIN-Pad beachten"
DIGIT = "PIN-Ziffer eingegeben"
LAST_DIGIT = "PIN-Ziffer eingegeben, Bestätigung möglich"
HOST = "BZT wartet auf Antwort vom FEP"
REMOVE = "Bitte Karte entnehmen!"
DECLINED = "Autorisierung nicht möglich"

WITH_PIN = [f"T {text}" for text in (INSERT, WAIT, PIN, *[DIGIT] * 3, LAST_DIGIT, HOST)]
BOTH_STYLES = pytest.mark.parametrize(
    ("encoding", "posts"), [("xml", False), ("xml", True), ("json", False), ("json", True)]
)


@dataclass
class Line:
    """A terminal, a face, and taps that a till is put between."""

    terminal: ZvtServer
    bridge: Bridge
    score: Score
    to_face: Wiretap
    to_till: Wiretap
    face_port: int

    @property
    def arrows(self) -> list[str]:
        return [str(arrow) for arrow in self.score.arrows]

    async def shown(self, text: str, times: int) -> None:
        await self.score.until(lambda arrows: answered(arrows, text) >= times)

    @property
    def money(self) -> list[tuple[Movement, str, bool]]:
        """What the terminal moved."""
        entries = self.terminal.terminal.books.entries
        return [(entry.movement, str(entry.amount), entry.automatic) for entry in entries]


@asynccontextmanager
async def line(
    tmp_path: Path, profile: str, *, full: bool = True, **poi: object
) -> AsyncIterator[Line]:
    score = Score()
    to_face, to_till = Wiretap("POS", "Terminal", score), Wiretap("Terminal", "POS", score)
    face_port, till_port = await to_face.start(), await to_till.start()
    config = ZvtServerConfig(port=0, profile="newest", pace_s=0.0)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(to_face.stop)
        stack.push_async_callback(to_till.stop)
        terminal = await stack.enter_async_context(serve_zvt(config))
        words = {
            "terminal": terminal.url,
            "currency": "EUR",
            "profile": profile,
            "poi": poi,
            **({"till_url": f"http://127.0.0.1:{till_port}"} if full else {}),
        }
        opened = await stack.enter_async_context(bridge(tmp_path / "bridge.db", words=words))
        to_face.forward_to = opened.port
        yield Line(terminal, opened, score, to_face, to_till, face_port)


@asynccontextmanager
async def our_till(
    play: Line, tmp_path: Path, profile: str, *, full: bool = True, accepts: bool = True
) -> AsyncIterator[SaleSystem]:
    till = SaleSystem.open(
        terminal=f"nexo+http://127.0.0.1:{play.face_port}?profile={profile}",
        currency="EUR",
        journal=tmp_path / "till.db",
        cashier=Cashier(accepts=accepts),
        logout_on_close=False,
        listen="127.0.0.1:0" if full else None,
    )
    async with till:
        if full:
            play.to_till.forward_to = int((till.listen_url or "").rpartition(":")[2])
        await till.login()
        if full:
            await play.shown("Welcome", 1)
        yield till


@asynccontextmanager
async def raw_till(play: Line, encoding: str, *, posts: bool = False) -> AsyncIterator[RawTill]:
    till = RawTill(encoding, posts_answers=posts)
    till.port, play.to_till.forward_to = play.face_port, await till.listen()
    try:
        assert result(await till.login()) == "Success"
        await play.shown("Welcome", 1)
        yield till
    finally:
        await till.aclose()


def raw_profile(encoding: str) -> str:
    return "swedbank" if encoding == "xml" else "plain-json"


def result(answer: Tree) -> str:
    response = first(answer, "Response")
    return " ".join(response[key] for key in ("Result", "ErrorCondition") if key in response)


# --- our own till -------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "path"), ENCODINGS)
async def test_the_light_flow(tmp_path: Path, profile: str, path: str) -> None:
    profile = plain(profile)
    async with (
        line(tmp_path, profile, full=False) as play,
        our_till(play, tmp_path, profile, full=False) as till,
    ):
        assert (await till.pay("38.00")).approved
        assert (await till.pay("10.05")).outcome is Outcome.DECLINED
        await till.logout()
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
    assert play.money == [(Movement.CHARGE, "38.00", False)]


@pytest.mark.parametrize(("profile", "path"), ENCODINGS)
async def test_the_full_flow(tmp_path: Path, profile: str, path: str) -> None:
    profile = plain(profile)
    async with line(tmp_path, profile) as play, our_till(play, tmp_path, profile) as till:
        paid = await till.pay("38.00")
        await play.shown("Welcome", 2)
        refused = await till.pay("10.05")
        await play.shown("Welcome", 3)
        await till.logout()
    assert (paid.outcome, str(paid.authorized)) == (Outcome.APPROVED, "38.00")
    assert paid.card is not None
    assert paid.card.masked_pan == "541333******0012"
    assert len(paid.receipts) == 2
    assert refused.outcome is Outcome.DECLINED
    assert play.arrows == script(
        path,
        "> LoginRequest",
        "= 200 LoginResponse Success",
        "T Please wait",
        "T Welcome",
        "> PaymentRequest",
        *WITH_PIN,
        f"T {REMOVE}",
        "= 200 PaymentResponse Success",
        "T Welcome",
        "> PaymentRequest",
        *WITH_PIN,
        f"T {DECLINED}",
        f"T {REMOVE}",
        "= 200 PaymentResponse Failure",
        "T Welcome",
        "> LogoutRequest",
        "= 200 LogoutResponse Success",
    )
    assert play.money == [(Movement.CHARGE, "38.00", False)]


@pytest.mark.parametrize(("when", "accepts"), [("after", True), ("after", False), ("hold", False)])
async def test_a_signature_is_asked_of_the_till(tmp_path: Path, when: str, accepts: bool) -> None:
    """`hold`: while the terminal waits, and it takes its money back itself. `after`: when it is
    done, and the bridge reverses.
    """
    async with (
        line(tmp_path, "swedbank", signature=when) as play,
        our_till(play, tmp_path, "swedbank", accepts=accepts) as till,
    ):
        paid = await till.pay("10.07")
        await play.shown("Welcome", 2)
    assert paid.outcome is (Outcome.APPROVED if accepts else Outcome.DECLINED)
    assert (paid.signature_accepted, paid.signature_refused) == (accepts, not accepts)
    arrows = play.arrows[6:]
    asked = arrows.index("Terminal: POST /EPASSaleToPOI/3.1 InputRequest")
    assert arrows[asked - 2 : asked + 2] == script(
        "/EPASSaleToPOI/3.1", "? PrintRequest", "< 204", "? InputRequest", "< 200 InputResponse"
    )
    taken = [(Movement.CHARGE, "10.07", False)]
    given_back = [(Movement.REVERSAL, "10.07", when == "hold")]
    assert play.money == (taken if accepts else [*taken, *given_back])


async def test_a_till_stops_a_payment(tmp_path: Path) -> None:
    async with (
        line(tmp_path, "swedbank") as play,
        our_till(play, tmp_path, "swedbank") as till,
    ):
        paying = asyncio.gather(till.pay("10.03", reference="a"))
        await play.shown(INSERT, 1)
        await till.abort("a")
        (ended,) = await paying
    assert ended.outcome is Outcome.ABORTED
    abort = play.arrows.index("POS: POST /EPASSaleToPOI/3.1 AbortRequest")
    assert "Terminal: rsp 204" in play.arrows[abort : abort + 3]
    assert play.arrows.count("Terminal: rsp 200 PaymentResponse Failure") == 1
    assert play.money == []


async def test_a_lost_answer_is_found_again_by_transaction_status(tmp_path: Path) -> None:
    async with (
        line(tmp_path, "swedbank") as play,
        our_till(play, tmp_path, "swedbank") as till,
    ):
        play.to_face.lose = "rsp 200 PaymentResponse"
        paid = await till.pay("38.00")
    assert (paid.outcome, paid.proof) == (Outcome.APPROVED, Proof.STATUS)
    assert "Terminal: rsp 200 TransactionStatusResponse Success" in play.arrows
    assert play.money == [(Movement.CHARGE, "38.00", False)]


async def test_a_payment_is_reversed_once_and_the_day_is_closed(tmp_path: Path) -> None:
    async with (
        line(tmp_path, "swedbank") as play,
        our_till(play, tmp_path, "swedbank") as till,
    ):
        assert (await till.pay("38.00", reference="a")).approved
        assert (await till.pay("12.00", reference="b")).approved
        part = await till.reverse("b", reference="b/part", amount="5.00")
        assert (part.outcome, part.condition) == (Outcome.DECLINED, "UnavailableService")
        assert "partial_reversal" in part.message
        assert (await till.reverse("b")).approved
        again = await till.reverse("b", reference="b/again")
        assert (again.outcome, again.message) == (Outcome.NOT_STARTED, "Completed transaction")
        totals = (await till.close_day()).payload
    assert [str(row.amount) for group in totals.groups for row in group.lines] == ["38.00"]
    assert play.money == [
        (Movement.CHARGE, "38.00", False),
        (Movement.CHARGE, "12.00", False),
        (Movement.REVERSAL, "12.00", False),
    ]


# --- a till of its own kind ---------------------------------------------------------------------


@BOTH_STYLES
async def test_any_till_pays(tmp_path: Path, encoding: str, posts: bool) -> None:
    profile = raw_profile(encoding)
    async with line(tmp_path, profile) as play, raw_till(play, encoding, posts=posts) as till:
        paid = await till.pay("38.00", "EUR")
        assert result(paid) == "Success"
        amounts = first(paid, "PaymentResult", "AmountsResp")
        assert float(amounts["AuthorizedAmount"]) == 38.0
        assert len(paid["PaymentReceipt"]) == 2
        await play.shown("Welcome", 2)
        assert till.texts == ["Please wait", "Welcome", *_texts(WITH_PIN), REMOVE, "Welcome"]
        assert result(await till.pay("10.05", "EUR")) == "Failure Refusal"
        assert result(await till.logout()) == "Success"
    assert play.money == [(Movement.CHARGE, "38.00", False)]


def _texts(arrows: list[str]) -> list[str]:
    return [arrow.removeprefix("T ") for arrow in arrows]


@BOTH_STYLES
@pytest.mark.parametrize("right", [True, False])
async def test_any_till_decides_about_a_signature(
    tmp_path: Path, encoding: str, posts: bool, right: bool
) -> None:
    profile = raw_profile(encoding)
    async with line(tmp_path, profile) as play, raw_till(play, encoding, posts=posts) as till:
        till.signature_is_right = right
        paid = await till.pay("10.07", "EUR")
        assert till.printed == ["CashierReceipt"]
        assert till.taken == ([204] if posts else [])
    assert result(paid) == ("Success" if right else "Failure Refusal")
    assert len(play.money) == (1 if right else 2)


@pytest.mark.parametrize("encoding", ["xml", "json"])
async def test_any_till_stops_asks_and_reverses(tmp_path: Path, encoding: str) -> None:
    async with line(tmp_path, raw_profile(encoding)) as play, raw_till(play, encoding) as till:
        stopping = asyncio.gather(till.pay("10.03", "EUR", "71"))
        await play.shown(INSERT, 1)
        running = result(await till.status("71"))
        assert running == ("Failure Busy" if encoding == "xml" else "Failure InProgress")
        assert await till.abort("71") == 204
        assert result((await stopping)[0]) == "Failure Aborted"

        play.to_face.lose = "rsp 200 PaymentResponse"
        with pytest.raises(ConnectionError):
            await till.pay("38.00", "EUR", "72")
        status = await till.status("72")
        assert result(status) == "Success"
        paid = first(status, "RepeatedMessageResponse", "PaymentResponse") or first(
            status, "RepeatedMessageResponse", "RepeatedResponseMessageBody", "PaymentResponse"
        )
        assert result(paid) == "Success"
        assert result(await till.reverse(paid)) == "Success"
        assert result(await till.reverse(paid)) == "Failure NotAllowed"
        assert result(await till.reconcile()) == "Success"
    assert play.money == [(Movement.CHARGE, "38.00", False), (Movement.REVERSAL, "38.00", False)]
