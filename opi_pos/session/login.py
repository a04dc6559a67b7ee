"""The login of a session: tried again while the terminal is busy, bounded."""

from __future__ import annotations

from dataclasses import dataclass

from opi_pos.model.news import Answer, Refusal, Verdict
from opi_pos.session.effects import Instant
from opi_pos.session.machine import SESSION, move
from opi_pos.session.states import SessionState as S
from opi_pos.session.terms import Terms, retry_delay_s


@dataclass(slots=True)
class Session:
    """Whether this Sale System is logged in at this POI."""

    terms: Terms
    state: S = S.CLOSED
    tries: int = 0
    busy_until: float | None = None
    retry_at: float | None = None
    wanted: int = 0
    """How many callers asked for a login and wait to be told."""

    @property
    def ready(self) -> bool:
        """An order may be sent. A terminal without sessions is always ready."""
        return not self.terms.capabilities.login or self.state is S.READY

    def may_try(self, at: Instant) -> bool:
        """Whether a login may be sent now."""
        return self.state is not S.LOGGING_IN and (self.retry_at is None or at.now >= self.retry_at)

    def begin(self, at: Instant) -> None:
        """A login leaves now."""
        move(SESSION, self, "login")
        self.tries += 1
        self.retry_at = None
        if self.busy_until is None:
            self.busy_until = at.now + self.terms.busy_s

    def told(self, answer: Answer, at: Instant) -> bool | None:
        """Take the answer: True is logged in, False is refused for good, None is later again."""
        if answer.verdict is Verdict.APPROVED:
            move(SESSION, self, "login_accepted")
            self._forget_tries()
            return True
        move(SESSION, self, "login_refused")
        again_at = at.now + retry_delay_s(self.tries)
        busy = answer.refusal is Refusal.BUSY
        if busy and self.busy_until is not None and again_at <= self.busy_until:
            self.retry_at = again_at
            return None
        self._forget_tries()
        return False

    def lost(self) -> None:
        """The terminal says that it has no session with us."""
        move(SESSION, self, "session_lost")

    def _forget_tries(self) -> None:
        self.tries = 0
        self.busy_until = None
        self.retry_at = None
