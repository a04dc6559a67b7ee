"""What the terminal's responses without money carry, in the model's words. Pure."""

from __future__ import annotations

from typing import Final

from opi_pos.model.errors import UsageError
from opi_pos.model.money import Amount
from opi_pos.model.reports import (
    Condition,
    CustomerInput,
    DiagnosisReport,
    HostReport,
    TerminalReport,
    TotalGroup,
    TotalLine,
    TotalsReport,
)
from opi_pos.wire import nexo

_CONDITIONS: Final = {
    nexo.GlobalStatus.OK: Condition.OK,
    nexo.GlobalStatus.BUSY: Condition.BUSY,
    nexo.GlobalStatus.MAINTENANCE: Condition.MAINTENANCE,
    nexo.GlobalStatus.UNREACHABLE: Condition.UNREACHABLE,
}
_PRINTERS: Final = {
    nexo.PrinterStatus.OK: "ok",
    nexo.PrinterStatus.PAPER_LOW: "paper_low",
    nexo.PrinterStatus.NO_PAPER: "no_paper",
    nexo.PrinterStatus.PAPER_JAM: "paper_jam",
    nexo.PrinterStatus.OUT_OF_ORDER: "out_of_order",
}


def terminal_report(body: nexo.LoginResponse) -> TerminalReport | None:
    """Who answered the login; None when it does not say."""
    system = body.poi_system_data
    if system is None:
        return None
    terminal = system.poi_terminal_data
    return TerminalReport(
        vendor=system.poi_software.provider_identification,
        application=system.poi_software.application_name,
        version=system.poi_software.software_version,
        serial_number=terminal.poi_serial_number if terminal is not None else "",
        capabilities=terminal.poi_capabilities if terminal is not None else (),
        time=system.date_time,
    )


def diagnosis_report(body: nexo.DiagnosisResponse) -> DiagnosisReport:
    """How the terminal is."""
    status = body.poi_status
    hosts = tuple(
        HostReport(acquirer=host.acquirer_id, reachable=host.is_reachable_flag is not False)
        for host in body.host_status
    )
    if status is None:
        return DiagnosisReport(logged_in=body.logged_sale_id, hosts=hosts)
    printer = status.printer_status or ""
    return DiagnosisReport(
        condition=_condition(status.global_status),
        logged_in=body.logged_sale_id,
        secure=status.security_ok_flag,
        pin_pad_ok=status.ped_ok_flag,
        card_reader_ok=status.card_reader_ok_flag,
        communication_ok=status.communication_ok_flag,
        printer=next((text for word, text in _PRINTERS.items() if word == printer), printer),
        hosts=hosts,
    )


def _condition(word: str) -> Condition:
    return next((known for name, known in _CONDITIONS.items() if name == word), Condition.UNKNOWN)


def totals_report(
    body: nexo.GetTotalsResponse | nexo.ReconciliationResponse,
) -> TotalsReport:
    """The terminal's books."""
    return TotalsReport(
        groups=tuple(_group(totals) for totals in body.transaction_totals),
        period=body.poi_reconciliation_id or "",
        closed=isinstance(body, nexo.ReconciliationResponse),
    )


def _group(totals: nexo.TransactionTotals) -> TotalGroup:
    return TotalGroup(
        lines=tuple(
            _line(line.transaction_type, line, totals.payment_currency)
            for line in totals.payment_totals
        )
        + tuple(
            _line(line.transaction_type, line, totals.loyalty_currency)
            for line in totals.loyalty_totals
        ),
        brand=totals.card_brand or "",
        acquirer=totals.acquirer_id or "",
        sale_id=totals.sale_id or "",
        poi_id=totals.poi_id or "",
        operator=totals.operator_id or "",
        shift=totals.shift_number or "",
        problem=totals.error_condition or "",
    )


def _line(
    kind: str, line: nexo.PaymentTotals | nexo.LoyaltyTotals, currency: str | None
) -> TotalLine:
    try:
        amount = Amount.from_decimal(line.transaction_amount, currency or "")
    except UsageError:
        amount = None
    return TotalLine(kind=kind.lower(), count=line.transaction_count, amount=amount)


def customer_input(body: nexo.InputResponse) -> CustomerInput | None:
    """What the customer answered; None when nothing was entered."""
    given = body.input_result.input
    if given is None:
        return None
    return CustomerInput(
        confirmed=given.confirmed_flag,
        text=given.digit_input if given.digit_input is not None else given.text_input,
        choice=given.menu_entry_number,
    )
