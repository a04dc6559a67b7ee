"""From what the rules of `opi_pos.poi.nexo` answer and ask to nexo messages."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Final, assert_never

from opi_pos.model.devices import Display, Event, EventKind, PrintJob, Question
from opi_pos.model.ids import POIID
from opi_pos.model.money import Amount
from opi_pos.model.receipts import Receipt
from opi_pos.model.results import TransactionID
from opi_pos.poi.nexo import answers, effects, requests
from opi_pos.poi.nexo.profile import PoiProfile
from opi_pos.poi.nexo.texts import stamp
from opi_pos.wire import nexo
from terminal_bridge.simulator.nexo_receipts import content_of, qualifier_of

ANNOUNCEMENT_ADDRESS: Final = "127.0.0.1:15022"
"""Marks a TransmitRequest as an announcement; nothing listens there."""
PROTOCOL_VERSION: Final = "3.1"
MERCHANT_ID: Final = "42000001"
SERIAL_NUMBER: Final = "1850000042"
_SOFTWARE: Final = nexo.POISoftware(
    provider_identification="opi-pos", application_name="Simulated terminal", software_version="1"
)
_CAPABILITIES: Final = (
    nexo.POICapabilities.CUSTOMER_DISPLAY,
    nexo.POICapabilities.CUSTOMER_ERROR,
    nexo.POICapabilities.CUSTOMER_INPUT,
    nexo.POICapabilities.PRINTER_RECEIPT,
    nexo.POICapabilities.MAG_STRIPE,
    nexo.POICapabilities.ICC,
    nexo.POICapabilities.EMV_CONTACTLESS,
)
# Ids that Swedbank's displays put before the text; only 202 is known, the rest are made up.
_TEXT_IDS: Final = {"Approved": 202, "Welcome": 100, "Present card": 110, "Authorizing": 120}
_OTHER_TEXT_ID: Final = 199


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


def reply_of(reply: effects.Reply, profile: PoiProfile) -> nexo.Message | None:
    """The response that ends a till's exchange; None for HTTP 204."""
    if reply.answer is None:
        return None
    body = _Writer(profile).body(reply.answer, reply.to)
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


def request_of(send: effects.Send, profile: PoiProfile, now: float) -> nexo.Message:
    """A request or an event of the terminal to the till."""
    body = send.body
    match body:
        case Display():
            return message_of(_display(body, profile), send.header, version=None)
        case Question():
            return message_of(_question(body), send.header, version=None)
        case PrintJob():
            return message_of(_print(body, profile), send.header, version=None)
        case Event():
            return message_of(_event(body, now), send.header, version=None)
        case _:
            assert_never(body)


def announcement_of(poi_id: str, host: str, port: int) -> nexo.Message:
    """Where a terminal is, as Swedbank's tell it when their address changes."""
    end_point = {"ipV4Address": host, "ipPort": str(port)}
    told = {"saleTerminalconfiguration": {"messageVersion": "1.0.0", "ipEndPoint": end_point}}
    body = nexo.TransmitRequest(
        maximum_transmit_time=30,
        destination_address=ANNOUNCEMENT_ADDRESS,
        message=base64.b64encode(json.dumps(told).encode()).decode(),
    )
    to = requests.Header(category="Transmit", poi_id=POIID(poi_id))
    return message_of(body, to, version=None)


def wants_answer(send: effects.Send) -> bool:
    """Whether the till must answer with a message: a 204 alone leaves the terminal waiting. A
    display that was taken is good enough, whatever its flag said.
    """
    match send.body:
        case Question():
            return True
        case PrintJob(wait=wait):
            return wait
        case _:
            return False


# -- device requests ---------------------------------------------------------------------------


def _text(lines: tuple[str, ...]) -> nexo.OutputContent:
    texts = tuple(nexo.OutputText(text=line) for line in lines)
    return nexo.OutputContent(output_format=nexo.OutputFormat.TEXT, output_text=texts)


