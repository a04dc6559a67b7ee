"""What will happen in one world with an O.P.I. terminal."""

from __future__ import annotations

import random
from typing import Final

from opi_pos.poi.faults import Fault, Strike
from tests.world.plan import Crash, Plan, Sale


class OpiPlan(Plan):
    """One world with an O.P.I. terminal."""


_STRIKES: Final = (
    (Strike.DROP_BEFORE, "CardPayment"),
    (Strike.DROP_AFTER, "CardPayment"),
    (Strike.DROP_AFTER, "RepeatLastMessage"),
    (Strike.LATE, "CardPayment"),
    (Strike.TRUNCATE, "CardPayment"),
    (Strike.GARBAGE, "CardPayment"),
    (Strike.BUSY, "CardPayment"),
    (Strike.BUSY, "Login"),
    (Strike.LOGGED_OUT, "CardPayment"),
    (Strike.NOT_PRINTED, "CardPayment"),
    (Strike.WRONG_SERVICE_ID, "CardPayment"),
    (Strike.WRONG_SERVICE_ID, "RepeatLastMessage"),
    (Strike.IN_PROGRESS, "RepeatLastMessage"),
    (Strike.NOT_FOUND, "RepeatLastMessage"),
    (Strike.REBOOT_BEFORE_AUTHORISATION, "CardPayment"),
    (Strike.REBOOT_AFTER_AUTHORISATION, "CardPayment"),
    (Strike.APPROVED_AFTER_ABORT, "AbortRequest"),
    (Strike.DROP_BEFORE, "AbortRequest"),
)
_MINORS: Final = (1200, 4999, 1005, 1007, 3800, 250)
"""Approved, declined, signature: see docs/simulator.md."""


def draw_opi(seed: int) -> OpiPlan:
    """The plan of a seed; equal seeds give equal plans."""
    rng = random.Random(seed)
    return OpiPlan(
        seed=seed,
        profile=rng.choice(("de", "nl", "ch")),
        full=True,
        signs=rng.choice((True, False, None)),
        sales=tuple(_sale(rng, n) for n in range(rng.randint(1, 3))),
        crashes=_crashes(rng),
        faults=tuple(_fault(rng) for _ in range(rng.choice((0, 0, 1, 1, 2, 3)))),
        storm=rng.choice((0.0, 0.0, 0.05, 0.15, 0.3)),
        second_till=rng.random() < 0.12,
        reboots_at=(rng.uniform(1, 60),) if rng.random() < 0.1 else (),
        person=rng.random() < 0.3,
    )


def _sale(rng: random.Random, number: int) -> Sale:
    return Sale(
        reference=f"sale-{number}",
        minor=rng.choice(_MINORS),
        refund=rng.random() < 0.08,
        abort_after_s=rng.uniform(0, 12) if rng.random() < 0.2 else None,
        again=rng.random() < 0.5,
        patience_s=rng.uniform(3, 60) if rng.random() < 0.1 else 10_000.0,
    )


def _crashes(rng: random.Random) -> tuple[Crash, ...]:
    writes = sorted(rng.sample(range(1, 20), rng.choice((0, 0, 1, 1, 2, 3))))
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
