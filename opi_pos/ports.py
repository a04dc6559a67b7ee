"""What the runtime needs from outside. Drivers, journals, buses and listeners implement these."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from opi_pos.model.callbacks import Callback, CallbackAnswer, Letter
from opi_pos.model.capabilities import Capabilities
from opi_pos.model.devices import DeviceAnswer, DeviceRequest, Display, Event, PrintJob, Question
from opi_pos.model.facts import Exchange, Fact, Key, Mail, StoredFact
from opi_pos.model.ids import POIID, ExchangeID, Reference, SaleID, ServiceID
from opi_pos.model.news import News
from opi_pos.model.orders import Command, Integration


class Clock(Protocol):
    """Two times, so that nobody mixes them up."""

    def now(self) -> float:
        """Monotonic seconds, for deadlines."""
        ...

    def wall(self) -> float:
        """Unix seconds, for people and the journal."""
        ...


class Wishes(Protocol):
    """What the till asks of a command that is being carried out. An abort is an input to the
    command's own task, so nobody's task is cancelled (rule 7).
    """

    async def abort_wished(self) -> ServiceID:
        """Return when an abort is wished, with the service id that the abort carries.

        Every call waits for the next wish; a wish that was repeated is returned again.
        """
        ...


class Driver(Protocol):
    """Talks to one terminal. It yields what happened; the rules decide what it means."""

    @property
    def capabilities(self) -> Capabilities: ...

    def carry_out(
        self, command: Command, wishes: Wishes
    ) -> AsyncGenerator[News, DeviceAnswer | None]:
        """Carry out one command and tell what happened, ending after `Ended`, `NotKnown`,
        `NoSession` or `NoAnswer`.

        Resuming the generator after a `yield` means: that is durable, you may answer the terminal.
        `DeviceAsked` gets its answer by `asend`. An `AskStatus`, and a `Login` that resets, may
        run beside another command. Closing the generator closes its connection.
        """
        ...

    async def close(self) -> None:
        """Close what is open. The terminal may keep running a payment."""
        ...


class DeviceDoor(Protocol):
    """Where a terminal's requests enter the till, from a listener or from a driver."""

    def knows(self, poi_id: POIID) -> bool:
        """Whether this till has such a terminal."""
        ...

    async def device_request(self, request: DeviceRequest) -> DeviceAnswer | None:
        """Hand in one request. Displays and events return at once and never wait for a disk; a
        print returns when it is durable (and printed, if the job waits); a question returns when
        somebody or the deadline answered. None: no answer is wanted.
        """
        ...

    async def announce(self, poi_id: POIID, host: str, port: int, peer: str) -> bool:
        """A terminal tells its address (nexo TransmitRequest). False when it is not believed."""
        ...


ReadCallback = Callable[[Callback], Awaitable[Letter]]
"""Makes a letter of a callback that came to the path of one exchange. Raises `ProtocolError`."""

ReadForTerminal = Callable[[Callback, Sequence[Exchange]], Awaitable[Letter]]
"""Makes a letter of a callback that came to a terminal's own path, and says which one of the open
exchanges (of that terminal, oldest first) it is for, or which ended one the driver asks about just
now: never a guess. Raises `ProtocolError`.
"""


class Letterbox(Protocol):
    """Where the callbacks of one exchange arrive."""

    @property
    def path(self) -> str:
        """Below the inbox's URL; nobody can guess it."""
        ...

    async def next(self) -> dict[str, Any]:
        """What the next callback told, in order; first those that an earlier process took."""
        ...

    def close(self) -> None:
        """Wait no longer. What still comes is kept for who opens it again."""
        ...


