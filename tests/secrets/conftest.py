"""The fixtures of the command line's own tests."""

from __future__ import annotations

from tests.opi_pos.cli.conftest import _own_state_folder, journal, opi_pos, serve

__all__ = ["_own_state_folder", "journal", "opi_pos", "serve"]
