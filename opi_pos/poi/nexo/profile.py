"""What terminals of different makers do differently, as data."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from opi_pos.poi.nexo.answers import Condition


class SecondLogin(enum.StrEnum):
    """A login while a session is open."""

    REPLACES = "replaces"
    REFUSED = "refused"


class ReversalRule(enum.StrEnum):
    """Which transactions can be reversed."""

    LAST_ONLY = "last_only"
    BY_REFERENCE = "by_reference"


class ReceiptForm(enum.StrEnum):
    """How receipts are written into OutputText."""

    BASE64_JSON = "base64_json"
    TEXT = "text"
    KEY_VALUE = "key_value"


class PoiProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of terminal. The defaults are those of the spec."""

    name: str
    second_login: SecondLogin = SecondLogin.REPLACES
    running: Condition = Condition.IN_PROGRESS
    """What a transaction status says while the transaction runs."""
    before_login: Condition = Condition.LOGGED_OUT
    login_needed: bool = True
    reversal: ReversalRule = ReversalRule.BY_REFERENCE
    receipt: ReceiptForm = ReceiptForm.TEXT
    display_flag: bool | None = False
    """ResponseRequiredFlag of displays; None leaves it out (the schema's default is true)."""
    print_awaited: bool = False
    """Whether a PrintRequest wants an answer (ResponseMode PrintEnd) or none (NotRequired)."""
    card_events: bool = False
    """Whether CardInserted and CardRemoved are sent."""
    text_ids: bool = False
    """Displays as `202,"Approved"`, the form that Swedbank's SDK takes apart."""
    typed_brands: bool = False
    """PaymentBrand as `01,Visa`."""
    busy_after_login_s: float = 0.0
    """Seconds that the terminal talks to its hosts after a login, and refuses as busy."""
    link_loss_logs_out: bool = False
    """On a lost connection the terminal stops what it can and closes the session (Westpay)."""
    kept_answers: int = 50
    input_timeout_s: float = 60.0
    device_timeout_s: float = 10.0
    maintenance_s: float = 5.0


PROFILES: Mapping[str, PoiProfile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            PoiProfile(
                name="swedbank",
                running=Condition.BUSY,
                before_login=Condition.NOT_ALLOWED,
                reversal=ReversalRule.LAST_ONLY,
                receipt=ReceiptForm.BASE64_JSON,
                typed_brands=True,
            ),
            PoiProfile(name="westpay"),
            PoiProfile(name="adyen-local", login_needed=False, receipt=ReceiptForm.KEY_VALUE),
            PoiProfile(name="plain-json"),
        )
    }
)
"""By the name of the codec's profile; another name takes the defaults."""


def profile_of(name: str) -> PoiProfile:
    """The profile with that name, or the spec's defaults under it."""
    return PROFILES.get(name) or PoiProfile(name=name)
