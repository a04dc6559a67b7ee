"""How often the cloud is asked, and how long. Viva states no rates; these are what others do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds."""

    first_s: float = 2.0
    """From the order to the first question."""
    longest_s: float = 5.0
    """Between two questions, later on."""
    unknown_s: float = 10.0
    """How long a session may be unknown that was just begun."""
    deadline_s: float = 120.0
    """How long an order may take before the driver itself wishes that it stops; a session lives
    about a minute on the terminal.
    """
    after_abort_s: float = 30.0
    """How long it is still asked about after that."""

    def between_s(self, asked: int) -> float:
        """The wait after the `asked`-th question: slower with time."""
        return min(self.longest_s, self.first_s * (1.0 + 0.25 * (asked - 1)))

    @property
    def given_up_s(self) -> float:
        """After which a session that still runs has been lost on its way to the terminal."""
        return self.deadline_s + self.after_abort_s


DEFAULT: Final = Pace()