class Inbox(Protocol):
    """Where systems that call back reach this till; a driver meets the listener here."""

    @property
    def url(self) -> str:
        """Of the listener, as this machine reaches it; empty when there is none."""
        ...

    async def open(
        self, service_id: ServiceID, read: ReadCallback, *, topic: str = ""
    ) -> Letterbox:
        """The letterbox of an exchange with a path of its own, the same again after a restart.
        `topic` tells apart what is asked beside it.
        """
        ...

    def receive(
        self, read: ReadForTerminal, *, token: str = "", methods: tuple[str, ...] = ("POST",)
    ) -> None:
        """Take from now on what comes to the terminal's own path, for systems that know only one.
        To be called when the driver is made. `token` is the last part of the path (at least 22
        characters); by default one that stays the same as long as the journal does. Raises
        `ConfigurationError` for a short one.
        """
        ...

    async def path(self) -> str:
        """The terminal's own path, below the inbox's URL."""
        ...

    async def take(self, callback: Callback, *, path: str = "") -> CallbackAnswer:
        """A callback of a system in this process, as if it had come to `path`, by default the
        terminal's own.
        """
        ...

    async def letters(
        self, service_id: ServiceID, *, topic: str = "", fresh: bool = False
    ) -> Letterbox:
        """The letters of one exchange that come to the terminal's own path. `fresh`: only what
        comes from now on.
        """
        ...


class Receiver(Protocol):
    """Takes the notifications of a system that is no terminal (`[notify.NAME]`); found through
    the entry points `opi_pos.receivers`, whose factory gets `ReceiverSettings`.
    """

    async def read(self, callback: Callback) -> Letter:
        """The letter, with a `Statement` about the payment that it names, if it names one. Raises
        `ProtocolError`.
        """
        ...

    async def close(self) -> None: ...


@runtime_checkable
class Inquirer(Protocol):
    """A `Receiver` that can also ask its system about a payment whose result is not known."""

    async def ask(self, row: Exchange) -> Letter | None:
        """What the system says, with a `Statement` that is proved; None when it does not know, or
        what it knows decides nothing. Raises `LinkError` or `ProtocolError`.
        """
        ...


@runtime_checkable
class Visitable(Protocol):
    """A `Receiver` whose system can be asked whether it answers us (`doctor`)."""

    async def visit(self) -> tuple[bool, str]:
        """Whether it does, and what was found, in one sentence. Nothing is changed by it."""
        ...


class ReceiverSettings(Protocol):
    """What a receiver's factory gets."""

    @property
    def name(self) -> str:
        """Of `[notify.NAME]`."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """The keys of its table, but for `kind` and `token_file`."""
        ...

    @property
    def find(self) -> Callable[[Reference], Awaitable[Sequence[Exchange]]]:
        """All exchanges of a shop's reference in the journal, oldest first."""
        ...


@runtime_checkable
class InboxDoor(Protocol):
    """A `DeviceDoor` of a till that can be called back."""

    def inbox(self, poi_id: POIID) -> Inbox: ...


class Listener(Protocol):
    """Something that listens on a port for terminals."""

    @property
    def url(self) -> str: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceChannel:
    """A port of the till's at which one terminal asks (O.P.I. channel 1). A driver that needs one
    has it as its `device_channel`; the runtime opens it before the first command.
    """

    listener: str
    """Its entry point in `opi_pos.listeners`."""
    host: str
    port: int
    peers: tuple[str, ...]
    """Hosts that may connect, by name or address."""
    profile: str
    asks_for: Callable[[], ServiceID | None]
    """The exchange for which the terminal may ask just now; None: it may not."""


@runtime_checkable
class AsksAtPort(Protocol):
    """A `Driver` whose terminal connects to the till."""

    @property
    def device_channel(self) -> DeviceChannel | None: ...


class DriverSettings(Protocol):
    """What a driver's factory gets."""

    @property
    def url(self) -> str: ...
    @property
    def poi_id(self) -> POIID: ...
    @property
    def sale_id(self) -> SaleID: ...
    @property
    def integration(self) -> Integration: ...
    @property
    def options(self) -> Mapping[str, Any]:
        """Keys of `[poi.NAME]` that only the driver knows (`tls`, `password_file`, …).

        The runtime adds what no file can hold, for drivers that need it: `wall`, a clock (Unix
        seconds); `can_print`, whether the cashier prints; and `device_post`, which takes a
        terminal's own request that came in on the driver's link and gives HTTP status and body of
        the answer.
        """
        ...