def _display(display: Display, profile: PoiProfile) -> nexo.DisplayRequest:
    lines = display.lines
    if profile.text_ids:
        lines = tuple(f'{_TEXT_IDS.get(line, _OTHER_TEXT_ID)},"{line}"' for line in lines)
    output = nexo.DisplayOutput(
        response_required_flag=profile.display_flag,
        device=nexo.Device.CASHIER_DISPLAY,
        info_qualify=display.kind or nexo.InfoQualify.STATUS,
        output_content=_text(lines),
    )
    return nexo.DisplayRequest(display_output=(output,))


def _question(question: Question) -> nexo.InputRequest:
    output = nexo.DisplayOutput(
        device=nexo.Device.CASHIER_DISPLAY,
        info_qualify=nexo.InfoQualify.DISPLAY,
        output_content=_text(question.lines),
    )
    data = nexo.InputData(
        device=nexo.Device.CASHIER_INPUT,
        info_qualify=nexo.InfoQualify.INPUT,
        input_command=nexo.InputCommand.GET_CONFIRMATION,
        max_input_time=None if question.max_s is None else int(question.max_s),
    )
    return nexo.InputRequest(display_output=output, input_data=data)


def _print(job: PrintJob, profile: PoiProfile) -> nexo.PrintRequest:
    receipt = job.receipt
    mode = nexo.ResponseMode.PRINT_END if job.wait else nexo.ResponseMode.NOT_REQUIRED
    output = nexo.PrintOutput(
        document_qualifier=qualifier_of(receipt),
        response_mode=mode,
        required_signature_flag=True if receipt.signature_required else None,
        output_content=content_of(receipt, profile.receipt),
    )
    return nexo.PrintRequest(print_output=output)


def _event(event: Event, now: float) -> nexo.EventNotification:
    return nexo.EventNotification(
        time_stamp=stamp(now),
        event_to_notify=event.name,
        maintenance_required_flag=True if event.kind is EventKind.MAINTENANCE_REQUIRED else None,
        event_details=event.details or None,
    )


# -- answers -----------------------------------------------------------------------------------


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
    return nexo.POIData(
        poi_reconciliation_id=str(period), poi_transaction_id=_identification(transaction)
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

    def __init__(self, profile: PoiProfile) -> None:
        self._profile = profile

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
                return _terminal_answer(answer)
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
            payment_acquirer_data=_acquirer(answer),
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


def _acquirer(answer: answers.PaymentAnswer) -> nexo.PaymentAcquirerData | None:
    if not answer.approval_code:
        return None
    return nexo.PaymentAcquirerData(
        merchant_id=MERCHANT_ID,
        acquirer_poi_id=answer.transaction.id[:6],
        approval_code=answer.approval_code,
    )


def _terminal_answer(
    answer: answers.LoginAnswer | answers.DiagnosisAnswer | answers.TotalsAnswer,
) -> nexo.Element:
    response = _response(answer.response)
    match answer:
        case answers.LoginAnswer():
            system = _system(answer) if answer.response.success else None
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
                poi_status=_poi_status(answer.global_status, printer_ok=answer.printer_ok),
                host_status=hosts if answer.host_reachable is not None else (),
            )
        case answers.TotalsAnswer():
            return _totals(answer, response)


def _system(answer: answers.LoginAnswer) -> nexo.POISystemData:
    terminal = nexo.POITerminalData(
        terminal_environment=nexo.TerminalEnvironment.ATTENDED,
        poi_serial_number=SERIAL_NUMBER,
        poi_capabilities=_CAPABILITIES,
    )
    return nexo.POISystemData(
        date_time=answer.time,
        poi_software=_SOFTWARE,
        poi_terminal_data=terminal,
        poi_status=_poi_status(answer.global_status, printer_ok=True),
    )


def _poi_status(global_status: str, *, printer_ok: bool) -> nexo.POIStatus:
    return nexo.POIStatus(
        global_status=global_status,
        security_ok_flag=True,
        ped_ok_flag=True,
        card_reader_ok_flag=True,
        printer_status=nexo.PrinterStatus.OK if printer_ok else nexo.PrinterStatus.NO_PAPER,
        communication_ok_flag=True,
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
