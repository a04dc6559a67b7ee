"""What terminals of different countries do differently, as data: the part that is no spelling."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

import msgspec


class DeviceIds(enum.StrEnum):
    """How a terminal numbers what it asks of the till."""

    ECHOED = "echoed"
    """The request's own id every time, told apart by SequenceID."""
    COUNTED = "counted"
    """A plain counter of the terminal's."""
    SUFFIXED = "suffixed"
    """The request's id with a dot and a number: `101.2`."""


class PoiProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of terminal. Times are in seconds."""

    name: str
    login_needed: bool = True
    device_ids: DeviceIds = DeviceIds.SUFFIXED
    activates: bool = False
    """A session begins with ActivateTerminal and ends with DeactivateTerminal."""
    print_last_ticket: bool = False
    """A slip that was not printed holds up the next payment."""
    closure_logs_off: bool = False
    idle_aborts: int | None = 3
    """So many aborts with nothing to stop make it unavailable for a while; None: never."""
    unavailable_s: float = 60.0
    question_timeout_s: float = 180.0
    device_timeout_s: float = 10.0
    kept_answers: int = 50


PROFILES: Mapping[str, PoiProfile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            PoiProfile(name="de", device_ids=DeviceIds.ECHOED),
            PoiProfile(name="nl", print_last_ticket=True),
            PoiProfile(
                name="ch",
                activates=True,
                print_last_ticket=True,
                closure_logs_off=True,
            ),
        )
    }
)
"""By the name of the codec's profile; another name takes the defaults."""


def profile_of(name: str) -> PoiProfile:
    """The profile with that name, or the defaults under it."""
    return PROFILES.get(name) or PoiProfile(name=name)
