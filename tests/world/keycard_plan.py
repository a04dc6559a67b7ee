"""What will happen in one world with a Key & Card server."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from opi_pos.poi.faults import Fault, Strike
from terminal_bridge.simulator.keycard.habits import Habits
from tests.world.plan import Crash, Plan, Sale


@dataclass(frozen=True, slots=True, kw_only=True)
class KeycardPlan(Plan):
    """One world with a Key & Card server."""

    habits: Habits


_STRIKES: Final = (
    (Strike.DROP_BEFORE, "Payment"),
    (Strike.DROP_AFTER, "Payment"),
    (Strike.LATE, "Payment"),
    (Strike.DELAY, "Payment"),
    (Strike.HTTP_500, "Payment"),
    (Strike.GARBAGE, "Payment"),
    (Strike.TRUNCATE, "Payment"),
    (Strike.BUSY, "Payment"),
    (Strike.BUSY, "Payment"),
    (Strike.UNREACHABLE, "Display"),
    (Strike.LOSE, "Display"),
    (Strike.LATE, "Display"),
    (Strike.LOSE, "PaymentResponse"),
    (Strike.UNREACHABLE, "PaymentResponse"),
    (Strike.GARBAGE, "PaymentResponse"),
    (Strike.LATE, "PaymentResponse"),
    (Strike.LATE, "PaymentResponse"),
    (Strike.DOUBLE, "PaymentResponse"),
    (Strike.DROP_AFTER, "PaymentResponse"),
    (Strike.DROP_BEFORE, "Abort"),
    (Strike.DROP_AFTER, "Abort"),
    (Strike.LATE, "AbortResponse"),
    (Strike.HTTP_500, "TransactionStatus"),
    (Strike.LOSE, "Response"),
)
_MINORS: Final = (1200, 4999, 1005, 1006, 1007, 1011, 1012, 1013, 1014, 3800, 250)
"""Approved, declined, cancelled, signature, no host, slow, approved after an abort, failed after
"Approved": see docs/simulator.md. No tips: the API tells no amount.
"""


def draw_keycard(seed: int) -> KeycardPlan:
    """The plan of a seed; equal seeds give equal plans."""
    rng = random.Random(seed)
    return KeycardPlan(
        seed=seed,
        profile="keycard",
        full=False,
        signs=None,
        sales=tuple(_sale(rng, number) for number in range(rng.randint(1, 3))),
        crashes=_crashes(rng),
        faults=tuple(_fault(rng) for _ in range(rng.choice((0, 0, 1, 1, 2, 3)))),
        storm=rng.choice((0.0, 0.0, 0.05, 0.15, 0.3)),
        second_till=rng.random() < 0.12,
        reboots_at=(),
        person=rng.random() < 0.3,
        habits=Habits(
            session_ids=rng.random() < 0.7,
            string_values=rng.random() < 0.3,
            prose_flag=rng.random() < 0.3,
            charset=rng.choice(("utf-8", "cp437")),
            end_first=rng.random() < 0.2,
            end_twice=rng.random() < 0.3,
            list_at_end=rng.random() < 0.3,
        ),
    )


def _sale(rng: random.Random, number: int) -> Sale:
    return Sale(
        reference=f"sale-{number}",
        minor=rng.choice(_MINORS),
        refund=False,
        abort_after_s=rng.uniform(0, 5) if rng.random() < 0.25 else None,
        again=rng.random() < 0.5,
        patience_s=rng.uniform(3, 60) if rng.random() < 0.1 else 10_000.0,
    )


def _crashes(rng: random.Random) -> tuple[Crash, ...]:
    writes = sorted(rng.sample(range(1, 24), rng.choice((0, 0, 1, 1, 2, 3))))
    return tuple(
        Crash(write=write, after=rng.random() < 0.5, power=rng.random() < 0.5) for write in writes
    )


def _fault(rng: random.Random) -> Fault:
    strike, category = rng.choice(_STRIKES)
    return Fault(
        strike=strike,
        category=category,
        nth=rng.randint(1, 3),
        times=rng.choice((1, 1, 1, 2, 4)),
        seconds=rng.choice((0.0, 1.0, 5.0, 15.0)),
    )
