"""The types of requests. Fields are plain text, so that an unknown one survives: compare folded."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class CardRequest(StrEnum):
    """RequestType of a CardServiceRequest, as far as tills use it."""

    PAYMENT = "CardPayment"
    REFUND = "PaymentRefund"
    REVERSAL = "PaymentReversal"
    REFUND_REVERSAL = "RefundReversal"
    PRE_AUTHORISATION = "CardPreAuthorisation"
    PRE_AUTHORISATION_REVERSAL = "PreAuthReversal"
    FINANCIAL_ADVICE = "CardFinancialAdvice"
    """Capture of a pre-authorisation."""
    SWIPE = "CardSwipe"
    BALANCE_QUERY = "CardBalanceQuery"
    ACTIVATE = "CardActivate"
    STOP = "CardStop"
    STORE_VALUE = "StoreValueInCard"
    REFUND_VALUE = "RefundValueFromCard"
    PIN_CHANGE = "PINchange"
    TICKET_REPRINT = "TicketReprint"
    REPEAT_LAST_MESSAGE = "RepeatLastMessage"
    ABORT = "AbortRequest"


class ServiceType(StrEnum):
    """RequestType of a ServiceRequest, as far as tills use it."""

    LOGIN = "Login"
    LOGOFF = "Logoff"
    ACTIVATE_TERMINAL = "ActivateTerminal"
    DEACTIVATE_TERMINAL = "DeactivateTerminal"
    DIAGNOSIS = "Diagnosis"
    INITIALISATION = "Initialisation"
    GET_STATUS = "GetStatus"
    GET_INFO = "GetInfo"
    RECONCILIATION = "Reconciliation"
    RECONCILIATION_WITH_CLOSURE = "ReconciliationWithClosure"
    TRANSMIT_TRX = "TransmitTrx"
    CLOSE_DAY = "CloseDay"
    SEND_OFFLINE_TRANSACTIONS = "SendOfflineTransactions"
    ADMINISTRATION = "Administration"
    TICKET_REPRINT = "TicketReprint"
    REPEAT_LAST_MESSAGE = "RepeatLastMessage"
    ABORT = "AbortRequest"
    RESTART_TERMINAL = "RestartTerminal"


class DeviceRequestType(StrEnum):
    """RequestType of a DeviceRequest."""

    INPUT = "Input"
    OUTPUT = "Output"
    SECURE_INPUT = "SecureInput"
    SECURE_OUTPUT = "SecureOutput"
    ABORT_INPUT = "AbortInput"
    ABORT_OUTPUT = "AbortOutput"
    EVENT = "Event"
    REPEAT_LAST_MESSAGE = "RepeatLastMessage"


class CommandType(StrEnum):
    """What an Input asks for. The last ones are no cashier's business."""

    GET_CONFIRMATION = "GetConfirmation"
    GET_ANY_KEY = "GetAnyKey"
    GET_DECIMALS = "GetDecimals"
    GET_AMOUNT = "GetAmount"
    GET_AMOUNT_NO_PROMPT = "GetAmountNoPrompt"
    GET_CHAR = "GetChar"
    GET_MENU = "GetMenu"
    GET_OPTION_KEY = "GetOptionKey"
    CHECK_PIN = "CheckPIN"
    PROCESS_PIN = "ProcessPIN"
    REQUEST_CARD = "RequestCard"
    REQUEST_TYPE_CARD = "RequestTypeCard"
    READ_CARD = "ReadCard"
    TRANSFER_DATA = "TransferData"
    VALIDATE_MAC = "ValidateMAC"
    CALCULATE_MAC = "CalculateMAC"
    UPDATE_KEYS = "UpdateKeys"
    GET_TRACK_2 = "GetTrack2"
    OTHER = "Other"


class DeviceType(StrEnum):
    """OutDeviceTarget and InDeviceTarget."""

    CASHIER_DISPLAY = "CashierDisplay"
    CUSTOMER_DISPLAY = "CustomerDisplay"
    PRINTER_RECEIPT = "PrinterReceipt"
    PRINTER = "Printer"
    JOURNAL_PRINTER = "JournalPrinter"
    E_JOURNAL = "E-Journal"
    DELIVERY_BOX = "DeliveryBox"
    ICC_READER = "ICCrw"
    CARD_READER = "CardReader"
    PIN_ENTRY_DEVICE_CARD_READER = "PinEntryDeviceCardReader"
    PIN_PAD = "PinPad"
    PED_READER_PRINTER = "PEDReaderPrinter"
    MSR = "MSR"
    RFID = "RFID"
    BARCODE_SCANNER = "BarcodeScanner"
    CASHIER_KEYBOARD = "CashierKeyboard"
    CASHIER_TERMINAL = "CashierTerminal"
    CUSTOMER_KEYBOARD = "CustomerKeyboard"
    CUSTOMER_TERMINAL = "CustomerTerminal"
    LOG = "Log"


def _folded(names: str) -> frozenset[str]:
    return frozenset(names.casefold().split())


CARD_TYPES: Final = frozenset(item.value.casefold() for item in CardRequest) | _folded(
    "LoyaltySwipe CardPaymentLoyaltyAward LoyaltyAward CardPreAuthorisationLoyaltySwipe"
    " CardFinancialAdviceLoyaltyAward LoyaltyRedemption CardPaymentLoyaltyRedemption"
    " PaymentLoyaltyReversal PaymentLoyaltyRefund LoyaltyAwardReversal LoyaltyRedemptionReversal"
    " LoyaltyBalanceQuery LoyaltyLinkCard LoyaltyPointsTransfer CardBarTab BarTabReversal"
    " ETUPayment ETUPaymentReversal ETURefund ETURefundReversal CardValidation"
    " CardPaymentLoyaltySwipe ETUPreAuthorisation ETUPreAuthReversal ETUFinancialAdvice"
    " CardTokenise CardTokenize CardValidation1 CardValidation2 CardPayment2"
    " FinancialAdviceRingFenceFix CardTokenPayment CardTokenRefund CardTokenPreAuth"
    " PaymentTokenPayment PaymentTokenRefund PaymentTokenPreAuth"
)
"""All known types of a CardServiceRequest, in small letters."""

SERVICE_TYPES: Final = frozenset(item.value.casefold() for item in ServiceType) | _folded(
    "GlobalReconciliation GlobalReconciliationWithClosure OnlineAgent GetReference"
    " EncryptionRSAPublicKey AcquireDevice ReleaseDevice RuleLookup PINPadProgramLoad"
    " QuerySoftwareVersions MemoryReport ContactTMS ContactAcq LogoDownload"
)
"""All known types of a ServiceRequest, in small letters."""

DEVICE_TYPES: Final = frozenset(
    item.value.casefold() for item in DeviceRequestType if item.value != "RepeatLastMessage"
)
"""Types that only a DeviceRequest has, in small letters."""


def is_type(told: str, kind: StrEnum) -> bool:
    """Whether a RequestType is that one: one peer writes `LogOff`."""
    return told.strip().casefold() == kind.value.casefold()
