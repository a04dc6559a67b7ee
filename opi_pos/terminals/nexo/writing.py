"""From what the rules of `opi_pos.poi.nexo` answer to nexo messages."""

from __future__ import annotations

import base64
from decimal import Decimal
from typing import Final, assert_never

import msgspec

from opi_pos.model.money import Amount
from opi_pos.model.receipts import Receipt
from opi_pos.model.results import TransactionID
from opi_pos.poi.nexo import answers, effects, requests
from opi_pos.poi.nexo.profile import PoiProfile
from opi_pos.poi.nexo.texts import stamp
from opi_pos.terminals.nexo.receipts import content_of, qualifier_of
from opi_pos.wire import nexo

PROTOCOL_VERSION: Final = "3.1"
SIMULATED_MERCHANT_ID: Final = "42000001"
SIMULATED_SERIAL_NUMBER: Final = "1850000042"


class PoiIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a terminal says that it is."""

    application: str
    version: str
    serial_number: str
    merchant_id: str
    acquirer_poi_id: str = ""
    """AcquirerPOIID; empty: the head of the transaction's number."""
    capabilities: tuple[str, ...] = (
        nexo.POICapabilities.CUSTOMER_DISPLAY,
        nexo.POICapabilities.CUSTOMER_ERROR,
        nexo.POICapabilities.CUSTOMER_INPUT,
        nexo.POICapabilities.PRINTER_RECEIPT,
        nexo.POICapabilities.MAG_STRIPE,
        nexo.POICapabilities.ICC,
        nexo.POICapabilities.EMV_CONTACTLESS,
    )


SIMULATED: Final = PoiIdentity(
    application="Simulated terminal",
    version="1",
    serial_number=SIMULATED_SERIAL_NUMBER,
    merchant_id=SIMULATED_MERCHANT_ID,
)


def message_of(body: nexo.Element, to: requests.Header, *, version: str | None) -> nexo.Message:
    """A message under the ids of `to`."""
    header = nexo.header_for(
        body,
        sale_id=to.sale_id,
        poi_id=to.poi_id,
        service_id=to.service_id or None,
        device_id=to.device_id or None,
        protocol_version=version,
    )
    return nexo.Message(header=header, body=body)


def reply_of(
    reply: effects.Reply, profile: PoiProfile, identity: PoiIdentity = SIMULATED
) -> nexo.Message | None:
    """The response that ends a till's exchange; None for HTTP 204."""
    if reply.answer is None:
        return None
    body = _Writer(profile, identity).body(reply.answer, reply.to)
    version = PROTOCOL_VERSION if isinstance(reply.answer, answers.LoginAnswer) else None
    return message_of(body, reply.to, version=version)


def rejection_of(reject: effects.Reject, now: float) -> nexo.Message:
    """The event that tells a till that its message was not accepted."""
    body = nexo.EventNotification(
        time_stamp=stamp(now),
        event_to_notify=nexo.EventToNotify.REJECT,
        event_details=reject.details,
        rejected_message=base64.b64encode(reject.rejected).decode() or None,
    )
    return message_of(body, reject.to, version=None)


def _response(response: answers.Response) -> nexo.Response:
    if response.partial:
        result = nexo.Result.PARTIAL
    else:
        result = nexo.Result.SUCCESS if response.success else nexo.Result.FAILURE
    return nexo.Response(
        result=result,
        error_condition=response.condition,
        additional_response=response.text or None,
    )


def _decimal(amount: Amount | None) -> Decimal | None:
    return None if amount is None else amount.to_decimal()


def _identification(transaction: TransactionID) -> nexo.TransactionIdentification:
    return nexo.TransactionIdentification(
        transaction_id=transaction.id, time_stamp=transaction.time
    )


def _poi_data(transaction: TransactionID, period: int) -> nexo.POIData:
    """Period 0: the terminal does not tell it."""
    return nexo.POIData(
        poi_reconciliation_id=str(period) if period else None,
        poi_transaction_id=_identification(transaction),
    )


