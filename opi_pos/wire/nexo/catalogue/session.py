"""Login, logout and diagnosis."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from opi_pos.wire.nexo.catalogue.header import Response
from opi_pos.wire.nexo.catalogue.sale import SaleTerminalData
from opi_pos.wire.nexo.enumerations import (
    CustomerOrderReq,
    GenericProfile,
    GlobalStatus,
    POICapabilities,
    PrinterStatus,
    ServiceProfiles,
    TerminalEnvironment,
    TokenRequestedType,
)
from opi_pos.wire.nexo.facets import AMOUNT, DATE_TIME, DIGITS, LANGUAGE, UPPER3
from opi_pos.wire.nexo.schema import (
    AT_LEAST_ONE,
    ATTR,
    LISTED,
    REQUIRED_IN_3_0,
    SINCE_3_1,
    Element,
    was,
)


class SaleSoftware(Element, frozen=True, kw_only=True):
    """The program of the till."""

    provider_identification: Annotated[str, ATTR, was("ManufacturerID")]
    application_name: Annotated[str, ATTR]
    software_version: Annotated[str, ATTR]
    certification_code: Annotated[str | None, ATTR, REQUIRED_IN_3_0] = None
    component_description: Annotated[str | None, ATTR, SINCE_3_1] = None
    component_type: Annotated[str | None, ATTR, SINCE_3_1] = None


class LoginRequest(Element, frozen=True, kw_only=True):
    """Begin a session."""

    training_mode_flag: Annotated[bool | None, ATTR] = None  # absent: false
    operator_language: Annotated[str, ATTR, LANGUAGE]
    operator_id: Annotated[str | None, ATTR] = None
    shift_number: Annotated[str | None, ATTR] = None
    token_requested_type: Annotated[str | None, ATTR, TokenRequestedType] = None
    customer_order_req: Annotated[tuple[str, ...], ATTR, CustomerOrderReq, LISTED] = ()
    poi_serial_number: Annotated[str | None, ATTR] = None
    date_time: Annotated[str, DATE_TIME]
    sale_software: SaleSoftware
    sale_terminal_data: SaleTerminalData | None = None


class POISoftware(Element, frozen=True, kw_only=True):
    """The program of the terminal."""

    provider_identification: Annotated[str, ATTR, was("ManufacturerID")]
    application_name: Annotated[str, ATTR]
    software_version: Annotated[str, ATTR]
    certification_code: Annotated[str | None, ATTR, REQUIRED_IN_3_0] = None
    component_description: Annotated[str | None, ATTR, SINCE_3_1] = None
    component_type: Annotated[str | None, ATTR, SINCE_3_1] = None


class POIProfile(Element, frozen=True, kw_only=True):
    """What the terminal supports."""

    generic_profile: Annotated[str | None, ATTR, GenericProfile] = None  # absent: Standard
    service_profiles: Annotated[tuple[str, ...], ServiceProfiles, LISTED] = ()


class POITerminalData(Element, frozen=True, kw_only=True):
    """What the terminal is and can do."""

    terminal_environment: Annotated[str, ATTR, TerminalEnvironment]
    poi_serial_number: Annotated[str, ATTR]
    poi_capabilities: Annotated[tuple[str, ...], POICapabilities, LISTED]
    poi_profile: POIProfile | None = None


class CoinsOrBills(Element, frozen=True, kw_only=True):
    """How many of one coin or note."""

    unit_value: Annotated[Decimal, ATTR, AMOUNT]
    number: Annotated[int, ATTR]


class CashHandlingDevice(Element, frozen=True, kw_only=True):
    """A cash drawer or recycler."""

    cash_handling_ok_flag: Annotated[bool, ATTR]
    currency: Annotated[str, ATTR, UPPER3]
    coins_or_bills: Annotated[tuple[CoinsOrBills, ...], AT_LEAST_ONE] = ()


class POIStatus(Element, frozen=True, kw_only=True):
    """Whether the terminal and its parts work."""

    global_status: Annotated[str, ATTR, GlobalStatus]
    security_ok_flag: Annotated[bool | None, ATTR] = None
    ped_ok_flag: Annotated[bool | None, ATTR] = None
    card_reader_ok_flag: Annotated[bool | None, ATTR] = None
    printer_status: Annotated[str | None, ATTR, PrinterStatus] = None
    communication_ok_flag: Annotated[bool | None, ATTR] = None
    fraud_prevention_flag: Annotated[bool | None, ATTR] = None
    cash_handling_device: tuple[CashHandlingDevice, ...] = ()


class POISystemData(Element, frozen=True, kw_only=True):
    """The terminal: software, abilities, state."""

    token_request_status: Annotated[bool | None, ATTR, SINCE_3_1] = None
    customer_order_status: Annotated[bool | None, ATTR, SINCE_3_1] = None
    date_time: Annotated[str, DATE_TIME]
    poi_software: POISoftware
    poi_terminal_data: POITerminalData | None = None
    poi_status: POIStatus | None = None


class LoginResponse(Element, frozen=True, kw_only=True):
    """Whether the session began."""

    response: Response
    poi_system_data: POISystemData | None = None


class LogoutRequest(Element, frozen=True, kw_only=True):
    """End a session."""

    maintenance_allowed: Annotated[bool | None, ATTR] = None  # absent: false


class LogoutResponse(Element, frozen=True, kw_only=True):
    """Whether the session ended."""

    response: Response


class DiagnosisRequest(Element, frozen=True, kw_only=True):
    """Ask whether the terminal and its hosts work."""

    poi_id: Annotated[str | None, ATTR] = None
    host_diagnosis_flag: Annotated[bool | None, ATTR] = None  # absent: false
    acquirer_id: Annotated[tuple[str, ...], DIGITS] = ()


class HostStatus(Element, frozen=True, kw_only=True):
    """Whether one acquirer answers."""

    acquirer_id: Annotated[str, ATTR, DIGITS]
    is_reachable_flag: Annotated[bool | None, ATTR] = None  # absent: true


class DiagnosisResponse(Element, frozen=True, kw_only=True):
    """Whether the terminal and its hosts work."""

    response: Response
    logged_sale_id: tuple[str, ...] = ()
    poi_status: POIStatus | None = None
    host_status: tuple[HostStatus, ...] = ()
