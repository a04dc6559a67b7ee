"""What the codes of a response mean."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final


class Code(enum.StrEnum):
    """`responseCode`. There are more: banks send their own; each but 00 is "not successful"."""

    SUCCESS = "00"
    CANCELLED = "02"
    """By the cardholder on the terminal, or nobody presented a card for about a minute."""
    CONNECTION = "05"
    """The terminal lost its host: whether the host approved is not known."""
    NOT_PERMITTED = "13"
    TERMINAL_UNKNOWN = "19"
    """Of the cloud: no terminal of that serial number. The terminal itself never says it."""
    REJECTED = "34"
    PROMOTION = "48"
    """Months without interest, with a card that has none."""
    INVALID_CARD = "56"


class State(enum.StrEnum):
    """`reprintModule`: in a reprint it is the state of the transaction now, and `responseCode` only
    what was said when it ended.
    """

    STANDING = "C"
    VOIDED = "V"
    REVERSED = "RV"
    REVERSAL_PENDING = "PRV"
    """It leaves with the next good sale of that terminal."""
    DECLINED = "D"


_STATES: Final[Mapping[str, State]] = {state.value: state for state in State}


def state_of(reprint_module: str) -> State | None:
    """None: a state that nobody knows, or none."""
    return _STATES.get(reprint_module)


MEANINGS: Final[Mapping[str, str]] = {
    Code.SUCCESS: "Approved.",
    Code.CANCELLED: "Cancelled on the terminal, or no card was presented in time.",
    Code.CONNECTION: "The terminal lost the connection to its host.",
    Code.NOT_PERMITTED: "The transaction is not permitted.",
    Code.TERMINAL_UNKNOWN: "NetPay knows no terminal with this serial number.",
    Code.REJECTED: "The card was rejected.",
    Code.PROMOTION: "The promotion is not valid for this type of card.",
    Code.INVALID_CARD: "The card is invalid.",
}
"""One sentence each, for where the message says nothing."""