def _sale_data(sale: requests.SaleData) -> nexo.SaleData:
    return nexo.SaleData(
        operator_id=sale.operator or None,
        shift_number=sale.shift or None,
        sale_reference_id=sale.sale_reference_id or None,
        token_requested_type=sale.token_requested or None,
        sale_transaction_id=_identification(sale.transaction),
    )


def _reference(reference: requests.Reference | None) -> nexo.MessageReference | None:
    if reference is None:
        return None
    return nexo.MessageReference(
        message_category=reference.category or None,
        service_id=reference.service_id or None,
        device_id=reference.device_id or None,
        sale_id=reference.sale_id or None,
        poi_id=reference.poi_id or None,
    )


class _Writer:
    """Writes answers as one kind of terminal does."""

    def __init__(self, profile: PoiProfile, identity: PoiIdentity) -> None:
        self._profile = profile
        self._identity = identity

    def body(  # noqa: PLR0911 - one line per kind of answer
        self, answer: answers.Answer, to: requests.Header
    ) -> nexo.Element:
        """The body of the response."""
        match answer:
            case answers.PaymentAnswer():
                return self._payment(answer)
            case answers.ReversalAnswer():
                return self._reversal(answer)
            case answers.CardAcquisitionAnswer():
                return self._acquisition(answer)
            case answers.StatusAnswer():
                return self._status(answer)
            case answers.LoginAnswer() | answers.DiagnosisAnswer() | answers.TotalsAnswer():
                return _terminal_answer(answer, self._identity)
            case answers.DisplayAnswer() | answers.InputAnswer() | answers.PrintAnswer():
                return _device_answer(answer)
            case answers.PlainAnswer():
                return _plain(answer, to)
            case _:
                assert_never(answer)

    def _receipts(self, receipts: tuple[Receipt, ...]) -> tuple[nexo.PaymentReceipt, ...]:
        return tuple(
            nexo.PaymentReceipt(
                document_qualifier=qualifier_of(receipt),
                required_signature_flag=True if receipt.signature_required else None,
                output_content=content_of(receipt, self._profile.receipt),
            )
            for receipt in receipts
        )

    def _instrument(self, card: answers.CardRead | None) -> nexo.PaymentInstrumentData | None:
        if card is None:
            return None
        token = nexo.PaymentToken(
            token_requested_type=nexo.TokenRequestedType.CUSTOMER, token_value=card.token
        )
        data = nexo.CardData(
            payment_brand=f"01,{card.brand}" if self._profile.typed_brands else card.brand,
            masked_pan=card.masked_pan,
            entry_mode=(card.entry_mode,),
            payment_token=token if card.token else None,
        )
        kind = nexo.PaymentInstrumentType.CARD
        return nexo.PaymentInstrumentData(payment_instrument_type=kind, card_data=data)

    def _payment(self, answer: answers.PaymentAnswer) -> nexo.PaymentResponse:
        result = nexo.PaymentResult(
            payment_type=answer.kind,
            authentication_method=(answer.authentication,) if answer.authentication else (),
            payment_instrument_data=self._instrument(answer.card),
            amounts_resp=_amounts(answer),
            payment_acquirer_data=_acquirer(answer, self._identity),
        )
        told = answer.card is not None or answer.authorized is not None
        return nexo.PaymentResponse(
            response=_response(answer.response),
            sale_data=_sale_data(answer.sale),
            poi_data=_poi_data(answer.transaction, answer.period),
            payment_result=result if told else None,
            payment_receipt=self._receipts(answer.receipts),
        )

    def _reversal(self, answer: answers.ReversalAnswer) -> nexo.ReversalResponse:
        transaction, original = answer.transaction, answer.original
        return nexo.ReversalResponse(
            reversed_amount=_decimal(answer.amount),
            response=_response(answer.response),
            poi_data=_poi_data(transaction, answer.period) if transaction else None,
            original_poi_transaction=nexo.OriginalPOITransaction(
                poi_transaction_id=_identification(original)
            )
            if original
            else None,
            payment_receipt=self._receipts(answer.receipts),
        )

    def _acquisition(self, answer: answers.CardAcquisitionAnswer) -> nexo.CardAcquisitionResponse:
        return nexo.CardAcquisitionResponse(
            response=_response(answer.response),
            sale_data=_sale_data(answer.sale),
            poi_data=_poi_data(answer.transaction, 1),
            payment_instrument_data=self._instrument(answer.card),
        )

    def _status(self, answer: answers.StatusAnswer) -> nexo.TransactionStatusResponse:
        return nexo.TransactionStatusResponse(
            response=_response(answer.response),
            message_reference=_reference(answer.reference),
            repeated_message_response=self._repeated(answer.repeated),
        )

    def _repeated(self, kept: answers.Kept | None) -> nexo.RepeatedMessageResponse | None:
        if kept is None:
            return None
        body = self.body(kept.answer, kept.header)
        header = message_of(body, kept.header, version=None).header
        return nexo.RepeatedMessageResponse(
            message_header=header,
            payment_response=body if isinstance(body, nexo.PaymentResponse) else None,
            reversal_response=body if isinstance(body, nexo.ReversalResponse) else None,
            card_acquisition_response=(
                body if isinstance(body, nexo.CardAcquisitionResponse) else None
            ),
        )