class Cashier(Protocol):
    """The person at the till. `opi_pos.runtime.cashier.QuietCashier` gives do-nothing defaults."""

    async def display(self, poi: str, display: Display) -> None: ...

    async def confirm(self, poi: str, question: Question) -> bool | None:
        """True, False, or None when nobody can decide. Cancelled when the question is withdrawn."""
        ...

    async def ask(self, poi: str, question: Question) -> str | None: ...

    async def print(self, poi: str, job: PrintJob) -> bool:
        """False when nothing came out of the printer."""
        ...

    async def event(self, poi: str, event: Event) -> None: ...


class Journal(Protocol):
    """The durable record. Everything a call returns is on disk."""

    async def commit(
        self, *, exchanges: Sequence[Exchange] = (), facts: Sequence[Fact] = ()
    ) -> None:
        """Write rows (new, or over the row with the same exchange_id) and facts in one durable
        transaction, with every fact noted before. Raises `KeyTakenError` when a new row's key is
        taken (nothing is written then), `JournalError` when the disk fails.
        """
        ...

    def note(self, fact: Fact) -> None:
        """Keep a fact that may be lost in a crash; it becomes durable with the next commit, or
        half a minute later.
        """
        ...

    async def exchange(self, exchange_id: ExchangeID) -> Exchange | None: ...

    async def latest(self, key: Key) -> Exchange | None:
        """The exchange that counts for a key: one whose key is taken, else the newest."""
        ...

    async def find(self, scope: str, reference: str) -> Sequence[Exchange]:
        """All exchanges of a shop's reference, oldest first."""
        ...

    async def open_exchanges(self, poi_id: POIID | None = None) -> Sequence[Exchange]:
        """Those that have not ended (see `model.facts.OPEN_STATES`), oldest first."""
        ...

    async def exchanges(
        self, *, limit: int = 100, before: float | None = None
    ) -> Sequence[Exchange]:
        """The newest first."""
        ...

    async def facts(self, exchange_id: ExchangeID) -> Sequence[StoredFact]: ...

    async def facts_after(self, sequence: int, limit: int = 100) -> Sequence[StoredFact]:
        """The outbox: what came after a cursor."""
        ...

    async def reserve_service_ids(self, poi_id: POIID, floor: int, count: int) -> int:
        """Reserve `count` numbers for good and return the first: at least `floor`, and above every
        number reserved before for this POI.
        """
        ...

    async def remember(self, poi_id: POIID, name: str, value: str) -> None:
        """Keep one small text per terminal (its session, its address); durable."""
        ...

    async def recall(self, poi_id: POIID, name: str) -> str | None: ...

    async def post(self, mail: Mail) -> None: ...

    async def take_mail(self, poi_id: POIID, now: float) -> Sequence[Mail]:
        """Mark and return posted mail whose sender still waits; what is past `alive_until` is
        withdrawn.
        """
        ...

    async def mail(self, mail_id: str) -> Mail | None:
        """One mail as it stands: the owner looks whether the sender still waits, the sender for
        its answer.
        """
        ...

    async def answer_mail(
        self,
        mail_id: str,
        *,
        state: str,
        answer: dict[str, Any] | None = None,
        place: int | None = None,
    ) -> None:
        """Set the state, and answer and place where given. What is `answered` or `withdrawn`
        stays so.
        """
        ...

    async def renew_mail(self, mail_id: str, alive_until: float) -> Mail | None:
        """Tell that the sender still waits; returns the mail as it stands."""
        ...

    async def erase_personal_data(self, before: float) -> int:
        """Blank what is personal in exchanges that ended before `before` (Unix seconds) and give
        their number; the accounting rows stay.
        """
        ...

    def changed(self) -> bool:
        """Whether another process may have written since the last call. Cheap, for polling."""
        ...

    async def close(self) -> None: ...


class Ownership(Protocol):
    """Who drives a POI (rule 9): an OS lock that the kernel releases on any death."""

    def acquire(self, poi_id: POIID) -> bool: ...
    def release(self, poi_id: POIID) -> None: ...
    def owner(self, poi_id: POIID) -> str:
        """Who holds it, for a person to read: `pid 4711 since 14:03`; empty when nobody does."""
        ...


class Bus(Protocol):
    """Fan-out in this process: bounded, may be lost, never waited for."""

    def publish(self, topic: str, news: object) -> None: ...
