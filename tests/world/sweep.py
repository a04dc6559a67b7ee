"""One payment with one thing that goes wrong, at every place where it can: no chance, all of it.

`Struck` are faults at every byte of the dialogue, `Killed` is the death of the till's process at
every effect. A place is data, so that a test may run some of them and a night all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from opi_pos.poi.faults import Fault, Strike
from terminal_bridge.drivers.zvt.options import Printing
from terminal_bridge.simulator.zvt.line import TO_TERMINAL, TO_TILL
from tests.world.plan import Crash, Sale
from tests.world.world import Seen, World, happen
from tests.world.zvt import ZvtPlace
from tests.world.zvt_plan import ZvtPlan

STORM_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where the payment is made."""

    personality: str
    profile: str
    serial: bool
    printing: Printing = Printing.TILL
    minor: int = 1200

    def __str__(self) -> str:
        framing = "serial" if self.serial else "tcp"
        return f"{framing} {self.personality}/{self.profile} {self.printing.value} {self.minor}"


SETTINGS = tuple(
    Setting(personality=personality, profile=profile, serial=serial, printing=printing, minor=minor)
    for serial in (False, True)
    for personality, profile, printing, minor in (
        # The reading that takes back what was not acknowledged, and the one that does not.
        ("strict", "default", Printing.TILL, 1200),
        ("strict", "default", Printing.FIELDS, 1200),
        ("strict", "default", Printing.FIELDS, 1005),
        ("recording", "default", Printing.FIELDS, 1200),
        ("sync", "default", Printing.FIELDS, 1200),
        ("sync", "sync", Printing.TILL, 1200),
        ("ingenico", "ingenico", Printing.TILL, 1200),
        ("card-complete", "card-complete", Printing.TILL, 1200),
    )
)

_TCP = ((Strike.RESET, 0.0), (Strike.SILENCE, 8.0), (Strike.SILENCE, 250.0), (Strike.REBOOT, 0.0))
_SERIAL = (
    (Strike.LOSE, 0.0),
    (Strike.DOUBLE, 0.0),
    (Strike.FLIP, 0.0),
    (Strike.SILENCE, 8.0),
    (Strike.SILENCE, 250.0),
    (Strike.REBOOT, 0.0),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One thing that goes wrong."""

    setting: Setting
    fault: Fault | None = None
    crash: Crash | None = None

    def __str__(self) -> str:
        what = self.fault or self.crash
        return f"{self.setting}: {what}"

    def plan(self) -> ZvtPlan:
        """The world of it: an earlier payment of the same amount, then this one."""
        setting = self.setting
        plan = ZvtPlan(
            seed=1,
            personality=setting.personality,
            profile=setting.profile,
            serial=setting.serial,
            printing=setting.printing,
            full=False,
            signs=None,
            sales=(SALE,),
            crashes=(),
            faults=(),
            storm=0.0,
            earlier=setting.minor,
            second_till=False,
            reboots_at=(),
            storm_s=STORM_S,
        )
        return replace(
            plan,
            sales=(replace(SALE, minor=setting.minor),),
            faults=(self.fault,) if self.fault else (),
            crashes=(self.crash,) if self.crash else (),
        )

    def happen(self) -> Seen:
        """Let it happen."""
        return happen(self.plan())


SALE = Sale(
    reference="sale", minor=1200, refund=False, abort_after_s=None, again=False, patience_s=10_000.0
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How long an undisturbed payment is."""

    passed: dict[str, int]
    """Bytes by direction."""
    effects: int
    outcome: str


@cache
def extent(setting: Setting) -> Extent:
    """Measured, not assumed."""
    worlds: list[World] = []
    passed: list[dict[str, int]] = []

    def prepare(world: World) -> None:
        worlds.append(world)
        assert isinstance(world.place, ZvtPlace)
        passed.append(world.place.terminal._line._passed)

    seen = happen(Place(setting).plan(), prepare=prepare)
    assert not seen.broken, seen.broken
    return Extent(
        passed=passed[0], effects=worlds[0].counter[0], outcome=seen.told[0].result.outcome.value
    )


def struck(setting: Setting) -> Iterator[Place]:
    """A fault at every byte, either way."""
    for direction in (TO_TERMINAL, TO_TILL):
        for nth in range(1, extent(setting).passed[direction] + 1):
            for strike, seconds in _SERIAL if setting.serial else _TCP:
                fault = Fault(strike=strike, category=direction, nth=nth, seconds=seconds)
                yield Place(setting, fault=fault)


def killed(setting: Setting) -> Iterator[Place]:
    """A death before and after every effect, of the process and of its machine."""
    for write in range(1, extent(setting).effects + 1):
        for after in (False, True):
            for power in (False, True):
                yield Place(setting, crash=Crash(write=write, after=after, power=power))


def flipped(setting: Setting, direction: str) -> Iterator[Place]:
    """One flipped bit in every byte of one direction, whatever the framing says to it."""
    for nth in range(1, extent(setting).passed[direction] + 1):
        yield Place(setting, fault=Fault(strike=Strike.FLIP, category=direction, nth=nth))
