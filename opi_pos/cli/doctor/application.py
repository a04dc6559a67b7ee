"""Does the terminal's application answer: one diagnosis, without a login of ours."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from typing import Final

from opi_pos.cli.doctor.findings import Finding
from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, DeviceRequest
from opi_pos.model.ids import POIID, ServiceID
from opi_pos.model.news import Answer, Ended, News, NoAnswer, Refusal, Verdict, Written
from opi_pos.model.orders import Command, Diagnose
from opi_pos.runtime.clock import SystemClock
from opi_pos.runtime.config import PoiSettings
from opi_pos.runtime.drivers import Connect, find_driver
from opi_pos.runtime.wishes import AbortWishes
from opi_pos.session.service_ids import ServiceIDs, drawn_mark, floor

ANSWER_S: Final = 15.0
_HTTP_STATUS: Final = re.compile(r"\b([45]\d\d)\b")


async def ask(
    settings: PoiSettings,
    *,
    connect: Connect | None = None,
    answered: Callable[[Answer], Finding] | None = None,
    remedy_for: Callable[[str], str] | None = None,
) -> Finding:
    """Ask how it is. By default a refusal is good too: somebody who speaks the protocol is there.

    `connect`: the driver, by default that of the URL. `answered` judges an answer, `remedy_for`
    finds the remedy for a problem when none came; both know one protocol.
    """
    driver = (connect or find_driver(settings.url, "--terminal"))(settings, _NoDoor())
    if driver.capabilities.lacks(Diagnose()):
        await driver.close()
        what = "not asked: terminals of this kind cannot say how they are"
        return Finding(check="application", good=True, what=what)
    ids = ServiceIDs(drawn_mark(secrets.randbelow))
    ids.reserved(floor(SystemClock().wall()), 1)
    command = Command(
        order=Diagnose(),
        service_id=ServiceID(ids.next()),
        sale_id=settings.sale_id,
        poi_id=settings.poi_id,
    )
    last: News = NoAnswer(written=False, problem="nothing was sent")
    try:
        async with asyncio.timeout(ANSWER_S):
            async for news in driver.carry_out(command, AbortWishes()):
                last = news
    except TimeoutError:
        last = Written()
    finally:
        await driver.close()
    return _judged(last, answered or _answered, remedy_for or _remedy_for)


def _judged(
    news: News, answered: Callable[[Answer], Finding], remedy_for: Callable[[str], str]
) -> Finding:
    match news:
        case Ended(answer=answer):
            return answered(answer)
        case NoAnswer():
            problem = news.problem
        case _:
            problem = f"it took the message and said nothing for {ANSWER_S:g} s"
    return Finding(check="application", good=False, what=problem, remedy=remedy_for(problem))


def _answered(answer: Answer) -> Finding:
    return Finding(check="application", good=True, what=_words_of(answer))


def _words_of(answer: Answer) -> str:
    if answer.verdict is Verdict.APPROVED:
        return "it answers and is well"
    if answer.refusal in {Refusal.LOGGED_OUT, Refusal.NOT_ALLOWED}:
        return "it answers, and wants a login first"
    words = " ".join(word for word in (answer.condition, answer.message) if word)
    return f"it answers: {words or answer.verdict.value}"


def _remedy_for(problem: str) -> str:
    status = _HTTP_STATUS.search(problem)
    if status is not None and status[1] in {"404", "405"}:
        return "the path is wrong: add ?profile=NAME of its maker, or the path itself, to the URL"
    if status is not None:
        return "a web server answers, but not the payment application: check port and path"
    if "not HTTP" in problem or "no message" in problem or "neither XML" in problem:
        return "something else listens on that port: correct port or profile"
    if "certificate" in problem:
        return "configure its CA, name or pin: tls = { ca = … } in the --config file"
    if "said nothing" in problem:
        return "look at its screen; restart the payment application if it hangs"
    return "it hung up: look at its screen, and whether another till is connected to it"


class _NoDoor:
    """Implements `ports.DeviceDoor` for a visit in which the terminal has nothing to ask."""

    def knows(self, poi_id: POIID) -> bool:
        """Nobody."""
        del poi_id
        return False

    async def device_request(self, request: DeviceRequest) -> DeviceAnswer | None:
        """There is no device here."""
        del request
        return DeviceAnswer(outcome=DeviceOutcome.UNAVAILABLE)

    async def announce(self, poi_id: POIID, host: str, port: int, peer: str) -> bool:
        """Nothing is believed here."""
        del poi_id, host, port, peer
        return False
