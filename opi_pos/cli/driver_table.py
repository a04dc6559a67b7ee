"""The tables of `docs/drivers.md`, made from the drivers' own records.

    python -m opi_pos.cli.driver_table < docs/drivers.md > drivers.new

writes the page anew between its markers; a test compares.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Final

from opi_pos.model.capabilities import Capabilities
from opi_pos.model.results import Operation
from opi_pos.runtime.declared import declared

Records = Mapping[str, Mapping[str, Capabilities]]
"""By driver, then by profile, the default one first."""
Cell = Callable[[Capabilities], str]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _operation(operation: Operation) -> Cell:
    return lambda can: _yes(operation in can.operations)


def _service(tag: str) -> Cell:
    return lambda can: _yes(tag in can.services)


def _flag(name: str) -> Cell:
    return lambda can: _yes(getattr(can, name))


def _scope(operation: Operation, name: str) -> Cell:
    """How far an operation goes, where the terminal has it."""

    def cell(can: Capabilities) -> str:
        return str(getattr(can, name)) if operation in can.operations else "no"

    return cell


def _word(name: str) -> Cell:
    def cell(can: Capabilities) -> str:
        word = str(getattr(can, name))
        return "no" if word == "none" else word

    return cell


ROWS: Final[Mapping[str, Cell]] = {
    "`pay`": _operation(Operation.PAYMENT),
    "`pay(tip=)`": _flag("tip"),
    "`pay(cashback=)`": _flag("cashback"),
    "`pay(allow_partial=)`": _flag("partial_approval"),
    "`refund`": _scope(Operation.REFUND, "refund"),
    "`reverse`": _scope(Operation.REVERSAL, "reversal"),
    "`reserve`": _operation(Operation.RESERVATION),
    "`complete`": _operation(Operation.COMPLETION),
    "`release`": _operation(Operation.RELEASE),
    "`adjust_tip`": _operation(Operation.TIP_ADJUSTMENT),
    "`abort`": _flag("abort"),
    "`status`": _word("status"),
    "`login`, `logout`": _flag("login"),
    "`diagnose`": _service("diagnose"),
    "`totals`": _service("totals"),
    "`close_day`": _service("close_day"),
    "`read_card`": _service("read_card"),
    "`show_customer`": _service("show_customer"),
    "`ask_customer`": _service("ask_customer"),
    "`print_on_terminal`": _service("print_on_terminal"),
    "`converse`": _service("converse"),
    "names the amount that was taken": _flag("result_amount"),
    "receipts": _word("receipts"),
    "progress": _word("progress"),
    "needs a listener": _word("needs_listener"),
    "the result comes as": lambda can: ", ".join(can.result_delivery),
    "an answer is known by": _word("correlation"),
    "a result that nobody took": _word("unconfirmed_policy"),
    "a written command is": _word("dispatch_means"),
    "may be sent again": _flag("idempotent_send"),
}
"""What is shown of a record, and how."""


def overview(records: Records) -> str:
    """A column for each driver: what its default profile can do."""
    names = list(records)
    lines = [_line("", *(f"**{name}**" for name in names)), _line(*["---"] * (len(names) + 1))]
    for title, cell in ROWS.items():
        cells = (cell(next(iter(profiles.values()))) for profiles in records.values())
        lines.append(_line(title, *cells))
    return "\n".join(lines)


def differences(records: Records) -> str:
    """A line for each profile that can do other things than the default one of its driver."""
    lines = [_line("Driver", "Profile", "Differs in"), _line("---", "---", "---")]
    for name, profiles in records.items():
        (default, usual), *others = profiles.items()
        for profile, can in others:
            found = [
                f"{title} {cell(can)}" for title, cell in ROWS.items() if cell(can) != cell(usual)
            ]
            said = "; ".join(found) or f"nothing; as `{default}`"
            lines.append(_line(name, f"`{profile}`", said))
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


SECTIONS: Final[Mapping[str, Callable[[Records], str]]] = {
    "drivers": overview,
    "profiles": differences,
}


def filled(page: str, records: Records) -> str:
    """`page` with everything between its markers written anew; ValueError if one is missing."""
    for name, section in SECTIONS.items():
        begin, end = f"<!-- {name} table: begin -->\n", f"<!-- {name} table: end -->"
        before, found_begin, rest = page.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found_begin and found_end):
            raise ValueError(f"the page needs the markers {begin.strip()} and {end}")
        page = f"{before}{begin}\n{section(records)}\n\n{end}{after}"
    return page


if __name__ == "__main__":
    sys.stdout.write(filled(sys.stdin.read(), declared()))
