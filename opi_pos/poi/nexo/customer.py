"""The customer in front of the terminal, when the till asks something."""

from __future__ import annotations

import msgspec

from opi_pos.poi.nexo.answers import InputAnswer, Response
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


def answer_of(customer: Customer, asked: AskCustomer, response: Response) -> InputAnswer:
    """The InputResponse; the customer's answer only with Success."""
    answer = InputAnswer(
        response=response,
        device=asked.device,
        kind=asked.kind,
        command=asked.command,
        output=asked.output,
    )
    if not response.success:
        return answer
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
