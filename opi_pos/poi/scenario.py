"""What cardholder, card and host do in one payment, as data.

A scenario is given by the program that embeds the simulator, or chosen by the last two digits of
the amount in minor units (`TRIGGERS`), so that any till can call one up: 38.05 is declined.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from opi_pos.model.card import mask_pan
from opi_pos.model.money import Amount
from opi_pos.model.secret import Secret

LONGEST_S: Final = 600.0


class Entry(enum.StrEnum):
    """How the card is read (nexo EntryMode)."""

    CONTACTLESS = "Contactless"
    CHIP = "ICC"
    MAGSTRIPE = "MagStripe"


class Verification(enum.StrEnum):
    """How the cardholder is verified."""

    NONE = "none"
    PIN = "pin"
    SIGNATURE = "signature"


class Cancel(enum.StrEnum):
    """Where the cardholder presses the red key."""

    AT_CARD = "at_card"
    AT_PIN = "at_pin"


class Host(enum.StrEnum):
    """What the acquirer's host answers."""

    APPROVE = "approve"
    APPROVE_HALF = "approve_half"
    DECLINE = "decline"
    UNREACHABLE = "unreachable"


class TestCard:
    """A test card. Its number never leaves this object; only the masked form does."""

    __test__ = False

    def __init__(self, brand: str, number: Secret, application: str) -> None:
        self.brand = brand
        self.number = number
        self.application = application
        """The EMV application identifier, as receipts print it."""

    @property
    def masked_pan(self) -> str:
        """First six and last four digits."""
        return mask_pan(self.number.reveal())


CARDS: Mapping[str, TestCard] = MappingProxyType(
    {
        card.brand: card
        for card in (
            TestCard("Visa", Secret("4761739001010010"), "A0000000031010"),
            TestCard("Mastercard", Secret("5413330089010012"), "A0000000041010"),
            TestCard("Maestro", Secret("6799998900000060018"), "A0000000043060"),
        )
    }
)
"""Numbers from the EMV test range; they belong to nobody."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One cardholder with one card before one host. The default: chip and PIN, approved."""

    card: str = "Mastercard"
    """A key of `CARDS`."""
    entry: Entry = Entry.CHIP
    verification: Verification = Verification.PIN
    host: Host = Host.APPROVE
    host_s: float = 0.0
    """Seconds the host takes, on top of the terminal's pace."""
    presented: bool = True
    """False: nobody ever presents a card."""
    readable: bool = True
    """False: the card is refused as invalid."""
    wrong_pins: int = 0
    """Wrong PINs before the right one; three end the payment."""
    cancel: Cancel | None = None
    tip_percent: int = 0
    """The tip that the cardholder adds on the terminal, on top of the amount."""
    surcharge_percent: int = 0
    dcc: str = ""
    """The currency that the cardholder chooses to pay in, when the terminal can offer it (ZVT)."""
    deaf_to_abort: bool = False
    """The abort comes too late: approved after abort."""
    fails_after_approved: bool = False
    """The display says "Approved", then the response says Failure, and the money goes back."""
    reversal: Host = Host.APPROVE
    """What the host answers to a reversal."""

    def __post_init__(self) -> None:
        if self.card not in CARDS:
            raise ValueError(f"card must be one of {', '.join(CARDS)}")
        if not 0 <= self.host_s <= LONGEST_S:
            raise ValueError(f"host_s must be from 0 to {LONGEST_S:g}")
        if self.wrong_pins < 0:
            raise ValueError("wrong_pins must not be negative")
        if not (0 <= self.tip_percent <= 100 and 0 <= self.surcharge_percent <= 100):
            raise ValueError("tip_percent and surcharge_percent must be from 0 to 100")


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario with one line for people."""

    what: str
    scenario: Scenario


_SIGNED = Scenario(entry=Entry.MAGSTRIPE, verification=Verification.SIGNATURE)

TRIGGERS: Mapping[int, Trigger] = MappingProxyType(
    {
        1: Trigger(
            what="contactless without PIN, approved",
            scenario=Scenario(card="Visa", entry=Entry.CONTACTLESS, verification=Verification.NONE),
        ),
        2: Trigger(what="three wrong PINs, failed", scenario=Scenario(wrong_pins=3)),
        3: Trigger(what="nobody presents a card", scenario=Scenario(presented=False)),
        4: Trigger(what="tip of 10 % on top", scenario=Scenario(tip_percent=10)),
        5: Trigger(what="declined by the host", scenario=Scenario(host=Host.DECLINE)),
        6: Trigger(what="cancelled by the cardholder", scenario=Scenario(cancel=Cancel.AT_PIN)),
        7: Trigger(what="magstripe and signature", scenario=_SIGNED),
        8: Trigger(what="half is approved", scenario=Scenario(host=Host.APPROVE_HALF)),
        9: Trigger(what="one wrong PIN, then approved", scenario=Scenario(wrong_pins=1)),
        11: Trigger(what="host unreachable", scenario=Scenario(host=Host.UNREACHABLE)),
        12: Trigger(what="host takes 20 s, then approves", scenario=Scenario(host_s=20.0)),
        13: Trigger(
            what="nobody presents a card until an abort, which comes too late: approved",
            scenario=Scenario(presented=False, deaf_to_abort=True),
        ),
        14: Trigger(
            what='"Approved" is shown, then it fails',
            scenario=Scenario(fails_after_approved=True),
        ),
        16: Trigger(what="surcharge of 2 % on top", scenario=Scenario(surcharge_percent=2)),
        17: Trigger(what="the card is invalid", scenario=Scenario(readable=False)),
    }
)
"""By the amount's last two digits in minor units; all others take the default scenario."""

Choice = Callable[[Amount | None], Scenario]
"""Picks the scenario of a service; None when no amount is known (a card is only read)."""


def by_amount(amount: Amount | None) -> Scenario:
    """The scenario that the amount calls up."""
    trigger = None if amount is None else TRIGGERS.get(amount.minor % 100)
    return trigger.scenario if trigger else Scenario()


def always(scenario: Scenario) -> Choice:
    """The same scenario for every payment."""
    return lambda _amount: scenario


def describe_triggers() -> str:
    """The table of triggers as lines for help texts and docs."""
    return "\n".join(f"x.{digits:02d}  {trigger.what}" for digits, trigger in TRIGGERS.items())
