"""From a nexo message of a till to what the rules of `opi_pos.poi.nexo` take."""

from __future__ import annotations

from decimal import Decimal

from opi_pos.model.devices import DeviceAnswer, DeviceOutcome
from opi_pos.model.errors import ProtocolError, UsageError
from opi_pos.model.ids import POIID, DeviceID, SaleID, ServiceID
from opi_pos.model.money import Amount, exponent_of
from opi_pos.model.results import TransactionID
from opi_pos.poi.nexo import requests
from opi_pos.wire import nexo
from opi_pos.wire.nexo.problems import MISSING


def header_of(message: nexo.Message) -> requests.Header:
    """The ids of a message."""
    return ids_of(message.header)


def ids_of(header: nexo.MessageHeader) -> requests.Header:
    """The ids in a header."""
    return requests.Header(
        category=header.message_category,
        service_id=ServiceID(header.service_id or ""),
        device_id=DeviceID(header.device_id or ""),
        sale_id=SaleID(header.sale_id),
        poi_id=POIID(header.poi_id),
    )


def request_of(message: nexo.Message) -> requests.Request:
    """What a till asks. Raises `ProtocolError` where a value cannot be used."""
    body = message.body
    return _session_request(body) or _money_request(body) or _device_request(body) or _other(body)


def _session_request(body: nexo.Element) -> requests.Request | None:
    match body:
        case nexo.LoginRequest():
            terminal = body.sale_terminal_data
            capabilities = frozenset(terminal.sale_capabilities if terminal else ())
            return requests.Login(capabilities=capabilities)
        case nexo.LogoutRequest():
            return requests.Logout(maintenance_allowed=body.maintenance_allowed is True)
        case nexo.DiagnosisRequest():
            host = body.host_diagnosis_flag is True
            return requests.Diagnosis(host=host, acquirers=body.acquirer_id)
        case nexo.AbortRequest():
            stopped = _reference(body.message_reference)
            return requests.Abort(reference=stopped, reason=body.abort_reason)
        case nexo.TransactionStatusRequest():
            wanted = body.message_reference
            reference = None if wanted is None else _reference(wanted)
            return requests.TransactionStatus(reference=reference)
        case _:
            return None


def _money_request(body: nexo.Element) -> requests.Request | None:
    match body:
        case nexo.PaymentRequest():
            return _payment(body)
        case nexo.ReversalRequest():
            return _reversal(body)
        case nexo.CardAcquisitionRequest():
            return requests.CardAcquisition(sale=_sale(body.sale_data))
        case nexo.ReconciliationRequest():
            return requests.Reconciliation(
                kind=body.reconciliation_type, period=body.poi_reconciliation_id or ""
            )
        case nexo.GetTotalsRequest():
            return requests.GetTotals(
                details=frozenset(body.total_details), only=_filter(body.total_filter)
            )
        case _:
            return None


def _device_request(body: nexo.Element) -> requests.Request | None:
    match body:
        case nexo.DisplayRequest():
            return requests.ShowOutputs(outputs=tuple(_output(o) for o in body.display_output))
        case nexo.InputRequest():
            return _input(body)
        case nexo.PrintRequest():
            output = body.print_output
            return requests.PrintDocument(
                document=output.document_qualifier,
                lines=_lines(output.output_content),
                answer=output.response_mode != nexo.ResponseMode.NOT_REQUIRED,
                form=output.output_content.output_format,
            )
        case nexo.EventNotification() | nexo.InputUpdate() | nexo.TransmitRequest():
            return requests.Silent()
        case _:
            return None


def _other(body: nexo.Element) -> requests.Request:
    match body:
        case nexo.EnableServiceRequest():
            start = body.transaction_action == nexo.TransactionAction.START_TRANSACTION
            return requests.EnableService(start=start)
        case nexo.BalanceInquiryRequest():
            return requests.BalanceInquiry()
        case nexo.AdminRequest():
            return requests.Admin()
        case nexo.LoyaltyRequest() | nexo.StoredValueRequest():
            return requests.Unsupported(sale=_sale(body.sale_data))
        case _:
            return requests.Unsupported()


def _reference(reference: nexo.MessageReference) -> requests.Reference:
    return requests.Reference(
        category=reference.message_category or "",
        service_id=ServiceID(reference.service_id or ""),
        device_id=DeviceID(reference.device_id or ""),
        sale_id=SaleID(reference.sale_id or ""),
        poi_id=POIID(reference.poi_id or ""),
    )


def _transaction(identification: nexo.TransactionIdentification) -> TransactionID:
    return TransactionID(id=identification.transaction_id, time=identification.time_stamp)


def _sale(sale: nexo.SaleData) -> requests.SaleData:
    terminal = sale.sale_terminal_data
    return requests.SaleData(
        transaction=_transaction(sale.sale_transaction_id),
        operator=sale.operator_id or "",
        shift=sale.shift_number or "",
        sale_reference_id=sale.sale_reference_id or "",
        token_requested=sale.token_requested_type or "",
        totals_group=(terminal.totals_group_id if terminal else None) or "",
    )


