"""What the rules must know of the shop and of the terminal: plain numbers and names."""

from __future__ import annotations

from dataclasses import dataclass

from opi_pos.model.capabilities import Capabilities, StatusQuery
from opi_pos.model.ids import POIID, SaleID
from opi_pos.model.orders import Integration

RETRY_AFTER_BUSY_S = (0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 5.0)
"""Waits between attempts while the terminal says Busy; the last one repeats (rule 6: bounded)."""
ABORTS_AT_MOST = 3
ABORT_AGAIN_S = 2.0
"""After which an abort that the terminal did not know is repeated (rule 7: bounded)."""
BACKGROUND_QUERY_S = 5.0
"""Between two questions about a resting doubt."""
CHECKS_AFTER_S = (15.0, 60.0, 300.0)
"""When a provisional end is looked at again, counted from when it was told. Failures were seen to
be overturned nine seconds later.
"""
QUESTION_S = 20.0
"""How long the answer to one question is waited for at the deadline; who asks gives up earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Of one Sale System with one POI. Times are seconds."""

    scope: str
    sale_id: SaleID
    poi_id: POIID
    capabilities: Capabilities
    integration: Integration = Integration.LIGHT
    recovery_s: float = 90.0
    """How long to ask after the last proof that an exchange runs."""
    cap_s: float = 300.0
    """How long to ask at all, even while the terminal says that it runs."""
    busy_s: float = 30.0
    """How long to try again while the terminal says Busy."""
    can_confirm: bool = False
    """Somebody at the till can say whether a signature is right."""
    doubt_closes: bool = True
    """Rule 8: a doubt closes its POI to new money."""

    @property
    def can_ask(self) -> bool:
        """Whether the terminal can be asked about one exchange."""
        return self.capabilities.status is not StatusQuery.NONE

    @property
    def closes_in_doubt(self) -> bool:
        """Only a terminal that can be asked by id may take new money beside a doubt (rule 8)."""
        return self.doubt_closes or self.capabilities.status is not StatusQuery.BY_ID

    def link_delay_s(self) -> float:
        """The longest that a written request may still be on its way."""
        return self.capabilities.link_delay_s


def retry_delay_s(attempt: int) -> float:
    """The wait after the `attempt`-th refusal, counted from 1."""
    return RETRY_AFTER_BUSY_S[min(attempt, len(RETRY_AFTER_BUSY_S)) - 1]
