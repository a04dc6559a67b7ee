"""A whole simulated nexo terminal, pure: the protocol's rules with a simulated card side.

Whatever happens comes in by a method; what must be done comes back as a list of effects. `now` is
Unix seconds. The shell in `terminal_bridge.simulator` carries the effects out.
"""

from __future__ import annotations

from typing import Final

from opi_pos.model.card import mask_text
from opi_pos.model.devices import DeviceAnswer, EventKind
from opi_pos.model.ids import DeviceID
from opi_pos.poi.books import Books
from opi_pos.poi.cardholder import End
from opi_pos.poi.nexo import texts
from opi_pos.poi.nexo.answers import (
    SUCCESS,
    Condition,
    PlainAnswer,
    Response,
    TotalsAnswer,
)
from opi_pos.poi.nexo.cardside import PLAIN, CardSide, Twist
from opi_pos.poi.nexo.customer import Customer, answer_of, unanswered, wait_of
from opi_pos.poi.nexo.effects import Effect, Reply, Wait
from opi_pos.poi.nexo.memory import Memory
from opi_pos.poi.nexo.outcomes import RESPONSES
from opi_pos.poi.nexo.profile import PoiProfile
from opi_pos.poi.nexo.refusals import refusal
from opi_pos.poi.nexo.requests import (
    Abort,
    Admin,
    AskCustomer,
    CardAcquisition,
    Diagnosis,
    EnableService,
    GetTotals,
    Header,
    Login,
    Logout,
    Payment,
    PrintDocument,
    Reconciliation,
    Request,
    Reversal,
    ShowOutputs,
    Silent,
    TotalFilter,
    TransactionStatus,
)
from opi_pos.poi.nexo.states import PoiState
from opi_pos.poi.nexo.terminal import Terminal
from opi_pos.poi.nexo.totals import add_up
from opi_pos.poi.scenario import Choice, by_amount

MAINTENANCE_TOKEN: Final = -1
"""Of the wait that ends a maintenance."""
CUSTOMER_TOKEN: Final = -2
"""Of the wait for the customer's answer."""


