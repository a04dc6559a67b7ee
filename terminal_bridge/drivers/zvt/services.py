"""Orders without money: totals, diagnosis, cards, displays, prints."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from opi_pos.model.errors import CapabilityError, UsageError
from opi_pos.model.money import Amount
from opi_pos.model.news import Answer as Told
from opi_pos.model.news import Ended, NoAnswer, Verdict
from opi_pos.model.orders import (
    AskCustomer,
    CloseDay,
    Converse,
    Diagnose,
    PrintOnTerminal,
    ReadCard,
    ShowCustomer,
    Totals,
)
from opi_pos.model.reports import (
    Condition,
    CustomerInput,
    DiagnosisReport,
    TotalGroup,
    TotalLine,
    TotalsReport,
)
from terminal_bridge.drivers.zvt import answers
from terminal_bridge.drivers.zvt.context import Talk
from terminal_bridge.drivers.zvt.conversation import Conversation, Finished
from terminal_bridge.drivers.zvt.housekeeping import cure
from terminal_bridge.drivers.zvt.session import Session
from terminal_bridge.zvt.lines import LAST_LINE
from terminal_bridge.zvt.messages import dialogs
from terminal_bridge.zvt.messages.administration import EndOfDay, SendTurnoverTotals
from terminal_bridge.zvt.messages.answers import Answer, Refusal
from terminal_bridge.zvt.messages.base import Message
from terminal_bridge.zvt.messages.printing import PrintLine
from terminal_bridge.zvt.messages.session import DETAILS_IN_TLV, Diagnosis, StatusEnquiry
from terminal_bridge.zvt.messages.status import AbortByTerminal, Completion, StatusInformation
from terminal_bridge.zvt.tables import errors, terminal_status

READ_CARD_S: Final = 60
SHOW_S: Final = 30
"""How long a text for the customer stands."""
LINES_AT_MOST: Final = 8
_FUNCTION_KEYS: Final = (0x31, 0x32, 0x33, 0x34)
_BY_TERMINAL: Final = 1
"""BMP FC: the terminal itself asks for the card."""
_REBOOTED: Final = 1
"""Tag 1F79: it was started anew and wants to be registered again."""
_SCHEMES: Final = ("girocard", "jcb", "mastercard", "amex", "visa", "diners", "others")

Service = (
    Diagnose
    | Totals
    | CloseDay
    | ReadCard
    | ShowCustomer
    | AskCustomer
    | PrintOnTerminal
    | Converse
)


class Serving:
    """One order on one session."""

    def __init__(self, session: Session, order: Service, talk: Talk) -> None:
        self._session = session
        self._terminal = session.terminal
        self._order = order
        self._talk = talk

    async def carry_out(self) -> None:
        """Tell one answer. Raises `OpiPosError` before anything was written."""
        if (refusal := await self._session.registered(self._talk.aside())) is not None:
            await self._talk.tell(Ended(answer=refusal))
            return
        match self._order:
            case Diagnose():
                await self._diagnose(self._order)
            case Totals():
                await self._totals(SendTurnoverTotals(password=self._terminal.password))
            case CloseDay():
                await self._totals(EndOfDay(password=self._terminal.password))
            case ReadCard():
                await self._read_card()
            case ShowCustomer():
                await self._show()
            case AskCustomer():
                await self._ask(self._order)
            case PrintOnTerminal():
                await self._print(self._order.lines)
            case Converse():
                await self._converse(self._order.message)

    async def _carry(self, message: Message) -> Finished:
        line = await self._session.open()
        return await Conversation(line, self._terminal, self._talk).carry(message)

    async def _end(self, finished: Finished, payload: Any = None, **members: Any) -> None:
        """The class of the end decides."""
        if finished.by is None:
            await self._talk.tell(NoAnswer(written=True, problem=finished.problem))
            return
        answer = self._answer(finished)
        if answer.verdict is Verdict.APPROVED:
            answer = msgspec.structs.replace(answer, payload=payload, **members)
        receipts = tuple(finished.receipts)
        await self._talk.tell(Ended(answer=msgspec.structs.replace(answer, receipts=receipts)))

    def _answer(self, finished: Finished) -> Told:
        explain = answers.explain_in(self._terminal.language)
        match finished.by:
            case Refusal() as refusal:
                return answers.refused(refusal, explain)
            case AbortByTerminal() as end:
                return answers.aborted(end, finished.status, explain)
            case StatusInformation(result_code=code) if code not in {None, errors.OK}:
                text = explain(code or errors.OK)
                return Told(verdict=Verdict.DECLINED, condition=f"{code:02X}", message=text)
            case _:
                return Told(verdict=Verdict.APPROVED)

    # --- the terminal itself -------------------------------------------------------------------

    async def _diagnose(self, order: Diagnose) -> None:
        finished = await self._carry(
            StatusEnquiry(password=self._terminal.password, service=DETAILS_IN_TLV)
        )
        report = self._report(finished)
        if order.host and isinstance(finished.by, Completion):
            host = await self._carry(Diagnosis(kind=self._terminal.profile.diagnosis))
            reached = isinstance(host.by, Completion)
            report = msgspec.structs.replace(report, communication_ok=reached)
            finished.receipts += host.receipts
        await self._end(finished, report, message=self._condition_text(finished))

    def _condition_text(self, finished: Finished) -> str:
        """What the terminal says about itself, unless it is well."""
        code = finished.by.terminal_status if isinstance(finished.by, Completion) else None
        if code is None or code == terminal_status.READY:
            return ""
        return terminal_status.terminal_status(code).text(self._terminal.language)

    def _report(self, finished: Finished) -> DiagnosisReport:
        end = finished.by
        if not isinstance(end, Completion) or end.terminal_status is None:
            return DiagnosisReport()
        code = end.terminal_status
        if end.started_action == _REBOOTED and self._session.line is not None:
            self._session.line.registered = False
        if (control := cure(code)) is not None:
            self._session.needs.add(control)
        return DiagnosisReport(
            condition=_condition(code),
            logged_in=(self._talk.command.sale_id,),
            card_reader_ok=code not in {0xC0, 0xE2},
            printer="out_of_order" if code == errors.PRINTER_NOT_READY else "ok",
        )

    # --- the day -------------------------------------------------------------------------------

    async def _totals(self, message: Message) -> None:
        closed = isinstance(message, EndOfDay)
        finished = await self._carry(message)
        report = None
        if finished.status is not None:
            report = self._totals_report(finished.status, closed=closed)
        if closed and isinstance(finished.by, Completion):
            self._session.needs.discard(EndOfDay.CONTROL)
        await self._end(finished, report)

    def _totals_report(self, status: StatusInformation, *, closed: bool) -> TotalsReport:
        currency = status.currency or self._terminal.given.currency
        totals = status.totals
        groups: list[TotalGroup] = []
        for scheme in _SCHEMES if totals is not None else ():
            share = getattr(totals, scheme)
            if share.count or share.amount:
                amount = Amount(minor=share.amount, currency=currency)
                line = TotalLine(kind="debit", count=share.count, amount=amount)
                groups.append(TotalGroup(lines=(line,), brand=scheme))
        period = f"{totals.receipt_from}-{totals.receipt_to}" if totals is not None else ""
        return TotalsReport(groups=tuple(groups), period=period, closed=closed)

    # --- the customer's side -------------------------------------------------------------------

    async def _read_card(self) -> None:
        finished = await self._carry(
            dialogs.ReadCard(timeout_s=READ_CARD_S, dialog_control=_BY_TERMINAL)
        )
        status = finished.status
        card = answers.card_of(status) if status is not None else None
        await self._end(finished, card=card)

    async def _show(self) -> None:
        assert isinstance(self._order, ShowCustomer), "chosen by its kind"
        lines = _lines(self._order.lines)
        await self._end(await self._carry(dialogs.DisplayText(duration_s=SHOW_S, **lines)))

    async def _ask(self, order: AskCustomer) -> None:
        """06 E1 takes one key. Digits and texts need a MAC of the maker's (06 E2)."""
        if order.kind == "confirm":
            lines, keys = order.lines, {dialogs.KEY_OK: True}
        elif order.kind == "menu" and 0 < len(order.choices) <= len(_FUNCTION_KEYS):
            choices = (f"F{place} {text}" for place, text in enumerate(order.choices, 1))
            lines, keys = (*order.lines, *choices), {}
        else:
            raise CapabilityError("ask_customer", "a ZVT terminal asks for one key only")
        command = dialogs.DisplayTextWithKey(duration_s=min(order.max_s, 255), **_lines(lines))
        finished = await self._carry(command)
        payload = _customer_input(finished, order) if keys or order.choices else None
        if isinstance(finished.by, Answer) and payload is None:
            text = "The customer did not answer."
            await self._talk.tell(Ended(answer=Told(verdict=Verdict.ABORTED, message=text)))
            return
        await self._end(finished, payload)

    # --- the rest ------------------------------------------------------------------------------

    async def _print(self, lines: tuple[str, ...]) -> None:
        finished = Finished()
        printed = [PrintLine(attribute=0, text=line or None) for line in lines]
        for line in (*printed, PrintLine(attribute=LAST_LINE)):
            finished = await self._carry(line)
            if not isinstance(finished.by, Answer):
                break
        await self._end(finished)

    async def _converse(self, message: Any) -> None:
        """A message of ZVT itself; the payload is how it ended, with every 04 0F."""
        if not isinstance(message, Message):
            raise UsageError("message: must be one of terminal_bridge.zvt.messages")
        finished = await self._carry(message)
        await self._end(finished, finished)


