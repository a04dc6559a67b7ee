"""The protocol's rules of a nexo terminal: sessions, one service at a time, status, abort.

Who carries a service out is not known here. The card side (a simulated cardholder, or a real
terminal behind a face) takes a service that `begin` admitted and reports `authorise` and `end`.
"""

from __future__ import annotations

from typing import Final

from opi_pos.model.devices import Display, Event, EventKind, Progress
from opi_pos.model.ids import POIID, DeviceID, SaleID
from opi_pos.poi.nexo import texts
from opi_pos.poi.nexo.answers import (
    SUCCESS,
    Answer,
    Condition,
    DiagnosisAnswer,
    Kept,
    LoginAnswer,
    PlainAnswer,
    Repeatable,
    Response,
    StatusAnswer,
)
from opi_pos.poi.nexo.effects import DeviceBody, Effect, Keep, Reject, Reply, Send
from opi_pos.poi.nexo.machine import RUNNING, fire
from opi_pos.poi.nexo.memory import Memory
from opi_pos.poi.nexo.profile import PoiProfile, SecondLogin
from opi_pos.poi.nexo.requests import (
    Abort,
    Diagnosis,
    EnableService,
    Header,
    Login,
    Logout,
    Reference,
    TransactionStatus,
)
from opi_pos.poi.nexo.states import PoiState

MAX_DEVICE_ID: Final = 10**9
_NEVER: Final = (SaleID(""), POIID(""))


