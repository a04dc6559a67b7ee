"""What will happen in one world, drawn from its seed before it begins: data, and nothing else.

What every world has is `Plan`; `NexoPlan` is here, ZVT's in `zvt_plan.py`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from opi_pos.poi.faults import Fault, Strike

LINK_DELAY_S = 20.0
"""The longest that the world's link keeps a message; tills are told so."""
STORM_S = 400.0
"""How long a storm lasts."""
WRITES = 60
"""Journal writes among which a crash may be planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One thing that the cashier wants."""

    reference: str
    minor: int
    refund: bool
    abort_after_s: float | None
    again: bool
    """Ask a second time after it was declined or did not start."""
    patience_s: float
    """After which the cashier's program stops waiting (it is cancelled; the payment is not)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """The till's process ends around its nth effect: a journal write, on ZVT also a write to the
    line or a read from it.
    """

    write: int
    after: bool
    power: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One world. `profile` is the driver's, `faults` strike inside the simulated terminal."""

    seed: int
    profile: str
    full: bool
    signs: bool | None
    sales: tuple[Sale, ...]
    crashes: tuple[Crash, ...]
    faults: tuple[Fault, ...]
    storm: float
    """Chance that something happens to a message while the storm lasts."""
    second_till: bool
    reboots_at: tuple[float, ...]
    person: bool = False
    """Whether somebody looks at the terminal when a payment is in doubt, and decides."""
    storm_s: float = STORM_S
    """From then on nothing is lost, delayed or killed any more."""

    @property
    def reboots(self) -> bool:
        """Whether the terminal loses its power, by itself or at a fault."""
        return bool(self.reboots_at) or any(fault.strike in _REBOOTS for fault in self.faults)


class NexoPlan(Plan):
    """One world with a nexo terminal."""


_REBOOTS = {Strike.REBOOT_BEFORE_AUTHORISATION, Strike.REBOOT_AFTER_AUTHORISATION}
_STRIKES = (
    (Strike.DROP_BEFORE, "Payment"),
    (Strike.DROP_AFTER, "Payment"),
    (Strike.DROP_AFTER, "TransactionStatus"),
    (Strike.LATE, "Payment"),
    (Strike.DOUBLE, "Payment"),
    (Strike.REORDER, "Payment"),
    (Strike.TRUNCATE, "Payment"),
    (Strike.GARBAGE, "Payment"),
    (Strike.HTTP_500, "Payment"),
    (Strike.BUSY, "Payment"),
    (Strike.BUSY, "Payment"),
    (Strike.BUSY, "Login"),
    (Strike.WRONG_SERVICE_ID, "Payment"),
    (Strike.WRONG_SALE_TRANSACTION, "Payment"),
    (Strike.WRONG_LAST, "TransactionStatus"),
    (Strike.IN_PROGRESS, "TransactionStatus"),
    (Strike.REBOOT_BEFORE_AUTHORISATION, "Payment"),
    (Strike.REBOOT_AFTER_AUTHORISATION, "Payment"),
    (Strike.APPROVED_AFTER_ABORT, "Abort"),
    (Strike.DROP_BEFORE, "Abort"),
)

_MINORS = (1200, 4999, 1005, 1007, 1008, 3800, 250)
"""Approved, declined, signature, partial: see docs/simulator.md."""


def draw_nexo(seed: int) -> NexoPlan:
    """The plan of a seed; equal seeds give equal plans."""
    rng = random.Random(seed)
    crashes = _crashes(rng)
    faults = tuple(_fault(rng) for _ in range(rng.choice((0, 0, 1, 1, 2, 3))))
    if rng.random() < 0.05:
        # Busy, sent again with a new id, and death before the result: rare by chance alone.
        busy = Fault(strike=Strike.BUSY, category="Payment", nth=1)
        faults, crashes = (busy,), (Crash(write=rng.randint(4, 7), after=True, power=False),)
    return NexoPlan(
        seed=seed,
        profile=rng.choice(("swedbank", "plain-json", "plain-json")),
        full=rng.random() < 0.25,
        signs=rng.choice((True, False, None)),
        sales=tuple(_sale(rng, n) for n in range(rng.randint(1, 3))),
        crashes=crashes,
        faults=faults,
        storm=rng.choice((0.0, 0.0, 0.05, 0.15, 0.3)),
        second_till=rng.random() < 0.12,
        reboots_at=(rng.uniform(1, 60),) if rng.random() < 0.1 else (),
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
    number = rng.choice((0, 0, 1, 1, 2, 3))
    writes = sorted(rng.sample(range(1, WRITES if number > 2 else 16), number))
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
