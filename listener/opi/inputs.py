"""What a terminal asks the cashier, and the answer as it wants it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from listener.signatures import speaks_of_signature
from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, Question, QuestionKind
from opi_pos.wire import opi

MAX_CHOICES: Final = 100

KINDS: Final = {
    "getconfirmation": QuestionKind.CONFIRM,
    "getanykey": QuestionKind.ANY_KEY,
    "getdecimals": QuestionKind.DECIMAL,
    "getamount": QuestionKind.DECIMAL,
    "getamountnoprompt": QuestionKind.DECIMAL,
    "getchar": QuestionKind.TEXT,
    "getmenu": QuestionKind.MENU,
    "getoptionkey": QuestionKind.DIGITS,
}
"""Commands that a cashier can answer; all others want a card reader or a PIN pad."""
RESULTS: Final = {
    DeviceOutcome.DONE: opi.OverallResult.SUCCESS,
    DeviceOutcome.REFUSED: opi.OverallResult.TIMED_OUT,
    DeviceOutcome.WITHDRAWN: opi.OverallResult.ABORTED,
    DeviceOutcome.UNAVAILABLE: opi.OverallResult.DEVICE_UNAVAILABLE,
}

_DECIMAL: Final = re.compile(r"-?\d{1,12}(?:[.,]\d{1,6})?", re.ASCII)


def to_question(request: opi.DeviceRequest) -> Question | None:
    """The question with the lines shown beside it; None when it is none for a cashier."""
    command = request.input.command if request.input is not None else None
    kind = KINDS.get((command.text or "").strip().casefold()) if command is not None else None
    if command is None or kind is None:
        return None
    lines = tuple(
        line.text or ""
        for output in request.output
        for line in output.text_line
        if line.menu_item is None and not line.hidden
    )
    return Question(
        kind=kind,
        lines=lines,
        choices=tuple(text for _, text in choices(request)),
        signature=kind is QuestionKind.CONFIRM and _is_about_signature(command, lines),
        max_s=float(command.time_out) if command.time_out else None,
        min_length=command.min_length or command.length,
        max_length=command.max_length or command.length,
    )


def choices(request: opi.DeviceRequest) -> list[tuple[int, str]]:
    """Number and text of each entry of a menu."""
    lines = (line for output in request.output for line in output.text_line)
    found = [(line.menu_item, line.text or "") for line in lines if line.menu_item is not None]
    return found[:MAX_CHOICES]


def result_of(
    request: opi.DeviceRequest, question: Question, answer: DeviceAnswer
) -> tuple[opi.OverallResult, opi.InputValue | None]:
    """The result and what was entered. An entry that the terminal could not read is none."""
    if answer.outcome is not DeviceOutcome.DONE:
        return RESULTS[answer.outcome], None
    value = _value(request, question, answer)
    if value is None:
        return opi.OverallResult.ABORTED, None
    return opi.OverallResult.SUCCESS, value


def _value(
    request: opi.DeviceRequest, question: Question, answer: DeviceAnswer
) -> opi.InputValue | None:
    match question.kind:
        case QuestionKind.ANY_KEY:
            return opi.InputValue(in_boolean=True)
        case QuestionKind.CONFIRM if answer.confirmed is not None:
            return opi.InputValue(in_boolean=answer.confirmed)
        case QuestionKind.MENU if answer.choice is not None:
            return _chosen(choices(request), answer.choice)
        case kind:
            return _typed(kind, (answer.text or "").strip())


def _typed(kind: QuestionKind, text: str) -> opi.InputValue | None:
    """Numbers with a dot, whatever the cashier's keyboard has."""
    if kind is QuestionKind.DECIMAL and _DECIMAL.fullmatch(text):
        return opi.InputValue(in_number=text.replace(",", "."))
    if kind is QuestionKind.DIGITS and text.isascii() and text.isdigit():
        return opi.InputValue(in_number=text)
    if kind is QuestionKind.TEXT and text:
        return opi.InputValue(in_string=text)
    return None


def _chosen(entries: Sequence[tuple[int, str]], choice: int) -> opi.InputValue | None:
    if not 1 <= choice <= len(entries):
        return None
    return opi.InputValue(in_number=str(entries[choice - 1][0]))


def _is_about_signature(command: opi.Command, lines: Sequence[str]) -> bool:
    wanted = (command.data_required or "").casefold()
    return wanted == "signature" or (not wanted and speaks_of_signature(lines))
