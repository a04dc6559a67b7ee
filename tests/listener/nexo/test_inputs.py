"""Questions: held open while everything else passes, answered in the same exchange."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from listener.nexo.held import HELD_PER_POI_LIMIT
from opi_pos.model.devices import (
    AbortInput,
    DeviceAnswer,
    DeviceOutcome,
    Display,
    Question,
    QuestionKind,
)
from opi_pos.wire import nexo
from tests.listener.conftest import Listen
from tests.listener.messages import asking, notice, receipt, text_content, text_output
from tests.listener.terminal import Connection, Reply, Terminal
from tests.listener.till import Till

DONE = DeviceOutcome.DONE


def given(reply: Reply) -> nexo.InputResult:
    """The result in an InputResponse."""
    assert reply.status == 200
    body = reply.message.body
    assert isinstance(body, nexo.InputResponse)
    return body.input_result


async def test_displays_and_events_are_answered_while_a_question_is_held(
    terminal: Terminal, till: Till
) -> None:
    question = await terminal.asks(asking("GetConfirmation", "Signature ok?"), device_id="q1")
    await till.took(1)

    shown = await terminal.post(
        nexo.DisplayRequest(display_output=(text_output("Check the signature"),)), device_id="d1"
    )
    told = await terminal.post(notice("CardRemoved"))
    printed = await terminal.post(receipt("Immediate", "SHOP"), device_id="p1")
    assert (shown.status, told.status, printed.status) == (204, 204, 200)

    till.answer("q1", DeviceAnswer(outcome=DONE, confirmed=True))
    reply = await question.reply()
    result = given(reply)
    assert result.input is not None
    assert (result.response.result, result.input.confirmed_flag) == ("Success", True)
    assert (reply.message.header.service_id, reply.message.header.device_id) == ("7", "q1")
    await question.close()


async def test_a_refused_signature_is_a_successful_input_that_says_no(
    terminal: Terminal, till: Till
) -> None:
    question = await terminal.asks(asking("GetConfirmation", "Signature ok?"), device_id="q1")
    await till.took(1)
    till.answer("q1", DeviceAnswer(outcome=DONE, confirmed=False))
    result = given(await question.reply())
    assert result.response.result == "Success"
    assert result.input is not None
    assert result.input.confirmed_flag is False
    await question.close()


COMMANDS: list[tuple[str, QuestionKind, DeviceAnswer, dict[str, Any]]] = [
    ("GetAnyKey", QuestionKind.ANY_KEY, DeviceAnswer(outcome=DONE), {}),
    (
        "GetConfirmation",
        QuestionKind.CONFIRM,
        DeviceAnswer(outcome=DONE, confirmed=True),
        {"confirmed_flag": True},
    ),
    (
        "SiteManager",
        QuestionKind.CONFIRM,
        DeviceAnswer(outcome=DONE, confirmed=False),
        {"confirmed_flag": False},
    ),
    (
        "TextString",
        QuestionKind.TEXT,
        DeviceAnswer(outcome=DONE, text="Åsa & <b>"),
        {"text_input": "Åsa & <b>"},
    ),
    (
        "DigitString",
        QuestionKind.DIGITS,
        DeviceAnswer(outcome=DONE, text="0701234"),
        {"digit_input": "0701234"},
    ),
    (
        "DecimalString",
        QuestionKind.DECIMAL,
        DeviceAnswer(outcome=DONE, text="12.50"),
        {"text_input": "12.50"},
    ),
    (
        "GetFunctionKey",
        QuestionKind.FUNCTION_KEY,
        DeviceAnswer(outcome=DONE, text="3"),
        {"function_key": "3"},
    ),
]


@pytest.mark.parametrize(
    ("command", "kind", "answer", "members"), COMMANDS, ids=[each[0] for each in COMMANDS]
)
async def test_each_command_asks_its_kind_and_answers_with_its_member(
    terminal: Terminal,
    till: Till,
    command: str,
    kind: QuestionKind,
    answer: DeviceAnswer,
    members: dict[str, Any],
) -> None:
    question = await terminal.asks(asking(command, "Well?"), device_id="q1")
    (taken,) = await till.took(1)
    assert isinstance(taken.body, Question)
    assert taken.body.kind is kind
    assert taken.body.lines == ("Well?",)
    till.answer("q1", answer)
    result = given(await question.reply())
    assert result.response.result == "Success"
    assert result.input == nexo.Input(input_command=command, **members)
    await question.close()


async def test_a_menu_answers_with_the_number_among_all_entries(
    terminal: Terminal, till: Till
) -> None:
    entries = tuple(
        nexo.MenuEntry(
            output_format="Text", menu_entry_tag=tag, output_text=text_content(text).output_text
        )
        for text, tag in [("Cards:", "NonSelectable"), ("Debit", None), ("Credit", "Selectable")]
    )
    shown = nexo.DisplayOutput(
        device="CashierDisplay",
        info_qualify="Display",
        output_content=text_content("Which?"),
        menu_entry=entries,
    )
    request = nexo.InputRequest(display_output=shown, input_data=asking("GetMenuEntry").input_data)
    question = await terminal.asks(request, device_id="m1")
    (taken,) = await till.took(1)
    assert isinstance(taken.body, Question)
    assert taken.body.choices == ("Debit", "Credit")
    till.answer("m1", DeviceAnswer(outcome=DONE, choice=2))
    result = given(await question.reply())
    assert result.input == nexo.Input(input_command="GetMenuEntry", menu_entry_number=3)
    await question.close()


async def test_a_password_is_not_asked_for_because_no_till_can_encrypt_it(
    terminal: Terminal, till: Till
) -> None:
    result = given(await terminal.post(asking("Password", "Password?"), device_id="q1"))
    assert result.response.error_condition == "UnavailableDevice"
    assert till.taken == []


async def test_an_unknown_command_is_a_device_the_till_has_not(terminal: Terminal) -> None:
    result = given(await terminal.post(asking("acme:Scan", "Scan"), device_id="q1"))
    assert result.response.error_condition == "UnavailableDevice"


async def test_limits_and_default_reach_the_cashier(terminal: Terminal, till: Till) -> None:
    request = asking(
        "DigitString",
        "Code?",
        max_input_time=30,
        min_length=2,
        max_length=6,
        default_input_string="42",
        mask_characters_flag=True,
    )
    question = await terminal.asks(request, device_id="q1")
    (taken,) = await till.took(1)
    assert taken.body == Question(
        kind=QuestionKind.DIGITS,
        lines=("Code?",),
        max_s=30.0,
        min_length=2,
        max_length=6,
        default="42",
        masked=True,
    )
    await question.close()


@pytest.mark.parametrize(
    ("outcome", "condition"),
    [
        (DeviceOutcome.REFUSED, "Cancel"),
        (DeviceOutcome.WITHDRAWN, "Aborted"),
        (DeviceOutcome.UNAVAILABLE, "UnavailableDevice"),
    ],
)
async def test_a_question_without_an_answer_fails_with_its_reason(
    terminal: Terminal, till: Till, outcome: DeviceOutcome, condition: str
) -> None:
    question = await terminal.asks(asking("GetConfirmation", "Ok?"), device_id="q1")
    await till.took(1)
    till.answer("q1", DeviceAnswer(outcome=outcome))
    result = given(await question.reply())
    assert (result.response.result, result.response.error_condition) == ("Failure", condition)
    assert result.input is None
    await question.close()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("GetConfirmation", DeviceAnswer(outcome=DONE, text="yes")),
        ("DigitString", DeviceAnswer(outcome=DONE, text="12a")),
        ("DigitString", DeviceAnswer(outcome=DONE, confirmed=True)),
        ("GetMenuEntry", DeviceAnswer(outcome=DONE, choice=1)),
    ],
)
async def test_an_answer_that_does_not_fit_the_question_is_not_sent_as_one(
    terminal: Terminal, till: Till, command: str, answer: DeviceAnswer
) -> None:
    question = await terminal.asks(asking(command, "Well?"), device_id="q1")
    await till.took(1)
    till.answer("q1", answer)
    result = given(await question.reply())
    assert (result.response.result, result.input) == ("Failure", None)
    await question.close()


async def test_an_abort_of_the_terminal_withdraws_its_question(
    terminal: Terminal, till: Till
) -> None:
    question = await terminal.asks(asking("GetConfirmation", "Ok?"), device_id="q1")
    await till.took(1)
    abort = nexo.AbortRequest(
        message_reference=nexo.MessageReference(message_category="Input", device_id="q1"),
        abort_reason="card removed",
    )
    aborted = await terminal.post(abort, device_id="a1")
    assert (aborted.status, aborted.body) == (204, b"")
    result = given(await question.reply())
    assert result.response.error_condition == "Aborted"
    assert isinstance(till.taken[-1].body, AbortInput)
    await question.close()


async def test_a_doubled_question_gets_the_same_answer_twice(
    terminal: Terminal, till: Till
) -> None:
    request = asking("GetConfirmation", "Ok?")
    first = await terminal.asks(request, device_id="q1")
    second = await terminal.asks(request, device_id="q1")
    await till.took(2)
    till.answer("q1", DeviceAnswer(outcome=DONE, confirmed=True))
    replies = [await first.reply(), await second.reply()]
    assert replies[0].body == replies[1].body
    for connection in (first, second):
        await connection.close()


async def test_a_terminal_that_hangs_up_ends_only_the_wait(terminal: Terminal, till: Till) -> None:
    request = asking("GetConfirmation", "Ok?")
    first = await terminal.asks(request, device_id="q1")
    await till.took(1)
    await first.close()
    again = await terminal.asks(request, device_id="q1")
    await till.took(2)
    till.answer("q1", DeviceAnswer(outcome=DONE, confirmed=True))
    result = given(await again.reply())
    assert result.input is not None
    assert result.input.confirmed_flag is True
    await again.close()


async def test_one_terminal_cannot_hold_more_questions_than_the_limit(
    terminal: Terminal, till: Till
) -> None:
    held = [
        await terminal.asks(asking("GetConfirmation", "Ok?"), device_id=f"q{number}")
        for number in range(HELD_PER_POI_LIMIT)
    ]
    await till.took(HELD_PER_POI_LIMIT)
    one_more = given(await terminal.post(asking("GetConfirmation", "Ok?"), device_id="more"))
    assert one_more.response.error_condition == "Busy"
    # An answered one makes room.
    till.answer("q0", DeviceAnswer(outcome=DONE, confirmed=True))
    given(await held[0].reply())
    late = await terminal.asks(asking("GetConfirmation", "Ok?"), device_id="late")
    await till.took(HELD_PER_POI_LIMIT + 1)
    for connection in (*held, late):
        await connection.close()


async def test_hanging_up_makes_room_for_the_next_question(terminal: Terminal, till: Till) -> None:
    for number in range(HELD_PER_POI_LIMIT * 2):
        question = await terminal.asks(asking("GetConfirmation", "Ok?"), device_id=f"q{number}")
        await till.took(number + 1)
        await question.close()
        await settled()


async def settled() -> None:
    """Let the listener see what has happened on its connections: both ends are in this loop."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_closing_the_listener_gives_held_questions_no_answer(
    listen: Listen, encoding: nexo.Encoding, till: Till
) -> None:
    listener = await listen()
    terminal = Terminal(listener.port, encoding)
    question = await terminal.asks(asking("GetConfirmation", "Ok?"), device_id="q1")
    await till.took(1)
    await listener.close()
    reply = await question.reply()
    assert (reply.status, reply.body) == (503, b"")
    await question.close()