def _condition(code: int) -> Condition:
    if code in {terminal_status.READY, 0xDC, 0xE1}:
        return Condition.OK
    if code in {errors.PLEASE_WAIT, errors.BUSY}:
        return Condition.BUSY
    return Condition.MAINTENANCE


def _lines(texts: tuple[str, ...]) -> dict[str, Any]:
    """`line1` to `line8`; what does not fit goes into the last one."""
    shown = list(texts[:LINES_AT_MOST])
    if len(texts) > LINES_AT_MOST:
        shown[-1] = " ".join(texts[LINES_AT_MOST - 1 :])
    return {f"line{place}": text for place, text in enumerate(shown, 1) if text}


def _customer_input(finished: Finished, order: AskCustomer) -> CustomerInput | None:
    """None when nobody pressed a key in time."""
    key = finished.by.keys if isinstance(finished.by, Answer) else None
    code = ord(key.reveal()[0]) if key is not None and key.reveal() else dialogs.KEY_TIMEOUT
    if order.kind == "confirm":
        if code in {dialogs.KEY_OK, dialogs.KEY_STOP, dialogs.KEY_CORRECT}:
            return CustomerInput(confirmed=code == dialogs.KEY_OK)
        return None
    place = code - _FUNCTION_KEYS[0] + 1
    return CustomerInput(choice=place) if 1 <= place <= len(order.choices) else None
