"""What a terminal shows and prints. Which printer means which slip is a matter of the country."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from listener.nexo.progress import progress, shows_pin_stars
from listener.signatures import speaks_of_signature
from opi_pos.model.devices import Display, PrintJob, Progress
from opi_pos.model.receipts import Copy, Receipt
from opi_pos.wire import opi

MAX_LINES: Final = 400
"""Of one display or slip; what is longer is cut."""
MAX_LINE_LENGTH: Final = 1_000
MAX_FIELDS: Final = 100
"""Of a structured record."""

_COPIES: Final = {"merchant": Copy.CASHIER, "customer": Copy.CUSTOMER, "journal": Copy.JOURNAL}
_TICKETS: Final = {
    "customerreceipt": Copy.CUSTOMER,
    "merchantreceipt": Copy.CASHIER,
    "dccoffer": Copy.CUSTOMER,
}
_DISPLAYS: Final = {
    "cashierdisplay": "cashier",
    "cashierterminal": "cashier",
    "customerdisplay": "customer",
    "customerterminal": "customer",
}
IGNORED: Final = frozenset({"log"})
"""Taken and shown to nobody."""


def target_of(output: opi.Output) -> str:
    """The device, in small letters."""
    return (output.out_device_target or "").strip().casefold()


def is_display(output: opi.Output) -> bool:
    """Whether somebody reads it on a screen."""
    return target_of(output) in _DISPLAYS


def to_display(output: opi.Output) -> Display:
    """The lines, without those that are hidden, and how far the payment is by their words."""
    lines = _lines(output)
    stars = shows_pin_stars(lines)
    return Display(
        lines=lines,
        progress=Progress.PIN_PROGRESS if stars else progress(lines),
        target=_DISPLAYS[target_of(output)],
        transient=stars,
    )


def to_print_job(output: opi.Output, profile: opi.Profile) -> PrintJob | None:
    """The slip; None for a device that is no printer. Records of the journal wait for no paper."""
    copy = copy_of(output, profile)
    if copy is None:
        return None
    lines = _lines(output)
    receipt = Receipt(
        copy=copy,
        lines=lines,
        fields=_fields(output.e_journal) if output.e_journal is not None else {},
        signature_required=copy is Copy.CASHIER and speaks_of_signature(lines),
        must_print=copy is not Copy.JOURNAL,
    )
    return PrintJob(receipt=receipt, wait=copy is not Copy.JOURNAL)


def copy_of(output: opi.Output, profile: opi.Profile) -> Copy | None:
    """Whose slip it is: TicketType says so, else the printer by the profile."""
    by_target = {name.casefold(): slip for name, slip in profile.printers.items()}
    slip = by_target.get(target_of(output))
    if slip is None:
        return None
    ticket = (output.ticket_type or "").casefold()
    return _TICKETS.get(ticket, _COPIES[slip])


def _lines(output: opi.Output) -> tuple[str, ...]:
    shown = [line for line in output.text_line if not line.hidden and line.menu_item is None]
    texts = (part for line in shown for part in ((line.text or "").splitlines() or [""]))
    return tuple(text[:MAX_LINE_LENGTH] for text in list(texts)[:MAX_LINES])


def _fields(record: opi.Node) -> dict[str, str]:
    """`TransactionInfo.TotalAmount` to its text."""
    found: dict[str, str] = {}
    for name, value in _leaves(record, ""):
        if len(found) < MAX_FIELDS:
            found.setdefault(name, value[:MAX_LINE_LENGTH])
    return found


def _leaves(node: opi.Node, path: str) -> Iterator[tuple[str, str]]:
    for name, value in node.attributes:
        yield f"{path}@{name}", value
    for part in node.content:
        if isinstance(part, opi.Node):
            yield from _leaves(part, f"{path}.{part.name}" if path else part.name)
        elif part.strip():
            yield path, part.strip()
