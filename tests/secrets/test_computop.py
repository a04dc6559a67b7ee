"""Card numbers in what Paygate posts and answers, and the passwords by which we know each other."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from typing import Any

import pytest

from opi_pos import Outcome
from opi_pos.http.client import HttpClient
from opi_pos.model.errors import ProtocolError
from opi_pos.wire import computop
from terminal_bridge.simulator.computop.paygate import Paygate
from tests.listener.computop.shop import KEYS, LOST, TOKEN, entry, result, shop
from tests.opi_pos.wire.computop.making import MEMBERS
from tests.secrets.cards import SHAPES, card_numbers_in
from tests.secrets.planting import garbage
from tests.secrets.till import assert_hidden

KEPT = frozenset(
    {"MID", "mid", "PayID", "XID", "RefNr", "Status", "Code", "Amount", "Currency", "MessageType"}
    | {"LastStatus", "AmountAuth", "AmountCap", "AmountCred"}
)
"""What names a payment or says how it ended: it must come as it was, or nobody believes it."""
SENSITIVE = ("PCNr", "CCNr", "CCExpiry", "CCCVC", "PAN", "Track2", "CCBrand", "Vendor")
SOME = {name: SHAPES[name] for name in ("16 digits", "spaced", "track 2", "base64")}


def planted(members: dict[str, str], text: str) -> dict[str, str]:
    """The text in every other member, and in some that Paygate should never send."""
    plain = text.replace("&", "+").replace("%", "")  # nothing is escaped behind Len and Data
    told = {name: value if name in KEPT else plain for name, value in members.items()}
    return {**told, **dict.fromkeys(SENSITIVE, plain)}


def assert_kept(shown: str) -> None:
    """Neither a card number nor a password of ours."""
    assert_hidden(shown)
    assert KEYS.encryption is not None
    for secret in (KEYS.mac, KEYS.encryption):
        assert secret.reveal() not in shown
    assert TOKEN not in shown


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("text", SOME.values(), ids=SOME)
async def test_neither_notifications_nor_inquiries_leave_a_secret_behind(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    text: str,
    encrypted: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    members, told = Paygate._members, Paygate._told
    monkeypatch.setattr(Paygate, "_members", lambda *a: planted(members(*a), text))
    monkeypatch.setattr(Paygate, "_told", lambda *a: planted(told(*a), text))
    async with shop(tmp_path, monkeypatch, LOST, encrypted=encrypted) as here, HttpClient() as web:
        assert (await here.till.pay("1.00", reference="a-1")).outcome is Outcome.IN_DOUBT
        with here.till.watch() as watcher:
            here.paygate.heard(entry("a-1"))
            here.paygate.heard(entry("never-seen"))
            await here.paygate.until_told()
            ended = await result(watcher)
            url = (await here.till.callback_urls())["notify.paygate"]
            for data in garbage(text):
                assert (await web.post(url, data)).status == 400
        assert ended.outcome is Outcome.APPROVED
        assert set(here.paygate.answers) == {200}
        seen: list[Any] = [ended, await here.till.facts("a-1"), await here.till.exchanges()]
        seen += [delivery async for delivery in watcher]
        receivers: Any = here.till._receivers
        seen += [receivers.inquirers]
    files = [each.read_bytes().decode("utf-8", "replace") for each in tmp_path.glob("till.db*")]  # noqa: ASYNC240
    assert_kept("\n".join([caplog.text, *map(repr, seen), *files]))


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_neither_a_repr_nor_an_error_shows_a_secret(text: str, encrypted: bool) -> None:
    inside = planted(MEMBERS, text)
    data = computop.write_notification(inside, KEYS, encrypted=encrypted)
    assert_kept(repr(computop.read_notification(data, KEYS)))
    answer = computop.write_inquiry_answer({**inside, "LastStatus": "OK"}, KEYS, bytes(16))
    assert_kept(repr(computop.read_inquiry(answer, KEYS)))
    forged = computop.write_notification({**inside, "MAC": "0" * 64}, KEYS, encrypted=encrypted)
    odd = {**inside, text: text, "Amount": text, "Status": text}
    wrong = computop.write_notification(odd, KEYS, encrypted=encrypted)
    for each in (forged, wrong, data[: len(data) // 2], *garbage(text)):
        for read in (computop.read_notification, computop.read_inquiry):
            try:
                told = repr(read(each, KEYS))
            except ProtocolError as error:
                told = "".join(traceback.format_exception(error)) + repr(vars(error))
            assert_kept(told)
    assert card_numbers_in(str(inside))
