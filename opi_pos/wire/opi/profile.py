"""Dialects as data: one TOML file each in `profiles/`. The codec itself reads every one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec

_FOLDER: Final = Path(__file__).parent / "profiles"

Slip = Literal["merchant", "customer", "journal"]
"""What a printer's paper is for; administration slips are the merchant's."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dialect. Times are in seconds. What no public sample shows is marked in the files."""

    name: str
    channel_0_port: int
    """Where the terminal listens. No pair of ports is a standard: all are settings."""
    channel_1_port: int
    """Where the till listens."""
    charset: Literal["utf-8", "iso-8859-1"] = "utf-8"
    """Of what the till sends on channel 0; an answer on channel 1 follows its request."""
    language_case: Literal["lower", "upper"] = "lower"
    printers: dict[str, Slip]
    """OutDeviceTarget to the paper that it means: countries disagree."""
    login: tuple[str, ...] = ("Login",)
    """Types of ServiceRequest that begin a session, in order; the first that is supported does."""
    logoff: tuple[str, ...] = ("Logoff",)
    login_needed: bool = True
    """Whether card services without a Login are refused as logged out."""
    login_private_data: bool = False
    """Whether Login names the till's printers and its signature question in PrivateData."""
    device_statuses: tuple[str, ...] = ()
    """Children of POSdata that tell the state of the till's devices: `Available` and others."""
    status: tuple[str, ...] = ("Diagnosis",)
    """Types of ServiceRequest that ask how the terminal is, in order of preference."""
    totals: str = "Reconciliation"
    closure: str = "ReconciliationWithClosure"
    closure_logs_off: bool = False
    ticket_reprint: Literal["CardServiceRequest", "ServiceRequest"] = "CardServiceRequest"
    abort_names_request: bool = True
    """Whether AbortRequest names the request to stop in ReferenceNumber."""
    release: str = "PaymentReversal"
    """Type of CardServiceRequest that gives a pre-authorisation back."""
    logged_out: str = "LoggedOut"
    """How a terminal spells it."""
    print_last_ticket: bool = False
    """Whether a slip that was not printed holds up the next payment."""
    ticket_type: bool = False
    """Whether Output names its slip in TicketType."""
    device_reply: Literal["response", "no_content"] = "response"
    """Over HTTP: what a display is answered with. All else is answered with its response."""


def profile_names() -> tuple[str, ...]:
    """The names that `profile` knows, sorted."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


@cache
def profile(name: str) -> Profile:
    """The profile of that name. Raises KeyError."""
    if name not in profile_names():
        raise KeyError(name)
    import tomllib  # noqa: PLC0415 not needed by those who only decode

    data = tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))
    return msgspec.convert({"name": name, **data}, Profile)
