"""What comes in from systems that call back, and what is made of it.

A callback is a request on a path that nobody can guess. Its reader makes a letter of it: what is
told, whose it is, and what the caller is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from opi_pos.model.ids import Reference, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.results import Operation, Outcome, TransactionID


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One request as it came. Its `repr` hides what may be card data or a token."""

    method: str = "POST"
    query: str = field(default="", repr=False)
    """As it stands behind the `?`, still encoded."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Names in lower case; of a doubled one the last counts."""
    body: bytes = field(default=b"", repr=False)
    peer: str = ""
    """The caller's address; a proxy's, where there is one."""

    @property
    def content_type(self) -> str:
        """In lower case, without parameters: `application/json`; empty when not told."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAnswer:
    """What the caller is answered once the letter is kept."""

    status: int = 200
    body: bytes = b""
    content_type: str = ""


TAKEN: Final = CallbackAnswer()
"""200 without a body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a letter says about the money of a payment, by the shop's reference.

    It is held against the journal: it confirms a result, contradicts it (an alarm), or reveals a
    payment that the till does not know. `proved` tells that the system was asked, so that it may
    decide a payment in doubt; a callback alone never does.
    """

    reference: Reference
    outcome: Outcome
    operation: Operation = Operation.PAYMENT
    """What was done under that reference: a reversal says nothing about the sale's result."""
    authorized: Amount | None = None
    transaction: TransactionID | None = None
    message: str = ""
    proved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A callback that was read, without card data: `told` is plain JSON."""

    told: dict[str, Any] | None = None
    """None: nobody is told, the caller only gets its answer (a handshake)."""
    answer: CallbackAnswer = TAKEN
    """A doubled callback gets it again."""
    decides: bool = True
    """Durable before it is answered. A result is; a display need not be."""
    whose: ServiceID | None = None
    """Of letters that come to a terminal's own path: the one open exchange that is meant. None:
    it is nobody's, so a dead letter, unless `states` names a payment of the journal.
    """
    topic: str = ""
    """Whose box of that exchange: its own, or that of something asked beside it."""
    identity: str = ""
    """What its doubles have in common where their bytes differ, as encrypted ones do."""
    anonymous: bool = False
    """It names nothing: an equal one that comes soon after is taken for its double."""
    states: Statement | None = None
