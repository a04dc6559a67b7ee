"""A service that is not carried out still gets the response of its own category."""

from __future__ import annotations

from opi_pos.model.results import TransactionID
from opi_pos.poi.nexo.answers import (
    Answer,
    CardAcquisitionAnswer,
    DisplayAnswer,
    InputAnswer,
    PaymentAnswer,
    PlainAnswer,
    PrintAnswer,
    Response,
    ReversalAnswer,
    StatusAnswer,
    TotalsAnswer,
)
from opi_pos.poi.nexo.requests import (
    AskCustomer,
    CardAcquisition,
    GetTotals,
    Payment,
    PrintDocument,
    Reconciliation,
    Request,
    Reversal,
    ShowOutputs,
    TransactionStatus,
    Unsupported,
)


def refusal(request: Request, response: Response, transaction: TransactionID) -> Answer | None:
    """The answer that says `response`; None when the request wants no answer at all.

    `transaction` fills the POIData that some responses must carry.
    """
    match request:
        case ShowOutputs() | AskCustomer() | PrintDocument():
            return _of_device(request, response)
        case Payment():
            return PaymentAnswer(
                response=response,
                sale=request.sale,
                transaction=transaction,
                kind=request.kind,
                currency=request.currency,
            )
        case CardAcquisition():
            return CardAcquisitionAnswer(
                response=response, sale=request.sale, transaction=transaction
            )
        case _:
            return _of_service(request, response)


def _of_service(request: Request, response: Response) -> Answer:
    match request:
        case Reversal():
            return ReversalAnswer(response=response)
        case TransactionStatus():
            return StatusAnswer(response=response, reference=request.reference)
        case Reconciliation():
            return TotalsAnswer(response=response, period=0, kind=request.kind)
        case GetTotals():
            return TotalsAnswer(response=response, period=0)
        case Unsupported():
            return PlainAnswer(response=response, sale=request.sale)
        case _:
            return PlainAnswer(response=response)


def _of_device(
    request: ShowOutputs | AskCustomer | PrintDocument, response: Response
) -> Answer | None:
    match request:
        case ShowOutputs():
            outputs = tuple(output for output in request.outputs if output.answer)
            return DisplayAnswer(response=response, outputs=outputs) if outputs else None
        case AskCustomer():
            return InputAnswer(
                response=response,
                device=request.device,
                kind=request.kind,
                command=request.command,
                output=request.output,
            )
        case PrintDocument():
            answer = PrintAnswer(response=response, document=request.document)
            return answer if request.answer else None
