"""What will happen in one world with terminals behind Viva's cloud."""

from __future__ import annotations

import random
from typing import Final

from opi_pos.poi.faults import Fault, Strike
from tests.world.plan import Crash, Plan, Sale


class VivaPlan(Plan):
    """One world with a terminal behind the cloud."""

    @property
    def loses_pushes(self) -> bool:
        """Whether an order may get lost on its way to the terminal; it then runs for ever."""
        return any(fault.strike is Strike.SILENCE for fault in self.faults)


_STRIKES: Final = (
    (Strike.DROP_BEFORE, "Payment"),
    (Strike.DROP_AFTER, "Payment"),
    (Strike.LATE, "Payment"),
    (Strike.DOUBLE, "Payment"),
    (Strike.HTTP_500, "Payment"),
    (Strike.GARBAGE, "Payment"),
    (Strike.BUSY, "Payment"),
    (Strike.UNAUTHORISED, "Payment"),
    (Strike.NOT_FOUND, "TransactionStatus"),
    (Strike.NOT_FOUND, "TransactionStatus"),
    (Strike.IN_PROGRESS, "TransactionStatus"),
    (Strike.WRONG_LAST, "TransactionStatus"),
    (Strike.UNAUTHORISED, "TransactionStatus"),
    (Strike.GARBAGE, "Day"),
    (Strike.HTTP_500, "Token"),
    (Strike.APPROVED_AFTER_ABORT, "Abort"),
    (Strike.DROP_BEFORE, "Abort"),
    (Strike.DELAY, "Push"),
    (Strike.SILENCE, "Push"),
    (Strike.FALSE_DECLINE, "Push"),
)
_MINORS: Final = (1200, 4999, 1005, 1006, 1008, 1012, 1013, 3800, 250)
"""Approved, declined, cancelled, partial, slow, approved after an abort: see docs/simulator.md."""


def draw_viva(seed: int) -> VivaPlan:
    """The plan of a seed; equal seeds give equal plans."""
    rng = random.Random(seed)
    faults = tuple(_fault(rng) for _ in range(rng.choice((0, 0, 1, 1, 2, 3))))
    # Whoever pays again while the cloud still lies pays twice, and nobody could tell him.
    lies = any(fault.strike is Strike.FALSE_DECLINE for fault in faults)
    return VivaPlan(
        seed=seed,
        profile="viva",
        full=False,
        signs=None,
        sales=tuple(_sale(rng, n, again=not lies) for n in range(rng.randint(1, 3))),
        crashes=() if lies else _crashes(rng),
        faults=faults,
        storm=rng.choice((0.0, 0.0, 0.05, 0.15, 0.3)),
        second_till=rng.random() < 0.1 and not lies,
        reboots_at=(),
        person=rng.random() < 0.3,
    )


def _sale(rng: random.Random, number: int, *, again: bool) -> Sale:
    return Sale(
        reference=f"sale-{number}",
        minor=rng.choice(_MINORS),
        refund=False,
        abort_after_s=rng.uniform(0, 20) if rng.random() < 0.25 else None,
        again=again and rng.random() < 0.5,
        patience_s=rng.uniform(3, 60) if rng.random() < 0.1 else 10_000.0,
    )


def _crashes(rng: random.Random) -> tuple[Crash, ...]:
    writes = sorted(rng.sample(range(1, 16), rng.choice((0, 0, 1, 1, 2, 3))))
    return tuple(
        Crash(write=write, after=rng.random() < 0.5, power=rng.random() < 0.5) for write in writes
    )


def _fault(rng: random.Random) -> Fault:
    strike, category = rng.choice(_STRIKES)
    return Fault(
        strike=strike,
        category=category,
        nth=rng.randint(1, 3),
        times=rng.choice((1, 1, 1, 2, 4, 12)),
        seconds=rng.choice((0.0, 1.0, 5.0, 9.0, 15.0)),
    )