class Terminal:
    """Feed it requests; do what it returns, in order. Time is handed in (Unix seconds)."""

    def __init__(self, profile: PoiProfile, memory: Memory) -> None:
        self.profile = profile
        self.memory = memory
        self.state = PoiState.LOGGED_OUT
        self.running: Header | None = None
        self.full = False
        """Whether this session's till takes requests."""
        self.capabilities: frozenset[str] = frozenset()
        self.maintenance_due = False
        self.busy_until = 0.0
        """Unix seconds until which the terminal is busy with its hosts after a login."""
        self._session: tuple[SaleID, POIID] = _NEVER
        self._since = ""
        self._devices = 0
        self._last: Header | None = None
        self._leaving = False
        self._close_session("")

    @property
    def logged_in(self) -> tuple[SaleID, ...]:
        """The tills with a session."""
        return () if self._session == _NEVER else (self._session[0],)

    # -- sessions ----------------------------------------------------------------------------

    def login(self, header: Header, request: Login, *, now: float) -> list[Effect]:
        """Open a session, or tell why not. The card side must have ended what could be ended."""
        response = self.login_refused(header)
        if response is not None:
            answer = LoginAnswer(response=response, time=texts.stamp(now), global_status="Busy")
            return [Reply(to=header, answer=answer)]
        fire(self, "login")
        self._session = header.session
        self.capabilities = request.capabilities
        self.full = any(not name.startswith("Printer") for name in request.capabilities)
        answer = LoginAnswer(response=SUCCESS, time=texts.stamp(now))
        self._last = header
        self.busy_until = now + self.profile.busy_after_login_s
        waiting = self.show("Please wait", Progress.TERMINAL_BUSY)
        return [Reply(to=header, answer=answer), *waiting, *self.welcome()]

    def login_refused(self, header: Header) -> Response | None:
        """Why a login would be refused now."""
        if self.state is PoiState.MAINTENANCE:
            return texts.busy(None, "maintenance")
        if self.state in RUNNING and not self.stoppable:
            return texts.busy(self.running, "authorising")
        refuses = self.profile.second_login is SecondLogin.REFUSED
        if refuses and self._session not in (_NEVER, header.session):
            text = f"Session of {self._session[0]} is open"
            return Response(condition=Condition.NOT_ALLOWED, text=text)
        return None

    def logout(self, header: Header, request: Logout, *, now: float) -> list[Effect]:
        """Close the session; a maintenance that is due begins if it may."""
        fire(self, "logout")
        effects: list[Effect] = [Reply(to=header, answer=PlainAnswer(response=SUCCESS))]
        if self.maintenance_due and request.maintenance_allowed:
            fire(self, "begin_maintenance")
            effects += self.tell(EventKind.MAINTENANCE_BEGUN, "BeginMaintenance")
        self._close_session(f" since its logout at {texts.stamp(now)}")
        return effects

    def end_maintenance(self) -> list[Effect]:
        """The maintenance is over; the till may log in again."""
        fire(self, "end_maintenance")
        self.maintenance_due = False
        return self.tell(EventKind.MAINTENANCE_ENDED, "EndMaintenance")

    def leave(self) -> None:
        """The till is gone: close the session, at the end of what runs if something does."""
        self._leaving = self.state in RUNNING
        if not self._leaving and self._session != _NEVER:
            fire(self, "logout")
            self._close_session(" since its connection broke")

    def reboot(self, *, now: float) -> None:
        """The power was cut: the session and what ran are gone, the memory stays."""
        fire(self, "reboot")
        self._leaving = False
        self.running = None
        self._close_session(f" since a restart at {texts.stamp(now)}")

    def _close_session(self, since: str) -> None:
        self._session = _NEVER
        self._since = since
        if not self.profile.login_needed and self.state is PoiState.LOGGED_OUT:
            fire(self, "wake")

    # -- guards ------------------------------------------------------------------------------

    def refuse(self, header: Header, *, now: float) -> Response | None:
        """Why a request cannot be served now; None when it can.

        Its ServiceID is spent either way: the till goes on with another one, and a copy that the
        network brings later must not begin what was refused.
        """
        repeated = self.memory.repeated(header)
        response = self.outside_session(header)
        if response is not None:
            return response
        if repeated:
            return texts.repeated(header)
        if self.state in RUNNING:
            return texts.busy(self.running)
        if now < self.busy_until:
            return texts.busy(None, "logging on to the hosts")
        return None

    def outside_session(self, header: Header) -> Response | None:
        """LoggedOut or NotAllowed for a till without a session."""
        if not self.profile.login_needed or header.session == self._session:
            return None
        return texts.no_session(self.profile.before_login, header, self._since)

    # -- what passes a running service -------------------------------------------------------

    def diagnosis(self, header: Header, request: Diagnosis, *, printer_ok: bool) -> list[Effect]:
        """How the terminal is; allowed at any time, without a session too."""
        answer = DiagnosisAnswer(
            response=SUCCESS,
            logged_in=self.logged_in,
            global_status=self.global_status,
            host_reachable=True if request.host else None,
            acquirers=request.acquirers,
            printer_ok=printer_ok,
        )
        return [Reply(to=header, answer=answer)]

    @property
    def global_status(self) -> str:
        """GlobalStatus of POIStatus."""
        if self.state is PoiState.MAINTENANCE:
            return "Maintenance"
        return "Busy" if self.state in RUNNING else "OK"

    def status(self, header: Header, request: TransactionStatus) -> list[Effect]:
        """Repeat the answer that is meant: by reference, else the last one of this till."""
        return [Reply(to=header, answer=self._find_status(header, request.reference))]

    def _find_status(self, header: Header, reference: Reference | None) -> StatusAnswer:
        refusal = self.outside_session(header)
        if refusal is not None:
            return StatusAnswer(response=refusal, reference=reference)
        if reference is not None:
            reference = reference.seen_by(header)
        running = self.running
        if running is not None and (reference is None or reference.names(running)):
            response = texts.uncompleted(self.profile.running, running)
            return StatusAnswer(response=response, reference=Reference.to(running))
        if reference is None:
            kept = self.memory.last(header.session)
        else:
            kept = self.memory.find(reference)
        if kept is None:
            text = texts.unknown_message(self._last)
            response = Response(condition=Condition.NOT_FOUND, text=text)
            return StatusAnswer(response=response, reference=reference)
        return StatusAnswer(response=SUCCESS, reference=Reference.to(kept.header), repeated=kept)

    def abort(self, header: Header, request: Abort) -> tuple[list[Effect], bool]:
        """Take a wish to stop. True: it means the running service, and the card side must know.

        An abort gets no response. One that names nothing is rejected by an event, one that comes
        after the end is told so by another.
        """
        reply = Reply(to=header)
        running, wanted = self.running, request.reference.seen_by(header)
        if running is not None and wanted.names(running):
            return [reply], True
        kept = self.memory.find(wanted)
        if kept is not None:
            return [reply, *self.tell(EventKind.COMPLETED, "Completed", about=kept.header)], False
        return [self.reject(header, texts.unknown_message(self._last))], False

    def reject(self, to: Header, details: str, rejected: bytes = b"") -> Reject:
        """Event Reject: to the till's door where it has one, else in the body of its exchange."""
        known = to if to.poi_id else self._last or to
        return Reject(to=known, details=details, rejected=rejected, in_body=not self.full)

    # -- one service at a time ---------------------------------------------------------------

    def begin(self, header: Header) -> None:
        """A service that `refuse` let pass begins."""
        fire(self, "begin")
        self.running = self._last = header

    def authorise(self) -> None:
        """The point of no return: an abort comes too late from here."""
        fire(self, "authorise")

    @property
    def asks_signature(self) -> bool:
        """Whether the till can be asked for a signature; else it checks it by itself."""
        return self.full and "CashierInput" in self.capabilities

    @property
    def stoppable(self) -> bool:
        """Whether an abort can still stop the running service."""
        return self.state is PoiState.IN_SERVICE

    def end(self, answer: Answer) -> list[Effect]:
        """The running service ended: keep its answer if it can be repeated, give it, be idle."""
        fire(self, "end")
        header = self.running
        assert header is not None, "a service runs in this state"
        self.running = None
        effects: list[Effect] = [Reply(to=header, answer=answer)]
        if isinstance(answer, Repeatable):
            effects.insert(0, Keep(kept=Kept(header=header, answer=answer)))
        if self._leaving:
            self.leave()
            return effects
        return [*effects, *self.welcome()]

    def enable(self, header: Header, request: EnableService) -> list[Effect]:
        """Let a card be read ahead of the payment, or give that up."""
        fire(self, "enable" if request.start else "disable")
        answer = PlainAnswer(response=SUCCESS)
        return [Reply(to=header, answer=answer), *([] if request.start else self.welcome())]

    # -- towards the till --------------------------------------------------------------------

    def device_header(self, category: str, about: Header) -> Header:
        """The header of a device request: the service's ids and a DeviceID of its own."""
        self._devices = self._devices % MAX_DEVICE_ID + 1
        return Header(
            category=category,
            service_id=about.service_id,
            device_id=DeviceID(str(self._devices)),
            sale_id=about.sale_id,
            poi_id=about.poi_id,
        )

    def send(
        self, body: DeviceBody, category: str, about: Header, *, awaited: bool, deadline_s: float
    ) -> Send:
        """A device request about a service."""
        header = self.device_header(category, about)
        return Send(header=header, body=body, awaited=awaited, deadline_s=deadline_s)

    def show(self, line: str, progress: Progress) -> list[Effect]:
        """A display outside any service; nothing for a till in light integration."""
        display = Display(lines=(line,), progress=progress, kind="Status")
        return self._volunteer(display, "Display", None)

    def welcome(self) -> list[Effect]:
        """The idle text."""
        return self.show("Welcome", Progress.IDLE)

    def tell(
        self, kind: EventKind, name: str, details: str = "", about: Header | None = None
    ) -> list[Effect]:
        """An event; nothing for a till in light integration."""
        return self._volunteer(Event(kind=kind, name=name, details=details), "Event", about)

    def _volunteer(self, body: DeviceBody, category: str, about: Header | None) -> list[Effect]:
        """Outside a service the ids are those of the last one [inferred]."""
        to = about or self._last
        if not self.full or to is None:
            return []
        deadline_s = self.profile.device_timeout_s
        return [self.send(body, category, to, awaited=False, deadline_s=deadline_s)]
