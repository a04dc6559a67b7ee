"""The protocol's rules of an O.P.I. terminal: logins, one request at a time, abort, repetition.

Who carries a request out is not known here. The card side (a simulated cardholder, or a real
terminal behind a face) takes a request that `begin` admitted and reports `authorise` and `end`.
"""

from __future__ import annotations

from typing import Final, get_args

from opi_pos.model.devices import Display, PrintJob, Progress, Question
from opi_pos.model.ids import DeviceID, SaleID
from opi_pos.poi.opi.answers import PlainAnswer, Repeatable, Result, StateAnswer
from opi_pos.poi.opi.effects import Answer, Effect, Keep, RepeatAnswer, Reply, Send
from opi_pos.poi.opi.kept import Kept, Memory
from opi_pos.poi.opi.machine import PoiState, fire
from opi_pos.poi.opi.profile import DeviceIds, PoiProfile
from opi_pos.poi.opi.requests import Abort, Header, Login, Logoff, Slips

MAX_TILLS: Final = 64
"""Workstations that may be logged in at one time (rule 12); the oldest login goes."""
_NOT_KEPT: Final = frozenset(
    {
        Result.BUSY,
        Result.LOGGED_OUT,
        Result.DEVICE_UNAVAILABLE,
        Result.FORMAT_ERROR,
        Result.VALIDATION_ERROR,
        Result.MISSING_MANDATORY_DATA,
        Result.NOT_SUPPORTED,
        Result.PRINT_LAST_TICKET,
    }
)
_UNLOGGED: Final = Slips()


