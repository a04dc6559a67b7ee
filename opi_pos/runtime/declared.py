"""What the installed drivers can do, without a terminal: the records behind the documents' table.

The entry point `opi_pos.capabilities` of a driver stands beside its `opi_pos.drivers`, under the
same name, and names a function that makes no connection and reads no configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Protocol, cast

from opi_pos.model.capabilities import Capabilities

CAPABILITIES = "opi_pos.capabilities"


class Declare(Protocol):
    """What the entry point of a driver's capabilities names."""

    def __call__(self) -> Mapping[str, Capabilities]:
        """A record for each profile, the default one first, in full integration. A driver without
        profiles gives one record under an empty name.
        """
        ...


def declared() -> dict[str, Mapping[str, Capabilities]]:
    """The records of every installed driver that declares them, by the driver's name."""
    found = sorted(entry_points(group=CAPABILITIES), key=lambda entry: entry.name)
    return {entry.name: cast("Declare", entry.load())() for entry in found}
