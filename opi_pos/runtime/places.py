"""Where things are kept when nobody says: the user's state folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def default_journal() -> Path:
    """`till.db` in the user's state folder; the folder is made if it is missing."""
    folder = _state_folder() / "opi-pos"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / "till.db"


def _state_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local")))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