def _payment(body: nexo.PaymentRequest) -> requests.Payment:
    transaction = body.payment_transaction
    amounts = transaction.amounts_req
    data = body.payment_data
    original = transaction.original_poi_transaction
    original_id = original.poi_transaction_id if original else None
    acquisition = data.card_acquisition_reference if data else None
    _check_currency(amounts.currency)
    return requests.Payment(
        kind=(data.payment_type if data else None) or nexo.PaymentType.NORMAL,
        sale=_sale(body.sale_data),
        currency=amounts.currency,
        amount=_amount(amounts, "RequestedAmount", amounts.requested_amount),
        cashback=_extra(amounts, "CashBackAmount", amounts.cash_back_amount),
        tip=_extra(amounts, "TipAmount", amounts.tip_amount),
        original=original_id.transaction_id if original_id else "",
        card_acquisition=acquisition.transaction_id if acquisition else "",
    )


def _check_currency(currency: str) -> None:
    path = "PaymentRequest.PaymentTransaction.AmountsReq.Currency"
    if not currency:
        raise ProtocolError(path, MISSING)
    try:
        exponent_of(currency)
    except UsageError:
        raise ProtocolError(path, "invalid value: not an ISO 4217 code") from None


def _amount(amounts: nexo.AmountsReq, name: str, value: Decimal | None) -> Amount | None:
    if value is None:
        return None
    try:
        return Amount.from_decimal(value, amounts.currency)
    except UsageError:
        path = f"PaymentRequest.PaymentTransaction.AmountsReq.{name}"
        raise ProtocolError(path, "invalid value: not an amount in this currency") from None


def _extra(amounts: nexo.AmountsReq, name: str, value: Decimal | None) -> Amount | None:
    """Swedbank's tills send `CashBackAmount="0"`, which means none."""
    return _amount(amounts, name, value) if value else None


def _reversal(body: nexo.ReversalRequest) -> requests.Reversal:
    named = body.original_poi_transaction
    original, acquirer = named.poi_transaction_id, named.host_transaction_id
    is_last = named.last_transaction_flag is True
    amount = body.reversed_amount
    return requests.Reversal(
        original=_transaction(original) if original else None,
        acquirer=_transaction(acquirer) if acquirer and not is_last else None,
        approval_code="" if is_last else named.approval_code or "",
        amount="" if amount is None else format(amount, "f"),
        sale=_sale(body.sale_data) if body.sale_data else None,
    )


def _filter(wanted: nexo.TotalFilter | None) -> requests.TotalFilter:
    if wanted is None:
        return requests.TotalFilter()
    return requests.TotalFilter(
        poi_id=POIID(wanted.poi_id or ""),
        sale_id=SaleID(wanted.sale_id or ""),
        operator=wanted.operator_id or "",
        shift=wanted.shift_number or "",
        totals_group=wanted.totals_group_id or "",
    )


def _output(output: nexo.DisplayOutput) -> requests.Output:
    return requests.Output(
        device=output.device,
        kind=output.info_qualify,
        lines=_lines(output.output_content),
        answer=output.response_required_flag is not False,
        choices=tuple(_choice(entry) for entry in output.menu_entry),
        form=output.output_content.output_format,
    )


def _choice(entry: nexo.MenuEntry) -> str:
    return " ".join(text.text for text in entry.output_text)


def _lines(content: nexo.OutputContent) -> tuple[str, ...]:
    return tuple(text.text for text in content.output_text)


def _input(body: nexo.InputRequest) -> requests.AskCustomer:
    data, output = body.input_data, body.display_output
    return requests.AskCustomer(
        device=data.device,
        kind=data.info_qualify,
        command=data.input_command,
        output=_output(output) if output else None,
        max_s=data.max_input_time,
        min_length=data.min_length,
        max_length=data.max_length,
    )


def answer_of(message: nexo.Message) -> tuple[DeviceID, DeviceAnswer]:
    """What the till answered to a device request. Raises `ProtocolError` for another response."""
    device_id = DeviceID(message.header.device_id or "")
    match message.body:
        case nexo.InputResponse(input_result=result):
            given = result.input
            answer = DeviceAnswer(
                outcome=_outcome(result.response),
                confirmed=given.confirmed_flag if given else None,
                text=(given.text_input or given.digit_input) if given else None,
                choice=given.menu_entry_number if given else None,
            )
        case nexo.PrintResponse(response=response):
            answer = DeviceAnswer(outcome=_outcome(response))
        case nexo.DisplayResponse(output_result=results):
            first = results[0].response if results else nexo.Response(result=nexo.Result.SUCCESS)
            answer = DeviceAnswer(outcome=_outcome(first))
        case _:
            raise ProtocolError(message.body_name, "is no answer to a device request")
    return device_id, answer


def _outcome(response: nexo.Response) -> DeviceOutcome:
    if response.result == nexo.Result.SUCCESS:
        return DeviceOutcome.DONE
    return DeviceOutcome.REFUSED
