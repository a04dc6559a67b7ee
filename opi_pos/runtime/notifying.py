"""`[notify.NAME]`: systems that are no terminal and tell of payments, each at a path of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from opi_pos.model.callbacks import Callback, Letter
from opi_pos.model.errors import ConfigurationError
from opi_pos.model.facts import Exchange
from opi_pos.model.ids import POIID, Reference
from opi_pos.ports import Inquirer, Receiver
from opi_pos.runtime.drivers import find_receiver
from opi_pos.runtime.inbox import TillInboxes

Find = Callable[[Reference], Awaitable[Sequence[Exchange]]]


class NotifySettings(msgspec.Struct, frozen=True, kw_only=True):
    """One table. `kind` names the receiver; keys that are not here belong to it (`options`)."""

    name: str
    kind: str
    find: Find
    token_file: str = ""
    """Holds the last part of the path; by default one that stays the same as the journal does."""
    options: Mapping[str, Any] = {}


def notify_settings(name: str, table: Mapping[str, Any], find: Find) -> NotifySettings:
    """Read one table. Raises `ConfigurationError` that names the key."""
    keys = dict(table)
    plain = {"kind": keys.pop("kind", name), "token_file": keys.pop("token_file", "")}
    for key, value in plain.items():
        if not isinstance(value, str):
            raise ConfigurationError(f"notify.{name}.{key}", "must be a text")
    return NotifySettings(name=name, find=find, options=keys, **plain)


def poi_id_of(name: str) -> POIID:
    """Under which the facts of a receiver stand in the journal."""
    return POIID(f"notify.{name}")


class Receivers:
    """The receivers of one till."""

    def __init__(self, inboxes: TillInboxes) -> None:
        self.inquirers: dict[POIID, Inquirer] = {}
        """Those that can be asked, by the id under which their letters stand."""
        self._inboxes = inboxes
        self._stack = AsyncExitStack()

    def open(self, tables: Mapping[str, Mapping[str, Any]], find: Find) -> None:
        """Take from now on what they tell. Raises `ConfigurationError` that names the key."""
        for name, table in tables.items():
            settings = notify_settings(name, table, find)
            receiver = find_receiver(settings.kind, f"notify.{name}.kind")(settings)
            self._stack.push_async_callback(receiver.close)
            if isinstance(receiver, Inquirer):
                self.inquirers[poi_id_of(name)] = receiver
            read = _reader(receiver)
            with named(f"notify.{name}."):
                token = read_token(settings.token_file) if settings.token_file else ""
                self._inboxes.receive(poi_id_of(name), read, token, ("GET", "POST"))

    async def close(self) -> None:
        """Close them all."""
        await self._stack.aclose()


@contextmanager
def named(where: str) -> Iterator[None]:
    """Put the name of the table before the key that an error names."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(where + error.key, error.problem) from None


def read_token(path: str) -> str:
    """The one word of a `token_file`."""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError("token_file", f"cannot be read: {error}") from None


def _reader(receiver: Receiver) -> Callable[[Callback, Sequence[Exchange]], Awaitable[Letter]]:
    async def read(callback: Callback, _: Sequence[Exchange]) -> Letter:
        return await receiver.read(callback)

    return read
