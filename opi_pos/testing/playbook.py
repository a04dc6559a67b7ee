"""A conversation with the rules as a test reads it: what happened `>>`, what is to be done `<<`.

    with Playbook(session) as play:
        play >> pay("A", order) << "record A sending: intent" << "send A #1 payment"
        play >> told("A", "1", Written()) << "note A written"
        play >> after(60) << ...

Effects are written as lines (see `line_of`). A mismatch raises an AssertionError that shows the
whole talk, with what was expected (`-`) and what came instead (`+`). `...` takes whatever comes.
What came and was not expected fails at the next event, or at the end of the `with`.

The idea is that of mitmproxy's playbooks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import EllipsisType, TracebackType
from typing import Self

from opi_pos.model.devices import EventKind
from opi_pos.model.facts import Exchange, Fact
from opi_pos.model.ids import ExchangeID, ServiceID
from opi_pos.model.news import Ended, News
from opi_pos.model.orders import MoneyOrder, Order
from opi_pos.model.results import Outcome
from opi_pos.session import effects as fx
from opi_pos.session.effects import Effect, Instant
from opi_pos.session.sale import SaleSession, Ticket

WALL = 1_800_000_000.0
"""Unix seconds at the playbook's second 0."""

Step = Callable[[SaleSession, Instant], list[Effect]]


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens to the rules: a line for the talk, and the call. Before it, time goes
    on by `wait_s` seconds, or, if that is None, until the rules want to be woken.
    """

    text: str
    step: Step
    wait_s: float | None = 0.0


class Playbook:
    """Drives one `SaleSession` and compares its effects, in order, with what the test expects."""

    def __init__(self, session: SaleSession, *, now: float = 0.0) -> None:
        self.session = session
        self.now = now
        self.talk: list[str] = []
        self._pending: list[str] = []

    @property
    def at(self) -> Instant:
        """The present moment."""
        return Instant(self.now, WALL + self.now)

    def __rshift__(self, happening: Happening) -> Self:
        self._nothing_left()
        if happening.wait_s is None:
            due = self.session.wake_at()
            assert due is not None, self._shown(["- the rules want to be woken"])
            self.now = max(self.now, due)
        else:
            self.now += happening.wait_s
        self.talk.append(f"{self.now:8.1f} >> {happening.text}")
        self._pending = [line_of(effect) for effect in happening.step(self.session, self.at)]
        return self

    def __lshift__(self, expected: str | EllipsisType) -> Self:
        if isinstance(expected, EllipsisType):
            self._take(len(self._pending))
            return self
        if self._pending[:1] != [expected]:
            came = [f"+ {line}" for line in self._pending] or ["+ nothing"]
            raise AssertionError(self._shown([f"- {expected}", *came]))
        self._take(1)
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._nothing_left()

    def _take(self, count: int) -> None:
        self.talk += [f"         <<   {line}" for line in self._pending[:count]]
        del self._pending[:count]

    def _nothing_left(self) -> None:
        if self._pending:
            raise AssertionError(self._shown([f"+ {line}" for line in self._pending]))

    def _shown(self, difference: Iterable[str]) -> str:
        return "\n".join(["the talk was:", *self.talk, *(f"         {d}" for d in difference)])


# --- what happens -----------------------------------------------------------------------------


def submit(exchange_id: str, order: Order) -> Happening:
    """A caller hands in an order."""

    def step(session: SaleSession, at: Instant) -> list[Effect]:
        ticket = Ticket(exchange_id=ExchangeID(exchange_id), order=order, queued_at=at.now)
        return session.submit(ticket, at)

    return Happening(f"submit {exchange_id} {_kind(order)}", step)


def told(exchange_id: str, service_id: str, news: News) -> Happening:
    """The driver tells of a command."""
    return Happening(
        f"{exchange_id} #{service_id} {_told(news)}",
        lambda session, at: session.told(ExchangeID(exchange_id), ServiceID(service_id), news, at),
    )


def told_status(exchange_id: str, news: News) -> Happening:
    """The driver tells what came of asking about an exchange."""
    return Happening(
        f"status of {exchange_id}: {_told(news)}",
        lambda session, at: session.told_status(ExchangeID(exchange_id), news, at),
    )


def told_login(news: News) -> Happening:
    """The driver tells what came of a login."""
    return Happening(f"login: {_told(news)}", lambda session, at: session.told_login(news, at))


def told_logout(news: News, *, maintenance_allowed: bool = False) -> Happening:
    """The driver tells what came of a logout."""
    return Happening(
        f"logout: {_told(news)}",
        lambda session, at: session.told_logout(news, at, maintenance_allowed=maintenance_allowed),
    )


def login(*, reset: bool = False) -> Happening:
    """A caller wants to be logged in."""
    text = "wish for a login" + (" that resets" if reset else "")
    return Happening(text, lambda session, at: session.login(at, reset=reset))


def logout() -> Happening:
    """A caller wants to be logged out."""
    return Happening("wish for a logout", lambda session, at: session.logout(at))


def abort(exchange_id: str | None = None) -> Happening:
    """Somebody wishes that an exchange stops."""
    whose = ExchangeID(exchange_id) if exchange_id is not None else None
    text = f"wish to stop {exchange_id or 'what runs'}"
    return Happening(text, lambda session, at: session.abort(whose, at))


def confirmed(exchange_id: str, accepted: bool | None) -> Happening:
    """The cashier's word on a signature."""
    return Happening(
        f"signature of {exchange_id}: {accepted}",
        lambda session, at: session.confirmed(ExchangeID(exchange_id), accepted, at),
    )


