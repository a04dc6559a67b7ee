"""One foreign till: its login, what runs for it, and the way to its own door."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from listener.faces.nexo.outbox import Outbox
from listener.faces.nexo.service import Service
from opi_pos.model.ids import Reference
from opi_pos.poi.nexo.answers import Answer
from opi_pos.poi.nexo.effects import Effect, Reply, Send
from opi_pos.poi.nexo.machine import fire
from opi_pos.poi.nexo.requests import Header
from opi_pos.poi.nexo.terminal import Terminal
from opi_pos.wire import nexo


class TillSession:
    """A till as the face knows it."""

    def __init__(self, rules: Terminal) -> None:
        self.rules = rules
        self.outbox: Outbox | None = None
        """None while nobody knows where the till's door is."""
        self.encoding = nexo.Encoding.XML
        """Of the till's last message."""
        self.service: Service | None = None
        """What runs within this session."""
        self._token = secrets.token_hex(4)

    @property
    def can_ask(self) -> bool:
        """Whether the till takes questions of ours."""
        return self.rules.asks_signature and self.outbox is not None

    def takes(self, capabilities: Iterable[str]) -> bool:
        """Whether the till logged in with one of these SaleCapabilities."""
        return self.rules.full and not self.rules.capabilities.isdisjoint(capabilities)

    def renew(self) -> None:
        """A login: ServiceIDs begin anew, so keys must differ from those before."""
        self._token = secrets.token_hex(4)

    def key(self, header: Header) -> Reference:
        """The face's own key for one request: readable, and never the foreign id alone."""
        return Reference(f"{header.sale_id}.{header.service_id}.{self._token}")

    # --- what runs ------------------------------------------------------------------------------

    def end(self, answer: Answer | None) -> Sequence[Effect]:
        """The rules' end of the service that runs; some device requests end without an answer."""
        self.service = None
        if answer is not None:
            return self.rules.end(answer)
        header = self.rules.running
        assert header is not None, "a service ran"
        self.detach()
        return [Reply(to=header)]

    def detach(self) -> None:
        """The session is idle again; what ran goes on without it."""
        self.service = None
        if self.rules.running is not None:
            fire(self.rules, "end")
            self.rules.running = None

    def replied(self, effects: Iterable[Effect]) -> None:
        """The till's exchange got its answer; what else the rules want to be sent goes after it."""
        if self.outbox is None:
            return
        self.outbox.mark_reply()
        for effect in effects:
            if isinstance(effect, Send):
                self.outbox.put(effect)
