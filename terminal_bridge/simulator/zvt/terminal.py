"""The dialogue of a ZVT terminal, pure: master rights, T3, aborts, busy, and the running job.

Whatever happens comes in by a method; what must be done comes back as a list of effects. `now` is
Unix seconds. The shell in `station` carries the effects out.
"""

from __future__ import annotations

import msgspec

from opi_pos.model.errors import ProtocolError
from opi_pos.poi.books import Books, Movement
from opi_pos.poi.scenario import Choice, by_amount
from terminal_bridge.simulator.zvt.command import read_command
from terminal_bridge.simulator.zvt.customer import Customer
from terminal_bridge.simulator.zvt.dispatch import begin
from terminal_bridge.simulator.zvt.effects import Effect, Hang, Keep, Reboot, Record, Send, Wait
from terminal_bridge.simulator.zvt.fields import UnknownBitmapError
from terminal_bridge.simulator.zvt.job import PLAIN, Job, Twist
from terminal_bridge.simulator.zvt.machine import fire
from terminal_bridge.simulator.zvt.message import (
    ABORT_BY_TILL,
    REGISTRATION,
    Message,
    accepted,
    refused,
)
from terminal_bridge.simulator.zvt.profile import Busy, FinalAfter, PtProfile
from terminal_bridge.simulator.zvt.pt import Pt
from terminal_bridge.simulator.zvt.registration import Registration
from terminal_bridge.simulator.zvt.sequence import SequenceIds
from terminal_bridge.simulator.zvt.states import PtState
from terminal_bridge.simulator.zvt.steps import Pause, Procedure, Reaction, Say, Tell
from terminal_bridge.simulator.zvt.store import News, Store
from terminal_bridge.zvt.apdu import Apdu
from terminal_bridge.zvt.limits import MAX_SENDS, T2_S
from terminal_bridge.zvt.tables import errors


