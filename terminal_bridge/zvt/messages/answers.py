"""80 00 and 84 xx: what the other side says to a command."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final

from opi_pos.model.secret import Secret
from terminal_bridge.zvt.fields import tag, untagged
from terminal_bridge.zvt.messages import members as m
from terminal_bridge.zvt.messages.base import Message, Split, TextKind
from terminal_bridge.zvt.messages.files import Files
from terminal_bridge.zvt.messages.split import currency_at, end_of_rest
from terminal_bridge.zvt.tables.errors import PLEASE_WAIT

POSITIVE: Final = 0x8000
POSITIVE_TOO: Final = 0x8400
REGISTRATION_REFUSED: Final = 0x1E
PARTIAL_ISSUE: Final = 0x9D

_ANSWERED_WITH_KEYS: Final = frozenset({0x0686, 0x0688, 0x06E1, 0x06E2, 0x06E7, 0x06DA})


class Answer(Message, frozen=True, kw_only=True):
    """80 00 (or 84 00): accepted. What stands in it depends on the command."""

    CONTROL: ClassVar[int] = POSITIVE
    TEXTS: ClassVar[TextKind] = TextKind.STATUS
    code: int = POSITIVE
    keys: Annotated[Secret | None, untagged(0, "secret_text")] = None
    """To 06 E1 one key, to 06 E2 digits or a key, to 06 DA data: as a person or a host gave it."""
    menu_value: Annotated[int | None, tag("19")] = None
    """To 04 0E and 06 D0."""
    input_text: Annotated[str | None, tag("32.1F3A", "1F3A")] = None
    """To 04 0D."""
    files: Files = ()
    """To 04 0C."""
    card_apdus: Annotated[tuple[Secret, ...], tag("1F46", many=True)] = ()
    """To 06 C6."""
    card_read_error: Annotated[int | None, tag("1F47")] = None
    dukpt_smid: Annotated[bytes | None, tag("1F32")] = None
    mac: Annotated[bytes | None, tag("1F34")] = None
    """To 06 E5."""
    encrypted_input: Annotated[Secret | None, tag("1F75")] = None
    """To 06 E7."""
    vendor_code: m.VendorCode = None
    vendor_text: m.VendorText = None

    @property
    def control(self) -> int:
        """80 00 or 84 00."""
        return self.code

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """`pending` is the command that is answered. Keys run to the end, or to a container."""
        if pending not in _ANSWERED_WITH_KEYS:
            return Split((None,), 0)
        end = end_of_rest(data, 0)
        return Split((data[:end] or None,), end)


class Refusal(Message, frozen=True, kw_only=True):
    """84 xx: refused with an error code, or one of three answers that are no refusal.

    84 9C asks for a repeat, 84 9D books a part, 84 1E (to a registration) has its code behind it.
    """

    error: int
    """The xx of 84 xx."""
    detail: Annotated[int | None, untagged(1, "byte")] = None
    """With 84 1E: the result code."""
    terminal_currency: Annotated[str | None, untagged(2, "currency")] = None
    """With 84 1E 6F: the currency that the terminal has."""
    amount: m.Amount = None
    """With 84 9D: what was issued."""
    vendor_code: m.VendorCode = None
    vendor_text: m.VendorText = None

    @property
    def control(self) -> int:
        """84 xx."""
        return POSITIVE_TOO | self.error

    @property
    def wants_repeat(self) -> bool:
        """84 9C: the same command again, after a while."""
        return self.error == PLEASE_WAIT

    @property
    def reason(self) -> int:
        """The result code that explains it: xx, or the one behind 84 1E."""
        if self.error == REGISTRATION_REFUSED and self.detail is not None:
            return self.detail
        return self.error

    @classmethod
    def split(cls, data: bytes, pending: int | None) -> Split:
        """`pending` is the xx of 84 xx."""
        if pending != REGISTRATION_REFUSED:
            return Split((None, None), 0)
        currency = currency_at(data, 1, followed_by=(0x06,))
        end = 3 if currency else 1
        return Split((data[:1] or None, currency), min(end, len(data)))


ACKNOWLEDGEMENT: Final = Answer()
"""80 00 00."""

MORE_TIME: Final = Refusal(error=PLEASE_WAIT)
"""84 9C 00."""


def partial_issue(amount: int) -> Refusal:
    """84 9D 07 04 amount: only this much is booked."""
    return Refusal(error=PARTIAL_ISSUE, amount=amount)
