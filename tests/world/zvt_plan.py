"""What will happen in one world with a ZVT terminal, drawn from its seed before it begins."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from opi_pos.poi.faults import Fault, Strike
from terminal_bridge.drivers.zvt.options import Printing
from terminal_bridge.drivers.zvt.profile import Signature
from terminal_bridge.simulator.zvt.line import TO_TERMINAL, TO_TILL
from terminal_bridge.simulator.zvt.profile import Busy
from tests.world.plan import Crash, Plan, Sale

STORM_S = 240.0
EFFECTS = 60
"""Effects of a payment among which a crash may be planned."""
BYTES = {TO_TERMINAL: 180, TO_TILL: 1100}
"""Of a registration and a payment, roughly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZvtPlan(Plan):
    """One world. `faults` strike messages and bytes, as `terminal_bridge.simulator.zvt` knows
    them; `storm` is what happens to connections.
    """

    personality: str
    serial: bool
    busy: Busy = Busy.BUSY
    printing: Printing = Printing.TILL
    signature: Signature | None = None
    noise: float = 0.0
    """Chance that a byte on a serial line is lost, doubled or flipped."""
    earlier: int | None = None
    """Minor units of a payment that stands on the terminal from before; None: a fresh one."""


PERSONALITIES = (
    # The simulated terminal, and the driver's profile. Twice: both readings of the standard.
    ("strict", "default"),
    ("strict", "default"),
    ("recording", "default"),
    ("sync", "default"),
    ("sync", "sync"),
    ("sync", "sync"),
    ("card-complete", "card-complete"),
    ("hobex", "hobex"),
    ("ingenico", "ingenico"),
    ("ingenico", "default"),
    ("ccv", "ccv"),
    ("feig", "feig"),
    ("global-payments", "global-payments"),
    ("clover", "clover"),
    ("asking", "default"),
)

_MINORS = (1200, 1200, 1200, 4999, 1005, 1007, 1007, 1004, 1003, 1006, 1012, 1014, 1016, 1011)
"""Approved, declined, signature, tip, nobody, cancelled, slow host …: see docs/simulator.md."""

_MESSAGES = (
    "0601",
    "0601 reply",
    "04FF",
    "04FF answer",
    "040F",
    "040F answer",
    "06D3",
    "06D3 answer",
    "06D1 answer",
    "060F",
    "060F answer",
    "061E",
    "061E answer",
    "0600",
    "0600 reply",
    "0620",
    "0620 reply",
    "0501",
    "0501 reply",
    "0630",
    "0630 reply",
)
_MONEY = ("0601", "0601", "0631", "0630")
_STRIKES = (
    Strike.LOSE,
    Strike.LOSE,
    Strike.DELAY,
    Strike.LATE,
    Strike.RESET,
    Strike.RESET,
    Strike.DROP_AFTER,
    Strike.SILENCE,
    Strike.TRUNCATE,
    Strike.GARBAGE,
    Strike.REBOOT,
)
_INSIDE = (
    Strike.BUSY,
    Strike.BUSY,
    Strike.REBOOT_BEFORE_AUTHORISATION,
    Strike.REBOOT_AFTER_AUTHORISATION,
    Strike.MAINTENANCE,
    Strike.PRINTER_OUT,
)
_ON_TCP = (Strike.RESET, Strike.SILENCE, Strike.REBOOT)
_ON_SERIAL = (Strike.LOSE, Strike.DOUBLE, Strike.FLIP, Strike.SILENCE, Strike.REBOOT)


def draw_zvt(seed: int) -> ZvtPlan:
    """The plan of a seed; equal seeds give equal plans."""
    rng = random.Random(seed)
    personality, profile = rng.choice(PERSONALITIES)
    serial = rng.random() < 0.5
    plan = _plan(rng, seed, personality, profile, serial=serial)
    rare = rng.random()
    if rare < 0.03:
        return _in_sync(plan, rng)
    return _swallowed(plan, rng) if rare < 0.06 else plan


