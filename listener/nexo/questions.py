"""A nexo InputRequest as a question to the cashier, and the cashier's answer as its response."""

from __future__ import annotations

from typing import Final

from listener.nexo.displays import entry_lines, lines_of
from listener.signatures import speaks_of_signature
from opi_pos.model.devices import DeviceAnswer, DeviceOutcome, Question, QuestionKind
from opi_pos.wire import nexo

KINDS: Final = {
    "GetAnyKey": QuestionKind.ANY_KEY,
    "GetConfirmation": QuestionKind.CONFIRM,
    "SiteManager": QuestionKind.CONFIRM,
    "TextString": QuestionKind.TEXT,
    "DigitString": QuestionKind.DIGITS,
    "DecimalString": QuestionKind.DECIMAL,
    "GetFunctionKey": QuestionKind.FUNCTION_KEY,
    "GetMenuEntry": QuestionKind.MENU,
    "Password": QuestionKind.PASSWORD,
}

MAX_CHOICES: Final = 100
"""Entries of one menu; the rest is not offered."""

CONDITIONS: Final = {
    DeviceOutcome.REFUSED: "Cancel",
    DeviceOutcome.WITHDRAWN: "Aborted",
    DeviceOutcome.UNAVAILABLE: "UnavailableDevice",
}
"""The ErrorCondition of a question that got no answer. Which one a terminal expects for a
deadline is written nowhere; `Cancel` is inferred.
"""

_SELECTABLE: Final = frozenset({None, "Selectable", "SubMenu"})


def to_question(request: nexo.InputRequest) -> Question | None:
    """The question, or None when its InputCommand is none that we know.

    One about a signature is known by its words here; the till also knows it by the receipt that
    came before.
    """
    data = request.input_data
    kind = KINDS.get(data.input_command)
    if kind is None:
        return None
    lines = lines_of(request.display_output)
    confirms = data.input_command == "GetConfirmation" and not data.device.startswith("Customer")
    return Question(
        kind=kind,
        lines=lines,
        choices=tuple(text for _, text in _choices(request)),
        signature=confirms and speaks_of_signature(lines),
        max_s=float(data.max_input_time) if data.max_input_time else None,
        min_length=data.min_length,
        max_length=data.max_length,
        default=data.default_input_string or "",
        masked=bool(data.mask_characters_flag) or kind is QuestionKind.PASSWORD,
    )


def input_response(
    request: nexo.InputRequest, answer: DeviceAnswer | None, condition: str | None = None
) -> nexo.InputResponse:
    """The response to an input. Without an answer it fails with `condition`."""
    data = request.input_data
    given = _given(request, answer) if answer and answer.outcome is DeviceOutcome.DONE else None
    if given is not None:
        response = nexo.Response(result="Success")
    else:
        failure = condition or _condition(answer)
        response = nexo.Response(result="Failure", error_condition=failure)
    shown = request.display_output
    return nexo.InputResponse(
        output_result=None
        if shown is None
        else nexo.OutputResult(
            device=shown.device,
            info_qualify=shown.info_qualify,
            response=nexo.Response(result="Success") if condition is None else response,
        ),
        input_result=nexo.InputResult(
            device=data.device, info_qualify=data.info_qualify, response=response, input=given
        ),
    )


def _condition(answer: DeviceAnswer | None) -> str:
    if answer is None:
        return CONDITIONS[DeviceOutcome.UNAVAILABLE]
    # A question that is done without the answer its kind wants was not answered.
    return CONDITIONS.get(answer.outcome, CONDITIONS[DeviceOutcome.REFUSED])


def _choices(request: nexo.InputRequest) -> list[tuple[int, str]]:
    """The entries that can be chosen, each with its MenuEntryNumber (its place among all)."""
    shown = request.display_output
    if shown is None:
        return []
    return [
        (number, " ".join(entry_lines(entry)))
        for number, entry in enumerate(shown.menu_entry, 1)
        if entry.menu_entry_tag in _SELECTABLE
    ][:MAX_CHOICES]


def _given(request: nexo.InputRequest, answer: DeviceAnswer) -> nexo.Input | None:
    """The member that belongs to the command; None when the answer does not fit it."""
    command = request.input_data.input_command
    match KINDS.get(command):
        case QuestionKind.ANY_KEY:
            return nexo.Input(input_command=command)
        case QuestionKind.CONFIRM if answer.confirmed is not None:
            return nexo.Input(input_command=command, confirmed_flag=answer.confirmed)
        case QuestionKind.MENU:
            return _chosen(request, answer)
        case QuestionKind() if answer.text is not None:
            return _typed(command, answer.text)
        case _:
            return None


def _typed(command: str, text: str) -> nexo.Input | None:
    match KINDS[command]:
        case QuestionKind.TEXT | QuestionKind.DECIMAL:
            return nexo.Input(input_command=command, text_input=text)
        case QuestionKind.DIGITS if _is_digits(text):
            return nexo.Input(input_command=command, digit_input=text)
        case QuestionKind.FUNCTION_KEY if _is_digits(text):
            return nexo.Input(input_command=command, function_key=text)
        case _:
            # A Password travels encrypted under a key that no till has been given.
            return None


def _chosen(request: nexo.InputRequest, answer: DeviceAnswer) -> nexo.Input | None:
    numbers = [number for number, _ in _choices(request)]
    if answer.choice is None or not 1 <= answer.choice <= len(numbers):
        return None
    return nexo.Input(
        input_command=request.input_data.input_command,
        menu_entry_number=numbers[answer.choice - 1],
    )


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
