"""What a listener is told: where to listen, for whom, and how its terminals speak.

It stands here, below both the runtime that fills it in and the listener that reads it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from opi_pos.http.limits import Limits
from opi_pos.http.tls import ServerTLS
from opi_pos.model.callbacks import Callback, CallbackAnswer
from opi_pos.model.ids import POIID

if TYPE_CHECKING:
    from opi_pos.wire.nexo.crypto import NexoCrypto

DEFAULT_PORT: Final = 11000
"""Where Swedbank's terminals expect the till."""

DEFAULT_PROFILES: Final = ("swedbank", "westpay")
"""Whose paths are served when nothing is configured: XML and JSON are understood at both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenConfig:
    """`[listen]`.

    `port` 0 takes a free one. `peers`: addresses and networks that may come in, none means all.
    `tokens`: when there are any, every request carries one, as the first part of its path or as a
    bearer token. A `host` beyond loopback needs one of the two.

    `profiles` name the dialects whose paths are served; of two with the same path the first counts
    for terminals of which nothing else is known. `profile_of` gives the dialect of a terminal,
    `reply_url` where an answer is posted to a terminal that wants it posted, and `crypto_of` the
    keys of a terminal that protects its messages: clear ones of it are refused then. `callbacks`
    takes what comes below `/callback/` (the last part of the path, the request).
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    peers: tuple[str, ...] = ()
    tokens: tuple[str, ...] = field(default=(), repr=False)
    tls: ServerTLS | None = None
    profiles: tuple[str, ...] = DEFAULT_PROFILES
    profile_of: Callable[[POIID], str | None] | None = None
    reply_url: Callable[[POIID], str | None] | None = None
    crypto_of: Callable[[POIID], NexoCrypto | None] | None = None
    callbacks: Callable[[str, Callback], Awaitable[CallbackAnswer]] | None = None
    limits: Limits = field(default_factory=Limits)
