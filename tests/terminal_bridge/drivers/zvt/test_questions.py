"""What the terminal asks, and how an answer is written."""

from __future__ import annotations

import pytest

from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, QuestionKind
from terminal_bridge.drivers.zvt.questions import (
    ANSWER_WITHIN_S,
    MAX_ANSWER,
    is_last_chunk,
    is_signature,
    question_of,
    reply,
)
from terminal_bridge.zvt.messages.answers import ACKNOWLEDGEMENT, Answer, Refusal
from terminal_bridge.zvt.messages.dialogs import (
    BlockListQuery,
    GraphicMenuRequest,
    InputDialog,
    InputRequest,
    Menu,
    MenuItem,
    MenuRequest,
)
from terminal_bridge.zvt.messages.printing import PrintLine

DONE = DeviceOutcome.DONE
ABORTED = Refusal(error=0x6C)


def menu(*texts: str, first: int | None = 1) -> Menu:
    items = (
        MenuItem(text=text, value=None if first is None else first + place)
        for place, text in enumerate(texts)
    )
    return Menu(items=tuple(items))


def test_a_menu_is_a_choice_and_its_value_is_the_answer() -> None:
    asked = MenuRequest(menu=menu("Debit", "Credit", first=5))
    question = question_of(asked)
    assert question is not None
    assert (question.kind, question.choices) == (QuestionKind.MENU, ("Debit", "Credit"))
    assert reply(asked, DeviceAnswer(outcome=DONE, choice=2)) == Answer(menu_value=6)


@pytest.mark.parametrize("choice", [None, 0, 3, -1])
def test_a_choice_that_is_none_aborts(choice: int | None) -> None:
    asked = MenuRequest(menu=menu("Debit", "Credit"))
    assert reply(asked, DeviceAnswer(outcome=DONE, choice=choice)) == ABORTED


def test_items_without_values_are_counted() -> None:
    asked = MenuRequest(menu=menu("A", "B", first=None))
    assert reply(asked, DeviceAnswer(outcome=DONE, choice=2)) == Answer(menu_value=2)


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (None, QuestionKind.TEXT),
        (0, QuestionKind.TEXT),
        (1, QuestionKind.DIGITS),
        (2, QuestionKind.DECIMAL),
        (9, QuestionKind.TEXT),
    ],
)
def test_an_input_says_what_is_to_be_typed(mode: int | None, kind: QuestionKind) -> None:
    asked = InputRequest(
        dialog=InputDialog(mode=mode, texts=("Mileage?",), timeout_s=45, preset="100")
    )
    question = question_of(asked)
    assert question is not None
    assert (question.kind, question.lines) == (kind, ("Mileage?",))
    assert (question.max_s, question.default) == (45.0, "100")
    assert reply(asked, DeviceAnswer(outcome=DONE, text="123")) == Answer(input_text="123")


def test_an_answer_is_no_longer_than_it_may_be() -> None:
    asked = InputRequest(dialog=InputDialog())
    answer = reply(asked, DeviceAnswer(outcome=DONE, text="x" * 999))
    assert answer == Answer(input_text="x" * MAX_ANSWER)
    question = question_of(asked)
    assert question is not None
    assert question.max_s == ANSWER_WITHIN_S


@pytest.mark.parametrize(
    "asked",
    [
        MenuRequest(menu=menu("A")),
        InputRequest(dialog=InputDialog()),
        GraphicMenuRequest(headline="Alter?", menu=menu("A", "B", "C")),
    ],
)
@pytest.mark.parametrize("answer", [None, DeviceAnswer(outcome=DeviceOutcome.UNAVAILABLE)])
def test_nobody_there_aborts(
    asked: MenuRequest | InputRequest | GraphicMenuRequest, answer: DeviceAnswer | None
) -> None:
    assert reply(asked, answer) == ABORTED


SIGNATURE = GraphicMenuRequest(headline="Unterschrift korrekt?", menu=menu("Ja", "Nein"))


@pytest.mark.parametrize(
    ("items", "yes", "no"),
    [
        (("Ja", "Nein"), 1, 2),
        (("Nein", "Ja"), 2, 1),
        (("Accept", "Reject"), 1, 2),
        (("Abbruch", "OK"), 2, 1),
        (("A", "B"), 1, 2),
        (("OK",), 1, 1),
    ],
)
def test_a_signature_is_answered_by_the_entry_that_says_so(
    items: tuple[str, ...], yes: int, no: int
) -> None:
    asked = GraphicMenuRequest(headline="Signature?", menu=menu(*items))
    question = question_of(asked)
    assert question is not None
    assert (question.kind, question.signature) == (QuestionKind.CONFIRM, True)
    accepted = DeviceAnswer(outcome=DONE, confirmed=True)
    refused = DeviceAnswer(outcome=DONE, confirmed=False)
    assert reply(asked, accepted) == Answer(menu_value=yes)
    assert reply(asked, refused) == Answer(menu_value=no)


def test_a_signature_that_nobody_decides_about_is_not_refused() -> None:
    assert reply(SIGNATURE, None) == Answer(menu_value=1)
    without_menu = GraphicMenuRequest(headline="Unterschrift?")
    assert reply(without_menu, None) == ACKNOWLEDGEMENT
    refused = DeviceAnswer(outcome=DONE, confirmed=False)
    assert reply(without_menu, refused) == ABORTED


def test_what_is_a_signature_and_what_is_not() -> None:
    assert is_signature(SIGNATURE)
    assert is_signature(GraphicMenuRequest(headline="?", size=300))
    assert not is_signature(GraphicMenuRequest(headline="Trinkgeld?", menu=menu("5%", "10%")))
    assert not is_signature(GraphicMenuRequest(headline="Signatur", menu=menu("A", "B", "C")))
    assert not is_signature(MenuRequest(menu=menu("Unterschrift")))


def test_a_picture_is_answered_when_it_is_whole() -> None:
    assert not is_last_chunk(GraphicMenuRequest(chunk_count=2, chunk_index=0))
    assert is_last_chunk(GraphicMenuRequest(chunk_count=2, chunk_index=1, menu=menu("A")))
    assert is_last_chunk(GraphicMenuRequest())


def test_the_till_keeps_no_block_list() -> None:
    assert reply(BlockListQuery(), None) == ACKNOWLEDGEMENT
    assert question_of(BlockListQuery()) is None
    assert question_of(PrintLine(attribute=0)) is None
