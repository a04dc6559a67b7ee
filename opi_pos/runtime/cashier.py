"""The person at the till, with defaults for programs that need only some of it."""

from __future__ import annotations

from opi_pos.model.devices import Display, Event, PrintJob, Question
from opi_pos.model.errors import OpiPosError


class NobodyThereError(OpiPosError):
    """This till has no such device: the terminal is told so."""


class QuietCashier:
    """Does nothing and decides nothing. Subclass it and override what your till has.

    A method that is not overridden tells the terminal that the till has no such device; a
    signature that cannot be confirmed here leaves the payment approved with `signature_required`.
    """

    async def display(self, poi: str, display: Display) -> None:
        """Show lines to the cashier."""

    async def confirm(self, poi: str, question: Question) -> bool | None:
        """Decide yes or no; None when nobody can. Cancelled when the question is withdrawn."""
        raise NobodyThereError("This till has nobody to confirm.")

    async def ask(self, poi: str, question: Question) -> str | None:
        """Answer with text, digits, or the number of the chosen entry (from 1)."""
        raise NobodyThereError("This till has nobody to ask.")

    async def print(self, poi: str, job: PrintJob) -> bool:
        """Print; False when nothing came out."""
        raise NobodyThereError("This till has no printer.")

    async def event(self, poi: str, event: Event) -> None:
        """Hear of something that happened: a card, maintenance, an alarm."""


def overrides(cashier: object, method: str) -> bool:
    """Whether `cashier` brings its own `method`."""
    own = getattr(type(cashier), method, None)
    return own is not None and own is not getattr(QuietCashier, method)