def resolve(exchange_id: str, outcome: Outcome) -> Happening:
    """A person decides about a doubt."""
    return Happening(
        f"a person says {exchange_id} was {outcome.value}",
        lambda session, at: session.resolve(
            ExchangeID(exchange_id), outcome, "kim", "looked at the terminal", at
        ),
    )


def seen(service_id: str) -> Happening:
    """A device request came within an exchange."""
    return Happening(
        f"device request within #{service_id}",
        lambda session, at: session.seen(ServiceID(service_id), at),
    )


def event(kind: EventKind) -> Happening:
    """The terminal reports an event."""
    return Happening(f"event {kind.value}", lambda session, at: session.event(kind, at))


def key_taken(exchange_id: str) -> Happening:
    """The journal refused an intent."""
    return Happening(
        f"the journal refuses {exchange_id}",
        lambda session, at: session.key_taken(ExchangeID(exchange_id), at),
    )


def restore(*rows: Exchange) -> Happening:
    """A process starts with these rows in its journal."""
    text = ", ".join(f"{row.exchange_id} {row.state}" for row in rows)
    return Happening(f"start with {text}", lambda session, at: session.restore(rows, at))


def after(seconds: float) -> Happening:
    """Time goes by, then the clock ticks."""
    return Happening("tick", lambda session, at: session.tick(at), seconds)


def when_due() -> Happening:
    """Time goes by until the rules want to be woken; fails if they never do."""
    return Happening("tick when due", lambda session, at: session.tick(at), None)


# --- as lines -----------------------------------------------------------------------------------


def line_of(effect: Effect) -> str:  # noqa: C901, PLR0911, PLR0912 - one line per effect
    """An effect as a playbook writes it."""
    match effect:
        case fx.Record(exchanges=rows, facts=facts):
            return _recorded(rows, facts)
        case fx.Note(fact=fact):
            return f"note {_fact(fact)}"
        case fx.Send(exchange_id=exchange_id, service_id=service_id, order=order):
            return f"send {exchange_id} #{service_id} {_kind(order)}"
        case fx.SendAbort(service_id=service_id, target=target):
            return f"send abort #{service_id} of #{target}"
        case fx.SendQuery(service_id=service_id, target=target):
            return f"send query #{service_id} about #{target}"
        case fx.SendLogin(service_id=service_id, integration=integration):
            return f"send login #{service_id} {integration.value}"
        case fx.SendLogout(service_id=service_id, maintenance_allowed=allowed):
            return f"send logout #{service_id}" + (" for maintenance" if allowed else "")
        case fx.AskSignature(exchange_id=exchange_id):
            return f"ask signature {exchange_id}"
        case fx.Finish(exchange_id=exchange_id, result=result):
            return f"finish {exchange_id} {result.outcome.value} by {result.proof.value}"
        case fx.FinishService(exchange_id=exchange_id, answer=answer):
            return f"finish {exchange_id} {answer.verdict.value}"
        case fx.FinishLogin(answer=answer, at_once=at_once):
            return f"finish login {answer.verdict.value}" + (" at once" if at_once else "")
        case fx.Alarm(exchange_id=exchange_id, kind=kind):
            return f"alarm {exchange_id} {kind}"
        case fx.ReserveServiceIDs():
            return "reserve service ids"


def _recorded(rows: Iterable[Exchange], facts: Iterable[Fact]) -> str:
    states = ", ".join(f"{row.exchange_id} {row.state}" for row in rows)
    kinds = ", ".join(_named(fact) for fact in facts)
    return f"record {states}: {kinds}" if states else f"record {kinds}"


def _fact(fact: Fact) -> str:
    return f"{fact.exchange_id} {_named(fact)}" if fact.exchange_id else _named(fact)


def _named(fact: Fact) -> str:
    return f"alarm {fact.data['alarm']}" if fact.kind == "alarm" else fact.kind


def _kind(order: Order) -> str:
    if isinstance(order, MoneyOrder):
        return order.operation.value
    return str(type(order).__struct_config__.tag)


def _told(news: News) -> str:
    if not isinstance(news, Ended):
        return type(news).__name__
    answer = news.answer
    return answer.verdict.value + (f" {answer.refusal.value}" if answer.refusal else "")
