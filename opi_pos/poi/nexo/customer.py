"""The customer in front of the terminal, when the till asks something."""

from __future__ import annotations

import msgspec

from opi_pos.poi.nexo.answers import SUCCESS, Condition, InputAnswer, Response
from opi_pos.poi.nexo.requests import AskCustomer


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer answers to an InputRequest of the till, by its InputCommand."""

    confirms: bool = True
    digits: str = "0701234567"
    text: str = "yes"
    choice: int = 1
    seconds: float | None = None
    """How long the customer takes; None: one beat of the pace."""


_DIGITS = ("DigitString", "DecimalString", "GetFunctionKey")


def _in_time(customer: Customer, asked: AskCustomer) -> bool:
    return asked.max_s is None or (customer.seconds or 0.0) <= asked.max_s


def wait_of(customer: Customer, asked: AskCustomer) -> float | None:
    """Seconds until the question ends; None: one beat of the pace."""
    return customer.seconds if _in_time(customer, asked) else asked.max_s


def unanswered(asked: AskCustomer, response: Response) -> InputAnswer:
    """The InputResponse without an answer."""
    return InputAnswer(
        response=response,
        device=asked.device,
        kind=asked.kind,
        command=asked.command,
        output=asked.output,
    )


def answer_of(customer: Customer, asked: AskCustomer) -> InputAnswer:
    """The InputResponse once `wait_of` is over."""
    if not _in_time(customer, asked):
        text = f"No answer in {asked.max_s:g} s"
        return unanswered(asked, Response(condition=Condition.CANCEL, text=text))
    answer = unanswered(asked, SUCCESS)
    match asked.command:
        case "GetConfirmation" | "SiteManager":
            return msgspec.structs.replace(answer, confirmed=customer.confirms)
        case "GetMenuEntry":
            return msgspec.structs.replace(answer, choice=customer.choice)
        case "GetAnyKey":
            return answer
        case command if command in _DIGITS:
            return msgspec.structs.replace(answer, text=customer.digits)
        case _:
            return msgspec.structs.replace(answer, text=customer.text)
