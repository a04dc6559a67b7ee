"""What the terminal prints, or has the till print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from opi_pos.poi.receipts import Slip, receipts_of
from terminal_bridge.simulator.zvt.profile import PtProfile
from terminal_bridge.simulator.zvt.store import Kind, Transaction

MERCHANT: Final = 1
CUSTOMER: Final = 2
ADMIN: Final = 3
"""Values of tag 1F07."""

_TITLES: Final = {
    Kind.PAYMENT: ("PURCHASE", "00"),
    Kind.REFUND: ("REFUND", "20"),
    Kind.REVERSAL: ("REVERSAL", "02"),
    Kind.RESERVATION: ("RESERVATION", "00"),
    Kind.BOOKING: ("COMPLETION", "00"),
    Kind.RELEASE: ("RELEASE", "02"),
    Kind.TIP: ("TIP", "00"),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One receipt: its lines, whose it is (tag 1F07), and what tag 1F37 says of it."""

    copy: int
    lines: tuple[str, ...]
    approved: bool = True
    signature: bool = False
    mandatory: bool = False


def papers_of(transaction: Transaction, profile: PtProfile) -> tuple[Paper, ...]:
    """The merchant's and the customer's copy of an approved transaction."""
    return _papers(transaction, profile, "APPROVED", approved=True)


def refused_papers(transaction: Transaction, profile: PtProfile) -> tuple[Paper, ...]:
    """The customer's copy of a transaction that the host refused."""
    return _papers(transaction, profile, "DECLINED", approved=False)[1:]


def _papers(
    t: Transaction, profile: PtProfile, outcome: str, *, approved: bool
) -> tuple[Paper, ...]:
    title, code = _TITLES[t.kind]
    slip = Slip(
        title=title,
        outcome=outcome,
        total=t.amount,
        number=t.id,
        time=_iso(t.stamp),
        approval_code=t.approval_code,
        card=t.card,
        entry=t.entry,
        verification=t.verification,
        tip=t.amount.with_minor(t.tip) if t.tip else None,
        cashback=t.amount.with_minor(t.cashback) if t.cashback else None,
        signature_required=t.signature,
        approved=approved,
        transaction_type=code,
    )
    numbers = (f"Terminal-ID: {profile.terminal_id}", f"TA-Nr. {t.id} BNr. {t.receipt:04d}")
    merchant, customer = receipts_of(slip)
    return (
        Paper(
            MERCHANT,
            (*numbers, *merchant.lines, "Händlerbeleg", *_signature_lines(t)),
            approved,
            signature=t.signature,
            mandatory=t.signature,
        ),
        Paper(CUSTOMER, (*numbers, *customer.lines, "Kundenbeleg"), approved),
    )


def _signature_lines(t: Transaction) -> tuple[str, ...]:
    return ("", "Unterschrift", "________________________") if t.signature else ()


def _iso(stamp: str) -> str:
    date, time = stamp[:8], stamp[8:]
    return f"{date[:4]}-{date[4:6]}-{date[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}Z"
