"""Vendor dialects as data: one TOML file each in `profiles/`.

A profile says how a terminal is reached and what it expects; the codec itself reads every dialect.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from opi_pos.wire.nexo.received import Encoding
from opi_pos.wire.nexo.schema import Version

_FOLDER: Final = Path(__file__).parent / "profiles"


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One dialect. Times are in seconds; capabilities are values of `SaleCapabilities`."""

    name: str
    encoding: Encoding = Encoding.XML
    version: Version = Version.V3_1
    """The version to write; reading takes any."""
    transport: Literal["http", "framed-tcp"] = "http"
    """framed-tcp: 4 bytes of length, big-endian, not counting themselves, then the message."""
    path: str = "/"
    """Where the terminal takes requests, and where it posts its own."""
    callback_path: str = ""
    """Where the terminal takes messages that answer an earlier exchange; empty: `path`."""
    content_type: str = "application/xml; charset=utf-8"
    headers: dict[str, str] = {}
    """More headers on our requests. `{callback_url}` stands for the listener's own URL."""
    default_port: int = 11000
    tls: bool = False
    crypto: Literal["nexo-crypto"] | None = None
    login: bool = True
    """Whether a session is begun with Login. Without one, every message names the version."""
    protocol_version_on: Literal["session", "all"] = "session"
    """Which requests carry ProtocolVersion: Login and Diagnosis only, or all."""
    full_capabilities: tuple[str, ...] = ()
    """Declared at login when the terminal shall send displays and questions."""
    light_capabilities: tuple[str, ...] = ()
    """Declared when the terminal shall only answer."""
    generic_profile: str = "Standard"
    service_profiles: tuple[str, ...] = ()
    terminal_environment: str = "Attended"
    response_timeout_s: float = 130.0
    """How long a payment may take before its result is asked for."""
    display_flag_absent: Literal["no_content", "respond"] = "respond"
    """How a display without ResponseRequiredFlag is answered; the schema's default is true."""
    input_reply: Literal["same_exchange", "acknowledge_then_post"] = "same_exchange"
    repeated_response_wrapped: bool = False
    """JSON: RepeatedResponseMessageBody stands around a repeated response."""
    running_conditions: tuple[str, ...] = ("InProgress",)
    """ErrorConditions of a status answer that prove that the request still runs."""
    receipt_format: Literal["text", "base64-json", "key-value", "xhtml"] = "text"
    maintenance_allowed_default: bool = False
    """MaintenanceAllowed of an ordinary logout."""


def profile_names() -> tuple[str, ...]:
    """The names that `profile` knows, sorted."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


@cache
def profile(name: str) -> Profile:
    """The profile of that name. Raises KeyError."""
    if name not in profile_names():
        raise KeyError(name)
    import tomllib  # noqa: PLC0415 not needed by those who only decode

    data = tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))
    return msgspec.convert({"name": name, **data}, Profile)
