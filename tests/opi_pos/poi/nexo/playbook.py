"""A till and a link for the pure rules: plays a conversation and writes it down line by line.

Nothing is timed: a wait is a pending step like a device request, and `settle` lets them all pass
in the order they came. Lines read as arrows: `> Payment 2`, `< Display Present card`,
`< Payment 2 Success`, `$ charge 38.00`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from opi_pos.model.devices import (
    AbortInput,
    DeviceAnswer,
    DeviceOutcome,
    Display,
    Event,
    PrintJob,
    Question,
)
from opi_pos.model.ids import POIID, DeviceID, SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.model.results import TransactionID
from opi_pos.poi.books import Books
from opi_pos.poi.nexo.answers import Answer, InputAnswer, Kept, StatusAnswer
from opi_pos.poi.nexo.cardside import PLAIN, Twist
from opi_pos.poi.nexo.customer import Customer
from opi_pos.poi.nexo.effects import Effect, Keep, Reboot, Record, Reject, Reply, Send, Wait
from opi_pos.poi.nexo.memory import Memory
from opi_pos.poi.nexo.profile import PoiProfile, profile_of
from opi_pos.poi.nexo.requests import (
    Abort,
    AskCustomer,
    CardAcquisition,
    Diagnosis,
    EnableService,
    GetTotals,
    Header,
    Kind,
    Login,
    Logout,
    Payment,
    PrintDocument,
    Reconciliation,
    Reference,
    Request,
    Reversal,
    SaleData,
    ShowOutputs,
    TransactionStatus,
)
from opi_pos.poi.nexo.simulated import SimulatedTerminal
from opi_pos.poi.scenario import Choice, Scenario, always, by_amount

FULL = frozenset(
    {
        "CashierStatus",
        "CashierError",
        "CashierDisplay",
        "POIReplication",
        "CustomerAssistance",
        "CashierInput",
        "PrinterReceipt",
    }
)
LIGHT = frozenset({"PrinterReceipt"})
NOW = 1_700_000_000.0

CATEGORIES: dict[type[Request], str] = {
    Abort: "Abort",
    AskCustomer: "Input",
    CardAcquisition: "CardAcquisition",
    Diagnosis: "Diagnosis",
    EnableService: "EnableService",
    GetTotals: "GetTotals",
    Login: "Login",
    Logout: "Logout",
    Payment: "Payment",
    PrintDocument: "Print",
    Reconciliation: "Reconciliation",
    Reversal: "Reversal",
    ShowOutputs: "Display",
    TransactionStatus: "TransactionStatus",
}


def sek(text: str) -> Amount:
    return Amount.parse(text, "SEK")


def sale(reference: str) -> SaleData:
    return SaleData(transaction=TransactionID(id=reference, time="2024-05-01T12:00:00+02:00"))


def payment(
    amount: str, reference: str = "order-1", *, kind: str = Kind.NORMAL, original: str = ""
) -> Payment:
    return Payment(
        kind=kind, sale=sale(reference), currency="SEK", amount=sek(amount), original=original
    )


class Playbook:
    """One till before one simulated terminal."""

    def __init__(
        self,
        profile: str | PoiProfile = "swedbank",
        *,
        scenario: Scenario | None = None,
        confirm: bool | None = True,
        reachable: bool = True,
        books: Books | None = None,
        memory: Memory | None = None,
        customer: Customer | None = None,
    ) -> None:
        self.profile = profile if isinstance(profile, PoiProfile) else profile_of(profile)
        choose: Choice = always(scenario) if scenario else by_amount
        self.books = books or Books()
        self.memory = memory or Memory(limit=self.profile.kept_answers)
        self.terminal = SimulatedTerminal(
            self.profile, self.books, self.memory, choose=choose, customer=customer
        )
        self.confirm = confirm
        self.reachable = reachable
        self.lines: list[str] = []
        self.replies: list[tuple[Header, Answer | None]] = []
        self.pending: deque[Send | Wait] = deque()
        self.sale_id = SaleID("till-1")
        self.poi_id = POIID("POI-1")
        self._service = 0

    # -- the till ----------------------------------------------------------------------------

    def ask(
        self,
        request: Request,
        service_id: str = "",
        *,
        device_id: str = "",
        category: str = "",
        twist: Twist = PLAIN,
    ) -> Header:
        """Send a request; what follows at once is carried out, the rest is pending."""
        if not service_id:
            self._service += 1
            service_id = str(self._service)
        header = Header(
            category=category or CATEGORIES[type(request)],
            service_id=ServiceID(service_id),
            device_id=DeviceID(device_id),
            sale_id=self.sale_id,
            poi_id=self.poi_id,
        )
        self.lines.append(f"> {header.category} {service_id}")
        self.carry_out(self.terminal.received(header, request, now=NOW, twist=twist))
        return header

    def log_in(self, *, light: bool = False) -> None:
        """A login whose displays have passed, and which leaves no lines."""
        self.ask(Login(capabilities=LIGHT if light else FULL))
        self.settle()
        self.lines.clear()

    def run(self, request: Request, service_id: str = "", *, twist: Twist = PLAIN) -> Answer:
        """A request to its answer."""
        header = self.ask(request, service_id, twist=twist)
        self.settle()
        answer = self.answer_to(header)
        assert answer is not None, f"{header.category} was not answered"
        return answer

    def answer_to(self, header: Header) -> Answer | None:
        """The last answer under a header."""
        found = [answer for to, answer in self.replies if to == header]
        return found[-1] if found else None

    def abort(self, header: Header) -> None:
        """Wish to stop a request, by its ids."""
        reference = Reference(category=header.category, service_id=header.service_id)
        self.ask(Abort(reference=reference, reason="cashier"))

    def status_of(self, header: Header | None) -> StatusAnswer:
        """Ask what became of a request; None: of the last one."""
        reference = None
        if header is not None:
            reference = Reference(category=header.category, service_id=header.service_id)
        asked = self.ask(TransactionStatus(reference=reference))
        answer = self.answer_to(asked)
        assert isinstance(answer, StatusAnswer)
        return answer

    # -- time and link -----------------------------------------------------------------------

    def settle(self) -> None:
        """Let everything pending pass, in order."""
        while self.pending:
            self.step()

    def settle_until(self, line: str) -> None:
        """Let things pass until a line was written."""
        while line not in self.lines:
            self.step()

    def step(self) -> None:
        """Let the oldest pending thing pass."""
        pending = self.pending.popleft()
        if isinstance(pending, Wait):
            self.carry_out(self.terminal.elapsed(pending.token))
            return
        answer = self._answer_device(pending) if self.reachable else None
        self.carry_out(self.terminal.device_answered(pending.header.device_id, answer))

    def _answer_device(self, send: Send) -> DeviceAnswer | None:
        if not isinstance(send.body, Question):
            return DeviceAnswer(outcome=DeviceOutcome.DONE)
        if self.confirm is None:
            return None
        return DeviceAnswer(outcome=DeviceOutcome.DONE, confirmed=self.confirm)

    def reboot(self) -> None:
        """Cut the power: nothing pending happens any more."""
        self.pending.clear()
        self.carry_out(self.terminal.reboot(now=NOW))

    # -- effects -----------------------------------------------------------------------------

    def carry_out(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Reply(to=to, answer=answer):
                    self.replies.append((to, answer))
                    self.lines.append(f"< {to.category} {to.service_id} {_summary(answer)}")
                case Reject(details=details, in_body=in_body):
                    where = "in the body" if in_body else "to the till"
                    self.lines.append(f"< Reject {where}: {details}")
                case Send():
                    self.lines.append(f"< {_device_line(effect)}")
                    if effect.awaited:
                        self.pending.append(effect)
                case Wait():
                    self.pending.append(effect)
                case Record(entry=entry):
                    self.books.write(entry)
                    self.lines.append(f"$ {entry.movement} {entry.amount}")
                case Keep(kept=kept):
                    self.memory.keep(kept)
                case Reboot():
                    self.lines.append("! power cut")
                    self.reboot()


def _summary(answer: Answer | None) -> str:
    if answer is None:
        return "204"
    response = answer.response
    if response.partial:
        return "Partial"
    return "Success" if response.condition is None else f"Failure {response.condition}"


def _device_line(send: Send) -> str:
    match send.body:
        case Display(lines=lines):
            return f"Display {lines[0]}"
        case Question(lines=lines):
            return f"Input {lines[0]}"
        case PrintJob(receipt=receipt):
            return f"Print {receipt.copy}"
        case Event(name=name):
            return f"Event {name}"
        case AbortInput(device_id=device_id):
            return f"Abort Input {device_id}"


__all__ = ["FULL", "LIGHT", "InputAnswer", "Kept", "Playbook", "payment", "sale", "sek"]
