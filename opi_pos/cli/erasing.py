"""`journal erase`: blank what is personal, once the shop needs it no longer."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from typing import Annotated

from opi_pos.cli.grammar import Option
from opi_pos.cli.opening import books_of, open_books
from opi_pos.cli.options import Where, spread
from opi_pos.cli.screen import Screen
from opi_pos.model.errors import UsageError


@spread
def erase(
    where: Where,
    *,
    before: Annotated[
        str, Option("--before", metavar="DATE", help="2026-01-31, or with a time; local time.")
    ],
) -> int:
    """Blank personal data of all payments of the journal that ended before DATE: receipts, cards,
    messages, operator, language, items, what the terminal and the till told meanwhile. Amounts,
    times, outcomes, references and approval codes stay, and so does all that is still open.
    Nothing brings it back.
    """
    moment = _moment(before)
    erased = asyncio.run(_erase(where, moment))
    screen = Screen(json=where.json)
    screen.object({"erased": erased, "before": moment.isoformat()})
    payments = "payment" if erased == 1 else "payments"
    screen.line(f"erased personal data of {erased} {payments} that ended before {moment}")
    return 0


async def _erase(where: Where, before: datetime) -> int:
    journal = await open_books(books_of(where))
    try:
        return await journal.erase_personal_data(before.timestamp())
    finally:
        await journal.close()


def _moment(text: str) -> datetime:
    """A date means its first moment; what names no offset is local time."""
    try:
        moment = datetime.fromisoformat(text).astimezone()
        is_past = moment.timestamp() <= time.time()  # noqa: TID251 - a person's date and ours
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"--before {text}: write a date such as 2026-01-31") from None
    if not is_past:
        raise UsageError(f"--before {text}: is in the future; name a day that has begun")
    return moment