class Terminal:
    """Feed it requests; do what it returns, in order. Time is handed in (Unix seconds)."""

    def __init__(self, profile: PoiProfile, memory: Memory) -> None:
        self.profile = profile
        self.memory = memory
        self.state = PoiState.IDLE
        self.running: Header | None = None
        self.unprinted: Kept | None = None
        """A payment whose slip did not come out at the till."""
        self.unavailable_until = 0.0
        self._tills: dict[SaleID, Slips] = {}
        self._device_ids = 0
        self._sequence = 0
        self._idle_aborts = 0

    # -- logins ------------------------------------------------------------------------------

    @property
    def logged_in(self) -> tuple[SaleID, ...]:
        """The workstations with a login."""
        return tuple(self._tills)

    def slips_of(self, workstation_id: SaleID) -> Slips:
        """What a till prints and checks."""
        return self._tills.get(workstation_id, _UNLOGGED)

    def login(self, header: Header, request: Login) -> list[Effect]:
        """A second login is always taken, and disturbs nothing that runs."""
        known = header.workstation_id in self._tills
        self._tills.pop(header.workstation_id, None)
        while len(self._tills) >= MAX_TILLS:
            del self._tills[next(iter(self._tills))]
        self._tills[header.workstation_id] = request.slips
        result = Result.SUCCESS
        if request.activates:
            result = Result.ALREADY_ACTIVATED if known else Result.ACTIVATED
        return [Reply(to=header, answer=PlainAnswer(result=result))]

    def logoff(self, header: Header, request: Logoff) -> list[Effect]:
        """Close the workstation's session, unless its request still runs."""
        if self.running is not None and self.running.workstation_id == header.workstation_id:
            busy = PlainAnswer(result=Result.BUSY, text="a request is still carried out")
            return [Reply(to=header, answer=busy)]
        known = self._tills.pop(header.workstation_id, None) is not None
        result = Result.SUCCESS
        if request.deactivates:
            result = Result.DEACTIVATED if known else Result.ALREADY_DEACTIVATED
        return [Reply(to=header, answer=PlainAnswer(result=result))]

    def close_sessions(self) -> None:
        """The day was closed, where that logs off."""
        self._tills.clear()

    def reboot(self) -> None:
        """The power was cut: logins and what ran are gone, the memory stays."""
        fire(self, "reboot")
        self.running = None
        self._tills.clear()

    # -- guards ------------------------------------------------------------------------------

    def refuse(self, header: Header, *, now: float) -> PlainAnswer | None:
        """Why a request cannot be carried out now; None when it can."""
        outside = self.outside_session(header)
        if outside is not None:
            return outside
        if self.state is not PoiState.IDLE:
            return PlainAnswer(result=Result.BUSY, text="another request is carried out")
        if now < self.unavailable_until:
            text = "too many aborts with nothing to stop"
            return PlainAnswer(result=Result.DEVICE_UNAVAILABLE, text=text)
        return None

    def outside_session(self, header: Header) -> PlainAnswer | None:
        """LoggedOut for a workstation without a login."""
        if not self.profile.login_needed or header.workstation_id in self._tills:
            return None
        return PlainAnswer(result=Result.LOGGED_OUT)

    def unprinted_ticket(self) -> PlainAnswer | None:
        """Where a slip that was not printed holds up the next payment."""
        if self.unprinted is None or not self.profile.print_last_ticket:
            return None
        return PlainAnswer(result=Result.PRINT_LAST_TICKET)

    # -- what passes a running request -------------------------------------------------------

    def diagnose(self, header: Header) -> list[Effect]:
        """How the terminal is; allowed at any time, without a login too."""
        if self.state is not PoiState.IDLE:
            state = "BUSY"
        elif self.outside_session(header) is not None:
            state = "LOGGED_OUT"
        elif self.unprinted_ticket() is not None:
            state = "REPRINT_TICKET"
        else:
            state = "IDLE"
        return [Reply(to=header, answer=StateAnswer(result=Result.SUCCESS, state=state))]

    def repeat(self, header: Header) -> list[Effect]:
        """The last message of this workstation; Busy while its request still runs [inferred]."""
        return [Reply(to=header, answer=self._last_of(header))]

    def _last_of(self, header: Header) -> Answer:
        outside = self.outside_session(header)
        if outside is not None:
            return outside
        running = self.running
        if running is not None and running.workstation_id == header.workstation_id:
            return PlainAnswer(result=Result.BUSY, text="the request is still carried out")
        kept = self.memory.last(header.workstation_id, header.family)
        if kept is None:
            return PlainAnswer(result=Result.FAILURE, text="there is no last message")
        return RepeatAnswer(kept=kept)

    def abort(self, header: Header, request: Abort, *, now: float) -> tuple[list[Effect], bool]:
        """Take a wish to stop. True: it means the running request, and the card side must know.

        Success only says that it was taken; the running request's own answer is the outcome.
        """
        outside = self.outside_session(header)
        if outside is not None:
            return [Reply(to=header, answer=outside)], False
        running = self.running
        if running is not None and running.workstation_id == header.workstation_id:
            named = request.request_id
            if not named or named == running.request_id:
                taken = PlainAnswer(result=Result.SUCCESS)
                return [Reply(to=header, answer=taken)], True
        self._count_idle_abort(now)
        answer = PlainAnswer(result=Result.FAILURE, text="there is nothing to stop")
        return [Reply(to=header, answer=answer)], False

    def _count_idle_abort(self, now: float) -> None:
        self._idle_aborts += 1
        limit = self.profile.idle_aborts
        if limit is not None and self._idle_aborts >= limit:
            self._idle_aborts = 0
            self.unavailable_until = now + self.profile.unavailable_s

    # -- one request at a time ---------------------------------------------------------------

    def begin(self, header: Header) -> None:
        """A request that `refuse` let pass begins."""
        fire(self, "begin")
        self.running = header
        self._sequence = 0
        self._idle_aborts = 0

    def authorise(self) -> None:
        """The point of no return: an abort comes too late from here."""
        fire(self, "authorise")

    @property
    def stoppable(self) -> bool:
        """Whether an abort can still stop the running request."""
        return self.state is PoiState.IN_SERVICE

    def end(self, answer: Answer) -> list[Effect]:
        """The running request ended: keep its answer if it is one to repeat, and give it."""
        fire(self, "end")
        header = self.running
        assert header is not None, "a request runs in this state"
        self.running = None
        effects: list[Effect] = [Reply(to=header, answer=answer)]
        if isinstance(answer, get_args(Repeatable)) and answer.result not in _NOT_KEPT:
            effects.insert(0, Keep(kept=Kept(header=header, answer=answer)))
        return effects

    # -- towards the till --------------------------------------------------------------------

    def send(
        self, body: Display | Question | PrintJob, about: Header, *, awaited: bool = True
    ) -> Send:
        """A device request about a request of the till."""
        self._device_ids += 1
        self._sequence += 1
        wait_s = self.profile.device_timeout_s
        if isinstance(body, Question):
            wait_s = body.max_s or self.profile.question_timeout_s
        return Send(
            device_id=DeviceID(str(self._device_ids)),
            request_id=self._request_id(about),
            sequence=self._sequence,
            about=about,
            body=body,
            awaited=awaited,
            deadline_s=wait_s,
        )

    def _request_id(self, about: Header) -> str:
        match self.profile.device_ids:
            case DeviceIds.ECHOED:
                return about.request_id
            case DeviceIds.COUNTED:
                return str(self._device_ids)
            case DeviceIds.SUFFIXED:
                return f"{about.request_id}.{self._sequence}"

    def show(self, line: str, progress: Progress, about: Header) -> Send:
        """One line on the cashier's display."""
        return self.send(Display(lines=(line,), progress=progress), about)
