"""Does the terminal's application answer: one diagnosis, without a login of ours."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from opi_pos.cli.doctor.findings import Finding
from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, DeviceRequest
from opi_pos.model.ids import POIID, ServiceID
from opi_pos.model.news import Answer, Ended, News, NoAnswer, Refusal, Verdict, Written
from opi_pos.model.orders import Command, Diagnose
from opi_pos.runtime.clock import SystemClock
from opi_pos.runtime.config import PoiSettings
from opi_pos.runtime.drivers import find_driver
from opi_pos.runtime.wishes import AbortWishes
from opi_pos.session.service_ids import ServiceIDs, floor

ANSWER_S: Final = 15.0
_HTTP_STATUS: Final = re.compile(r"\b([45]\d\d)\b")


async def application(settings: PoiSettings) -> Finding:
    """Ask how it is. A refusal is an answer too: somebody who speaks nexo is there."""
    driver = find_driver(settings.url, "--terminal")(settings, _NoDoor())
    ids = ServiceIDs()
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
    return _judged(last)


def _judged(news: News) -> Finding:
    match news:
        case Ended(answer=answer):
            return Finding(check="application", good=True, what=_answered(answer))
        case NoAnswer(problem=problem):
            return _no_answer(problem)
        case _:
            what = f"it took the message and said nothing for {ANSWER_S:g} s"
            remedy = "look at its screen; restart the payment application if it hangs"
            return Finding(check="application", good=False, what=what, remedy=remedy)


def _answered(answer: Answer) -> str:
    if answer.verdict is Verdict.APPROVED:
        return "it answers and is well"
    if answer.refusal in {Refusal.LOGGED_OUT, Refusal.NOT_ALLOWED}:
        return "it answers, and wants a login first"
    words = " ".join(word for word in (answer.condition, answer.message) if word)
    return f"it answers: {words or answer.verdict.value}"


def _no_answer(problem: str) -> Finding:
    status = _HTTP_STATUS.search(problem)
    if status is not None and status[1] in {"404", "405"}:
        remedy = "the path is wrong: add ?profile=NAME of its maker, or the path itself, to the URL"
    elif status is not None:
        remedy = "a web server answers, but not the payment application: check port and path"
    elif "not HTTP" in problem or "no message" in problem or "neither XML" in problem:
        remedy = "something else listens on that port: correct port or profile"
    elif "certificate" in problem:
        remedy = "configure its CA, name or pin: tls = { ca = … } in the --config file"
    else:
        remedy = "it hung up: look at its screen, and whether another till is connected to it"
    return Finding(check="application", good=False, what=problem, remedy=remedy)


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
