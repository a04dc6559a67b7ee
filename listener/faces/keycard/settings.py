"""`[face.keycard]`."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Final

from listener.faces.settings import FaceSettings
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.secret import Secret

DEFAULT_PORT: Final = 11002
SHORTEST_KEY: Final = 16


class CallbackFailure(enum.StrEnum):
    """What a callback that cannot be delivered does to the transaction."""

    CONTINUE = "continue"
    """Nothing: its result is kept, delivered when the receiver is back, and listed meanwhile."""
    ABORT = "abort"
    """As the original: the transaction is aborted, if it still can be."""


class KeycardFaceSettings(FaceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Key & Card server towards foreign tills."""

    port: int = DEFAULT_PORT
    path: str = "/"
    on_callback_failure: CallbackFailure = CallbackFailure.CONTINUE
    currency: str = ""
    """The API names none; by default that of the terminal behind."""
    callback_key_file: str = ""
    """A file with a key: callbacks are signed with it (HMAC-SHA256)."""


def callback_key(settings: KeycardFaceSettings, name: str) -> Secret | None:
    """The key of the signatures. Raises `ConfigurationError`."""
    if not settings.callback_key_file:
        return None
    where = f"face.{name}.callback_key_file"
    try:
        text = Path(settings.callback_key_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(where, f"cannot be read: {error}") from None
    if len(text) < SHORTEST_KEY:
        raise ConfigurationError(where, f"needs {SHORTEST_KEY} characters or more")
    return Secret(text)