class ZvtTerminal:
    """Receives a till's messages. Books and store outlive a reboot, nothing else does."""

    def __init__(
        self,
        profile: PtProfile,
        books: Books,
        store: Store,
        *,
        choose: Choice = by_amount,
        customer: Customer | None = None,
    ) -> None:
        self.pt = Pt(profile, books, store, choose, customer)
        self.state = PtState.IDLE
        self._job: Job | None = None
        self._procedure: Procedure[None] | None = None
        self._token = 0
        self._closing: set[int] = set()
        """Links that can be hung up: TCP, not a serial line."""
        self._links: set[int] = set()
        self._sequence = SequenceIds()
        self._numbered = False
        """Whether the messages of this command bear sequence ids; a registration's do not."""
        self._told: Apdu | None = None
        """The command whose answer is awaited."""
        self._answer_s = 0.0
        self._said: Apdu | None = None
        """The last answer to a command, for a till that repeats it."""

    # -- links -------------------------------------------------------------------------------

    def link_up(self, link: int, *, closes: bool) -> None:
        """A till connected; `closes`: over a connection, not over the serial line."""
        self._links.add(link)
        if closes:
            self._closing.add(link)

    def link_lost(self, link: int, *, now: float) -> list[Effect]:
        """The connection broke. What runs for it goes on as far as it can."""
        self.pt.now = now
        self._links.discard(link)
        self._closing.discard(link)
        job = self._job
        if job is None or job.command.link != link:
            return []
        job.link_lost = True
        if self.state is PtState.AWAITING:
            fire(self, "till_silent")
            return self._go_on(None)
        if self.pt.profile.stops_on_lost_link:
            return self._stop(job)
        return []

    def delivered(self, link: int, apdu: Apdu) -> list[Effect]:
        """Serial: the till acknowledged a frame; its answer is due from now on."""
        waits = self.state is PtState.AWAITING and apdu is self._told
        if not waits or self._job is None or self._job.command.link != link:
            return []
        return [Wait(self._token, self._answer_s)]

    def sending_failed(self, link: int, *, now: float) -> list[Effect]:
        """Serial: the till never acknowledged a frame."""
        self.pt.now = now
        job = self._job
        if job is None or job.command.link != link or self.state is not PtState.AWAITING:
            return []
        return self._till_silent(job)

    # -- messages ----------------------------------------------------------------------------

    def received(
        self, link: int, apdu: Apdu, *, now: float, twist: Twist = PLAIN, busy: bool = False
    ) -> list[Effect]:
        """A message of the till; `busy`: refuse it as busy (a fault)."""
        self.pt.now = now
        if self.state is PtState.OFF:
            return []
        if apdu.is_answer:
            return self._answered(link, apdu)
        if self._numbered and self._sequence.repeats(apdu) and self._said is not None:
            return [Send(link, self._said)]
        self._sequence.hear(apdu)
        if busy:
            return [self._reply(link, refused(errors.BUSY))]
        return self._command(link, apdu, twist)

    def _command(self, link: int, apdu: Apdu, twist: Twist) -> list[Effect]:
        if apdu.control == ABORT_BY_TILL:
            return self._abort(link, deaf=twist.deaf_to_abort)
        ended = self._take_as_answer(link, apdu)
        if self._job is not None:
            return [*ended, *self._refuse_busy(link, apdu, self._job)]
        return [*ended, *self._begin(link, apdu, twist)]

    def _take_as_answer(self, link: int, apdu: Apdu) -> list[Effect]:
        """A command instead of the answer to 06 0F: the till saw it, or it could not be master. On
        another connection it may come before the end of the first one is seen.
        """
        job = self._job
        waits = job is not None and job.over and self.state is PtState.AWAITING
        if job is None or not waits:
            return []
        if job.command.link == link:
            self.pt.violated(apdu.control, "a command instead of the answer to 06 0F or 06 1E")
        fire(self, "till_silent")
        return self._go_on(None)

    def _answered(self, link: int, apdu: Apdu) -> list[Effect]:
        job = self._job
        if self.state is not PtState.AWAITING or job is None or job.command.link != link:
            self.pt.violated(apdu.control, "an answer that nobody waits for")
            return []
        fire(self, "till_answered")
        return self._go_on(apdu)

    def _refuse_busy(self, link: int, apdu: Apdu, job: Job) -> list[Effect]:
        """The terminal is master: the same till breaks the rules, another one comes too early."""
        if job.command.link == link:
            self.pt.violated(apdu.control, "a command while the terminal is master")
            return [self._reply(link, refused(errors.BUSY))]
        match self.pt.profile.busy:
            case Busy.BUSY:
                return [self._reply(link, refused(errors.BUSY))]
            case Busy.WAIT:
                return [self._reply(link, refused(errors.PLEASE_WAIT))]
            case Busy.HANG_UP:
                return [Hang(link)]
            case Busy.SILENT:
                return []

    def _begin(self, link: int, apdu: Apdu, twist: Twist) -> list[Effect]:
        self._numbered = self.pt.registration.sequence and apdu.control != REGISTRATION
        try:
            begun = begin(self.pt, read_command(link, apdu), twist)
        except UnknownBitmapError:
            return [self._reply(link, refused(errors.FUNCTION_NOT_POSSIBLE))]
        except ProtocolError:
            self.pt.violated(apdu.control, "a command that cannot be read")
            return [self._reply(link, refused(errors.PROTOCOL_ERROR))]
        if isinstance(begun, Message):
            return [self._reply(link, begun)]
        return self._start(begun)

    # -- the running job ---------------------------------------------------------------------

    def _start(self, job: Job) -> list[Effect]:
        fire(self, "begin")
        self._job = job
        self._procedure = self._carry_out(job)
        return self._go_on(None)

    def _carry_out(self, job: Job) -> Procedure[None]:
        """The answer first, and a moment later the rest: some tills take what comes in one read
        for one message.
        """
        if not job.answers_itself:
            yield Say(accepted())
            yield Pause(self.pt.profile.gap_s)
        yield from job.run()

    def elapsed(self, token: int, *, now: float) -> list[Effect]:
        """A wait is over; an older one means nothing."""
        self.pt.now = now
        job = self._job
        if token != self._token or job is None:
            return []
        if self.state is PtState.AWAITING:
            return self._till_silent(job)
        return self._go_on(job.stopped)

    def _till_silent(self, job: Job) -> list[Effect]:
        """T3 passed: the command counts as aborted, and most terminals hang up."""
        job.unheard = True
        fire(self, "till_silent")
        self.pt.violated(0, "no answer within T3")
        effects: list[Effect] = []
        if job.command.link in self._closing and self.pt.profile.closes_on_t3:
            self._links.discard(job.command.link)
            job.link_lost = True
            effects.append(Hang(job.command.link))
        return [*effects, *self._go_on(None)]

    def _go_on(self, reaction: Reaction) -> list[Effect]:
        job, procedure = self._job, self._procedure
        assert job is not None, "a job runs"
        assert procedure is not None, "a job runs"
        self._token += 1
        effects: list[Effect] = []
        while True:
            try:
                step = procedure.send(reaction)
            except StopIteration:
                self._end()
                return effects
            reaction = None
            match step:
                case Say(message):
                    effects.append(self._reply(job.command.link, message))
                case Tell() if job.command.link in self._links:
                    effects += self._tell(job, step)
                    return effects
                case Tell():
                    pass
                case Pause(seconds):
                    effects.append(Wait(self._token, seconds))
                    return effects
                case Reboot():
                    self._end()
                    effects.append(step)
                    return effects
                case _:
                    effects.append(step)

    def _tell(self, job: Job, step: Tell) -> list[Effect]:
        """Send and wait. On the serial line T3 begins with the till's ACK, so that a frame may be
        sent again meanwhile.
        """
        fire(self, "ask_till")
        self._answer_s = self.pt.profile.t3_s if step.wait_s is None else step.wait_s
        self._told = step.message.pack(self._sequence.next() if self._numbered else None)
        delivery_s = 0.0 if job.command.link in self._closing else T2_S * MAX_SENDS
        wait = Wait(self._token, self._answer_s + delivery_s)
        return [Send(job.command.link, self._told), wait]

    def _end(self) -> None:
        procedure, self._procedure, self._job = self._procedure, None, None
        if procedure is not None:
            procedure.close()
        self._token += 1
        fire(self, "end")

    def _reply(self, link: int, message: Message) -> Send:
        self._said = message.pack(self._sequence.heard if self._numbered else None)
        return Send(link, self._said)

    # -- aborts ------------------------------------------------------------------------------

    def _abort(self, link: int, *, deaf: bool) -> list[Effect]:
        """06 B0: taken while it can be; its 80 00 is never the end of the running command."""
        job = self._job
        if job is None:
            return [self._reply(link, accepted())]
        if not self.pt.profile.abort:
            return [self._reply(link, refused(errors.FUNCTION_NOT_POSSIBLE))]
        if not job.stoppable:
            return [self._reply(link, refused(self.pt.profile.abort_late))]
        if deaf:
            return [self._reply(link, accepted())]
        return [self._reply(link, accepted()), *self._stop(job)]

    def _stop(self, job: Job) -> list[Effect]:
        job.stopped = True
        if self.state is PtState.WORKING and job.stoppable:
            return [Wait(self._token, self.pt.profile.gap_s)]
        return []

    # -- power -------------------------------------------------------------------------------

    def cut_power(self) -> None:
        """Everything but books and store is gone."""
        procedure, self._procedure, self._job = self._procedure, None, None
        if procedure is not None:
            procedure.close()
        self._token += 1
        self._links.clear()
        self._closing.clear()
        self.pt.registration = Registration()
        self.pt.card = None
        self._sequence = SequenceIds()
        self._numbered = False
        self._said = None
        fire(self, "cut_power")

    def boot(self, *, now: float) -> list[Effect]:
        """The power is back."""
        fire(self, "boot")
        self.pt.started = True
        self.pt.updated = bool(self.pt.profile.after_update)
        return self.start(now=now)

    def start(self, *, now: float) -> list[Effect]:
        """Settle what was authorised and not yet final when the terminal went down."""
        self.pt.now = now
        return self._settle_pending()

    def _settle_pending(self) -> list[Effect]:
        pt = self.pt
        pending = pt.store.pending
        if pending is None:
            return []
        if pt.profile.final_after is FinalAfter.APPROVAL:
            return [Keep(pt.take(News(transaction=pending)))]
        return self._reverse(pending.id)

    def _reverse(self, transaction_id: str) -> list[Effect]:
        pt = self.pt
        entry = pt.books.find(transaction_id)
        if entry is None or pt.books.undone(transaction_id) >= entry.amount.minor:
            return [Keep(pt.take(News(dropped=transaction_id)))]
        numbers = pt.store.next_numbers()
        kept = Keep(pt.take(News(numbers=numbers)))
        rest = entry.amount.minor - pt.books.undone(transaction_id)
        undo = msgspec.structs.replace(
            entry,
            movement=Movement.REVERSAL,
            amount=entry.amount.with_minor(rest),
            transaction_id=f"{numbers.trace:06d}",
            original=transaction_id,
            automatic=True,
        )
        return [kept, Record(undo), Keep(pt.take(News(dropped=transaction_id)))]