async def test_a_question_to_the_customer_is_never_the_signature_question(
    terminal: Terminal, till: Till
) -> None:
    question = await terminal.asks(
        asking("GetConfirmation", "Signature ok?", device="CustomerInput"), device_id="q1"
    )
    (taken,) = await till.took(1)
    assert isinstance(taken.body, Question)
    assert not taken.body.signature
    await question.close()


@pytest.mark.parametrize(
    "text", ["Signature ok?", "Godkänn signatur", "Underskrift OK?", "Unterschrift in Ordnung?"]
)
async def test_the_signature_question_is_known_by_its_words(
    terminal: Terminal, till: Till, text: str
) -> None:
    question = await terminal.asks(asking("GetConfirmation", f'17,"{text}"'), device_id="q1")
    (taken,) = await till.took(1)
    assert isinstance(taken.body, Question)
    assert taken.body.signature
    assert taken.body.lines == (text,)
    await question.close()


class ListeningTerminal:
    """Where a terminal takes answers that are posted to it; the first ones may be turned away."""

    def __init__(self, *statuses: int) -> None:
        self.posted: list[bytes] = []
        self.paths: list[str] = []
        self._statuses = list(statuses)
        self._came = asyncio.Event()

    async def __aenter__(self) -> ListeningTerminal:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        body = await reader.readexactly(length)
        status = self._statuses.pop(0) if self._statuses else 204
        self.paths.append(head.split(" ")[1])
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()
        if status == 204:
            self.posted.append(body)
            self._came.set()

    async def answer(self) -> nexo.Message:
        async with asyncio.timeout(10):
            await self._came.wait()
        return nexo.decode(self.posted[0])


