"""Until when a sale can be cancelled: the same day, before 20:00 in Mexico City."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo
from typing import Final

from opi_pos.model.errors import CapabilityError, ConfigurationError
from opi_pos.model.results import TransactionID
from opi_pos.wire.netpay.clock import CANCELLED_UNTIL, zone
from opi_pos.wire.netpay.values import moment

_ORDER_ID: Final = re.compile(r"(\d{12})-.+", re.ASCII)
_DAY_ONLY: Final = "NetPay cancels a sale only on its own day before 20:00, Mexico City"


def zone_of(name: str, key: str) -> tzinfo:
    """Raises `ConfigurationError` under `key` for an unknown one."""
    try:
        return zone(name)
    except LookupError:
        raise ConfigurationError(key, f"{name!r} is no time zone of this machine") from None


def require_in_time(transaction: TransactionID, wall: float, where: tzinfo) -> None:
    """Raises `CapabilityError` when the sale can no longer be cancelled. `wall`: Unix seconds."""
    now = datetime.fromtimestamp(wall, where)
    sold = moment(transaction.time) or _moment_of(transaction.id)
    if now.time() >= CANCELLED_UNTIL or (sold is not None and sold.date() != now.date()):
        problem = f"{_DAY_ONLY}; there it is {now:%Y-%m-%d %H:%M}. Refund it in NetPay's portal"
        raise CapabilityError("reversal", problem)


def _moment_of(order_id: str) -> datetime | None:
    """Order ids begin with the time of the sale, by the terminal's clock: `yymmddHHMMSS-serial`."""
    found = _ORDER_ID.fullmatch(order_id)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%y%m%d%H%M%S")  # noqa: DTZ007 - it has no zone
    except ValueError:
        return None
