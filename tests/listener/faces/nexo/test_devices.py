"""Displays, questions and prints at the door of a foreign till."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from listener.faces.nexo.outbox import Outbox
from opi_pos.aio.tasks import Tasks
from opi_pos.http.client import HttpReply
from opi_pos.model.devices import (
    DeviceOutcome,
    DeviceRequest,
    Event,
    EventKind,
    PrintJob,
    Progress,
    Question,
    QuestionKind,
)
from opi_pos.model.ids import POIID, DeviceID, SaleID, ServiceID
from opi_pos.model.news import DeviceAsked, Verdict
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.poi.nexo.effects import Send
from opi_pos.poi.nexo.profile import profile_of
from opi_pos.poi.nexo.requests import Header
from opi_pos.terminals.nexo.asking import request_of
from opi_pos.wire import nexo
from tests.listener.faces.nexo.bridge import held
from tests.listener.faces.nexo.till import FULL as ALL
from tests.listener.faces.nexo.till import (
    ForeignTill,
    TillDoor,
    condition,
    confirmed,
    foreign,
    till_door,
)
from tests.listener.faces.terminal import Told, shows


async def test_displays_of_any_driver_go_to_the_till_with_the_ids_of_its_payment(
    tmp_path: Path,
) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login(ALL)
        await door.until(lambda d: d.texts() == ["Please wait", "Welcome"])
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        shows(told, "Welcome", Progress.IDLE)
        shows(told, "Karte einstecken")
        await door.until(lambda d: "Karte einstecken" in d.texts())
        header = door.messages[-1].header
        assert (header.service_id, header.sale_id, header.poi_id) == ("1", "till-3", "P1")
        assert header.device_id
        told.approve()
        await paying
        await door.until(lambda d: d.texts()[2:] == ["Karte einstecken", "Welcome"])


async def test_a_deaf_till_gets_its_answer_all_the_same(tmp_path: Path) -> None:
    async with (
        held(tmp_path, till_url="http://127.0.0.1:9") as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login(ALL)
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        shows(told, "Insert card")
        told.approve()
        (answer,) = await paying
        assert answer.response.result == "Success"


async def test_a_light_till_is_asked_nothing(tmp_path: Path) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login()
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        shows(told, "Insert card")
        told.approve()
        await paying
        assert not door.messages


async def test_the_till_names_its_door_in_a_header(tmp_path: Path) -> None:
    async with (
        till_door() as door,
        held(tmp_path) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        till.headers["X-Callback-Url"] = door.url
        await till.login(ALL)
        await door.until(lambda d: d.texts() == ["Please wait", "Welcome"])
        assert terminal.charges == []


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.7/nexo",
        "http://169.254.169.254/",
        "http://user@127.0.0.1/",
        "ftp://127.0.0.1",
    ],
)
async def test_a_door_that_is_not_the_tills_own_is_not_used(tmp_path: Path, url: str) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        till.headers["X-Callback-Url"] = url
        assert (await till.login(ALL)).response.result == "Success"
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        shows(told, "Insert card")
        told.approve()
        assert (await paying)[0].response.result == "Success"


# --- questions ----------------------------------------------------------------------------------


def asks(told: Told) -> None:
    """The terminal wants to know, while the payment runs, whether a signature is right."""
    question = Question(kind=QuestionKind.CONFIRM, lines=("OK?",), signature=True, max_s=30)
    request = DeviceRequest(
        poi_id=POIID("POI-1"), body=question, service_id=told.command.service_id
    )
    told.tell(DeviceAsked(request=request))


def answer_to(message: nexo.Message, *, yes: bool = True, **ids: str) -> bytes:
    """An InputResponse as a message of its own; `ids` take the place of those of the question."""
    header = replace(nexo.reply_header(message.header), **ids)
    answer = nexo.Message(header=header, body=confirmed(message, yes))
    return nexo.encode(answer, nexo.Encoding.XML)


@asynccontextmanager
async def asked(path: Path) -> AsyncIterator[tuple[ForeignTill, TillDoor, Told]]:
    """A till that was asked, and has acknowledged with 204."""
    async with (
        till_door() as door,
        held(path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login(ALL)
        paying = asyncio.gather(till.pay(service_id="1"))
        told = await terminal.money.get()
        asks(told)
        await door.until(_was_asked)
        yield till, door, told
        told.end(Verdict.DECLINED)
        assert condition((await paying)[0]) == "Refusal"


def _was_asked(door: TillDoor) -> bool:
    return bool(door.bodies) and isinstance(door.bodies[-1], nexo.InputRequest)


@pytest.mark.parametrize("yes", [True, False])
async def test_a_question_is_answered_in_the_same_exchange(tmp_path: Path, yes: bool) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        door.answer = lambda message: _in_exchange(message, yes)
        await till.login(ALL)
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        asks(told)
        answer = await told.answers.get()
        assert answer is not None
        assert answer.confirmed is yes
        told.end(Verdict.DECLINED)
        await paying


async def _in_exchange(message: nexo.Message, yes: bool) -> nexo.Element | None:
    is_question = isinstance(message.body, nexo.InputRequest)
    return confirmed(message, yes) if is_question else None


@pytest.mark.parametrize("yes", [True, False])
async def test_a_question_is_acknowledged_and_answered_by_a_post(tmp_path: Path, yes: bool) -> None:
    async with asked(tmp_path) as (till, door, told):
        reply = await till.post(answer_to(door.messages[-1], yes=yes))
        assert (reply.status, reply.body) == (204, b"")
        answer = await told.answers.get()
        assert answer is not None
        assert answer.confirmed is yes
        again = await till.post(answer_to(door.messages[-1], yes=not yes))
        assert again.status == 204


@pytest.mark.parametrize("wrong", [{"device_id": "999"}, {"service_id": "2"}, {"sale_id": "x"}])
async def test_the_answer_to_another_question_answers_nothing(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    async with asked(tmp_path) as (till, door, told):
        question = door.messages[-1]
        assert (await till.post(answer_to(question, yes=False, **wrong))).status == 204
        await till.post(answer_to(question))
        answer = await told.answers.get()
        assert answer is not None
        assert answer.confirmed is True


@pytest.mark.parametrize("wrong", [{"device_id": "999"}, {"service_id": "2"}])
async def test_another_answer_in_the_same_exchange_is_none(
    tmp_path: Path, wrong: dict[str, str]
) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        door.answer = lambda message: _in_exchange(message, True)
        door.ids = wrong
        await till.login(ALL)
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        asks(told)
        answer = await told.answers.get()
        assert answer is not None
        assert answer.confirmed is None
        told.approve()
        await paying


async def test_displays_pass_a_question_that_is_held(tmp_path: Path) -> None:
    async with asked(tmp_path) as (till, door, told):
        shows(told, "Please wait for the cashier")
        await till.post(answer_to(door.messages[-1]))
        await told.answers.get()
        await door.until(lambda d: "Please wait for the cashier" in d.texts())


async def test_a_question_that_nobody_needs_any_more_is_withdrawn() -> None:
    posted: asyncio.Queue[nexo.Message] = asyncio.Queue()
    header = Header(
        category="Input",
        service_id=ServiceID("1"),
        device_id=DeviceID("7"),
        sale_id=SaleID("till-3"),
        poi_id=POIID("P1"),
    )

    async def post(data: bytes, within_s: float) -> HttpReply:
        posted.put_nowait(nexo.decode(data))
        return HttpReply(status=204, headers={}, body=b"")

    def write(send: Send) -> bytes:
        return nexo.encode(request_of(send, profile_of("swedbank"), 0.0), nexo.Encoding.XML)

    async with Tasks() as tasks:
        outbox = Outbox(write, post, tasks)
        question = Question(kind=QuestionKind.CONFIRM, lines=("OK?",))
        asking = tasks.spawn(outbox.ask(Send(header=header, body=question)), name="question")
        assert isinstance((await posted.get()).body, nexo.InputRequest)
        asking.cancel()
        withdrawn = await posted.get()
    assert isinstance(withdrawn.body, nexo.AbortRequest)
    meant = withdrawn.body.message_reference
    assert (meant.message_category, meant.service_id, meant.device_id) == ("Input", "1", "7")
    assert (withdrawn.header.service_id, withdrawn.header.device_id) == ("1", None)


# --- tills that are slow, broken or gone --------------------------------------------------------


@pytest.mark.parametrize("status", [400, 404, 500, 302])
async def test_a_door_that_answers_badly_changes_no_money(tmp_path: Path, status: int) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        door.status = status
        await till.login(ALL)
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        asks(told)
        answer = await told.answers.get()
        assert answer is not None
        assert answer.confirmed is None
        shows(told, "Insert card")
        told.approve()
        assert (await paying)[0].response.result == "Success"


async def test_a_door_that_hangs_holds_no_answer_up(tmp_path: Path) -> None:
    """The till gets its answer a second later at most; displays that it did not take are lost."""
    async with till_door() as door:
        hanging = asyncio.Event()
        door.answer = lambda _: _hang(hanging)
        async with (
            held(tmp_path, till_url=door.url) as (opened, terminal),
            foreign(opened.url) as till,
        ):
            await till.login(ALL)
            paying = asyncio.gather(till.pay(service_id="1"))
            told = await terminal.money.get()
            for number in range(100):
                shows(told, f"text {number}")
            told.approve()
            assert (await paying)[0].response.result == "Success"
            assert len(door.messages) == 1
            assert (await till.status("1")).response.result == "Success"
        hanging.set()


async def _hang(until: asyncio.Event) -> None:
    await until.wait()


async def test_a_till_that_logs_in_without_a_door_is_asked_nothing(tmp_path: Path) -> None:
    async with held(tmp_path) as (opened, terminal), foreign(opened.url) as till:
        await till.login(ALL)
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        asks(told)
        answer = await told.answers.get()
        assert answer is not None
        assert answer.confirmed is True
        told.approve()
        assert (await paying)[0].response.result == "Success"


# --- prints and events --------------------------------------------------------------------------


@pytest.mark.parametrize(("signed", "posted"), [(True, 1), (False, 0)])
async def test_a_receipt_is_printed_once(tmp_path: Path, signed: bool, posted: int) -> None:
    """One that must be signed now is posted; the others come with the answer."""
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login(ALL)
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        slip = Receipt(copy=Copy.CASHIER, lines=("PURCHASE",), signature_required=signed)
        request = DeviceRequest(
            poi_id=POIID("POI-1"),
            body=PrintJob(receipt=slip),
            service_id=told.command.service_id,
        )
        told.tell(DeviceAsked(request=request))
        answer = await told.answers.get()
        assert answer is not None
        assert answer.outcome is DeviceOutcome.DONE
        told.approve(receipts=(slip,))
        (paid,) = await paying
        assert [each.document_qualifier for each in paid.payment_receipt] == ["CashierReceipt"]
        prints = [body for body in door.bodies if isinstance(body, nexo.PrintRequest)]
        assert len(prints) == posted


async def test_a_card_that_comes_and_goes_is_told(tmp_path: Path) -> None:
    async with (
        till_door() as door,
        held(tmp_path, till_url=door.url) as (opened, terminal),
        foreign(opened.url) as till,
    ):
        await till.login(ALL)
        paying = asyncio.gather(till.pay())
        told = await terminal.money.get()
        for kind in (
            EventKind.CARD_INSERTED,
            EventKind.MAINTENANCE_REQUIRED,
            EventKind.CARD_REMOVED,
        ):
            request = DeviceRequest(
                poi_id=POIID("POI-1"), body=Event(kind=kind), service_id=told.command.service_id
            )
            told.tell(DeviceAsked(request=request))
        await door.until(lambda d: d.events() == ["CardInserted", "CardRemoved"])
        told.approve()
        await paying