class SimulatedTerminal:
    """Receives a till's requests; its books and memory outlive a reboot."""

    def __init__(
        self,
        profile: PoiProfile,
        books: Books,
        memory: Memory,
        *,
        choose: Choice = by_amount,
        customer: Customer | None = None,
        terminal_number: int = 424242,
    ) -> None:
        self.rules = Terminal(profile, memory)
        self.books = books
        self.printer_ok = True
        self.customer_display: tuple[str, ...] = ()
        """What the till shows to the customer."""
        self.printed: list[tuple[str, ...]] = []
        """What the till had printed on the terminal."""
        self.cards = CardSide(self.rules, books, memory, choose, terminal_number)
        self._customer = customer or Customer()
        self._asked: AskCustomer | None = None

    # -- what happens ------------------------------------------------------------------------

    def received(
        self, header: Header, request: Request, *, now: float, twist: Twist = PLAIN
    ) -> list[Effect]:
        """A till's request was received."""
        if isinstance(request, Abort) and twist.deaf_to_abort:
            return [Reply(to=header)]
        effects = self._pass(header, request, now)
        if effects is not None:
            return effects
        response = self.rules.refuse(header, now=now)
        if response is not None:
            return self.say(header, request, response, now)
        return self._serve(header, request, twist, now)

    def refuse_busy(self, header: Header, request: Request, *, now: float) -> list[Effect]:
        """Refuse as busy whatever comes (a fault). A service's id is spent all the same."""
        response = texts.busy(None, "a fault")
        if not isinstance(request, Login | Diagnosis | TransactionStatus):
            response = self.rules.refuse(header, now=now) or response
        return self.say(header, request, response, now)

    def unparsable(self, to: Header, data: bytes, problem: str) -> list[Effect]:
        """Bytes that are no message: they go back in an event, with what is wrong. `to` has the
        ids that could be read.
        """
        return [self.rules.reject(to, mask_text(problem), data)]

    def device_answered(self, device_id: DeviceID, answer: DeviceAnswer | None) -> list[Effect]:
        """The till took a device request; None: it could not be reached, or was silent."""
        return self.cards.device_answered(device_id, answer)

    def elapsed(self, token: int) -> list[Effect]:
        """A wait is over."""
        if token == MAINTENANCE_TOKEN:
            due = self.rules.state is PoiState.MAINTENANCE
            return self.rules.end_maintenance() if due else []
        if token == CUSTOMER_TOKEN:
            return [] if self._asked is None else self._customer_answers(self._asked)
        return self.cards.elapsed(token)

    def reboot(self, *, now: float) -> list[Effect]:
        """The power was cut and is back. What was authorised stays, with its answer."""
        self.rules.reboot(now=now)
        self._asked = None
        return self.cards.lose_power()

    def link_lost(self) -> list[Effect]:
        """The till's connection broke: some makers' terminals stop and log the till out."""
        if not self.rules.profile.link_loss_logs_out:
            return []
        self.rules.leave()
        running = self.rules.running
        return [] if running is None else self._stop(running, "connection lost")

    def require_maintenance(self) -> list[Effect]:
        """An update is pending: ask the till to log out and to allow it."""
        self.rules.maintenance_due = True
        return self.rules.tell(EventKind.MAINTENANCE_REQUIRED, "SaleAdmin", "Maintenance Required")

    # -- what passes a running service -------------------------------------------------------

    def _pass(self, header: Header, request: Request, now: float) -> list[Effect] | None:
        match request:
            case Silent():
                return [Reply(to=header)]
            case Login():
                return [*self._reset(header), *self.rules.login(header, request, now=now)]
            case Diagnosis():
                return self.rules.diagnosis(header, request, printer_ok=self.printer_ok)
            case TransactionStatus():
                return self.rules.status(header, request)
            case Abort():
                return self._abort(header, request)
            case _:
                return None

    def _reset(self, header: Header) -> list[Effect]:
        """A login ends what can still be ended."""
        if not self.rules.stoppable or self.rules.login_refused(header) is not None:
            return []
        if self._asked is not None:
            return self._stop_asking(self._asked)
        return self.cards.reset(header)

    def _abort(self, header: Header, request: Abort) -> list[Effect]:
        effects, is_running = self.rules.abort(header, request)
        return [*effects, *(self._stop(header, request.reason) if is_running else [])]

    def _stop(self, by: Header, reason: str) -> list[Effect]:
        if self._asked is not None:
            return self._stop_asking(self._asked)
        return self.cards.stop(by, reason)

    # -- services ----------------------------------------------------------------------------

    def _serve(  # noqa: PLR0911 - one line per category
        self, header: Header, request: Request, twist: Twist, now: float
    ) -> list[Effect]:
        match request:
            case Payment() | Reversal() | CardAcquisition():
                return self.cards.begin(header, request, twist, now=now)
            case Logout():
                return self._log_out(header, request, now)
            case EnableService():
                return self.rules.enable(header, request)
            case Reconciliation() | GetTotals():
                return self._total(header, request)
            case Admin():
                return [Reply(to=header, answer=PlainAnswer(response=SUCCESS))]
            case AskCustomer():
                return self._ask_customer(header, request)
            case ShowOutputs():
                return self._show_customer(header, request, now)
            case PrintDocument():
                return self._print(header, request, twist, now)
            case _:
                return self.say(header, request, texts.unavailable(header.category), now)

    def say(self, header: Header, request: Request, response: Response, now: float) -> list[Effect]:
        """Answer a request with `response` and nothing else; no answer if it wants none."""
        transaction = self.cards.new_transaction(now)
        return [Reply(to=header, answer=refusal(request, response, transaction))]

    def _log_out(self, header: Header, request: Logout, now: float) -> list[Effect]:
        effects = self.rules.logout(header, request, now=now)
        if self.rules.state is PoiState.MAINTENANCE:
            seconds = self.rules.profile.maintenance_s
            effects.append(Wait(token=MAINTENANCE_TOKEN, seconds=seconds))
        return effects

    def _total(self, header: Header, request: Reconciliation | GetTotals) -> list[Effect]:
        period = self.books.period
        if isinstance(request, GetTotals):
            groups = add_up(self.books, period=period, details=request.details, only=request.only)
            answer = TotalsAnswer(response=SUCCESS, period=period, groups=groups)
            return [Reply(to=header, answer=answer)]
        if request.kind == "PreviousReconciliation":
            period = int(request.period) if request.period.isdigit() else period - 1
        else:
            period = self.books.close_period()
        groups = add_up(self.books, period=period, only=TotalFilter())
        answer = TotalsAnswer(response=SUCCESS, period=period, groups=groups, kind=request.kind)
        return [Reply(to=header, answer=answer)]

    # -- messages to the customer ------------------------------------------------------------

    def _show_customer(self, header: Header, request: ShowOutputs, now: float) -> list[Effect]:
        self.customer_display = tuple(line for output in request.outputs for line in output.lines)
        return self.say(header, request, SUCCESS, now)

    def _ask_customer(self, header: Header, request: AskCustomer) -> list[Effect]:
        self.rules.begin(header)
        self._asked = request
        return [Wait(token=CUSTOMER_TOKEN, seconds=wait_of(self._customer, request))]

    def _customer_answers(self, asked: AskCustomer) -> list[Effect]:
        self._asked = None
        return self.rules.end(answer_of(self._customer, asked))

    def _stop_asking(self, asked: AskCustomer) -> list[Effect]:
        self._asked = None
        return self.rules.end(unanswered(asked, RESPONSES[End.ABORTED]))

    def _print(
        self, header: Header, request: PrintDocument, twist: Twist, now: float
    ) -> list[Effect]:
        if twist.printer_out or not self.printer_ok:
            response = Response(condition=Condition.DEVICE_OUT, text="Printer: no paper")
            return self.say(header, request, response, now)
        self.printed.append(request.lines)
        return self.say(header, request, SUCCESS, now)
