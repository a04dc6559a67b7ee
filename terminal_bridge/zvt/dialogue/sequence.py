"""Message sequence ids (tag 1F73, PA00P015 13.08 ch. 5.1), so that a repeat is known as one.

Both sides count together: an own message has the last id plus one, an answer echoes the id of what
it answers, a repeat reuses its id. 999999 is followed by 000001.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from terminal_bridge.zvt.messages.base import Message

M = TypeVar("M", bound=Message)

OFFERED: Final = "000000"
"""The id in 06 00 that offers them, and in its 06 0F that accepts."""

_LAST: Final = 999_999


class SequenceIds:
    """The counter of one side. Until both agreed, messages have no id."""

    def __init__(self) -> None:
        self.agreed = False
        self._last = 0

    def agree(self) -> None:
        """Begin to count, from the next message on."""
        self.agreed = True
        self._last = 0

    def drop(self) -> None:
        """Count no more: after log-off, or a registration without them."""
        self.agreed = False

    def of_own(self, message: M) -> M:
        """The message with the next id."""
        if not self.agreed:
            return message
        self._last = 1 if self._last >= _LAST else self._last + 1
        return msgspec.structs.replace(message, sequence_id=f"{self._last:06}")

    def of_answer(self, answer: M, to: Message | None) -> M:
        """The answer with the id of what it answers."""
        if not self.agreed or to is None or to.sequence_id is None:
            return answer
        return msgspec.structs.replace(answer, sequence_id=to.sequence_id)

    def heard(self, message: Message) -> None:
        """Go on from the other side's id."""
        if self.agreed and message.sequence_id is not None and message.sequence_id.isdigit():
            self._last = int(message.sequence_id[-6:])