def _amounts(answer: answers.PaymentAnswer) -> nexo.AmountsResp | None:
    if answer.authorized is None:
        return None
    return nexo.AmountsResp(
        currency=answer.currency,
        authorized_amount=answer.authorized.to_decimal(),
        total_fees_amount=_decimal(answer.surcharge),
        cash_back_amount=_decimal(answer.cashback),
        tip_amount=_decimal(answer.tip),
    )


def _acquirer(
    answer: answers.PaymentAnswer, identity: PoiIdentity
) -> nexo.PaymentAcquirerData | None:
    named = answer.acquirer_transaction
    if not answer.approval_code and named is None:
        return None
    return nexo.PaymentAcquirerData(
        merchant_id=identity.merchant_id,
        acquirer_poi_id=identity.acquirer_poi_id or answer.transaction.id[:6],
        acquirer_transaction_id=_identification(named) if named is not None else None,
        approval_code=answer.approval_code or None,
    )


def _terminal_answer(
    answer: answers.LoginAnswer | answers.DiagnosisAnswer | answers.TotalsAnswer,
    identity: PoiIdentity,
) -> nexo.Element:
    response = _response(answer.response)
    match answer:
        case answers.LoginAnswer():
            system = _system(answer, identity) if answer.response.success else None
            return nexo.LoginResponse(response=response, poi_system_data=system)
        case answers.DiagnosisAnswer():
            acquirers = answer.acquirers or ("1",)
            hosts = tuple(
                nexo.HostStatus(acquirer_id=acquirer, is_reachable_flag=answer.host_reachable)
                for acquirer in acquirers
            )
            return nexo.DiagnosisResponse(
                response=response,
                logged_sale_id=tuple(answer.logged_in),
                poi_status=_poi_status(
                    answer.global_status,
                    printer_ok=answer.printer_ok,
                    host_ok=answer.host_reachable is not False,
                ),
                host_status=hosts if answer.host_reachable is not None else (),
            )
        case answers.TotalsAnswer():
            return _totals(answer, response)


def _system(answer: answers.LoginAnswer, identity: PoiIdentity) -> nexo.POISystemData:
    terminal = nexo.POITerminalData(
        terminal_environment=nexo.TerminalEnvironment.ATTENDED,
        poi_serial_number=identity.serial_number,
        poi_capabilities=identity.capabilities,
    )
    return nexo.POISystemData(
        date_time=answer.time,
        poi_software=nexo.POISoftware(
            provider_identification="opi-pos",
            application_name=identity.application,
            software_version=identity.version,
        ),
        poi_terminal_data=terminal,
        poi_status=_poi_status(answer.global_status, printer_ok=True),
    )


