"""Services that move no money, carried out by the terminal behind: totals, a card that is read,
and what the till shows to, asks of, or prints for the customer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec

from listener.faces.nexo import reports, results
from opi_pos.model import orders
from opi_pos.model.news import Answer as DriverAnswer
from opi_pos.model.news import Verdict
from opi_pos.model.reports import CustomerInput, TotalsReport
from opi_pos.model.results import TransactionID
from opi_pos.poi.nexo import texts
from opi_pos.poi.nexo.answers import (
    SUCCESS,
    Answer,
    CardAcquisitionAnswer,
    CardRead,
    InputAnswer,
    Response,
    TotalsAnswer,
)
from opi_pos.poi.nexo.refusals import refusal
from opi_pos.poi.nexo.requests import (
    AskCustomer,
    CardAcquisition,
    GetTotals,
    Output,
    PrintDocument,
    Reconciliation,
    Request,
    ShowOutputs,
    TotalFilter,
)
from opi_pos.runtime.sale_system import SaleSystem

Work = Callable[[], Awaitable[Answer | None]]
T = TypeVar("T")

_KINDS: Final = {
    "GetConfirmation": "confirm",
    "DigitString": "digits",
    "TextString": "text",
    "GetMenuEntry": "menu",
}
"""InputCommands that a customer can be asked, as `SaleSystem.ask_customer` calls them."""
_CLOSING: Final = frozenset(
    {"SaleReconciliation", "AcquirerReconciliation", "AcquirerSynchronisation"}
)
_TEXT: Final = "Text"
ASK_S: Final = 60


class Works:
    """Makes the work of a request, for one terminal."""

    def __init__(self, till: SaleSystem, poi: str) -> None:
        self._till = till
        self._poi = poi

    def of(self, request: Request, *, key: str, now: float) -> Work | None:
        """The work; None for what no terminal behind a face can do (see `missing_of`)."""
        transaction = TransactionID(id=key, time=texts.stamp(now))
        match request:
            case CardAcquisition():
                return lambda: self._read_card(request, transaction)
            case GetTotals():
                return lambda: self._totals("", closing=False)
            case Reconciliation(kind=kind):
                return lambda: self._totals(kind, closing=True)
            case AskCustomer():
                return lambda: self._ask(request)
            case ShowOutputs() | PrintDocument():
                return lambda: self._put(request, transaction)
            case _:
                return None

    async def _read_card(self, request: CardAcquisition, transaction: TransactionID) -> Answer:
        told = await self._till.read_card(poi=self._poi)
        card = told.card
        shown = None
        if told.verdict is Verdict.APPROVED and card is not None:
            shown = CardRead(
                brand=card.brand,
                masked_pan=card.masked_pan,
                entry_mode=results.entry_mode(card.entry_mode),
                token=card.token if request.sale.token_requested else "",
            )
        return CardAcquisitionAnswer(
            response=_response(told), sale=request.sale, transaction=transaction, card=shown
        )

    async def _totals(self, kind: str, *, closing: bool) -> Answer:
        done = self._till.close_day if closing else self._till.totals
        told = await done(poi=self._poi)
        if told.verdict is not Verdict.APPROVED:
            return TotalsAnswer(response=results.refusal_of(told), period=0, kind=kind)
        return reports.totals_of(_payload(told, TotalsReport), kind)

    async def _ask(self, request: AskCustomer) -> Answer:
        output = request.output
        order = orders.AskCustomer(
            kind=_KINDS[request.command],
            lines=output.lines if output is not None else (),
            choices=output.choices if output is not None else (),
            max_s=int(request.max_s or ASK_S),
            min_length=request.min_length,
            max_length=request.max_length,
        )
        told = await self._till.station(self._poi).serve(order)
        answer = InputAnswer(
            response=_response(told),
            device=request.device,
            kind=request.kind,
            command=request.command,
            output=request.output,
        )
        given = _payload(told, CustomerInput)
        if given is None:
            return answer
        return msgspec.structs.replace(
            answer, confirmed=given.confirmed, text=given.text, choice=given.choice
        )

    async def _put(
        self, request: ShowOutputs | PrintDocument, transaction: TransactionID
    ) -> Answer | None:
        if isinstance(request, PrintDocument):
            told = await self._till.print_on_terminal(*request.lines, poi=self._poi)
        else:
            lines = (line for output in request.outputs for line in output.lines)
            told = await self._till.show_customer(*lines, poi=self._poi)
        return refusal(request, _response(told), transaction)


def missing_of(request: Request) -> str:
    """What a request wants that would be lost in silence; empty if it wants nothing of the kind.

    Text alone is shown and printed, and the terminal behind tells its totals as a whole.
    """
    match request:
        case AskCustomer(command=command) if command not in _KINDS:
            return f"InputCommand {command}"
        case GetTotals(only=only) if only != TotalFilter():
            return "TotalFilter"
        case Reconciliation(kind=kind) if kind not in _CLOSING:
            return f"ReconciliationType {kind}"
        case _:
            other = next((form for form in _forms(request) if form != _TEXT), "")
            return other and f"OutputFormat {other}"


def _forms(request: Request) -> tuple[str, ...]:
    match request:
        case PrintDocument(form=form) | AskCustomer(output=Output(form=form)):
            return (form,)
        case ShowOutputs(outputs=outputs):
            return tuple(output.form for output in outputs)
        case _:
            return ()


def _response(told: DriverAnswer) -> Response:
    return SUCCESS if told.verdict is Verdict.APPROVED else results.refusal_of(told)


def _payload(told: DriverAnswer, kind: type[T]) -> T | None:
    """From another process it comes as plain JSON."""
    if told.payload is None or isinstance(told.payload, kind):
        return told.payload
    try:
        return msgspec.convert(told.payload, kind)
    except msgspec.ValidationError:
        return None