def _in_sync(plan: ZvtPlan, rng: random.Random) -> ZvtPlan:
    """A payment is lost when it is done, and another comes: rare by chance alone."""
    lost = Fault(strike=Strike.RESET, category="060F", nth=rng.choice((4, 4, 4, 5)))
    sales = tuple(
        Sale(
            reference=f"sale-{number}",
            minor=1200,
            refund=False,
            abort_after_s=None,
            again=False,
            patience_s=10_000.0,
        )
        for number in range(3)
    )
    return replace(
        plan,
        personality="sync",
        profile="sync",
        serial=False,
        noise=0.0,
        storm=0.0,
        reboots_at=(),
        sales=sales,
        faults=(lost,),
        crashes=(),
        second_till=False,
    )


def _swallowed(plan: ZvtPlan, rng: random.Random) -> ZvtPlan:
    """A burst swallows what the terminal tells of its last payment, then ours does not come about:
    rare by chance alone.
    """
    burst = Fault(
        strike=Strike.FLIP, category=TO_TILL, nth=rng.randint(90, 150), times=rng.randint(300, 420)
    )
    lost = Fault(strike=Strike.LOSE, category="0601")
    return replace(
        plan,
        serial=True,
        earlier=1200,
        sales=(replace(plan.sales[0], minor=1200, refund=False, abort_after_s=None),),
        faults=(burst, lost),
        crashes=(),
    )


def _plan(
    rng: random.Random, seed: int, personality: str, profile: str, *, serial: bool
) -> ZvtPlan:
    return ZvtPlan(
        seed=seed,
        personality=personality,
        profile=profile,
        serial=serial,
        full=rng.random() < 0.5,
        signs=rng.choice((True, False, None)),
        busy=rng.choice(tuple(Busy)),
        printing=rng.choice((Printing.TILL, Printing.TILL, Printing.FIELDS, Printing.TERMINAL)),
        signature=rng.choice((None, None, *Signature)),
        sales=tuple(_sale(rng, n) for n in range(rng.randint(1, 3))),
        crashes=_crashes(rng),
        faults=tuple(_fault(rng, serial) for _ in range(rng.choice((0, 1, 1, 2, 3)))),
        storm=rng.choice((0.0, 0.0, 0.01, 0.03, 0.1)),
        noise=rng.choice((0.0, 0.001, 0.004, 0.01)) if serial else 0.0,
        earlier=rng.choice((None, 1200, 1200, 4999)),
        second_till=rng.random() < 0.1,
        person=rng.random() < 0.7,
        reboots_at=(rng.uniform(1, 60),) if rng.random() < 0.1 else (),
        storm_s=STORM_S,
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
    writes = sorted(rng.sample(range(1, EFFECTS * max(1, number)), number))
    return tuple(
        Crash(write=write, after=rng.random() < 0.5, power=rng.random() < 0.5) for write in writes
    )


def _fault(rng: random.Random, serial: bool) -> Fault:
    kind = rng.random()
    if kind < 0.5:
        direction = rng.choice((TO_TERMINAL, TO_TILL))
        strike = rng.choice(_ON_SERIAL if serial else _ON_TCP)
        nth = rng.randint(1, BYTES[direction])
        seconds = rng.choice((1.0, 4.0, 8.0, 40.0))
        return Fault(strike=strike, category=direction, nth=nth, seconds=seconds)
    if kind < 0.8:
        return Fault(
            strike=rng.choice(_STRIKES),
            category=rng.choice(_MESSAGES),
            nth=rng.choice((1, 1, 1, 2, 3)),
            times=rng.choice((1, 1, 2)),
            seconds=rng.choice((1.0, 3.0, 4.5, 8.0)),
        )
    if kind < 0.85:
        return Fault(strike=Strike.APPROVED_AFTER_ABORT, category="06B0")
    return Fault(
        strike=rng.choice(_INSIDE),
        category=rng.choice(_MONEY),
        nth=rng.choice((1, 1, 2)),
        times=rng.choice((1, 1, 3)),
    )
