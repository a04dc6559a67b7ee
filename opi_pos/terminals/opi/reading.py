"""A till's requests on channel 0, as the rules take them. Forgiving: whatever can be meant is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from opi_pos.model.errors import UsageError
from opi_pos.model.ids import SaleID, ServiceID
from opi_pos.model.money import Amount
from opi_pos.poi.opi import requests
from opi_pos.poi.opi.answers import Result
from opi_pos.poi.opi.requests import Family, Header, Kind, Original, Request, Slips, Unfit
from opi_pos.wire import opi
from opi_pos.wire.opi import CardRequest, Profile, ServiceType

Asked: TypeAlias = opi.CardServiceRequest | opi.ServiceRequest

_NO: Final = frozenset({"no", "false", "0"})
_NOT_HERE: Final = frozenset({"unavailable", "printlocal"})


def header_of(message: Asked) -> Header:
    """The ids of a request, as they came."""
    card = isinstance(message, opi.CardServiceRequest)
    return Header(
        family=Family.CARD if card else Family.SERVICE,
        request_type=message.request_type,
        workstation_id=SaleID(message.workstation_id),
        request_id=ServiceID(message.request_id),
        popid=message.popid,
        reference=message.reference_number or "",
    )


def request_of(message: Asked, profile: Profile) -> Request:
    """What is asked; `Unfit` where it cannot be taken."""
    name = message.request_type.strip().casefold()
    if isinstance(message, opi.CardServiceRequest):
        read = _CARD.get(name)
        if read is not None:
            return read(message)
    elif name not in _LOCAL or name in _own_types(profile):
        make = _SERVICE.get(name)
        if make is not None:
            return make(message)
    return Unfit(result=Result.NOT_SUPPORTED, text="this terminal has no such service")


def _own_types(profile: Profile) -> frozenset[str]:
    """Types of service that only some countries have, in small letters."""
    names = {*profile.login, *profile.logoff, *profile.status, profile.totals, profile.closure}
    return frozenset(name.casefold() for name in names)


_LOCAL: Final = frozenset(
    item.value.casefold()
    for item in (
        ServiceType.ACTIVATE_TERMINAL,
        ServiceType.DEACTIVATE_TERMINAL,
        ServiceType.GET_STATUS,
        ServiceType.GET_INFO,
        ServiceType.TRANSMIT_TRX,
        ServiceType.CLOSE_DAY,
    )
)


# -- card services --------------------------------------------------------------------------------


def _pay(kind: Kind) -> Callable[[opi.CardServiceRequest], Request]:
    def read(message: opi.CardServiceRequest) -> Request:
        amount = _amount(message.total_amount)
        if isinstance(amount, Unfit):
            return amount
        return requests.Pay(
            kind=kind,
            amount=amount,
            original=_original(message.original_transaction),
            slips=_slips_now(message.pos_data),
        )

    return read


def _reverse(message: opi.CardServiceRequest) -> Request:
    amount = None
    if message.total_amount is not None and message.total_amount.text is not None:
        told = _amount(message.total_amount)
        if isinstance(told, Unfit):
            return told
        amount = told
    return requests.Reverse(original=_original(message.original_transaction), amount=amount)


def _amount(total: opi.TotalAmount | None) -> Amount | Unfit:
    if total is None or total.text is None:
        return Unfit(result=Result.MISSING_MANDATORY_DATA, text="TotalAmount is missing")
    if not total.currency:
        return Unfit(result=Result.VALIDATION_ERROR, text="TotalAmount: Currency is missing")
    try:
        amount = Amount.from_decimal(total.text, total.currency.strip().upper())
    except UsageError:
        return Unfit(result=Result.VALIDATION_ERROR, text="TotalAmount cannot be paid")
    if amount.minor == 0:
        return Unfit(result=Result.VALIDATION_ERROR, text="TotalAmount is zero")
    return amount


def _original(told: opi.OriginalTransaction | None) -> Original | None:
    if told is None or not told.stan:
        return None
    return Original(
        stan=told.stan.strip(), time=told.time_stamp or "", terminal_id=told.terminal_id or ""
    )


def _slips_now(pos_data: opi.POSdata | None) -> Slips | None:
    """What the till says of its printers with a request (Netherlands, Switzerland)."""
    if pos_data is None:
        return None
    customer, merchant = pos_data.printer_status, pos_data.journal_printer_status
    if customer is None and merchant is None:
        return None
    return Slips(merchant=_is_here(merchant), customer=_is_here(customer))


def _is_here(status: str | None) -> bool:
    return status is not None and status.strip().casefold() not in _NOT_HERE


def _abort(message: Asked) -> Request:
    return requests.Abort(request_id=(message.reference_number or "").strip())


_CARD: Final[Mapping[str, Callable[[opi.CardServiceRequest], Request]]] = {
    kind.value.casefold(): read
    for kind, read in {
        CardRequest.PAYMENT: _pay(Kind.PAYMENT),
        CardRequest.REFUND: _pay(Kind.REFUND),
        CardRequest.PRE_AUTHORISATION: _pay(Kind.PRE_AUTHORISATION),
        CardRequest.FINANCIAL_ADVICE: _pay(Kind.CAPTURE),
        CardRequest.REVERSAL: _reverse,
        CardRequest.REFUND_REVERSAL: _reverse,
        CardRequest.PRE_AUTHORISATION_REVERSAL: _reverse,
        CardRequest.SWIPE: lambda _: requests.ReadCard(),
        CardRequest.BALANCE_QUERY: lambda _: requests.ReadCard(balance=True),
        CardRequest.TICKET_REPRINT: lambda _: requests.Reprint(),
        CardRequest.REPEAT_LAST_MESSAGE: lambda _: requests.RepeatLast(),
        CardRequest.ABORT: _abort,
    }.items()
}


# -- services -------------------------------------------------------------------------------------


def _login(message: opi.ServiceRequest) -> Request:
    activates = opi.is_type(message.request_type, ServiceType.ACTIVATE_TERMINAL)
    return requests.Login(slips=_slips_at_login(message.private_data), activates=activates)


def _slips_at_login(private: tuple[opi.PrivateData, ...]) -> Slips:
    """What a German till says of its printers and its signature question."""
    printers = [param for data in private for param in data.printer_param]
    questions = [data.signature_param for data in private if data.signature_param is not None]
    asked = [question.get_confirmation for question in questions]
    signature = all(one is None or (one.text or "").strip().lower() not in _NO for one in asked)
    if not printers:
        return Slips(signature=signature)
    wanted = {
        (receipt.type or "").strip().casefold()
        for param in printers
        for receipt in param.receipt
        if (receipt.text or "").strip().lower() not in _NO
    }
    return Slips(merchant="merchant" in wanted, customer="customer" in wanted, signature=signature)


def _logoff(message: opi.ServiceRequest) -> Request:
    deactivates = opi.is_type(message.request_type, ServiceType.DEACTIVATE_TERMINAL)
    return requests.Logoff(deactivates=deactivates)


_SERVICE: Final[Mapping[str, Callable[[opi.ServiceRequest], Request]]] = {
    name.casefold(): make
    for name, make in {
        ServiceType.LOGIN: _login,
        ServiceType.ACTIVATE_TERMINAL: _login,
        ServiceType.LOGOFF: _logoff,
        ServiceType.DEACTIVATE_TERMINAL: _logoff,
        ServiceType.DIAGNOSIS: lambda _: requests.Diagnose(),
        ServiceType.GET_STATUS: lambda _: requests.Diagnose(),
        ServiceType.GET_INFO: lambda _: requests.Diagnose(),
        ServiceType.RECONCILIATION: lambda _: requests.Totals(),
        ServiceType.TRANSMIT_TRX: lambda _: requests.Totals(),
        ServiceType.RECONCILIATION_WITH_CLOSURE: lambda _: requests.Totals(close=True),
        ServiceType.CLOSE_DAY: lambda _: requests.Totals(close=True),
        ServiceType.SEND_OFFLINE_TRANSACTIONS: lambda _: requests.SendOffline(),
        ServiceType.ADMINISTRATION: lambda _: requests.Administer(),
        ServiceType.INITIALISATION: lambda _: requests.Administer(),
        ServiceType.TICKET_REPRINT: lambda _: requests.Reprint(),
        ServiceType.REPEAT_LAST_MESSAGE: lambda _: requests.RepeatLast(),
        ServiceType.ABORT: _abort,
    }.items()
}
