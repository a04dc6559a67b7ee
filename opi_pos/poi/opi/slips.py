"""What the slips of an O.P.I. terminal say."""

from __future__ import annotations

from typing import Final

from opi_pos.poi.books import Entry, Movement
from opi_pos.poi.receipts import Slip
from opi_pos.poi.scenario import CARDS, Scenario

_TITLES: Final = {
    Movement.CHARGE: ("PURCHASE", "00"),
    Movement.REFUND: ("REFUND", "20"),
    Movement.RESERVATION: ("RESERVATION", "00"),
    Movement.COMPLETION: ("COMPLETION", "00"),
    Movement.REVERSAL: ("REVERSAL", "02"),
}


def slip_of(entry: Entry, scenario: Scenario, *, signature: bool = False) -> Slip:
    """The slip of a movement that stands."""
    title, transaction_type = _TITLES[entry.movement]
    return Slip(
        title=title,
        outcome="APPROVED",
        total=entry.amount,
        number=entry.transaction_id,
        time=entry.time,
        reference=entry.reference,
        approval_code=entry.approval_code,
        card=entry.brand if entry.brand in CARDS else "",
        entry=scenario.entry,
        verification=scenario.verification,
        tip=entry.tip,
        surcharge=entry.surcharge,
        signature_required=signature,
        transaction_type=transaction_type,
    )
