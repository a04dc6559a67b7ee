"""From a command to the message that carries it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from opi_pos.model.errors import CapabilityError
from opi_pos.model.ids import SaleID, ServiceID
from opi_pos.model.orders import (
    CloseDay,
    Command,
    Diagnose,
    Login,
    Logout,
    MoneyOrder,
    Order,
    ReadCard,
    Totals,
)
from opi_pos.model.results import Operation
from opi_pos.wire import opi
from terminal_bridge.drivers.opi.options import Options

REFERENCE_AT_MOST: Final = 30
"""Characters of ReferenceNumber: acquirers behind Computop take no more, Worldpay 20."""

_TYPES: Final = {
    Operation.PAYMENT: opi.CardRequest.PAYMENT,
    Operation.REFUND: opi.CardRequest.REFUND,
    Operation.RESERVATION: opi.CardRequest.PRE_AUTHORISATION,
    Operation.COMPLETION: opi.CardRequest.FINANCIAL_ADVICE,
    Operation.REVERSAL: opi.CardRequest.REVERSAL,
}
_WITH_ORIGINAL: Final = frozenset({Operation.COMPLETION, Operation.RELEASE, Operation.REVERSAL})
_SLIPS: Final = {"Printer": ("Merchant", "Administration"), "PrinterReceipt": ("Customer",)}
_YES, _NO = "yes", "no"


Request = opi.CardServiceRequest | opi.ServiceRequest


class Writer(msgspec.Struct, kw_only=True):
    """What all requests of one till have in common."""

    profile: opi.Profile
    options: Options
    clock: Callable[[], datetime]
    terminal_id: str | None = None
    """As the terminal last called itself."""

    def requests(self, command: Command) -> list[Request]:
        """The request of a command; where the profile has several kinds, the preferred first.

        Raises `CapabilityError` for what the language has no word for.
        """
        match command.order:
            case MoneyOrder() as order:
                return [self.money(command, order)]
            case ReadCard() as order:
                return [self.read_card(command, order)]
            case order:
                return [self.service(kind, command) for kind in self._services(order)]

    def _services(self, order: Order) -> tuple[str, ...]:
        profile = self.profile
        kinds = {
            Login: profile.login,
            Logout: profile.logoff,
            Diagnose: profile.status,
            Totals: (profile.totals,),
            CloseDay: (profile.closure,),
        }.get(type(order))
        if kinds is None:
            tag = str(type(order).__struct_config__.tag)
            raise CapabilityError(tag, "O.P.I. has no such request")
        return kinds

    def money(self, command: Command, order: MoneyOrder) -> opi.CardServiceRequest:
        """Raises `CapabilityError` for what the language has no word for."""
        original = order.original
        amount = order.amount or (original.amount if original is not None else None)
        whole = original is None or order.amount in {None, original.amount}
        if order.operation is Operation.REVERSAL and not whole:
            raise CapabilityError("partial_reversal", "O.P.I. undoes whole payments")
        return opi.CardServiceRequest(
            request_type=self.type_of(order.operation),
            application_sender=self.options.application_sender,
            workstation_id=self.workstation(command.sale_id),
            popid=self.options.popid,
            request_id=command.service_id,
            reference_number=order.reference[:REFERENCE_AT_MOST] or None,
            pos_data=self._pos_data(order.language, order.operator),
            original_transaction=self._original(order),
            total_amount=None
            if amount is None
            else opi.TotalAmount(currency=amount.currency, text=amount.to_decimal()),
            sale_item=_items(order),
        )

    def card(
        self,
        kind: opi.CardRequest,
        sale_id: SaleID,
        request_id: str,
        *,
        reference: str | None = None,
    ) -> opi.CardServiceRequest:
        """A request about cards that moves no money."""
        return opi.CardServiceRequest(
            request_type=kind,
            application_sender=self.options.application_sender,
            workstation_id=self.workstation(sale_id),
            popid=self.options.popid,
            request_id=request_id,
            reference_number=reference,
            pos_data=self._pos_data(),
        )

    def abort(self, sale_id: SaleID, request_id: str, target: ServiceID) -> opi.CardServiceRequest:
        """The wish that `target` stops."""
        named = target if self.profile.abort_names_request else None
        return self.card(opi.CardRequest.ABORT, sale_id, request_id, reference=named)

    def read_card(self, command: Command, order: ReadCard) -> opi.CardServiceRequest:
        """Read a card without paying."""
        request = self.card(opi.CardRequest.SWIPE, command.sale_id, command.service_id)
        if order.amount is None:
            return request
        amount = opi.TotalAmount(currency=order.amount.currency, text=order.amount.to_decimal())
        return msgspec.structs.replace(request, total_amount=amount)

    def service(self, kind: str, command: Command, request_id: str = "") -> opi.ServiceRequest:
        """A service of the terminal; a Login tells of the till's printers where that is wanted."""
        telling = self.profile.login_private_data and kind in self.profile.login
        return opi.ServiceRequest(
            request_type=kind,
            application_sender=self.options.application_sender,
            workstation_id=self.workstation(command.sale_id),
            popid=self.options.popid,
            request_id=request_id or command.service_id,
            pos_data=self._pos_data(getattr(command.order, "language", "")),
            private_data=(self._devices(),) if telling else (),
        )

    def reprint(self, command: Command) -> opi.CardServiceRequest | opi.ServiceRequest:
        """The last slips once more: some terminals take no new payment before."""
        kind, request_id = opi.CardRequest.TICKET_REPRINT, f"{command.service_id}-T"
        if self.profile.ticket_reprint == "ServiceRequest":
            return self.service(kind, command, request_id)
        return self.card(kind, command.sale_id, request_id)

    def type_of(self, operation: Operation) -> str:
        """The RequestType of an operation. Raises `CapabilityError`."""
        if operation is Operation.RELEASE:
            return self.profile.release
        try:
            return _TYPES[operation]
        except KeyError:
            raise CapabilityError(operation.value, "O.P.I. has no such request") from None

    def workstation(self, sale_id: SaleID) -> str:
        """The till's id on the wire."""
        return self.options.workstation_id or sale_id

    def encode(self, message: opi.Message) -> bytes:
        """In the profile's character set."""
        return opi.encode(message, charset=self.profile.charset)

    def _original(self, order: MoneyOrder) -> opi.OriginalTransaction | None:
        original = order.original
        if original is None or original.transaction is None:
            if order.operation in _WITH_ORIGINAL:
                problem = "the terminal gave no number by which it could be named"
                raise CapabilityError(order.operation.value, problem)
            return None
        if order.operation not in _WITH_ORIGINAL:
            return None  # a refund is a new transaction, with the card
        return opi.OriginalTransaction(
            terminal_id=self.terminal_id,
            stan=original.transaction.id,
            time_stamp=original.transaction.time or None,
            approval_code=None,
        )

    def _pos_data(self, language: str = "", operator: str = "") -> opi.POSdata:
        code = language or self.options.language
        cased = code.upper() if self.profile.language_case == "upper" else code.lower()
        state = "Available" if self.options.printer else "Unavailable"
        told = frozenset(self.profile.device_statuses)
        return opi.POSdata(
            language_code=cased or None,
            pos_time_stamp=self.clock().isoformat(timespec="seconds"),
            clerk_id=operator or None,
            printer_status=state if "PrinterStatus" in told else None,
            e_journal_status="Available" if "E-JournalStatus" in told else None,
            journal_printer_status=state if "JournalPrinterStatus" in told else None,
        )

    def _devices(self) -> opi.PrivateData:
        """Slips to the till's printers or to the terminal's own, and who confirms signatures."""
        word = _YES if self.options.printer else _NO
        return opi.PrivateData(
            printer_param=tuple(
                opi.PrinterParam(
                    type=printer,
                    receipt=tuple(opi.PrinterReceipt(type=kind, text=word) for kind in kinds),
                )
                for printer, kinds in _SLIPS.items()
            ),
            signature_param=opi.SignatureParam(
                get_confirmation=opi.SignatureQuestion(timeout=self.options.signature_s, text=_YES)
            ),
        )


def _items(order: MoneyOrder) -> tuple[opi.SaleItem, ...]:
    return tuple(
        opi.SaleItem(
            item_id=str(number),
            quantity=Decimal(item.quantity),
            additional_product_info=item.label or None,
            product_code=item.product_code,
            amount=item.amount.to_decimal(),
        )
        for number, item in enumerate(order.items, 1)
    )
