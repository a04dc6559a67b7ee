"""What will happen in one world with a NetPay terminal."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final

from opi_pos.poi.faults import Fault, Strike
from terminal_bridge.simulator.netpay.habits import Busy, Habits
from tests.world.plan import Crash, Plan, Sale


@dataclass(frozen=True, slots=True, kw_only=True)
class NetpayPlan(Plan):
    """One world with a terminal behind NetPay's cloud."""

    habits: Habits
    names_unknown: bool
    """Whether the till was told by which code the terminal says that it knows no such folio."""


_STRIKES: Final = (
    (Strike.DROP_BEFORE, "Payment"),
    (Strike.DROP_AFTER, "Payment"),
    (Strike.LATE, "Payment"),
    (Strike.DELAY, "Payment"),
    (Strike.HTTP_500, "Payment"),
    (Strike.GARBAGE, "Payment"),
    (Strike.UNAUTHORISED, "Payment"),
    (Strike.HTTP_500, "Token"),
    (Strike.DROP_AFTER, "TransactionStatus"),
    (Strike.UNAUTHORISED, "TransactionStatus"),
    (Strike.UNREACHABLE, "PaymentResponse"),
    (Strike.UNREACHABLE, "PaymentResponse"),
    (Strike.UNREACHABLE, "PaymentResponse"),
    (Strike.LATE, "PaymentResponse"),
    (Strike.LATE, "PaymentResponse"),
    (Strike.DOUBLE, "PaymentResponse"),
    (Strike.DROP_AFTER, "PaymentResponse"),
    (Strike.UNREACHABLE, "TransactionStatusResponse"),
    (Strike.LATE, "TransactionStatusResponse"),
    (Strike.DOUBLE, "TransactionStatusResponse"),
)
_MINORS: Final = (1200, 4999, 1005, 1006, 1008, 1012, 1003, 1004, 1011, 3800, 250)
"""Approved, declined, cancelled, partial, slow, no card, tip, no host: see docs/simulator.md."""


def draw_netpay(seed: int) -> NetpayPlan:
    """The plan of a seed; equal seeds give equal plans."""
    rng = random.Random(seed)
    plan = _drawn(rng, seed)
    rare = rng.random()
    if rare < 0.06:
        return _nameless_and_late(rng, plan)
    return _asked_before_it_began(rng, plan) if rare < 0.12 else plan


def _nameless_and_late(rng: random.Random, plan: NetpayPlan) -> NetpayPlan:
    """A cancelled sale whose end comes while the next one runs: rare by chance alone."""
    late = Fault(
        strike=Strike.LATE, category="PaymentResponse", nth=1, seconds=rng.uniform(5.0, 30.0)
    )
    first, second = _sale(rng, 0), _sale(rng, 1)
    return replace(
        plan,
        sales=(
            replace(first, minor=1006, again=False, abort_after_s=None, patience_s=10_000.0),
            replace(second, minor=1012, abort_after_s=None, patience_s=10_000.0),
        ),
        faults=(late,),
        crashes=(Crash(write=rng.randint(5, 6), after=True, power=False),),
        storm=0.0,
        second_till=False,
        habits=Habits(echoes_traceability=False, names_failures=False),
    )


def _asked_before_it_began(rng: random.Random, plan: NetpayPlan) -> NetpayPlan:
    """A push that is still on its way when the next process asks about it: rare by chance, too."""
    slow = Fault(strike=Strike.DELAY, category="Payment", nth=1, seconds=rng.uniform(20.0, 50.0))
    return replace(
        plan,
        sales=(replace(_sale(rng, 0), minor=1200, abort_after_s=None),),
        faults=(slow,),
        crashes=(Crash(write=5, after=True, power=False),),
        storm=0.0,
        second_till=False,
        names_unknown=True,
    )


def _drawn(rng: random.Random, seed: int) -> NetpayPlan:
    return NetpayPlan(
        seed=seed,
        profile="netpay",
        full=False,
        signs=None,
        sales=tuple(_sale(rng, number) for number in range(rng.randint(1, 3))),
        crashes=_crashes(rng),
        faults=tuple(_fault(rng) for _ in range(rng.choice((0, 0, 1, 1, 2, 3)))),
        storm=rng.choice((0.0, 0.0, 0.05, 0.15, 0.3)),
        second_till=rng.random() < 0.1,
        reboots_at=(),
        person=rng.random() < 0.3,
        habits=Habits(
            names_failures=rng.random() < 0.3,
            echoes_traceability=rng.random() < 0.5,
            remembers_cancelled=rng.random() < 0.7,
            busy=rng.choice(list(Busy)),
        ),
        names_unknown=rng.random() < 0.5,
    )


def _sale(rng: random.Random, number: int) -> Sale:
    return Sale(
        reference=f"sale-{number}",
        minor=rng.choice(_MINORS),
        refund=False,
        abort_after_s=rng.uniform(0, 20) if rng.random() < 0.15 else None,
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
        seconds=rng.choice((0.0, 1.0, 5.0, 15.0, 60.0)),
    )
