"""What the terminal asks of the till while a command runs, and how the answer is written. Pure."""

from __future__ import annotations

from typing import Final

from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, Question, QuestionKind
from terminal_bridge.zvt.messages.answers import ACKNOWLEDGEMENT, Answer, Refusal
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.messages.dialogs import (
    BlockListQuery,
    GraphicMenuRequest,
    InputRequest,
    Menu,
    MenuRequest,
)
from terminal_bridge.zvt.tables import errors

_INPUT_KINDS: Final = {0: QuestionKind.TEXT, 1: QuestionKind.DIGITS, 2: QuestionKind.DECIMAL}
MAX_ANSWER: Final = 200
"""Characters of an answer to 04 0D."""

_YES: Final = ("ok", "ja", "yes", "accept", "annehmen", "bestätig", "confirm", "korrekt")
_NO: Final = ("nein", "no", "reject", "ablehn", "abbr", "cancel", "falsch")
_WORDS_OF_SIGNATURE: Final = ("unterschrift", "signature", "firma", "handtekening")

ANSWER_WITHIN_S: Final = 60.0
"""When the terminal names no time."""


def question_of(message: Message) -> Question | None:
    """The question in a command of the terminal's; None where it asks nothing of a person."""
    match message:
        case GraphicMenuRequest():
            return _graphic_menu(message)
        case MenuRequest(menu=menu) if menu is not None:
            return Question(
                kind=QuestionKind.MENU,
                choices=tuple(item.text or "" for item in menu.items),
                max_s=ANSWER_WITHIN_S,
            )
        case InputRequest(dialog=dialog) if dialog is not None:
            return Question(
                kind=_INPUT_KINDS.get(dialog.mode or 0, QuestionKind.TEXT),
                lines=dialog.texts,
                max_s=float(dialog.timeout_s or ANSWER_WITHIN_S),
                default=dialog.preset or "",
            )
        case _:
            return None


def is_last_chunk(message: GraphicMenuRequest) -> bool:
    """A picture comes in chunks; only the last one is answered with a choice.

    (Inferred: the index counts from 0 or from 1, and the menu stands in the last one.)
    """
    if message.menu is not None and message.menu.items:
        return True
    return message.chunk_count is None


def _graphic_menu(message: GraphicMenuRequest) -> Question:
    items = message.menu.items if message.menu is not None else ()
    lines = tuple(line for line in (message.headline, message.second_line) if line)
    max_s = float(message.duration_s) if message.duration_s else ANSWER_WITHIN_S
    if is_signature(message):
        return Question(kind=QuestionKind.CONFIRM, lines=lines, signature=True, max_s=max_s)
    choices = tuple(item.text or "" for item in items)
    kind = QuestionKind.MENU if choices else QuestionKind.CONFIRM
    return Question(kind=kind, lines=lines, choices=choices, max_s=max_s)


def is_signature(message: Message) -> bool:
    """06 D0 is there to verify signatures; a headline may say that it is about another thing."""
    if not isinstance(message, GraphicMenuRequest):
        return False
    items = message.menu.items if message.menu is not None else ()
    texts = " ".join([message.headline or "", *(item.text or "" for item in items)]).lower()
    return len(items) <= 2 and (
        message.image is not None
        or message.size is not None
        or any(word in texts for word in _WORDS_OF_SIGNATURE)
    )


def reply(message: Message, answer: DeviceAnswer | None) -> Answer | Refusal:
    """The answer to the terminal. Nobody there, or no answer: 84 6C, aborted.

    A signature about which nobody decides is not refused: the till's own rule then lets the
    payment stand, and says that it was to be signed.
    """
    if isinstance(message, BlockListQuery):
        return ACKNOWLEDGEMENT  # the till keeps no list
    if isinstance(message, GraphicMenuRequest) and is_signature(message):
        accepted = answer is None or answer.confirmed is not False
        return _verified(message.menu, accepted=accepted)
    if answer is None or answer.outcome is not DeviceOutcome.DONE:
        return Refusal(error=errors.ABORTED)
    match message:
        case GraphicMenuRequest(menu=menu) | MenuRequest(menu=menu):
            return _chosen(menu, answer)
        case InputRequest():
            text = answer.text if answer.text is not None else ""
            return Answer(input_text=text[:MAX_ANSWER])
        case _:
            return Refusal(error=errors.FUNCTION_NOT_POSSIBLE)


def _chosen(menu: Menu | None, answer: DeviceAnswer) -> Answer | Refusal:
    items = menu.items if menu is not None else ()
    if not items:
        return ACKNOWLEDGEMENT if answer.confirmed else Refusal(error=errors.ABORTED)
    place = answer.choice or 0
    if not 1 <= place <= len(items):
        return Refusal(error=errors.ABORTED)
    value = items[place - 1].value
    return Answer(menu_value=place if value is None else value)


def _verified(menu: Menu | None, *, accepted: bool) -> Answer | Refusal:
    """The value of the entry that says yes or no; the first is yes where words do not tell."""
    items = menu.items if menu is not None else ()
    if not items:
        return ACKNOWLEDGEMENT if accepted else Refusal(error=errors.ABORTED)
    wanted = _YES if accepted else _NO
    said = [place for place, item in enumerate(items, 1) if _says(item.text or "", wanted)]
    place = said[0] if len(said) == 1 else (1 if accepted else len(items))
    value = items[place - 1].value
    return Answer(menu_value=place if value is None else value)


def _says(text: str, beginnings: tuple[str, ...]) -> bool:
    return any(word.startswith(beginnings) for word in text.lower().split())