def _poi_status(global_status: str, *, printer_ok: bool, host_ok: bool = True) -> nexo.POIStatus:
    return nexo.POIStatus(
        global_status=global_status,
        security_ok_flag=True,
        ped_ok_flag=True,
        card_reader_ok_flag=True,
        printer_status=nexo.PrinterStatus.OK if printer_ok else nexo.PrinterStatus.NO_PAPER,
        communication_ok_flag=host_ok,
    )


def _totals(answer: answers.TotalsAnswer, response: nexo.Response) -> nexo.Element:
    groups = tuple(
        nexo.TransactionTotals(
            payment_instrument_type=nexo.PaymentInstrumentType.CARD,
            card_brand=group.brand or None,
            poi_id=group.poi_id or None,
            sale_id=group.sale_id or None,
            operator_id=group.operator or None,
            shift_number=group.shift or None,
            totals_group_id=group.totals_group or None,
            payment_currency=group.currency,
            payment_totals=tuple(
                nexo.PaymentTotals(
                    transaction_type=line.transaction_type,
                    transaction_count=line.count,
                    transaction_amount=line.amount.to_decimal(),
                )
                for line in group.lines
            ),
        )
        for group in answer.groups
    )
    if not answer.kind:
        return nexo.GetTotalsResponse(
            poi_reconciliation_id=str(answer.period), response=response, transaction_totals=groups
        )
    return nexo.ReconciliationResponse(
        reconciliation_type=answer.kind,
        poi_reconciliation_id=str(answer.period),
        response=response,
        transaction_totals=groups,
    )


def _device_answer(
    answer: answers.DisplayAnswer | answers.InputAnswer | answers.PrintAnswer,
) -> nexo.Element:
    response = _response(answer.response)
    match answer:
        case answers.DisplayAnswer():
            results = tuple(_output_result(output, response) for output in answer.outputs)
            return nexo.DisplayResponse(output_result=results)
        case answers.PrintAnswer():
            return nexo.PrintResponse(document_qualifier=answer.document, response=response)
        case answers.InputAnswer():
            shown = nexo.Response(result=nexo.Result.SUCCESS)
            return nexo.InputResponse(
                output_result=_output_result(answer.output, shown) if answer.output else None,
                input_result=nexo.InputResult(
                    device=answer.device,
                    info_qualify=answer.kind,
                    response=response,
                    input=_input(answer) if answer.response.success else None,
                ),
            )


def _output_result(output: requests.Output, response: nexo.Response) -> nexo.OutputResult:
    return nexo.OutputResult(device=output.device, info_qualify=output.kind, response=response)


def _input(answer: answers.InputAnswer) -> nexo.Input:
    command = answer.command
    is_digits = command == nexo.InputCommand.DIGIT_STRING
    is_key = command == nexo.InputCommand.GET_FUNCTION_KEY
    return nexo.Input(
        input_command=command,
        confirmed_flag=answer.confirmed,
        function_key=answer.text if is_key else None,
        text_input=None if is_digits or is_key else answer.text,
        digit_input=answer.text if is_digits else None,
        menu_entry_number=answer.choice,
    )


def _plain(answer: answers.PlainAnswer, to: requests.Header) -> nexo.Element:
    """A response of nothing but Result; where the schema wants more, the least of it."""
    response = _response(answer.response)
    sale = answer.sale
    match to.category:
        case "Loyalty" if sale is not None:
            poi = _poi_data(sale.transaction, 1)
            return nexo.LoyaltyResponse(response=response, sale_data=_sale_data(sale), poi_data=poi)
        case "StoredValue" if sale is not None:
            poi = _poi_data(sale.transaction, 1)
            return nexo.StoredValueResponse(
                response=response, sale_data=_sale_data(sale), poi_data=poi
            )
        case "CardReaderAPDU":
            return nexo.CardReaderAPDUResponse(card_status_words="bwA=", response=response)
        case "TransactionReport":
            return nexo.TransactionReportResponse(
                report_full_size=0, block_start=0, block_stop=0, response=response
            )
        case category:
            kind = nexo.RESPONSES[f"{category}Response"]
            return kind(response=response)  # type: ignore[call-arg]