async def test_plain_json_is_acknowledged_and_gets_its_answer_posted(
    listen: Listen, till: Till
) -> None:
    async with ListeningTerminal() as receiving:
        listener = await listen(profiles=("plain-json",), reply_url=lambda _: receiving.url)
        terminal = Terminal(listener.port, nexo.Encoding.JSON)
        request = asking("GetConfirmation", "Ok?")
        acknowledged = await terminal.post(request, device_id="q1")
        assert (acknowledged.status, acknowledged.body) == (204, b"")
        await till.took(1)
        doubled = await terminal.post(request, device_id="q1")
        assert doubled.status == 204
        till.answer("q1", DeviceAnswer(outcome=DONE, confirmed=True))
        message = await receiving.answer()
        assert (message.root, message.header.device_id) == ("SaleToPOIResponse", "q1")
        assert isinstance(message.body, nexo.InputResponse)
        assert message.body.input_result.input is not None
        assert message.body.input_result.input.confirmed_flag is True
        assert len(receiving.posted) == 1
        assert receiving.paths == [nexo.profile("plain-json").callback_path]


async def test_an_answer_that_is_not_taken_is_posted_again(
    listen: Listen, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("listener.nexo.waited.POST_PAUSE_S", 0.0)
    async with ListeningTerminal(500, 503) as receiving:
        listener = await listen(profiles=("plain-json",), reply_url=lambda _: receiving.url)
        terminal = Terminal(listener.port, nexo.Encoding.JSON)
        await terminal.post(asking("GetConfirmation", "Ok?"), device_id="q1")
        await till.took(1)
        till.answer("q1", DeviceAnswer(outcome=DONE, confirmed=True))
        message = await receiving.answer()
        assert isinstance(message.body, nexo.InputResponse)


async def test_plain_json_without_an_address_is_told_so_at_once(listen: Listen, till: Till) -> None:
    listener = await listen(profiles=("plain-json",))
    terminal = Terminal(listener.port, nexo.Encoding.JSON)
    result = given(await terminal.post(asking("GetConfirmation", "Ok?"), device_id="q1"))
    assert result.response.error_condition == "UnavailableService"
    assert till.taken == []


async def test_a_hundred_terminals_share_one_port(
    listen: Listen, encoding: nexo.Encoding, till: Till
) -> None:
    listener = await listen()
    names = [f"POI-{number}" for number in range(100)]
    till.poi_ids.update(names)
    held: list[Connection] = []
    for name in names:
        terminal = Terminal(listener.port, encoding, name)
        held.append(await terminal.asks(asking("TextString", "Who?"), device_id="q1"))
    await till.took(100)

    async def show(name: str) -> int:
        terminal = Terminal(listener.port, encoding, name)
        shown = nexo.DisplayRequest(display_output=(text_output(f"Hello {name}"),))
        return (await terminal.post(shown, device_id="d1")).status

    assert set(await asyncio.gather(*(show(name) for name in names[:20]))) == {204}
    for name in names:
        till.answer("q1", DeviceAnswer(outcome=DONE, text=name), poi_id=name)
    for name, connection in zip(names, held, strict=True):
        reply = await connection.reply()
        result = given(reply)
        assert reply.message.header.poi_id == name
        assert result.input is not None
        assert result.input.text_input == name
        await connection.close()
    shown = {r.poi_id: r.body for r in till.taken if isinstance(r.body, Display)}
    assert {name: body.lines for name, body in shown.items()} == {
        name: (f"Hello {name}",) for name in names[:20]
    }
