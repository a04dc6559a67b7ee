"""A terminal that another process drives: orders go through the mailbox in the journal."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from typing import Any, Protocol

import msgspec

from opi_pos.model.errors import CapabilityError, OpiPosError, ReferenceUsedError
from opi_pos.model.facts import Mail
from opi_pos.ports import Journal
from opi_pos.runtime.clock import SystemClock
from opi_pos.runtime.config import PoiSettings

LOOK_EVERY_S = 0.1
"""How often the guest looks for its answer, and tells that it still waits."""
ALIVE_S = 5.0
"""The owner drops an order whose sender has not been heard of for so long."""


class Heir(Protocol):
    """Who takes the terminal over when its owner is gone."""

    async def take_over(self) -> bool: ...


class Guest:
    """Asks the owner of one terminal."""

    def __init__(self, settings: PoiSettings, journal: Journal) -> None:
        self._settings = settings
        self._journal = journal
        self._clock = SystemClock()

    async def ask(self, kind: str, body: dict[str, Any], heir: Heir) -> dict[str, Any] | None:
        """Post and wait for the answer. None: the owner is gone and `heir` drives the terminal
        now; what the owner had begun is in the journal and recovered there.
        """
        mail = self._mail(kind, body)
        await self._journal.post(mail)
        while True:
            alive_until = self._clock.wall() + ALIVE_S
            now = await self._journal.renew_mail(mail.mail_id, alive_until)
            if now is not None and now.state == "answered":
                return _unpack(now.answer or {})
            if await heir.take_over():
                await self._journal.answer_mail(mail.mail_id, state="withdrawn")
                return None
            await asyncio.sleep(LOOK_EVERY_S)

    def _mail(self, kind: str, body: dict[str, Any]) -> Mail:
        now = self._clock.wall()
        return Mail(
            mail_id=secrets.token_hex(16),
            poi_id=self._settings.poi_id,
            kind=kind,
            body=msgspec.to_builtins(body),
            sender=f"{socket.gethostname()} pid {os.getpid()} ({self._settings.sale_id})",
            posted_at=now,
            alive_until=now + ALIVE_S,
        )


def _unpack(answer: dict[str, Any]) -> dict[str, Any]:
    match answer.get("error"):
        case None:
            return answer
        case "reference_used":
            raise ReferenceUsedError(answer["reference"], _bare(answer))
        case "capability":
            raise CapabilityError(answer["reference"], _bare(answer))
        case _:
            raise OpiPosError(answer["text"])


def _bare(answer: dict[str, Any]) -> str:
    """The error's sentence without what its class adds again."""
    text: str = answer["text"]
    reference = answer["reference"]
    return text.removeprefix(f"reference {reference!r}: ").removesuffix(
        f" (capability: {reference})"
    )
