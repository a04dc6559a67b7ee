"""The table of capabilities in the manual is what the driver declares."""

from __future__ import annotations

from pathlib import Path

from opi_pos.model.capabilities import ListenerNeed
from opi_pos.model.orders import Integration
from opi_pos.wire import nexo
from terminal_bridge.drivers.nexo.dialect import capabilities_of

MANUAL = Path(__file__).parents[4] / "docs" / "drivers-nexo.md"


def row(name: str) -> str:
    profile = nexo.profile(name)
    one_socket = profile.transport == "framed-tcp"
    can = capabilities_of(profile, Integration.FULL, one_socket=one_socket)
    listens = can.needs_listener is ListenerNeed.FOR_DEVICE_REQUESTS
    cells = (
        f"`{name}`",
        "yes" if can.login else "no",
        can.reversal.value,
        can.refund.value,
        can.status.value,
        "yes" if can.partial_approval else "no",
        f"{can.silence_s:g} s",
        "displays, questions" if listens else "nothing",
    )
    return f"| {' | '.join(cells)} |"


def test_the_manual_says_what_each_profile_can_do() -> None:
    table = MANUAL.read_text(encoding="utf-8").split("<!-- made from")[1].split("<!-- end")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert rows == [row(name) for name in nexo.profile_names()]
