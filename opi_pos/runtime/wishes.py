"""Abort wishes on their way to the command that they are for."""

from __future__ import annotations

import asyncio

from opi_pos.model.ids import ServiceID


class AbortWishes:
    """A mailbox that the command's own task reads, so nobody's task is cancelled (rule 7)."""

    def __init__(self) -> None:
        self._wishes: asyncio.Queue[ServiceID] = asyncio.Queue()

    def wish(self, service_id: ServiceID) -> None:
        """The abort carries `service_id`."""
        self._wishes.put_nowait(service_id)

    async def abort_wished(self) -> ServiceID:
        """Wait for the next wish."""
        return await self._wishes.get()
